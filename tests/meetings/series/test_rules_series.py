"""Rhythms and what edits of many leave alone, against arithmetic that knows no recurrence rule."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st
from icalendar.prop import vRecur

from portal.meetings import series_rules
from portal.meetings.series_rules import Frequency, Rhythm, days_of, period_of, rehang, rhythm_named, rhythms_from

NEW_YORK = ZoneInfo("America/New_York")
ZONES = st.sampled_from([NEW_YORK, ZoneInfo("America/Phoenix"), ZoneInfo("America/Anchorage"), ZoneInfo("UTC")])
DAYS = st.dates(date(2024, 1, 1), date(2034, 12, 31))
YEAR = timedelta(days=366)


@st.composite
def beginnings(draw: st.DrawFn) -> tuple[Rhythm, date]:
    first = draw(DAYS)
    return draw(st.sampled_from(rhythms_from(first))), first


def belongs(rhythm: Rhythm, first: date, day: date) -> bool:
    """Whether a day is one of a rhythm, told from the calendar alone."""
    if day < first or day.weekday() != first.weekday():
        return False
    if rhythm.frequency is Frequency.WEEKLY:
        return (day - first).days % (7 * rhythm.interval) == 0
    months = (day.year - first.year) * 12 + day.month - first.month
    if rhythm.which == series_rules.LAST:
        return months % rhythm.interval == 0 and day.day + 7 > monthrange(day.year, day.month)[1]
    return months % rhythm.interval == 0 and (day.day - 1) // 7 + 1 == rhythm.which


@given(beginnings())
def test_the_days_of_a_rhythm_are_the_calendar_s(begun: tuple[Rhythm, date]) -> None:
    rhythm, first = begun
    every = [first + timedelta(days=number) for number in range(YEAR.days + 1)]
    assert list(days_of(rhythm, first, first + YEAR)) == [day for day in every if belongs(rhythm, first, day)]
    assert days_of(rhythm, first, first + YEAR)[0] == first


@given(beginnings(), st.integers(1, 60), st.integers(0, 400))
def test_an_end_only_takes_days_away(begun: tuple[Rhythm, date], times: int, length: int) -> None:
    rhythm, first = begun
    whole, until = days_of(rhythm, first, first + 5 * YEAR), first + timedelta(days=length)
    assert days_of(rhythm, first, first + 5 * YEAR, times=times) == whole[:times]
    assert days_of(rhythm, first, first + 5 * YEAR, until=until) == tuple(day for day in whole if day <= until)
    assert days_of(rhythm, first, first - timedelta(days=1)) == ()


@given(beginnings())
def test_a_rule_is_one_that_others_read(begun: tuple[Rhythm, date]) -> None:
    rhythm, first = begun
    assert Rhythm.from_rule(rhythm.rule) == rhythm
    assert rhythm_named(rhythm.key, first) == rhythm
    read = vRecur.from_ical(rhythm.rule)
    assert (read["FREQ"], read["INTERVAL"]) == ([rhythm.frequency.upper()], [rhythm.interval])
    assert len({one.key for one in rhythms_from(first)}) == len(rhythms_from(first))


def test_what_we_did_not_write_is_no_rule() -> None:
    for rule in ("", "FREQ=DAILY;INTERVAL=1;BYDAY=TU", "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;COUNT=3"):
        with pytest.raises(ValueError, match=r"rule|list"):
            Rhythm.from_rule(rule)


def test_the_last_of_a_month_is_offered_then() -> None:
    weekly = {"w1", "w2", "w3", "w4"}
    for first, monthly in ((date(2027, 1, 5), {"m1", "m2", "m3"}), (date(2027, 3, 30), {"m1l", "m2l", "m3l"})):
        assert {one.key for one in rhythms_from(first)} == weekly | monthly
    assert "m1l" in {one.key for one in rhythms_from(date(2027, 2, 23))}
    assert rhythm_named("m1l", date(2027, 1, 5)) is None


@given(zone=ZONES, begun=beginnings(), clock=st.times().map(lambda one: one.replace(microsecond=0)))
def test_the_wall_clock_shows_the_same_hour_all_year(zone: ZoneInfo, begun, clock: time) -> None:
    rhythm, first = begun
    for day in days_of(rhythm, first, first + YEAR):
        local = series_rules.moment_at(zone, day, clock).astimezone(zone)
        skipped = datetime.combine(day, clock, zone).astimezone(UTC).astimezone(zone).time() != clock
        assert local.date() == day or skipped
        assert local.time() == clock or skipped


SHAPES = st.fixed_dictionaries({name: st.integers(0, 2) for name in "abcd"})


@given(SHAPES, SHAPES, SHAPES)
def test_an_edit_of_many_touches_what_was_the_same(before, after, own) -> None:
    merged, kept = series_rules.merge(before, after, own)
    for name in own:
        is_theirs = before[name] != after[name] and own[name] == before[name]
        assert merged[name] == (after if is_theirs else own)[name]
        assert (name in kept) == (merged[name] != after[name] and before[name] != after[name])


SOME_DAYS = st.lists(st.dates(date(2027, 1, 1), date(2027, 4, 30)), unique=True, max_size=20)


@given(SOME_DAYS, SOME_DAYS, st.sampled_from(Frequency))
def test_every_old_date_has_one_fate(old, new, frequency: Frequency) -> None:
    found = rehang(old, new, frequency)
    came_from, went_to = ([pair[side] for pair in found.moved] for side in (0, 1))
    assert sorted((*found.kept, *came_from, *found.dropped)) == sorted(old)
    assert sorted((*found.kept, *went_to, *found.added)) == sorted(new)
    assert not set(went_to) & set(old)
    assert all(period_of(one, frequency) == period_of(other, frequency) for one, other in found.moved)
    # Nobody is told "canceled" while the same week or month gets a new date.
    assert not {period_of(day, frequency) for day in found.dropped} & {period_of(day, frequency) for day in found.added}


def test_tuesdays_that_become_thursdays_are_moved() -> None:
    tuesdays, thursdays = ([date(2027, 1, day) for day in days] for days in ((5, 12, 19), (7, 14, 21)))
    assert rehang(tuesdays, thursdays, Frequency.WEEKLY).moved == tuple(zip(tuesdays, thursdays, strict=True))
    monthly = rehang(tuesdays, [date(2027, 1, 13)], Frequency.MONTHLY)
    assert (monthly.moved, monthly.dropped) == (((tuesdays[1], date(2027, 1, 13)),), (tuesdays[0], tuesdays[2]))


def test_the_citys_own_days() -> None:
    assert series_rules.days_off(" 12-24 Christmas Eve|Nochebuena ;2027-03-26 Good Friday|Viernes Santo;") == (
        ("12-24", ("Christmas Eve", "Nochebuena")),
        ("2027-03-26", ("Good Friday", "Viernes Santo")),
    )
    assert series_rules.days_off("") == ()
