"""What people type into an answer, and its code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.meetings.rsvp.seats import LETTERS, by_band, free_letter, read_ages, write_ages


@pytest.mark.parametrize(
    ("typed", "ages"),
    [
        ("", ()),
        ("3", (3,)),
        ("11, 3 and 5", (3, 5, 11)),
        ("11,3 y 5", (3, 5, 11)),
        ("0 / 17", (0, 17)),
        ("4; 4.", (4, 4)),
    ],
)
def test_ages_are_read_as_people_write_them(typed: str, ages: tuple[int, ...]) -> None:
    assert read_ages(typed) == ages


@pytest.mark.parametrize("typed", ["three", "3 months", "18", "-2", "1,2,3,4,5,6,7,8,9", "٣", "3a"])
def test_what_is_no_age_is_told(typed: str) -> None:
    with pytest.raises(ValueError, match="not ages"):
        read_ages(typed)


@given(st.lists(st.integers(0, 17), max_size=8))
def test_ages_come_back(ages: list[int]) -> None:
    written = write_ages(sorted(ages))
    assert read_ages(written) == tuple(sorted(ages))
    assert len(written) <= 40
    assert sum(by_band(ages)) == len(ages)


def test_families_on_one_phone_get_letters() -> None:
    assert free_letter([]) == "A"
    assert free_letter(["A", "C", ""]) == "B"
    assert free_letter(LETTERS) is None
