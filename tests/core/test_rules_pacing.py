"""The token bucket of a number: what carriers take is never exceeded, and the urgent never wait for the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.core.jobs.pacing import LOAN_SECONDS, NO_WAIT, Bucket, Priority, capacity, refilled, take

BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
rates = st.floats(0.1, 200)
costs = st.integers(1, 10)
paced = st.sampled_from([priority for priority in Priority if priority is not Priority.URGENT])
steps = st.lists(st.tuples(st.floats(0, 20), costs, paced), max_size=40)


def full(rate: float) -> Bucket:
    return Bucket(capacity(rate), BEGAN)


@given(rates, steps)
def test_never_more_than_the_carriers_take(rate: float, asked: list[tuple[float, int, Priority]]) -> None:
    bucket, moment, taken = full(rate), BEGAN, 0
    for pause, cost, priority in asked:
        moment += timedelta(seconds=pause)
        bucket, wait = take(bucket, rate, moment, cost, priority)
        taken += cost if wait == NO_WAIT else 0
        seconds = (moment - BEGAN).total_seconds()
        # The bucket, what was refilled, what dialogue may borrow, and one message larger than the bucket.
        assert taken <= capacity(rate) + rate * (seconds + LOAN_SECONDS) + 10 + 1e-3
        assert bucket.level <= capacity(rate)


@given(rates, st.floats(-500, 2000), costs)
def test_what_is_more_urgent_never_waits_longer(rate: float, level: float, cost: int) -> None:
    bucket = Bucket(min(level, capacity(rate)), BEGAN)
    waits = [take(bucket, rate, BEGAN, cost, priority)[1] for priority in sorted(Priority)]
    assert waits == sorted(waits)


@given(rates, st.floats(-500, 2000), costs, paced)
def test_after_the_wait_it_may_go(rate: float, level: float, cost: int, priority: Priority) -> None:
    bucket, wait = take(Bucket(min(level, capacity(rate)), BEGAN), rate, BEGAN, cost, priority)
    later = BEGAN + wait + timedelta(milliseconds=1)
    assert wait == NO_WAIT or take(bucket, rate, later, cost, priority)[1] == NO_WAIT


@given(rates, costs, paced)
def test_whoever_waits_takes_nothing(rate: float, cost: int, priority: Priority) -> None:
    empty = Bucket(-rate * 100 - 100, BEGAN)
    bucket, wait = take(empty, rate, BEGAN, cost, priority)
    assert wait > NO_WAIT
    assert bucket == empty


@given(rates, costs)
def test_announcements_leave_room_for_a_reminder_of_their_size(rate: float, cost: int) -> None:
    bucket = full(rate)
    while True:
        bucket, wait = take(bucket, rate, BEGAN, 1, Priority.ANNOUNCEMENT)
        if wait != NO_WAIT:
            break
    assert bucket.level >= capacity(rate) / 2 - 1 - 1e-6
    assert take(bucket, rate, BEGAN, cost, Priority.DIALOGUE)[1] == NO_WAIT or cost > rate * LOAN_SECONDS


@given(rates, st.floats(-500, 2000), costs)
def test_an_answer_to_danger_never_waits_and_is_paid_for_by_the_others(rate: float, level: float, cost: int) -> None:
    before = Bucket(min(level, capacity(rate)), BEGAN)
    assert take(before, rate, BEGAN, cost, Priority.URGENT) == (Bucket(before.level - cost, BEGAN), NO_WAIT)


def test_a_clock_that_goes_back_fills_no_bucket() -> None:
    bucket = Bucket(0, BEGAN)
    earlier = refilled(bucket, 5, BEGAN - timedelta(hours=1))
    assert earlier == bucket
    assert refilled(earlier, 5, BEGAN + timedelta(seconds=1)).level == 5
