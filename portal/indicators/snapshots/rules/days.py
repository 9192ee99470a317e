"""On which day a snapshot is frozen and which months are in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from portal.indicators.rules.months import between, month_of, plus

FREEZE_AT = time(9)
"""The hour of the city's clock at which snapshots are frozen: never when something happened, always then."""
BASELINE = 48
"""How many months the first snapshot looks back, unless the settings say otherwise."""


def due_on(day_of_month: int, local: datetime) -> date:
    """The day on which a snapshot was due last, seen from the city's time."""
    this_month = local.date().replace(day=day_of_month)
    is_due = (local.date(), local.time()) >= (this_month, FREEZE_AT)
    return this_month if is_due else plus(month_of(this_month), -1).replace(day=day_of_month)


def next_on(day_of_month: int, local: datetime) -> date:
    """The day on which a snapshot is due next."""
    return plus(month_of(due_on(day_of_month, local)), 1).replace(day=day_of_month)


def frozen_at(day: date, local: datetime) -> datetime:
    """The moment that belongs to a day of freezing, in the city's zone."""
    return datetime.combine(day, FREEZE_AT, local.tzinfo)


def is_complete(month: date, lag_days: int, day: date) -> bool:
    """Whether all of a month's figures were in on a day: they are, so many days after its last."""
    return plus(month, 1) + timedelta(days=lag_days) <= day


def last_month(lags: Iterable[int], day: date) -> date:
    """The last month of a snapshot: that of the quickest measure; the others have nothing for it yet."""
    month = plus(month_of(day), -1)
    quickest = min(lags, default=0)
    while not is_complete(month, quickest, day):
        month = plus(month, -1)
    return month


def first_month(given: date | None, before: date | None, last: date) -> date:
    """The first month of a snapshot: as in those before it, as the settings say, or four years back."""
    return before or given or plus(last, 1 - BASELINE)


def is_within(month: date, first: date, last: date) -> bool:
    """Whether a month belongs to a snapshot."""
    return 0 <= between(first, month) <= between(first, last)
