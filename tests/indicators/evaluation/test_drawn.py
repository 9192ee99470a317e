"""Placebo areas make the interval of areas as narrow as it may be: few false falls, and a fall that is there is found.

The whole table is printed by `python -m bench coverage`.
"""

import numpy as np
import pytest

from bench.coverage import DRIFTS, FEW, SEED, SHIFTS, Falling, Late, World, chance_alone
from portal.indicators.statistics.closed_form import Blind, foresee
from portal.indicators.statistics.findings import findings
from portal.indicators.statistics.models import ComparisonPanel, NoFit, compared
from portal.indicators.statistics.plans import Material

TIMES = 40


def told(world: World) -> np.ndarray:
    """Of so many studies the shares that the widest interval holds, that fell, that rose, and are wrong and sure."""
    row = world.row(TIMES)
    return np.array([float(share) for share in row[7:-1]]) / 100


@pytest.mark.parametrize(
    "world",
    [
        World("drift", DRIFTS),
        World("shift", SHIFTS),
        World("falls", Falling(-0.10)),
        World("falls", Falling(-0.15), usual=FEW),
        World("falls late", Late(-12, yearly=-0.2), drawn=0),
        World("falls late", Late(-12, yearly=-0.2), investigation=6),
        World("fell late", Late(-12, 0, yearly=-0.3), investigation=6),
        World("peak", Late(-12, 0, higher=0.4)),
    ],
    ids=lambda world: world.name,
)
def test_where_nothing_happened_little_is_said_to_have_fallen(world: World) -> None:
    _covered, fell, _rose, wrong = told(world)
    assert fell <= 0.1
    assert wrong <= 0.1


def test_shifting_areas_are_covered_and_two_fifths_fall_found() -> None:
    assert told(World("shift", SHIFTS))[0] >= 0.9
    assert told(World("fell", chance_alone, fell=0.4, investigation=6))[1] >= 0.6


LOOKS = {12: 0.05, 24: 0.05}


def study() -> Material:
    return World("one", chance_alone, fell=0.3).material(np.random.default_rng(SEED))


def test_finding_says_how_many_areas_tried_and_places_rank() -> None:
    found = {(one.design, one.model): one for one in findings(study())}
    placebo = found["did", "placebo"]
    assert (placebo.diagnostics["placebos"], placebo.diagnostics["placebo_rank"]) == (56, 2)
    assert placebo.p == pytest.approx(2 / 57, abs=1e-6)
    assert found["did", "newey_west"].diagnostics["placebos"] == 56


def test_areas_not_counted_to_end_shorten_own_modelchance_alone() -> None:
    whole = study()
    last = max(whole.series["calls"]["place"])
    short = [{month: count for month, count in one.items() if month < last} for one in whole.placebos["calls"]]
    found = {
        (one.design, one.model): one
        for one in findings(Material(whole.plan, whole.delivered_on, whole.series, {"calls": short}))
    }
    assert found["did", "placebo"].months_after == 12
    assert found["did", "newey_west"].months_after == 24
    assert found["did", "newey_west"].diagnostics["placebos"] == 6


def test_areas_in_which_nothing_was_counted_are_no_placebos() -> None:
    after = [month >= 24 for month in range(48)]
    others = [[20] * 48, [30] * 48]
    with pytest.raises(NoFit):
        compared("placebo", ComparisonPanel([20] * 48, others, after, drawn=[[0] * 48] * 30))
    found = compared("newey_west", ComparisonPanel([20] * 48, others, after, drawn=[[0] * 48] * 30))
    assert "placebos" not in found.diagnostics


def test_inputs_with_other_placebo_areas_have_another_hash() -> None:
    whole = study()
    without = Material(whole.plan, whole.delivered_on, whole.series)
    assert without.digest != whole.digest


def test_with_many_areas_too_few_similar_are_no_reason() -> None:
    whole = study()
    place, *areas = ({month: count for month, count in one.items() if month < whole.delivered_on.replace(day=1)}
                     for one in whole.series["calls"].values())  # fmt: skip
    drawn = [{month: one[month] for month in place} for one in whole.placebos["calls"]]
    few, many = (foresee("calls", place, areas[:3], 36, LOOKS, tried) for tried in ((), drawn))
    assert (few.blind, many.blind) == (Blind.TOO_FEW_AREAS, None)
    assert 0.2 < many.outlooks[0].power < 0.4 < many.outlooks[1].power
