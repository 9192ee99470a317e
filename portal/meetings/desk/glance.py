"""Each meeting of the next two weeks at a glance: what is missing, who comes, what is still to be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from portal.accounts.queries import member_names
from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.meetings.calendars.queries import Ahead, ahead
from portal.meetings.desk.evening import Evening, evening_at
from portal.meetings.models import Meeting
from portal.meetings.queries import editable_meetings, may_see_single_answers
from portal.meetings.report_back.queries import standings
from portal.meetings.report_back.rules import Standing
from portal.meetings.rsvp.models import Rsvp, Seats
from portal.meetings.rsvp.queries import Sums, seats_of, sums_of
from portal.meetings.rsvp.rules.seats import State
from portal.meetings.rsvp.rules.times import ask_by
from portal.meetings.rules import NEEDS, Answer, missing, wrong_dates

AHEAD = timedelta(days=14)
AROUND = timedelta(days=30)


@dataclass(frozen=True)
class Asking:
    """Those who need childcare or a ride and can be reached."""

    to_ask: int
    """Nobody has asked them again yet."""
    silent: int
    """They were asked and have not said."""
    until: date


@dataclass(frozen=True)
class Glance:
    """A meeting, and all that somebody has to do about it."""

    meeting: Meeting
    gaps: Sequence[str]
    """Fields of the form that are empty, or hold a day that is wrong."""
    uncertain: Sequence[str]
    """Needs for which somebody was asked who has not confirmed."""
    sums: Sums
    seats: Seats
    asking: Asking
    evening: Evening
    author: str
    may_ask: bool

    @property
    def children(self) -> int:
        return sum(self.sums.children)

    @property
    def lacks_childcare(self) -> bool:
        """Families count on something that is not certain."""
        return self.children > 0 and self.meeting.childcare != Answer.YES

    @property
    def lacks_rides(self) -> bool:
        return self.sums.rides_needed > self.sums.seats_offered and self.meeting.ride != Answer.YES

    @property
    def lacks_interpreter(self) -> bool:
        return self.sums.interpreters.total() > 0 and self.meeting.interpreter != Answer.YES


@dataclass(frozen=True)
class Fortnight:
    """The desk: what is ahead, what has no day yet, what was promised and not told."""

    glances: Sequence[Glance]
    undated: Sequence[tuple[Meeting, int]]
    owed: Sequence[tuple[Meeting, Standing]]
    latest: Meeting | None
    """To copy from, when nothing is planned."""

    @property
    def open_points(self) -> int:
        """How many things are left to do before people come."""
        return sum(len(one.gaps) + len(one.uncertain) for one in self.glances)


def fortnight(member_id: int, roles: frozenset[str]) -> Fortnight:
    """What somebody sees who opens the desk: meetings at hidden places only if they are admitted there."""
    meetings = editable_meetings(member_id)
    soon = [one for one in meetings if _is_soon(one)]
    known = ahead(today() - AROUND, today() + AHEAD + AROUND, member_id) if soon else Ahead(())
    names = member_names(one.author_id for one in soon)
    promises = standings(meetings)
    owed = [(one, promises[one.id]) for one in meetings if promises[one.id] in (Standing.AWAITED, Standing.OVERDUE)]
    return Fortnight(
        glances=[_glance(one, known, names, member_id, roles) for one in soon],
        undated=[(one, len(missing(one.plan))) for one in meetings if one.is_draft and one.starts_at is None],
        owed=sorted(owed, key=lambda pair: (pair[0].report_back_on or today(), pair[0].id)),
        latest=next((one for one in meetings if not one.is_draft), None),
    )


def _is_soon(meeting: Meeting) -> bool:
    if meeting.starts_at is None or meeting.ends_at is None or meeting.is_cancelled:
        return False
    # A draft whose day has passed needs another one.
    return (meeting.is_draft or meeting.ends_at > now()) and meeting.starts_at < now() + AHEAD


def _glance(meeting: Meeting, known: Ahead, names: dict[int, str], member_id: int, roles: frozenset[str]) -> Glance:
    wrong = ["held_on"] if "in_past" in wrong_dates(meeting.plan, now(), zone()) and meeting.is_draft else []
    return Glance(
        meeting=meeting,
        gaps=[*missing(meeting.plan), *wrong] if meeting.is_draft else [],
        uncertain=[need for need in NEEDS if getattr(meeting, need) == Answer.ASKED],
        sums=sums_of(meeting.id),
        seats=seats_of(meeting.id),
        asking=_asking(meeting),
        evening=evening_at(meeting, known),
        author=names.get(meeting.author_id, ""),
        may_ask=may_see_single_answers(meeting, member_id, roles),
    )


def _asking(meeting: Meeting) -> Asking:
    coming = select(Rsvp).where(
        Rsvp.meeting_id == meeting.id, Rsvp.state == State.COMING, Rsvp.contact_hash.is_not(None)
    )
    needing = [one for one in session.scalars(coming) if one.needs_preparing]
    starts_on = meeting.starts_at.astimezone(zone()).date() if meeting.starts_at else today()
    return Asking(
        to_ask=sum(one.ask_by is None for one in needing),
        silent=sum(one.ask_by is not None and one.confirmed_on is None for one in needing),
        until=max((one.ask_by for one in needing if one.ask_by), default=ask_by(starts_on, today())),
    )
