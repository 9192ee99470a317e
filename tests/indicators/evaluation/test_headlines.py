"""What is read first of a study: the main model, the placebos, and what happened around, each on a line."""

from __future__ import annotations

from typing import Any

from portal.core.web import Portal
from portal.indicators.evaluation.running import WIDTH, headline_results, interval_line, result_rows
from portal.indicators.snapshots.snapshots import ModelFinding


def finding(model: str, **given: Any) -> ModelFinding:
    told = {"measure": "violent", "design": "did", "model": model, "is_main": False}
    return ModelFinding(**{**told, "months_before": 24, "months_after": 12, "diagnostics": {}, **given})


def test_no_change_is_in_the_middle_and_the_widest_end_at_the_edge() -> None:
    assert interval_line(-10, -20, 0, 20) == (40, 270, 500)
    assert interval_line(0, 0, 0, 0).middle == 500
    # Nothing is ever drawn outside.
    assert interval_line(50, -80, 90, 20) == (40, 960, 960)


def test_main_model_placebos_and_the_ring_come_first(app: Portal) -> None:
    ring = {"ring_count": -3.0, "ring_low": -9.0, "ring_high": 3.0}
    percents = {"percent": -20.0, "percent_low": -30.0, "percent_high": -10.0, "p": 0.01}
    main = finding("quasi_poisson", is_main=True, diagnostics=ring, **percents)
    placebo = finding("placebo", percent=-20.0, percent_low=-60.0, percent_high=20.0)
    with app.test_request_context("/en/"):
        first, second, third = headline_results(main, [placebo, main])
    assert (first.change, first.reach, first.may_be_none) == ("−20.0%", "from −30.0% to −10.0%", False)
    assert second.may_be_none
    assert first.drawn and second.drawn and third.drawn
    # Both models share a scale.
    assert first.drawn.middle == second.drawn.middle
    assert third.change == "−3.0 events"


def test_a_line_has_marks_with_numbers_and_a_rank_is_no_p_of_an_interval(app: Portal) -> None:
    percents = {"percent": -45.0, "percent_low": -57.6, "percent_high": -27.7, "p": 0.143}
    main, placebo = finding("newey_west", is_main=True, **percents), finding("placebo", **percents)
    with app.test_request_context("/en/"):
        first, second, _around = headline_results(main, [main, placebo])
        rows = result_rows([main, placebo])
    assert [words for _across, words in first.ticks] == ["−50%", "0%", "+50%"]
    left, middle, right = (across for across, _words in first.ticks)
    assert left < middle == WIDTH / 2 < right
    assert second.reach == "from −57.6% to −27.7%"
    assert [row[4] for row in rows] == ["0.143", "0.143 by rank"]


def test_what_was_not_measured_says_so(app: Portal) -> None:
    main = finding("quasi_poisson", is_main=True, refusal="too_few_months")
    with app.test_request_context("/es/"):
        first, around = headline_results(main, [main])
    assert first.drawn is None
    assert first.change
    assert around.drawn is None
