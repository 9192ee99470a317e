"""What a text of a slip may say, what grows when somebody answers, and what adds up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.indicators.surveys import ASKED, QUESTIONS, SKIPPED, SurveyQuestion, adds_up, counted, days_fit, says_of

TODAY = date(2026, 3, 1)


@given(st.lists(st.sampled_from("012"), min_size=3, max_size=3), st.sampled_from(["", " "]))
def test_figures_are_read_however_they_are_spaced(figures: list[str], gap: str) -> None:
    read = says_of(gap.join(figures))
    assert read is not None
    assert list(read.values()) == [{"1": True, "2": False, "0": None}[figure] for figure in figures]


@pytest.mark.parametrize("rest", ["yes no skip", "si no , prefiero no decirlo", "y n pass", "1 si 2 no 3 no se"])
def test_words_are_read_too(rest: str) -> None:
    assert says_of(rest) == {SurveyQuestion.AWARE: True, SurveyQuestion.SAFE: False, SurveyQuestion.TRUST: None}


def test_nothing_else_is_an_answer() -> None:
    for rest in ["", "1 2", "1 2 3", "1 2 1 1", "yes no", "yes no yes yes", "stop selling", "yes no 1"]:
        assert says_of(rest) is None


def test_who_answers_is_counted_once_and_a_yes_where_they_said_yes() -> None:
    assert counted({SurveyQuestion.AWARE: True, SurveyQuestion.SAFE: False, SurveyQuestion.TRUST: None}) == [
        ASKED,
        "aware",
        "trust_skip",
    ]
    assert counted({}) == [ASKED, *SKIPPED.values()]


@given(st.lists(st.integers(-2, 9), min_size=4, max_size=4), st.lists(st.integers(-1, 4), min_size=3, max_size=3))
def test_nobody_says_yes_or_skips_who_did_not_answer(numbers: list[int], skipped: list[int]) -> None:
    counts = dict(zip((ASKED, *QUESTIONS), numbers, strict=True)) | dict(zip(SKIPPED.values(), skipped, strict=True))
    pairs = zip(numbers[1:], skipped, strict=True)
    assert adds_up(counts) == all(min(pair) >= 0 and sum(pair) <= numbers[0] for pair in pairs)


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [(0, 0, True), (-5, 0, True), (-5, -1, False), (0, 60, True), (0, 61, False), (3, 2, False)],
)
def test_a_survey_has_an_end(first: int, last: int, fits: bool) -> None:
    assert days_fit(TODAY + timedelta(first), TODAY + timedelta(last), TODAY) is fits
