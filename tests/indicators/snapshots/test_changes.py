"""How shares of surveys changed: the published example, which months, and never a word of what is hidden."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from portal.core.i18n import speaking
from portal.indicators.panel_reading import panels_of
from portal.indicators.panel_texts import bars_of, panel_caveats, panel_sentence
from portal.indicators.statistics.closed_form import difference, pair, with_changes
from portal.indicators.statistics.schema import Document, canonical
from tests.indicators.published import DELIVERED, MONTHS, a_document, a_place

COUNTS = st.one_of(st.integers(0, 40), st.none(), st.just("hidden"))
FIRST, LAST = 3, 39


def surveyed(asked: dict[int, Any], aware: dict[int, Any], **given: Any) -> Document:
    """A place with these counts by the place of their month."""
    series = [
        {"measure": key, "area": "place", "values": [known.get(at) for at in range(len(MONTHS))]}
        for key, known in (("asked", asked), ("aware", aware))
    ]
    return with_changes(a_document(a_place(series=series, findings=[], **given)))


def test_the_published_example() -> None:
    assert difference((48, 80), (56, 70)) == pytest.approx((20.0, 5.24, 33.39), abs=0.006)


@given(st.tuples(st.integers(0, 50), st.integers(50, 90)), st.tuples(st.integers(0, 50), st.integers(50, 90)))
def test_interval_holds_difference_and_turns_round_with_it(one: tuple[int, int], other: tuple[int, int]) -> None:
    points, low, high = difference(one, other)
    assert -100 <= low <= points <= high <= 100
    assert difference(other, one) == pytest.approx((-points, -high, -low), abs=0.001)


def test_which_months_follows_from_the_days() -> None:
    for parts, wholes, delivered, found in [
        ([3, 4, 5, 6], [9, 9, 9, 9], 2, (1, 3)),
        ([3, 4, 5, 6], [9, 9, 9, 9], None, (0, 3)),
        ([3, 4, 5, 6], [9, 9, 9, 9], 0, (0, 3)),
        ([3, "hidden", 5, 6], [9, 9, 9, 9], 2, (0, 3)),
        ([3, 4, 5, 6], [9, 9, 9, "hidden"], 2, (1, 2)),
        ([3, 4, None, None], [9, 9, None, None], 3, (0, 1)),
        ([3, None], [9, None], 1, None),
        ([0, 3], [0, 9], 1, None),
        ([9, 3], [8, 9], 1, None),
        ([], [], None, None),
    ]:
        assert pair(parts, wholes, delivered) == found


@given(st.lists(COUNTS, min_size=6, max_size=6), st.lists(COUNTS, min_size=6, max_size=6), st.integers(0, 5))
def test_no_month_with_hidden_count_is_in_pair(parts: list, wholes: list, delivered: int) -> None:
    found = pair(parts, wholes, delivered)
    assert all(isinstance(one[place], int) for place in found or () for one in (parts, wholes))


def test_change_is_worked_out_again_from_what_snapshot_shows() -> None:
    made = surveyed({FIRST: 80, 20: "hidden", LAST: 70}, {FIRST: 48, 20: "hidden", LAST: 56})
    (only,) = made.places[0].changes
    assert (only.earlier, only.later, only.points) == (MONTHS[FIRST], MONTHS[LAST], 20.0)
    read = Document.model_validate_json(canonical(made))
    assert canonical(with_changes(read)) == canonical(made)
    assert made.city_changes == ()
    assert b"changes" not in canonical(with_changes(a_document(a_place(series=[], findings=[])))), "no surveys"


SAID = (
    ((48, 80), (56, 70), "since January 2023 is seldom chance.", "rara vez es casualidad.", ("80 of 100", "60 of 100")),
    ((56, 70), (48, 80), "is seldom chance.", "desde enero de 2023 rara vez", ("60 of 100", "80 of 100")),
    ((40, 80), (36, 70), "can be chance.", "puede ser casualidad.", ("51 of 100", "50 of 100")),
)


def test_better_worse_and_unclear_are_said_in_same_place(app) -> None:
    for before, after, *said, bars in SAID:
        made = surveyed({FIRST: before[1], LAST: after[1]}, {FIRST: before[0], LAST: after[0]})
        (panel,) = panels_of(made, made.places[0])
        for lang, words in zip(("en", "es"), said, strict=True):
            with app.app_context(), speaking(lang):
                assert words in panel_sentence(panel)
                assert panel_caveats(panel) == []
                assert lang == "es" or tuple(bar.words for bar in bars_of(panel)) == bars


def test_it_is_said_where_nobody_was_asked_before(app) -> None:
    made = surveyed({DELIVERED: 80, LAST: 70}, {DELIVERED: 48, LAST: 56})
    (panel,) = panels_of(made, made.places[0])
    with app.app_context(), speaking("es"):
        (words,) = panel_caveats(panel)
    assert "A nadie se le preguntó antes de la reunión" in words


def test_an_interval_allows_for_what_chance_moved() -> None:
    made = surveyed({FIRST: 80, LAST: 70}, {FIRST: 48, LAST: 56})
    plain = made.places[0].changes[0]
    moved = {"area": "city", "moved_from": MONTHS[LAST]}
    city = tuple(one.model_copy(update=moved) for one in made.places[0].series)
    wider = with_changes(made.model_copy(update={"city": city})).city_changes[0]
    assert wider.points == plain.points
    assert wider.points_low < plain.points_low < plain.points_high < wider.points_high
