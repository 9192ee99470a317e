"""How many of those who answered are told of a change, when, and how many left no way to be told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from portal.core.clock import now
from portal.core.db import session
from portal.core.jobs.outbox import Parcel
from portal.core.jobs.rules import State as ParcelState
from portal.meetings.models import Meeting
from portal.meetings.rsvp.models import Rsvp, Told
from portal.meetings.rsvp.queries import answers_of
from portal.meetings.rsvp.rules.news import CHANGES
from portal.meetings.rsvp.rules.seats import State

MISSED = (ParcelState.FAILED, ParcelState.STALE, ParcelState.SUPPRESSED)


@dataclass(frozen=True)
class Reach:
    """Counts of answers. `later`: of those that are told, how many in the morning."""

    told: int = 0
    later: int = 0
    missed: int = 0
    unreached: int = 0

    def __add__(self, other: Reach) -> Reach:
        return Reach(
            self.told + other.told,
            self.later + other.later,
            self.missed + other.missed,
            self.unreached + other.unreached,
        )


def reach_of(meeting: Meeting, needs: Collection[str] = ()) -> Reach:
    """Of the last change that is told. `needs`: it only matters to those who count on one of these."""
    mine = select(Told).join(Rsvp, Rsvp.id == Told.rsvp_id)
    mine = mine.where(Rsvp.meeting_id == meeting.id, Told.kind.in_(CHANGES))
    last = session.scalar(mine.with_only_columns(func.max(Told.sequence)))
    rows = mine.outerjoin(Parcel, Parcel.id == Told.parcel_id).where(Told.sequence == last)
    told, later, missed = set[int](), set[int](), set[int]()
    for rsvp_id, state, due_at in session.execute(rows.with_only_columns(Told.rsvp_id, Parcel.state, Parcel.due_at)):
        (missed if state in MISSED else told).add(rsvp_id)
        if state == ParcelState.DUE and due_at > now():
            later.add(rsvp_id)
    return Reach(len(told), len(later), len(missed - told), _unreached(meeting, needs))


def _unreached(meeting: Meeting, needs: Collection[str]) -> int:
    affected = answers_of(meeting.id, State.COMING, State.WAITING, State.OFFERED)
    return sum(one.contact is None and (not needs or bool({*needs} & {*one.counts_on})) for one in affected)


def standing_reach(meeting: Meeting) -> Reach:
    """Of what its page says has changed."""
    if meeting.is_cancelled or meeting.is_moved:
        return reach_of(meeting)
    return reach_of(meeting, meeting.gone) if meeting.gone else Reach()


def reach_in_words(reach: Reach) -> str:
    """For whoever changed it: how many are told, and whom nobody can write to."""
    if reach == Reach():
        return str(_("Nobody answered who would have to be told."))
    told, later, missed, unreached = reach.told, reach.later, reach.missed, reach.unreached
    parts = (
        ngettext("%(num)s who answered is told.", "%(num)s who answered are told.", told) if told else "",
        ngettext("%(num)s of them at 8 in the morning.", "%(num)s of them at 8 in the morning.", later)
        if later
        else "",
        ngettext("%(num)s could not be reached.", "%(num)s could not be reached.", missed) if missed else "",
        ngettext(
            "%(num)s left no phone and no e-mail: please tell them at the door.",
            "%(num)s left no phone and no e-mail: please tell them at the door.",
            unreached,
        )
        if unreached
        else "",
    )
    return " ".join(str(part) for part in parts if part)
