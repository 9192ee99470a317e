"""What the processes of a machine count together: tries, for the rate limits, and events, for `core.health`.

Counters and the salt of the day lie in a file in memory, or in PostgreSQL for several machines. Machines that share
their limits share the salt, since the same address would otherwise be another key on each. A salt is derived from the
portal's secret, which does not lie here, and a random part, which lies with the counters and is erased when its day
ends: neither the settings nor a copy of the counters bring it back.

In PostgreSQL all tables are UNLOGGED and in the schema `limits`: in no write-ahead log, base backup or replica, empty
after a crash, and written anew at each day's first try. Unlike memory, their files may reach the server's disk.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from portal.core.clock import now
from portal.core.crypto import derive
from portal.core.logs import LogEvent

POSTGRESQL_WAITS: dict[str, Any] = {
    "connect_timeout": 5,
    # A network that drops everything says nothing: without these a thread would wait for a quarter of an hour, and with
    # it everybody whose form it holds.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}
"""How long a connection to PostgreSQL may be silent; seconds, and milliseconds for the last."""
TABLES = """
CREATE {kind} IF NOT EXISTS tries (key text PRIMARY KEY, ends float, hits bigint) {storage};
CREATE {kind} IF NOT EXISTS numbers (key text PRIMARY KEY, ends float, value bigint) {storage};
CREATE {kind} IF NOT EXISTS salts (day text PRIMARY KEY, random bytea) {storage};
"""
COUNT = """
INSERT INTO tries AS t VALUES {rows} ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN t.ends <= clock() THEN 1 ELSE t.hits + 1 END,
    ends = CASE WHEN t.ends <= clock() THEN excluded.ends ELSE t.ends END
RETURNING key, hits
"""
GIVE_BACK = "UPDATE tries SET hits = hits - 1 WHERE key = ? AND ends > clock() AND hits > 0"
KEEP = """
INSERT INTO numbers VALUES (?, clock() + ?, ?)
ON CONFLICT (key) DO UPDATE SET ends = excluded.ends, value = excluded.value
"""
READ_SALT = "SELECT day, random FROM salts WHERE day = today()"
ERASE = {
    "salts": "DELETE FROM salts WHERE day <> today() RETURNING 1",
    "tries": "DELETE FROM tries WHERE ends <= clock() RETURNING 1",
    "numbers": "DELETE FROM numbers WHERE ends <= clock() RETURNING 1",
}


class TryCounters:
    """Counts tries in fixed windows, and keeps the day's salt and numbers that end.

    `clock()` and `today()` in its statements are this machine's or the server's. All threads of a process share one
    connection, and each statement is committed at once.
    """

    _open: Callable[[], Any]

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._lock = threading.RLock()
        self._connection: Any = None
        self._parents: Any = None
        self._process = 0

    def run(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            # A connection from before a fork belongs to the parent: it is not even closed here.
            if self._connection is None or self._process != os.getpid():
                self._parents, self._connection, self._process = self._connection, self._open(), os.getpid()
            cursor = self._connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def _one(self, statement: str, key: str) -> Any:
        rows = self.run(statement, key)
        return rows[0][0] if rows else 0

    def count(self, key: str, seconds: int) -> int:
        """Count a try, and return how many there were in a window that began with the first one."""
        return self.count_each([key], seconds)[key]

    def count_each(self, keys: Collection[str], seconds: int) -> dict[str, int]:
        """Count a try under each of these keys, at least one, in one statement; return what `count` would, by key."""
        rows = ", ".join(["(?, clock() + ?, 1)"] * len(keys))
        # Sorted: of two callers neither waits for the other.
        return dict(self.run(COUNT.format(rows=rows), *(part for key in sorted(keys) for part in (key, seconds))))

    def give_back(self, key: str) -> None:
        self.run(GIVE_BACK, key)

    def tries(self, key: str) -> int:
        return int(self._one("SELECT hits FROM tries WHERE key = ? AND ends > clock()", key))

    def seconds_left(self, key: str) -> float:
        return float(self._one("SELECT ends - clock() FROM tries WHERE key = ?", key))

    def keep(self, key: str, number: int, seconds: int) -> None:
        self.run(KEEP, key, seconds, number)

    def kept(self, key: str) -> int:
        """Return the number under `key`; 0 if there is none, or its time is over."""
        return int(self._one("SELECT value FROM numbers WHERE key = ? AND ends > clock()", key))

    def salt(self) -> bytes:
        """Return today's salt; those of other days and what ended are erased."""
        day, random = (self.run(READ_SALT) or self._begin())[0]
        return derive(self._secret.encode() + bytes(random), f"limits {day}")

    def _begin(self) -> list[Any]:
        """Erase what is over and create the random part of a day; all who are first at once get the same one."""
        self.run("INSERT INTO salts VALUES (today(), ?) ON CONFLICT DO NOTHING", secrets.token_bytes(32))
        self._overwrite([table for table, erase in ERASE.items() if self.run(erase)])
        return self.run(READ_SALT) or self._begin()

    def _overwrite(self, tables: Sequence[str]) -> None:
        """Leave nothing of rows that were deleted from these tables."""


class CountersInMemory(TryCounters):
    """The counters of one machine, in a file of SQLite in the folder `Settings.in_memory`."""

    def __init__(self, path: Path, secret: str) -> None:
        super().__init__(secret)
        self._path = path
        # SQLite fails without waiting if two processes switch a new file to WAL.
        with Path(f"{path}.lock").open("w") as lock, closing(self._open()) as made:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made.executescript("PRAGMA journal_mode=WAL;" + TABLES.format(kind="TABLE", storage="WITHOUT ROWID"))

    def _open(self) -> sqlite3.Connection:
        opened = sqlite3.connect(self._path, timeout=2, isolation_level=None, check_same_thread=False)
        opened.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-100; PRAGMA secure_delete=ON;")
        opened.create_function("clock", 0, time.time)
        opened.create_function("today", 0, lambda: now().date().isoformat())
        return opened

    def _overwrite(self, tables: Sequence[str]) -> None:
        # The write-ahead log would otherwise still hold the erased rows.
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")


CREATE = """
SELECT pg_advisory_xact_lock(hashtext('portal limits'));
CREATE SCHEMA IF NOT EXISTS limits;
CREATE OR REPLACE FUNCTION clock() RETURNS float STABLE RETURN extract(epoch FROM statement_timestamp())::float;
CREATE OR REPLACE FUNCTION today() RETURNS text STABLE
    RETURN to_char(statement_timestamp() AT TIME ZONE 'utc', 'YYYY-MM-DD');
""" + TABLES.format(kind="UNLOGGED TABLE", storage="WITH (fillfactor = 50)")
# A commit needs no disk: nothing here has to survive a crash.
OPTIONS = "-c search_path=limits -c synchronous_commit=off -c statement_timeout=5000"
REWRITE_MS = 500
NOT_REWRITTEN = LogEvent("limits.not_rewritten", logging.WARNING, "limits: table {table} could not be written anew")


class CountersAway(OSError):
    """The counters cannot be reached: 503, as when the database cannot."""


class CountersInPostgres(TryCounters):
    """The counters of several machines, in the portal's PostgreSQL and by that server's clock: theirs may differ."""

    def __init__(self, url: str, secret: str) -> None:
        super().__init__(secret)
        self._url = url

    def run(self, statement: str, *values: object) -> list[Any]:
        """Execute one statement, a second time if the server had closed the connection."""
        import psycopg

        with self._lock:
            held = self._connection
            try:
                return super().run(statement.replace("?", "%s"), *values)
            except psycopg.OperationalError as problem:
                if held is None or not held.closed:
                    raise CountersAway from problem
                self._connection = None
                return self.run(statement, *values)

    def _open(self) -> Any:
        import psycopg

        opened = psycopg.connect(self._url, autocommit=True, options=OPTIONS, **POSTGRESQL_WAITS)
        if opened.execute(b"SELECT to_regclass('limits.salts')").fetchone() == (None,):
            with opened.transaction():
                opened.execute(CREATE.encode())
        return opened

    def _overwrite(self, tables: Sequence[str]) -> None:
        """Write the tables into new files: deleted rows would stay in the old ones until their room is needed."""
        # While this waits for somebody who reads a table for long, everybody who counts waits behind it.
        self.run(f"SET lock_timeout = {REWRITE_MS}")
        for table in tables:
            try:
                self.run(f"VACUUM FULL {table}")
            except CountersAway:
                NOT_REWRITTEN.log(table=table)
        self.run("RESET lock_timeout")


NO_END = 10**9
store: TryCounters | None = None
"""Sums by key, which never fall until the machine restarts; None if nothing is counted."""


def add(key: str) -> None:
    """Add one. Never raises: where there is no room, nothing is counted."""
    if store is not None:
        with suppress(sqlite3.Error):
            store.count(key, NO_END)
