"""A place moves along one way, and back to slipping from anywhere it holds."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.markets.rules.status import NEXT, Status, has_held, may_follow

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
