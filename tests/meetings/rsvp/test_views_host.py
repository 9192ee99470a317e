"""What those who prepare a meeting see: sums by default, single answers only where it is their meeting."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core.jobs.outbox import OutboundMessage
from portal.core.web import Portal
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp import answering
from portal.meetings.rsvp.answering import Contact, Wish
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, locked_meeting
from portal.meetings.rsvp.seats import ContactKind, Ride
from tests.conftest import Work
from tests.make import make_market, make_meeting, make_member, sign_in
from tests.page import SAME_ORIGIN, Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
QUOTES = ("Rosa", "una rampa")
NONCE = bytes(31)


def come(work: Work, meeting_id: int, number: int, party: int, **wish: object) -> None:
    with work():
        answering.file_rsvp(locked_meeting(meeting_id), Wish(party, **wish), "es", NONCE + bytes([number]))


@pytest.fixture
def author(app: Portal, work: Work) -> FlaskClient:
    return somebody(app, work, "organizer")


def somebody(app: Portal, work: Work, role: str) -> FlaskClient:
    with work() as session:
        member = make_member(session, (role,))
    client = app.test_client()
    sign_in(client, member)
    client.member = member
    return client


@pytest.fixture
def meeting_id(work: Work, author: FlaskClient) -> int:
    with work() as session:
        meeting = make_meeting(session, author.member)
        session.flush()
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=12, close_hours=0, text_code="4821"))
        meeting_id = meeting.id
    mail = Contact(ContactKind.MAIL, "rosa@example.org")
    come(work, meeting_id, 1, 3, ages=(2, 4), interpreter="es", first_name="Rosa", contact=mail)
    come(work, meeting_id, 2, 2, ride=Ride.NEEDS, access_needs="una rampa")
    come(work, meeting_id, 3, 4, ride=Ride.OFFERS, ride_seats=3, interpreter="es")
    return meeting_id


def seats_form(page: Page) -> Form:
    return page.form("/seats")


@LANGUAGES
def test_sums_are_what_a_host_sees(author: FlaskClient, meeting_id: int, lang: str) -> None:
    shown = Reader(author)(f"/{lang}/team/meetings/{meeting_id}/coming")
    told = {
        "en": ("People 9 of 12", "0 to 2 years: 1 3 to 5 years: 1", "Spanish: 2", "need a ride 2", "offered 3", "4821"),
        "es": ("Personas 9 de 12", "De 0 a 2 años: 1 De 3 a 5 años: 1", "Español: 2", "necesitan transporte 2", "4821"),
    }
    assert [words for words in told[lang] if words not in shown.text] == []
    assert "Rosa" not in shown.text
    assert "rampa" not in shown.text


@LANGUAGES
def test_whoever_planned_it_sees_what_to_get_ready(author: FlaskClient, meeting_id: int, lang: str) -> None:
    shown = Reader(author)(f"/{lang}/team/meetings/{meeting_id}/coming/list", quotes=QUOTES)
    assert "Rosa" in shown.text
    assert "una rampa" in shown.text
    assert "rosa@example.org" not in shown.response.text


def test_other_organizers_see_sums_and_leads_see_all(app: Portal, work: Work, meeting_id: int) -> None:
    other, lead = somebody(app, work, "organizer"), somebody(app, work, "community_lead")
    sums = Reader(other)(f"/en/team/meetings/{meeting_id}/coming")
    assert not sums.has(f"a[href=/en/team/meetings/{meeting_id}/coming/list]")
    Reader(other)(f"/en/team/meetings/{meeting_id}/coming/list", 403)
    assert "Rosa" in Reader(lead)(f"/en/team/meetings/{meeting_id}/coming/list", quotes=QUOTES).text


def test_an_organizer_of_another_meeting_cannot_ask(app: Portal, work: Work, meeting_id: int) -> None:
    other = somebody(app, work, "organizer")
    token = Reader(other)(f"/en/team/meetings/{meeting_id}/coming").form("/seats").values["csrf_token"]
    url = f"/en/team/meetings/{meeting_id}/coming/ask"
    assert other.post(url, data={"csrf_token": token}, headers=SAME_ORIGIN).status_code == 403


@LANGUAGES
def test_those_who_need_something_are_asked_again(author: FlaskClient, work: Work, meeting_id: int, lang: str) -> None:
    page = Reader(author)(f"/{lang}/team/meetings/{meeting_id}/coming/list", quotes=QUOTES)
    again = page.form("/ask").submit(quotes=QUOTES)
    assert ("Asked, answer by" if lang == "en" else "Se le preguntó") in again.text
    with work() as session:
        assert session.query(OutboundMessage).count() == 2


def test_nobody_is_asked_again_about_what_is_called_off(author: FlaskClient, work: Work, meeting_id: int) -> None:
    url = f"/en/team/meetings/{meeting_id}/coming/list"
    form = Reader(author)(url, quotes=QUOTES).form("/ask")
    with work() as session:
        session.get_one(Meeting, meeting_id).state = "cancelled"
        before = session.query(OutboundMessage).count()
    assert "/ask" not in Reader(author)(url, quotes=QUOTES).response.text
    assert "0 answers were asked about" in form.submit(quotes=QUOTES).text
    with work() as session:
        assert session.query(OutboundMessage).count() == before


@LANGUAGES
def test_seats_are_set(author: FlaskClient, work: Work, meeting_id: int, lang: str) -> None:
    url = f"/{lang}/team/meetings/{meeting_id}/coming"
    seats_form(Reader(author)(url)).submit(capacity=20, close_hours=24)
    with work() as session:
        seats = session.get_one(MeetingSeats, meeting_id)
        assert (seats.capacity, seats.close_hours, seats.text_code) == (20, 24, "4821")
    wrong = seats_form(Reader(author)(url)).submit(422, capacity=0)
    assert {link.get("href") for link in wrong.find_all(".summary a")} == {"#capacity"}
    assert seats_form(wrong).values["capacity"] == "0"


def test_a_room_that_is_too_small_now_is_said(author: FlaskClient, work: Work, meeting_id: int) -> None:
    page = seats_form(Reader(author)(f"/en/team/meetings/{meeting_id}/coming")).submit(capacity=5)
    assert "More people have a seat" in page.text
    with work() as session:
        assert set(session.scalars(select(Rsvp.state))) == {"coming"}


@LANGUAGES
def test_an_answer_is_added_beyond_the_seats_and_handed_on_with_a_link(
    author: FlaskClient, page: Reader, work: Work, meeting_id: int, lang: str
) -> None:
    url = f"/{lang}/team/meetings/{meeting_id}/coming"
    given = Reader(author)(url).form("/give").submit(party=2, language="es")
    link = "".join(given.find("#my-link").itertext()).strip()
    assert "/es/meetings/mine/" in link
    assert page(link.removeprefix("http://localhost")).has("form.measure")
    full = Reader(author)(url).form("/give").submit(party=9, language="en")
    assert full.has("#my-link")


def test_a_meeting_at_a_hidden_place_is_nothing(author: FlaskClient, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Veiled Street", released=False)
        session.flush()
        hidden = make_meeting(session, author.member, market_id=market.id).id
    for url in ("coming", "coming/list"):
        Reader(author)(f"/en/team/meetings/{hidden}/{url}", 404)
