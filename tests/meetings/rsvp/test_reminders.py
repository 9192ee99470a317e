"""Reminders and changes in the database: who is told, when, once, and what is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import count
from secrets import token_bytes

import pytest
import vobject
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.db import db
from portal.core.jobs import delivery
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import Unknown
from portal.core.mail import compose
from portal.core.portal import current_portal
from portal.meetings.meeting import Meeting
from portal.meetings.planning import cancel_meeting, change_meeting
from portal.meetings.rsvp import answering, hosting
from portal.meetings.rsvp.answering import Contact, Wish
from portal.meetings.rsvp.rsvp import MeetingSeats, ReminderWording, Rsvp, RsvpNotice, reminded
from portal.meetings.rsvp.seats import ContactKind, Why
from tests.core.transports import TestTransport
from tests.make import both, make_meeting

NOON = datetime(2026, 6, 1, 16, tzinfo=UTC)
STARTS = NOON + timedelta(days=7, hours=6)
EVENING_BEFORE, TWO_BEFORE = STARTS - timedelta(hours=25), STARTS - timedelta(hours=2)
WHY = both("The hall is closed.", "El salón está cerrado.")
_numbers = count(1000)
pytestmark = pytest.mark.time_machine(NOON, tick=False)


def post_of(app: Flask) -> TestTransport:
    """Where texts and mail go."""
    post = TestTransport()
    app.transports = {"text": post, "mail": post}
    return post


def make_room(session: Session, capacity: int | None = None) -> Meeting:
    meeting = make_meeting(session, starts_at=STARTS)
    code = str(next(_numbers))
    session.add(MeetingSeats(meeting_id=meeting.id, capacity=capacity, close_hours=0, text_code=code))
    session.flush()
    return meeting


def come(meeting: Meeting, address: str = "", lang: str = "en", party: int = 1, proved: bool = True) -> Rsvp:
    kind = ContactKind.MAIL if "@" in address else ContactKind.TEXT
    contact = Contact(kind, address or f"+1336555{next(_numbers)}")
    rsvp = answering.file_rsvp(meeting, Wish(party, contact=contact), lang, token_bytes(32))
    if proved:
        hosting.accept_reminders(meeting, rsvp)
    db.session().flush()
    return rsvp


def work_off(post: TestTransport) -> list[str]:
    """Commit, let the timetable and the worker do what is due; what went out."""
    before = len(post.delivered)
    queue()
    with current_portal.app_context():
        delivery.deliver_ready()
    return [body for _address, body, *_rest in list(post.delivered)[before:]]


def queue() -> None:
    """Commit, and let the timetable queue what is due."""
    db.commit()
    with current_portal.app_context():
        hosting.remind_all()
    db.session().expire_all()


def test_reminders_come_a_day_and_two_hours_before(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = make_room(session)
    come(meeting), come(meeting, "rosa@example.org", "es")
    assert len(work_off(post)) == 2
    time_machine.move_to(EVENING_BEFORE - timedelta(minutes=30))
    assert work_off(post) == []
    time_machine.move_to(EVENING_BEFORE)
    texted, mailed = sorted(work_off(post))
    assert texted.startswith("Common Ground: A reminder for Jun 8, 6:00 PM. Not coming? Text NOT COMING ")
    assert mailed.startswith("Common Ground: sobre su respuesta\n\nCommon Ground: Le recordamos (8 jun, 6:00 p.m.)")
    time_machine.shift(timedelta(hours=1))
    assert work_off(post) == []
    time_machine.move_to(TWO_BEFORE)
    assert len(work_off(post)) == 2
    assert reminded(meeting.id) == {"sent": 4}


def test_who_did_not_confirm_is_not_reminded(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = make_room(session)
    rsvp = come(meeting, proved=False)
    (asked,) = work_off(post)
    assert "May we remind you? Text MEET" in asked
    assert "/en/meetings/reminder/" in asked
    assert (rsvp.agreed_how, rsvp.agreed_on, rsvp.proved_on) == ("web", NOON.date(), None)
    assert session.get_one(ReminderWording, rsvp.wording).words.startswith("Only about this meeting")
    confirmed = come(meeting)
    work_off(post)
    answering.change_rsvp(meeting, confirmed, Wish(1, contact=Contact(ContactKind.MAIL, "new@example.org")))
    assert confirmed.proved_on is None, "another address has to be confirmed again"
    (asked,) = work_off(post)
    assert post.delivered[-1][0] == "new@example.org"
    assert "May we remind you here?" in asked
    come(meeting)
    assert len(work_off(post)) == 1
    time_machine.move_to(EVENING_BEFORE)
    assert len(work_off(post)) == 1


def test_a_reminder_moves_with_the_meeting(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = make_room(session)
    come(meeting)
    work_off(post)
    time_machine.move_to(EVENING_BEFORE - timedelta(minutes=30))
    work_off(post)
    later = STARTS + timedelta(days=3)
    plan = replace(meeting.plan, starts_at=later, ends_at=later + timedelta(hours=2))
    change_meeting(meeting, plan, WHY, meeting.author_id)
    time_machine.move_to(EVENING_BEFORE)
    (moved,) = work_off(post)
    assert "Now it is Jun 11, 6:00 PM" in moved
    time_machine.move_to(later - timedelta(hours=25))
    (reminder,) = work_off(post)
    assert "A reminder for Jun 11, 6:00 PM" in reminder


def test_what_was_lost_is_not_sent_when_wrong(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = make_room(session)
    come(meeting)
    work_off(post)
    time_machine.move_to(EVENING_BEFORE)
    post.outcomes.append(Unknown("lost"))
    work_off(post)
    cancel_meeting(meeting, WHY, meeting.author_id)
    assert work_off(post) == []
    time_machine.shift(timedelta(minutes=5))
    (cancelled,) = work_off(post)
    assert "is canceled" in cancelled
    assert sorted(session.scalars(select(OutboundMessage.state))) == ["sent", "sent", "stale"]


def test_who_leaves_or_erased_the_number_is_not_reminded(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = make_room(session, 3)
    gone, erased = come(meeting), come(meeting, party=2)
    work_off(post)
    time_machine.move_to(EVENING_BEFORE - timedelta(minutes=10))
    queue()
    answering.cancel_rsvp(meeting, gone)
    answering.change_rsvp(meeting, erased, Wish(2, forget_contact=True))
    assert session.scalars(select(RsvpNotice).where(RsvpNotice.rsvp_id.in_([gone.id, erased.id]))).all() == []
    time_machine.move_to(EVENING_BEFORE)
    assert not [words for words in work_off(post) if "reminder" in words]


def test_two_families_on_one_phone_get_one_text(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = make_room(session)
    come(meeting, "+13365550142"), come(meeting, "+13365550142")
    work_off(post)
    time_machine.move_to(EVENING_BEFORE)
    (only,) = work_off(post)
    assert " B." not in only


def test_nothing_that_can_wait_goes_at_night(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = make_room(session)
    come(meeting)
    work_off(post)
    change_meeting(meeting, replace(meeting.plan, place=both("Hall", "Sala")), WHY, meeting.author_id)
    db.commit()
    time_machine.move_to(NOON + timedelta(hours=9, minutes=1))
    assert work_off(post) == []
    time_machine.move_to(NOON + timedelta(hours=20))
    assert len(work_off(post)) == 1


def test_moved_then_cancelled_is_told_once(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = make_room(session, 1)
    hosting.take_out(meeting, [come(meeting)], Why.MISTAKE, meeting.author_id)
    work_off(post)
    time_machine.shift(timedelta(hours=33))
    change_meeting(meeting, replace(meeting.plan, place=both("Hall", "Sala")), WHY, meeting.author_id)
    cancel_meeting(meeting, WHY, meeting.author_id)
    time_machine.shift(timedelta(hours=12))
    (told,) = work_off(post)
    assert "is canceled" in told
    assert [row.sequence for row in session.scalars(select(RsvpNotice).where(RsvpNotice.kind == "cancelled"))] == [2]


def read_calendar(body: str) -> tuple[str, vobject.base.Component]:
    """The method of the part of a mail that calendars act upon, and its one event."""
    raw = compose("portal@example.org", "example.org", "rosa@example.org", body, 1).as_bytes()
    mail = message_from_bytes(raw, policy=policy.default)
    (part,) = (one for one in mail.walk() if one.get_content_type() == "text/calendar")
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "meeting.ics"
    assert attached.get_content().decode() == part.get_content()
    (calendar,) = vobject.readComponents(part.get_content(), validate=True)
    assert calendar.method.value == part["Content-Type"].params["method"]
    assert mail.get_body(("plain",)) is not None
    return calendar.method.value, calendar.vevent


def test_mail_moves_the_entry_and_takes_it_out(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = make_room(session)
    come(meeting, "rosa@example.org")
    hosting.take_out(meeting, [come(meeting, "ruth@example.org", "es")], Why.MISTAKE, meeting.author_id)
    assert not [body for body in work_off(post) if "VCALENDAR" in body]
    later = STARTS + timedelta(days=1)
    plan = replace(meeting.plan, starts_at=later, ends_at=later + timedelta(hours=2))
    change_meeting(meeting, plan, WHY, meeting.author_id)
    # Whoever was taken out is told, and not invited.
    (moved,) = (body for body in work_off(post) if "VCALENDAR" in body)
    method, event = read_calendar(moved)
    assert (method, event.uid.value, event.sequence.value) == ("REQUEST", meeting.uid, "1")
    assert event.dtstart.value == later
    assert event.attendee.value == "mailto:rosa@example.org"
    cancel_meeting(meeting, WHY, meeting.author_id)
    told = [(method, event, event.summary.value) for method, event in map(read_calendar, work_off(post))]
    assert {(method, one.sequence.value, one.status.value, one.uid.value, said) for method, one, said in told} == {
        ("CANCEL", "2", "CANCELLED", meeting.uid, f"Canceled: {meeting.title.en}"),
        ("CANCEL", "2", "CANCELLED", meeting.uid, f"Cancelada: {meeting.title.es}"),
    }


def test_the_ledger_holds_neither_names_nor_numbers(session: Session, app: Flask) -> None:
    post = post_of(app)
    rsvp = come(make_room(session), "+13365550142")
    work_off(post)
    row = session.execute(select(RsvpNotice.__table__)).one()
    assert "3365550142" not in " ".join(map(str, row))
    assert (row.contact_hash, row.kind, row.channel, row.sequence) == (rsvp.contact_hash, "counted", "text", 0)
    session.delete(session.get_one(Rsvp, rsvp.id))
    db.commit()
    assert session.scalars(select(RsvpNotice)).all() == []
