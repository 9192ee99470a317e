"""Where tries are counted, and where the salts of the day lie: on this machine, in PostgreSQL or in Redis.

On one machine both are in a file in memory. Machines that share their limits must share the salts too, since the same
address would otherwise be another key on each. A salt that is shared is `derive_salt(secret, day, random)`: the random
part lies with the counters and is erased when its day ends, the secret lies with the portal. So a copy of the counters
is useless without the portal's settings, the settings are useless without that day's random part, and neither can be
had again for a day that is over.

PostgreSQL: all tables are UNLOGGED and in a schema of their own. What is in them never gets into the write-ahead log,
and so not into an archive for recovery, a base backup or a replica; a dump leaves them out with
`--exclude-schema=limits`. After a crash they are empty: then all limits begin anew, under a new salt. At each day's
first try what is over is deleted and the tables are written anew, so that dead rows go too. What is left: unlike
memory, the files of these tables may reach the server's disk, and blocks that were given back to the file system stay
until they are overwritten. Whoever reads those needs the secret as well, and the random part of that very day.
"""

from __future__ import annotations

import fcntl
import logging
import math
import os
import secrets
import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from limits.errors import ConfigurationError
from limits.storage import Storage, storage_from_string

from portal.config import BadSettings
from portal.core.clock import now
from portal.core.crypto import derive
from portal.core.logs import LogEvent

if TYPE_CHECKING:
    from psycopg import Connection

POSTGRES = "postgres"
SALT_BYTES = 32
NOT_REWRITTEN = LogEvent(
    "limits.not_rewritten", logging.WARNING, "limits: the table {table} could not be written anew; tomorrow again"
)


class Salts(Protocol):
    """Keeps the salt of the current day, and beside the counters a number for some seconds under a key."""

    def salt(self, day: str) -> bytes: ...

    def keep(self, key: str, number: int, seconds: int) -> None: ...

    def kept(self, key: str) -> int: ...


class FileStorage(Storage):
    """Fixed windows for the limits library in one SQLite file, which lies in memory; see `Settings.in_memory`."""

    STORAGE_SCHEME = ["file"]
    base_exceptions = sqlite3.Error

    def __init__(self, uri: str, wrap_exceptions: bool = False, **_options: str) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._path = uri.removeprefix("file://")
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Execute one statement, committed at once. Threads share one connection: it takes 20 µs; each costs memory."""
        with self._lock:
            if self._connection is None:
                self._connection = self._open()
            return self._connection.execute(statement, values).fetchall()

    def prepare(self) -> None:
        """Create the file before it is used: SQLite fails without waiting if two processes switch it to WAL."""
        with Path(f"{self._path}.lock").open("w") as lock, closing(self._open()) as made:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made.executescript(TABLES)

    def _open(self) -> sqlite3.Connection:
        opened = sqlite3.connect(self._path, timeout=2, isolation_level=None, check_same_thread=False)
        opened.executescript(PRAGMAS)
        return opened

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        return int(self.run(COUNT, key, time.time(), expiry, amount)[0][0])

    def get(self, key: str) -> int:
        rows = self.run("SELECT hits FROM hit WHERE key = ? AND ends >= ?", key, time.time())
        return int(rows[0][0]) if rows else 0

    def get_expiry(self, key: str) -> float:
        rows = self.run("SELECT ends FROM hit WHERE key = ?", key)
        return float(rows[0][0]) if rows else time.time()

    def check(self) -> bool:
        return bool(self.run("SELECT 1"))

    def reset(self) -> int:
        return len(self.run("DELETE FROM hit RETURNING key"))

    def clear(self, key: str) -> None:
        self.run("DELETE FROM hit WHERE key = ?", key)

    def keep(self, key: str, number: int, seconds: int) -> None:
        """Keep a number in place of an earlier one."""
        self.run("INSERT OR REPLACE INTO number VALUES (?, ?, ?)", key, time.time() + seconds, number)

    def kept(self, key: str) -> int:
        """Return the number under `key`; 0 if there is none, or its time is over."""
        rows = self.run("SELECT value FROM number WHERE key = ? AND ends > ?", key, time.time())
        return int(rows[0][0]) if rows else 0

    def salt(self, day: str) -> bytes:
        """Return the salt of `day`; salts of other days and what ended are erased."""
        rows = self.run("SELECT salt FROM salt WHERE day = ?", day)
        return bytes(rows[0][0]) if rows else self._begin(day)

    def _begin(self, day: str) -> bytes:
        """Create the salt on the first request of a day. Concurrent callers all get one salt, and none erases it."""
        self.run("DELETE FROM salt WHERE day <> ?", day)
        self.run("DELETE FROM hit WHERE ends < ?", time.time())
        self.run("DELETE FROM number WHERE ends < ?", time.time())
        kept = self.run(KEEP_FIRST, day, secrets.token_bytes(32))
        # The write-ahead log would otherwise still hold the erased rows.
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return bytes(kept[0][0])


PRAGMAS = """
PRAGMA synchronous=OFF;
PRAGMA cache_size=-100;
PRAGMA secure_delete=ON;
"""
TABLES = """
PRAGMA journal_mode=WAL;
CREATE TABLE IF NOT EXISTS hit (key TEXT PRIMARY KEY, ends REAL, hits INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS number (key TEXT PRIMARY KEY, ends REAL, value INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS salt (day TEXT PRIMARY KEY, salt BLOB) WITHOUT ROWID;
"""
KEEP_FIRST = "INSERT INTO salt VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET day = day RETURNING salt"
COUNT = """
INSERT INTO hit VALUES (?1, ?2 + ?3, max(?4, 0)) ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN ends < ?2 THEN max(?4, 0) ELSE max(hits + ?4, 0) END,
    ends = CASE WHEN ends < ?2 THEN ?2 + ?3 ELSE ends END
RETURNING hits
"""


CREATE = """
SELECT pg_advisory_xact_lock(hashtext('portal limits'));
CREATE SCHEMA IF NOT EXISTS limits;
CREATE UNLOGGED TABLE IF NOT EXISTS limits.hit
    (key text PRIMARY KEY, ends timestamptz NOT NULL, hits bigint NOT NULL) WITH (fillfactor = 50);
CREATE UNLOGGED TABLE IF NOT EXISTS limits.number
    (key text PRIMARY KEY, ends timestamptz NOT NULL, value bigint NOT NULL) WITH (fillfactor = 50);
CREATE UNLOGGED TABLE IF NOT EXISTS limits.salt (day date PRIMARY KEY, random bytea NOT NULL);
"""
COUNT_THERE = """
INSERT INTO limits.hit AS h
    VALUES (%(key)s, clock_timestamp() + %(for)s * interval '1 second', greatest(%(amount)s, 0))
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN h.ends < clock_timestamp() THEN excluded.hits ELSE greatest(h.hits + %(amount)s, 0) END,
    ends = CASE WHEN h.ends < clock_timestamp() THEN excluded.ends ELSE h.ends END
RETURNING hits
"""
KEEP = """
INSERT INTO limits.number VALUES (%s, clock_timestamp() + %s * interval '1 second', %s)
ON CONFLICT (key) DO UPDATE SET ends = excluded.ends, value = excluded.value
"""
READ_SALT = """
SELECT day::text, random FROM limits.salt WHERE day = (clock_timestamp() AT TIME ZONE 'utc')::date
"""
KEEP_FIRST_THERE = """
INSERT INTO limits.salt AS s VALUES ((clock_timestamp() AT TIME ZONE 'utc')::date, %s)
ON CONFLICT (day) DO UPDATE SET day = s.day RETURNING day::text, random
"""
ERASE = {
    "salt": "DELETE FROM limits.salt WHERE day <> (clock_timestamp() AT TIME ZONE 'utc')::date RETURNING 1",
    "hit": "DELETE FROM limits.hit WHERE ends < clock_timestamp() RETURNING 1",
    "number": "DELETE FROM limits.number WHERE ends < clock_timestamp() RETURNING 1",
}
LOOK_SECONDS = 30.0
"""How long a salt that was read is used before it is read again: after a crash of the server there is a new one."""
CONNECT_SECONDS = 5
ANSWER_MS = 5_000
REWRITE_MS = 500


class CountersAway(OSError):
    """The counters cannot be reached: 503, as when the database cannot."""


class PostgresStorage(Storage):
    """Fixed windows for the limits library in the portal's PostgreSQL, by the clock of that server.

    All threads of a process share one connection, as with the file: a try takes as long as one way to the server.
    """

    STORAGE_SCHEME = [POSTGRES]
    base_exceptions = CountersAway

    def __init__(self, url: str, secret: str) -> None:
        super().__init__(None)
        self._url, self._secret = url, secret
        self._lock = threading.Lock()
        self._connection: Connection[Any] | None = None
        self._process = 0
        self._salt = b""
        self._salt_until = 0.0

    def run(self, statement: str, values: Any = ()) -> list[tuple[Any, ...]]:
        """Execute one statement, committed at once; a connection that the server closed is opened anew once."""
        import psycopg

        try:
            with self._lock:
                was_open = self._is_open()
                try:
                    return self._run(statement, values)
                except psycopg.OperationalError:
                    if not was_open or self._is_open():
                        raise
                    return self._run(statement, values)
        except psycopg.OperationalError as problem:
            raise CountersAway from problem

    def _is_open(self) -> bool:
        # A connection from before a fork belongs to the parent.
        return self._connection is not None and not self._connection.closed and self._process == os.getpid()

    def _run(self, statement: str, values: Any) -> list[tuple[Any, ...]]:
        if not self._is_open():
            self._connection, self._process = self._open(), os.getpid()
        assert self._connection is not None
        cursor = self._connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def _open(self) -> Connection[Any]:
        import psycopg

        # A commit needs no disk: nothing here has to survive a crash.
        options = f"-c synchronous_commit=off -c statement_timeout={ANSWER_MS}"
        opened = psycopg.connect(self._url, autocommit=True, connect_timeout=CONNECT_SECONDS, options=options)
        if opened.execute(b"SELECT to_regclass('limits.number')").fetchone() == (None,):
            with opened.transaction():
                opened.execute(CREATE.encode())
        return opened

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        return int(self.run(COUNT_THERE, {"key": key, "for": expiry, "amount": amount})[0][0])

    def get(self, key: str) -> int:
        rows = self.run("SELECT hits FROM limits.hit WHERE key = %s AND ends >= clock_timestamp()", [key])
        return int(rows[0][0]) if rows else 0

    def get_expiry(self, key: str) -> float:
        left = "SELECT extract(epoch FROM ends - clock_timestamp()) FROM limits.hit WHERE key = %s"
        rows = self.run(left, [key])
        return time.time() + (float(rows[0][0]) if rows else 0)

    def check(self) -> bool:
        return bool(self.run("SELECT 1"))

    def reset(self) -> int:
        return len(self.run("DELETE FROM limits.hit RETURNING key"))

    def clear(self, key: str) -> None:
        self.run("DELETE FROM limits.hit WHERE key = %s", [key])

    def keep(self, key: str, number: int, seconds: int) -> None:
        """Keep a number in place of an earlier one."""
        self.run(KEEP, [key, seconds, number])

    def kept(self, key: str) -> int:
        """Return the number under `key`; 0 if there is none, or its time is over."""
        rows = self.run("SELECT value FROM limits.number WHERE key = %s AND ends > clock_timestamp()", [key])
        return int(rows[0][0]) if rows else 0

    def salt(self, _day: str) -> bytes:
        """Return today's salt. The day is the server's: machines whose clocks differ would erase each other's."""
        if time.monotonic() > self._salt_until:
            day, random = (self.run(READ_SALT) or self._begin())[0]
            self._salt = derive_salt(self._secret, day, bytes(random))
            self._salt_until = time.monotonic() + LOOK_SECONDS
        return self._salt

    def _begin(self) -> list[tuple[Any, ...]]:
        """Create the random part of a day at its first try, and erase what is over. All callers get the same one."""
        kept = self.run(KEEP_FIRST_THERE, [secrets.token_bytes(SALT_BYTES)])
        for table, erase in ERASE.items():
            if self.run(erase):
                self._write_anew(table)
        return kept

    def _write_anew(self, table: str) -> None:
        """Write a table into a new file: deleted rows would stay in the old one until their room is needed."""
        try:
            # While this waits for somebody who reads the table for long, everybody who counts would wait behind it.
            self.run(f"SET lock_timeout = {REWRITE_MS}")
            self.run(f"VACUUM FULL limits.{table}")
        except CountersAway:
            NOT_REWRITTEN.log(table=table)
        finally:
            self.run("RESET lock_timeout")

    def close(self) -> None:
        """Close the connection; the next try opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()


class RedisSalts:
    """Salts and numbers in Redis or Valkey, beside the counters; they end there by themselves."""

    def __init__(self, storage: Storage, secret: str) -> None:
        self._server = cast(Any, storage).storage
        self._secret = secret

    def salt(self, day: str) -> bytes:
        """Return the salt of `day`."""
        key = f"portal:salt:{day}"
        tomorrow = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
        left = (tomorrow - now()).total_seconds()
        # The first one stays, whoever else offers one.
        self._server.set(key, secrets.token_bytes(SALT_BYTES), nx=True, ex=math.ceil(max(left, 0)) + 60)
        return derive_salt(self._secret, day, bytes(self._server.get(key)))

    def keep(self, key: str, number: int, seconds: int) -> None:
        """Keep a number in place of an earlier one."""
        self._server.set(f"portal:number:{key}", number, px=max(seconds * 1000, 1))

    def kept(self, key: str) -> int:
        """Return the number under `key`; 0 if there is none, or its time is over."""
        return int(self._server.get(f"portal:number:{key}") or 0)


def derive_salt(secret: str, day: str, random: bytes) -> bytes:
    """Return the salt of a day from the site's secret and that day's random part; see above."""
    return derive(secret.encode() + random, f"limits {day}")


def open_counters(url: str, database: str, here: Path, secret: str) -> tuple[Storage, Salts]:
    """Return what counts, and what keeps the salts, as `PORTAL_LIMITS_URL` says; raises `BadSettings`."""
    if url == POSTGRES:
        if not database.startswith("postgresql"):
            raise BadSettings("PORTAL_LIMITS_URL is postgres, but PORTAL_DATABASE_URL names no PostgreSQL")
        there = PostgresStorage(database.replace("postgresql+psycopg://", "postgresql://", 1), secret)
        return there, there
    if url:
        try:
            shared = cast(Storage, storage_from_string(url))
        except ConfigurationError:
            raise BadSettings("PORTAL_LIMITS_URL: the redis package is not installed") from None
        return shared, RedisSalts(shared, secret)
    file = FileStorage(f"file://{here / 'limits.db'}")
    file.prepare()
    return file, file
