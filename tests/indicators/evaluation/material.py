"""Invented figures for a study: a place, four similar areas, the ring and the ring of one of them."""

from dataclasses import replace
from datetime import date

import numpy as np

from portal.indicators.statistics.plans import Material, StudyPlan
from portal.indicators.statistics.terms import plus

CALL_IN = date(2024, 6, 17)
ZERO = date(2024, 6, 1)
BEFORE, AFTER = 36, 24
MONTHS = [plus(ZERO, number) for number in range(-BEFORE, AFTER + 1)]
PLAN = StudyPlan("elm-street", ("drug_calls",), (1, 2, 3, 4))


def counts(mean: float, ratio: float = 1.0, seed: int = 1) -> dict[date, int]:
    """Monthly counts with seasons, which change at the call-in by `ratio`."""
    generator = np.random.default_rng(seed)
    season = [1 + 0.2 * np.sin(2 * np.pi * month.month / 12) for month in MONTHS]
    means = [mean * wave * (ratio if month >= ZERO else 1.0) for wave, month in zip(season, MONTHS, strict=True)]
    return {month: int(count) for month, count in zip(MONTHS, generator.poisson(means), strict=True)}


def material(ratio: float = 0.6, mean: float = 30, **planned: object) -> Material:
    """A study in which the place changes by `ratio` and nothing else does."""
    areas = {"place": counts(mean, ratio, 1)}
    areas |= {f"comparison-{number}": counts(size, seed=10 + number) for number, size in enumerate((25, 30, 35, 28), 1)}
    areas |= {"ring-1": counts(40, seed=20), "comparison_ring-1": counts(40, seed=21)}
    return Material(replace(PLAN, **planned), CALL_IN, {"drug_calls": areas})


def six_areas(ratio: float = 0.6, **planned: object) -> Material:
    """The same with two more similar areas, enough for a mix of them."""
    whole = material(ratio, **planned)
    more = {f"comparison-{rank}": counts(size, seed=30 + rank) for rank, size in ((5, 22), (6, 31))}
    [areas] = whole.series.values()
    # In the order of their keys.
    kept = dict(sorted((areas | more).items()))
    return replace(whole, plan=replace(whole.plan, comparison=(1, 2, 3, 4, 5, 6)), series={"drug_calls": kept})


def without(whole: Material, *parts: str) -> Material:
    """The same without the areas whose key begins so."""
    series = {
        key: {name: one for name, one in areas.items() if not name.startswith(parts)}
        for key, areas in whole.series.items()
    }
    return replace(whole, series=series)


def counted_from(whole: Material, first: date, last: date = MONTHS[-1]) -> Material:
    """The same when nothing was counted before `first` or after `last`."""
    series = {
        key: {name: {month: one[month] for month in one if first <= month <= last} for name, one in areas.items()}
        for key, areas in whole.series.items()
    }
    return replace(whole, series=series)
