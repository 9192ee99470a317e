"""Weekly hours: how people write them, and when they are held, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.meetings.calendars.hours import NotUnderstood, Weekly, held, read_hours, restored, stored

ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("America/New_York", "America/Phoenix", "Europe/London", "Australia/Lord_Howe")]
)
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@st.composite
def weekly(draw: st.DrawFn) -> Weekly:
    starts, ends = sorted(draw(st.lists(CLOCKS, min_size=2, max_size=2, unique=True)))
    return Weekly(draw(st.integers(0, 6)), starts, ends if draw(st.booleans()) else time())


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Sunday 9–12, Wednesday 18–20", "2 18:00-20:00; 6 09:00-12:00"),
        ("domingos de 9 a 12; miércoles de 6 a 8 p. m.", "2 18:00-20:00; 6 09:00-12:00"),
        ("Sun 9-10, 11-12:30", "6 09:00-10:00; 6 11:00-12:30"),
        ("mon & fri 18:00—19:30", "0 18:00-19:30; 4 18:00-19:30"),
        ("Los SÁBADOS 18 a las 20", "5 18:00-20:00"),
        ("sun 11-1 pm", "6 11:00-13:00"),
        ("Tue 7pm to 9pm", "1 19:00-21:00"),
        ("Dom 10 a.m. – 12 p.m.\nJue 12pm-1:15pm", "3 12:00-13:15; 6 10:00-12:00"),
        ("sat 22-24", "5 22:00-00:00"),
        ("sun 06:00-07:00", "6 06:00-07:00"),
        ("Sunday: 9.30-10.15", "6 09:30-10:15"),
        ("Sunday 9-12, Sunday 9-12", "6 09:00-12:00"),
        ("", ""),
    ],
)
def test_people_write_hours_in_many_ways(typed: str, wanted: str) -> None:
    assert stored(read_hours(typed)) == wanted


@pytest.mark.parametrize(
    "typed",
    ["9-12", "Sunday", "Sunday 10", "Someday 9-12", "Sunday 12-9", "Sunday 25-26", "Sunday 13pm-2pm", "🙂", "-"],
)
def test_what_says_no_hours_is_given_back(typed: str) -> None:
    with pytest.raises(NotUnderstood) as raised:
        read_hours(f"Friday 18-20\n{typed}" if typed != "9-12" else typed)
    assert not raised.value.which_half
    assert raised.value.piece == typed.lower()


@pytest.mark.parametrize("typed", ["Wed 6-8", "miércoles de 7 a 9", "Sunday 1-3", "Sunday 6:30-8"])
def test_nobody_guesses_whether_it_is_morning_or_evening(typed: str) -> None:
    with pytest.raises(NotUnderstood) as raised:
        read_hours(typed)
    assert raised.value.which_half


def test_nobody_types_a_thousand_hours() -> None:
    with pytest.raises(NotUnderstood):
        read_hours(",".join(f"Sunday {hour}:{minute:02}-23:59" for hour in (8, 9) for minute in range(16)))


@given(st.text(max_size=300))
def test_no_text_breaks_it(typed: str) -> None:
    try:
        found = read_hours(typed)
    except NotUnderstood:
        return
    assert restored(stored(found)) == found


@given(st.lists(weekly(), max_size=8))
def test_what_is_stored_is_read_again(hours: list[Weekly]) -> None:
    assert restored(stored(hours)) == tuple(hours)


@given(ZONES, weekly(), DAYS, st.integers(0, 60))
def test_they_are_held_by_the_clock_on_the_wall(zone: ZoneInfo, hours: Weekly, first: date, days: int) -> None:
    last = first + timedelta(days=days)
    found = list(held([hours], first, last, zone))
    for starts, ends in found:
        local = starts.astimezone(zone)
        assert starts < ends
        assert first <= local.date() <= last
        assert local.weekday() == hours.weekday
        # An hour that does not exist on that day begins a bit later; no other does.
        assert local.time() == hours.starts or not _exists(zone, local.date(), hours.starts)
    assert len({starts.astimezone(zone).date() for starts, _ends in found}) == len(found)
    wanted = sum((first + timedelta(days=number)).weekday() == hours.weekday for number in range(days + 1))
    assert wanted - len(found) in (0, 1), "only in the night in which the clocks go forward may one fall out"


def _exists(zone: ZoneInfo, day: date, clock: time) -> bool:
    local = datetime.combine(day, clock, zone)
    return local.astimezone(UTC).astimezone(zone).time() == clock


def test_a_service_stays_at_nine_when_the_clocks_change() -> None:
    zone = ZoneInfo("America/New_York")
    found = [starts for starts, _ends in held(read_hours("Sunday 9-12"), date(2026, 10, 25), date(2026, 11, 8), zone)]
    assert [f"{one.astimezone(UTC):%m-%d %H}" for one in found] == ["10-25 13", "11-01 14", "11-08 14"]


def test_an_hour_that_is_left_out_begins_when_the_clocks_have_changed() -> None:
    zone = ZoneInfo("America/New_York")
    [(starts, ends)] = held(read_hours("Sunday 02:30-04:00"), date(2027, 3, 14), date(2027, 3, 14), zone)
    assert (starts.astimezone(zone).time(), ends.astimezone(zone).time()) == (time(3), time(4))
