"""When things around a worker go wrong: the provider, the queue, the database."""

import logging
import sqlite3
import sys
import threading
from collections import Counter
from contextlib import closing
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from demo.provider import Provider
from demo.reports import Magic, Trick
from portal.core import engines
from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs import delivery, outbox
from portal.core.jobs.engine import QUEUE_AWAY
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import LEASE, DeliveryState
from portal.sms.jobs import TextTransport
from tests.core.telephones import LATE_LOST, LATE_TAKEN, PatientTelephone
from tests.core.transports import TestTransport
from tests.patience import HANGS, wait_for

PHONE = "+13365550142"
WORDS = "Gracias. Lo leimos."
BUSY_TWICE, BROKEN_TWICE = "+15005550110", "+15005550111"
OPTED_OUT = "+15005550004"
SLOW, CUT_TAKEN = "+15005550122", "+15005550123"


@pytest.fixture
def provider():
    with Provider(late=HANGS, slow=HANGS) as provider:
        yield provider


@pytest.fixture
def settings(texting, provider):
    return texting(provider)


@pytest.fixture(autouse=True)
def impatient_transport(app, provider):
    telephone = PatientTelephone(provider.account_sid, provider.auth_token, provider.number, provider.url)
    app.transports[MessageKind.TEXT] = TextTransport(telephone, "http://127.0.0.1:9")


@pytest.fixture
def put(work):
    def put(address=PHONE, **options):
        with work():
            return outbox.put(MessageKind.TEXT, address, WORDS, **options).id

    return put


@pytest.fixture
def message(work):
    def message(message_id):
        with work() as session:
            return session.get(OutboundMessage, message_id)

    return message


@pytest.fixture
def work_for(app):
    """Let a worker and the sweep do their work for so many minutes of a clock that runs faster."""

    def work_for(minutes):
        start = now()
        for passed in range(minutes):
            with time_machine.travel(start + timedelta(minutes=passed), tick=True), app.app_context():
                delivery.deliver_ready()

    return work_for


# ── The provider ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [BUSY_TWICE, BROKEN_TWICE])
def test_429_and_500_are_tried_until_they_pass(number, provider, put, message, work_for):
    message_id = put(number)
    work_for(minutes=5)
    assert (message(message_id).state, message(message_id).attempts) == (DeliveryState.SENT, 3)
    assert len(provider.sent) == 1


@pytest.mark.parametrize("number", [LATE_TAKEN, LATE_LOST, CUT_TAKEN])
def test_no_answer_sends_neither_none_nor_two(number, provider, put, message, work_for):
    message_id = put(number)
    work_for(minutes=5)
    assert message(message_id).state == DeliveryState.SENT
    assert [text.sid for text in provider.sent] == [message(message_id).provider_id]


def test_opt_out_that_only_provider_knew_is_kept(provider, put, message, work_for):
    first, second = put(OPTED_OUT), put(OPTED_OUT)
    work_for(minutes=1)
    assert [message(message_id).state for message_id in (first, second)] == [
        DeliveryState.SUPPRESSED,
        DeliveryState.SUPPRESSED,
    ]
    with time_machine.travel(now() + timedelta(minutes=1)):
        third = put(OPTED_OUT)
        provider.exchange.next_tricks.append(Magic(Trick.DELIVER))
        work_for(minutes=1)
    assert message(third).state == DeliveryState.SUPPRESSED
    assert provider.sent == []


def test_a_slow_provider_holds_no_database(put, message, provider, app, work):
    message_id = put(SLOW)
    with app.app_context():
        sender = threading.Thread(target=app.engine.run, args=("deliver", [message_id]))
        sender.start()
        wait_for(lambda: provider.sent)
        with work():
            outbox.put(MessageKind.MAIL, "ana@example.org", "a write meanwhile")
        assert sender.is_alive(), "the provider had not answered yet"
        provider._closing.set()
        sender.join()
    assert message(message_id).state == DeliveryState.SENT


# ── The queue ────────────────────────────────────────────────────────────────────────────────────────────────────────


def fill_up(engine):
    """Make the queue's file unable to grow, as on a full disk."""
    connection = engine.queue.storage.conn
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        connection.execute("INSERT INTO kv VALUES ('filler', 'x', zeroblob(1000000))")


def test_a_full_disk_under_the_queue_fails_no_request(app, put, message, work_for, caplog):
    engine = app.engine
    fill_up(engine)
    woken = [engine.enqueue("deliver", number) for number in range(500)]
    assert False in woken
    message_id = put()
    assert message(message_id).state == DeliveryState.DUE
    assert "the jobs engine cannot be reached" in caplog.text
    assert caplog.text.count("cannot be reached") == 1
    work_for(minutes=1)
    assert message(message_id).state == DeliveryState.SENT


def test_queue_that_is_away_is_said_once_a_minute(app, caplog):
    once = delivery.said_once()
    for second in range(100):
        try:
            raise ConnectionError("10.0.0.7")
        except ConnectionError:
            record = logging.makeLogRecord({"exc_info": sys.exc_info(), "created": 1_000.0 + second})
        assert not once(record)
    assert once(logging.makeLogRecord({"msg": "huey says something else"}))
    assert [line.message for line in caplog.records].count(QUEUE_AWAY.sentence.format(error="ConnectionError")) == 2
    assert "10.0.0.7" not in caplog.text


# ── The database ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def short_patience(app, monkeypatch):
    monkeypatch.setattr(engines, "SQLITE_BUSY_MS", 100)
    db.engine.dispose()
    db.open(app.settings.database)


def lock(app):
    connection = sqlite3.connect(app.settings.data_dir.parent / "portal.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_a_locked_database_keeps_a_parcel_due(app, short_patience, put, message, provider, caplog, work_for):
    message_id = put()
    with closing(lock(app)):
        app.engine.run("deliver", [message_id])
    assert "job deliver failed" in caplog.text
    assert "OperationalError" in caplog.text
    assert WORDS not in caplog.text
    assert message(message_id).state == DeliveryState.DUE
    assert provider.sent == []
    work_for(minutes=1)
    assert len(provider.sent) == 1


def test_a_database_locked_before_settling_sends_once(app, short_patience, put, message, provider, work_for):
    message_id = put()
    transport = app.transports[MessageKind.TEXT]
    locks = []

    class LocksAfterwards(TextTransport):
        def deliver(self, *given):
            outcome = super().deliver(*given)
            locks.append(lock(app))
            return outcome

    app.transports[MessageKind.TEXT] = LocksAfterwards(transport._telephone, "http://127.0.0.1:9")
    app.engine.run("deliver", [message_id])
    locks.pop().close()
    assert message(message_id).state == DeliveryState.SENDING
    app.transports[MessageKind.TEXT] = transport
    work_for(minutes=1 + int(LEASE / timedelta(minutes=1)))
    assert message(message_id).state == DeliveryState.SENT
    assert len(provider.sent) == 1


# ── Many workers ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_workers_that_race_deliver_each_parcel_once(app, work):
    transport = app.transports[MessageKind.TEXT] = TestTransport()
    with work():
        ids = [outbox.put(MessageKind.TEXT, PHONE, f"{number}").id for number in range(60)]

    def race(order):
        for message_id in order:
            app.engine.run("deliver", [message_id])

    racers = [threading.Thread(target=race, args=(order,)) for order in (ids, ids, ids[::-1], ids[30:] + ids[:30])]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert Counter(call[2] for call in transport.delivered) == Counter(ids)
    with work() as session:
        assert set(session.scalars(select(OutboundMessage.state))) == {DeliveryState.SENT}
