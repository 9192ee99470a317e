"""Quarters: only those that are over are counted, and only those without a gap are summed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.home.quarters import Quarter, ended, last_ended, quarter_of, unbroken


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 1, 1), (2026, 1)),
        (date(2026, 3, 31), (2026, 1)),
        (date(2026, 4, 1), (2026, 2)),
        (date(2026, 12, 31), (2026, 4)),
    ],
)
def test_a_day_lies_in_one_quarter(day: date, quarter: tuple[int, int]) -> None:
    found = quarter_of(day)
    assert found == quarter
    assert found.first_day <= day <= found.last_day


@given(some.dates(date(2001, 1, 1), date(2900, 1, 1)))
def test_a_quarter_is_over_on_the_day_after_its_last(day: date) -> None:
    quarter = quarter_of(day)
    assert not quarter.is_over(day)
    assert not quarter.is_over(quarter.last_day)
    assert quarter.is_over(quarter.last_day + timedelta(days=1))
    assert quarter.next.before == quarter
    assert last_ended(day).next == quarter
    assert ended(day, 5) == sorted(ended(day, 5), reverse=True)


@pytest.mark.parametrize("quarter", [(1999, 4), (2025, 0), (2025, 5), (3000, 1), (2**62, 1), (0, 1)])
def test_what_is_no_quarter_of_ours_is_never_counted(quarter: tuple[int, int]) -> None:
    assert not Quarter(*quarter).is_over(date(2026, 1, 1))


def test_a_gap_ends_the_sum() -> None:
    counted = [Quarter(2025, 4), Quarter(2026, 1), Quarter(2025, 1), Quarter(2026, 2)]
    assert unbroken(counted) == [Quarter(2026, 2), Quarter(2026, 1), Quarter(2025, 4)]
    assert unbroken([]) == []
