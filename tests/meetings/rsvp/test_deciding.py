"""A small room: many people at once wait for the host, what looks wrong is taken out, and the line moves up."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.core.web import Portal
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp import answering, hosting, outgoing
from portal.meetings.rsvp.answering import Contact, Wish
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, level_of, locked_meeting
from portal.meetings.rsvp.seats import ContactKind, SeatCapacity, SeatLevel
from tests.conftest import Work
from tests.make import make_meeting, make_member, sign_in
from tests.page import Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
MAIL = Contact(ContactKind.MAIL, "rosa@example.org")


@pytest.fixture
def host(app: Portal, work: Work) -> FlaskClient:
    with work() as session:
        member = make_member(session, ("organizer",))
    client = app.test_client()
    sign_in(client, member)
    client.member = member
    return client


@pytest.fixture
def meeting_id(work: Work, host: FlaskClient) -> int:
    with work() as session:
        meeting = make_meeting(session, host.member, starts_at=now() + timedelta(days=9))
        session.flush()
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=10, reserved=0, close_hours=0))
        return meeting.id


def come(work: Work, meeting_id: int, number: int, party: int, **wish: object) -> int:
    with work():
        return answering.file_rsvp(locked_meeting(meeting_id), Wish(party, **wish), "es", bytes([number]) * 32).id


def states(work: Work) -> list[tuple[str, int, bool]]:
    with work() as session:
        rows = session.scalars(select(Rsvp).order_by(Rsvp.position)).all()
        return [(row.state, row.party, row.for_host) for row in rows]


def letters(work: Work) -> list[str]:
    with work() as session:
        return [cipher().decrypt(row.body) for row in session.scalars(select(OutboundMessage)) if row.body]


def acts(work: Work) -> list[str]:
    with work() as session:
        return list(session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("meeting.answer%"))))


def change_form(page: Page) -> Form:
    return Form(page, page.find("form.measure"))


def out_form(page: Page) -> Form:
    return page.form("/take-out")


@pytest.mark.both_databases
def test_a_spoiler_holds_no_seat_and_a_large_family_gets_hers(work: Work, host: FlaskClient, meeting_id: int) -> None:
    for number in range(1, 4):
        come(work, meeting_id, number, 10)
    with work():
        assert level_of(meeting_id) is SeatLevel.OPEN
    family = come(work, meeting_id, 4, 8, contact=MAIL)
    come(work, meeting_id, 5, 2)
    assert states(work) == [("waiting", 10, True)] * 3 + [("waiting", 8, True), ("coming", 2, False)]
    with work() as session:
        hosting.count_in(locked_meeting(meeting_id), session.get_one(Rsvp, family), host.member.id)
    assert states(work)[3:] == [("coming", 8, False), ("coming", 2, False)]
    assert any("Contamos con usted" in letter for letter in letters(work))
    assert acts(work) == ["meeting.answer_counted"]


def test_whoever_is_counted_by_the_host_passes_nobody_who_came_earlier(
    work: Work, host: FlaskClient, meeting_id: int
) -> None:
    come(work, meeting_id, 1, 6)
    come(work, meeting_id, 2, 5)
    large = come(work, meeting_id, 3, 8)
    with work() as session:
        hosting.count_in(locked_meeting(meeting_id), session.get_one(Rsvp, large), host.member.id)
    assert states(work) == [("coming", 6, False), ("waiting", 5, False), ("waiting", 8, False)]


def test_in_the_last_hours_a_large_family_takes_what_is_free_by_herself(work: Work, meeting_id: int) -> None:
    family = come(work, meeting_id, 1, 8)
    with time_machine.travel(now() + timedelta(days=8, hours=23)), work() as session:
        answering.take_seat(locked_meeting(meeting_id), session.get_one(Rsvp, family))
    assert states(work) == [("coming", 8, False)]


def test_without_a_limit_everybody_comes_at_once(work: Work, host: FlaskClient, meeting_id: int) -> None:
    come(work, meeting_id, 1, 9)
    with work():
        hosting.set_seats(locked_meeting(meeting_id), SeatCapacity(None), 0, host.member.id)
    come(work, meeting_id, 2, 12)
    assert states(work) == [("coming", 9, False), ("coming", 12, False)]


@LANGUAGES
@pytest.mark.both_databases
def test_the_host_takes_answers_out_and_the_line_moves_up(
    work: Work, host: FlaskClient, meeting_id: int, lang: str
) -> None:
    first, second = come(work, meeting_id, 1, 6, contact=MAIL), come(work, meeting_id, 2, 4)
    come(work, meeting_id, 3, 5, first_name="Rosa", access_needs="una rampa")
    reader, url = Reader(host), f"/{lang}/team/meetings/{meeting_id}/answers/"
    listed = reader(url)
    assert not [word for word in ("Rosa", "rampa", "rosa@example.org") if word in listed.text]
    refused = out_form(listed).submit(422, chosen=[str(first)])
    assert out_form(refused).values.getlist("chosen") == [str(first)]
    out_form(listed).submit(422, why="mistake")
    done = out_form(listed).submit(chosen=[str(first), str(second)], why="mistake")
    assert ("2 answers are taken out." if lang == "en" else "Se retiraron 2 respuestas.") in done.text
    assert states(work) == [("taken_out", 6, False), ("taken_out", 4, False), ("offered", 5, False)]
    (told,) = [letter for letter in letters(work) if "ya no cuenta" in letter]
    assert "Parece un error." in told
    assert acts(work) == ["meeting.answer_taken_out"] * 2
    # Twice is once.
    out_form(listed).submit(chosen=[str(first)], why="double")
    assert acts(work) == ["meeting.answer_taken_out"] * 2
    done.form(f"/count/{second}").submit()
    assert states(work)[1] == ("coming", 4, False)


@LANGUAGES
def test_whoever_was_taken_out_reads_why_and_may_ask_once_more(
    page: Reader, work: Work, host: FlaskClient, meeting_id: int, lang: str
) -> None:
    rsvp_id = come(work, meeting_id, 1, 4)
    out_form(Reader(host)(f"/en/team/meetings/{meeting_id}/answers/")).submit(chosen=[str(rsvp_id)], why="silent")
    with work():
        token = outgoing.token_of(rsvp_id)
    mine = page(f"/{lang}/meetings/mine/{token}")
    assert ("We asked and heard nothing." if lang == "en" else "Preguntamos y no tuvimos respuesta.") in mine.text
    asked = mine.form("/again").submit()
    assert ("The host looks at your answer first" if lang == "en" else "revisa primero su respuesta") in asked.text
    assert states(work) == [("waiting", 4, True)]
    asked.form("/leave").submit()
    assert states(work) == [("cancelled", 4, False)]


@LANGUAGES
def test_the_form_says_that_many_people_wait(page: Reader, work: Work, meeting_id: int, lang: str) -> None:
    with work() as session:
        slug = session.get_one(Meeting, meeting_id).slug
    form = page(f"/{lang}/meetings/{slug}/answer/").form()
    said = form.submit(party=9)
    assert ("You are not counted yet" if lang == "en" else "Todavía no contamos con usted") in said.text
    # Fewer people need nobody's yes.
    link = "".join(said.find("#my-link").itertext()).strip().removeprefix("http://localhost")
    change_form(page(link)).submit(party=6)
    assert states(work) == [("coming", 6, False)]
    grown = change_form(page(link)).submit(409, party=7)
    assert ("the host has to say yes first" if lang == "en" else "primero decide quien organiza") in grown.text
    assert states(work) == [("coming", 6, False)]


def test_families_on_one_phone_come_at_once_and_a_crowd_on_it_does_not(work: Work, meeting_id: int) -> None:
    with work():
        hosting.set_seats(locked_meeting(meeting_id), SeatCapacity(30), 0, locked_meeting(meeting_id).author_id)
    phone = Contact(ContactKind.TEXT, "+13365550142")
    for number in range(1, 5):
        come(work, meeting_id, number, 5, contact=phone)
    assert [state for state, _party, _for_host in states(work)] == ["coming"] * 3 + ["waiting"]


def test_nobody_else_sees_or_decides(app: Portal, work: Work, meeting_id: int) -> None:
    rsvp_id = come(work, meeting_id, 1, 4)
    with work() as session:
        pastor = make_member(session, ("faith_partner",))
    client = app.test_client()
    sign_in(client, pastor)
    Reader(client)(f"/en/team/meetings/{meeting_id}/answers/", 403)
    assert client.post(f"/en/team/meetings/{meeting_id}/answers/count/{rsvp_id}").status_code in (400, 403)


def test_an_answer_of_another_meeting_is_none_of_this_one(work: Work, host: FlaskClient, meeting_id: int) -> None:
    with work() as session:
        other = make_meeting(session, host.member)
        session.flush()
        other_id = other.id
    large = come(work, meeting_id, 1, 9)
    page = Reader(host)(f"/en/team/meetings/{meeting_id}/answers/")
    form = page.form(f"/count/{large}")
    form.element.set("action", f"/en/team/meetings/{other_id}/answers/count/{large}")
    form.submit(404)
    out = out_form(page)
    out.element.set("action", f"/en/team/meetings/{other_id}/answers/take-out")
    out.submit(chosen=[str(large)], why="mistake")
    assert states(work) == [("waiting", 9, True)]
