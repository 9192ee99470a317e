"""How the clocks of a zone change every year, as calendars are told (RFC 5545, 3.6.5). Knows only the standard library.

Rules, not lists of days: calendars that know a zone by its rules alone would take every list for winter time, and
the library that writes the files puts the beginning of summer an hour late.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
YEARS = 12
HOUR = timedelta(hours=1)
NO_TIME = timedelta(0)


@dataclass(frozen=True)
class Onset:
    """A moment from which on the clocks show another time. `at` is what they would have shown without it."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool


@dataclass(frozen=True)
class Yearly:
    """An onset that comes every year in the same month, on the same Sunday, say, counted from its start or its end."""

    first: Onset
    month: int
    weekday: str
    """As a calendar writes it: 2SU, -1SU."""


def yearly_changes(zone: tzinfo, from_year: int) -> list[Yearly] | None:
    """The changes of every year; empty for a zone whose clocks never change, None for one without such rules."""
    years = [onsets(zone, year) for year in range(from_year, from_year + YEARS)]
    if len({len(year) for year in years}) > 1:
        return None
    found = [_rule(list(same)) for same in zip(*years, strict=True)]
    return None if None in found else [rule for rule in found if rule]


def onsets(zone: tzinfo, year: int) -> list[Onset]:
    """Every change of the clocks in a year."""
    moment, found = datetime(year, 1, 1, tzinfo=UTC), []
    while moment.year == year:
        earlier, later = moment.astimezone(zone), (moment + HOUR).astimezone(zone)
        before, after = earlier.utcoffset() or NO_TIME, later.utcoffset() or NO_TIME
        if before != after:
            at = (moment + HOUR + before).replace(tzinfo=None)
            found.append(Onset(at, before, after, later.tzname() or "", bool(later.dst())))
        moment += HOUR
    return found


def _rule(same: list[Onset]) -> Yearly | None:
    first = same[0]
    if any(_habit(one) != _habit(first) for one in same):
        return None
    for number in ((first.at.day - 1) // 7 + 1, -1):
        if all(_is_number(one.at, number) for one in same):
            return Yearly(first, first.at.month, f"{number}{WEEKDAYS[first.at.weekday()]}")
    return None


def _habit(onset: Onset) -> tuple[object, ...]:
    at = onset.at
    return (at.month, at.weekday(), at.time(), onset.before, onset.after, onset.is_summer)


def _is_number(day: datetime, number: int) -> bool:
    if number > 0:
        return (day.day - 1) // 7 + 1 == number
    return day.day + 7 > monthrange(day.year, day.month)[1]
