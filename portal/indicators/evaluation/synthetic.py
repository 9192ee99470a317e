"""Synthetic control: the change of a place against a mix of similar areas, weighed by the months before alone."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from portal.indicators.evaluation.fitting import (
    LEVEL,
    Array,
    Effect,
    Expected,
    Fit,
    NoFit,
    check_both_sides,
    diagnose,
    ratio_of,
)
from portal.indicators.evaluation.foresight import dispersion
from portal.indicators.evaluation.methods import (
    ComparisonPanel,
    PlaceboSpread,
    spread_of_drawn,
    spread_of_left_out,
)
from portal.indicators.evaluation.mixing import Mix, mix_of


def mixed(panel: ComparisonPanel, ahead: Sequence[Sequence[float]]) -> Effect:
    """Return the change relative to a mix of similar areas, with the interval of placebos. Raise `NoFit`.

    `ahead`: the counts of each comparison area for the months for which expected counts are wanted.
    """
    ours, areas = np.asarray(panel.ours, float), np.asarray(panel.others, float)
    after = np.asarray(panel.after, bool)
    check_both_sides(after, ours)
    mix, own = _mix(ours, areas, after), _log_change(ours, areas, after)
    if mix is None or own is None:
        raise NoFit
    change, _chance = own
    tried = _tried(panel, own, areas, after)
    if len(tried.scores) < 2:
        raise NoFit
    fit = _as_fit(ours, areas, after, mix, own, panel.level)
    ratio, low, high, _p = ratio_of(fit, change, np.array([0.0, 1.0]))
    rank = tried.rank(change)
    diagnostics = diagnose(fit) | {
        "expected": float(np.asarray(mix.times) @ areas[:, after].sum(axis=1)),
        "observed": float(ours[after].sum()),
        "placebo_rank": float(rank),
        "placebos": float(len(tried.scores)),
        "mix_misfit": 100 * mix.misfit,
    }
    return Effect(
        ratio,
        min(low, exp(change - tried.reach)),
        max(high, exp(change + tried.reach)),
        rank / (len(tried.scores) + 1),
        _expected(fit, mix, np.asarray(ahead, float), np.vstack([ours, areas])[:, ~after].sum(axis=1)),
        diagnostics,
        tuple(fit.residuals),
        tuple(range(len(ours))),
        mix,
    )


def _mix(ours: Array, areas: Array, after: NDArray[np.bool_]) -> Mix | None:
    return mix_of(ours[~after].tolist(), areas[:, ~after].tolist())


def _log_change(ours: Array, areas: Array, after: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Return the change of an area against its own mix of others as a log ratio, and its variance by chance.

    None if nothing was counted on one of the sides.
    """
    mix = _mix(ours, areas, after)
    if mix is None or not ours[after].any():
        return None
    weights = np.asarray(mix.weights)
    used = weights > 0
    weights, before, later = weights[used], areas[used][:, ~after].sum(axis=1), areas[used][:, after].sum(axis=1)
    mixed_ratio = float(np.sum(weights * later / before))
    if mixed_ratio <= 0:
        return None
    sides = float(ours[after].sum()), float(ours[~after].sum())
    chance = float(np.sum(weights**2 * (later / before**2 + later**2 / before**3))) / mixed_ratio**2
    return log(sides[0] / sides[1]) - log(mixed_ratio), chance + sum(1 / side for side in sides)


def _tried(panel: ComparisonPanel, own: tuple[float, float], areas: Array, after: NDArray[np.bool_]) -> PlaceboSpread:
    """Return the spread of areas without a call-in, each with weights of its own."""
    if panel.drawn:
        drawn = [_log_change(np.asarray(one, float), areas, after) for one in panel.drawn]
        return spread_of_drawn(drawn, own, panel.level)
    left_out = [_log_change(areas[number], np.delete(areas, number, axis=0), after) for number in range(len(areas))]
    return spread_of_left_out(left_out, panel.level)


def _as_fit(
    ours: Array, areas: Array, after: NDArray[np.bool_], mix: Mix, own: tuple[float, float], level: float
) -> Fit:
    """Return the change in the form of a fitted model, with its error by chance alone."""
    change, chance = own
    rows = [ours, *areas]
    spread = dispersion(*([row[side].tolist() for row in rows] for side in (~after, after)))
    times = np.asarray(mix.times)
    usual = times @ areas
    mean = usual * np.where(after, exp(change), 1.0)
    variance = mean + (times**2 @ areas) * np.where(after, exp(2 * change), 1.0)
    residuals = np.divide(ours - mean, np.sqrt(variance), out=np.zeros_like(mean), where=variance > 0)
    error = np.diag([0.0, max(1.0, spread) * chance])
    return Fit(np.array([0.0, change]), (error,), mean, residuals, spread, len(ours) - 2.0, level=level)


def _expected(fit: Fit, mix: Mix, ahead: Array, before: Array) -> Expected:
    """Return the counts of the mix by month, with the limits of a single month's count; see `fitting.expected`.

    `before`: the sums of the months before, of the place and then of each area.
    """
    if not ahead.size:
        return Expected(*(np.zeros(0),) * 3)
    times, weights = np.asarray(mix.times), np.asarray(mix.weights)
    used = weights > 0
    chance = 1 / float(before[0]) + float(np.sum(weights[used] ** 2 / before[1:][used]))
    middle, spread = times @ ahead, max(1.0, fit.dispersion)
    # Single months of the mix vary with the areas.
    variance = spread * (middle + times**2 @ ahead + middle**2 * chance)
    root = np.sqrt(middle)
    reach = (
        fit.half_width(LEVEL) / 2 * np.sqrt(np.divide(variance, middle, out=np.zeros_like(middle), where=middle > 0))
    )
    return Expected(middle, np.maximum(root - reach, 0.0) ** 2, (root + reach) ** 2)
