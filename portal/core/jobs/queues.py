"""The queue of each engine. Loaded when the first message is sent: not every process sends any."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from portal.config import Settings
from portal.core.jobs.rules import EMBEDDED, POSTGRES


@contextmanager
def _absent(library: str) -> Iterator[None]:
    """What is imported inside finds a library that is not loaded yet as if it were not installed."""
    if library in sys.modules:
        yield
        return
    sys.modules[library] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[library]


# huey loads every database driver that it finds; with SQLite this one would be 6 MB in each process for nothing.
with _absent("psycopg"):
    from huey import Huey, PostgresHuey, PriorityRedisHuey, SqliteHuey, crontab, storage
    from huey.registry import Message
    from huey.serializer import Serializer

EACH_MINUTE = crontab()
NAME = "portal"
SCHEMA = "jobs"
SQLITE_WAIT_SECONDS = 1.0
REDIS_WAIT_SECONDS = 1.0
REDIS_ANSWER_SECONDS = 5.0


class JsonSerializer(Serializer):
    """Messages as JSON: whoever can write to the queue must not be able to run code by it, as with pickle."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Any:
        found = json.loads(bytes(data))
        is_message = isinstance(found, list) and len(found) == len(Message._fields)
        return Message(*found) if is_message else found


def open_queue(settings: Settings) -> Huey:
    """The queue that the settings name; raises what its library raises when it cannot be opened."""
    common = {"serializer": JsonSerializer(), "results": False}
    if settings.jobs_engine == EMBEDDED:
        return _sqlite(settings.data_dir / "jobs.db", common)
    if settings.jobs_engine == POSTGRES:
        return _postgres(settings.database.replace("postgresql+psycopg://", "postgresql://", 1), common)
    return _redis(settings.jobs_engine, common)


def _sqlite(path: Path, common: dict[str, Any]) -> Huey:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Without fsync: 0.02 ms a message instead of 0.13. A power cut may lose wakes, never rows.
    return SqliteHuey(NAME, filename=str(path), fsync=False, cache_mb=1, timeout=SQLITE_WAIT_SECONDS, **common)


def _postgres(url: str, common: dict[str, Any]) -> Huey:
    import psycopg

    # huey looks there whether it is installed.
    storage.psycopg = psycopg
    # Tables of their own schema: they are the queue library's, and no business of our migrations.
    with psycopg.connect(url, autocommit=True) as connection:
        # Processes that start together would otherwise collide in creating the same things.
        connection.execute("SELECT pg_advisory_lock(hashtext('portal jobs'))")
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}".encode())
        options = f"-c search_path={SCHEMA} -c synchronous_commit=off"
        return PostgresHuey(NAME, connection=lambda: psycopg.connect(url, options=options), **common)


def _redis(url: str, common: dict[str, Any]) -> Huey:
    waits = urlencode({"socket_connect_timeout": REDIS_WAIT_SECONDS, "socket_timeout": REDIS_ANSWER_SECONDS})
    return PriorityRedisHuey(NAME, url=f"{url}{'&' if '?' in url else '?'}{waits}", **common)
