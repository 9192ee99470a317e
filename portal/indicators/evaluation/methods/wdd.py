"""Weighted displacement difference: how many fewer there were, what may have moved around the corner counted in.

Wheeler and Ratcliffe (2018), Crime Science 7:11. Counts are taken for Poisson, so each is its own variance; where
months vary more than that, the variance is as many times as large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import erfc, sqrt

NORMAL = 1.959963984540054


@dataclass(frozen=True)
class Pair:
    """What was counted before and after, and what one event counts for."""

    before: float
    after: float
    weight: float = 1.0

    @property
    def change(self) -> float:
        return self.weight * (self.after - self.before)

    @property
    def variance(self) -> float:
        return self.weight**2 * (self.after + self.before)


@dataclass(frozen=True)
class Difference:
    """A change in counts with its variance."""

    count: float
    variance: float

    def spread(self, dispersion: float) -> Difference:
        """The same where counts vary so many times as much as a Poisson, but never less."""
        return replace(self, variance=self.variance * max(1.0, dispersion))

    @property
    def z(self) -> float:
        return self.count / sqrt(self.variance) if self.variance else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        reach = NORMAL * sqrt(self.variance)
        return self.count - reach, self.count + reach

    @property
    def p(self) -> float:
        return erfc(abs(self.z) / sqrt(2))


def difference(treated: Pair, control: Pair) -> Difference:
    """How one changed beyond how the other did."""
    return Difference(treated.change - control.change, treated.variance + control.variance)


def displacement_difference(treated: Pair, control: Pair, ring: Pair | None, control_ring: Pair | None) -> Difference:
    """The change of the place and of the ring around it, beyond that of what they are compared with."""
    whole = difference(treated, control)
    if ring is None or control_ring is None:
        return whole
    moved = difference(ring, control_ring)
    return Difference(whole.count + moved.count, whole.variance + moved.variance)


def dispersion(*sides: Sequence[Sequence[float]]) -> float:
    """How many times as much months vary as those of a Poisson: Pearson's chi-squared by its degrees of freedom.

    A side (the months before, those after) has a row of months for each area. What is usual in an area and what a month
    brought to all of them cancel.
    """
    found = [_chi_squared([row for row in side if sum(row)]) for side in sides]
    freedom = sum(free for _chi, free in found)
    return sum(chi for chi, _free in found) / freedom if freedom else 1.0


def _chi_squared(rows: Sequence[Sequence[float]]) -> tuple[float, int]:
    """Of a table of areas by months, against both being independent; and the degrees of freedom."""
    columns = [column for column in zip(*rows, strict=True) if sum(column)]
    if len(rows) < 2 or len(columns) < 2:
        return 0.0, 0
    ours, months, whole = [sum(row) for row in zip(*columns, strict=True)], [sum(one) for one in columns], 0.0
    for column, month in zip(columns, months, strict=True):
        for count, area in zip(column, ours, strict=True):
            usual = area * month / sum(ours)
            whole += (count - usual) ** 2 / usual
    return whole, (len(ours) - 1) * (len(months) - 1)
