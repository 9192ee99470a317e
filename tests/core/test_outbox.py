"""One message's way through the outbox."""

import logging
from datetime import datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal.core.clock import now, today, zone
from portal.core.db import db
from portal.core.jobs import delivery, outbox
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.pacing import Priority
from portal.core.jobs.retries import DeliveryState, Failed, Retry, RetryStep, Sent, Unknown
from tests.core.transports import TestTransport

PHONE = "+13365550142"
WORDS = "Gracias. Lo leimos."


@pytest.fixture
def transport(app):
    transport = app.transports[MessageKind.TEXT] = TestTransport()
    return transport


@pytest.fixture
def woken(app):
    calls = []
    app.wake = lambda *call: calls.append(call)
    return calls


@pytest.fixture
def put(work):
    def put(**options):
        with work():
            return outbox.put(MessageKind.TEXT, PHONE, WORDS, **options).id

    return put


@pytest.fixture
def message(work):
    def message(message_id):
        with work() as session:
            return session.get(OutboundMessage, message_id)

    return message


@pytest.fixture
def deliver(app):
    def deliver(message_id):
        with app.app_context():
            delivery.deliver(message_id)

    return deliver


def later(**how):
    return time_machine.travel(now() + timedelta(**how), tick=True)


@pytest.mark.both_databases
def test_sent_and_forgotten(app, transport, put, message, deliver):
    message_id = put()
    deliver(message_id)
    assert transport.delivered == [(PHONE, WORDS, message_id, timedelta(hours=4))]
    row = message(message_id)
    assert (row.state, row.provider_id, row.address, row.body) == (DeliveryState.SENT, f"SM{message_id}", None, None)
    with app.app_context():
        assert row.settled_on == today()
    assert row.attempts == 1


def test_nothing_is_stored_in_clear(put, message):
    row = message(put())
    assert PHONE.encode() not in row.address
    assert WORDS.encode() not in row.body


def test_a_worker_is_woken_after_the_commit_only(work, woken, transport):
    with work():
        message = outbox.put(MessageKind.TEXT, PHONE, WORDS, direct=True)
        assert woken == []
    assert woken == [(message.id, Priority.DIALOGUE)]


def test_a_rollback_leaves_nothing_and_wakes_nobody(work, woken):
    def put_and_fail():
        with work():
            outbox.put(MessageKind.TEXT, PHONE, WORDS)
            db.session().flush()
            raise KeyError

    with pytest.raises(KeyError):
        put_and_fail()
    with work() as session:
        assert session.scalars(select(OutboundMessage)).all() == []
    assert woken == []


def test_delivering_twice_sends_once(transport, put, deliver):
    message_id = put()
    deliver(message_id)
    deliver(message_id)
    assert len(transport.delivered) == 1


def test_what_is_not_due_waits(transport, put, message, deliver):
    message_id = put(due_at=now() + timedelta(hours=1))
    deliver(message_id)
    assert transport.delivered == []
    with later(hours=2):
        deliver(message_id)
    assert message(message_id).state == DeliveryState.SENT


def test_a_busy_provider_is_tried_again(transport, put, message, deliver):
    transport.outcomes.append(Retry("busy", 20429))
    message_id = put()
    deliver(message_id)
    row = message(message_id)
    assert (row.state, row.failure) == (DeliveryState.DUE, "busy")
    assert timedelta(seconds=20) < row.due_at - now() < timedelta(seconds=40)
    deliver(message_id)
    assert len(transport.delivered) == 1
    with later(seconds=40):
        deliver(message_id)
    assert (message(message_id).state, message(message_id).attempts) == (DeliveryState.SENT, 2)


def test_hour_without_the_provider_is_late_however_often_tried(app, work, transport, put, deliver):
    def late():
        with work() as session:
            return session.scalar(select(func.count(OutboundMessage.id)).where(outbox.waits(outbox.LATE)))

    message_id = put()
    # Made early for a later hour.
    put(due_at=now() + timedelta(hours=5))
    transport.outcomes.extend([Retry("busy", 20429)] * 200)
    found, began = [], now()
    for minute in range(0, 60, 2):
        with time_machine.travel(began + timedelta(minutes=minute), tick=False):
            deliver(message_id)
            found.append(late())
    assert len(transport.delivered) > 4
    assert found == [minute >= 16 for minute in range(0, 60, 2)]
    transport.outcomes.clear()
    with later(hours=2):
        deliver(message_id)
        assert late() == 0


def test_a_final_no_is_erased(transport, put, message, deliver):
    transport.outcomes.append(Failed("not a mobile number", 21614))
    message_id = put()
    deliver(message_id)
    row = message(message_id)
    assert (row.state, row.failure, row.address, row.body) == (DeliveryState.FAILED, "not a mobile number", None, None)


def test_an_unknown_text_is_asked_for_and_found(transport, put, message, deliver):
    transport.outcomes.append(Unknown("read timeout"))
    message_id = put()
    deliver(message_id)
    assert message(message_id).state == DeliveryState.UNKNOWN
    transport.provider_has[(PHONE, WORDS)] = "SM7"
    with later(minutes=1):
        deliver(message_id)
    assert (message(message_id).state, message(message_id).provider_id) == (DeliveryState.SENT, "SM7")
    assert len(transport.delivered) == 1


def test_unknown_text_that_provider_lacks_is_sent_again(transport, woken, put, message, deliver):
    transport.outcomes.append(Unknown("read timeout"))
    message_id = put()
    deliver(message_id)
    del woken[:]
    with later(minutes=1):
        deliver(message_id)
        assert woken == [(message_id, Priority.NOTICE)]
        assert message(message_id).state == DeliveryState.DUE
        deliver(message_id)
    assert (message(message_id).state, len(transport.delivered)) == (DeliveryState.SENT, 2)


def test_unknown_text_waits_while_provider_cannot_be_asked(transport, put, message, deliver):
    transport.outcomes.append(Unknown("read timeout"))
    transport.is_down = True
    message_id = put()
    deliver(message_id)
    with later(minutes=1):
        deliver(message_id)
        assert message(message_id).state == DeliveryState.UNKNOWN
        assert message(message_id).due_at > now() + timedelta(seconds=80)
    assert len(transport.delivered) == 1


def test_equal_text_sent_before_is_not_mistaken_for_this(transport, put, message, deliver):
    first, second = put(), put()
    transport.outcomes.extend([Sent("SM1"), Unknown("read timeout")])
    deliver(first)
    deliver(second)
    transport.provider_has[(PHONE, WORDS)] = "SM1"
    with later(minutes=1):
        deliver(second)
        deliver(second)
    assert message(second).provider_id == f"SM{second}"
    assert len(transport.delivered) == 3


def test_a_courier_that_breaks_leaves_the_text_unknown(transport, put, message, deliver, caplog):
    transport.outcomes.append(RuntimeError(f"cannot send to {PHONE}: {WORDS}"))
    message_id = put()
    deliver(message_id)
    assert message(message_id).state == DeliveryState.UNKNOWN
    assert PHONE not in caplog.text
    assert WORDS not in caplog.text


def test_stale_is_never_sent(transport, put, message, deliver):
    message_id = put(send_before=now() + timedelta(minutes=5))
    with later(minutes=6):
        deliver(message_id)
    assert transport.delivered == []
    assert (message(message_id).state, message(message_id).body) == (DeliveryState.STALE, None)


def test_the_provider_learns_until_when_it_may_try(transport, put, deliver):
    deliver(put(send_before=now() + timedelta(minutes=5)))
    assert timedelta(minutes=4) < transport.delivered[0][3] <= timedelta(minutes=5)


def test_who_opted_out_since_gets_nothing(transport, put, message, deliver):
    message_id = put()
    transport.suppressed.add(PHONE)
    deliver(message_id)
    assert transport.delivered == []
    assert (message(message_id).state, message(message_id).address) == (DeliveryState.SUPPRESSED, None)


def test_the_confirmation_of_an_opt_out_is_owed(transport, put, message, deliver):
    transport.suppressed.add(PHONE)
    message_id = put(owed=True)
    deliver(message_id)
    assert message(message_id).state == DeliveryState.SENT


def test_what_cannot_be_opened_fails(work, transport, put, message, deliver):
    message_id = put()
    with work() as session:
        session.get(OutboundMessage, message_id).body = b"not a token"
    deliver(message_id)
    assert (message(message_id).state, message(message_id).failure) == (DeliveryState.FAILED, "cannot be opened")


# ── A worker that died, or came back late ────────────────────────────────────────────────────────────────────────────

LEASE = timedelta(minutes=2)


def test_a_claimed_parcel_is_nobody_elses(work, transport, put, deliver):
    message_id = put()
    with work():
        assert outbox.claim(message_id, LEASE) is not None
    deliver(message_id)
    assert transport.delivered == []
    assert transport.asked == []


@pytest.mark.both_databases
def test_lease_that_ran_out_is_asked_about_before_sending(work, transport, put, message, deliver):
    message_id = put()
    with work():
        held = outbox.claim(message_id, LEASE)
    transport.provider_has[(PHONE, WORDS)] = "SM7"
    with later(minutes=3):
        deliver(message_id)
    assert transport.asked == [(PHONE, WORDS, held.first_tried_at, frozenset())]
    assert transport.delivered == []
    assert message(message_id).provider_id == "SM7"


@pytest.mark.both_databases
def test_a_late_worker_cannot_undo_what_another_did(work, transport, put, message, deliver):
    message_id = put()
    with work():
        late = outbox.claim(message_id, LEASE)
    with later(minutes=3):
        with work():
            assert outbox.claim(message_id, LEASE) is not None
        with work():
            assert not outbox.settle(late, RetryStep(DeliveryState.DUE, due_at=now()))
        assert message(message_id).state == DeliveryState.SENDING


def test_late_worker_that_knows_it_was_sent_is_believed(work, put, message):
    message_id = put()
    with work():
        late = outbox.claim(message_id, LEASE)
    with later(minutes=3):
        with work():
            outbox.claim(message_id, LEASE)
        with work():
            assert outbox.settle(late, RetryStep(DeliveryState.SENT, provider_id="SM7"))
    assert message(message_id).state == DeliveryState.SENT


def test_an_end_is_never_left(work, put, message):
    for end in (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.STALE, DeliveryState.SUPPRESSED):
        message_id = put()
        with work():
            held = outbox.claim(message_id, LEASE)
            outbox.settle(held, RetryStep(end))
        for state in DeliveryState:
            with work():
                assert not outbox.settle(held, RetryStep(state))
        assert message(message_id).state == end


# ── The sweep ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_sweep_wakes_for_what_is_ready_most_urgent_first(app, work, woken, put):
    plain, answer, danger = put(), put(direct=True), put(direct=True, urgent=True)
    put(due_at=now() + timedelta(hours=1))
    held, forgotten = put(), put()
    with work():
        outbox.claim(forgotten, timedelta(seconds=-1))
        outbox.claim(held, LEASE)
    del woken[:]
    with app.app_context():
        delivery.sweep()
    assert woken[:2] == [(danger, Priority.URGENT), (answer, Priority.DIALOGUE)]
    assert set(woken[2:]) == {(plain, Priority.NOTICE), (forgotten, Priority.NOTICE)}


def test_logs_hold_the_id_and_the_state_only(transport, put, deliver, caplog):
    caplog.set_level(logging.INFO)
    message_id = put()
    deliver(message_id)
    assert f"message {message_id} is sent" in caplog.text
    assert PHONE not in caplog.text
    assert WORDS not in caplog.text


@pytest.mark.both_databases
def test_of_two_texts_to_one_phone_the_second_waits(work, message):
    with work():
        first = outbox.put(MessageKind.TEXT, PHONE, WORDS, direct=True)
        second = outbox.put(MessageKind.TEXT, PHONE, WORDS, direct=True, after=first)
    with work():
        assert outbox.claim(second.id, timedelta(minutes=2)) is None
        assert [one for one, _priority in outbox.ready_ids(10)] == [first.id]
        held = outbox.claim(first.id, timedelta(minutes=2))
        assert held is not None
    with work():
        assert outbox.claim(second.id, timedelta(minutes=2)) is None
        outbox.settle(held, RetryStep(DeliveryState.FAILED, failure="gave up"))
        assert outbox.followers(first.id) == [(second.id, Priority.DIALOGUE)]
    with work():
        assert outbox.claim(second.id, timedelta(minutes=2)) is not None


def test_whoever_settles_first_wakes_worker_for_second(app, work, message):
    woken = []
    app.wake = lambda message_id, _priority: woken.append(message_id)
    app.transports[MessageKind.TEXT] = None
    with work():
        first = outbox.put(MessageKind.TEXT, PHONE, WORDS, send_before=now() - timedelta(minutes=1))
        second = outbox.put(MessageKind.TEXT, PHONE, WORDS, after=first)
    woken.clear()
    with app.app_context():
        delivery.deliver(first.id)
    assert message(first.id).state == DeliveryState.STALE
    assert woken == [second.id]


def test_what_may_ring_by_day_alone_waits_for_the_morning(app, put):
    by_day, at_once = put(by_day=True), put()
    with app.app_context():
        night = datetime.combine(today(), time(3), zone())
    for moment, ready in ((night, {at_once}), (night + timedelta(hours=10), {at_once, by_day})):
        with time_machine.travel(moment + timedelta(days=1)), app.app_context():
            assert {one for one, _priority in outbox.ready_ids(10)} == ready


def test_what_a_clock_wrote_that_ran_ahead_goes_at_once(app, put):
    with time_machine.travel(now() + timedelta(days=400)):
        written = put()
    with app.app_context():
        assert [one for one, _priority in outbox.ready_ids(10)] == [written]
