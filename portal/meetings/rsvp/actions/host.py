"""Telling the host of a line that somebody waits in it, or let a seat pass: one mail a morning, no name, no number.

The host is whoever planned the meeting; once they are gone, who answers for it in their place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import or_, select

from portal.accounts.reminders.actions import Words, remind, take_back
from portal.accounts.reminders.models import Reminded
from portal.accounts.reminders.queries import due_of, under_way
from portal.accounts.reminders.rules import Due, Nearness
from portal.core.clock import now, zone
from portal.core.db import session
from portal.markets.models import Market
from portal.meetings.models import Meeting
from portal.meetings.queries import answerable, public_meetings
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.rules.seats import UNSEATED
from portal.meetings.rsvp.rules.times import host_told_at
from portal.meetings.rsvp.texts import inherited_line_words, line_words
from portal.meetings.rules import State


def unseated(meeting_id: int) -> frozenset[int]:
    """The answers that wait, or whose offer ended."""
    found = select(Rsvp.id).where(Rsvp.meeting_id == meeting_id, Rsvp.state.in_(UNSEATED))
    return frozenset(session.scalars(found))


def tell_host(meeting: Meeting, before: frozenset[int]) -> None:
    """Write to the host that more wait than before, or let a seat pass; once for each morning.

    At once it would tell the hour at which somebody answered, and that can be enough to know who it was.
    """
    if meeting.is_cancelled or meeting.starts_at is None or unseated(meeting.id) <= before:
        return
    moment = host_told_at(meeting.starts_at, now(), zone())
    if moment is not None:
        day, held_on = (one.astimezone(zone()).date() for one in (moment, meeting.starts_at))
        for member_id in answerable(meeting):
            due = Due(day, _about(meeting), Nearness.EVE, member_id)
            say = line_words if member_id == meeting.author_id else inherited_line_words
            remind(member_id, [due], _of_line(say, held_on), mail_at=moment)


def tell_host_anew(meeting: Meeting) -> None:
    """What the host would read in the morning names the day that it was to be: of another day it is said anew."""
    if under_way(Reminded.about == _about(meeting)):
        take_back(_about(meeting))
        tell_host(meeting, frozenset())


def hand_lines_on(member_id: int) -> None:
    """Somebody's roles or account changed: of the lines that they had to look after, whoever comes after them hears.

    What they had not been sent yet they are not sent any more: it is no longer theirs to know.
    """
    theirs = select(Market.id).where(or_(Market.owner_id == member_id, Market.deputy_id == member_id))
    ahead = public_meetings(Meeting.state == State.PUBLISHED, Meeting.starts_at > now())
    for meeting in session.scalars(ahead.where(or_(Meeting.author_id == member_id, Meeting.market_id.in_(theirs)))):
        hosts = set(answerable(meeting))
        if member_id not in hosts:
            under = under_way(Reminded.about == _about(meeting))
            take_back(_about(meeting), [due_of(row) for row in under if row.member_id != member_id])
            if not hosts <= _who_heard(meeting):
                tell_host(meeting, frozenset())


def _who_heard(meeting: Meeting) -> set[int]:
    return set(session.scalars(select(Reminded.member_id).where(Reminded.about == _about(meeting))))


def _of_line(say: Callable[[date], str], held_on: date) -> Words:
    return lambda _dues: say(held_on)


def _about(meeting: Meeting) -> str:
    return f"meeting {meeting.id} line"
