"""The pages of polls and dates, and the wall: each object, for each who asks, with ids that are right and made up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import LargeBinary, select

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.clock import now, today
from portal.core.db import Base
from portal.core.web import Portal
from portal.organisations.sides import TableSide
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import my_seat
from portal.partners.feature import FEATURE
from portal.partners.polls import deciding
from portal.partners.polls.deciding import Proposal
from portal.partners.polls.polls import CircleDate, Poll, SlotAnswer
from portal.partners.polls.polls import poll as stored_poll
from portal.partners.polls.rules import SlotChoice, SlotSpan
from tests.conftest import Once, Work
from tests.make import both, make_circle, make_hours, make_member, sign_in, sit_in
from tests.page import SAME_ORIGIN, Reader

ROOMS = [one for one in FEATURE.blueprints if one.import_name.startswith("portal.partners.polls.")]
SEES, NEVER = "sees", "never"
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
OBJECTS = tuple(NEEDLES)
NOTHING = (NEVER,) * len(OBJECTS)
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
    **{f"outside: {role}": NOTHING for role in Role},
    "outside: no role":   NOTHING,
}  # fmt: skip
# Where the circle itself says who is in it to everybody but police; looked for on the pages of polls alone.
OUTSIDE = [who for who in WALL if who.startswith(("outside", "invited"))]


def spans(count=2):
    noon = now().replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=10)
    starts = [noon + timedelta(days=number) for number in range(count)]
    return [SlotSpan(one, one + timedelta(minutes=90)) for one in starts]


class City:
    """A circle with police, a poll that was answered, a link of a guest, and another poll of which a date came."""

    def __init__(self, session) -> None:
        roles = {f"outside: {role}": [role] for role in Role} | {"police inside": [Role.POLICE_LIAISON]}
        self.people: dict[str, Member] = {
            who: make_member(session, roles.get(who, []), name=f"Person {number}") for number, who in enumerate(WALL)
        }
        witness = make_member(session, [], name="Wanda Witness")
        self.lead = self.people["lead"]
        circle = make_circle(session, self.lead, witness, with_police=True)
        self.circle = circle.id
        for who in ("facilitator", "member", "interpreter", "observer"):
            sit_in(session, circle, self.people[who], CircleRole(who))
        sit_in(session, circle, self.people["police inside"], CircleRole.MEMBER)
        sit_in(session, circle, self.people["joined, not let in"], CircleRole.MEMBER, with_key=False)
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


@pytest.fixture
def city(once: Once) -> City:
    return once(City)


def rules(app: Portal) -> Iterator[tuple[str, str]]:
    """Every way to ask for something of a circle's polls: (method, address with holes)."""
    names = {room.name for room in ROOMS} - {"when"}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in names:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, re.sub(r"<int:(\w+)>", r"{\1}", rule.rule.replace("<lang:lang>", "en"))


def token_of(client: FlaskClient, address: str = "/en/account/") -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def send(client: FlaskClient, address: str, **values: str):
    data = {"csrf_token": token_of(client), **values}
    return client.post(address, data=data, headers=SAME_ORIGIN)


# --- the wall ---


@pytest.mark.parametrize("who", WALL)
def test_the_wall_stands(app: Portal, client: FlaskClient, city: City, who: str) -> None:
    sign_in(client, city.people[who])
    pages = [address.format(**city.holes()) for method, address in rules(app) if method == "GET"]
    # Who leads is asked whom the date cannot do without: the form names everybody, and only they get it.
    texts = [client.get(page, headers=SAME_ORIGIN).text for page in pages if not page.endswith("/new")]
    shown = "\n".join([*texts, client.get(f"/en/circles/{city.circle}/").text.partition("Who is in this circle")[0]])
    found = {what: SEES if needle in shown else NEVER for what, needle in NEEDLES.items()}
    assert found == dict(zip(OBJECTS, WALL[who], strict=True))


def answers(client: FlaskClient, app: Portal, holes: dict[str, int], token: str) -> dict[tuple[str, str], tuple]:
    found = {}
    for method, address in rules(app):
        data = {"csrf_token": token, "sure": "y", "slot1": "yes", "who": "x"} if method == "POST" else None
        got = client.open(address.format(**holes), method=method, data=data, headers=SAME_ORIGIN)
        headers = {name: value for name, value in got.headers if name not in ("Date", "Set-Cookie")}
        found[method, address] = (got.status_code, headers, got.data)
    return found


@pytest.mark.parametrize("who", OUTSIDE)
def test_polls_of_others_are_ones_that_never_were(app: Portal, client: FlaskClient, city: City, who: str) -> None:
    sign_in(client, city.people[who])
    token = token_of(client)
    true = answers(client, app, city.holes(), token)
    assert true == answers(client, app, city.holes(made_up=77), token)
    assert {status for status, _headers, _body in true.values()} == {404}
    assert len(true) > 15


def test_what_belongs_to_one_circle_is_not_reached_through_another(
    app: Portal, client: FlaskClient, city: City, work: Work
) -> None:
    stranger = city.people["outside: facilitator"]
    with work() as session:
        other = make_circle(session, stranger, name="Other circle")
        mine = {**city.holes(), "circle_id": other.id}
    sign_in(client, stranger)
    crossed = {
        key: one[0]
        for key, one in answers(client, app, mine, token_of(client)).items()
        if re.search("poll_id|slot_id|guest_id|date_id", key[1])
    }
    assert set(crossed.values()) == {404}
    with work() as session:
        assert session.get_one(Poll, city.poll).stopped_on is None
        assert session.get_one(CircleDate, city.date).called_off_on is None


@pytest.mark.parametrize("who", ["member", "interpreter", "observer", "police inside", "joined, not let in"])
def test_only_a_lead_or_a_facilitator_asks_chooses_and_moves(
    app: Portal, client: FlaskClient, city: City, who: str, work: Work
) -> None:
    sign_in(client, city.people[who])
    found = answers(client, app, city.holes(), token_of(client))
    theirs = {"polls/", "polls/{poll_id}/", "dates/{date_id}/", "dates/{date_id}/entry.ics"}
    refused = {key: one[0] for key, one in found.items() if key[1].partition("{circle_id}/")[2] not in theirs}
    assert set(refused.values()) == {403}
    assert len(refused) >= 12


def test_the_audit_log_says_who_and_neither_where_nor_when(client: FlaskClient, city: City) -> None:
    sign_in(client, city.people["outside: administrator"])
    log = client.get("/en/audit/").text
    assert "set a date for a circle" in log
    for hidden in (city.circle, city.poll, city.date, "Zephyr"):
        assert str(hidden) not in log


def test_nothing_that_was_written_stands_open_in_the_database(city: City, work: Work) -> None:
    with work() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                assert "Zephyr" not in str([value for value in row if not isinstance(value, bytes)])
                assert "Dorothy" not in str([value for value in row if not isinstance(value, bytes)])
            for column in (column for column in table.columns if isinstance(column.type, LargeBinary)):
                assert not [value for value in session.scalars(select(column)) if value and b"Zephyr" in value]


# --- the pages ---


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_page_is_what_a_page_must_be(page: Reader, city: City, lang: str) -> None:
    sign_in(page.client, city.lead)
    base = f"/{lang}/circles/{city.circle}"
    quotes = (*WORDS.values(), "Wanda Witness", "Dorothy Slip", *(one.name for one in city.people.values()))
    for rest in (
        *(
            "polls/",
            "polls/new",
            f"polls/{city.poll}/",
            f"polls/{city.other}/",
            f"polls/{city.poll}/slips/new",
            f"polls/{city.poll}/last-day",
        ),
        *(f"dates/{city.date}/", f"dates/{city.date}/move", f"dates/{city.date}/call-off"),
        *(f"dates/from/{city.poll}/{city.slot}", ""),
    ):
        page(f"{base}/{rest}", quotes=quotes)
    sign_in(page.client, city.people["police inside"])
    page(f"{base}/polls/{city.poll}/", quotes=quotes)
    page(f"/{lang}/when/by/{city.link.token}")


def proposal(**given: str) -> dict[str, str]:
    day = TODAY + timedelta(days=20)
    return {
        "question_en": "A day",
        "question_es": "Un día",
        "closes_on": f"{TODAY + timedelta(days=3)}",
        "on_1": f"{day}",
        "at_1": "18:00",
        "minutes": "90",
        **given,
    }


def test_a_lead_asks_and_the_circle_sees_it_ahead(client: FlaskClient, city: City) -> None:
    sign_in(client, city.lead)
    made = send(client, f"/en/circles/{city.circle}/polls/new", **proposal(essential=str(city.people["member"].id)))
    assert made.status_code == 302, made.text
    sign_in(client, city.people["member"])
    assert made.location in client.get(f"/en/circles/{city.circle}/").text
    shown = client.get(made.location).text
    assert "A day" in shown
    assert "6:00" in shown


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"question_es": ""}, "both languages"),
        ({"place_en": "Hall"}, "both languages"),
        ({"on_1": "", "at_1": ""}, "at least one time"),
        ({"at_1": ""}, "both the day and the hour"),
        ({"on_1": f"{TODAY}"}, "from tomorrow on"),
        ({"closes_on": f"{TODAY - timedelta(days=1)}"}, "today or a later day"),
        ({"closes_on": f"{TODAY + timedelta(days=30)}"}, "before the last day for answers"),
        ({"community_needed": "many"}, "whole number"),
    ],
)
def test_what_cannot_be_asked_is_said_and_nothing_typed_is_lost(
    client: FlaskClient, city: City, wrong: dict[str, str], said: str
) -> None:
    sign_in(client, city.lead)
    refused = send(client, f"/en/circles/{city.circle}/polls/new", **proposal(question_en="Kept words", **wrong))
    assert refused.status_code == 422
    assert said in refused.text
    assert "Kept words" in refused.text


def test_an_answer_is_shown_to_others_and_changed(client: FlaskClient, city: City) -> None:
    url = f"/en/circles/{city.circle}/polls/{city.poll}/"
    sign_in(client, city.people["member"])
    assert send(client, url, slot1="maybe", slot2="no").status_code == 302
    assert "2 yes · 1 if need be · 1 no" in client.get(url).text
    assert send(client, url, slot1="yes").status_code == 302
    shown = client.get(url).text
    assert "3 yes · 0 if need be · 1 no" in shown
    assert re.search(r'<input checked[^>]*name="slot1"[^>]*value="yes"', shown)
    assert send(client, url, slot1="perhaps").status_code == 422


def test_the_last_day_is_moved_and_a_closed_question_opens_again(client: FlaskClient, city: City) -> None:
    sign_in(client, city.lead)
    url = f"/en/circles/{city.circle}/polls/{city.poll}/"
    assert send(client, f"{url}stop").status_code == 302
    assert 'name="slot1"' not in client.get(url).text
    for days in (-1, 11):
        wrong = send(client, f"{url}last-day", closes_on=f"{TODAY + timedelta(days=days)}")
        assert (wrong.status_code, "before the first time" in wrong.text) == (422, True)
    assert send(client, f"{url}last-day", closes_on=f"{TODAY + timedelta(days=9)}").status_code == 302
    assert 'name="slot1"' in client.get(url).text
    chosen = f"/en/circles/{city.circle}/polls/{city.other}/last-day"
    assert send(client, chosen, closes_on=f"{TODAY + timedelta(days=9)}").status_code == 409


def test_who_hands_over_sees_the_question_they_leave_open(client: FlaskClient, city: City) -> None:
    said = "You asked the circle for a day, and nothing was chosen yet"
    sign_in(client, city.lead)
    assert client.get(f"/en/circles/{city.circle}/handover/").text.count(said) == 1
    sign_in(client, city.people["facilitator"])
    assert said not in client.get(f"/en/circles/{city.circle}/handover/").text


def test_a_late_answer_is_refused_kindly(client: FlaskClient, city: City) -> None:
    sign_in(client, city.people["member"])
    late = send(client, f"/en/circles/{city.circle}/polls/{city.other}/", slot1="yes")
    assert late.status_code == 409
    assert "Thank you, but answers are not taken any more" in late.text


def test_services_of_congregations_are_shown_with_their_name(client: FlaskClient, city: City, work: Work) -> None:
    with work() as session:
        start = session.get_one(Poll, city.poll).slots[0].starts_at
        make_hours(session, both("St. Anne's", "Santa Ana"), start.weekday(), time(10), time(22))
    sign_in(client, city.people["member"])
    shown = client.get(f"/en/circles/{city.circle}/polls/{city.poll}/").text
    assert shown.count("St. Anne&#39;s has its service") >= 2
    sign_in(client, city.people["police inside"])
    assert "St. Anne&#39;s has its service" in client.get(f"/en/circles/{city.circle}/polls/{city.poll}/").text


def test_best_times_come_with_reasons(client: FlaskClient, city: City) -> None:
    sign_in(client, city.people["member"])
    best = client.get(f"/en/circles/{city.circle}/polls/{city.poll}/").text.partition("What suits best")[2]
    assert "Everybody who must be there can; 2 yes" in best
    assert "1 who must be there has not answered" in best


# --- guests ---


def test_a_link_is_shown_once_and_opens_the_times_and_nothing_of_the_circle(client: FlaskClient, city: City) -> None:
    sign_in(client, city.lead)
    made = send(client, f"/en/circles/{city.circle}/polls/{city.poll}/slips/new", who="Old Mr. Grey", side="community")
    link = re.search(r"/en/when/by/[\w-]+", made.text)
    assert link
    assert link[0].replace("/en/", "/es/") in made.text
    client.delete_cookie("session")
    shown = client.get(link[0]).text
    assert 'name="slot1"' in shown
    for hidden in ("Zephyr", "Elm circle", "Wanda", "Grey", "2 yes", str(city.circle)):
        assert hidden not in shown


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


def test_looking_at_a_link_changes_nothing(client: FlaskClient, city: City, work: Work) -> None:
    for _each in range(2):
        assert client.get(f"/en/when/by/{city.link.token}?slot1=yes").status_code == 200
    with work() as session:
        assert session.scalars(select(SlotAnswer.choice).where(SlotAnswer.guest_id == city.guest)).all() == ["no"]


def test_a_link_that_was_taken_back_is_one_that_never_was(client: FlaskClient, city: City) -> None:
    sign_in(client, city.lead)
    assert send(client, f"/en/circles/{city.circle}/polls/{city.poll}/slips/{city.guest}/withdraw").status_code == 302
    client.delete_cookie("session")
    gone, never = (client.get(f"/en/when/by/{token}") for token in (city.link.token, "made-up"))
    assert (gone.status_code, gone.data) == (404, never.data)


def test_a_guest_who_comes_late_is_told_kindly(client: FlaskClient, city: City, work: Work) -> None:
    url = f"/es/when/by/{city.link.token}"
    data = public(client, url, slot1="yes")
    with work() as session:
        deciding.stop(my_seat(city.circle, city.lead), session.get_one(Poll, city.poll))
    late = client.post(url, data=data, headers=SAME_ORIGIN)
    assert late.status_code == 409
    assert "ya no se reciben respuestas" in late.text
    assert "ya no se reciben respuestas" in client.get(url).text


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


def test_a_closed_circle_takes_nothing(client: FlaskClient, city: City, work: Work) -> None:
    with work() as session:
        my_seat(city.circle, city.lead).circle.closed_on = TODAY
        session.flush()
    sign_in(client, city.lead)
    base = f"/en/circles/{city.circle}"
    assert send(client, f"{base}/polls/{city.poll}/", slot1="yes").status_code == 409
    assert send(client, f"{base}/polls/new", **proposal()).status_code == 409
    assert send(client, f"{base}/dates/{city.date}/call-off", sure="y").status_code == 409
    assert client.get(f"/en/when/by/{city.link.token}").status_code == 200


@pytest.mark.parametrize(("kind", "plan"), [("moral_voice", "call-ins/new"), ("reconciliation", "sessions/new/harm")])
def test_a_plan_begins_with_the_day_that_was_agreed_on(page: Reader, work: Work, kind: str, plan: str) -> None:
    with work() as session:
        lead = make_member(session, [Role.COMMUNITY_LEAD])
        circle = make_circle(session, lead, kind=kind)
        poll = deciding.propose(my_seat(circle.id, lead), Proposal(WORDS, spans(), today() + timedelta(days=5)))
    sign_in(page.client, lead)
    address = f"/en/circles/{circle.id}/{plan}"
    assert not page(address).find("input#held_on").get("value")
    with work():
        found = stored_poll(circle, poll.id)
        deciding.choose(my_seat(circle.id, lead), found, found.slots[1], WORDS)
        day = found.slots[1].starts_at.astimezone(ZoneInfo("America/New_York")).date()
    assert page(address).find("input#held_on").get("value") == day.isoformat()
