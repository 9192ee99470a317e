"""From figures to findings: every model each time, one of them the main one, and refusals instead of errors."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from portal.indicators.statistics.findings import findings
from portal.indicators.statistics.plans import KNOWN, Material
from portal.indicators.statistics.schema import ModelFinding
from tests.indicators.evaluation.material import AFTER, BEFORE, MONTHS, ZERO, counted_from, counts, material, without

NAMES = [str(one) for one in KNOWN]


def by_model(whole: Material) -> dict[str, ModelFinding]:
    return {f"{one.design}:{one.model}": one for one in findings(whole)}


def main(whole: Material) -> ModelFinding:
    return next(one for one in findings(whole) if one.is_main)


def test_a_fall_is_found_by_every_model() -> None:
    found = by_model(material(0.6))
    assert list(found) == NAMES
    assert [one.is_main for one in found.values()] == [True] + [False] * 3
    assert all(one.refusal is None for one in found.values())
    for name, one in found.items():
        assert one.percent_low < -40 < one.percent_high < 0, name
        assert one.months_before == BEFORE
        assert one.months_after == AFTER
        assert len(one.months) == BEFORE + AFTER
        assert one.diagnostics["expected"] > one.diagnostics["observed"]
        assert {"ring_count", "ring_low", "ring_high", "peak"} <= set(one.diagnostics)


def test_a_month_without_any_event_says_nothing_of_shares() -> None:
    whole = material(0.6)
    empty = sorted(whole.series["drug_calls"]["place"])[5]
    series = {area: dict(months) | {empty: 0} for area, months in whole.series["drug_calls"].items()}
    found = by_model(replace(whole, series={"drug_calls": series}))
    months = {name: found[name].months for name in ("did:newey_west", "its:newey_west")}
    assert set(months["its:newey_west"]) - set(months["did:newey_west"]) == {f"{empty:%Y-%m}"}
    for of_it in months.values():
        assert list(of_it) == sorted(of_it)


def test_where_nothing_changed_nothing_is_claimed() -> None:
    for one in findings(material(1.0)):
        assert one.percent_low < 0 < one.percent_high, one.model


def test_same_figures_give_same_findings_in_any_order() -> None:
    whole = material()
    series = {key: dict(reversed(list(areas.items()))) for key, areas in whole.series.items()}
    again = replace(whole, series=series)
    assert again.digest == whole.digest
    assert findings(again) == findings(whole)


def with_place(whole: Material, place: dict[date, int]) -> Material:
    """The same with other counts of the place."""
    return replace(whole, series={"drug_calls": whole.series["drug_calls"] | {"place": place}})


def test_whatever_changes_makes_the_results_stale() -> None:
    whole = material()
    place = whole.series["drug_calls"]["place"]
    others = (
        with_place(whole, place | {MONTHS[0]: place[MONTHS[0]] + 1}),
        with_place(whole, {month: place[month] for month in MONTHS[:-1]}),
        replace(whole, delivered_on=date(2024, 6, 18)),
        replace(whole, plan=replace(whole.plan, months_before=35)),
    )
    assert len({whole.digest, *(one.digest for one in others)}) == len(others) + 1


def test_what_is_expected_is_drawn_month_by_month() -> None:
    found = by_model(material(0.6))
    series, areas = found["its:newey_west"], found["did:newey_west"]
    assert (series.expected_from, len(series.expected)) == ("2024-06", AFTER + 1)
    assert (areas.expected_from, len(areas.expected)) == ("2024-07", AFTER)
    for one in (series, areas):
        assert all(
            low < middle < high
            for low, middle, high in zip(one.expected_low, one.expected, one.expected_high, strict=True)
        )
        # Summer comes each year.
        assert any(earlier < later for earlier, later in pairwise(one.expected))
    assert sum(areas.expected) == pytest.approx(areas.diagnostics["expected"], rel=1e-3)
    assert sum(series.expected[1:]) == pytest.approx(series.diagnostics["expected"], rel=1e-3)


def test_without_enough_similar_areas_models_refuse() -> None:
    found = by_model(without(material(main="its:newey_west"), "comparison-"))
    assert {name for name, one in found.items() if one.refusal is None} == set(NAMES[3:])
    assert {one.refusal for one in found.values()} == {None, "no_comparison"}
    assert found["its:newey_west"].is_main
    found = by_model(without(material(), "comparison-3", "comparison-4"))
    assert found["did:placebo"].refusal == "too_few_areas"
    assert found["did:newey_west"].refusal is None


def test_a_year_before_and_half_after_are_enough() -> None:
    for planned, left_out, refused in [
        ({"months_before": 12}, 0, set()),
        ({"months_before": 36}, 24, set()),
        ({"months_before": 36}, 25, {"too_few_months"}),
        ({"months_after": 6}, 0, set()),
    ]:
        found = findings(counted_from(material(**planned), MONTHS[left_out]))
        assert {one.refusal for one in found} - {None} == refused
    for after, why in [(6, None), (5, "not_yet"), (0, "not_yet")]:
        assert {one.refusal for one in findings(through(material(months_after=6), after))} == {why}


def through(whole: Material, after: int) -> Material:
    """The same when so many months after the call-in are counted."""
    return counted_from(whole, MONTHS[0], MONTHS[BEFORE + after])


def test_between_two_looks_nothing_that_is_said_changes() -> None:
    """What is said after 12 months stays said, word for word, until 24 are counted."""
    whole = material(0.6)
    assert {one.refusal for one in findings(through(whole, 11))} == {"not_yet"}
    first = findings(through(whole, 12))
    assert {one.months_after for one in first} == {12}
    assert {one.diagnostics["next_look"] for one in first} == {24.0}
    assert findings(through(whole, 17)) == first
    assert findings(through(whole, 23)) == first
    last = findings(through(whole, 24))
    assert {one.months_after for one in last} == {24}
    assert not [one for one in last if "next_look" in one.diagnostics]


def test_own_trend_before_is_found_beside_similar_areas() -> None:
    """A place that fell by itself seems to have fallen at the call-in."""

    def falling(yearly: float) -> ModelFinding:
        whole = material(1.0)
        areas = dict(whole.series["drug_calls"])
        areas["place"] = {
            month: round(sum(areas[f"comparison-{rank}"][month] for rank in (1, 2, 3, 4)) * yearly ** (number / 12))
            for number, month in enumerate(MONTHS)
        }
        return main(replace(whole, series={"drug_calls": areas}))

    assert falling(0.85).diagnostics["trend_before"] == pytest.approx(-15, abs=3)
    assert falling(0.85).diagnostics["trend_before_p"] < 0.001
    assert falling(1.0).diagnostics["trend_before_p"] > 0.2


def ring(whole: Material, wild: bool = False, mean: float = 40.0) -> dict[str, float]:
    """What is said of the ring; `wild`: every second month has twice as much there."""
    areas = dict(whole.series["drug_calls"])
    for key, seed in (("ring-1", 20), ("comparison_ring-1", 21)):
        areas[key] = counts(mean, seed=seed)
    if wild:
        areas["ring-1"] = {month: 2 * count * (month.month % 2) for month, count in areas["ring-1"].items()}
    found = main(replace(whole, series={"drug_calls": areas})).diagnostics
    return {key: found[key] for key in ("ring_count", "ring_low", "ring_high") if key in found}


def test_ring_is_unsure_as_months_vary_untold_of_few() -> None:
    """Twice as much in every second month is no Poisson, and chance goes further."""
    calm, wild = ring(material(1.0)), ring(material(1.0), wild=True)
    assert wild["ring_high"] - wild["ring_low"] > 2 * (calm["ring_high"] - calm["ring_low"])
    assert ring(material(1.0), mean=0.1) == {}


def test_too_seldom_is_no_percentage() -> None:
    found = by_model(material(mean=0.3))
    assert {one.refusal for one in found.values()} == {"too_few_events"}
    assert found["did:newey_west"].percent is None
    assert 0 < found["did:newey_west"].diagnostics["expected"] < 20


def test_nothing_to_fit_is_a_refusal_and_no_error() -> None:
    for place in ({}, dict.fromkeys(MONTHS, 0), {ZERO: 3}):
        found = findings(with_place(material(), place))
        assert len(found) == len(NAMES)
        assert {one.refusal for one in found} <= {"no_fit", "too_few_months", "too_few_events"}
    # Nothing at all after: no logarithm of it, no interval.
    models = by_model(with_place(material(), {month: (30 if month < ZERO else 0) for month in MONTHS}))
    assert {models[name].refusal for name in ("did:newey_west", "its:newey_west", "did:placebo")} == {"no_fit"}
