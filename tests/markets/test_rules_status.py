"""A place moves along one way, and back to slipping from anywhere it holds."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.markets.status import NEXT, Status, has_held, may_follow, offered, problems

LINE = [Status.MESSAGE_DELIVERED, Status.HOLDING, Status.HELD_12, Status.HELD_24, Status.HELD_36, Status.GRADUATED]


def test_the_message_comes_first() -> None:
    assert [status for status in Status if may_follow(None, status)] == [Status.MESSAGE_DELIVERED]


@pytest.mark.parametrize(("before", "after"), list(pairwise(LINE)))
def test_the_line_can_be_walked(before: Status, after: Status) -> None:
    assert may_follow(before, after)


@given(st.sampled_from(Status))
def test_from_every_standing_but_slipping_itself_a_place_can_slip(status: Status) -> None:
    if status is not Status.SLIPPING:
        assert may_follow(status, Status.SLIPPING)


def test_out_of_slipping_leads_only_recovering() -> None:
    assert NEXT[Status.SLIPPING] == {Status.RECOVERING}


@given(st.sampled_from(Status))
def test_nothing_goes_back_to_the_message_and_nothing_is_closed_on_day_one(status: Status) -> None:
    assert may_follow(status, Status.MESSAGE_DELIVERED) == (status is Status.MESSAGE_DELIVERED)
    assert not may_follow(Status.MESSAGE_DELIVERED, Status.GRADUATED)


@pytest.mark.parametrize(
    ("since", "on", "status", "enough"),
    [
        (date(2025, 3, 4), date(2026, 3, 3), Status.HELD_12, False),
        (date(2025, 3, 4), date(2026, 3, 4), Status.HELD_12, True),
        (date(2024, 3, 31), date(2026, 3, 30), Status.HELD_24, False),
        (date(2025, 3, 4), date(2025, 3, 5), Status.HOLDING, True),
    ],
)
def test_months_are_counted_to_the_day(since: date, on: date, status: Status, enough: bool) -> None:
    assert has_held(since, on, status) is enough


def test_twelve_months_are_offered_once_they_have_passed() -> None:
    history = [("holding", date(2025, 11, 25)), ("message_delivered", date(2025, 11, 1))]
    assert offered(history, date(2026, 11, 24)) == [Status.HOLDING, Status.SLIPPING]
    assert offered(history, date(2026, 11, 25)) == [Status.HOLDING, Status.SLIPPING, Status.HELD_12]
    assert offered([], date(2026, 11, 24)) == [Status.MESSAGE_DELIVERED]


def test_all_that_is_wrong_is_named() -> None:
    history, today = [("holding", date(2026, 1, 1))], date(2026, 11, 24)
    assert problems(history, Status.HELD_24, date(2025, 1, 1), today, today) == [
        "status_order",
        "status_review",
        "status_since",
    ]
    assert problems(history, Status.SLIPPING, None, None, today) == []
