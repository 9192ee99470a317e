"""Which months have a page, and what a month looks like."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.meetings.readiness import MONTHS_SHOWN, has_page, month_after, month_named, weeks_of

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("2026-12", date(2026, 12, 1)),
        ("2027-11", date(2027, 11, 1)),
        ("2025-11", date(2025, 11, 1)),
        *(
            (name, None)
            for name in ("2027-12", "2025-10", "2026-13", "2026-00", "2026-1", "26-12", "2026-12x", "٢٠٢٦-١٢")
        ),
    ],
)
def test_only_months_near_today_have_a_page(name: str, first: date | None) -> None:
    assert month_named(name, TODAY) == first


@given(st.dates(date(2010, 1, 1), date(2090, 1, 1)))
def test_a_robot_that_follows_the_links_comes_to_an_end(today: date) -> None:
    for step in (1, -1):
        month, pages = today.replace(day=1), 0
        while has_page(month, today):
            month, pages = month_after(month, step), pages + 1
        assert pages == MONTHS_SHOWN + 1


@given(st.dates())
def test_the_month_after_and_the_one_before_undo_each_other(day: date) -> None:
    month = day.replace(day=1)
    if (month.year, month.month) not in ((1, 1), (9999, 12)):
        assert month_after(month_after(month), -1) == month_after(month_after(month, -1)) == month


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_every_day_stands_once_under_its_name(day: date) -> None:
    weeks = weeks_of(day.replace(day=1))
    days = [found for week in weeks for found in week if found]
    assert [found.day for found in days] == list(range(1, len(days) + 1))
    assert {len(week) for week in weeks} == {7}
    assert all(found is None or found.isoweekday() % 7 == place for week in weeks for place, found in enumerate(week))
