"""Pure rules for warnings about times: overlapping meetings, hours of worship, federal holidays.

Sunday mornings stand for the services of most congregations; hours that organizers entered are in `meetings.busy`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol

WEEK = timedelta(days=7)
SERVICES = (time(9), time(13))
SUNDAY = 6
MONDAY, THURSDAY = 0, 3


class Holiday(StrEnum):
    """A federal holiday of the United States (5 U.S.C. 6103): no school, reduced bus service, families away."""

    NEW_YEAR = "new_year"
    KING = "king"
    PRESIDENTS = "presidents"
    MEMORIAL = "memorial"
    JUNETEENTH = "juneteenth"
    INDEPENDENCE = "independence"
    LABOR = "labor"
    COLUMBUS = "columbus"
    VETERANS = "veterans"
    THANKSGIVING = "thanksgiving"
    CHRISTMAS = "christmas"


FIXED = {
    (1, 1): Holiday.NEW_YEAR,
    (6, 19): Holiday.JUNETEENTH,
    (7, 4): Holiday.INDEPENDENCE,
    (11, 11): Holiday.VETERANS,
    (12, 25): Holiday.CHRISTMAS,
}
# Month, weekday, which one of the month.
MOVING = {
    (1, MONDAY, 3): Holiday.KING,
    (2, MONDAY, 3): Holiday.PRESIDENTS,
    (9, MONDAY, 1): Holiday.LABOR,
    (10, MONDAY, 2): Holiday.COLUMBUS,
    (11, THURSDAY, 4): Holiday.THANKSGIVING,
}


class TimedMeeting(Protocol):
    """A meeting; a draft may lack its times."""

    @property
    def id(self) -> int: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...
    @property
    def is_cancelled(self) -> bool: ...


def clashing(meetings: Sequence[TimedMeeting]) -> frozenset[int]:
    """Return the ids of meetings that overlap with another one."""
    held = sorted(_spans(meetings))
    found: set[int] = set()
    for place, (_starts, ends, number) in enumerate(held):
        for other_starts, _other_ends, other in held[place + 1 :]:
            if other_starts >= ends:
                break
            found |= {number, other}
    return frozenset(found)


def in_service_hours(starts: datetime, ends: datetime, zone: tzinfo) -> bool:
    """Return whether a meeting on a Sunday overlaps with the hours of services (9 to 13, local time)."""
    begins, stops = starts.astimezone(zone), ends.astimezone(zone)
    if begins.weekday() != SUNDAY:
        return False
    return begins.time() < SERVICES[1] and (stops.date() > begins.date() or stops.time() > SERVICES[0])


def holiday_on(day: date) -> Holiday | None:
    """Return the holiday on a day; substitute days on which offices close do not count."""
    if day.month == 5 and day.weekday() == MONDAY and day.day + 7 > monthrange(day.year, 5)[1]:
        return Holiday.MEMORIAL
    return FIXED.get((day.month, day.day)) or MOVING.get((day.month, day.weekday(), (day.day - 1) // 7 + 1))


def soon(meetings: Iterable[TimedMeeting], now: datetime) -> int:
    """Return how many meetings begin in the next seven days."""
    return sum(now <= starts < now + WEEK for starts, _ends, _id in _spans(meetings))


def _spans(meetings: Iterable[TimedMeeting]) -> Iterable[tuple[datetime, datetime, int]]:
    for meeting in meetings:
        if meeting.starts_at is not None and meeting.ends_at is not None and not meeting.is_cancelled:
            yield meeting.starts_at, meeting.ends_at, meeting.id
