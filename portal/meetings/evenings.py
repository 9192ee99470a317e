"""Pure rules of evenings: what is in the way of a meeting, and which days are free."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from portal.core.hours import NoSuchHour, hours_on

SUGGESTED = 3
DAYS_AROUND = 28
"""Free evenings are searched up to this many days before and after the wanted one."""
NOTICE = timedelta(hours=72)
"""The minimum notice of a suggested evening: residents must be able to arrange a ride, a sitter or a shift."""
PROPOSED_AFTER = timedelta(days=14)
FAMILY_EVENING = timedelta(hours=3)
"""The margin around a meeting: two on one evening call on the same families twice."""
ON_THE_WAY = timedelta(hours=1)


class BusyKind(StrEnum):
    """The kinds of events that keep families busy."""

    MEETING = "meeting"
    WORSHIP = "worship"
    OTHER = "other"
    HOLIDAY = "holiday"


@dataclass(frozen=True)
class TimeSpan:
    """A start and an end."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class BusySpan(TimeSpan):
    """A span in which something is held. `name` says by whom, `title` what; both may be shown on pages."""

    kind: BusyKind
    name: str
    title: str = ""
    whole_day: bool = False


def overlap(one: TimeSpan, other: TimeSpan, near: timedelta = timedelta(0)) -> bool:
    """Return whether two spans overlap or are less than `near` apart."""
    return one.starts < other.ends + near and other.starts < one.ends + near


def in_the_way(wanted: TimeSpan, held: Iterable[BusySpan]) -> tuple[BusySpan, ...]:
    """Return the spans on the same evening, whole days first, then by start."""
    found = {one for one in held if overlap(wanted, one, _near(one))}
    return tuple(sorted(found, key=lambda one: (not one.whole_day, one.starts, one.ends, one.name, one.title)))


def _near(one: BusySpan) -> timedelta:
    # The evening before a holiday is as free as any other.
    if one.whole_day:
        return timedelta(0)
    return FAMILY_EVENING if one.kind == BusyKind.MEETING else ON_THE_WAY


def span_on(day: date, starts: time, ends: time, zone: tzinfo) -> TimeSpan | None:
    """Return these hours on a day; None if a clock change skips one of them or the end is not after the start."""
    try:
        found = TimeSpan(*hours_on(zone, day, starts, ends))
    except NoSuchHour:
        return None
    return found if found.ends > found.starts else None


def each_week(weekday: int, hours: tuple[time, time], first: date, last: date, zone: tzinfo) -> Iterator[TimeSpan]:
    """Yield these hours on every such weekday (0 is Monday) from `first` to `last`, by the clocks of `zone`."""
    day = first + timedelta(days=(weekday - first.weekday()) % 7)
    while day <= last:
        if span := span_on(day, *hours, zone):
            yield span
        day += timedelta(days=7)


def free_days(
    wanted: date,
    hours: tuple[time, time],
    busy_on: Callable[[TimeSpan], Sequence[BusySpan]],
    now: datetime,
    zone: tzinfo,
) -> list[date]:
    """Return the days nearest to the wanted one on which these hours are free, in calendar order.

    Of two days that are equally near the later one is preferred: it leaves more time to tell people.
    """
    found: list[date] = []
    for distance in range(1, DAYS_AROUND + 1):
        for day in (wanted + timedelta(days=distance), wanted - timedelta(days=distance)):
            span = span_on(day, *hours, zone)
            if len(found) < SUGGESTED and span and span.starts >= now + NOTICE and not busy_on(span):
                found.append(day)
    return sorted(found)
