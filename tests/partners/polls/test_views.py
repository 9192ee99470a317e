"""The pages of polls and dates, and what guests and the calendar are shown."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from portal.accounts.roles import Role
from portal.core.clock import today
from portal.organisations.sides import TableSide
from portal.partners.circles import my_seat
from portal.partners.polls import deciding
from portal.partners.polls.polls import SlotAnswer
from portal.partners.polls.rules import SlotChoice
from tests.conftest import Work
from tests.make import make_circle, make_member, sign_in
from tests.page import SAME_ORIGIN, Reader, send
from tests.partners.polls.test_actions import spans

TODAY = datetime.now(ZoneInfo("America/New_York")).date()
WORDS = {"question_en": "Zephyr day", "question_es": "Día Céfiro", "place_en": "Zephyr hall", "place_es": "Sala Céfiro"}


class City:
    """A circle with police, a poll that was answered, a link of a guest, and another poll of which a date came."""

    def __init__(self, session) -> None:
        witness = make_member(session, [], name="Wanda Witness")
        self.lead, self.police = make_member(session, []), make_member(session, [Role.POLICE_LIAISON])
        circle = make_circle(session, self.lead, witness, self.police, with_police=True)
        self.circle = circle.id
        seat = my_seat(circle.id, self.lead)
        closes = {"closes_on": today() + timedelta(days=5)}
        poll = deciding.propose(seat, WORDS, spans(), closes, [witness.id])
        guest, self.token = deciding.ask_guest(seat, poll, "Dorothy Slip", TableSide.COMMUNITY, is_essential=False)
        self.slot = poll.slots[0].id
        deciding.answer(my_seat(circle.id, witness), poll, {1: SlotChoice.YES})
        deciding.answer(my_seat(circle.id, self.police), poll, {1: SlotChoice.YES})
        deciding.answer_as_guest(self.token, {1: SlotChoice.NO})
        other = deciding.propose(seat, WORDS, spans(), closes)
        self.date = deciding.choose(seat, other, other.slots[1], WORDS).id
        self.poll, self.other, self.guest = poll.id, other.id, guest.id


# --- the pages ---


def test_every_page_is_what_a_page_must_be(page: Reader, city: City) -> None:
    sign_in(page.client, city.lead)
    base = f"/es/circles/{city.circle}"
    quotes = (*WORDS.values(), "Wanda Witness", "Dorothy Slip", city.lead.name, city.police.name)
    mine = f"polls/{city.poll}/"
    for rest in (
        *("", "polls/", "polls/new", f"polls/{city.other}/", mine, f"{mine}slips/new", f"{mine}last-day"),
        *(f"dates/{city.date}/{act}" for act in ("", "move")),
    ):
        page(f"{base}/{rest}", quotes=quotes)
    sign_in(page.client, city.police)
    page(f"{base}/{mine}", quotes=quotes)
    page(f"/es/when/by/{city.token}")


def proposal(**given: str) -> dict[str, str]:
    words = {"question_en": "A day", "question_es": "Un día", "minutes": "90"}
    days = {"closes_on": f"{TODAY + timedelta(days=3)}", "on_1": f"{TODAY + timedelta(days=20)}", "at_1": "18:00"}
    return words | days | given


def test_what_cannot_be_asked_is_said(client: FlaskClient, city: City) -> None:
    sign_in(client, city.lead)
    for wrong, said in (
        ({"question_es": ""}, "both languages"),
        ({"on_1": "", "at_1": ""}, "at least one time"),
        ({"at_1": ""}, "both the day and the hour"),
        ({"on_1": f"{TODAY}"}, "from tomorrow on"),
        ({"closes_on": f"{TODAY + timedelta(days=30)}"}, "before the last day for answers"),
        ({"community_needed": "many"}, "whole number"),
    ):
        refused = send(client, f"/en/circles/{city.circle}/polls/new", **proposal(question_en="Kept words", **wrong))
        assert refused.status_code == 422 and said in refused.text and "Kept words" in refused.text


# --- guests ---


def test_a_link_is_shown_once_and_opens_the_times(client: FlaskClient, city: City) -> None:
    sign_in(client, city.lead)
    slips = f"/en/circles/{city.circle}/polls/{city.poll}/slips"
    made = send(client, f"{slips}/new", who="Old Mr. Grey", side="community")
    link = re.search(r"/en/when/by/[\w-]+", made.text)
    assert link and link[0].replace("/en/", "/es/") in made.text
    assert send(client, f"{slips}/{city.guest}/withdraw").status_code == 302
    client.delete_cookie("session")
    shown = client.get(link[0]).text
    assert 'name="slot1"' in shown
    for hidden in ("Zephyr", "Elm circle", "Wanda", "Grey", "2 yes", str(city.circle)):
        assert hidden not in shown
    # One that was taken back never was.
    gone, never = (client.get(f"/en/when/by/{token}") for token in (city.token, "made-up"))
    assert (gone.status_code, gone.data) == (404, never.data)


def public(client: FlaskClient, address: str, **values: str) -> dict[str, str]:
    found = re.search(r'name="token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found
    return {"token": found[1], **values}


def test_a_guest_answers_by_link_without_a_cookie(client: FlaskClient, city: City, work: Work) -> None:
    url = f"/en/when/by/{city.token}"
    turned = client.post(url.replace("en", "es", 1), data=public(client, url, slot1="maybe", to_other_language="y"))
    assert (turned.status_code, turned.text.count(" checked")) == (200, 1)
    sent = client.post(url, data=public(client, url, slot1="maybe"), headers=SAME_ORIGIN)
    assert (sent.status_code, sent.location) == (302, url)
    assert "Set-Cookie" not in sent.headers
    assert "We have your answer" in client.get(url).text
    with work() as session:
        said = session.scalars(select(SlotAnswer.choice).where(SlotAnswer.guest_id == city.guest)).all()
    assert said == ["maybe"]


# --- dates ---


def test_a_date_is_chosen_shown_moved_and_called_off(client: FlaskClient, city: City) -> None:
    sign_in(client, city.lead)
    base = f"/en/circles/{city.circle}/dates"
    set_ = send(client, f"{base}/from/{city.poll}/{city.slot}")
    assert set_.status_code == 302, set_.text
    assert "Zephyr hall" in client.get(set_.location).text
    assert send(client, f"{base}/from/{city.poll}/{city.slot}").status_code == 409
    day = TODAY + timedelta(days=40)
    early = send(client, f"{set_.location}move", on=f"{TODAY}", at="18:00", minutes="60")
    assert early.status_code == 422 and 'id="on-error"' in early.text and 'id="at-error"' not in early.text
    assert send(client, f"{set_.location}move", on=f"{day}", at="18:00", minutes="60").status_code == 302
    file = client.get(f"{set_.location}entry.ics")
    (event,) = Calendar.from_ical(file.text).walk("VEVENT")
    assert (event["SEQUENCE"], event["SUMMARY"]) == (1, "Appointment")
    assert "Zephyr" not in file.text
    send(client, f"{set_.location}call-off")
    assert "This date was called off" not in client.get(set_.location).text
    send(client, f"{set_.location}call-off", sure="y")
    assert "This date was called off" in client.get(set_.location).text
    assert f"dates/from/{city.poll}/{city.slot}" in client.get(f"/en/circles/{city.circle}/polls/{city.poll}/").text
    assert send(client, f"{base}/from/{city.poll}/{city.slot}").status_code == 302
