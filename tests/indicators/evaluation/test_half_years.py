"""The event study: half years before and after the call-in, against similar areas, with bands that hold together."""

from __future__ import annotations

import numpy as np
import pytest

from portal.core.i18n import speaking
from portal.indicators.evaluation.findings import cases, finding
from portal.indicators.evaluation.half_years import EDGE, HEIGHT, event_study, event_study_drawn
from portal.indicators.evaluation.plans import Design, ModelChoice
from portal.indicators.measures import written
from portal.indicators.snapshots.snapshots import HalfYearShown
from tests.indicators.evaluation.material import BEFORE, MONTHS, material

SIDES = MONTHS[:BEFORE], MONTHS[BEFORE + 1 :]


def drawn(rng, place, areas: int = 5):
    rows = [rng.poisson(place, len(MONTHS)), *(rng.poisson(20, len(MONTHS)) for _area in range(areas))]
    return [dict(zip(MONTHS, map(int, row), strict=True)) for row in rows]


def outside(found) -> int:
    return sum(not one.percent_low <= 0 <= one.percent_high for one in found)


def test_half_years_count_away_from_the_call_in() -> None:
    place, *areas = drawn(np.random.default_rng(1), 20)
    found = event_study(place, areas, MONTHS[2:BEFORE], SIDES[1])
    assert len(found) == 6 + 4
    assert (found[5].first, found[5].last) == (written(MONTHS[BEFORE - 6]), written(MONTHS[BEFORE - 1]))
    assert (found[0].first, found[6].first) == (written(MONTHS[2]), written(MONTHS[BEFORE + 1]))
    assert event_study(place, areas, MONTHS[4:BEFORE], ())[0].first == written(MONTHS[BEFORE - 30])


def test_a_fall_after_shows_and_before_it_is_calm() -> None:
    means = np.r_[np.full(BEFORE, 20.0), np.full(25, 8.0)]
    place, *areas = drawn(np.random.default_rng(2), means)
    found = event_study(place, areas, *SIDES)
    assert outside(found[:6]) == 0
    assert all(one.percent_high < 0 and one.percent == pytest.approx(-60, abs=20) for one in found[6:])


def test_the_bands_before_hold_together() -> None:
    """Seeded; of 300 places where nothing happened, some half year before leaves out no change in about 5 of 100."""
    rng, found = np.random.default_rng(3), []
    for _time in range(300):
        place, *areas = drawn(rng, 20)
        found.append(outside(event_study(place, areas, SIDES[0], ())) > 0)
    assert 0.01 < np.mean(found) < 0.08


@pytest.mark.parametrize(("lang", "first"), [("en", "Apr–Sep\u00a02026"), ("es", "abr–sept\u00a02026")])
def test_the_months_of_a_half_year_fit_beside_its_numbers(app, lang: str, first: str) -> None:
    """On a narrow phone a long name of the months pushes the upper end out of the picture."""
    ends = {"percent": -43.0, "percent_low": -58.0, "percent_high": -23.0}
    found = [
        HalfYearShown(first=first_month, last=last_month, **ends)
        for first_month, last_month in (("2025-10", "2026-03"), ("2026-04", "2026-09"))
    ]
    with app.app_context(), speaking(lang):
        rows = event_study_drawn(found, None).rows[::-1]
    assert rows[0][0] == first
    assert all(len(row[0]) <= 19 for row in rows)


def test_nothing_to_compare_with_is_no_event_study() -> None:
    place, *areas = drawn(np.random.default_rng(1), 20)
    assert event_study(place, [], *SIDES) == ()
    assert event_study(dict.fromkeys(place, 0), areas, *SIDES) == ()


def test_a_drawing_has_round_marks_inside_and_no_bar_beyond_its_edge(app) -> None:
    far = HalfYearShown(first="2024-01", last="2024-06", percent=2.0, percent_low=-97.0, percent_high=2900.0)
    with app.app_context(), speaking("en"):
        drawn = event_study_drawn([far], None)
        assert event_study_drawn([], None) is None
    assert [words for _height, words in drawn.marks] == ["+400%", "−80%"]
    assert all(EDGE <= height <= HEIGHT - EDGE for height, _words in drawn.marks)
    [half] = drawn.half_years
    assert (half.low, half.high) == (HEIGHT - EDGE, EDGE)
    assert (drawn.months, drawn.call_in) == (("January 2024", "June 2024"), None)


def test_the_main_model_has_it_and_no_other() -> None:
    case = next(cases(material()))
    main = finding(case, ModelChoice(Design.DID, "newey_west"))
    assert len(main.event_study) == 10
    assert main.event_study[-1].percent < -20
    assert finding(case, ModelChoice(Design.DID, "placebo")).event_study == ()
