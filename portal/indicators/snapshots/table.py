"""The positions of published counts, the days and months of snapshots, and shares of published counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from portal.core.suppression import FEWEST_SHOWN
from portal.indicators.measures import is_complete, month_of, plus

SMALL = FEWEST_SHOWN - 1
"""Counts up to this are suppressed."""
CITY = 0
"""The area number of the whole city; all other numbers are places."""


class Spot(NamedTuple):
    """A count's position: measure, area and month (year × 12 + month)."""

    measure: str
    area: int
    month: int


BY_MONTH, BY_PERIOD, CITY_ALONE = 1, 2, 3
"""How a count was published: of a month and as it is (what is not guarded), by fixed periods at places and moved by
chance in the city, or of the city by fixed periods and as it is: no place has it, or the public record has it too.
"""


class CountDecision(NamedTuple):
    """The decision on a count when it was frozen: the number kept for it, and whether it is shown."""

    value: int
    """Of the whole city the number that is published, moved by chance unless by `CITY_ALONE`."""
    shown: bool
    months: int = 1
    """The number of months that it covers, the last of them being that of its spot."""
    rule: int = BY_PERIOD


def number(month: date) -> int:
    """Return the number of a month: year × 12 + month."""
    return month.year * 12 + month.month


def month_numbered(number: int) -> date:
    """Return the month with a number."""
    year, month = divmod(number - 1, 12)
    return date(year, month + 1, 1)


Counts = Mapping[Spot, int]
Parents = Mapping[str, str]
"""The whole by each measure that is a part."""


def guarded_with_family(guarded: Collection[str], of: Parents) -> set[str]:
    """Return the guarded measures with their parts and wholes, whose differences reveal people of guarded measures."""
    found: set[str] = set(guarded)
    while more := {one for pair in of.items() if found & set(pair) for one in pair} - found:
        found |= more
    return found


FREEZE_AT = time(9)
"""The time of day at which snapshots are frozen, in the city's zone; fixed, so that it reveals no event."""
BASELINE = 48
"""The number of months in the first snapshot, unless the settings say otherwise."""


def due_on(day_of_month: int, local: datetime) -> date:
    """Return the day on which the last snapshot was due, in the city's time."""
    this_month = local.date().replace(day=day_of_month)
    is_due = (local.date(), local.time()) >= (this_month, FREEZE_AT)
    return this_month if is_due else plus(month_of(this_month), -1).replace(day=day_of_month)


def next_on(day_of_month: int, local: datetime) -> date:
    """Return the day on which the next snapshot is due."""
    return plus(month_of(due_on(day_of_month, local)), 1).replace(day=day_of_month)


def frozen_at(day: date, local: datetime) -> datetime:
    """Return the time of freezing on a day, in the city's zone."""
    return datetime.combine(day, FREEZE_AT, local.tzinfo)


def last_month(lags: Iterable[int], day: date) -> date:
    """Return the last month of a snapshot: that of the fastest measure. Slower ones have no value for it yet."""
    month = plus(month_of(day), -1)
    quickest = min(lags, default=0)
    while not is_complete(month, quickest, day):
        month = plus(month, -1)
    return month


Shown = int | str | None
"""A published value: a count; "hidden" or None where there is none."""


def percent(part: Shown, whole: Shown) -> int | None:
    """Return a share in whole percent, half rounded up; None unless both counts are shown and the whole is not zero.

    It is 0 or 100 only if exactly none or all: a rounded "100 %" would deny that the others exist.
    """
    if not isinstance(part, int) or not isinstance(whole, int) or whole == 0:
        return None
    near = (200 * part + whole) // (2 * whole)
    return near if part in (0, whole) else min(max(near, 1), 99)


class MonthPair(NamedTuple):
    """Indices of two months in a series."""

    earlier: int
    later: int


def pair(parts: Sequence[Shown], wholes: Sequence[Shown], delivered: int | None) -> MonthPair | None:
    """Return the last month before the message and the newest one since; else the first and the newest month.

    `delivered`: the index of the month of the message, if it is known. Only months with both counts shown are
    considered; None if there are fewer than two.
    """
    known = [
        place
        for place, (part, whole) in enumerate(zip(parts, wholes, strict=True))
        if isinstance(part, int) and isinstance(whole, int) and 0 <= part <= whole and whole > 0
    ]
    if len(known) < 2:
        return None
    before = [place for place in known if delivered is not None and place < delivered]
    if before and known[-1] > before[-1]:
        return MonthPair(before[-1], known[-1])
    return MonthPair(known[0], known[-1])
