"""Engines for SQLite and PostgreSQL, the queue of SQLite's writers, and routing rules that start faster."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import PoolProxiedConnection, QueuePool
from werkzeug.routing import BaseConverter, IntegerConverter, Map, Rule as EagerRule

from portal.core import counters
from portal.core.counters import POSTGRESQL_WAITS

SQLITE_BUSY_MS = 5_000
PRAGMAS = (
    "foreign_keys=ON",
    "journal_mode=WAL",
    # FULL: a report that was acknowledged survives a power cut.
    "synchronous=FULL",
    # Overwrites deleted data, so that a purge leaves nothing in the file.
    "secure_delete=ON",
    # 0.4 MB: each thread has its own connection, and the kernel caches the file anyway.
    "cache_size=-400",
    "temp_store=MEMORY",
)
SILENT_SECONDS = 2.0
"""How long a server that did not answer at all is not asked again."""
SHORT_WAIT, LONG_WAIT = 0.05, 1.0
"""Seconds: shorter waits for the database are not counted."""


def opened(url: str) -> Engine:
    return sqlite(url) if url.startswith("sqlite") else postgresql(url)


def postgresql(url: str) -> Engine:
    # An error's text must not quote the values of the statement.
    engine = create_engine(
        url,
        connect_args=POSTGRESQL_WAITS,
        pool_size=8,
        pool_pre_ping=True,
        hide_parameters=True,
        poolclass=CountingPool,
    )
    event.listen(engine, "do_connect", waiting_once())
    roll_back = engine.dialect.do_rollback_to_savepoint

    def end_savepoint(connection: Connection, name: str) -> None:
        # PostgreSQL keeps one that was rolled back to: thousands would lie within one another, each with a lock.
        roll_back(connection, name)
        engine.dialect.do_release_savepoint(connection, name)

    engine.dialect.do_rollback_to_savepoint = end_savepoint  # type: ignore[method-assign]
    return engine


def waiting_once() -> Callable[..., Any]:
    """Return what connects, but for a moment not again to a server that was silent: a page asks four times."""
    silent_until = float("-inf")

    def connect(dialect: Any, _record: Any, given: Any, named: Any) -> Any:
        nonlocal silent_until
        silence = dialect.dbapi.errors.ConnectionTimeout
        if time.monotonic() < silent_until:
            raise silence("the server was silent a moment ago")
        try:
            return dialect.connect(*given, **named)
        except silence:
            silent_until = time.monotonic() + SILENT_SECONDS
            raise

    return connect


class CountingPool(QueuePool):
    def connect(self) -> PoolProxiedConnection:
        began = time.monotonic()
        connection = super().connect()
        count_wait("pool", time.monotonic() - began)
        return connection


def count_wait(what: str, seconds: float) -> None:
    if seconds >= SHORT_WAIT:
        counters.add(f"database_waits|{what}")
        if seconds >= LONG_WAIT:
            counters.add(f"database_long_waits|{what}")


def sqlite(url: str) -> Engine:
    """A pool of connections to a file, or to memory, whose writers wait in line."""
    waits = {"timeout": SQLITE_BUSY_MS / 1000, "check_same_thread": False}
    engine = create_engine(url, connect_args=waits, hide_parameters=True)
    path = engine.url.database
    queue = WriterQueue(Path(path)) if path else None

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: `begin` decides on the kind.
        connection.isolation_level = None
        for pragma in (*PRAGMAS, f"busy_timeout={SQLITE_BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("portal_writes", True):
            connection.exec_driver_sql("BEGIN")
            return
        held = connection.connection
        waited = queue.enter(held.info) if queue is not None else 0.0
        with _patience(held.dbapi_connection, waited):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    if queue is not None:
        event.listen(engine, "checkin", queue.leave)
    return engine


@contextmanager
def _patience(driver: Any, waited: float) -> Iterator[None]:
    """Count time in the queue as time waited for the lock.

    Otherwise, while another process holds the database, the eighth writer would wait eight times as long as the first.
    """
    left = SQLITE_BUSY_MS - round(waited * 1000)
    if left > SQLITE_BUSY_MS * 0.9:
        yield
        return
    driver.execute(f"PRAGMA busy_timeout={max(left, 0)}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")


def copy(source: Engine, target: Engine) -> None:
    given, taken = source.raw_connection(), target.raw_connection()
    try:
        given.driver_connection.backup(taken.driver_connection)  # type: ignore[union-attr]
    finally:
        given.close()
        taken.close()


class WriterQueue:
    """Queues the writers of one SQLite file.

    SQLite's own waiting polls and is unfair: with eight writers some wait a quarter of a second. With a lock on a file
    beside the database the kernel keeps the queue. It only orders writers; SQLite still guards the data.
    """

    def __init__(self, database: Path) -> None:
        self._path = f"{database}.queue"

    def enter(self, place: dict[Any, Any]) -> float:
        """Wait for the turn of this connection, store it in its `info`, and return the seconds waited."""
        if "queue" in place:
            # The place is kept from one transaction to the next until the connection returns to the pool.
            return 0.0
        began = time.monotonic()
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        place["queue"] = descriptor
        waited = time.monotonic() - began
        count_wait("writer", waited)
        return waited

    def leave(self, _connection: Any, record: Any) -> None:
        """Leave the queue when a connection returns to the pool: the "commit" event would precede the commit."""
        descriptor = record.info.pop("queue", None)
        if descriptor is not None:
            os.close(descriptor)


MOST_NUMBER = 2**62
Built = tuple[str, str]


class Words(BaseConverter):
    """A part of an address; none with a NUL, which a database must not be asked for."""

    regex = r"[^/\x00]+"


class Number(IntegerConverter):
    """`<int:…>` in a URL rule: a number that a database can hold; larger ones match no route."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": MOST_NUMBER, **options})


class LazyRule(EagerRule):
    """A rule that compiles its builders when the first URL is built: for all rules that took a tenth of the start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Built]:
        compiled: Callable[..., Built] | None = None

        def build(rule: EagerRule, **values: Any) -> Built:
            nonlocal compiled
            if compiled is None:
                compiled = EagerRule._compile_builder(rule, append_unknown)  # noqa: SLF001 - ours to put off
            return compiled(rule, **values)

        return build
