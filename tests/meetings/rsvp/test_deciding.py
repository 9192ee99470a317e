"""A small room: the host takes out what looks wrong, and its seats are free again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.meetings.rsvp import answering, outgoing
from portal.meetings.rsvp.answering import Contact, Wish
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, locked_meeting
from portal.meetings.rsvp.seats import ContactKind
from tests.conftest import Work
from tests.make import make_meeting
from tests.page import Form, Page, Reader

MAIL = Contact(ContactKind.MAIL, "rosa@example.org")


def plan_meeting(work: Work, member: Member) -> int:
    with work() as session:
        meeting = make_meeting(session, member, starts_at=now() + timedelta(days=9))
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


def test_the_host_takes_answers_out_and_seats_are_free(work: Work, editor: Reader, member: Member) -> None:
    meeting_id = plan_meeting(work, member)
    first, second = (
        come(work, meeting_id, 1, 6, contact=MAIL, first_name="Rosa", access_needs="una rampa"),
        come(work, meeting_id, 2, 4),
    )
    reader, url = editor, f"/es/team/meetings/{meeting_id}/answers/"
    listed = reader(url)
    assert not [word for word in ("Rosa", "rampa", "rosa@example.org") if word in listed.text]
    refused = out_form(listed).submit(422, chosen=[str(first)])
    assert out_form(refused).values.getlist("chosen") == [str(first)]
    out_form(listed).submit(422, why="mistake")
    done = out_form(listed).submit(chosen=[str(first), str(second)], why="mistake")
    assert "Se retiraron 2 respuestas." in done.text
    assert states(work) == [("cancelled", 4), ("cancelled", 6)]
    come(work, meeting_id, 3, 10)
    (told,) = [letter for letter in letters(work) if "ya no cuenta" in letter]
    assert "Parece un error." in told
    assert acts(work) == ["meeting.answer_taken_out"] * 2
    # Twice is once.
    out_form(listed).submit(chosen=[str(first)], why="double")
    assert acts(work) == ["meeting.answer_taken_out"] * 2


def test_whoever_was_taken_out_reads_why(page: Reader, work: Work, editor: Reader, member: Member) -> None:
    meeting_id = plan_meeting(work, member)
    rsvp_id = come(work, meeting_id, 1, 4)
    out_form(editor(f"/en/team/meetings/{meeting_id}/answers/")).submit(chosen=[str(rsvp_id)], why="silent")
    with work():
        token = outgoing.token_of(rsvp_id)
    mine = page(f"/es/meetings/mine/{token}")
    assert "Preguntamos y no tuvimos respuesta." in mine.text
    again = mine.form("/again").submit()
    assert "Contamos con usted" in again.text
    assert states(work) == [("coming", 4)]
    again.form("/leave").submit()
    assert states(work) == [("cancelled", 4)]


def test_an_answer_of_another_meeting_is_none_here(work: Work, editor: Reader, member: Member) -> None:
    meeting_id = plan_meeting(work, member)
    with work() as session:
        other = make_meeting(session, member)
        session.flush()
        other_id = other.id
    large = come(work, meeting_id, 1, 9)
    page = editor(f"/en/team/meetings/{meeting_id}/answers/")
    out = out_form(page)
    out.element.set("action", f"/en/team/meetings/{other_id}/answers/take-out")
    out.submit(chosen=[str(large)], why="mistake")
    assert states(work) == [("coming", 9)]
