"""Taking in what a door counted."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import Refused
from portal.meetings.door.models import DoorCount
from portal.meetings.door.queries import doors_of
from portal.meetings.door.rules import BY_HAND, MOST_DOORS, is_newer, takes_counts
from portal.meetings.models import Meeting


def is_open(meeting: Meeting) -> bool:
    """Whether anything can be counted at its doors now."""
    if meeting.is_draft or meeting.is_cancelled or meeting.starts_at is None or meeting.ends_at is None:
        return False
    return takes_counts(meeting.starts_at, meeting.ends_at, now())


def require_open(meeting: Meeting) -> None:
    """Raise `Refused` for a meeting that is far off, long over or called off."""
    if not is_open(meeting):
        raise Refused("door_closed")


def take_counts(meeting: Meeting, door: str, turn: int, counts: Mapping[str, int], member_id: int) -> None:
    """Keep what a door counted, unless something newer of it is known. The meeting is locked. Raises `Refused`."""
    require_open(meeting)
    doors = {one.door: one for one in doors_of(meeting.id)}
    known = doors.get(door)
    if not is_newer(turn, known.turn if known else None):
        return
    if known is not None:
        known.turn, known.counts = turn, dict(counts)
        return
    if len(doors) >= MOST_DOORS:
        raise Refused("door_too_many")
    session.add(DoorCount(meeting_id=meeting.id, door=door, turn=turn, counts=dict(counts)))
    # Once for each door: a line for every tap would say when people came.
    record("meeting.door_counted", "meeting", meeting.id, member_id)
    session.flush()


def type_counts(meeting: Meeting, counts: Mapping[str, int], member_id: int) -> None:
    """Keep the counts of a sheet in place of those that were typed before."""
    before = next((one for one in doors_of(meeting.id) if one.door == BY_HAND), None)
    take_counts(meeting, BY_HAND, before.turn + 1 if before else 0, counts, member_id)
