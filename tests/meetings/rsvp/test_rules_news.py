"""When people are reminded, and what is taken back for what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.hours import WAKING, is_waking, last_waking, next_waking
from portal.meetings.rsvp.reminder_times import (
    CHOICES,
    USUAL,
    Reminder,
    RsvpNews,
    cannot_wait,
    read_choice,
    taken_back_by,
    windows,
    write_choice,
)

ZONE = ZoneInfo("America/New_York")
EVERY = tuple(Reminder)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        (at(8, 18), [("day", at(7, 17), at(7, 21)), ("hours", at(8, 16), at(8, 17, 30))]),
        (at(8, 10), [("day", at(7, 17), at(7, 21)), ("hours", at(8, 8), at(8, 9, 30))]),
        # It would ring at half past seven; and the evening before somebody is reminded already.
        (at(8, 9, 30), [("day", at(7, 17), at(7, 21))]),
        (at(8, 22, 30), [("day", at(7, 17), at(7, 21)), ("hours", at(8, 20, 30), at(8, 21))]),
        (at(8, 23, 30), [("day", at(7, 17), at(7, 21)), ("hours", at(8, 20), at(8, 21))]),
    ],
)
def test_reminders_come_the_day_before_and_two_hours_before(starts: datetime, expected: list[object]) -> None:
    found = [(one.reminder, one.opens, one.closes) for one in windows(starts, USUAL, ZONE, WAKING)]
    assert found == expected


def test_early_in_the_morning_the_evening_before_is_soon_enough() -> None:
    (only,) = windows(at(8, 8), [Reminder.HOURS], ZONE, WAKING)
    assert (only.opens, only.closes) == (at(7, 20), at(7, 21))


def test_none_and_all_can_be_chosen() -> None:
    assert windows(at(8, 18), (), ZONE, WAKING) == ()
    assert [one.reminder for one in windows(at(8, 18), EVERY, ZONE, WAKING)] == ["days", "day", "hours"]
    assert [write_choice(read_choice(choice)) for choice in CHOICES] == list(CHOICES)
    assert write_choice([Reminder.HOURS, Reminder.DAY]) == write_choice(USUAL) == "day,hours"


@given(moments, st.sets(st.sampled_from(EVERY)))
def test_nobody_is_reminded_at_night_or_after_the_start(starts: datetime, chosen: set[Reminder]) -> None:
    for one in windows(starts, chosen, ZONE, WAKING):
        assert one.opens < one.closes <= starts
        assert is_waking(one.opens, ZONE, WAKING)
        assert is_waking(one.closes - timedelta(seconds=1), ZONE, WAKING)


@given(moments)
def test_the_night_has_two_ends(moment: datetime) -> None:
    before, after = last_waking(moment, ZONE, WAKING), next_waking(moment, ZONE, WAKING)
    assert before <= moment <= after
    assert is_waking(after, ZONE, WAKING)
    assert is_waking(before - timedelta(seconds=1), ZONE, WAKING) or before == after
    assert (before == moment == after) or not is_waking(moment, ZONE, WAKING) or before == after
    assert after - before <= timedelta(hours=12)


@pytest.mark.parametrize(
    ("now", "waits"),
    [
        (at(7, 22), False),
        (at(8, 3), True),
        (at(7, 14), False),
        (at(8, 17), True),
    ],
)
def test_a_change_rings_at_night_only_on_the_same_day(now: datetime, waits: bool) -> None:
    assert cannot_wait(at(8, 18), now, ZONE, WAKING) == waits


def test_before_a_meeting_in_the_morning_the_night_is_all_there_is() -> None:
    assert cannot_wait(at(8, 9), at(7, 22), ZONE, WAKING)
    assert not cannot_wait(at(8, 12), at(7, 22), ZONE, WAKING)


@pytest.mark.parametrize("news", [*RsvpNews, *Reminder])
def test_a_change_takes_all_back_and_nothing_else_takes_a_change_back(news: RsvpNews | Reminder) -> None:
    taken = set(taken_back_by(news))
    if news is RsvpNews.CANCELLED:
        assert taken == {*RsvpNews, *Reminder}
    elif news is RsvpNews.MOVED:
        assert taken == {*RsvpNews, *Reminder} - {RsvpNews.WITHDRAWN}, (
            "that childcare is gone is no matter of hour or door"
        )
    else:
        assert not taken & {RsvpNews.MOVED, RsvpNews.CANCELLED}
        assert (RsvpNews.WITHDRAWN in taken) == (news is RsvpNews.WITHDRAWN)
