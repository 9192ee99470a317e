"""Slips that say nothing of who filled them in, and counts that say nothing of a few."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.commitments.ballots import BallotChoice, is_only_answers, is_open, says_of, shown


@given(st.lists(st.sampled_from("0123"), min_size=1))
def test_figures_are_read_with_and_without_spaces(figures: list[str]) -> None:
    for gap in ("", " "):
        heard = says_of(gap.join(figures), len(figures))
        assert heard is not None
        assert len(heard) == len(figures)


@pytest.mark.parametrize(
    "rest",
    [
        "1 2 3 0",
        "kept , partly , not kept , dont know",
        "yes in part no not sure",
        "cumplido a medias no cumplido no se",
        "si en parte no , no lo se",
        "se cumplio , a medias , no se cumplio , no se",
        "1 cumplido 2 a medias 3 incumplido 4 no se",
    ],
)
def test_the_figures_and_words_are_those_of_the_slip(rest: str) -> None:
    assert says_of(rest, 4) == (BallotChoice.KEPT, BallotChoice.PARTLY, BallotChoice.BROKEN, BallotChoice.UNSURE)


@pytest.mark.parametrize("rest", ["they sell on the corner", "7", "kept 1", "kept they lie", "si y no", ""])
def test_what_says_more_is_not_guessed_at(rest: str) -> None:
    assert [says_of(rest, promises) for promises in range(1, 10)] == [None] * 9
    assert not is_only_answers(rest)


def test_kept_partly_is_one_answer_or_two() -> None:
    assert says_of("kept partly", 1) == (BallotChoice.PARTLY,)
    assert says_of("kept partly", 2) == (BallotChoice.KEPT, BallotChoice.PARTLY)
    assert says_of("cumplido a medias , incumplido", 2) == (BallotChoice.PARTLY, BallotChoice.BROKEN)
    assert says_of("cumplido a medias incumplido", 3) == (BallotChoice.KEPT, BallotChoice.PARTLY, BallotChoice.BROKEN)


@pytest.mark.parametrize("rest", ["not kept", "no cumplido", "no se cumplio"])
def test_not_kept_is_never_read_as_two(rest: str) -> None:
    assert says_of(rest, 1) == (BallotChoice.BROKEN,)
    assert says_of(rest, 2) is None
    assert is_only_answers(rest)


def test_the_last_day_counts() -> None:
    first, last = date(2026, 5, 1), date(2026, 5, 20)
    assert [is_open(first, last, date(2026, 5, day)) for day in (1, 20, 21)] == [True, True, False]
    assert not is_open(first, last, date(2026, 4, 30))


def test_fewer_than_ten_answers_are_not_shown() -> None:
    assert shown({BallotChoice.KEPT: 9}) is None


def test_ten_of_one_mind_are_shown() -> None:
    told = shown({BallotChoice.KEPT: 10})
    assert told is not None
    assert dict(told.rows) == {
        BallotChoice.KEPT: 10,
        BallotChoice.PARTLY: 0,
        BallotChoice.BROKEN: 0,
        BallotChoice.UNSURE: 0,
    }
    assert told.total == 10


def test_a_small_count_never_stands_there_and_never_alone() -> None:
    told = shown({BallotChoice.KEPT: 30, BallotChoice.PARTLY: 12, BallotChoice.BROKEN: 3})
    assert told is not None
    assert dict(told.rows) == {
        BallotChoice.KEPT: 30,
        BallotChoice.PARTLY: None,
        BallotChoice.BROKEN: None,
        BallotChoice.UNSURE: 0,
    }


@pytest.mark.parametrize("total", [10, 11, 14, 19, 25])
def test_who_knows_the_rule_and_every_other_number_cannot_narrow_down_a_hidden_one(total: int) -> None:
    """Every table with this sum is published; each hidden count can still be one of four at least."""
    pages: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(total + 1), repeat=len(BallotChoice)):
        if sum(counts) == total:
            pages[shown(dict(zip(BallotChoice, counts, strict=True)))].append(counts)
    for page, tables in pages.items():
        assert page is not None
        for place, (_say, count) in enumerate(page.rows):
            if count is None:
                values = {table[place] for table in tables}
                assert len(values) >= 4, (page, values)


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_by_the_sum_alone_a_hidden_count_can_be_anything_from_1_to_9(counts: list[int]) -> None:
    full = dict(zip(BallotChoice, counts, strict=True))
    told = shown(full)
    hidden = [full[say] for say, count in told.rows if count is None] if told else []
    assert not hidden or (len(hidden) >= 2 and sum(hidden) >= 10)
    assert not told or not any(count is not None and 0 < count < 10 for _say, count in told.rows)
