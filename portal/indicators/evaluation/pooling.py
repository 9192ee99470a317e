"""One result for several places: random effects over the changes found at each, and what chance alone would bring.

It imports no statistics library: pages compute it from what a snapshot publishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from portal.indicators.evaluation.foresight import NORMAL, student
from portal.indicators.evaluation.plans import ERROR

LEAST_PLACES = 5
"""With fewer places nobody knows how much places differ."""
STEPS = 60
"""Halvings of the interval in which the variance between places is sought."""
LARGEST_VARIANCE = 10.0


@dataclass(frozen=True)
class PlaceChange:
    """The change at a place: the logarithm of its ratio, and the standard error of that."""

    log_ratio: float
    error: float


@dataclass(frozen=True)
class PooledChange:
    """The change over all places in percent, with its 95 % interval, and how much places differ."""

    places: int
    percent: float
    percent_low: float
    percent_high: float
    between: float
    """The standard deviation of the true changes between places, on the logarithm."""
    weights: tuple[float, ...]
    """The part of each place, in percent."""


def change_of(percent: float, low: float, high: float, level: float) -> PlaceChange | None:
    """Return a place's change from its interval, all in percent; None if the interval has no width or no end."""
    ends = [1 + one / 100 for one in (percent, low, high)]
    if min(ends) <= 0 or high <= low:
        return None
    error = (log(ends[2]) - log(ends[1])) / 2 / NORMAL.inv_cdf(0.5 + level / 200)
    return PlaceChange(log(ends[0]), error)


def pooled(changes: Sequence[PlaceChange]) -> PooledChange | None:
    """Return the change over all places by inverse variances and random effects; None with fewer than `LEAST_PLACES`.

    The variance between places after Paule and Mandel (1982); the interval after Hartung and Knapp (2001) and Sidik and
    Jonkman (2002), never narrower than the plain one (Knapp and Hartung 2003), with Student's t.
    """
    if len(changes) < LEAST_PLACES:
        return None
    variance = _between(changes)
    weights, middle = _weighted(changes, variance)
    freedom = len(changes) - 1
    factor = max(1.0, _chi_squared(changes, variance) / freedom)
    reach = student(freedom, ERROR) * sqrt(factor / sum(weights))
    change, low, high = (100 * (exp(middle + end) - 1) for end in (0.0, -reach, reach))
    parts = tuple(100 * weight / sum(weights) for weight in weights)
    return PooledChange(len(changes), change, low, high, sqrt(variance), parts)


def _weighted(changes: Sequence[PlaceChange], variance: float) -> tuple[list[float], float]:
    weights = [1 / (one.error**2 + variance) for one in changes]
    return weights, sum(w * one.log_ratio for w, one in zip(weights, changes, strict=True)) / sum(weights)


def _chi_squared(changes: Sequence[PlaceChange], variance: float) -> float:
    weights, middle = _weighted(changes, variance)
    return sum(w * (one.log_ratio - middle) ** 2 for w, one in zip(weights, changes, strict=True))


def _between(changes: Sequence[PlaceChange]) -> float:
    """Return the variance between places that leaves as much scatter as chance would; it falls as that grows."""
    low, high = 0.0, LARGEST_VARIANCE
    if _chi_squared(changes, 0.0) <= len(changes) - 1:
        return 0.0
    for _step in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _chi_squared(changes, middle) > len(changes) - 1 else (low, middle)
    return (low + high) / 2
