"""Counts of a month that a feature hands over: `app.extensions["monthly_counts"]`. No row, no day, nobody's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple


class MonthlyTally(NamedTuple):
    """How many of a measure in a month; at a place, or (`market_id` None) in the whole city."""

    measure: str
    market_id: int | None
    value: int
    language: str = ""
    channel: str = ""


Tallying = Callable[[date], Iterable[MonthlyTally]]
"""Given the first day of a month, its counts."""
