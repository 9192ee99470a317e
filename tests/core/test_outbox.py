"""One parcel's way through the outbox, on both databases."""

import logging
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.core.clock import now, today
from portal.core.db import db
from portal.core.jobs import delivery, outbox
from portal.core.jobs.outbox import MessageKind as Kind
from portal.core.jobs.outbox import OutboundMessage as Parcel
from portal.core.jobs.retries import DeliveryState as State
from portal.core.jobs.retries import RetryStep as Step
from portal.core.outcomes import Failed, Retry, Sent, Unknown
from tests.core.couriers import TestCourier

pytestmark = pytest.mark.both_databases
PHONE = "+13365550142"
WORDS = "Gracias. Lo leimos."


@pytest.fixture
def courier(app):
    courier = app.transports[Kind.TEXT] = TestCourier()
    return courier


@pytest.fixture
def woken(app):
    calls = []
    app.wake = lambda *call: calls.append(call)
    return calls


@pytest.fixture
def put(work):
    def put(**options):
        with work():
            return outbox.put(Kind.TEXT, PHONE, WORDS, **options).id

    return put


@pytest.fixture
def parcel(work):
    def parcel(parcel_id):
        with work() as session:
            return session.get(Parcel, parcel_id)

    return parcel


@pytest.fixture
def deliver(app):
    def deliver(parcel_id):
        with app.app_context():
            delivery.deliver(parcel_id)

    return deliver


def later(**how):
    return time_machine.travel(now() + timedelta(**how), tick=True)


def test_sent_and_forgotten(app, courier, put, parcel, deliver):
    parcel_id = put()
    deliver(parcel_id)
    assert courier.delivered == [(PHONE, WORDS, parcel_id, timedelta(hours=4))]
    row = parcel(parcel_id)
    assert (row.state, row.provider_id, row.address, row.body) == (State.SENT, f"SM{parcel_id}", None, None)
    with app.app_context():
        assert row.settled_on == today()
    assert row.attempts == 1


def test_nothing_is_stored_in_clear(put, parcel):
    row = parcel(put())
    assert PHONE.encode() not in row.address
    assert WORDS.encode() not in row.body


def test_a_worker_is_woken_after_the_commit_only(work, woken, courier):
    with work():
        parcel = outbox.put(Kind.TEXT, PHONE, WORDS, direct=True)
        assert woken == []
    assert woken == [(parcel.id, True)]


def test_a_rollback_leaves_nothing_and_wakes_nobody(work, woken):
    def put_and_fail():
        with work():
            outbox.put(Kind.TEXT, PHONE, WORDS)
            db.session().flush()
            raise KeyError

    with pytest.raises(KeyError):
        put_and_fail()
    with work() as session:
        assert session.scalars(select(Parcel)).all() == []
    assert woken == []


def test_delivering_twice_sends_once(courier, put, deliver):
    parcel_id = put()
    deliver(parcel_id)
    deliver(parcel_id)
    assert len(courier.delivered) == 1


def test_what_is_not_due_waits(courier, put, parcel, deliver):
    parcel_id = put(due_at=now() + timedelta(hours=1))
    deliver(parcel_id)
    assert courier.delivered == []
    with later(hours=2):
        deliver(parcel_id)
    assert parcel(parcel_id).state == State.SENT


def test_a_busy_provider_is_tried_again(courier, put, parcel, deliver):
    courier.outcomes.append(Retry("busy", 20429))
    parcel_id = put()
    deliver(parcel_id)
    row = parcel(parcel_id)
    assert (row.state, row.failure) == (State.DUE, "busy")
    assert timedelta(seconds=20) < row.due_at - now() < timedelta(seconds=40)
    deliver(parcel_id)
    assert len(courier.delivered) == 1
    with later(seconds=40):
        deliver(parcel_id)
    assert (parcel(parcel_id).state, parcel(parcel_id).attempts) == (State.SENT, 2)


def test_a_final_no_is_erased(courier, put, parcel, deliver):
    courier.outcomes.append(Failed("not a mobile number", 21614))
    parcel_id = put()
    deliver(parcel_id)
    row = parcel(parcel_id)
    assert (row.state, row.failure, row.address, row.body) == (State.FAILED, "not a mobile number", None, None)


def test_an_unknown_text_is_asked_for_and_found(courier, put, parcel, deliver):
    courier.outcomes.append(Unknown("read timeout"))
    parcel_id = put()
    deliver(parcel_id)
    assert parcel(parcel_id).state == State.UNKNOWN
    courier.provider_has[(PHONE, WORDS)] = "SM7"
    with later(minutes=1):
        deliver(parcel_id)
    assert (parcel(parcel_id).state, parcel(parcel_id).provider_id) == (State.SENT, "SM7")
    assert len(courier.delivered) == 1


def test_an_unknown_text_that_the_provider_lacks_is_sent_again(courier, woken, put, parcel, deliver):
    courier.outcomes.append(Unknown("read timeout"))
    parcel_id = put()
    deliver(parcel_id)
    del woken[:]
    with later(minutes=1):
        deliver(parcel_id)
        assert woken == [(parcel_id, False)]
        assert parcel(parcel_id).state == State.DUE
        deliver(parcel_id)
    assert (parcel(parcel_id).state, len(courier.delivered)) == (State.SENT, 2)


def test_an_unknown_text_waits_while_the_provider_cannot_be_asked(courier, put, parcel, deliver):
    courier.outcomes.append(Unknown("read timeout"))
    courier.is_down = True
    parcel_id = put()
    deliver(parcel_id)
    with later(minutes=1):
        deliver(parcel_id)
        assert parcel(parcel_id).state == State.UNKNOWN
        assert parcel(parcel_id).due_at > now() + timedelta(seconds=80)
    assert len(courier.delivered) == 1


def test_an_equal_text_sent_before_is_not_mistaken_for_this_one(courier, put, parcel, deliver):
    first, second = put(), put()
    courier.outcomes.extend([Sent("SM1"), Unknown("read timeout")])
    deliver(first)
    deliver(second)
    courier.provider_has[(PHONE, WORDS)] = "SM1"
    with later(minutes=1):
        deliver(second)
        deliver(second)
    assert parcel(second).provider_id == f"SM{second}"
    assert len(courier.delivered) == 3


def test_a_courier_that_breaks_leaves_the_text_unknown(courier, put, parcel, deliver, caplog):
    courier.outcomes.append(RuntimeError(f"cannot send to {PHONE}: {WORDS}"))
    parcel_id = put()
    deliver(parcel_id)
    assert parcel(parcel_id).state == State.UNKNOWN
    assert PHONE not in caplog.text
    assert WORDS not in caplog.text


def test_without_a_courier_it_waits_for_one(app, put, parcel, deliver):
    app.transports.clear()
    parcel_id = put()
    deliver(parcel_id)
    assert (parcel(parcel_id).state, parcel(parcel_id).failure) == (State.DUE, "no courier")


def test_stale_is_never_sent(courier, put, parcel, deliver):
    parcel_id = put(send_before=now() + timedelta(minutes=5))
    with later(minutes=6):
        deliver(parcel_id)
    assert courier.delivered == []
    assert (parcel(parcel_id).state, parcel(parcel_id).body) == (State.STALE, None)


def test_the_provider_learns_until_when_it_may_try(courier, put, deliver):
    deliver(put(send_before=now() + timedelta(minutes=5)))
    assert timedelta(minutes=4) < courier.delivered[0][3] <= timedelta(minutes=5)


def test_who_opted_out_since_gets_nothing(courier, put, parcel, deliver):
    parcel_id = put()
    courier.suppressed.add(PHONE)
    deliver(parcel_id)
    assert courier.delivered == []
    assert (parcel(parcel_id).state, parcel(parcel_id).address) == (State.SUPPRESSED, None)


def test_the_confirmation_of_an_opt_out_is_owed(courier, put, parcel, deliver):
    courier.suppressed.add(PHONE)
    parcel_id = put(owed=True)
    deliver(parcel_id)
    assert parcel(parcel_id).state == State.SENT


def test_what_cannot_be_opened_fails(work, courier, put, parcel, deliver):
    parcel_id = put()
    with work() as session:
        session.get(Parcel, parcel_id).body = b"not a token"
    deliver(parcel_id)
    assert (parcel(parcel_id).state, parcel(parcel_id).failure) == (State.FAILED, "cannot be opened")


# ── A worker that died, or came back late ────────────────────────────────────────────────────────────────────────────

LEASE = timedelta(minutes=2)


def test_a_claimed_parcel_is_nobody_elses(work, courier, put, deliver):
    parcel_id = put()
    with work():
        assert outbox.claim(parcel_id, LEASE) is not None
    deliver(parcel_id)
    assert courier.delivered == []
    assert courier.asked == []


def test_a_lease_that_ran_out_is_asked_about_before_anything_is_sent(work, courier, put, parcel, deliver):
    parcel_id = put()
    with work():
        held = outbox.claim(parcel_id, LEASE)
    courier.provider_has[(PHONE, WORDS)] = "SM7"
    with later(minutes=3):
        deliver(parcel_id)
    assert courier.asked == [(PHONE, WORDS, held.first_tried_at, frozenset())]
    assert courier.delivered == []
    assert parcel(parcel_id).provider_id == "SM7"


def test_a_late_worker_cannot_undo_what_another_did(work, courier, put, parcel, deliver):
    parcel_id = put()
    with work():
        late = outbox.claim(parcel_id, LEASE)
    with later(minutes=3):
        with work():
            assert outbox.claim(parcel_id, LEASE) is not None
        with work():
            assert not outbox.settle(late, Step(State.DUE, due_at=now()))
        assert parcel(parcel_id).state == State.SENDING


def test_a_late_worker_that_knows_it_was_sent_is_believed(work, put, parcel):
    parcel_id = put()
    with work():
        late = outbox.claim(parcel_id, LEASE)
    with later(minutes=3):
        with work():
            outbox.claim(parcel_id, LEASE)
        with work():
            assert outbox.settle(late, Step(State.SENT, provider_id="SM7"))
    assert parcel(parcel_id).state == State.SENT


@pytest.mark.parametrize("end", [State.SENT, State.FAILED, State.STALE, State.SUPPRESSED])
def test_an_end_is_never_left(work, put, parcel, end):
    parcel_id = put()
    with work():
        held = outbox.claim(parcel_id, LEASE)
        outbox.settle(held, Step(end))
    for state in State:
        with work():
            assert not outbox.settle(held, Step(state))
    assert parcel(parcel_id).state == end


# ── The sweep ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_sweep_wakes_for_what_is_ready_direct_answers_first(app, work, woken, put):
    plain, answer = put(), put(direct=True)
    put(due_at=now() + timedelta(hours=1))
    held, forgotten = put(), put()
    with work():
        outbox.claim(forgotten, timedelta(seconds=-1))
        outbox.claim(held, LEASE)
    del woken[:]
    with app.app_context():
        delivery.sweep()
    assert woken[0] == (answer, True)
    assert set(woken) == {(answer, True), (plain, False), (forgotten, False)}


def test_deliver_ready_empties_the_outbox(app, courier, put):
    ids = {put() for _ in range(3)}
    with app.app_context():
        assert delivery.deliver_ready() == 3
    assert {call[2] for call in courier.delivered} == ids


def test_logs_hold_the_id_and_the_state_only(courier, put, deliver, caplog):
    caplog.set_level(logging.INFO)
    parcel_id = put()
    deliver(parcel_id)
    assert f"parcel {parcel_id} is sent" in caplog.text
    assert PHONE not in caplog.text
    assert WORDS not in caplog.text


def test_of_two_texts_to_one_phone_the_second_waits_for_the_first(work, parcel):
    with work():
        first = outbox.put(Kind.TEXT, PHONE, WORDS, direct=True)
        second = outbox.put(Kind.TEXT, PHONE, WORDS, direct=True, after=first)
    with work():
        assert outbox.claim(second.id, timedelta(minutes=2)) is None
        assert [one for one, _direct in outbox.ready_ids(10)] == [first.id]
        held = outbox.claim(first.id, timedelta(minutes=2))
        assert held is not None
    with work():
        assert outbox.claim(second.id, timedelta(minutes=2)) is None
        outbox.settle(held, Step(State.FAILED, failure="gave up"))
        assert outbox.followers(first.id) == [(second.id, True)]
    with work():
        assert outbox.claim(second.id, timedelta(minutes=2)) is not None


def test_whoever_settles_the_first_wakes_a_worker_for_the_second(app, work, parcel):
    woken = []
    app.wake = lambda parcel_id, _first: woken.append(parcel_id)
    app.transports[Kind.TEXT] = None
    with work():
        first = outbox.put(Kind.TEXT, PHONE, WORDS, send_before=now() - timedelta(minutes=1))
        second = outbox.put(Kind.TEXT, PHONE, WORDS, after=first)
    woken.clear()
    with app.app_context():
        delivery.deliver(first.id)
    assert parcel(first.id).state == State.STALE
    assert woken == [second.id]
