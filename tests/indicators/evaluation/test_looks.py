"""Looking twice gives chance two tries: the looks share out one error."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import stats

from portal.indicators.statistics import plans
from portal.indicators.statistics.closed_form import student
from portal.indicators.statistics.findings import cases, finding
from portal.indicators.statistics.plans import ERROR, Design, ModelChoice, StudyPlan, errors
from portal.indicators.statistics.schema import ModelFinding
from portal.indicators.statistics.sentences import Refusal, says_nothing
from portal.indicators.statistics.terms import plus
from tests.indicators.evaluation.material import MONTHS, ZERO, counted_from, material, without

PLAN = StudyPlan("elm-street")
ROBUST, ALONE = ModelChoice(Design.DID, "newey_west"), ModelChoice(Design.ITS, "newey_west")
BY_AREAS = ModelChoice(Design.DID, "quasi_poisson"), ModelChoice(Design.DID, "placebo")


def test_looks_share_out_one_error() -> None:
    for months, parts in [
        (6, {6: 5}),
        (12, {12: 5}),
        (18, {12: 2.222, 18: 2.778}),
        (24, {12: 1.25, 24: 3.75}),
        (36, {12: 0.556, 24: 1.667, 36: 2.778}),
        (60, {12: 0.2, 24: 0.6, 60: 4.2}),
    ]:
        found = errors(replace(PLAN, months_after=months))
        assert {look: round(100 * error, 3) for look, error in found.items()} == parts
        assert sum(found.values()) == pytest.approx(ERROR)


def through(months: int, **planned: object):
    """The study in which so many months after the call-in are counted."""
    return counted_from(without(material(**planned), "ring"), MONTHS[0], plus(ZERO, months))


def at(months: int, one: ModelChoice = ROBUST, **planned: object) -> ModelFinding:
    return finding(next(cases(through(months, **planned))), one)


def width(one: ModelFinding) -> float:
    return np.log1p((one.percent_high or 0) / 100) - np.log1p((one.percent_low or 0) / 100)


@pytest.mark.parametrize(("months", "level"), [(12, 98.75), (23, 98.75), (24, 96.25)])
def test_each_look_has_an_interval_of_its_own(monkeypatch, months: int, level: float) -> None:
    new, others = at(months), [at(months, one) for one in (*BY_AREAS, ALONE)]
    monkeypatch.setattr(plans, "level_at", lambda _plan, _look: 0.95)
    old = at(months)
    assert (new.level, new.percent) == (level, old.percent)
    freedom = 36 + new.months_after - 2
    wider = stats.t.ppf(0.5 + level / 200, freedom) / stats.t.ppf(0.975, freedom)
    assert width(new) / width(old) == pytest.approx(wider, rel=1e-4)
    assert all(width(one) > width(at(months, other)) for one, other in zip(others, (*BY_AREAS, ALONE), strict=True))


def test_no_look_no_level() -> None:
    assert at(11).level is None
    assert at(11).refusal == Refusal.NOT_YET.value


def test_two_looks_err_no_more_often_than_one() -> None:
    """Seeded; 4,000 invented studies in which nothing happened, with the standard error known: `docs/evaluation.md`."""
    generator, before, after = np.random.default_rng(20261128), 36, 24
    months = generator.normal(size=(4000, before + after))
    first, last = months[:, :before].mean(axis=1), errors(PLAN)
    found = {True: [], False: []}
    for look in last:
        change = months[:, before : before + look].mean(axis=1) - first
        p = 2 * stats.norm.sf(np.abs(change) / np.sqrt(1 / before + 1 / look))
        found[True].append(p < last[look])
        found[False].append(p < ERROR)
    shared, each = (np.mean(np.any(found[kind], axis=0)) for kind in (True, False))
    assert 0.035 < shared < 0.05 < 0.065 < each < 0.09


def test_students_t_without_a_library() -> None:
    for freedom, error in product((1, 2, 3, 4, 5, 9, 30, 80), (0.05, 0.0375, 0.0125, 0.002)):
        assert student(freedom, error) == pytest.approx(stats.t.ppf(1 - error / 2, freedom), rel=1e-4)


def test_an_interval_can_say_nothing() -> None:
    assert says_nothing(0.5, 2.0) and says_nothing(0.6, 3.6)
    assert not any(says_nothing(*ends) for ends in ((0.51, 2.0), (0.1, 0.9), (1.1, 9.0), (0.9, 1.1)))


def test_a_series_that_says_nothing_is_refused() -> None:
    seldom = through(24, mean=1.5, ratio=1.0)
    found = finding(next(cases(seldom)), ALONE)
    assert (found.refusal, found.percent, found.percent_high) == (Refusal.TOO_WIDE.value, None, None)
    assert at(24, ALONE).refusal is None


def test_bands_for_a_month_are_a_months() -> None:
    """Of the months before and after alike, where nothing happened, about 95 of 100 lie in their band."""
    inside = []
    for one in (ROBUST, ALONE):
        for number in range(6):
            whole = through(24, ratio=1.0)
            rng = np.random.default_rng(number)
            areas = {key: dict(zip(MONTHS, rng.poisson(20, len(MONTHS)).tolist(), strict=True)) for key in
                     ("place", "comparison-1", "comparison-2", "comparison-3")}  # fmt: skip
            found = finding(next(cases(replace(whole, series={"drug_calls": areas}))), one)
            months = list(areas["place"].values())[-len(found.expected) :]
            inside += [low <= count <= high for low, count, high in
                       zip(found.expected_low, months, found.expected_high, strict=True)]  # fmt: skip
    assert 0.90 < np.mean(inside) < 0.985
