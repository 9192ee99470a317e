"""What is on the same evening, and which evenings are free."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.meetings.evenings import (
    DAYS_AROUND,
    NOTICE,
    SUGGESTED,
    BusyKind,
    BusySpan,
    TimeSpan,
    each_week,
    free_days,
    in_the_way,
    overlap,
    span_on,
)

NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 12, 2, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
LENGTHS = st.timedeltas(timedelta(minutes=1), timedelta(hours=30))


@st.composite
def spans(draw: st.DrawFn) -> TimeSpan:
    starts = draw(MOMENTS)
    return TimeSpan(starts, starts + draw(LENGTHS))


def busy(starts: float, ends: float, kind: BusyKind = BusyKind.WORSHIP, **given: bool) -> BusySpan:
    return BusySpan(NOON + starts * HOUR, NOON + ends * HOUR, kind, "Grace Chapel", **given)


@given(spans(), spans(), st.timedeltas(timedelta(0), timedelta(hours=5)))
def test_meeting_each_other_is_mutual(one: TimeSpan, other: TimeSpan, near: timedelta) -> None:
    assert overlap(one, other, near) == overlap(other, one, near)
    assert overlap(one, one)
    if overlap(one, other):
        assert overlap(one, other, near)
    gap = max(one.starts, other.starts) - min(one.ends, other.ends)
    assert overlap(one, other, near) == (gap < near)


@given(spans(), spans())
def test_it_is_the_moment_that_counts_and_no_zone(one: TimeSpan, other: TimeSpan) -> None:
    local = TimeSpan(other.starts.astimezone(NEW_YORK), other.ends.astimezone(NEW_YORK))
    assert overlap(one, other) == overlap(one, local)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (busy(0, 1), True),
        (busy(-2, -1), False),
        (busy(-1.5, -0.5), True),
        (busy(2, 3), True),
        (busy(3, 4), False),
        (busy(4, 5, BusyKind.MEETING), True),
        (busy(5, 6, BusyKind.MEETING), False),
        (busy(2, 26, BusyKind.HOLIDAY, whole_day=True), False),
        (busy(-12, 12, BusyKind.HOLIDAY, whole_day=True), True),
    ],
)
def test_some_things_are_in_the_way_earlier_than_others(held: BusySpan, wanted: bool) -> None:
    assert bool(in_the_way(TimeSpan(NOON, NOON + 2 * HOUR), [held])) is wanted


def test_the_day_comes_first_then_the_hours() -> None:
    held = [busy(1, 2), busy(-12, 12, BusyKind.HOLIDAY, whole_day=True), busy(0, 1), busy(0, 1)]
    assert in_the_way(TimeSpan(NOON, NOON + HOUR), held) == (held[1], held[2], held[0])


def taken(*days: date) -> object:
    def busy_on(span: TimeSpan) -> Sequence[BusySpan]:
        return [busy(0, 1)] if span.starts.astimezone(NEW_YORK).date() in days else []

    return busy_on


def test_the_three_nearest_free_evenings() -> None:
    wanted, hours = date(2026, 12, 16), (time(18, 30), time(20))
    assert free_days(wanted, hours, taken(), NOON, NEW_YORK) == [date(2026, 12, day) for day in (15, 17, 18)]
    full = taken(date(2026, 12, 17), date(2026, 12, 15))
    assert free_days(wanted, hours, full, NOON, NEW_YORK) == [date(2026, 12, day) for day in (14, 18, 19)]
    soon = free_days(date(2026, 12, 4), hours, taken(), NOON, NEW_YORK)
    assert soon == [date(2026, 12, day) for day in (5, 6, 7)], "nobody can come tomorrow"
    assert free_days(wanted, hours, lambda _span: [busy(0, 1)], NOON, NEW_YORK) == []


@given(
    st.dates(date(2026, 12, 1), date(2027, 12, 31)),
    st.sets(st.dates(date(2026, 11, 1), date(2028, 1, 31)), max_size=30),
    st.times(),
)
def test_a_free_evening_is_free_ahead_near_and_as_long_as_wanted(wanted: date, full: set[date], clock: time) -> None:
    hours = clock.replace(second=0, microsecond=0), time(23, 59)
    busy_on = taken(*full)
    found = free_days(wanted, hours, busy_on, NOON, NEW_YORK)
    assert found == sorted(set(found))
    assert len(found) <= SUGGESTED
    for day in found:
        span = span_on(day, *hours, NEW_YORK)
        assert span is not None
        assert not busy_on(span)
        assert span.starts >= NOON + NOTICE
        assert 1 <= abs((day - wanted).days) <= DAYS_AROUND


def test_an_hour_that_the_clocks_leave_out_is_no_evening() -> None:
    assert span_on(date(2027, 3, 14), time(2, 30), time(4), NEW_YORK) is None
    assert span_on(date(2027, 3, 13), time(4), time(2, 30), NEW_YORK) is None


def test_weekly_hours_stay_at_nine_when_the_clocks_change() -> None:
    found = each_week(6, (time(9), time(12)), date(2026, 10, 25), date(2026, 11, 8), NEW_YORK)
    assert [f"{one.starts.astimezone(UTC):%m-%d %H}" for one in found] == ["10-25 13", "11-01 14", "11-08 14"]
    left_out = each_week(6, (time(2, 30), time(4)), date(2027, 3, 8), date(2027, 3, 21), NEW_YORK)
    assert [one.starts.astimezone(NEW_YORK).date() for one in left_out] == [date(2027, 3, 21)]
