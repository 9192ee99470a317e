"""Fitting models of counts: Poisson, quasi-Poisson, and Newey-West standard errors."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import exp, floor, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tools.sm_exceptions import PerfectSeparationError
from statsmodels.tsa.stattools import acf

Array = NDArray[np.float64]
WIDEST = 3.0
"""A standard error of the log ratio; an estimate with a larger one is uninformative and refused."""
FEWEST_LEFT = 3
"""Residual degrees of freedom required, in months."""
LEVEL = 0.95


class NoFit(Exception):
    """The model cannot be fitted to these figures."""


def check_both_sides(after: NDArray[np.bool_], *series: Array) -> None:
    """Raise `NoFit` unless every series has events before and after: the logarithm of zero is undefined."""
    if not all(one[side].sum() > 0 for one in series for side in (after, ~after)):
        raise NoFit


@dataclass(frozen=True)
class Fit:
    """A fitted model. `mean` and `residuals` (Pearson's) correspond to the rows of the design."""

    params: Array
    covariances: tuple[Array, ...]
    """If there are several, the one with the wider interval is used."""
    mean: Array
    residuals: Array
    dispersion: float
    """Pearson's chi-squared divided by its degrees of freedom: 1 for a true Poisson."""
    freedom: float | None
    """Degrees of freedom of Student's t, where the variance was estimated; None for the normal distribution."""
    level: float = LEVEL
    """How often the interval is to hold the truth."""

    def half_width(self, level: float) -> float:
        """Return the half-width of an interval of this level in standard errors."""
        both = 0.5 + level / 2
        return float(stats.norm.ppf(both) if self.freedom is None else stats.t.ppf(both, self.freedom))

    def p(self, z: float) -> float:
        """Return the two-sided p value of a statistic."""
        tail = stats.norm.sf(abs(z)) if self.freedom is None else stats.t.sf(abs(z), self.freedom)
        return float(2 * tail)

    def errors(self, rows: Array) -> Array:
        """Return the standard error of row · params for every row."""
        variances = [np.einsum("ij,jk,ik->i", rows, one, rows) for one in self.covariances]
        return np.sqrt(np.maximum(np.max(variances, axis=0), 0.0))


def lags(n: int) -> int:
    """Return the number of Newey-West lags for `n` months (Newey and West 1994, their rule of thumb)."""
    return floor(float(4 * (n / 100) ** (2 / 9)))


MODELS = ("poisson", "quasi_poisson", "newey_west")


def fit_counts(model: str, counts: Array, design: Array, exposure: Array | None = None) -> Fit:
    """Fit log E[count] = log exposure + design · params. Raise `NoFit` if that fails."""
    offset = np.log(exposure) if exposure is not None else None
    return _fitted(model, GLM(counts, design, family=families.Poisson(), offset=offset))


def fit_shares(model: str, ours: Array, others: Array, design: Array) -> Fit:
    """Fit the log odds that an event happened in our area and not in the others. Raise `NoFit` if that fails.

    Equivalent to a Poisson model with a nuisance effect for every area and every month.
    """
    return _fitted(model, GLM(np.column_stack([ours, others]), design, family=families.Binomial()))


def _fitted(model: str, glm: Any) -> Fit:
    if model not in MODELS:
        raise ValueError(model)
    rows, columns = glm.exog.shape
    if rows < columns + FEWEST_LEFT:
        raise NoFit
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = glm.fit(maxiter=200)
            covariances = list(_covariances(model, glm, result))
        except (np.linalg.LinAlgError, PerfectSeparationError, ValueError, FloatingPointError):
            raise NoFit from None
    params = np.asarray(result.params)
    known = np.linalg.matrix_rank(glm.exog) == columns
    if not (known and result.converged and np.isfinite(params).all() and np.isfinite(covariances).all()):
        raise NoFit
    freedom = None if model == "poisson" else float(rows - columns)
    residuals = np.asarray(result.resid_pearson, dtype=float)
    fitted = np.asarray(result.fittedvalues)
    return Fit(params, tuple(covariances), fitted, residuals, _spread(glm, result), freedom)


def _covariances(model: str, glm: Any, result: Any) -> Iterator[Array]:
    plain = np.asarray(result.cov_params())
    if model in ("quasi_poisson", "newey_west"):
        # By hand: for shares, statsmodels' own scale ignores the number of events of each month. Never below 1: months
        # that vary less than a Poisson do so by chance, and a smaller scale would narrow the interval on the strength
        # of that chance.
        plain = plain * max(1.0, _spread(glm, result))
    yield plain
    if model == "newey_west":
        yield _newey_west(glm, result)


def _spread(glm: Any, result: Any) -> float:
    rows, columns = glm.exog.shape
    return float(result.pearson_chi2 / (rows - columns))


def _newey_west(glm: Any, result: Any) -> Array:
    """Return the covariance for autocorrelated residuals (Newey and West 1987).

    In series as short as ours it is known to be too narrow, which simulation confirms: it is never used alone.
    """
    how = {"maxlags": lags(len(glm.exog)), "use_correction": True}
    refit = glm.fit(start_params=result.params, cov_type="HAC", cov_kwds=how)
    return np.asarray(refit.cov_params()) * _fixed_b(len(glm.exog))


def _fixed_b(n: int) -> float:
    """Return the variance factor for the lags: (Kiefer and Vogelsang's critical value (2005) / 1.96)²."""
    b = (lags(n) + 1) / n
    return float((1.96 + 2.9694 * b + 0.416 * b**2 - 0.5324 * b**3) / 1.96) ** 2


@dataclass(frozen=True)
class Expected:
    """The counts expected without the effort, by month, each with the limits that 95 of 100 such months keep."""

    middle: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Effect:
    """An estimated effect: the ratio of observed to expected counts, with its interval."""

    ratio: float
    low: float
    high: float
    p: float
    expected: Expected
    diagnostics: dict[str, float] = field(default_factory=dict)
    kept: tuple[int, ...] = ()
    """The indices of the given months that it goes by."""
    placebos: tuple[float, ...] = ()
    """The change of each placebo area in its own error, the least first."""


def ratio_of(fit: Fit, log_ratio: float, gradient: Array) -> tuple[float, float, float, float]:
    """Return a ratio, its interval and its p value by the delta method on the logarithm. Raise `NoFit`."""
    error = float(fit.errors(gradient[None, :])[0])
    if not (isfinite(log_ratio) and 0 < error < WIDEST):
        raise NoFit
    reach = fit.half_width(fit.level) * error
    return exp(log_ratio), exp(log_ratio - reach), exp(log_ratio + reach), fit.p(log_ratio / error)


def expected(fit: Fit, design: Array, scale: Array, spread: Array) -> Expected:
    """Return `scale` · exp(design · params) for each row, with the limits of a single month's count.

    `spread`: the variance of a month divided by its mean, which adds to how unsure the mean is. Limits are reckoned on
    the square root, where counts spread alike whatever their size.
    """
    middle = scale * np.exp(design @ fit.params)
    root = np.sqrt(middle)
    reach = fit.half_width(LEVEL) / 2 * np.sqrt(spread + middle * fit.errors(design) ** 2)
    return Expected(middle, np.maximum(root - reach, 0.0) ** 2, (root + reach) ** 2)


def diagnose(fit: Fit) -> dict[str, float]:
    """Return diagnostics of a fit: dispersion, lag-1 autocorrelation of the residuals, Ljung-Box p value."""
    said = {"dispersion": fit.dispersion}
    residuals = fit.residuals
    if np.ptp(residuals) > 0:
        said["autocorrelation"] = float(acf(residuals, nlags=1, fft=False)[1])
        longest = min(12, len(residuals) // 4)
        said["ljung_box_p"] = float(acorr_ljungbox(residuals, lags=[longest])["lb_pvalue"].iloc[0])
    return said
