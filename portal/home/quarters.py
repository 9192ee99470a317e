"""Quarters of years in the count of demands for records: which are over, which follow each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

FIRST_YEAR, LAST_YEAR = 2000, 2999


class Quarter(NamedTuple):
    """Three months of a year; `number` is 1 to 4."""

    year: int
    number: int

    @property
    def first_day(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> Quarter:
        return Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)

    @property
    def before(self) -> Quarter:
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)

    def is_over(self, today: date) -> bool:
        """Return whether it is a real quarter that has ended. One that goes on cannot be counted: more may come."""
        is_one = FIRST_YEAR <= self.year <= LAST_YEAR and 1 <= self.number <= 4
        return is_one and self.next.first_day <= today


def quarter_of(day: date) -> Quarter:
    return Quarter(day.year, (day.month + 2) // 3)


def last_ended(today: date) -> Quarter:
    return quarter_of(today).before


def ended(today: date, count: int) -> list[Quarter]:
    quarters = [last_ended(today)]
    while len(quarters) < count:
        quarters.append(quarters[-1].before)
    return quarters


def unbroken(counted: Iterable[Quarter]) -> list[Quarter]:
    """Return the newest quarters that follow each other without a gap, the newest first.

    Only for these can a page say "since …": what came in a quarter that nobody counted is not known.
    """
    rest = sorted(counted, reverse=True)
    run = rest[:1]
    for quarter in rest[1:]:
        if quarter.next != run[-1]:
            break
        run.append(quarter)
    return run
