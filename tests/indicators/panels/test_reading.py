"""Panels: which come first, what is compared, and that nothing is worked out of what is hidden."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from portal.core.i18n import speaking
from portal.indicators import panel_reading, panel_texts
from portal.indicators.panel_reading import Panel, change_sentence, month_words, panels_of, period_words
from portal.indicators.panel_texts import (
    MONTHS_LISTED,
    bars_of,
    count_pair,
    headline,
    is_empty,
    number_table,
    panel_sentence,
    suppression_note,
)
from portal.indicators.statistics.schema import MeasureShown, SurveyChange
from tests.indicators.published import DELIVERED, MONTHS, a_document, a_place, calls, finding, measure

JANUARY = next(place for place, month in enumerate(MONTHS) if month.endswith("-01"))
VALUES = st.one_of(st.integers(0, 400), st.none(), st.just("hidden"))


def panel(values, **given) -> Panel:
    return Panel(MeasureShown.model_validate(measure("violent")), MONTHS[: len(values)], tuple(values), **given)


def panels_in(place) -> list[Panel]:
    document = a_document(place)
    return list(panels_of(document, document.places[0]))


def panels() -> dict[str, Panel]:
    return {one.measure.key: one for one in panels_in(a_place())}


def test_what_was_fixed_comes_first_and_asked_beside_answers() -> None:
    assert list(panels()) == ["drug_calls", "violent", "aware", "reports"]
    assert panels()["drug_calls"].main == panels()["drug_calls"].findings[0]
    rose = panels_in(a_place(findings=[finding(measure="violent", percent=40, percent_low=2, percent_high=80)]))[0]
    assert rose.measure.key == "violent" and rose.main, "a rise stands where a fall would"
    assert [one.measure.key for one in panel_reading.panels_of_city(a_document())] == ["reports"]


def test_similar_areas_are_added_and_brought_to_level_before() -> None:
    drug_calls = panels()["drug_calls"]
    assert drug_calls.similar[0] == calls(33, 1)[0] + calls(28)[0]
    before = [value for value in drug_calls.scaled[:DELIVERED] if value is not None]
    ours = [value for value in drug_calls.values[:DELIVERED] if isinstance(value, int)]
    assert sum(before) == pytest.approx(sum(ours))
    place = a_place()
    place["series"][1]["values"][:2] = ["hidden", None]
    assert panels_in(place)[0].similar[:2] == ("hidden", None), "a hidden month hides the sum"
    place["registration"]["plan"] = "Measure: drug_calls (x)\nComparison areas: comparison-2\n"
    assert panels_in(place)[0].similar == tuple(calls(28)), "only the areas of the plan"


def test_what_similar_areas_let_expect_continues_from_before() -> None:
    theirs = [calls(33, 1)[number] + calls(28)[number] for number in range(len(MONTHS))]
    half = [value / 2 for value in theirs[DELIVERED:]]
    panel = panels_in(a_place(findings=[finding(design="did", model="newey_west", expected=half)]))[0]
    assert panel.expected == pytest.approx([value / 2 for value in theirs])
    assert (panel.goes_by_areas, panel.scaled) == (True, ())
    assert (panel.ahead.start, len(panel.ahead)) == (DELIVERED, len(MONTHS) - DELIVERED)


def test_what_months_before_let_expect_begins_after_the_message() -> None:
    panel = panels()["drug_calls"]
    assert panel.expected[:DELIVERED] == (None,) * DELIVERED
    assert panel.expected[DELIVERED:] == (36.0,) * (len(MONTHS) - DELIVERED)
    assert not panel.goes_by_areas
    assert panel.scaled


def test_words_and_table_say_what_is_drawn(app) -> None:
    told = finding(design="did", model="newey_west", diagnostics={"observed": 512.0, "expected": 936.4})
    panel = panels_in(a_place(findings=[told]))[0]
    with app.app_context(), speaking("es"):
        words, (head, rows) = panel_texts.alternative(panel), number_table(panel)
    assert all(said in words for said in ("512", "936", "zonas parecidas, llevadas a nuestro nivel"))
    newest = panel.counted[-MONTHS_LISTED:][::-1]
    assert [row[1] for row in rows] == [str(panel.values[place]) for place in newest]
    assert (head[1], rows[0][0]) == ("casos", "sept 2026")


def test_too_short_a_time_before_is_not_compared() -> None:
    short = panel(calls(20), similar=tuple(calls(10)), delivered=MONTHS[11])
    assert short.scaled == ()
    assert panel(calls(20), similar=tuple(calls(10)), delivered=MONTHS[12]).scaled
    assert panel(calls(20), similar=tuple(calls(10)), delivered=None).scaled == ()


def test_only_whole_years_have_a_sum() -> None:
    years = panel([1] * len(MONTHS)).years
    assert years == {"2023": 12, "2024": 12, "2025": 12}
    assert panel(calls(20)[:23]).first_and_last is None, "first and last year do not overlap"
    assert panel([1] * 12 + [3] * 12).first_and_last == (1, 3)


@given(st.lists(VALUES, min_size=12, max_size=12))
def test_no_sum_is_made_with_anything_hidden_or_missing(values) -> None:
    found = panel_reading.total(values)
    assert (found is None) == any(not isinstance(value, int) for value in values)
    assert found is None or found == sum(values)


def test_what_has_no_number_is_empty() -> None:
    for values, empty in (((4, None, 1036), False), ((None, None), True), (("hidden", None), True)):
        assert is_empty(panel(values)) is empty


def test_months_since_meeting_stand_beside_same_months_before(app) -> None:
    values = [*range(100, 100 + len(MONTHS))]
    for newest, months, before in ((7, 7, -5), (11, 11, -1), (12, 12, -1), (15, 12, -1)):
        shown = panel(values[: DELIVERED + newest + 1], delivered=MONTHS[DELIVERED])
        sums = [sum(values[DELIVERED + last + 1 - months : DELIVERED + last + 1]) for last in (newest, before)]
        assert count_pair(shown)[:3] == (months, *sums), newest
    waits = finding(refusal="not_yet", percent=None, diagnostics={"next_look": 12.0})
    told = replace(shown, findings=a_document(a_place(findings=[waits])).places[0].findings)
    said = {
        "en": ("in the 12 months through ", "Too early to say why."),
        "es": ("en los 12 meses hasta ", "muy pronto"),
    }
    for lang, words in said.items():
        with app.app_context(), speaking(lang):
            assert all(one in headline(told)[0] for one in words)
            assert words[1] not in headline(shown)[0]
            assert words[1] in headline(told, counts=False)[0] and words[0] not in headline(told, counts=False)[0]


@given(
    st.lists(VALUES, min_size=40, max_size=40),
    st.sampled_from(range(12, 39)),
    st.sampled_from(["", "moved", "periods"]),
)
def test_count_so_far_holds_only_months_shown_singly(values, meeting: int, how: str) -> None:
    """Nobody gets a hidden month, or the part of a period, by subtracting what is told from what is told elsewhere."""
    told = {"moved": {"moved_from": MONTHS[0]}, "periods": {"covers": (3,) * 40}}.get(how, {})
    shown = panel(values, delivered=MONTHS[meeting], **told)
    pair, newest = count_pair(shown), max(shown.counted, default=0)
    if pair is None:
        return
    before = min(newest - 12, meeting - 1)
    months = [shown.values[last - number] for last in (newest, before) for number in range(pair.months)]
    assert not how and all(isinstance(value, int) for value in months)
    assert sum(months) == pair.now + pair.then


def by_periods(**given) -> Panel:
    return panel([None, None, 30, None, None, "hidden", None, None, 12], covers=(0, 0, 3, 0, 0, 3, 0, 0, 3), **given)


def test_the_months_that_a_number_counts_are_named(app) -> None:
    ends = next(place for place, month in enumerate(MONTHS) if month.endswith("-12") and place >= 11)
    for lang, parts in (("en", 1), ("es", 2)):
        with app.app_context(), speaking(lang):
            assert period_words(MONTHS, 2) == month_words(MONTHS[2])
            first, last = (month_words(month) for month in (MONTHS[0], MONTHS[2]))
            assert number_table(by_periods())[1][-1][0] == f"{first.rsplit(' ', parts)[0]}–{last}"
            assert period_words(MONTHS, ends, (*([0] * ends), 12)) == MONTHS[ends][:4]
            assert panel_sentence(by_periods()).startswith("12 ")


def quarters(second: Any, value: int) -> tuple[list[Any], list[int]]:
    """The counts of one whole year by quarters, and the months that each covers."""
    values, covers = list[Any]([None] * len(MONTHS)), [0] * len(MONTHS)
    for month, count in zip((2, 5, 8, 11), (value, second, value, value), strict=True):
        values[JANUARY + month], covers[JANUARY + month] = count, 3
    return values, covers


def test_share_and_sum_are_of_whole_years() -> None:
    part, part_covers = list[Any]([None] * len(MONTHS)), [0] * len(MONTHS)
    part[JANUARY + 11], part_covers[JANUARY + 11] = 50, 12
    for second, share, whole in ((25, 50, 100), ("hidden", None, None)):
        values, covers = quarters(second, 25)
        place = a_place(findings=[], delivered_on=None)
        place["series"] = [
            {"measure": "asked", "area": "place", "values": values, "covers": covers},
            {"measure": "aware", "area": "place", "values": part, "covers": part_covers},
        ]
        aware = next(one for one in panels_in(place) if one.measure.key == "aware")
        assert aware.shares[JANUARY + 11] == share
        assert panel(values, covers=tuple(covers)).years[MONTHS[JANUARY][:4]] == whole


def test_a_number_that_chance_moved_is_told_as_about(app) -> None:
    moved, part = panel([90, 100], moved_from=MONTHS[0]), shares([240], [410])
    for lang, said, words, share in [
        ("en", "moved a little by chance", "About 90 in", "About 240 of about 410 in"),
        ("es", "el azar", "Unos 90 en", "Unos 240 de unos 410 en"),
    ]:
        with app.app_context(), speaking(lang):
            assert said in suppression_note([moved]) and said not in suppression_note([panel([90, 95])])
            assert panel_sentence(panel([90], moved_from=MONTHS[0])).startswith(words)
            assert panel_sentence(part).startswith(share)
            assert all("100" in row[1] or "90" in row[1] for row in number_table(moved)[1])
    assert part.shares == (None,) and not is_empty(part)
    assert panel([40] * 24, moved_from=MONTHS[0]).first_and_last is None


def test_share_of_fewer_than_ten_is_two_numbers(app) -> None:
    for part, said in ((1, "1 of 1 in"), (9, "9 of 9 in"), (10, "100 of 100")):
        with app.app_context(), speaking("en"):
            assert panel_sentence(shares([part], [part], moved_from=None)).startswith(said)


def shares(parts: list[int], wholes: list[int], kind: str = "portal", moved_from: str | None = MONTHS[0]) -> Panel:
    shown = panel(parts, asked=tuple(wholes), moved_from=moved_from)
    return replace(shown, measure=shown.measure.model_copy(update={"kind": kind}))


def test_change_between_surveys_says_whether_it_may_be_chance(app) -> None:
    """Who answers is not drawn by lot, so nobody is fairly sure of anything."""
    span = {"measure": "violent", "earlier": MONTHS[0], "later": MONTHS[1], "points": 7.0}
    for low, high, *words in (
        (6.0, 20.0, "is seldom chance", "rara vez es casualidad"),
        (-20.0, -6.0, "is seldom chance", "rara vez es casualidad"),
        (-3.0, 9.0, "can be chance", "puede ser casualidad"),
    ):
        change = SurveyChange(**span, points_low=low, points_high=high)
        for lang, said in zip(("en", "es"), words, strict=True):
            with app.app_context(), speaking(lang):
                assert said in change_sentence(change) and month_words(MONTHS[0]) in change_sentence(change)


def test_few_numbers_are_bars_with_unit_and_time(app) -> None:
    """Nothing to set a number beside is no drawing; two say something, and of many the newest stand."""
    with app.app_context(), speaking("en"):
        for many in (0, 1, 2, 12):
            asked = shares([40 + number for number in range(many)], [100] * many, "survey", None)
            bars = bars_of(asked)
            assert len(bars) == (min(many, MONTHS_LISTED) if many > 1 else 0)
            assert not bars or (bars[0].words, bars[0].length) == (f"{39 + many} of 100", 39 + many)
        uneven = panel([None, 40, 60, "hidden", 30], covers=(0, 2, 1, 1, 1))
        assert [bar.words for bar in bars_of(uneven)] == ["30", "60"], "only what counts as many months"
        counted = bars_of(panel([60, "hidden", 30]))
        assert [(bar.words, bar.length) for bar in counted] == [("30", 50.0), ("60", 100.0)]
        assert bars_of(shares([240, 210], [410, 400]))[0].words == "about 210 of about 400"
        assert bars_of(panel([5] * 13)) == [] and len(bars_of(shares([50] * 13, [90] * 13, "survey"))) == MONTHS_LISTED
