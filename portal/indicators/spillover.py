"""Whether it only moved next door: counts before and after the call-in in the areas of a place, for the team.

Each of the newest months after the call-in is held against the same month of the calendar before it, so that seasons
cancel. What is called more or fewer is beyond the chance of two Poisson counts, and no more is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import log, sqrt

from portal.core.suppression import FEWEST_SHOWN
from portal.indicators.measures import plus

MOST_MONTHS = 12
LEAST_BEFORE = FEWEST_SHOWN
"""With fewer events before, a change says nothing."""
Z = 1.96


class Way(StrEnum):
    """How an area changed."""

    FEWER = "fewer"
    ALIKE = "alike"
    """No more than by chance."""
    MORE = "more"
    TOO_FEW = "too_few"
    """Fewer than `LEAST_BEFORE` events before, or no months to compare."""


@dataclass(frozen=True)
class BeforeAndAfter:
    """What was counted in an area in as many months before as after."""

    before: int
    after: int
    months: int

    @property
    def way(self) -> Way:
        if not self.months or self.before < LEAST_BEFORE:
            return Way.TOO_FEW
        # Half an event stands for none, whose logarithm has no bound.
        after = max(self.after, 0.5)
        beyond = abs(log(after / self.before)) > Z * sqrt(1 / self.before + 1 / after)
        return (Way.FEWER if after < self.before else Way.MORE) if beyond else Way.ALIKE

    @property
    def percent(self) -> float | None:
        """The change in percent; None where it says nothing."""
        return None if self.way is Way.TOO_FEW else 100 * (self.after / self.before - 1)


def before_and_after(counts: Mapping[date, int], call_in: date) -> BeforeAndAfter:
    """Return the counts of an area around the month of a call-in, which belongs to neither side."""
    pairs = [(month, _earlier(month, call_in)) for month in sorted(counts) if month > call_in]
    used = [(month, earlier) for month, earlier in pairs if earlier in counts][-MOST_MONTHS:]
    return BeforeAndAfter(sum(counts[one] for _m, one in used), sum(counts[month] for month, _o in used), len(used))


def _earlier(month: date, call_in: date) -> date:
    """Return the last month before the call-in with the same place in the calendar."""
    while month >= call_in:
        month = plus(month, -12)
    return month
