"""When two things are on one evening, and which evenings are free. Moments in, moments out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from portal.core.hours import NoSuchHour, hours_on

SUGGESTED = 3
DAYS_AROUND = 28
"""As far as this from the evening that somebody wants, free ones are looked for."""
NOTICE = timedelta(hours=72)
"""No evening is suggested for which people could hardly arrange a ride, a sitter or a shift."""
PROPOSED_AFTER = timedelta(days=14)
FAMILY_EVENING = timedelta(hours=3)
ON_THE_WAY = timedelta(hours=1)


class Kind(StrEnum):
    """What keeps families busy."""

    MEETING = "meeting"
    WORSHIP = "worship"
    SCHOOL = "school"
    PARTNER = "partner"
    OTHER = "other"
    HOLIDAY = "holiday"


# So long before and after it nobody can be elsewhere. Two meetings on one evening call the same families twice.
NEAR = {Kind.MEETING: FAMILY_EVENING, Kind.PARTNER: FAMILY_EVENING}


@dataclass(frozen=True)
class Span:
    """From and to."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Busy(Span):
    """Something that others hold. `name` of the calendar and `title` of the entry, in words that a page may show."""

    kind: Kind
    name: str
    title: str = ""
    whole_day: bool = False


def overlap(one: Span, other: Span, near: timedelta = timedelta(0)) -> bool:
    """Whether they are held at once, or less than `near` apart."""
    return one.starts < other.ends + near and other.starts < one.ends + near


def in_the_way(wanted: Span, held: Iterable[Busy]) -> tuple[Busy, ...]:
    """What is on the same evening, in order."""
    found = {one for one in held if overlap(wanted, one, _near(one))}
    return tuple(sorted(found, key=lambda one: (not one.whole_day, one.starts, one.ends, one.name, one.title)))


def _near(one: Busy) -> timedelta:
    # The evening before a day without school is as free as any other.
    return timedelta(0) if one.whole_day else NEAR.get(one.kind, ON_THE_WAY)


def span_on(day: date, starts: time, ends: time, zone: tzinfo) -> Span | None:
    """These hours on a day; None where the clocks leave one of them out or the end is not after the start."""
    try:
        found = Span(*hours_on(zone, day, starts, ends))
    except NoSuchHour:
        return None
    return found if found.ends > found.starts else None


def free_days(
    wanted: date,
    hours: tuple[time, time],
    busy_on: Callable[[Span], Sequence[Busy]],
    now: datetime,
    zone: tzinfo,
) -> list[date]:
    """The days nearest to the wanted one on which these hours are free, in the order of the calendar.

    Of two that are equally near the later one comes first: there is more time to tell people.
    """
    found: list[date] = []
    for distance in range(1, DAYS_AROUND + 1):
        for day in (wanted + timedelta(days=distance), wanted - timedelta(days=distance)):
            span = span_on(day, *hours, zone)
            if len(found) < SUGGESTED and span and span.starts >= now + NOTICE and not busy_on(span):
                found.append(day)
    return sorted(found)
