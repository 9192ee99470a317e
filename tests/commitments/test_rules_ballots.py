"""Slips that say nothing of who filled them in, and counts that say nothing of a few."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.commitments.rules.ballots import Say, is_open, read_text, shown
from portal.core.codes import CODE_LENGTH, CODE_LETTERS


@given(
    st.text(alphabet=CODE_LETTERS, min_size=CODE_LENGTH, max_size=CODE_LENGTH),
    st.lists(st.sampled_from("0123"), min_size=1),
)
def test_a_text_is_read_with_and_without_spaces(code: str, figures: list[str]) -> None:
    for gap in ("", " "):
        heard = read_text(f"{code[:4]}-{code[4:]} {gap.join(figures)}")
        assert heard is not None
        assert heard.code == code
        assert len(heard.says) == len(figures)


def test_the_figures_are_those_of_the_slip() -> None:
    heard = read_text("k7f2-qd3m 1 2 3 0")
    assert heard is not None
    assert heard.says == (Say.KEPT, Say.PARTLY, Say.BROKEN, Say.UNSURE)


@pytest.mark.parametrize(
    "text", ["they sell on the corner", "k7f2-qd3m", "k7f2-qd3m 7", "meet 4821 3", "k7f2 qd3a 1", "stop", "1 2 3", ""]
)
def test_what_is_not_a_slip_is_left_to_others(text: str) -> None:
    assert read_text(text) is None


def test_the_last_day_counts() -> None:
    first, last = date(2026, 5, 1), date(2026, 5, 20)
    assert [is_open(first, last, date(2026, 5, day)) for day in (1, 20, 21)] == [True, True, False]
    assert not is_open(first, last, date(2026, 4, 30))


def test_fewer_than_ten_answers_are_not_shown() -> None:
    assert shown({Say.KEPT: 9}) is None


def test_ten_of_one_mind_are_shown() -> None:
    told = shown({Say.KEPT: 10})
    assert told is not None
    assert dict(told.rows) == {Say.KEPT: 10, Say.PARTLY: 0, Say.BROKEN: 0, Say.UNSURE: 0}
    assert told.total == 10


def test_a_small_count_never_stands_there_and_never_alone() -> None:
    told = shown({Say.KEPT: 30, Say.PARTLY: 12, Say.BROKEN: 3})
    assert told is not None
    assert dict(told.rows) == {Say.KEPT: 30, Say.PARTLY: None, Say.BROKEN: None, Say.UNSURE: 0}


@pytest.mark.parametrize("total", [10, 11, 14, 19, 25])
def test_who_knows_the_rule_and_every_other_number_cannot_narrow_down_a_hidden_one(total: int) -> None:
    """Every table with this sum is published; each hidden count can still be one of four at least."""
    pages: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(total + 1), repeat=len(Say)):
        if sum(counts) == total:
            pages[shown(dict(zip(Say, counts, strict=True)))].append(counts)
    for page, tables in pages.items():
        assert page is not None
        for place, (_say, count) in enumerate(page.rows):
            if count is None:
                values = {table[place] for table in tables}
                assert len(values) >= 4, (page, values)


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_by_the_sum_alone_a_hidden_count_can_be_anything_from_1_to_9(counts: list[int]) -> None:
    full = dict(zip(Say, counts, strict=True))
    told = shown(full)
    hidden = [full[say] for say, count in told.rows if count is None] if told else []
    assert not hidden or (len(hidden) >= 2 and sum(hidden) >= 10)
    assert not told or not any(count is not None and 0 < count < 10 for _say, count in told.rows)
