"""A small room: the host takes out what looks wrong, and its seats are free again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.core.web import Portal
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp import answering, outgoing
from portal.meetings.rsvp.answering import Contact, Wish
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, locked_meeting
from portal.meetings.rsvp.seats import ContactKind
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
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=10, close_hours=0))
        return meeting.id


def come(work: Work, meeting_id: int, number: int, party: int, **wish: object) -> int:
    with work():
        return answering.file_rsvp(locked_meeting(meeting_id), Wish(party, **wish), "es", bytes([number]) * 32).id


def states(work: Work) -> list[tuple[str, int]]:
    with work() as session:
        return sorted((row.state, row.party) for row in session.scalars(select(Rsvp)))


def letters(work: Work) -> list[str]:
    with work() as session:
        return [cipher().decrypt(row.body) for row in session.scalars(select(OutboundMessage)) if row.body]


def acts(work: Work) -> list[str]:
    with work() as session:
        return list(session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("meeting.answer%"))))


def out_form(page: Page) -> Form:
    return page.form("/take-out")


@LANGUAGES
@pytest.mark.both_databases
def test_the_host_takes_answers_out_and_seats_are_free(
    work: Work, host: FlaskClient, meeting_id: int, lang: str
) -> None:
    first, second = (
        come(work, meeting_id, 1, 6, contact=MAIL, first_name="Rosa", access_needs="una rampa"),
        come(work, meeting_id, 2, 4),
    )
    reader, url = Reader(host), f"/{lang}/team/meetings/{meeting_id}/answers/"
    listed = reader(url)
    assert not [word for word in ("Rosa", "rampa", "rosa@example.org") if word in listed.text]
    refused = out_form(listed).submit(422, chosen=[str(first)])
    assert out_form(refused).values.getlist("chosen") == [str(first)]
    out_form(listed).submit(422, why="mistake")
    done = out_form(listed).submit(chosen=[str(first), str(second)], why="mistake")
    assert ("2 answers are taken out." if lang == "en" else "Se retiraron 2 respuestas.") in done.text
    assert states(work) == [("cancelled", 4), ("cancelled", 6)]
    come(work, meeting_id, 3, 10)
    (told,) = [letter for letter in letters(work) if "ya no cuenta" in letter]
    assert "Parece un error." in told
    assert acts(work) == ["meeting.answer_taken_out"] * 2
    # Twice is once.
    out_form(listed).submit(chosen=[str(first)], why="double")
    assert acts(work) == ["meeting.answer_taken_out"] * 2


@LANGUAGES
def test_whoever_was_taken_out_reads_why_and_may_come_after_all(
    page: Reader, work: Work, host: FlaskClient, meeting_id: int, lang: str
) -> None:
    rsvp_id = come(work, meeting_id, 1, 4)
    out_form(Reader(host)(f"/en/team/meetings/{meeting_id}/answers/")).submit(chosen=[str(rsvp_id)], why="silent")
    with work():
        token = outgoing.token_of(rsvp_id)
    mine = page(f"/{lang}/meetings/mine/{token}")
    assert ("We asked and heard nothing." if lang == "en" else "Preguntamos y no tuvimos respuesta.") in mine.text
    again = mine.form("/again").submit()
    assert ("You are counted" if lang == "en" else "Contamos con usted") in again.text
    assert states(work) == [("coming", 4)]
    again.form("/leave").submit()
    assert states(work) == [("cancelled", 4)]


@LANGUAGES
def test_when_all_seats_are_taken_the_page_says_whom_to_ask(
    page: Reader, work: Work, meeting_id: int, lang: str
) -> None:
    with work() as session:
        meeting = session.get_one(Meeting, meeting_id)
        url, host_name = f"/{lang}/meetings/{meeting.slug}", getattr(meeting.host, lang)
    form = page(f"{url}/answer/").form()
    come(work, meeting_id, 1, 10)
    full = "All seats are taken." if lang == "en" else "Todos los cupos están ocupados."
    for shown in (page(url), page(f"{url}/answer/")):
        assert full in shown.text
        assert host_name in shown.text
        assert not shown.has("form.measure")
    assert form.submit(409, party=3).form().values["party"] == "3"
    assert states(work) == [("coming", 10)]


def test_nobody_else_sees_or_decides(app: Portal, work: Work, meeting_id: int) -> None:
    with work() as session:
        pastor = make_member(session, ("faith_partner",))
    client = app.test_client()
    sign_in(client, pastor)
    Reader(client)(f"/en/team/meetings/{meeting_id}/answers/", 403)


def test_an_answer_of_another_meeting_is_none_of_this_one(work: Work, host: FlaskClient, meeting_id: int) -> None:
    with work() as session:
        other = make_meeting(session, host.member)
        session.flush()
        other_id = other.id
    large = come(work, meeting_id, 1, 9)
    page = Reader(host)(f"/en/team/meetings/{meeting_id}/answers/")
    out = out_form(page)
    out.element.set("action", f"/en/team/meetings/{other_id}/answers/take-out")
    out.submit(chosen=[str(large)], why="mistake")
    assert states(work) == [("coming", 9)]
