"""Which reminder of a day is due when."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.reminders import Due, Nearness, code_from, figures_in, last_day, nearness

DAY = date(2026, 6, 20)
LONG_BEFORE = DAY - timedelta(days=60)


def before(days: int) -> date:
    return DAY - timedelta(days=days)


def test_a_week_before_the_day_before_and_when_it_is_late() -> None:
    assert [
        (days, expected)
        for days, expected in (
            (8, None),
            (7, Nearness.WEEK),
            (2, Nearness.WEEK),
            (1, Nearness.EVE),
            (0, Nearness.EVE),
            (-1, Nearness.LATE),
            (-14, Nearness.LATE),
            (-15, None),
        )
        if nearness(DAY, LONG_BEFORE, before(days)) is not expected
    ] == []


def test_who_named_the_day_this_week_is_not_told_that_it_is_a_week_away() -> None:
    assert nearness(DAY, before(7), before(6)) is None
    assert nearness(DAY, before(5), before(3)) is None
    assert nearness(DAY, before(8), before(7)) is Nearness.WEEK


def test_who_named_it_today_is_not_reminded_today() -> None:
    assert nearness(DAY, before(1), before(1)) is None
    assert nearness(DAY, before(1), DAY) is Nearness.EVE
    assert nearness(DAY, before(0), before(-1)) is Nearness.LATE


def test_a_reminder_is_useless_after_its_day_and_news_of_being_late_the_day_after() -> None:
    def due(days: int) -> Due:
        return Due(before(days), "promise 1", Nearness.WEEK, 1)

    assert last_day([due(-5)], DAY) == DAY + timedelta(days=1)
    assert last_day([due(0)], DAY) == DAY
    assert last_day([due(3)], DAY) == DAY + timedelta(days=1)
    assert last_day([due(3), due(0)], DAY) == DAY


@given(st.binary(min_size=8, max_size=32))
def test_a_code_is_six_figures_however_it_is_typed(digest: bytes) -> None:
    code = code_from(digest)
    assert len(code) == 6
    assert figures_in(f" {code[:3]}-{code[3:]} ") == code
