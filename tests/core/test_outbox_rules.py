"""What happens next to a message and how fast they go, decided without any database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.core.jobs import retries
from portal.core.jobs.pacing import LOAN_SECONDS, NO_WAIT, Bucket, Priority, capacity, refilled, take
from portal.core.jobs.retries import DeliveryState, Failed, Retry, RetryStep, Sent, Unknown

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def after(outcome, attempts=1, first_tried_at=NOON, chance=0.5):
    return retries.after_sending(outcome, attempts, first_tried_at, NOON, chance)


def test_sent_is_the_end():
    assert after(Sent("SM1")) == RetryStep(DeliveryState.SENT, provider_id="SM1")


def test_failed_is_the_end():
    assert after(Failed("landline", 30006)) == RetryStep(DeliveryState.FAILED, failure="landline")


def test_a_provider_that_knows_of_an_opt_out_suppresses():
    assert after(Failed("opted out", 21610, opted_out=True)).state is DeliveryState.SUPPRESSED


def test_retry_waits():
    assert after(Retry("busy")) == RetryStep(DeliveryState.DUE, due_at=NOON + 30 * SECOND, failure="busy")


def test_waiting_doubles_up_to_an_hour():
    seconds = [retries.wait(attempts, 0.5).total_seconds() for attempts in (1, 2, 3, 4, 8, 9, 99)]
    assert seconds == [30, 60, 120, 240, 3600, 3600, 3600]


@given(attempts=st.integers(1, 200), chance=st.floats(0, 1, exclude_max=True))
def test_jitter_stays_within_a_quarter(attempts, chance):
    middle = retries.wait(attempts, 0.5)
    assert 0.75 * middle <= retries.wait(attempts, chance) <= 1.25 * middle


def test_some_errors_are_tried_three_times_only():
    assert after(Retry("unknown carrier error", 30008, few=True), attempts=2).state is DeliveryState.DUE
    assert after(Retry("unknown carrier error", 30008, few=True), attempts=3).state is DeliveryState.FAILED


def test_after_a_day_it_is_given_up():
    yesterday = NOON - timedelta(hours=24)
    assert after(Retry("busy"), attempts=20, first_tried_at=yesterday + SECOND).state is DeliveryState.DUE
    assert after(Retry("busy"), attempts=20, first_tried_at=yesterday).state is DeliveryState.FAILED


def test_unknown_is_never_due_again_without_asking():
    long_ago = NOON - timedelta(days=30)
    assert after(Unknown("timeout"), attempts=99, first_tried_at=long_ago).state is DeliveryState.UNKNOWN


def test_asked_and_found_is_sent():
    assert retries.after_asking("SM1", NOON, NOON) == RetryStep(DeliveryState.SENT, provider_id="SM1")


def test_asked_and_not_found_is_due_at_once():
    assert retries.after_asking(None, NOON, NOON) == RetryStep(DeliveryState.DUE, due_at=NOON)


def test_asked_and_not_found_after_day_is_given_up():
    assert retries.after_asking(None, NOON - timedelta(days=2), NOON).state is DeliveryState.FAILED


def test_no_answer_is_asked_again():
    step = retries.after_no_answer(NOON, NOON, 0.5)
    assert step == RetryStep(DeliveryState.UNKNOWN, due_at=NOON + timedelta(minutes=2))


def test_no_answer_for_a_day_is_never_known():
    assert retries.after_no_answer(NOON - timedelta(days=1), NOON, 0.5) == RetryStep(
        DeliveryState.FAILED, failure="never known"
    )


def test_stale_from_the_moment_on():
    assert [
        (send_before, stale)
        for send_before, stale in ((None, False), (NOON + SECOND, False), (NOON, True))
        if retries.is_stale(send_before, NOON) is not stale
    ] == []


def test_the_provider_may_try_until_the_text_is_stale():
    assert retries.valid_for(NOON + timedelta(minutes=20), NOON) == timedelta(minutes=20)
    assert retries.valid_for(None, NOON) == timedelta(hours=4)


def test_a_lease_outlasts_every_wait_for_a_provider():
    assert timedelta(seconds=60) <= retries.LEASE


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
def test_danger_never_waits_and_is_paid_for_by_others(rate: float, level: float, cost: int) -> None:
    before = Bucket(min(level, capacity(rate)), BEGAN)
    assert take(before, rate, BEGAN, cost, Priority.URGENT) == (Bucket(before.level - cost, BEGAN), NO_WAIT)


def test_a_clock_that_goes_back_fills_no_bucket() -> None:
    bucket = Bucket(0, BEGAN)
    earlier = refilled(bucket, 5, BEGAN - timedelta(hours=1))
    assert earlier == bucket
    assert refilled(earlier, 5, BEGAN + timedelta(seconds=1)).level == 5
