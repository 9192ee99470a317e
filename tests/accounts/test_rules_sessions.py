"""When a sign-in ends."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.accounts.sign_in_rules import STAY, Ending, ending, to_the_minute, worth_noting

START = datetime(2026, 11, 24, 8, 30, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("whole", "away", "why"),
    [
        (STAY.idle - SECOND, STAY.idle - SECOND, None),
        (STAY.idle, STAY.idle, Ending.IDLE),
        (STAY.whole - SECOND, timedelta(0), None),
        (STAY.whole, timedelta(0), Ending.TOO_LONG),
        (STAY.whole, STAY.idle, Ending.TOO_LONG),
    ],
)
def test_idle_and_absolute_limit(whole: timedelta, away: timedelta, why: Ending | None) -> None:
    now = START + whole
    assert ending(START, now - away, START, now) is why


@pytest.mark.parametrize(("after", "why"), [(-SECOND, None), (timedelta(0), Ending.UNFINISHED)])
def test_the_second_factor_must_follow_soon(after: timedelta, why: Ending | None) -> None:
    now = START + STAY.second_factor + after
    assert ending(START, now, None, now) is why
    assert ending(START, now, START, now) is None


def test_seen_is_noted_once_a_minute() -> None:
    seen = to_the_minute(START)
    assert (seen.second, seen.minute) == (0, 30)
    assert not worth_noting(seen, START)
    assert not worth_noting(seen, seen + timedelta(seconds=59))
    assert worth_noting(seen, seen + timedelta(seconds=60))
