"""Months go on over the ends of years, and are written as programs read them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.indicators import measures

MONTHS = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(measures.month_of)


@given(MONTHS, st.integers(-900, 900))
def test_forth_and_back_is_where_it_began(month: date, steps: int) -> None:
    there = measures.plus(month, steps)
    assert measures.between(month, there) == steps
    assert measures.plus(there, -steps) == month


@given(MONTHS)
def test_what_is_written_is_read(month: date) -> None:
    assert measures.read(measures.written(month)) == month


def test_nothing_else_is_a_month() -> None:
    for text in ["", "2026", "2026-13", "2026-00", "26-01", "2026-1", "2026-01-01", "２０２６-01", "202x-01"]:
        with pytest.raises(ValueError):  # noqa: PT011 - what is said is for nobody
            measures.read(text)


def test_a_span_has_both_its_ends() -> None:
    months = measures.span(date(2025, 11, 1), date(2026, 1, 1))
    assert [measures.written(month) for month in months] == ["2025-11", "2025-12", "2026-01"]
    assert not list(measures.span(date(2026, 2, 1), date(2026, 1, 1)))
