"""What organizers do: say how many seats there are, give reserved ones away, ask again what is still needed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.db import random_id, session
from portal.core.errors import Refused
from portal.markets.actions.places import publish_about
from portal.meetings.models import Meeting
from portal.meetings.rsvp.actions.line import changing_seats, new_rsvp
from portal.meetings.rsvp.actions.outgoing import tell
from portal.meetings.rsvp.models import Rsvp, Seats
from portal.meetings.rsvp.queries import answers_of, held_seats, room_of, seats_of
from portal.meetings.rsvp.rules.codes import draw_code
from portal.meetings.rsvp.rules.news import USUAL, News, write_choice
from portal.meetings.rsvp.rules.seats import Room, State, free_reserved
from portal.meetings.rsvp.rules.times import ask_by
from portal.meetings.rules import State as MeetingState

CHANCE = secrets.SystemRandom()


def open_seats(meeting: Meeting) -> Seats:
    """The seats of a meeting, stored; once it is published they have a code for texts."""
    seats = seats_of(meeting.id)
    if seats.text_code is None and not meeting.is_draft:
        seats.text_code = _free_text_code()
    session.add(seats)
    session.flush()
    return seats


def _free_text_code() -> str | None:
    """Four figures that nobody takes for those of another meeting; none if they are used up."""
    used = session.scalars(select(Seats.text_code).where(Seats.text_code.is_not(None)))
    return draw_code([code for code in used if code], CHANCE)


def meetings_without_text_code() -> Sequence[int]:
    """The ids of meetings ahead that have no code for texts, the next one first: all may have been in use."""
    coded = select(Seats.meeting_id).where(Seats.text_code.is_not(None))
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
            Seats(
                meeting_id=twin.id,
                capacity=seats.capacity,
                reserved=seats.reserved,
                close_hours=seats.close_hours,
                reminders=seats.reminders,
            )
        )


def set_seats(meeting: Meeting, room: Room, close_hours: int, editor_id: int) -> None:
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
        rsvp.state, rsvp.given = State.COMING, True
        session.add(rsvp)
    record("meeting.seats_given", "meeting", meeting.id, editor_id)
    return rsvp


def ask_again(meeting: Meeting, editor_id: int) -> tuple[int, date]:
    """Ask those who need childcare or a ride, or offer one, whether that is still so: how many, until when."""
    until = _until(meeting)
    asked = 0
    if not may_be_asked(meeting):
        return asked, until
    for rsvp in answers_of(meeting.id, State.COMING):
        if rsvp.needs_preparing and rsvp.contact is not None and rsvp.ask_by != until:
            rsvp.ask_by, rsvp.confirmed_on = until, None
            tell(rsvp, meeting, News.ASK)
            asked += 1
    record("meeting.asked_again", "meeting", meeting.id, editor_id)
    return asked, until


def may_be_asked(meeting: Meeting) -> bool:
    """Whether the answer still matters: nobody is asked about what is called off or has begun."""
    return not meeting.is_cancelled and meeting.starts_at is not None and meeting.starts_at > now()


def _until(meeting: Meeting) -> date:
    starts_on = meeting.starts_at.astimezone(zone()).date() if meeting.starts_at else today()
    return ask_by(starts_on, today())
