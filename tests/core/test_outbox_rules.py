"""What happens next to a message and how fast they go, decided without any database."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from portal.core.jobs import retries
from portal.core.jobs.retries import (
    LOAN_SECONDS,
    NO_WAIT,
    Bucket,
    DeliveryState,
    Failed,
    Priority,
    Retry,
    RetryStep,
    Sent,
    Unknown,
    capacity,
    refilled,
    take,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def after(outcome, attempts=1, first_tried_at=NOON, chance=0.5):
    return retries.after_sending(outcome, attempts, first_tried_at, NOON, chance)


def test_what_follows_an_answer():
    busy, few, yesterday = Retry("busy"), Retry("unknown carrier error", 30008, few=True), NOON - timedelta(hours=24)
    for outcome, attempts, first_tried_at, state in (
        (Sent("SM1"), 1, NOON, DeliveryState.SENT),
        (Failed("landline", 30006), 1, NOON, DeliveryState.FAILED),
        (Failed("opted out", 21610, opted_out=True), 1, NOON, DeliveryState.SUPPRESSED),
        # Some errors are tried three times only, others for a day.
        (few, 2, NOON, DeliveryState.DUE),
        (few, 3, NOON, DeliveryState.FAILED),
        (busy, 20, yesterday + SECOND, DeliveryState.DUE),
        (busy, 20, yesterday, DeliveryState.FAILED),
        # Never due again without asking.
        (Unknown("timeout"), 99, NOON - timedelta(days=30), DeliveryState.UNKNOWN),
    ):
        assert after(outcome, attempts, first_tried_at).state is state
    assert after(Sent("SM1")) == RetryStep(DeliveryState.SENT, provider_id="SM1")
    assert after(Failed("landline", 30006)) == RetryStep(DeliveryState.FAILED, failure="landline")
    assert after(busy) == RetryStep(DeliveryState.DUE, due_at=NOON + 30 * SECOND, failure="busy")


def test_waiting_doubles_up_to_an_hour():
    seconds = [retries.wait(attempts, 0.5).total_seconds() for attempts in (1, 2, 3, 4, 8, 9, 99)]
    assert seconds == [30, 60, 120, 240, 3600, 3600, 3600]


@given(attempts=st.integers(1, 200), chance=st.floats(0, 1, exclude_max=True))
def test_jitter_stays_within_a_quarter(attempts, chance):
    middle = retries.wait(attempts, 0.5)
    assert 0.75 * middle <= retries.wait(attempts, chance) <= 1.25 * middle


def test_what_follows_a_question():
    day, due = NOON - timedelta(days=1), NOON + timedelta(minutes=2)
    assert retries.after_asking("SM1", NOON, NOON) == RetryStep(DeliveryState.SENT, provider_id="SM1")
    assert retries.after_asking(None, NOON, NOON) == RetryStep(DeliveryState.DUE, due_at=NOON)
    assert retries.after_asking(None, day, NOON).state is DeliveryState.FAILED
    assert retries.after_no_answer(NOON, NOON, 0.5) == RetryStep(DeliveryState.UNKNOWN, due_at=due)
    assert retries.after_no_answer(day, NOON, 0.5) == RetryStep(DeliveryState.FAILED, failure="never known")


def test_stale_from_the_moment_on_and_valid_until_then():
    for send_before, stale in ((None, False), (NOON + SECOND, False), (NOON, True)):
        assert retries.is_stale(send_before, NOON) is stale
    assert retries.valid_for(NOON + timedelta(minutes=20), NOON) == timedelta(minutes=20)
    assert retries.valid_for(None, NOON) == timedelta(hours=4)
    # A lease outlasts every wait for a provider.
    assert timedelta(seconds=60) <= retries.LEASE


BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
rates = st.floats(0.1, 200)
costs = st.integers(1, 10)
paced = st.sampled_from([priority for priority in Priority if priority is not Priority.URGENT])
steps = st.lists(st.tuples(st.floats(0, 20), costs, paced), max_size=40)


def full(rate):
    return Bucket(capacity(rate), BEGAN)


@given(rates, steps)
def test_never_more_than_the_carriers_take(rate, asked):
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
def test_what_is_more_urgent_never_waits_longer(rate, level, cost):
    bucket = Bucket(min(level, capacity(rate)), BEGAN)
    waits = [take(bucket, rate, BEGAN, cost, priority)[1] for priority in sorted(Priority)]
    assert waits == sorted(waits)


@given(rates, st.floats(-500, 2000), costs, paced)
def test_after_the_wait_it_may_go(rate, level, cost, priority):
    bucket, wait = take(Bucket(min(level, capacity(rate)), BEGAN), rate, BEGAN, cost, priority)
    later = BEGAN + wait + timedelta(milliseconds=1)
    assert wait == NO_WAIT or take(bucket, rate, later, cost, priority)[1] == NO_WAIT


@given(rates, costs, paced)
def test_whoever_waits_takes_nothing(rate, cost, priority):
    empty = Bucket(-rate * 100 - 100, BEGAN)
    bucket, wait = take(empty, rate, BEGAN, cost, priority)
    assert wait > NO_WAIT
    assert bucket == empty


@given(rates, costs)
def test_announcements_leave_room_for_a_reminder_of_their_size(rate, cost):
    bucket = full(rate)
    while True:
        bucket, wait = take(bucket, rate, BEGAN, 1, Priority.ANNOUNCEMENT)
        if wait != NO_WAIT:
            break
    assert bucket.level >= capacity(rate) / 2 - 1 - 1e-6
    assert take(bucket, rate, BEGAN, cost, Priority.DIALOGUE)[1] == NO_WAIT or cost > rate * LOAN_SECONDS


@given(rates, st.floats(-500, 2000), costs)
def test_danger_never_waits_and_is_paid_for_by_others(rate, level, cost):
    before = Bucket(min(level, capacity(rate)), BEGAN)
    assert take(before, rate, BEGAN, cost, Priority.URGENT) == (Bucket(before.level - cost, BEGAN), NO_WAIT)


def test_a_clock_that_goes_back_fills_no_bucket():
    bucket = Bucket(0, BEGAN)
    earlier = refilled(bucket, 5, BEGAN - timedelta(hours=1))
    assert earlier == bucket
    assert refilled(earlier, 5, BEGAN + timedelta(seconds=1)).level == 5
