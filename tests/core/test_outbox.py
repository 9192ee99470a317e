"""One message's way through the outbox."""

import logging
from datetime import datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text

from portal.core.clock import now, today, zone
from portal.core.jobs import delivery, outbox
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState, Failed, Priority, Retry, RetryStep, Sent, Unknown
from tests.core.fragile import PHONE, WORDS
from tests.core.transports import TestTransport


@pytest.fixture
def transport(app):
    transport = app.transports[MessageKind.TEXT] = TestTransport()
    return transport


def later(**how):
    return time_machine.travel(now() + timedelta(**how), tick=True)


@pytest.mark.both_databases
def test_sealed_while_it_waits_sent_once_and_forgotten(transport, box, caplog):
    caplog.set_level(logging.INFO)
    message_id = box.put()
    # Nothing is stored in clear.
    with box.work() as session:
        stored = str(session.execute(text("SELECT * FROM core_outbox")).one())
    assert PHONE not in stored and WORDS not in stored
    box.deliver(message_id)
    box.deliver(message_id)
    assert transport.delivered == [(PHONE, WORDS, message_id, timedelta(hours=4))]
    row = box.row(message_id)
    assert (row.state, row.provider_id, row.address, row.body) == (DeliveryState.SENT, f"SM{message_id}", None, None)
    with box.app.app_context():
        assert (row.settled_on, row.attempts) == (today(), 1)
    # The log has the id and the state only.
    assert f"message {message_id} is sent" in caplog.text
    assert PHONE not in caplog.text and WORDS not in caplog.text


def test_a_rollback_leaves_nothing_and_wakes_nobody(box):
    woken = box.note_wakes()
    with pytest.raises(KeyError), box.work() as session:
        outbox.put(MessageKind.TEXT, PHONE, WORDS)
        session.flush()
        raise KeyError
    with box.work() as session:
        assert session.scalars(select(OutboundMessage)).all() == []
        message = outbox.put(MessageKind.TEXT, PHONE, WORDS, direct=True)
        assert woken == []
    assert woken == [(message, Priority.DIALOGUE)]


def test_a_busy_provider_is_tried_again(transport, box):
    transport.outcomes.append(Retry("busy", 20429))
    message_id = box.put()
    box.deliver(message_id)
    row = box.row(message_id)
    assert (row.state, row.failure) == (DeliveryState.DUE, "busy")
    assert timedelta(seconds=20) < row.due_at - now() < timedelta(seconds=40)
    box.deliver(message_id)
    assert len(transport.delivered) == 1
    with later(seconds=40):
        box.deliver(message_id)
    assert (box.row(message_id).state, box.row(message_id).attempts) == (DeliveryState.SENT, 2)


def test_hour_without_the_provider_is_late_however_often_tried(transport, box):
    def late():
        with box.work() as session:
            return session.scalar(select(func.count(OutboundMessage.id)).where(outbox.waits(outbox.LATE)))

    message_id = box.put()
    # Made early for a later hour.
    box.put(due_at=now() + timedelta(hours=5))
    transport.outcomes.extend([Retry("busy", 20429)] * 200)
    found, began = [], now()
    for minute in range(0, 60, 2):
        with time_machine.travel(began + timedelta(minutes=minute), tick=False):
            box.deliver(message_id)
            found.append(late())
    assert len(transport.delivered) > 4
    assert found == [minute >= 16 for minute in range(0, 60, 2)]
    transport.outcomes.clear()
    with later(hours=2):
        box.deliver(message_id)
        assert late() == 0


def test_a_final_no_and_what_is_unreadable_are_erased(transport, box, caplog):
    transport.outcomes.extend([Failed("not a mobile number", 21614), RuntimeError(f"cannot send to {PHONE}: {WORDS}")])
    refused, broken, breaks = box.put(), box.put(), box.put()
    with box.work() as session:
        session.execute(text("UPDATE core_outbox SET body = 'not a token' WHERE id = :id"), {"id": broken})
    for message_id, failure in ((refused, "not a mobile number"), (broken, "cannot be opened")):
        box.deliver(message_id)
        row = box.row(message_id)
        assert (row.state, row.failure, row.address, row.body) == (DeliveryState.FAILED, failure, None, None)
    # A transport that breaks leaves the text unknown.
    box.deliver(breaks)
    assert box.row(breaks).state == DeliveryState.UNKNOWN
    assert PHONE not in caplog.text and WORDS not in caplog.text


def test_unknown_text_is_asked_for_and_sent_if_lacking(transport, box):
    for provider_id, sent in (("SM7", 1), (None, 2)):
        transport.delivered.clear()
        transport.outcomes.append(Unknown("read timeout"))
        message_id = box.put(words=f"{WORDS} {provider_id}")
        box.deliver(message_id)
        assert box.row(message_id).state == DeliveryState.UNKNOWN
        # It waits while the provider cannot be asked.
        transport.is_down = True
        with later(minutes=1):
            box.deliver(message_id)
            assert box.row(message_id).state == DeliveryState.UNKNOWN
            assert box.row(message_id).due_at > now() + timedelta(seconds=80)
        transport.is_down = False
        transport.provider_has[(PHONE, f"{WORDS} {provider_id}")] = provider_id
        woken = box.note_wakes()
        with later(minutes=5):
            box.deliver(message_id)
            assert woken == ([] if provider_id else [(message_id, Priority.NOTICE)])
            box.deliver(message_id)
        row = box.row(message_id)
        assert (row.state, row.provider_id) == (DeliveryState.SENT, provider_id or f"SM{message_id}")
        assert len(transport.delivered) == sent


def test_equal_text_sent_before_is_not_mistaken_for_this(transport, box):
    first, second = box.put(), box.put()
    transport.outcomes.extend([Sent("SM1"), Unknown("read timeout")])
    box.deliver(first)
    box.deliver(second)
    transport.provider_has[(PHONE, WORDS)] = "SM1"
    with later(minutes=1):
        box.deliver(second)
        box.deliver(second)
    assert box.row(second).provider_id == f"SM{second}"
    assert len(transport.delivered) == 3


def test_stale_is_never_sent(transport, box):
    message_id, other = (box.put(send_before=now() + timedelta(minutes=5)) for _each in range(2))
    later_on = box.put(due_at=now() + timedelta(hours=1))
    box.deliver(other)
    # The provider learns until when it may try.
    assert timedelta(minutes=4) < transport.delivered.pop()[3] <= timedelta(minutes=5)
    with later(minutes=6):
        box.deliver(message_id)
        box.deliver(later_on)
    assert transport.delivered == []
    assert (box.row(message_id).state, box.row(message_id).body) == (DeliveryState.STALE, None)
    # What was not due is sent when it is.
    with later(hours=2):
        box.deliver(later_on)
    assert box.row(later_on).state == DeliveryState.SENT


def test_who_opted_out_since_gets_nothing(transport, box):
    message_id, owed = box.put(), box.put(owed=True)
    transport.suppressed.add(PHONE)
    box.deliver(message_id)
    assert transport.delivered == []
    assert (box.row(message_id).state, box.row(message_id).address) == (DeliveryState.SUPPRESSED, None)
    # But for the confirmation of the opt-out.
    box.deliver(owed)
    assert box.row(owed).state == DeliveryState.SENT


LEASE = timedelta(minutes=2)


@pytest.mark.both_databases
def test_lease_that_ran_out_is_asked_about_before_sending(transport, box):
    message_id = box.put()
    with box.work():
        held = outbox.claim(message_id, LEASE)
    # Until then it is nobody else's.
    box.deliver(message_id)
    assert (transport.delivered, transport.asked) == ([], [])
    transport.provider_has[(PHONE, WORDS)] = "SM7"
    with later(minutes=3):
        box.deliver(message_id)
    assert transport.asked == [(PHONE, WORDS, held.sending_since, frozenset())]
    assert transport.delivered == []
    assert box.row(message_id).provider_id == "SM7"


@pytest.mark.both_databases
def test_a_late_worker_cannot_undo_what_another_did(box):
    for step, after in (
        (RetryStep(DeliveryState.DUE, due_at=now()), DeliveryState.SENDING),
        # But if it knows that the text was sent, it is believed.
        (RetryStep(DeliveryState.SENT, provider_id="SM7"), DeliveryState.SENT),
    ):
        message_id = box.put()
        with box.work():
            late = outbox.claim(message_id, LEASE)
        with later(minutes=3):
            with box.work():
                assert outbox.claim(message_id, LEASE) is not None
            with box.work():
                assert outbox.settle(late, step) is (after is DeliveryState.SENT)
            assert box.row(message_id).state == after


def test_an_end_is_never_left(box):
    for end in (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.STALE, DeliveryState.SUPPRESSED):
        message_id = box.put()
        with box.work():
            held = outbox.claim(message_id, LEASE)
            outbox.settle(held, RetryStep(end))
        for state in DeliveryState:
            with box.work():
                assert not outbox.settle(held, RetryStep(state))
        assert box.row(message_id).state == end


@pytest.mark.both_databases
def test_sweep_wakes_for_what_is_ready_most_urgent_first(box):
    plain, answer, danger = box.put(), box.put(direct=True), box.put(direct=True, urgent=True)
    box.put(due_at=now() + timedelta(hours=1))
    held, forgotten = box.put(), box.put()
    with box.work():
        outbox.claim(forgotten, timedelta(seconds=-1))
        outbox.claim(held, LEASE)
    woken = box.note_wakes()
    with box.app.app_context():
        delivery.sweep()
    assert woken[:2] == [(danger, Priority.URGENT), (answer, Priority.DIALOGUE)]
    assert set(woken[2:]) == {(plain, Priority.NOTICE), (forgotten, Priority.NOTICE)}


@pytest.mark.both_databases
def test_of_two_texts_to_one_phone_the_second_waits(transport, box):
    with box.work():
        first = outbox.put(MessageKind.TEXT, PHONE, WORDS, direct=True)
        second = outbox.put(MessageKind.TEXT, PHONE, WORDS, direct=True, after=first)
    with box.work():
        assert outbox.claim(second, LEASE) is None
        assert [one for one, _priority in outbox.ready_ids(10)] == [first]
        held = outbox.claim(first, LEASE)
        assert held is not None
    with box.work():
        assert outbox.claim(second, LEASE) is None
        outbox.settle(held, RetryStep(DeliveryState.DUE, due_at=now()))
    woken = box.note_wakes()
    transport.outcomes.append(Failed("gave up"))
    box.deliver(first)
    # Whoever settles the first wakes a worker for the second.
    assert woken == [(second, Priority.DIALOGUE)]
    with box.work():
        assert outbox.claim(second, LEASE) is not None


def test_what_may_ring_by_day_alone_waits_for_morning(box):
    by_day, at_once = box.put(by_day=True), box.put()
    with box.app.app_context():
        night = datetime.combine(today(), time(3), zone()) + timedelta(days=1)
    # What a clock ahead wrote goes at once.
    with time_machine.travel(night + timedelta(days=400)):
        ahead = box.put()
    for moment, ready in ((night, {at_once, ahead}), (night + timedelta(hours=10), {at_once, by_day, ahead})):
        with time_machine.travel(moment), box.app.app_context():
            assert {one for one, _priority in outbox.ready_ids(10)} == ready
