"""Actions of organizers on seats and answers, and jobs that queue reminders and assign text codes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from portal.core.audit import record
from portal.core.clock import now, today, waking, zone
from portal.core.db import db, random_id, session
from portal.core.jobs.engine import each_row
from portal.core.statuses import NotFound
from portal.markets.place_actions import publish_about
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import MeetingState
from portal.meetings.rsvp import outgoing, reminder_times
from portal.meetings.rsvp.answering import Wish, add_rsvp, changing_seats, free_text_codes
from portal.meetings.rsvp.reminder_times import REMINDERS, Reminder, RsvpNews
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, answers_of, locked_meeting, seats_of, to_remind
from portal.meetings.rsvp.seats import RsvpState, Why, draw_code

CHANCE = secrets.SystemRandom()


def open_seats(meeting: Meeting) -> MeetingSeats:
    """Return the stored seats of a meeting, creating them if needed; a published meeting gets a text code."""
    seats = seats_of(meeting.id)
    if seats.text_code is None and not meeting.is_draft:
        seats.text_code = _free_text_code()
    session.add(seats)
    session.flush()
    return seats


def _free_text_code() -> str | None:
    """Return a four-digit code that is unlikely to be mistaken for another meeting's; None if all are used."""
    used = session.scalars(select(MeetingSeats.text_code).where(MeetingSeats.text_code.is_not(None)))
    return draw_code([code for code in used if code], CHANCE)


def meetings_without_text_code() -> Sequence[int]:
    """Return the ids of meetings ahead without a text code, next one first: all codes may have been in use."""
    coded = select(MeetingSeats.meeting_id).where(MeetingSeats.text_code.is_not(None))
    ahead = select(Meeting.id).where(
        Meeting.state == MeetingState.PUBLISHED, Meeting.ends_at > now(), Meeting.id.not_in(coded)
    )
    return session.scalars(ahead.order_by(Meeting.starts_at)).all()


def give_text_code(meeting_id: int) -> None:
    """Give a meeting a text code, if one is free."""
    meeting = session.get_one(Meeting, meeting_id)
    if open_seats(meeting).text_code is not None:
        publish_about(meeting.market_id)


def copy_seats(meeting: Meeting, twin: Meeting) -> None:
    seats = seats_of(meeting.id)
    if seats.capacity is not None or seats.close_hours or seats.reminders != reminder_times.USUAL_CHOICE:
        kept = {name: getattr(seats, name) for name in ("capacity", "close_hours", "reminders")}
        session.add(MeetingSeats(meeting_id=twin.id, **kept))


def set_seats(meeting: Meeting, capacity: int | None, close_hours: int, editor_id: int) -> None:
    """Set the number of seats; None for no limit. Seats already taken are kept even if there are fewer now."""
    with changing_seats(meeting):
        seats = open_seats(meeting)
        seats.capacity, seats.close_hours = capacity, close_hours
    record("meeting.seats_set", "meeting", meeting.id, editor_id)


def add_answer(meeting: Meeting, party: int, language: str, editor_id: int) -> Rsvp:
    """Add an answer for people whom the host knows of, also beyond the seats."""
    rsvp = add_rsvp(meeting, random_id(), Wish(party), language)
    record("meeting.seats_given", "meeting", meeting.id, editor_id)
    return rsvp


def ask_again(meeting: Meeting, editor_id: int) -> tuple[int, date]:
    """Ask who needs childcare or a ride, or offers one, whether that holds. Return how many, and by when to reply."""
    until = reminder_times.ask_by(meeting.held_on or today(), today())
    asking = 0
    if not may_be_asked(meeting):
        return asking, until
    for rsvp in answers_of(meeting.id, RsvpState.COMING):
        if rsvp.needs_preparing and rsvp.contact is not None and rsvp.ask_by != until:
            rsvp.ask_by, rsvp.confirmed_on = until, None
            outgoing.tell(rsvp, meeting, RsvpNews.ASK)
            asking += 1
    record("meeting.asked_again", "meeting", meeting.id, editor_id)
    return asking, until


def may_be_asked(meeting: Meeting) -> bool:
    """Return whether the reply would still matter: the meeting is not cancelled and has not begun."""
    return not meeting.is_cancelled and meeting.starts_at is not None and meeting.starts_at > now()


def take_out(meeting: Meeting, chosen: Sequence[Rsvp], why: Why, editor_id: int) -> int:
    """Take out answers and tell the residents why. Return how many were taken out."""
    taken = [rsvp for rsvp in chosen if rsvp.is_coming]
    with changing_seats(meeting):
        for rsvp in taken:
            rsvp.state, rsvp.why = RsvpState.CANCELLED, why
    for rsvp in taken:
        outgoing.tell(rsvp, meeting, RsvpNews.TAKEN_OUT)
        record("meeting.answer_taken_out", "meeting", meeting.id, editor_id)
    return len(taken)


MOST_AT_ONCE = 100
"""Reminders queued in one transaction, during which other answers to the meeting wait for the lock."""


def queue_reminders(meeting: Meeting) -> bool:
    """Queue the reminders due by now of a locked meeting. Return whether there may be more."""
    if meeting.starts_at is None or meeting.is_cancelled or meeting.starts_at <= now():
        return False
    left = MOST_AT_ONCE
    chosen = reminder_times.read_choice(seats_of(meeting.id).reminders)
    for window in reminder_times.windows(meeting.starts_at, chosen, zone(), waking()):
        if window.is_at_hand(now()):
            due = to_remind(meeting, window.reminder, left)
            for rsvp in due:
                outgoing.remind(rsvp, meeting, window)
            left -= len(due)
    return left <= 0


def set_reminders(meeting: Meeting, chosen: Sequence[Reminder], editor_id: int) -> None:
    """Set the times of reminders; queued ones that are no longer wanted are taken back."""
    open_seats(meeting).reminders = reminder_times.write_choice(chosen)
    unwanted = [reminder for reminder in REMINDERS if reminder not in chosen]
    for rsvp in answers_of(meeting.id):
        outgoing.take_back(rsvp, unwanted)
    record("meeting.reminders_set", "meeting", meeting.id, editor_id)


def accept_reminders(meeting: Meeting, rsvp: Rsvp) -> None:
    """Record that the owner of the typed contact answered from there, and consents to reminders."""
    if rsvp.proved_on is None:
        if rsvp.contact is not None:
            rsvp.proved_on = today()
        outgoing.leave_out_reminders(rsvp, meeting)


def remind_all() -> None:
    """Queue the reminders that are due. The next run continues after a crash and duplicates nothing."""
    with db.work():
        near = Meeting.starts_at > now(), Meeting.starts_at <= now() + reminder_times.FURTHEST
        reached = select(Rsvp.meeting_id).where(Rsvp.state == RsvpState.COMING, Rsvp.proved_on.is_not(None))
        there = select(Meeting.id).where(Meeting.state == MeetingState.PUBLISHED, *near, Meeting.id.in_(reached))
        ids = session.scalars(there).all()
    each_row(ids, _remind_all_of)


def _remind_all_of(meeting_id: int) -> None:
    is_more = True
    while is_more:
        with db.work():
            try:
                is_more = queue_reminders(locked_meeting(meeting_id))
            except NotFound:
                return


def share_out_codes() -> None:
    """Release the text codes of past meetings and give them to others; nine hundred codes last for more than a day."""
    with db.work():
        free_text_codes()
        waiting = meetings_without_text_code()
    each_row(waiting, give_text_code)
