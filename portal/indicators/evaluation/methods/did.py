"""Difference in differences: how a place's part of all events changed, its own and those of similar areas together.

Whatever happens everywhere in a month (summer, a new way to record) moves both, and cancels. Which models there are is
said in `docs/evaluation.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from portal.indicators.evaluation.methods.effects import Effect, diagnose, expected, ratio_of
from portal.indicators.evaluation.methods.fitting import LEVEL, Array, Fit, NoFit, check_both_sides, fit_shares


@dataclass(frozen=True)
class Panel:
    """Counts of the place and of each comparison area, for the same months; `after` says which months come after."""

    ours: Sequence[float]
    others: Sequence[Sequence[float]]
    after: Sequence[bool]
    ahead: Sequence[float] = ()
    """What was counted in all comparison areas together in the months for which an expectation is wanted."""


def compared(model: str, panel: Panel) -> Effect:
    """The change against similar areas, by "quasi_poisson", "newey_west" or "placebo". Raises `NoFit`."""
    ours, theirs = np.asarray(panel.ours, float), np.asarray(panel.others, float).sum(axis=0)
    after = np.asarray(panel.after, bool)
    check_both_sides(after, ours, theirs)
    fit = _shares("quasi_poisson" if model == "placebo" else model, ours, theirs, after)
    placebos = [_log_effect(*_left_out(panel, number), after) for number in range(len(panel.others))]
    known = [one for one in placebos if one is not None]
    change = float(fit.params[1])
    ratio, low, high, p = ratio_of(fit, change, np.array([0.0, 1.0]))
    if model == "placebo":
        reach, p = _by_placebos(change, known)
        # Larger areas than ours say nothing of how far chance alone moves our own few events.
        low, high = min(low, exp(change - reach)), max(high, exp(change + reach))
    usual = exp(float(fit.params[0]))
    diagnostics = diagnose(fit) | {"expected": float(usual * theirs[after].sum()), "observed": float(ours[after].sum())}
    if len(known) > 1:
        diagnostics |= {"placebo_rank": float(rank(change, known)), "placebos": float(len(known))}
    ahead = np.asarray(panel.ahead, float)
    shown = expected(fit, np.tile([1.0, 0.0], (len(ahead), 1)), ahead)
    kept = tuple(int(place) for place in np.flatnonzero(ours + theirs > 0))
    return Effect(ratio, low, high, p, shown, diagnostics, tuple(fit.residuals), kept)


def trend_before(panel: Panel) -> dict[str, float]:
    """How the place's part changed from year to year before the call-in, in percent, with its p; empty without a fit.

    A level before and a level after know no trend, so whatever has one seems to have changed at the call-in too: by
    "trend_carried" percent, if it just went on.
    """
    before = ~np.asarray(panel.after, bool)
    ours, theirs = np.asarray(panel.ours, float)[before], np.asarray(panel.others, float).sum(axis=0)[before]
    seen = ours + theirs > 0
    design = np.column_stack([np.ones(int(seen.sum())), np.flatnonzero(seen) / 12])
    if not (ours.any() and theirs.any()):
        return {}
    try:
        fit = fit_shares("newey_west", ours[seen], theirs[seen], design)
        ratio, _low, _high, p = ratio_of(fit, float(fit.params[1]), np.array([0.0, 1.0]))
    except NoFit:
        return {}
    years = (np.mean(np.flatnonzero(~before)) - np.mean(np.flatnonzero(before))) / 12
    return {"trend_before": 100 * (ratio - 1), "trend_before_p": p, "trend_carried": 100 * (ratio ** float(years) - 1)}


def rank(change: float, placebos: Sequence[float]) -> int:
    """How large the change is beside those of areas where nothing was done: 1 is the largest, whichever way."""
    return 1 + sum(abs(one) >= abs(change) for one in placebos)


def _shares(model: str, ours: Array, theirs: Array, after: NDArray[np.bool_]) -> Fit:
    seen = ours + theirs > 0
    design = np.column_stack([np.ones(int(seen.sum())), after[seen].astype(float)])
    return fit_shares(model, ours[seen], theirs[seen], design)


def _left_out(panel: Panel, number: int) -> tuple[Array, Array]:
    """A comparison area as if it were the place, and the others as its comparison."""
    others = np.asarray(panel.others, float)
    return others[number], np.delete(others, number, axis=0).sum(axis=0)


def _log_effect(ours: Array, theirs: Array, after: NDArray[np.bool_]) -> float | None:
    """The change as the logarithm of a ratio of ratios; None where something never happened."""
    cells = [float(one[side].sum()) for one in (ours, theirs) for side in (after, ~after)]
    if min(cells) <= 0:
        return None
    return log(cells[0] / cells[1]) - log(cells[2] / cells[3])


def _by_placebos(change: float, placebos: Sequence[float]) -> tuple[float, float]:
    """How far the logarithm may be off, by how much similar areas differ among themselves, and the rank's chance."""
    count = len(placebos)
    if count < 2:
        raise NoFit
    error = float(np.sqrt(np.mean(np.square(placebos)) * count / (count - 1))) * sqrt(1 + 1 / count)
    return float(stats.t.ppf(0.5 + LEVEL / 2, count - 1)) * error, rank(change, placebos) / (count + 1)
