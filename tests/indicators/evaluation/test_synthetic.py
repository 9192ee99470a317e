"""Synthetic control: weights from the months before alone, the change against the mix, and who may be sure of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from bench.coverage import DRIFTS, FEW, MIX, Falling, World, chance_alone
from portal.indicators.evaluation.findings import cases, finding, findings
from portal.indicators.evaluation.fitting import NoFit
from portal.indicators.evaluation.methods import ComparisonPanel
from portal.indicators.evaluation.mixing import mix_of
from portal.indicators.evaluation.plans import KNOWN, MIXED, Material
from portal.indicators.evaluation.sentences import Doubt, SentenceKey, said
from portal.indicators.evaluation.synthetic import mixed
from portal.indicators.snapshots.snapshots import ModelFinding
from tests.indicators.evaluation.material import BEFORE, CALL_IN, MONTHS, ZERO, material, six_areas

HALVES = 6
SHAPES = np.array(
    [[10, 11, 12, 13, 14, 15], [20, 18, 22, 17, 20, 23], [9, 9, 9, 12, 12, 9], [30, 26, 20, 16, 12, 10],
     [8, 8, 16, 16, 8, 8]]
)  # fmt: skip
"""Half years of five areas."""


def monthly(halves: np.ndarray) -> list[float]:
    return np.repeat(halves, 6).tolist()


def the_mix(whole: Material) -> ModelFinding:
    return next(one for one in findings(whole) if one.design == "synthetic")


def test_known_weights_are_recovered_where_events_are_many() -> None:
    """Half of the first area and half of the fourth, relative to their levels."""
    levels = SHAPES / SHAPES.mean(axis=1, keepdims=True)
    place = levels[0] * 0.5 + levels[3] * 0.5
    found = mix_of(monthly(place * 1e8), [monthly(one) for one in SHAPES * 1e6])
    assert found.weights == pytest.approx([0.5, 0, 0, 0.5, 0], abs=1e-4)
    assert found.misfit < 1e-4
    # What the mix expects before is what was counted, in sum.
    expected = sum(times * sum(monthly(one)) for times, one in zip(found.times, SHAPES * 1e6, strict=True))
    assert expected == pytest.approx(6e8 * HALVES, rel=1e-9)


def test_the_weights_are_those_of_a_general_solver() -> None:
    """Sequential quadratic programming of scipy, on the formula of `docs/evaluation.md`."""
    rng = np.random.default_rng(5)
    place, areas = rng.poisson(20, BEFORE), rng.poisson(20, (6, BEFORE)) * rng.integers(1, 4, (6, 1))
    table = np.vstack([place, areas])
    spread = np.mean([dispersion_of(table[:, first : first + 6]) for first in range(0, BEFORE, 6)])
    target, *levels = (one.reshape(HALVES, 6).mean(axis=1) / one.mean() for one in (place, *areas))
    penalty = max(1.0, spread) * HALVES / place.sum() * len(areas) ** 2

    def loss(weights: np.ndarray) -> float:
        return float(np.sum((target - weights @ levels) ** 2) + penalty * np.sum((weights - 1 / 6) ** 2))

    rules = {"type": "eq", "fun": lambda weights: weights.sum() - 1}
    known = minimize(
        loss, np.full(6, 1 / 6), method="SLSQP", bounds=[(0, 1)] * 6, constraints=[rules], options={"ftol": 1e-14}
    )
    found = mix_of(place.tolist(), areas.tolist())
    assert found.weights == pytest.approx(known.x, abs=1e-5)
    assert sum(found.weights) == pytest.approx(1, abs=1e-12)


def dispersion_of(table: np.ndarray) -> float:
    usual = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(((table - usual) ** 2 / usual).sum() / ((len(table) - 1) * (table.shape[1] - 1)))


def test_the_order_of_areas_changes_nothing() -> None:
    rng = np.random.default_rng(6)
    place, areas = rng.poisson(20, BEFORE).tolist(), rng.poisson(20, (7, BEFORE))
    order = rng.permutation(7)
    one, other = mix_of(place, areas.tolist()), mix_of(place, areas[order].tolist())
    assert np.asarray(one.weights)[order] == pytest.approx(other.weights, abs=1e-9)


def test_few_events_leave_the_areas_nearly_alike() -> None:
    """Else chance would choose the areas that happened to go like the place."""
    rng = np.random.default_rng(7)
    far = [
        np.abs(np.asarray(mix_of(rng.poisson(mean, 36).tolist(), rng.poisson(mean, (6, 36)).tolist()).weights) - 1 / 6)
        for mean in (2, 20)
        for _time in range(30)
    ]
    assert np.mean(far) < 0.06
    assert np.max(far) < 0.25


def test_an_area_without_events_has_no_weight_and_a_place_without_any_has_no_mix() -> None:
    rows = [[20] * 36, [0] * 36, [30] * 36, [10] * 36]
    assert mix_of([5] * 36, rows).weights == pytest.approx([1 / 3, 0, 1 / 3, 1 / 3])
    assert mix_of([0] * 36, rows) is None
    assert mix_of([5] * 36, [[0] * 36]) is None
    assert mix_of([], []) is None
    with pytest.raises(NoFit):
        mixed(ComparisonPanel([0] * 48, [[9] * 48] * 5, [month >= 36 for month in range(48)]), [[9] * 12] * 5)


def test_a_fall_is_found_against_the_mix_and_said_with_its_weights() -> None:
    whole = six_areas(main=MIXED)
    found = the_mix(whole)
    assert found.is_main
    assert found.planned
    assert found.refusal is None
    assert -60 < found.percent_low < found.percent < found.percent_high < -10
    assert [one.area for one in found.weights] == [f"comparison-{rank}" for rank in range(1, 7)]
    assert sum(one.percent for one in found.weights) == pytest.approx(100, abs=1e-3)
    areas = whole.series["drug_calls"]
    first = sum(one.times * areas[one.area][MONTHS[BEFORE + 1]] for one in found.weights)
    assert found.expected[0] == pytest.approx(first, rel=1e-3)
    assert all(low < middle < high for low, middle, high in zip(
        found.expected_low, found.expected, found.expected_high, strict=True))  # fmt: skip
    assert sum(found.expected) == pytest.approx(found.diagnostics["expected"], rel=1e-3)
    assert found.percent == pytest.approx(100 * (found.diagnostics["observed"] / sum(found.expected) - 1), abs=0.01)
    assert len(found.residuals) == len(found.residual_months) == found.months_before + found.months_after
    assert found.event_study


def test_the_months_after_choose_no_weight() -> None:
    whole = six_areas()
    areas = whole.series["drug_calls"]
    doubled = {
        key: {month: count * (2 if month >= ZERO and key == "comparison-2" else 1) for month, count in one.items()}
        for key, one in areas.items()
    }
    assert the_mix(whole).weights == the_mix(replace(whole, series={"drug_calls": doubled})).weights


def test_four_areas_are_no_mix_and_neither_is_a_place_before_its_first_look() -> None:
    assert the_mix(material()).refusal == "too_few_to_mix"
    kept = [month for month in MONTHS if month <= MONTHS[BEFORE + 5]]
    areas = six_areas().series["drug_calls"]
    early = {"drug_calls": {key: {month: one[month] for month in kept} for key, one in areas.items()}}
    found = the_mix(replace(six_areas(), series=early))
    assert (found.refusal, found.weights) == ("not_yet", ())
    assert the_mix(replace(six_areas(), delivered_on=CALL_IN.replace(year=2021))).refusal == "too_few_months"


def test_choosing_weights_makes_nobody_surer_than_areas_alike() -> None:
    whole = World("fell", chance_alone, fell=0.4).material(np.random.default_rng(3))
    case = next(cases(whole))
    found = {str(one): finding(case, one) for one in KNOWN}
    main, others = found.pop(MIXED), list(found.values())
    assert said(main, 24, others).key is SentenceKey.FELL
    # Its own interval is not enough where that of areas alike holds no change.
    unsure = [one.model_copy(update={"percent_high": 3.0}) if one.design == "did" else one for one in others]
    assert said(main, 24, unsure).key is SentenceKey.UNCLEAR
    falling = main.model_copy(update={"diagnostics": main.diagnostics | {"trend_carried": -30.0}})
    assert Doubt.TREND_BEFORE in said(falling, 24, others).doubts


def test_few_areas_without_drawn_ones_make_nobody_sure() -> None:
    found = findings(six_areas(main=MIXED, ratio=0.3))
    told = said(the_mix(six_areas(main=MIXED, ratio=0.3)), 24, found)
    assert (told.key, told.doubts[0]) == (SentenceKey.FELL_OR_CHANCE, Doubt.FEW_PLACEBOS)


@pytest.mark.parametrize("world", [World("drift", DRIFTS), World("falls", Falling(-0.10), usual=FEW)], ids=str)
def test_where_nothing_happened_little_is_said_to_have_fallen(world: World) -> None:
    """Few series here; `python -m bench coverage` prints the whole table."""
    row = replace(world, by=MIX).row(12)
    fell, wrong = float(row[8]), float(row[10])
    assert fell <= 10
    assert wrong <= 10
