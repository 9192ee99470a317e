"""Kinds of measures, areas and files; months (the dates of their first days); the days and months of snapshots."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum


class MeasureKind(StrEnum):
    CRIME = "crime"
    """Police records. Residents' reports are not included and are never charted as crime."""
    CALLS = "calls"
    SURVEY = "survey"
    """Residents' answers in a survey."""
    SERVICE = "service"
    PORTAL = "portal"
    POLICING = "policing"
    """Arrests and stops, as the city counts them. Parts are groups of people: each event belongs to one of them."""


class Direction(StrEnum):
    DOWN = "down"
    UP = "up"
    NEITHER = "neither"


class AreaPart(StrEnum):
    PLACE = "place"
    COMPARISON = "comparison"
    """A similar area without an intervention."""
    RING = "ring"
    """The area around the place, into which dealing would be displaced."""
    COMPARISON_RING = "comparison_ring"
    CITY = "city"


class FileKind(StrEnum):
    MONTHS = "months"
    INCIDENTS = "incidents"


FRAMES = {"handed": "asked"}
"""The standard measure of those who answered a survey, by that of those who were asked to."""


def is_measure_key(text: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]{1,39}", text) is not None


def type_key(kind: str) -> str:
    return " ".join(kind.casefold().split())


def month_of(day: date) -> date:
    return day.replace(day=1)


def plus(month: date, months: int) -> date:
    year, place = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, place + 1, 1)


def between(first: date, last: date) -> int:
    """Return the number of months from `first` to `last`; negative if `last` is earlier."""
    return (last.year - first.year) * 12 + last.month - first.month


def span(first: date, last: date) -> Iterator[date]:
    return (plus(first, number) for number in range(between(first, last) + 1))


def written(month: date) -> str:
    return f"{month:%Y-%m}"


def read(text: str) -> date:
    """Parse a month such as "2026-03". Raise `ValueError` for anything else."""
    if len(text) != len("2026-03"):
        raise ValueError("not a month")
    return date.fromisoformat(f"{text}-01")


def is_complete(month: date, lag_days: int, day: date) -> bool:
    """Return whether a month's figures were complete on a day: `lag_days` had passed since its end."""
    return plus(month, 1) + timedelta(days=lag_days) <= day


FREEZE_AT = time(9)
"""The time of day at which snapshots are frozen, in the city's zone; fixed, so that it reveals no event."""
BASELINE = 48
"""The number of months in the first snapshot, unless the settings say otherwise."""


def due_on(day_of_month: int, local: datetime) -> date:
    this_month = local.date().replace(day=day_of_month)
    is_due = (local.date(), local.time()) >= (this_month, FREEZE_AT)
    return this_month if is_due else plus(month_of(this_month), -1).replace(day=day_of_month)


def next_on(day_of_month: int, local: datetime) -> date:
    return plus(month_of(due_on(day_of_month, local)), 1).replace(day=day_of_month)


def frozen_at(day: date, local: datetime) -> datetime:
    return datetime.combine(day, FREEZE_AT, local.tzinfo)


def last_month(lags: Iterable[int], day: date) -> date:
    """Return the last month of a snapshot: that of the fastest measure. Slower ones have no value for it yet."""
    month = plus(month_of(day), -1)
    quickest = min(lags, default=0)
    while not is_complete(month, quickest, day):
        month = plus(month, -1)
    return month
