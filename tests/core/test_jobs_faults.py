"""When things around a worker go wrong: the provider, the queue, the database."""

import sqlite3
import threading
from collections import Counter
from contextlib import closing
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from demo.exchange import Magic, Trick
from portal.core import engines
from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs import outbox
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import LEASE, DeliveryState
from portal.sms.outgoing import TextTransport
from tests.core.fragile import PHONE, WORDS
from tests.core.transports import LATE_LOST, LATE_TAKEN, PatientTelephone, TestTransport
from tests.make import deliver_ready
from tests.patience import HANGS, wait_for
from tests.processes import texting

OPTED_OUT = "+15005550004"
SLOW, CUT_TAKEN = "+15005550122", "+15005550123"


@pytest.fixture(autouse=True)
def impatient_transport(app, provider):
    app.settings = texting(app.settings, provider)
    telephone = PatientTelephone(provider.account_sid, provider.auth_token, provider.number, provider.url)
    app.transports[MessageKind.TEXT] = TextTransport(telephone, "http://127.0.0.1:9")


def work_for(app, minutes):
    """Let a worker and the sweep do their work for so many minutes of a clock that runs faster."""
    start = now()
    for passed in range(minutes):
        with time_machine.travel(start + timedelta(minutes=passed), tick=True), app.app_context():
            deliver_ready()


def test_no_answer_sends_neither_none_nor_two(app, provider, box):
    ids = [box.put(number) for number in (LATE_TAKEN, LATE_LOST, CUT_TAKEN)]
    work_for(app, minutes=5)
    rows = [box.row(message_id) for message_id in ids]
    assert {row.state for row in rows} == {DeliveryState.SENT}
    assert sorted(text.sid for text in provider.exchange.sent) == sorted(row.provider_id for row in rows)


def test_opt_out_that_only_provider_knew_is_kept(app, provider, box):
    ids = [box.put(OPTED_OUT), box.put(OPTED_OUT)]
    work_for(app, minutes=1)
    with time_machine.travel(now() + timedelta(minutes=1)):
        ids.append(box.put(OPTED_OUT))
        provider.exchange.next_tricks.append(Magic(Trick.DELIVER))
        work_for(app, minutes=1)
    assert [box.row(message_id).state for message_id in ids] == [DeliveryState.SUPPRESSED] * 3
    assert provider.exchange.sent == []


def test_a_slow_provider_holds_no_database(provider, app, box):
    provider.slow = HANGS
    message_id = box.put(SLOW)
    with app.app_context():
        sender = threading.Thread(target=app.engine.run, args=("deliver", [message_id]))
        sender.start()
        wait_for(lambda: provider.exchange.sent)
        with box.work():
            outbox.put(MessageKind.MAIL, "ana@example.org", "a write meanwhile")
        assert sender.is_alive(), "the provider had not answered yet"
        provider._closing.set()
        sender.join()
    assert box.row(message_id).state == DeliveryState.SENT


def fill_up(engine):
    """Make the queue's file unable to grow, as on a full disk."""
    connection = engine.queue.storage.conn
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        connection.execute("INSERT INTO kv VALUES ('filler', 'x', zeroblob(1000000))")


def test_a_full_disk_under_the_queue_fails_no_request(app, caplog, box):
    engine = app.engine
    fill_up(engine)
    woken = [engine.enqueue("deliver", number) for number in range(500)]
    assert False in woken
    message_id = box.put()
    assert box.row(message_id).state == DeliveryState.DUE
    assert "the jobs engine cannot be reached" in caplog.text
    assert caplog.text.count("cannot be reached") == 1
    work_for(app, minutes=1)
    assert box.row(message_id).state == DeliveryState.SENT


def lock(app):
    connection = sqlite3.connect(app.settings.data_dir.parent / "portal.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_a_locked_database_sends_once(app, provider, caplog, box, monkeypatch):
    monkeypatch.setattr(engines, "SQLITE_BUSY_MS", 100)
    db.engine.dispose()
    db.open(app.settings.database)
    message_id, transport, locks = box.put(), app.transports[MessageKind.TEXT], []
    with closing(lock(app)):
        app.engine.run("deliver", [message_id])
    assert "job deliver failed" in caplog.text
    assert "OperationalError" in caplog.text
    assert WORDS not in caplog.text
    assert box.row(message_id).state == DeliveryState.DUE
    assert provider.exchange.sent == []

    # Locked once more after it was sent, and before that is settled.
    class LocksAfterwards(TextTransport):
        def deliver(self, *given):
            outcome = super().deliver(*given)
            locks.append(lock(app))
            return outcome

    app.transports[MessageKind.TEXT] = LocksAfterwards(transport._telephone, "http://127.0.0.1:9")
    app.engine.run("deliver", [message_id])
    locks.pop().close()
    assert box.row(message_id).state == DeliveryState.SENDING
    app.transports[MessageKind.TEXT] = transport
    work_for(app, minutes=1 + int(LEASE / timedelta(minutes=1)))
    assert box.row(message_id).state == DeliveryState.SENT
    assert len(provider.exchange.sent) == 1


@pytest.mark.both_databases
def test_workers_that_race_deliver_each_parcel_once(app, box):
    transport = app.transports[MessageKind.TEXT] = TestTransport()
    with box.work():
        ids = [outbox.put(MessageKind.TEXT, PHONE, f"{number}") for number in range(60)]

    def race(order):
        for message_id in order:
            app.engine.run("deliver", [message_id])

    racers = [threading.Thread(target=race, args=(order,)) for order in (ids, ids, ids[::-1], ids[30:] + ids[:30])]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert Counter(call[2] for call in transport.delivered) == Counter(ids)
    with box.work() as session:
        assert set(session.scalars(select(OutboundMessage.state))) == {DeliveryState.SENT}
