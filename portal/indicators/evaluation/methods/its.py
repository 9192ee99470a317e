"""Interrupted time series: the months after, held against what the months before let one expect.

log E[count] = log population + a + b·t + seasons + c·after (+ d·t·after), after Bernal, Cummins and Gasparrini (2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi

import numpy as np

from portal.indicators.evaluation.methods.effects import Effect, diagnose, expected, ratio_of
from portal.indicators.evaluation.methods.fitting import Array, check_both_sides, fit_counts


@dataclass(frozen=True)
class Line:
    """A series. `times` are months from that of the call-in; `season` the month of the year (1 to 12) at time 0."""

    times: Sequence[int]
    counts: Sequence[float]
    season: int
    exposure: Sequence[float] | None = None
    besides: Sequence[Sequence[float]] = ()
    """Other explanations, one value a month each."""


@dataclass(frozen=True)
class Form:
    """The form of the model. `ahead`: for how many months from time 0 on an expectation is wanted."""

    harmonics: int = 2
    with_slope: bool = False
    first_after: int = 0
    ahead: int = 0


def interrupted(model: str, line: Line, form: Form) -> Effect:
    """The change over all months after, by one of the models of `fit_counts`. Raises `NoFit`."""
    times, counts = np.asarray(line.times, float), np.asarray(line.counts, float)
    extra = np.column_stack(line.besides) if line.besides else np.empty((len(times), 0))
    exposure = np.asarray(line.exposure, float) if line.exposure is not None else None
    after = times >= form.first_after
    check_both_sides(after, counts)
    plain, changed = _designs(times, line.season, form)
    design = np.hstack([plain, extra, changed])
    without = np.hstack([plain, extra, np.zeros_like(changed)])
    fit = fit_counts(model, counts, design, exposure)
    scale = exposure if exposure is not None else np.ones_like(times)
    with_it, without_it = (scale[after] * np.exp(one[after] @ fit.params) for one in (design, without))
    gradient = with_it @ design[after] / with_it.sum() - without_it @ without[after] / without_it.sum()
    ratio, low, high, p = ratio_of(fit, float(np.log(with_it.sum() / without_it.sum())), gradient)
    diagnostics = diagnose(fit) | {"expected": float(without_it.sum()), "observed": float(counts[after].sum())}
    ahead, _ = _designs(np.arange(form.ahead, dtype=float), line.season, form)
    usual = np.hstack([ahead, np.zeros((form.ahead, extra.shape[1] + changed.shape[1]))])
    shown = expected(fit, usual, np.full(form.ahead, float(scale[-1])))
    return Effect(ratio, low, high, p, shown, diagnostics, tuple(fit.residuals), tuple(range(len(times))))


def _designs(times: Array, season: int, form: Form) -> tuple[Array, Array]:
    """The columns that would be there anyway, and those of the change."""
    year = 2 * pi * (times + season - 1) / 12
    waves = [wave(pair * year) for pair in range(1, form.harmonics + 1) for wave in (np.sin, np.cos)]
    plain = np.column_stack([np.ones_like(times), times / 12, *waves])
    after = (times >= form.first_after).astype(float)
    slope = [after * (times - form.first_after) / 12] if form.with_slope else []
    return plain, np.column_stack([after, *slope])
