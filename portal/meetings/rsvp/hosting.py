"""What organizers do: say how many seats there are, give reserved ones away, ask again what is still needed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.accounts.users import standing_changed
from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.db import db, random_id, session
from portal.core.jobs.engine import each_row
from portal.core.portal import Portal
from portal.core.statuses import NotFound, Refused
from portal.markets.standing import publish_about
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import MeetingState
from portal.meetings.rsvp.answering import (
    changing_seats,
    forget_contact,
    free_text_codes,
    hand_lines_on,
    let_in,
    move,
    new_rsvp,
    news_of,
    settle_seats,
)
from portal.meetings.rsvp.outgoing import leave_out_reminders, prove, remind, take_back, tell
from portal.meetings.rsvp.reminder_times import (
    REMINDERS,
    USUAL,
    Reminder,
    RsvpNews,
    ask_by,
    read_choice,
    windows,
    write_choice,
)
from portal.meetings.rsvp.rsvp import (
    MeetingSeats,
    Rsvp,
    answers_of,
    held_seats,
    locked_meeting,
    meetings_to_remind,
    meetings_to_settle,
    room_of,
    seats_of,
    to_remind,
)
from portal.meetings.rsvp.seats import RsvpState, SeatCapacity, Why, draw_code, free_reserved

CHANCE = secrets.SystemRandom()


def open_seats(meeting: Meeting) -> MeetingSeats:
    """The seats of a meeting, stored; once it is published they have a code for texts."""
    seats = seats_of(meeting.id)
    if seats.text_code is None and not meeting.is_draft:
        seats.text_code = _free_text_code()
    session.add(seats)
    session.flush()
    return seats


def _free_text_code() -> str | None:
    """Four figures that nobody takes for those of another meeting; none if they are used up."""
    used = session.scalars(select(MeetingSeats.text_code).where(MeetingSeats.text_code.is_not(None)))
    return draw_code([code for code in used if code], CHANCE)


def meetings_without_text_code() -> Sequence[int]:
    """The ids of meetings ahead that have no code for texts, the next one first: all may have been in use."""
    coded = select(MeetingSeats.meeting_id).where(MeetingSeats.text_code.is_not(None))
    ahead = select(Meeting.id).where(
        Meeting.state == MeetingState.PUBLISHED, Meeting.ends_at > now(), Meeting.id.not_in(coded)
    )
    return session.scalars(ahead.order_by(Meeting.starts_at)).all()


def give_text_code(meeting_id: int) -> None:
    """Give a meeting a code for texts, if one is free."""
    meeting = session.get_one(Meeting, meeting_id)
    if open_seats(meeting).text_code is not None:
        publish_about(meeting.market_id)


def copy_seats(meeting: Meeting, twin: Meeting) -> None:
    """Another meeting in the same room."""
    seats = seats_of(meeting.id)
    if seats.capacity is not None or seats.close_hours or seats.reminders != write_choice(USUAL):
        session.add(
            MeetingSeats(
                meeting_id=twin.id,
                capacity=seats.capacity,
                reserved=seats.reserved,
                close_hours=seats.close_hours,
                reminders=seats.reminders,
            )
        )


def set_seats(meeting: Meeting, room: SeatCapacity, close_hours: int, editor_id: int) -> None:
    """Say how many seats there are. Whoever has one keeps it, also when there are fewer than that."""
    with changing_seats(meeting):
        seats = open_seats(meeting)
        seats.capacity, seats.reserved, seats.close_hours = room.capacity, room.reserved, close_hours
        session.flush()
    record("meeting.seats_set", "meeting", meeting.id, editor_id)


def give_seats(meeting: Meeting, party: int, language: str, editor_id: int) -> Rsvp:
    """Give reserved seats to somebody who was promised them. Raises `Refused` when they are gone."""
    with changing_seats(meeting):
        if free_reserved(room_of(meeting.id), held_seats(meeting.id)) < party:
            raise Refused("answers_none_reserved")
        rsvp = new_rsvp(meeting, random_id(), party, language)
        rsvp.state, rsvp.given = RsvpState.COMING, True
        session.add(rsvp)
    record("meeting.seats_given", "meeting", meeting.id, editor_id)
    return rsvp


def ask_again(meeting: Meeting, editor_id: int) -> tuple[int, date]:
    """Ask those who need childcare or a ride, or offer one, whether that is still so: how many, until when."""
    until = _until(meeting)
    asked = 0
    if not may_be_asked(meeting):
        return asked, until
    for rsvp in answers_of(meeting.id, RsvpState.COMING):
        if rsvp.needs_preparing and rsvp.contact is not None and rsvp.ask_by != until:
            rsvp.ask_by, rsvp.confirmed_on = until, None
            tell(rsvp, meeting, RsvpNews.ASK)
            asked += 1
    record("meeting.asked_again", "meeting", meeting.id, editor_id)
    return asked, until


def may_be_asked(meeting: Meeting) -> bool:
    """Whether the answer still matters: nobody is asked about what is called off or has begun."""
    return not meeting.is_cancelled and meeting.starts_at is not None and meeting.starts_at > now()


def _until(meeting: Meeting) -> date:
    starts_on = meeting.starts_at.astimezone(zone()).date() if meeting.starts_at else today()
    return ask_by(starts_on, today())


OUT_ALREADY = (RsvpState.CANCELLED, RsvpState.TAKEN_OUT)


def count_in(meeting: Meeting, rsvp: Rsvp, editor_id: int) -> None:
    """Say yes to many people, or count again whom a host took out: with a seat if there is one, else in the line."""
    if not rsvp.for_host and rsvp.state != RsvpState.TAKEN_OUT:
        return
    with changing_seats(meeting):
        let_in(meeting, rsvp)
    tell(rsvp, meeting, news_of(rsvp), unasked=True)
    record("meeting.answer_counted", "meeting", meeting.id, editor_id)


def take_out(meeting: Meeting, chosen: Sequence[Rsvp], why: Why, editor_id: int) -> int:
    """Take answers out; whoever gave one hears why, and the line moves up. Returns how many there were."""
    taken = [rsvp for rsvp in chosen if rsvp.state not in OUT_ALREADY]
    with changing_seats(meeting):
        for rsvp in taken:
            move(rsvp, RsvpState.TAKEN_OUT)
            rsvp.why, rsvp.given = why, False
        session.flush()
    for rsvp in taken:
        tell(rsvp, meeting, news_of(rsvp))
        record("meeting.answer_taken_out", "meeting", meeting.id, editor_id)
    return len(taken)


MOST_AT_ONCE = 100
"""In one transaction, while which nobody else can answer."""


def queue_reminders(meeting: Meeting) -> bool:
    """Queue what is due by now, by the start as it is now. The meeting must be locked. True: there may be more."""
    if meeting.starts_at is None or meeting.is_cancelled or meeting.starts_at <= now():
        return False
    left = MOST_AT_ONCE
    for window in windows(meeting.starts_at, read_choice(seats_of(meeting.id).reminders), zone()):
        if window.is_at_hand(now()):
            due = to_remind(meeting, window.reminder, left)
            for rsvp in due:
                remind(rsvp, meeting, window)
            left -= len(due)
    return left <= 0


def set_reminders(meeting: Meeting, chosen: Sequence[Reminder], editor_id: int) -> None:
    """Say when people are reminded; what is queued and no longer wanted is taken back."""
    open_seats(meeting).reminders = write_choice(chosen)
    unwanted = [reminder for reminder in REMINDERS if reminder not in chosen]
    for rsvp in answers_of(meeting.id):
        take_back(rsvp, unwanted)
    record("meeting.reminders_set", "meeting", meeting.id, editor_id)


def accept_reminders(meeting: Meeting, rsvp: Rsvp) -> None:
    """Whoever reads the number or address that was typed says that it is theirs."""
    if rsvp.proved_on is None:
        prove(rsvp)
        leave_out_reminders(rsvp, meeting)


def decline_reminders(rsvp: Rsvp) -> None:
    """It was not they: number or address are erased, and the answer of whoever typed it stays."""
    forget_contact(rsvp)
    db.after_commit(db.forget_journal)


def settle_all() -> None:
    """Hand on the free seats of each meeting."""
    with db.work():
        ids = meetings_to_settle()
    each_row(ids, _settle)


def _settle(meeting_id: int) -> None:
    try:
        meeting = locked_meeting(meeting_id)
    except NotFound:
        # Its place was hidden, or it was taken back, since the list was made.
        return
    settle_seats(meeting)


def remind_all() -> None:
    """Queue the reminders whose time has come; a run that dies is gone on with by the next, and doubles nothing."""
    with db.work():
        ids = meetings_to_remind()
    each_row(ids, _remind_all_of)


def _remind_all_of(meeting_id: int) -> None:
    while _remind(meeting_id):
        continue


def _remind(meeting_id: int) -> bool:
    with db.work():
        try:
            meeting = locked_meeting(meeting_id)
        except NotFound:
            return False
        return queue_reminders(meeting)


def share_out_codes() -> None:
    """Back from meetings that are over, and to those that have none. Once a day is enough: there are nine hundred."""
    with db.work():
        free_text_codes()
        waiting = meetings_without_text_code()
    each_row(waiting, give_text_code)


def listen(_app: Portal) -> None:
    """Connect to the signals of lower floors."""
    standing_changed.connect(_hand_on)


def _hand_on(member_id: Any) -> None:
    hand_lines_on(member_id)
