"""Head counts at the door: rules for merging counts of several phones, the table, and the actions.

Every door is a random number drawn on the phone. It sends all its counts with a turn number that grows with each tap:
sending twice changes nothing, an older turn never overwrites a newer one, and the counts of several doors add up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import Base, session
from portal.core.statuses import Refused
from portal.meetings.meeting import Meeting
from portal.meetings.report_back import SIDE_NAMES
from portal.meetings.report_back_rules import SIDES, AttendeeRole
from portal.meetings.rsvp.seats import INTERPRETERS
from portal.meetings.rsvp.texts import LANGUAGE_NAMES

GROUPS: dict[str, tuple[str, ...]] = {
    "who": SIDES,
    "age": ("children", "teens", "adults"),
    "language": INTERPRETERS,
    "needs": ("first_time", "childcare", "ride_home", "access"),
}
COUNTERS = tuple(f"{group}.{name}" for group, names in GROUPS.items() for name in names)
MOST = 5_000
MOST_TURN = 10_000_000
MOST_DOORS = 40
"""More phones than this at one meeting are a mistake or an attack."""
BY_HAND = "by-hand"
"""The door of counts that an organizer types from a paper sheet."""
OPENS_BEFORE = timedelta(hours=12)
CLOSES_AFTER = timedelta(days=3)
KEPT_ON_PHONE = timedelta(hours=12)
"""How long after the end of the meeting a phone keeps the page.

Counts that are unsent by then are kept for as long again and then deleted.
"""


def is_door(door: str) -> bool:
    """Return whether this is a door number as drawn by a phone."""
    return re.fullmatch(r"[0-9a-f]{32}", door) is not None


def counts_of(given: object) -> dict[str, int] | None:
    """Return the counts that a phone sent, or None if any of them is invalid.

    An error is better than storing half of the counts.
    """
    if not isinstance(given, dict) or not set(given) <= set(COUNTERS):
        return None
    right = all(type(count) is int and 0 <= count <= MOST for count in given.values())
    return {name: count for name, count in given.items() if count} if right else None


def takes_counts(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Return whether counts are accepted: from half a day before to three days after the meeting.

    The days afterwards are for phones that had no network at the meeting.
    """
    return starts_at - OPENS_BEFORE <= now <= ends_at + CLOSES_AFTER


def is_newer(turn: int, stored: int | None) -> bool:
    """Return whether this turn of a door is newer than the stored one."""
    return stored is None or turn > stored


def added_up(doors: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the sums over all doors, in display order."""
    every = list(doors)
    sums = {name: sum(one.get(name, 0) for one in every) for name in COUNTERS}
    return {name: count for name, count in sums.items() if count}


def heads_of(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts by attendee role."""
    return {side: counts[f"who.{side}"] for side in SIDES if f"who.{side}" in counts}


class DoorCount(Base):
    """All counts of one door so far. It stores neither the owner of the phone nor the time of any arrival."""

    __tablename__ = "meetings_door_count"
    __table_args__ = (CheckConstraint("turn >= 0", name="turn"),)

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), primary_key=True)
    door: Mapped[str] = mapped_column(String(32), primary_key=True)
    """A random number that the phone drew for this meeting alone, or `by-hand`."""
    turn: Mapped[int]
    """Grows with every tap: of two messages of a door the one with the higher turn is newer."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON)


def doors_of(meeting_id: int) -> Sequence[DoorCount]:
    """Return all doors that have sent counts."""
    mine = select(DoorCount).where(DoorCount.meeting_id == meeting_id)
    return session.scalars(mine.order_by(DoorCount.door).execution_options(populate_existing=True)).all()


def counted(meeting_id: int) -> dict[str, int]:
    """Return the sums over all doors of a meeting."""
    return added_up(door.counts for door in doors_of(meeting_id))


def heads_at_door(meeting_id: int) -> dict[str, int]:
    """Return the door counts by attendee role; empty when nothing was counted."""
    return heads_of(counted(meeting_id))


def is_open(meeting: Meeting) -> bool:
    """Return whether counts are accepted at the doors of this meeting now."""
    if meeting.is_draft or meeting.is_cancelled or meeting.starts_at is None or meeting.ends_at is None:
        return False
    return takes_counts(meeting.starts_at, meeting.ends_at, now())


def require_open(meeting: Meeting) -> None:
    """Raise `Refused` for a meeting that is a draft, cancelled, far off or long over."""
    if not is_open(meeting):
        raise Refused("door_closed")


def take_counts(meeting: Meeting, door: str, turn: int, counts: Mapping[str, int], member_id: int) -> None:
    """Store the counts of a door unless a newer turn is stored.

    The caller holds the lock on the meeting. Raises `Refused` when the doors are closed or too many.
    """
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
    # Once for each door: an audit event for every tap would tell when people came.
    record("meeting.door_counted", "meeting", meeting.id, member_id)
    session.flush()


def type_counts(meeting: Meeting, counts: Mapping[str, int], member_id: int) -> None:
    """Store the counts of a paper sheet in place of those typed before."""
    before = next((one for one in doors_of(meeting.id) if one.door == BY_HAND), None)
    take_counts(meeting, BY_HAND, before.turn + 1 if before else 0, counts, member_id)


GROUP_NAMES = {
    "who": _l("Who came"),
    "age": _l("How old"),
    "language": _l("Who needs an interpreter"),
    "needs": _l("What people need tonight"),
}
OTHER_NAMES = {
    "age.children": _l("Children up to 11"),
    "age.teens": _l("12 to 17"),
    "age.adults": _l("Adults"),
    "needs.first_time": _l("Here for the first time"),
    "needs.childcare": _l("Children in childcare"),
    "needs.ride_home": _l("Needs a ride home"),
    "needs.access": _l("Ramp, chair, hearing"),
}
AUDITED = {"meeting.door_counted": _l("counted at the door of a meeting")}
REFUSALS = {
    "door_closed": _l("Nothing is counted at the door of this meeting now: it is far off, long over, or canceled."),
    "door_too_many": _l("Too many phones have counted at this meeting. Please type your counts by hand."),
}


def counter_name(name: str) -> str:
    """Return the label of a counter."""
    group, _dot, one = name.partition(".")
    if group == "who":
        return str(SIDE_NAMES[AttendeeRole(one)])
    return str(LANGUAGE_NAMES[one] if group == "language" else OTHER_NAMES[name])


def counters() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return all counters with their labels, in labelled groups."""
    return [
        (str(GROUP_NAMES[group]), [(f"{group}.{name}", counter_name(f"{group}.{name}")) for name in names])
        for group, names in GROUPS.items()
    ]
