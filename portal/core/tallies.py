"""Monthly counts that features pass to the indicators: no row, no day, no name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, Protocol

from portal.core.portal import Hook


class MonthlyTally(NamedTuple):
    """The count of a measure in a month; at a place, or (`market_id` None) in the whole city."""

    measure: str
    market_id: int | None
    value: int
    language: str = ""
    channel: str = ""


class CountMonth(Protocol):
    """Returns the counts of the month that begins on this day."""

    def __call__(self, month: date, /) -> Iterable[MonthlyTally]: ...


MONTHLY_COUNTS: Hook[CountMonth] = Hook("monthly counts")
