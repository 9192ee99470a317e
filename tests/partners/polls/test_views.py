"""The pages of polls and dates, and the wall: each object, for each who asks, with ids that are right and made up."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from portal.core.clock import today
from portal.core.web import Portal
from portal.organisations.sides import TableSide
from portal.partners.circles import my_seat
from portal.partners.feature import FEATURE
from portal.partners.polls import deciding
from portal.partners.polls.deciding import Proposal
from portal.partners.polls.polls import CircleDate, Poll, SlotAnswer
from portal.partners.polls.rules import SlotChoice
from tests.conftest import Work
from tests.make import make_circle, make_member, sign_in
from tests.page import SAME_ORIGIN, Reader
from tests.partners import walls
from tests.partners.polls.test_actions import spans
from tests.partners.walls import NEVER, SEES, enter, rules, send

ROOMS = [one for one in FEATURE.blueprints if one.import_name.startswith("portal.partners.polls.")]
TODAY = datetime.now(ZoneInfo("America/New_York")).date()
WORDS = {"question_en": "Zephyr day", "question_es": "Día Céfiro", "place_en": "Zephyr hall", "place_es": "Sala Céfiro"}
NEEDLES = {
    "question": "Zephyr day",
    "place": "Zephyr hall",
    "counts": "2 yes · 0 if need be · 1 no",
    "who said what": "Wanda Witness",
    "who must be there": "must be there",
    "who has a link": "Dorothy Slip",
    "best times": "What suits best",
    "date": "Agreed date",
}
NOTHING = (NEVER,) * len(NEEDLES)
WALL = {
    #                      question place  counts who    must   link   best   date
    "lead":               (SEES,   SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  SEES),
    "facilitator":        (SEES,   SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  SEES),
    "member":             (SEES,   SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  SEES),
    "interpreter":        (SEES,   SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  SEES),
    "observer":           (SEES,   SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  SEES),
    "police inside":      (SEES,   SEES,  SEES,  NEVER, NEVER, NEVER, NEVER, SEES),
    "joined, not let in": NOTHING,
    "invited":            NOTHING,
    **{f"outside: {role}": NOTHING for role in walls.OUTSIDE},
    "outside: no role":   NOTHING,
}  # fmt: skip


class City:
    """A circle with police, a poll that was answered, a link of a guest, and another poll of which a date came."""

    def __init__(self, session) -> None:
        witness = make_member(session, [], name="Wanda Witness")
        self.people, circle = walls.circle_of(session, WALL, witness)
        self.circle, self.lead = circle.id, self.people["lead"]
        seat = my_seat(circle.id, self.lead)
        poll = deciding.propose(seat, Proposal(WORDS, spans(), today() + timedelta(days=5), [witness.id]))
        self.link = deciding.ask_guest(seat, poll, "Dorothy Slip", TableSide.COMMUNITY, is_essential=False)
        self.slot = poll.slots[0].id
        deciding.answer(my_seat(circle.id, witness), poll, {1: SlotChoice.YES})
        deciding.answer(my_seat(circle.id, self.people["police inside"]), poll, {1: SlotChoice.YES})
        deciding.answer_as_guest(self.link.token, {1: SlotChoice.NO})
        other = deciding.propose(seat, Proposal(WORDS, spans(), today() + timedelta(days=5)))
        self.date = deciding.choose(seat, other, other.slots[1], WORDS).id
        self.poll, self.other, self.guest = poll.id, other.id, self.link.guest.id

    def holes(self, made_up: int | None = None) -> dict[str, int]:
        """What stands in the holes of an address."""
        return {
            "circle_id": made_up or self.circle,
            "poll_id": self.poll,
            "slot_id": self.slot,
            "guest_id": self.guest,
            "date_id": self.date,
        }


def addresses(app: Portal) -> list[tuple[str, str]]:
    """Every way to ask for something of a circle's polls: (method, address with holes)."""
    return list(rules(app, [room for room in ROOMS if room.name != "when"]))


# --- the wall ---


def test_the_wall_stands(app: Portal, city: City) -> None:
    pages = [address.format(**city.holes()) for method, address in addresses(app) if method == "GET"]
    # Who leads is asked whom the date cannot do without: the form names everybody, and only they get it.
    pages = [page for page in pages if not page.endswith("/new")]
    found = {}
    for who in WALL:
        client = enter(app, city.people[who])
        circle = client.get(f"/en/circles/{city.circle}/").text.partition("Who is in this circle")[0]
        shown = walls.read_all(client, pages) + circle
        found[who] = tuple(SEES if needle in shown else NEVER for needle in NEEDLES.values())
    assert found == WALL


def test_polls_of_others_are_ones_that_never_were(app: Portal, city: City) -> None:
    everything = addresses(app)
    assert len(everything) > 15
    people = [city.people[who] for who in ("invited", "outside: administrator", "outside: police_liaison")]
    assert walls.told_apart(app, people, everything, city.holes(), city.holes(made_up=77)) == []


def test_nothing_of_one_circle_is_reached_through_another(app: Portal, city: City, work: Work) -> None:
    stranger = city.people["outside: facilitator"]
    with work() as session:
        other = make_circle(session, stranger, name="Other circle")
        mine = {**city.holes(), "circle_id": other.id}
    tried = [one for one in addresses(app) if re.search("poll_id|slot_id|guest_id|date_id", one[1])]
    crossed = walls.answers(enter(app, stranger), tried, mine)
    assert {status for status, _headers, _body in crossed.values()} == {404}
    with work() as session:
        assert session.get_one(Poll, city.poll).stopped_on is None
        assert session.get_one(CircleDate, city.date).called_off_on is None


def test_only_a_lead_or_a_facilitator_asks_chooses(app: Portal, city: City) -> None:
    theirs = {"polls/", "polls/{poll_id}/", "dates/{date_id}/", "dates/{date_id}/entry.ics"}
    others = [one for one in addresses(app) if one[1].partition("{circle_id}/")[2] not in theirs]
    assert len(others) >= 12
    for who in ("member", "interpreter", "observer", "police inside", "joined, not let in"):
        found = walls.answers(enter(app, city.people[who]), others, city.holes())
        assert {status for status, _headers, _body in found.values()} == {403}, who


def test_nothing_that_was_written_stands_open_in_the_database(city: City, work: Work) -> None:
    with work() as session:
        texts = "\n".join(walls.every_text(session))
        assert not [word for word in ("Zephyr", "Dorothy") if word in texts]
        assert not [blob for blob in walls.every_blob(session) if b"Zephyr" in blob]


# --- the pages ---


def test_every_page_is_what_a_page_must_be(page: Reader, city: City) -> None:
    sign_in(page.client, city.lead)
    base = f"/es/circles/{city.circle}"
    quotes = (*WORDS.values(), "Wanda Witness", "Dorothy Slip", *(one.name for one in city.people.values()))
    mine = f"polls/{city.poll}/"
    for rest in (
        *("", "polls/", "polls/new", f"polls/{city.other}/", mine, f"{mine}slips/new", f"{mine}last-day"),
        *(f"dates/{city.date}/{act}" for act in ("", "move", "call-off")),
        f"dates/from/{city.poll}/{city.slot}",
    ):
        page(f"{base}/{rest}", quotes=quotes)
    sign_in(page.client, city.people["police inside"])
    page(f"{base}/{mine}", quotes=quotes)
    page(f"/es/when/by/{city.link.token}")


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
    gone, never = (client.get(f"/en/when/by/{token}") for token in (city.link.token, "made-up"))
    assert (gone.status_code, gone.data) == (404, never.data)


def public(client: FlaskClient, address: str, **values: str) -> dict[str, str]:
    found = re.search(r'name="token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found
    return {"token": found[1], **values}


def test_a_guest_answers_by_link_without_a_cookie(client: FlaskClient, city: City, work: Work) -> None:
    url = f"/en/when/by/{city.link.token}"
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
    assert send(client, f"{set_.location}call-off").status_code == 422
    assert send(client, f"{set_.location}call-off", sure="y").status_code == 302
    assert "This date was called off" in client.get(set_.location).text
    assert f"dates/from/{city.poll}/{city.slot}" in client.get(f"/en/circles/{city.circle}/polls/{city.poll}/").text
    assert send(client, f"{base}/from/{city.poll}/{city.slot}").status_code == 302
