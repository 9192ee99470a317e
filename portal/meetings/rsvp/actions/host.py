"""Telling the host of a line that somebody waits in it, or let a seat pass: one mail a morning, no name, no number."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from portal.accounts.reminders.actions import remind, take_back
from portal.accounts.reminders.models import Reminded
from portal.accounts.reminders.queries import under_way
from portal.accounts.reminders.rules import Due, Nearness
from portal.core.clock import now, zone
from portal.core.db import session
from portal.meetings.models import Meeting
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.rules.seats import UNSEATED
from portal.meetings.rsvp.rules.times import host_told_at
from portal.meetings.rsvp.texts import line_words


def unseated(meeting_id: int) -> frozenset[int]:
    """The answers that wait, or whose offer ended."""
    found = select(Rsvp.id).where(Rsvp.meeting_id == meeting_id, Rsvp.state.in_(UNSEATED))
    return frozenset(session.scalars(found))


def tell_host(meeting: Meeting, before: frozenset[int]) -> None:
    """Write to whoever planned the meeting that more wait than before, or let a seat pass; once for each morning.

    At once it would tell the hour at which somebody answered, and that can be enough to know who it was.
    """
    if meeting.is_cancelled or meeting.starts_at is None or unseated(meeting.id) <= before:
        return
    moment = host_told_at(meeting.starts_at, now(), zone())
    if moment is not None:
        day, held_on = (one.astimezone(zone()).date() for one in (moment, meeting.starts_at))
        remind(meeting.author_id, [_due(meeting, day)], lambda _dues: line_words(held_on), mail_at=moment)


def tell_host_anew(meeting: Meeting) -> None:
    """What the host would read in the morning names the day that it was to be: of another day it is said anew."""
    if under_way(Reminded.about == _about(meeting)):
        take_back(_about(meeting))
        tell_host(meeting, frozenset())


def _due(meeting: Meeting, day: date) -> Due:
    return Due(day, _about(meeting), Nearness.EVE, meeting.author_id)


def _about(meeting: Meeting) -> str:
    return f"meeting {meeting.id} line"
