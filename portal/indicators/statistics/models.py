"""Statistical models: fits of counts and their standard errors, and the designs described in `docs/evaluation.md`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, exp, floor, isfinite, log, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tools.sm_exceptions import PerfectSeparationError
from statsmodels.tsa.stattools import acf

from portal.indicators.statistics.plans import BENDS, SHORTEST_BEFORE

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
    freedom: float
    """Degrees of freedom of Student's t: the variance was estimated."""

    def half_width(self, level: float) -> float:
        return float(stats.t.ppf(0.5 + level / 2, self.freedom))

    def errors(self, rows: Array) -> Array:
        variances = [np.einsum("ij,jk,ik->i", rows, one, rows) for one in self.covariances]
        return np.sqrt(np.maximum(np.max(variances, axis=0), 0.0))


def lags(n: int) -> int:
    """Return the number of Newey-West lags for `n` months (Newey and West 1994, their rule of thumb)."""
    return floor(float(4 * (n / 100) ** (2 / 9)))


def fit_counts(model: str, counts: Array, design: Array) -> Fit:
    """Fit log E[count] = design · params. Raises `NoFit` if that fails."""
    return _fitted(model, GLM(counts, design, family=families.Poisson()))


def fit_shares(model: str, ours: Array, others: Array, design: Array) -> Fit:
    """Fit the log odds of our area: a Poisson model with effects of each area and month. Raises `NoFit`."""
    return _fitted(model, GLM(np.column_stack([ours, others]), design, family=families.Binomial()))


def _fitted(model: str, glm: Any) -> Fit:
    rows, columns = glm.exog.shape
    if rows < columns + FEWEST_LEFT:
        raise NoFit
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = glm.fit(maxiter=200)
            dispersion = float(result.pearson_chi2 / (rows - columns))
            covariances = tuple(_covariances(model, glm, result, dispersion))
        except (np.linalg.LinAlgError, PerfectSeparationError, ValueError, FloatingPointError):
            raise NoFit from None
    params = np.asarray(result.params)
    is_identified = np.linalg.matrix_rank(glm.exog) == columns
    if not (is_identified and result.converged and np.isfinite(params).all() and np.isfinite(covariances).all()):
        raise NoFit
    return Fit(
        params=params,
        covariances=covariances,
        mean=np.asarray(result.fittedvalues),
        residuals=np.asarray(result.resid_pearson, dtype=float),
        dispersion=dispersion,
        freedom=float(rows - columns),
    )


def _covariances(model: str, glm: Any, result: Any, dispersion: float) -> Iterator[Array]:
    plain = np.asarray(result.cov_params())
    # By hand: for shares, statsmodels' own scale ignores the number of events of each month. Never below 1: months that
    # vary less than a Poisson do so by chance, and a smaller scale would narrow the interval on the strength of that.
    yield plain * max(1.0, dispersion)
    if model == "newey_west":
        # For autocorrelated residuals (Newey and West 1987). In series as short as ours it is known to be too narrow,
        # which simulation confirms: it is never used alone. The factor for the lags is that of Kiefer and Vogelsang's
        # critical value (2005): (value / 1.96)².
        n = len(glm.exog)
        how = {"maxlags": lags(n), "use_correction": True}
        refit = glm.fit(start_params=result.params, cov_type="HAC", cov_kwds=how)
        b = (lags(n) + 1) / n
        factor = float((1.96 + 2.9694 * b + 0.416 * b**2 - 0.5324 * b**3) / 1.96) ** 2
        yield np.asarray(refit.cov_params()) * factor


@dataclass(frozen=True)
class Expected:
    """The counts expected without the effort, by month, each with the limits that 95 of 100 such months keep."""

    middle: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Effect:
    ratio: float
    low: float
    high: float
    p: float
    expected: Expected
    diagnostics: dict[str, float] = field(default_factory=dict)
    kept: tuple[int, ...] = ()
    placebos: tuple[float, ...] = ()
    """The change of each placebo area in its own error, the least first."""


def ratio_of(fit: Fit, log_ratio: float, gradient: Array, level: float = LEVEL) -> tuple[float, float, float, float]:
    """Return a ratio, its interval and its p value by the delta method on the logarithm. Raises `NoFit`."""
    error = float(fit.errors(gradient[None, :])[0])
    if not (isfinite(log_ratio) and 0 < error < WIDEST):
        raise NoFit
    reach, p = fit.half_width(level) * error, float(2 * stats.t.sf(abs(log_ratio / error), fit.freedom))
    return exp(log_ratio), exp(log_ratio - reach), exp(log_ratio + reach), p


def expected(fit: Fit, design: Array, scale: Array, spread: Array) -> Expected:
    """Return `scale` · exp(design · params), and the limits of a month whose variance is `spread` times its mean."""
    middle = scale * np.exp(design @ fit.params)
    # Counts spread alike on the square root, whatever their size.
    root = np.sqrt(middle)
    reach = fit.half_width(LEVEL) / 2 * np.sqrt(spread + middle * fit.errors(design) ** 2)
    return Expected(middle, np.maximum(root - reach, 0.0) ** 2, (root + reach) ** 2)


def diagnose(fit: Fit) -> dict[str, float]:
    """Return diagnostics of a fit: dispersion, lag-1 autocorrelation of the residuals, Ljung-Box p value."""
    diagnostics = {"dispersion": fit.dispersion}
    residuals = fit.residuals
    if np.ptp(residuals) > 0:
        diagnostics["autocorrelation"] = float(acf(residuals, nlags=1, fft=False)[1])
        longest = min(12, len(residuals) // 4)
        diagnostics["ljung_box_p"] = float(acorr_ljungbox(residuals, lags=[longest])["lb_pvalue"].iloc[0])
    return diagnostics


@dataclass(frozen=True)
class ComparisonPanel:
    """Counts of the place and of each comparison area for the same months; `after` marks those after the call-in."""

    ours: Sequence[float]
    others: Sequence[Sequence[float]]
    after: Sequence[bool]
    ahead: Sequence[float] = ()
    drawn: Sequence[Sequence[float]] = ()
    """The counts of placebo areas drawn from an incident file. Without them each comparison area is tried in turn."""
    level: float = LEVEL


def compared(model: str, panel: ComparisonPanel) -> Effect:
    """Return the change of the place's share of events: what all areas share in a month cancels. Raises `NoFit`."""
    ours, theirs = np.asarray(panel.ours, float), np.asarray(panel.others, float).sum(axis=0)
    after = np.asarray(panel.after, bool)
    check_both_sides(after, ours, theirs)
    seen = ours + theirs > 0
    design = np.column_stack([np.ones(int(seen.sum())), after[seen].astype(float)])
    fit = fit_shares("quasi_poisson" if model == "placebo" else model, ours[seen], theirs[seen], design)
    change = float(fit.params[1])
    ratio, low, high, p = ratio_of(fit, change, np.array([0.0, 1.0]), panel.level)
    tried = _drawn_spread(panel, ours, theirs, after) if panel.drawn else _left_out_spread(panel, after)
    if model == "placebo":
        if len(tried.scores) < 2:
            raise NoFit
        reach, p = tried.reach, tried.rank(change) / (len(tried.scores) + 1)
        # Areas larger than ours understate how far chance alone moves our few events: use the wider interval.
        low, high = min(low, exp(change - reach)), max(high, exp(change + reach))
    usual = exp(float(fit.params[0]))
    diagnostics = diagnose(fit) | {"expected": float(usual * theirs[after].sum()), "observed": float(ours[after].sum())}
    if len(tried.scores) > 1:
        diagnostics |= {"placebo_rank": float(tried.rank(change)), "placebos": float(len(tried.scores))}
    scores = tuple(sorted(tried.scores)) if model == "placebo" and panel.drawn else ()
    if scores:
        diagnostics["placebo_besides"] = tried.besides
    ahead = np.asarray(panel.ahead, float)
    # A month's count here varies, and so does what is counted in the areas that it is held against.
    spread = np.full(len(ahead), max(1.0, fit.dispersion) * (1 + usual))
    shown = expected(fit, np.tile([1.0, 0.0], (len(ahead), 1)), ahead, spread)
    kept = tuple(int(place) for place in np.flatnonzero(seen))
    return Effect(ratio, low, high, p, shown, diagnostics, kept, scores)


@lru_cache(maxsize=4)
def trends(place: tuple[float, ...], areas: tuple[float, ...], times: tuple[int, ...]) -> Mapping[str, float]:
    """Return how the place's share of all events moved before the call-in, and what a trend leaves of the change.

    `areas`: the counts of all comparison areas together; `times`: months, 0 for that of the call-in. The design has
    two levels, so an existing trend looks like an effect. "trend_before" is the yearly change before, in percent, with
    its p; "bent_low" and "bent_high" are the outermost ends of the change beside a trend that goes on: a straight one,
    and one begun at each of `BENDS`. Empty without a fit, which is taken for a trend that may account for everything.
    """
    ours, theirs, time = np.asarray([place, areas, times], float)[:, np.add(place, areas) > 0]
    before = time < 0
    begins = [-months for months in BENDS if (time < -months).sum() >= SHORTEST_BEFORE]
    try:
        check_both_sides(~before, ours, theirs)
        yearly, _low, _high, p = _last_beside(ours[before], theirs[before], time[before] / 12)
        ends = [
            _last_beside(ours, theirs, np.maximum(time - first, 0.0) / 12, (~before).astype(float))[1:3]
            for first in (time.min(), *begins)
        ]
    except NoFit:
        return {}
    lows, highs = zip(*ends, strict=True)
    ratios = {"trend_before": yearly, "bent_low": min(lows), "bent_high": max(highs)}
    return {"trend_before_p": p} | {name: 100 * (ratio - 1) for name, ratio in ratios.items()}


def _last_beside(ours: Array, theirs: Array, *columns: Array) -> tuple[float, float, float, float]:
    """Return ratio, interval and p value of the last of these columns, in a model of the place's share."""
    fit = fit_shares("newey_west", ours, theirs, np.column_stack([np.ones_like(ours), *columns]))
    return ratio_of(fit, float(fit.params[-1]), np.eye(len(fit.params))[-1])


@dataclass(frozen=True)
class PlaceboSpread:
    """How much areas without a call-in changed, each by its own error; and the error of the place on the same scale."""

    scores: Sequence[float]
    error: float
    reach: float
    besides: float = 0.0
    """The variance that areas share besides chance."""

    def rank(self, change: float) -> int:
        """Return the rank of the place's change among those of the areas, by absolute size; 1 is the largest."""
        return 1 + sum(abs(one) >= abs(change / self.error) for one in self.scores)


def _log_effect(ours: Array, theirs: Array, after: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Return the change as a log ratio of ratios, and its variance by chance; None if any of the four sums is zero."""
    cells = [float(one[side].sum()) for one in (ours, theirs) for side in (after, ~after)]
    if min(cells) <= 0:
        return None
    return log(cells[0] / cells[1]) - log(cells[2] / cells[3]), sum(1 / cell for cell in cells)


def _left_out_spread(panel: ComparisonPanel, after: NDArray[np.bool_]) -> PlaceboSpread:
    """Return the spread of the comparison areas, each in turn against the others."""
    others = np.asarray(panel.others, float)
    left_out = (np.delete(others, number, axis=0).sum(axis=0) for number in range(len(others)))
    effects = [_log_effect(one, rest, after) for one, rest in zip(others, left_out, strict=True)]
    scores = [one[0] for one in effects if one is not None]
    count = len(scores)
    if count < 2:
        return PlaceboSpread(scores, 1.0, 0.0)
    error = float(np.sqrt(np.mean(np.square(scores)) * count / (count - 1))) * sqrt(1 + 1 / count)
    return PlaceboSpread(scores, 1.0, float(stats.t.ppf(0.5 + panel.level / 2, count - 1)) * error)


def _drawn_spread(panel: ComparisonPanel, ours: Array, theirs: Array, after: NDArray[np.bool_]) -> PlaceboSpread:
    """Return the spread of placebo areas, each against the comparison areas like the place itself.

    An area's error has two parts: chance, by its own counts, and what areas change by besides, which all share. The
    interval is the wider of two: by Student's t, and by the share of areas that changed more, which holds in 95 of 100
    studies whatever the distribution, provided that the place is like the areas (Vovk's conformal prediction).
    """
    own = _log_effect(ours, theirs, after)
    effects = [_log_effect(np.asarray(one, float), theirs, after) for one in panel.drawn]
    usable = [one for one in effects if one is not None]
    if own is None or len(usable) < 2:
        return PlaceboSpread([], 1.0, 0.0)
    changes, chance = (np.asarray(side) for side in zip(*usable, strict=True))
    # As they are published, so that everybody can work the interval out.
    besides = round(max(0.0, float(np.mean(changes**2 - chance))), 6)
    scores, count = np.round(changes / np.sqrt(chance + besides), 3), len(usable)
    error = sqrt(own[1] + besides)
    by_student = float(stats.t.ppf(0.5 + panel.level / 2, count)) * float(np.sqrt(np.mean(scores**2)))
    by_share = float(np.sort(np.abs(scores))[min(count, ceil(panel.level * (count + 1))) - 1])
    return PlaceboSpread(scores.tolist(), error, max(by_student, by_share) * error, besides)


HARMONICS = 2


def interrupted(
    model: str, line: Mapping[int, float], *, season: int, first_after: int = 0, ahead: int = 0, level: float = LEVEL
) -> Effect:
    """Fit log E[count] = a + b·t + seasons + c·after (Bernal et al. 2017). Raises `NoFit`.

    `line`: the counts by months since the call-in's; `season`: the calendar month (1 to 12) at time 0; `ahead`: for how
    many months from time 0 on expected counts are wanted.
    """
    times, counts = np.asarray([*line], float), np.asarray([*line.values()], float)
    after = times >= first_after
    check_both_sides(after, counts)
    design = _design(times, season, after)
    without = _design(times, season, np.zeros_like(after))
    fit = fit_counts(model, counts, design)
    with_it, without_it = (np.exp(one[after] @ fit.params) for one in (design, without))
    gradient = with_it @ design[after] / with_it.sum() - without_it @ without[after] / without_it.sum()
    ratio, low, high, p = ratio_of(fit, float(np.log(with_it.sum() / without_it.sum())), gradient, level)
    diagnostics = diagnose(fit) | {"expected": float(without_it.sum()), "observed": float(counts[after].sum())}
    usual = _design(np.arange(ahead, dtype=float), season, np.zeros(ahead))
    shown = expected(fit, usual, np.ones(ahead), np.full(ahead, max(1.0, fit.dispersion)))
    return Effect(ratio, low, high, p, shown, diagnostics, tuple(range(len(times))))


def _design(times: Array, season: int, after: NDArray[Any]) -> Array:
    year = 2 * pi * (times + season - 1) / 12
    waves = [wave(pair * year) for pair in range(1, HARMONICS + 1) for wave in (np.sin, np.cos)]
    return np.column_stack([np.ones_like(times), times / 12, *waves, after.astype(float)])


BeforeAfter = tuple[float, float]


def difference(
    treated: BeforeAfter, control: BeforeAfter, weight: float = 1.0, dispersion: float = 1.0
) -> tuple[float, float, float]:
    """Return the difference of both changes and its interval, whose variance grows with a dispersion over 1.

    `weight`: what one event of the control counts.
    """
    count = (treated[1] - treated[0]) - weight * (control[1] - control[0])
    variance = (sum(treated) + weight**2 * sum(control)) * max(1.0, dispersion)
    reach = float(stats.norm.ppf(0.5 + LEVEL / 2)) * sqrt(variance)
    return count, count - reach, count + reach
