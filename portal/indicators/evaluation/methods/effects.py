"""From a fit to what is said: a change in percent with its interval, and what was to be expected month by month."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, isfinite

import numpy as np
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tsa.stattools import acf

from portal.indicators.evaluation.methods.fitting import WIDEST, Array, Fit, NoFit


@dataclass(frozen=True)
class Expected:
    """What was to be expected without the effort, month by month, and the 95 % interval of that expectation."""

    middle: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Effect:
    """What a model says: what came to be by what was to be expected (`ratio`), and the ends of its interval."""

    ratio: float
    low: float
    high: float
    p: float
    expected: Expected
    diagnostics: dict[str, float] = field(default_factory=dict)
    residuals: tuple[float, ...] = ()
    kept: tuple[int, ...] = ()
    """To which of the months that were given each residual belongs."""


def ratio_of(fit: Fit, log_ratio: float, gradient: Array) -> tuple[float, float, float, float]:
    """A ratio, the ends of its interval and its p, by the delta method on the logarithm. Raises `NoFit`."""
    error = float(fit.errors(gradient[None, :])[0])
    if not (isfinite(log_ratio) and 0 < error < WIDEST):
        raise NoFit
    reach = fit.quantile * error
    return exp(log_ratio), exp(log_ratio - reach), exp(log_ratio + reach), fit.p(log_ratio / error)


def expected(fit: Fit, design: Array, scale: Array) -> Expected:
    """`scale` · exp(design · params), row by row, with its interval."""
    middle = design @ fit.params
    reach = fit.quantile * fit.errors(design)
    return Expected(*(scale * np.exp(line) for line in (middle, middle - reach, middle + reach)))


def diagnose(fit: Fit) -> dict[str, float]:
    """How well the model fits: dispersion, autocorrelation of the residuals, Ljung and Box's test of it."""
    said = {"dispersion": fit.dispersion}
    residuals = fit.residuals
    if fit.alpha is not None:
        said["alpha"] = fit.alpha
    if np.ptp(residuals) > 0:
        said["autocorrelation"] = float(acf(residuals, nlags=1, fft=False)[1])
        longest = min(12, len(residuals) // 4)
        said["ljung_box_p"] = float(acorr_ljungbox(residuals, lags=[longest])["lb_pvalue"].iloc[0])
    return said
