"""What happens next to a message, decided without any database."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.core.jobs import retries
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


def test_asked_and_not_found_after_a_day_is_given_up():
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
