"""A mix of similar areas that went like the place before the call-in: the weights of synthetic control.

After Abadie (2021), with the penalty towards equal weights for which Abadie and L'Hour (2021) and Robbins, Saunders and
Kilmer (2017) give the reasons. It imports no statistics library: pages of the web process compute it. The formulas
stand in `docs/evaluation.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.indicators.evaluation.event_study import FEWEST_MONTHS, HALF_YEAR
from portal.indicators.evaluation.foresight import dispersion

MOST_STEPS = 100_000
NEAR = 1e-12
"""Weights are found when no move between two areas could gain more than this."""
Matrix = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Mix:
    """A mix of areas. The weights are at least 0 and add up to 1."""

    weights: tuple[float, ...]
    times: tuple[float, ...]
    """By area, what one of its events counts for at the place: so that the mix has as many events there before."""
    misfit: float
    """How far the mix misses the half years of the place, the root of the mean square, relative to its level."""


def mix_of(place: Sequence[float], areas: Matrix) -> Mix | None:
    """Return the mix of areas for a place from the monthly counts before; None if nothing was counted to go by.

    An area without any event has no weight.
    """
    ours, sums = sum(place), [sum(area) for area in areas]
    known = [number for number, theirs in enumerate(sums) if theirs > 0]
    target = _levels(place)
    if not (ours and known and target):
        return None
    # Within half years: how the areas' levels differ between them is what the mix goes by, and not chance.
    rows = [place, *areas]
    spread = max(1.0, dispersion(*zip(*(_half_years(row) for row in rows), strict=True)))
    # The variance of a half year by chance, over that of a weight if every mix were as likely: about 1 / areas².
    penalty = spread * len(target) / ours * len(known) ** 2
    levels = [_levels(areas[number]) for number in known]
    found = _penalized(target, levels, penalty)
    weights = dict(zip(known, found, strict=True))
    mixed = [
        sum(weight * level[half] for weight, level in zip(found, levels, strict=True)) for half in range(len(target))
    ]
    misfit = (sum((here - there) ** 2 for here, there in zip(target, mixed, strict=True)) / len(target)) ** 0.5
    every = tuple(weights.get(number, 0.0) for number in range(len(areas)))
    times = tuple(weight * ours / theirs if theirs else 0.0 for weight, theirs in zip(every, sums, strict=True))
    return Mix(every, times, misfit)


def _levels(counts: Sequence[float]) -> list[float]:
    """Return the half years of an area, counted away from the call-in, relative to the mean of all its months."""
    mean = sum(counts) / max(1, len(counts))
    return [sum(one) / len(one) / mean for one in _half_years(counts)] if mean else []


def _half_years(counts: Sequence[float]) -> list[Sequence[float]]:
    backwards = counts[::-1]
    pieces = [backwards[start : start + HALF_YEAR] for start in range(0, len(counts), HALF_YEAR)]
    return [one for one in pieces if len(one) >= FEWEST_MONTHS]


def _penalized(target: Sequence[float], levels: Matrix, penalty: float) -> list[float]:
    """Return the weights w that minimize |target - levels w|² + penalty |w - equal|², w at least 0 with the sum 1.

    The penalty makes them unique. Each step moves weight between the two areas where the gain is steepest, as far as it
    gains (Platt's sequential minimal optimization).
    """
    count = len(levels)
    equal = 1 / count
    squares = [[_product(one, other) + penalty * (one is other) for other in levels] for one in levels]
    weights = [equal] * count
    slopes = [
        _product(row, weights) - _product(level, target) - penalty * equal
        for row, level in zip(squares, levels, strict=True)
    ]
    for _step in range(MOST_STEPS):
        gaining = min(range(count), key=slopes.__getitem__)
        losing = max((area for area in range(count) if weights[area] > 0), key=slopes.__getitem__)
        if slopes[losing] - slopes[gaining] < NEAR:
            break
        bend = squares[gaining][gaining] + squares[losing][losing] - 2 * squares[gaining][losing]
        moved = min(weights[losing], (slopes[losing] - slopes[gaining]) / bend)
        weights[gaining] += moved
        weights[losing] -= moved
        for area in range(count):
            slopes[area] += moved * (squares[area][gaining] - squares[area][losing])
    return weights


def _product(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(here * there for here, there in zip(one, other, strict=True))
