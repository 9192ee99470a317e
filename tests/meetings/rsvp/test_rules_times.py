"""How long offers last, when people are written to, until when they are asked again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.hours import WAKING, next_waking
from portal.meetings.rsvp.reminder_times import (
    LAST_OFFER,
    SHORTEST_OFFER,
    after_waking,
    ask_by,
    host_told_at,
    is_last_day,
    offer_until,
    takes_answers,
)

ZONE = ZoneInfo("America/New_York")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("made", "ends"),
    [
        (at(1, 8), at(1, 20)),
        (at(1, 9), at(1, 21)),
        (at(1, 18), at(2, 17)),
        (at(1, 23), at(2, 20)),
        (at(2, 3), at(2, 20)),
    ],
)
def test_an_offer_lasts_twelve_hours_in_which_people_are_awake(made: datetime, ends: datetime) -> None:
    assert offer_until(made.astimezone(UTC), at(20, 18), ZONE, WAKING) == ends


def test_every_offer_ends_two_hours_before_and_none_is_made_too_late() -> None:
    assert offer_until(at(1, 12), at(1, 18), ZONE, WAKING) == at(1, 16)
    assert offer_until(at(1, 15, 30), at(1, 18), ZONE, WAKING) == at(1, 16)
    assert offer_until(at(1, 15, 31), at(1, 18), ZONE, WAKING) is None
    assert offer_until(at(1, 19), at(1, 18), ZONE, WAKING) is None


@given(moments, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_offers_always_end(now: datetime, ahead: timedelta) -> None:
    until = offer_until(now, now + ahead, ZONE, WAKING)
    if until is None:
        assert ahead - LAST_OFFER < SHORTEST_OFFER
    else:
        assert now + SHORTEST_OFFER <= until <= now + ahead - LAST_OFFER
        assert until - now <= timedelta(hours=24)


@given(moments)
def test_nobody_is_written_to_at_night(now: datetime) -> None:
    told = next_waking(now, ZONE, WAKING)
    assert 8 <= told.astimezone(ZONE).hour < 21
    assert timedelta(0) <= told - now <= timedelta(hours=12)
    if 8 <= now.astimezone(ZONE).hour < 21:
        assert told == now


def test_the_night_of_the_change_of_clocks_is_a_night() -> None:
    # On March 8, 2026 the clocks go forward: the offer of 8 pm still has its 11 hours in the morning.
    made = datetime(2026, 3, 7, 20, tzinfo=ZONE)
    assert after_waking(made.astimezone(UTC), timedelta(hours=12), ZONE, WAKING) == datetime(
        2026, 3, 8, 19, tzinfo=ZONE
    )


def test_answers_are_taken_until_the_hour_that_was_said() -> None:
    starts = at(10, 18)
    assert takes_answers(starts, 0, at(10, 17, 59))
    assert not takes_answers(starts, 0, starts)
    assert takes_answers(starts, 24, at(9, 17))
    assert not takes_answers(starts, 24, at(9, 18))


def test_the_last_day() -> None:
    assert is_last_day(at(10, 18), at(9, 18))
    assert not is_last_day(at(10, 18), at(9, 17, 59))


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (at(8, 12), at(9, 8)),
        (at(8, 23), at(9, 8)),
        (at(9, 2), at(9, 8)),
        # The morning of the day itself leaves time; once it is over only now does.
        (at(9, 20), at(10, 8)),
        (at(10, 7), at(10, 8)),
        (at(10, 9), at(10, 9)),
        (at(10, 18), None),
    ],
)
def test_the_host_reads_of_the_line_in_the_morning(now: datetime, told: datetime | None) -> None:
    assert host_told_at(at(10, 18), now, ZONE, WAKING) == told


def test_the_host_of_a_breakfast_reads_of_the_line_the_evening_before() -> None:
    assert host_told_at(at(10, 9), at(9, 20), ZONE, WAKING) == at(9, 20)
    assert host_told_at(at(10, 9), at(9, 22), ZONE, WAKING) == at(10, 8)


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
