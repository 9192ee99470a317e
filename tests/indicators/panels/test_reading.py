"""Panels: which come first, what is compared, and that nothing is worked out of what is hidden."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.i18n import speaking
from portal.indicators.panels.panels import MONTHS_LISTED, number_table
from portal.indicators.panels.reading import (
    Panel,
    ShareSpan,
    Year,
    change_sentence,
    month_words,
    panels_of,
    panels_of_city,
    period_words,
    place_named,
    share_span,
    total,
)
from portal.indicators.panels.texts import (
    alternative,
    is_empty,
    leading_figure,
    moved_note,
    panel_sentence,
)
from portal.indicators.snapshots.protection import keyed_noise
from portal.indicators.snapshots.snapshots import MeasureShown, SnapshotSeries, SurveyChange
from portal.indicators.snapshots.table import ALL, CITY, Spot
from tests.indicators.published import DELIVERED, MONTHS, a_document, a_place, calls, finding, measure

VALUES = st.one_of(st.integers(0, 400), st.none(), st.just("hidden"))


def panel(values, **given) -> Panel:
    return Panel(MeasureShown.model_validate(measure("violent")), MONTHS[: len(values)], tuple(values), **given)


def panels() -> dict[str, Panel]:
    document = a_document()
    return {one.measure.key: one for one in panels_of(document, document.places[0])}


def test_what_was_fixed_beforehand_comes_first_and_those_asked_stand_beside_the_answers() -> None:
    assert list(panels()) == ["drug_calls", "violent", "aware", "reports"]
    assert panels()["drug_calls"].main == panels()["drug_calls"].findings[0]


def test_a_rise_or_nothing_stands_where_a_fall_would() -> None:
    document = a_document(a_place(findings=[finding(measure="violent", percent=40, percent_low=2, percent_high=80)]))
    first = panels_of(document, document.places[0])[0]
    assert first.measure.key == "violent"
    assert first.main is not None


def test_similar_areas_are_added_and_brought_to_the_level_before() -> None:
    drug_calls = panels()["drug_calls"]
    assert drug_calls.similar[0] == calls(33, 1)[0] + calls(28)[0]
    before = [value for value in drug_calls.scaled[:DELIVERED] if value is not None]
    ours = [value for value in drug_calls.values[:DELIVERED] if isinstance(value, int)]
    assert sum(before) == pytest.approx(sum(ours))


def test_what_similar_areas_let_expect_goes_on_from_where_they_were_before() -> None:
    after = len(MONTHS) - DELIVERED
    theirs = [calls(33, 1)[number] + calls(28)[number] for number in range(len(MONTHS))]
    half = [value / 2 for value in theirs[DELIVERED:]]
    place = a_place(findings=[finding(design="did", model="newey_west", expected=half)])
    document = a_document(place)
    panel = panels_of(document, document.places[0])[0]
    assert panel.expected == pytest.approx([value / 2 for value in theirs])
    assert (panel.goes_by_areas, panel.scaled) == (True, ())
    assert (panel.ahead.start, len(panel.ahead)) == (DELIVERED, after)


def test_what_months_before_let_expect_begins_after_the_message() -> None:
    panel = panels()["drug_calls"]
    assert panel.expected[:DELIVERED] == (None,) * DELIVERED
    assert panel.expected[DELIVERED:] == (36.0,) * (len(MONTHS) - DELIVERED)
    assert not panel.goes_by_areas
    assert panel.scaled


def test_only_the_areas_of_the_plan_are_drawn() -> None:
    place = a_place()
    place["registration"]["plan"] = "Measure: drug_calls (x)\nComparison areas: comparison-2\n"
    document = a_document(place)
    assert panels_of(document, document.places[0])[0].similar == tuple(calls(28))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_words_and_table_say_what_is_drawn(app, lang: str) -> None:
    told = finding(design="did", model="newey_west", diagnostics={"observed": 512.0, "expected": 936.4})
    document = a_document(a_place(findings=[told]))
    panel = panels_of(document, document.places[0])[0]
    with app.app_context(), speaking(lang):
        words, (head, rows) = alternative(panel), number_table(panel)
        assert tuple(number for number in ("512", "936") if number in words) == ("512", "936")
        assert {"en": "similar areas, brought to our level", "es": "zonas parecidas, llevadas a nuestro nivel"}[
            lang
        ] in words
        assert len(head) == len(rows[0]) == 6
        assert rows[0][2:4] == ["36", "29–44"]
        assert rows[-1][3] == "–"
        assert len(rows) == MONTHS_LISTED < len(panel.counted)
        assert rows[-1][2] == str(round(panel.expected[panel.counted[-MONTHS_LISTED]]))


def test_too_short_a_time_before_is_not_compared() -> None:
    short = panel(calls(20), similar=tuple(calls(10)), delivered=MONTHS[11])
    assert short.scaled == ()
    assert panel(calls(20), similar=tuple(calls(10)), delivered=MONTHS[12]).scaled
    assert panel(calls(20), similar=tuple(calls(10)), delivered=None).scaled == ()


def test_only_whole_years_have_a_sum() -> None:
    years = panel([1] * len(MONTHS)).years
    assert years == (Year("2023", 12), Year("2024", 12), Year("2025", 12))


@given(st.lists(VALUES, min_size=12, max_size=12))
def test_no_sum_is_made_with_anything_hidden_or_missing(values) -> None:
    found = total(values)
    assert (found is None) == any(not isinstance(value, int) for value in values)
    assert found is None or found == sum(values)


def test_first_and_last_year_do_not_overlap() -> None:
    assert panel(calls(20)[:23]).first_and_last is None
    assert panel([1] * 12 + [3] * 12).first_and_last == (1, 3)


def test_the_city_has_what_is_counted_everywhere() -> None:
    assert [one.measure.key for one in panels_of_city(a_document())] == ["reports"]


def test_an_area_with_a_hidden_month_hides_the_sum_of_areas() -> None:
    series = a_place()["series"]
    series[1] = {**series[1], "values": ["hidden", None, *series[1]["values"][2:]]}
    document = a_document(a_place(series=series))
    similar = panels_of(document, document.places[0])[0].similar
    assert similar[:2] == ("hidden", None)


def test_a_place_that_is_not_in_the_snapshot_is_not_found() -> None:
    assert place_named(a_document(), "elm-street") is not None
    assert place_named(a_document(), "birch-street") is None


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_number_that_begins_a_sentence_is_set_large_and_what_has_none_is_empty(app, lang) -> None:
    with app.app_context(), speaking(lang):
        assert (leading_figure(panel((4, None, 1036))), is_empty(panel((4, None, 1036)))) == ("1,036", False)
        for nothing in ((None, None), ("hidden", None)):
            assert (leading_figure(panel(nothing)), is_empty(panel(nothing))) == ("", True)


def by_periods(**given) -> Panel:
    return panel([None, None, 30, None, None, "hidden", None, None, 12], covers=(0, 0, 3, 0, 0, 3, 0, 0, 3), **given)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_months_that_a_number_counts_are_named(app, lang) -> None:
    with app.app_context(), speaking(lang):
        assert period_words(MONTHS, 2) == month_words(MONTHS[2])
        first, last = (month_words(month) for month in (MONTHS[0], MONTHS[2]))
        between = first.rsplit(" ", 2 if lang == "es" else 1)[0]
        assert [row[0] for row in number_table(by_periods())[1]][-1] == f"{between}–{last}"
        ends = next(place for place, month in enumerate(MONTHS) if month.endswith("-12") and place >= 11)
        assert period_words(MONTHS, ends, (*([0] * ends), 12)) == MONTHS[ends][:4]
        assert leading_figure(by_periods()) == "12"


def test_a_share_of_a_year_is_of_the_whole_of_that_year_and_never_of_a_hidden_one() -> None:
    for quarter, share in ((25, 50), ("hidden", None)):
        place = a_place(findings=[], delivered_on=None)
        start = next(number for number, month in enumerate(MONTHS) if month.endswith("-01"))
        whole: list[Any] = [None] * len(MONTHS)
        part = list(whole)
        whole_covers, part_covers = [0] * len(MONTHS), [0] * len(MONTHS)
        for number, value in zip((2, 5, 8, 11), (25, quarter, 25, 25), strict=True):
            whole[start + number], whole_covers[start + number] = value, 3
        part[start + 11], part_covers[start + 11] = 50, 12
        place["series"] = [
            {"measure": "asked", "area": "place", "values": whole, "covers": whole_covers},
            {"measure": "aware", "area": "place", "values": part, "covers": part_covers},
        ]
        document = a_document(place)
        aware = next(one for one in panels_of(document, document.places[0]) if one.measure.key == "aware")
        assert aware.shares[start + 11] == share


def test_a_year_is_known_if_all_of_it_is_covered_by_numbers_that_are_shown() -> None:
    start = next(number for number, month in enumerate(MONTHS) if month.endswith("-01"))
    for quarter, whole in ((30, 120), ("hidden", None)):
        covers, values = [0] * len(MONTHS), list[Any]([None] * len(MONTHS))
        for number, value in zip((2, 5, 8, 11), (30, quarter, 30, 30), strict=True):
            values[start + number], covers[start + number] = value, 3
        years = {one.year: one.total for one in panel(values, covers=tuple(covers)).years}
        assert years[MONTHS[start][:4]] == whole


@pytest.mark.parametrize(
    ("lang", "said", "why", "words"),
    [
        ("en", "moved by chance", "subtract the places", "Between 81 and 109 in"),
        ("es", "el azar", "restarle los lugares", "Entre 81 y 109 en"),
    ],
)
def test_who_reads_a_number_that_chance_moved_is_told(app, lang, said, why, words) -> None:
    moved = panel([90, 95], moved_from=MONTHS[0])
    with app.app_context(), speaking(lang):
        assert said in moved_note(moved) and moved_note(panel([90, 95])) == ""
        assert why in moved_note(moved) and why not in moved_note(replace(moved, has_places=False))
        assert panel_sentence(moved).startswith(words) and leading_figure(moved) == ""
        assert [row[1] for row in number_table(moved)[1]] == ["81–109", "76–104"]


@pytest.mark.parametrize(
    ("values", "months"),
    [
        ([60], 1),
        ([50], 0),
        ([40, 40], 2),
        ([30, 30], 0),
        ([30] * 3, 0),
        ([35] * 3, 3),
        ([30] * 4, 4),
        (["hidden", 50], 0),
    ],
)
def test_a_moved_number_is_told_over_as_few_months_as_make_its_movement_small(values, months) -> None:
    found = panel(values, moved_from=MONTHS[0]).newest_count
    assert (found.last - found.first + 1 if found else 0) == months
    assert found is None or found.high - found.low <= 2 * 0.25 * sum(values[-months:]) + 1


def test_where_no_span_tells_it_nothing_is_said(app) -> None:
    few = panel(["hidden", 40], moved_from=MONTHS[0])
    with app.app_context(), speaking("en"):
        assert panel_sentence(few).startswith("There are too few of them in the whole city")
    picked = panel([40, "hidden"] * 24, moved_from=MONTHS[0])
    assert picked.first_and_last is None, "which months are shown is chance too"
    assert panel([40] * 24, moved_from=MONTHS[0]).first_and_last == (40, 40)


def test_numbers_of_older_snapshots_that_chance_made_are_not_shown(app) -> None:
    values = [15, 10, *([None] * (len(MONTHS) - 2))]
    told = {"measure": "reports", "area": "city", "values": values, "moved_from": MONTHS[0]}
    document = a_document().model_copy(update={"city": (SnapshotSeries.model_validate(told),)})
    [reports] = panels_of_city(document)
    assert reports.values[:2] == ("hidden", "hidden") and is_empty(reports)


@pytest.mark.parametrize(
    ("part", "whole", "said", "figure"),
    [(1, 1, "1 of 1 in", ""), (9, 9, "9 of 9 in", ""), (10, 10, "100 of 100", "100")],
)
def test_a_share_of_fewer_than_ten_is_no_large_figure(app, part, whole, said, figure) -> None:
    few = shares([part], [whole], moved_from=None)
    with app.app_context(), speaking("en"):
        assert panel_sentence(few).startswith(said) and leading_figure(few) == figure


def shares(parts: list[int], wholes: list[int], kind: str = "portal", moved_from: str | None = MONTHS[0]) -> Panel:
    shown = panel(parts, asked=tuple(wholes), moved_from=moved_from)
    return replace(shown, measure=shown.measure.model_copy(update={"kind": kind}))


@pytest.mark.parametrize(
    ("part", "whole", "months", "span"),
    [(20, 30, 1, None), (100, 200, 1, (43, 57)), (0, 200, 1, (0, 6)), (200, 200, 1, (91, 100)), (0, 0, 1, None)],
)
def test_a_share_of_numbers_that_chance_moved_has_a_span_or_is_not_told(part, whole, months, span) -> None:
    assert share_span(part, whole, months) == span


def test_nineteen_of_twenty_spans_hold_the_share() -> None:
    rng, held = random.Random(5), []
    for number in range(400):
        part, whole = rng.randrange(30, 160), 160 + rng.randrange(80)
        noise = keyed_noise(number.to_bytes(32))
        seen, of = (max(0, one + noise(spot(key)) + 2) // 5 * 5 for one, key in ((part, "part"), (whole, "whole")))
        low, high = share_span(seen, of, 1) or (0, 100)
        held.append(low <= 100 * part / whole <= high)
    assert 0.93 < sum(held) / len(held) < 0.99


def spot(measure_key: str) -> Spot:
    return Spot(measure_key, CITY, ALL, 24_000)


def test_the_newest_span_takes_as_few_months_as_tell_it() -> None:
    assert shares([20] * 12, [30] * 12).newest_span is None
    found = shares([60] * 12, [80] * 12).newest_span
    assert found is not None and (found.last - found.first + 1, found.high - found.low <= 22) == (4, True)
    assert shares([60] * 12, [80] * 12, kind="survey").newest_span is None
    assert shares([90] * 2, [200] * 2, kind="survey").newest_span == ShareSpan(1, 1, 38, 52)


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Between 38 and 52 of 100 in"), ("es", "Entre 38 y 52 de cada 100 en")]
)
def test_no_large_figure_and_no_line_comes_of_numbers_that_chance_moved(app, lang, said) -> None:
    told, few = shares([90] * 2, [200] * 2), shares([20] * 3, [30] * 3)
    with app.app_context(), speaking(lang):
        assert panel_sentence(told).startswith(said) and leading_figure(told) == ""
        assert {"en": "too few", "es": "muy pocos"}[lang] in panel_sentence(few) and not is_empty(few)
        assert [row[1] for row in number_table(told)[1]] == ["–", "–"]
    assert told.shares == (None, None) and not is_empty(told)
    assert shares([90] * 2, [200] * 2, moved_from=None).shares == (45, 45)


@pytest.mark.parametrize(
    ("points", "words"),
    [((6, 20), ("it rose", "subió")), ((-20, -6), ("it fell", "bajó")), ((-3, 9), ("can't tell", "No podemos saber"))],
)
def test_a_change_of_numbers_that_chance_moved_gives_its_ends_alone(app, points, words) -> None:
    low, high = points
    change = SurveyChange(
        measure="violent", earlier=MONTHS[0], later=MONTHS[1], points=7.0, points_low=low, points_high=high
    )
    for lang, said in zip(("en", "es"), words, strict=True):
        with app.app_context(), speaking(lang):
            moved = shares([50, 61], [100, 100], kind="survey")
            assert said in change_sentence(moved, change) and "61" not in change_sentence(moved, change)
            assert "61" in change_sentence(replace(moved, moved_from=None), change)
