"""How the database is opened: what survives, who waits for whom, and who never does."""

import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from unittest.mock import Mock

import psycopg
import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from portal.config import Environment, Settings
from portal.core import engines
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.counters import POSTGRESQL_WAITS
from portal.core.crypto import CannotOpen
from portal.core.db import Encrypted, db, random_id, session
from portal.core.erasures import WAITING
from portal.core.jobs.engine import open_queue
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState
from portal.markets.places import Market
from tests.make import both, make_market


def event(what="test"):
    return AuditEvent(at=now(), actor_id=None, action=what, object_type="thing", object_id="1")


def stored():
    with db.new_session(writes=False) as session:
        return session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def test_sqlite_is_opened_for_safety(work, portal_dir):
    safe = {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1, "synchronous": 2, "busy_timeout": 5000}
    with db.new_session(writes=False) as session:
        assert {pragma: session.execute(text(f"PRAGMA {pragma}")).scalar() for pragma in safe} == safe
    # What is deleted is gone from the files.
    with work() as session:
        session.add(event("canary-in-the-audit"))
    with work() as session:
        session.execute(text("DELETE FROM core_audit_event"))
    db.engine.dispose()
    assert b"canary-in-the-audit" not in b"".join(path.read_bytes() for path in portal_dir.glob("portal.db*"))


@pytest.mark.both_databases
def test_eight_writers_all_get_their_turn(work):
    failures = []

    def write():
        try:
            for _turn in range(10):
                with work() as session:
                    # Read first, then write: what makes SQLite fail at once without a write transaction.
                    session.scalar(select(func.count()).select_from(AuditEvent))
                    session.add(event())
        except BaseException as failure:
            failures.append(failure)

    all_at_once(write)
    assert failures == []
    assert stored() == 80


def test_an_error_frees_the_queue_and_keeps_nothing(work):
    with pytest.raises(ZeroDivisionError), work() as session:
        session.add(event())
        session.flush()
        # A reader waits for nobody, and sees nothing of it.
        before = time.monotonic()
        assert stored() == 0
        assert time.monotonic() - before < 1
        raise ZeroDivisionError
    done = threading.Event()

    def write():
        with work() as session:
            session.add(event())
        done.set()

    threading.Thread(target=write).start()
    assert done.wait(5)
    assert stored() == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_was_rolled_back_in_rehearsal_holds_no_lock(app):
    asked = text("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()")
    held = []
    with app.app_context(), db.rehearsal():
        for _unit in range(100):
            with db.looking(), db.work() as session:
                session.add(event())
                session.flush()
                held.append(session.scalar(asked))
    assert held[-1] == held[0]


def test_steps_after_the_commit(app):
    steps = []
    with app.app_context():
        with db.work() as session:
            session.add(event())
            db.after_commit(lambda: steps.append(f"stored {stored()}"))
            assert steps == []
        with pytest.raises(ZeroDivisionError), db.work():
            db.after_commit(lambda: steps.append("never"))
            raise ZeroDivisionError
        with db.work():
            pass
        # Still in the same request, and somebody else may write.
        insert_text(id=1)
        db.commit()
        with db.new_session(writes=True) as other:
            other.add(OutboundMessage(id=2, kind=MessageKind.TEXT, direct=True, created_at=AT, due_at=AT))
            other.commit()
        assert {row.id for row in due_rows()} == {1, 2}
    assert steps == ["stored 1"]


def test_last_in_line_waits_no_longer_than_the_first(monkeypatch, work, portal_dir):
    monkeypatch.setattr("portal.core.engines.SQLITE_BUSY_MS", 500)
    db.engine.dispose()
    refused = []

    def write():
        began = time.monotonic()
        try:
            with work() as session:
                session.add(event())
        except OperationalError:
            refused.append(time.monotonic() - began)

    with locked(portal_dir):
        all_at_once(write)
    assert len(refused) == 8
    # One after the other they would wait for half a second, one second, … four seconds.
    assert max(refused) < 1.5
    # Who comes afterwards has patience again, and finds no lock left behind.
    with db.new_session(writes=True) as session:
        assert session.execute(text("PRAGMA busy_timeout")).scalar() == 500
    write()
    assert (stored(), len(refused)) == (1, 8)


@contextmanager
def locked(folder):
    """Somebody else holds the database."""
    with closing(sqlite3.connect(folder / "portal.db", isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        yield
        stranger.execute("ROLLBACK")


def all_at_once(write):
    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


@pytest.mark.both_databases
def test_moments_come_back_in_utc(work):
    there = datetime(2026, 3, 1, 20, 30, tzinfo=timezone(timedelta(hours=-5)))
    with work() as session:
        session.add(AuditEvent(at=there, actor_id=None, action="x", object_type="x", object_id="1"))
    with db.new_session(writes=False) as session:
        assert session.scalar(select(AuditEvent.at)) == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    with pytest.raises(Exception, match="without a time zone"), work() as session:
        session.execute(select(AuditEvent).where(AuditEvent.at < datetime(2026, 3, 1)))


@pytest.mark.both_databases
def test_what_is_encrypted_is_never_compared(work):
    with work() as session:
        make_market(session, "Elm Street").services = both("Bread", "Pan")
    with work() as session:
        stored = session.execute(text("SELECT name_en, own_name_en, services_en FROM markets_market")).one()
        assert stored.own_name_en == "" and not {"Elm Street", "Bread"} & set(stored)
        market = session.scalars(select(Market).where(Market.own_name_en == "", Market.name_en != "")).one()
        assert (str(market.name), str(market.services)) == ("Elm Street", "Bread")
        # That somebody erased it stands in the ledger for a restore.
        market.services = both("", "Pan")
        session.flush()
        assert [(line["column"], line["value"]) for line in session.info[WAITING]] == [("services_en", "")]
    for compare in (lambda name: name == "Elm Street", lambda name: name.in_(["x"]), lambda name: name.desc()):
        with pytest.raises(TypeError):
            compare(Market.name_en)


def test_what_no_key_opens_stops_only_who_needs_it(app):
    with app.app_context():
        assert Encrypted(lost="").process_result_value("damaged", None) == ""
        with pytest.raises(CannotOpen):
            Encrypted().process_result_value("damaged", None)


def test_ids_tell_neither_number_nor_order():
    ids = [random_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert ids != sorted(ids)
    assert all(0 < one < 2**63 for one in ids)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_network_that_says_nothing_is_given_up(app, database):
    """By the system: whatever was sent and not acknowledged for twenty seconds ends the connection."""
    settings = Settings(environment=Environment.TEST, database_url=database, jobs_engine="postgres")
    queued = open_queue(settings).storage._create_connection()
    with app.app_context(), queued, db.engine.connect() as mine:
        for connection in (mine.connection.dbapi_connection, queued):
            waits = connection.info.get_parameters()
            assert {name: waits[name] for name in POSTGRESQL_WAITS} == {k: str(v) for k, v in POSTGRESQL_WAITS.items()}


def test_silent_server_is_waited_for_once_and_asked_later(monkeypatch):
    for seconds, times in ((600, 1), (0, 3)):
        asked = Mock(side_effect=psycopg.errors.ConnectionTimeout)
        silent = SimpleNamespace(dbapi=psycopg, connect=asked)
        monkeypatch.setattr(engines, "SILENT_SECONDS", seconds)
        connect = engines.waiting_once()
        for _each in range(3):
            with pytest.raises(psycopg.OperationalError):
                connect(silent, None, (), {})
        assert asked.call_count == times


AT = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
DUE = select(
    *(getattr(OutboundMessage, name) for name in ("id", "kind", "state", "calendar", "direct", "due_at", "after_id"))
).where(OutboundMessage.state == DeliveryState.DUE, OutboundMessage.direct == bindparam("direct"))


def insert_text(**values):
    given = {"kind": MessageKind.TEXT, "calendar": b"\x00sealed", "direct": True}
    db.insert(OutboundMessage, **(given | {"created_at": AT, "due_at": AT, **values}))


def due_rows():
    return session.execute(DUE, {"direct": True}).all()


@pytest.mark.both_databases
def test_what_goes_in_comes_out(work):
    elsewhere = datetime(2026, 5, 4, 8, 30, tzinfo=timezone(timedelta(hours=-4)))
    with work():
        insert_text(id=1, due_at=elsewhere)
        insert_text(id=2, direct=False)
        [row] = due_rows()
    assert row == (1, "text", "due", b"\x00sealed", True, AT, None)
    assert row.due_at.tzinfo is UTC
    assert row.direct is True
    # What may be there once is written once; an error is one of SQLAlchemy and quotes nothing.
    values = {"id": 3, "kind": MessageKind.TEXT, "direct": True, "created_at": AT, "due_at": AT}
    with work():
        assert db.insert_new(OutboundMessage, **values)
        assert not db.insert_new(OutboundMessage, **values)
    with pytest.raises(IntegrityError) as caught, work():
        insert_text(id=1, body="canary")
    assert "canary" not in str(caught.value) + str(caught.value.args)


def test_the_mapper_joins_the_transaction_that_they_began(work, app):
    with app.app_context():
        db.read_only()
        assert due_rows() == []
        # Who only read may write on the same connection.
        db.begin_writing()
        insert_text(id=1)
        db.session().get_one(OutboundMessage, 1).attempts = 7
        insert_text(id=2)
        db.rollback()
        assert due_rows() == []
        insert_text(id=3)
        db.session().get_one(OutboundMessage, 3).attempts = 7
        db.commit()
        assert [row.id for row in due_rows()] == [3]
    with work() as session:
        assert session.get_one(OutboundMessage, 3).attempts == 7
        session.add(event("by the mapper"))
        db.insert(AuditEvent, at=now(), actor_id=None, action="by itself", object_type="thing", object_id="1")
        assert {row.action for row in session.execute(select(AuditEvent.action))} == {"by the mapper", "by itself"}
