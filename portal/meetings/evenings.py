"""Pure rules of evenings: holidays, hours of worship, what is in the way of a meeting, and which days are free."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from portal.core.hours import NoSuchHour, hours_on

WEEK = timedelta(days=7)
SERVICES = (time(9), time(13))
"""On Sundays, for most congregations; hours that organizers entered are in `meetings.busy`."""
SUNDAY = 6
MONDAY, THURSDAY = 0, 3
SUGGESTED = 3
DAYS_AROUND = 28
"""Free evenings are searched up to this many days before and after the wanted one."""
NOTICE = timedelta(hours=72)
"""The minimum notice of a suggested evening: residents must be able to arrange a ride, a sitter or a shift."""
PROPOSED_AFTER = timedelta(days=14)
FAMILY_EVENING = timedelta(hours=3)
"""The margin around a meeting: two on one evening call on the same families twice."""
ON_THE_WAY = timedelta(hours=1)


# The federal holidays of the United States (5 U.S.C. 6103): no school, reduced bus service, families away.
FIXED = {
    (1, 1): "new_year",
    (6, 19): "juneteenth",
    (7, 4): "independence",
    (11, 11): "veterans",
    (12, 25): "christmas",
}
# Month, weekday, which one of the month.
MOVING = {
    (1, MONDAY, 3): "king",
    (2, MONDAY, 3): "presidents",
    (9, MONDAY, 1): "labor",
    (10, MONDAY, 2): "columbus",
    (11, THURSDAY, 4): "thanksgiving",
}


def holiday_on(day: date) -> str | None:
    """Return the key of the holiday on a day; substitute days on which offices close do not count."""
    if day.month == 5 and day.weekday() == MONDAY and day.day + 7 > monthrange(day.year, 5)[1]:
        return "memorial"
    return FIXED.get((day.month, day.day)) or MOVING.get((day.month, day.weekday(), (day.day - 1) // 7 + 1))


def in_service_hours(starts: datetime, ends: datetime, zone: tzinfo) -> bool:
    """Return whether a meeting on a Sunday overlaps with the hours of services (9 to 13, local time)."""
    begins, stops = starts.astimezone(zone), ends.astimezone(zone)
    if begins.weekday() != SUNDAY:
        return False
    return begins.time() < SERVICES[1] and (stops.date() > begins.date() or stops.time() > SERVICES[0])


class BusyKind(StrEnum):
    MEETING = "meeting"
    WORSHIP = "worship"
    OTHER = "other"
    HOLIDAY = "holiday"


@dataclass(frozen=True)
class TimeSpan:
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class BusySpan(TimeSpan):
    """A span in which something is held. `name` says by whom, `title` what; both may be shown on pages."""

    kind: BusyKind
    name: str
    title: str = ""
    whole_day: bool = False
    venue: str = ""
    """With the rest what a list of the coming weeks says of a meeting."""
    meeting_id: int | None = field(default=None, compare=False)
    is_draft: bool = field(default=False, compare=False)
    author_id: int | None = field(default=None, compare=False)

    def hinders(self, wanted: TimeSpan) -> bool:
        """Whether families are not free for what is wanted; a holiday hinders only what begins on it."""
        if self.whole_day:
            return self.starts <= wanted.starts < self.ends
        return overlap(wanted, self, FAMILY_EVENING if self.kind == BusyKind.MEETING else ON_THE_WAY)


def overlap(one: TimeSpan, other: TimeSpan, near: timedelta = timedelta(0)) -> bool:
    """Return whether two spans overlap or are less than `near` apart."""
    return one.starts < other.ends + near and other.starts < one.ends + near


def in_the_way(wanted: TimeSpan, held: Iterable[BusySpan]) -> tuple[BusySpan, ...]:
    spans = {span for span in held if span.hinders(wanted)}
    return tuple(sorted(spans, key=lambda span: (not span.whole_day, span.starts, span.ends, span.name, span.title)))


def span_on(day: date, starts: time, ends: time, zone: tzinfo) -> TimeSpan | None:
    """Return these hours on a day; None if a clock change skips one of them or the end is not after the start."""
    try:
        span = TimeSpan(*hours_on(zone, day, starts, ends))
    except NoSuchHour:
        return None
    return span if span.ends > span.starts else None


def each_week(weekday: int, hours: tuple[time, time], first: date, last: date, zone: tzinfo) -> Iterator[TimeSpan]:
    """Yield these hours on every such weekday (0 is Monday) from `first` to `last`, by the clocks of `zone`."""
    day = first + timedelta(days=(weekday - first.weekday()) % 7)
    while day <= last:
        if span := span_on(day, *hours, zone):
            yield span
        day += WEEK


def free_days(
    wanted: date, hours: tuple[time, time], busy_on: Callable[[TimeSpan], Sequence[object]], now: datetime, zone: tzinfo
) -> list[date]:
    """Return the free days nearest to the wanted one, in order; of two as near the later, with more notice."""
    free: list[date] = []
    for distance in range(1, DAYS_AROUND + 1):
        for day in (wanted + timedelta(days=distance), wanted - timedelta(days=distance)):
            span = span_on(day, *hours, zone)
            if len(free) < SUGGESTED and span and span.starts >= now + NOTICE and not busy_on(span):
                free.append(day)
    return sorted(free)
