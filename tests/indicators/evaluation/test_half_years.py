"""Half years before and after the call-in, against similar areas, with bands that hold together, and their drawing."""

from datetime import date
from math import log

import numpy as np
import pytest

from portal.core.i18n import speaking
from portal.indicators.statistics.closed_form import HalfYear, half_years
from portal.indicators.statistics.plans import StudyWindow
from portal.indicators.studies_texts import EDGE, HEIGHT, drawing
from tests.indicators.evaluation.material import BEFORE, MONTHS, ZERO

WHOLE = StudyWindow(ZERO, tuple(MONTHS[:BEFORE]), tuple(MONTHS[BEFORE + 1 :]))


def drawn(rng, place, areas: int = 5):
    rows = [rng.poisson(place, len(MONTHS)), *(rng.poisson(20, len(MONTHS)) for _area in range(areas))]
    return [dict(zip(MONTHS, map(int, row), strict=True)) for row in rows]


def outside(found) -> int:
    return sum(abs(one.change) > one.reach for one in found)


def test_half_years_count_away_from_the_call_in() -> None:
    place, *areas = drawn(np.random.default_rng(1), 20)
    found = half_years(place, areas, StudyWindow(ZERO, WHOLE.before[2:], WHOLE.after))
    assert [one.is_after for one in found] == [False] * 6 + [True] * 4
    assert (found[5].first, found[5].last) == (MONTHS[BEFORE - 6], MONTHS[BEFORE - 1])
    assert (found[0].first, found[6].first) == (MONTHS[2], MONTHS[BEFORE + 1])
    assert half_years(place, areas, StudyWindow(ZERO, WHOLE.before[4:], ()))[0].first == MONTHS[BEFORE - 30]


def test_a_fall_after_shows_and_before_it_is_calm() -> None:
    means = np.r_[np.full(BEFORE, 20.0), np.full(25, 8.0)]
    place, *areas = drawn(np.random.default_rng(2), means)
    found = half_years(place, areas, WHOLE)
    assert outside(found[:6]) == 0
    assert all(one.change + one.reach < 0 and one.change == pytest.approx(log(0.4), abs=0.5) for one in found[6:])


def test_the_bands_before_hold_together() -> None:
    """Seeded; of 300 places where nothing happened, some half year before leaves out no change in about 5 of 100."""
    rng, found = np.random.default_rng(3), []
    for _time in range(300):
        place, *areas = drawn(rng, 20)
        found.append(outside(half_years(place, areas, StudyWindow(ZERO, WHOLE.before, ()))) > 0)
    assert 0.01 < np.mean(found) < 0.08


def test_nothing_to_compare_with_is_no_half_year() -> None:
    place, *areas = drawn(np.random.default_rng(1), 20)
    assert half_years(place, [], WHOLE) == []
    assert half_years(place, areas, StudyWindow(ZERO, (), WHOLE.after)) == []
    assert half_years(dict.fromkeys(place, 0), areas, WHOLE) == []


def test_drawing_has_round_marks_inside_no_bar_beyond_edge(app) -> None:
    far = HalfYear(date(2024, 1, 1), date(2024, 6, 1), log(1.02), log(30), is_after=False)
    near = HalfYear(date(2024, 8, 1), date(2025, 1, 1), log(0.9), 0.01, is_after=True)
    with app.app_context(), speaking("en"):
        alone, both, small = drawing([far]), drawing([far, near]), drawing([near])
    assert [words for _height, words in alone.marks] == ["−75%", "+300%"]
    assert [words for _height, words in small.marks] == ["−33%", "+50%"]
    assert all(EDGE <= height <= HEIGHT - EDGE for height, _words in alone.marks)
    assert alone.bars[0][2:] == (HEIGHT - EDGE, EDGE)
    assert both.bars[1][1] > HEIGHT / 2, "less is below the middle"
    assert (alone.ends, alone.call_in, both.call_in) == (("January 2024", "June 2024"), None, 500)
