"""Weighted displacement difference: how many fewer there were, what may have moved around the corner counted in.

Wheeler and Ratcliffe (2018), Crime Science 7:11. Counts are taken for Poisson, so each is its own variance.
"""

from __future__ import annotations

from dataclasses import dataclass
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
