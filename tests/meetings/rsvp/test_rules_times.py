"""When people are written to, until when they are asked again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.hours import WAKING, next_waking
from portal.meetings.rsvp.reminder_times import ask_by, takes_answers

ZONE = ZoneInfo("America/New_York")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=ZONE)


@given(moments)
def test_nobody_is_written_to_at_night(now: datetime) -> None:
    told = next_waking(now, ZONE, WAKING)
    assert 8 <= told.astimezone(ZONE).hour < 21
    assert timedelta(0) <= told - now <= timedelta(hours=12)
    if 8 <= now.astimezone(ZONE).hour < 21:
        assert told == now


def test_answers_are_taken_until_the_hour_that_was_said() -> None:
    starts = at(10, 18)
    assert takes_answers(starts, 0, at(10, 17, 59))
    assert not takes_answers(starts, 0, starts)
    assert takes_answers(starts, 24, at(9, 17))
    assert not takes_answers(starts, 24, at(9, 18))


@pytest.mark.parametrize(
    ("starts_on", "today", "until"),
    [
        # June 12, 2026 is a Friday.
        (date(2026, 6, 16), date(2026, 6, 9), date(2026, 6, 12)),
        (date(2026, 6, 13), date(2026, 6, 9), date(2026, 6, 12)),
        (date(2026, 6, 12), date(2026, 6, 1), date(2026, 6, 5)),
        # That Friday is over, or today: the day before must do.
        (date(2026, 6, 16), date(2026, 6, 12), date(2026, 6, 15)),
        (date(2026, 6, 16), date(2026, 6, 16), date(2026, 6, 16)),
    ],
)
def test_people_are_asked_again_by_the_friday_before(starts_on: date, today: date, until: date) -> None:
    assert ask_by(starts_on, today) == until
