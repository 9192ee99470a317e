"""Wakes workers and carries the timetable: which queue library engine, and what may be asked of it.

A queue only ever holds the name of a job and ids. It may lose what it holds: rows in the database say what is
to be done, and the timetable finds what no message announced.

Every worker looks at the timetable each minute. A row per entry lets one of them through, makes up for what was
missed while nobody worked, and lets an entry be tried again when its worker died or failed.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from flask import g
from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import BadSettings, Settings
from portal.core.clock import now, zone
from portal.core.db import Base, db, session
from portal.core.jobs import retries
from portal.core.jobs.retries import EMBEDDED, LEASE, POSTGRES, Every, last_due, longest_run
from portal.core.portal import Portal, current_portal
from portal.core.web import log_error

if TYPE_CHECKING:
    from huey import Huey


Row = TypeVar("Row")
log = logging.getLogger("portal.jobs")


def each_row(rows: Iterable[Row], work: Callable[[Row], object], *, begin: Callable[[Row], bool] | None = None) -> int:
    """Call `work` with each row in a unit of work of its own; returns how many failed.

    An error is logged without its text and ends the work on that row only. `work` may end its unit early with one
    that it opens itself, for example before it waits for another server. The timetable tries an entry again of which
    a row failed.

    `begin` is for work that could end the worker itself (somebody else's file, a long calculation). It counts the
    attempt, in a transaction that commits before the work starts, so that a worker that is killed has counted it too.
    A row for which it returns False is left out.
    """
    failed = 0
    for row in rows:
        try:
            if begin is not None and not _done(begin, row):
                continue
            _done(work, row)
        except Exception as error:  # noqa: BLE001 - this is the job runner
            failed += 1
            log.error("a row failed in %s", getattr(work, "__qualname__", "a job"))
            log_error(error)
    if failed:
        g.rows_failed = True
    return failed


def any_failed() -> bool:
    """Whether a row has failed in this context since this was asked last."""
    return bool(g.pop("rows_failed", False))


def _done(step: Callable[[Any], Any], row: object) -> Any:
    with db.work():
        return step(row)


NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class Turn(Base):
    """When an entry was done last (`done_for`, the time it was due), and until when a worker may be at it."""

    __tablename__ = "core_turn"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_for: Mapped[datetime]
    taken_until: Mapped[datetime]


@dataclass(frozen=True)
class TimetableEntry:
    """A line of the timetable."""

    name: str
    when: Every
    work: Callable[[], None]

    def run(self) -> None:
        """Do it if it is due and nobody else is at it; after an error, of a row too, again when the turn runs out."""
        due_since = last_due(self.when, now().astimezone(zone()))
        with db.work():
            taken = _take(self, due_since)
        if not taken:
            return
        any_failed()
        self.work()
        if any_failed():
            return
        with db.work():
            session.execute(update(Turn).where(Turn.name == self.name).values(done_for=due_since, taken_until=NEVER))


def due(entries: Sequence[TimetableEntry]) -> list[str]:
    """The names of entries that are due and that nobody is at."""
    local = now().astimezone(zone())
    with db.work():
        _add_missing(entries)
    with db.work():
        turns = {turn.name: turn for turn in session.scalars(select(Turn))}
    return [
        entry.name
        for entry in entries
        if turns[entry.name].done_for < last_due(entry.when, local) and turns[entry.name].taken_until <= now()
    ]


def _add_missing(entries: Sequence[TimetableEntry]) -> None:
    known = set(session.scalars(select(Turn.name)))
    for entry in entries:
        if entry.name not in known:
            session.add(Turn(name=entry.name, done_for=NEVER, taken_until=NEVER))


def _take(entry: TimetableEntry, due_since: datetime) -> bool:
    free = Turn.taken_until <= now()
    statement = (
        update(Turn)
        .where(Turn.name == entry.name, Turn.done_for < due_since, free)
        .values(taken_until=now() + longest_run(entry.when))
        .returning(Turn.name)
    )
    return session.execute(statement).scalar() is not None


Job = Callable[..., None]
QUIET_SECONDS = 5.0


def start(app: Portal) -> None:
    """Offer the engine, and `wake(parcel_id, first)` to the outbox. Raises `BadSettings` for an engine there is not."""
    check_engine(app.settings)
    engine = Engine(app)
    app.engine = engine
    app.transports = {}
    app.lease = LEASE
    app.wake = lambda parcel_id, first: engine.enqueue("deliver", parcel_id, first=first)


def check_engine(settings: Settings) -> None:
    """Raise `BadSettings` unless the settings name an engine that can work."""
    name = settings.jobs_engine
    if name not in (EMBEDDED, POSTGRES) and not name.startswith(("redis://", "rediss://", "unix://")):
        raise BadSettings("PORTAL_JOBS_ENGINE must be embedded, postgres or a redis:// address")
    if name == POSTGRES and not settings.database.startswith("postgresql"):
        raise BadSettings("PORTAL_JOBS_ENGINE is postgres, but PORTAL_DATABASE_URL names no PostgreSQL")


def current_engine() -> Engine:
    """The engine of this app."""
    found: Engine = current_portal.engine
    return found


class Engine:
    """Jobs by name, and the queue they are asked for through."""

    def __init__(self, app: Portal) -> None:
        self._app = app
        self._settings: Settings = app.settings
        self._message: Any = None
        self._jobs: dict[str, Job] = {}
        self._entries: list[TimetableEntry] = []
        self._quiet_until = 0.0

    def job(self, name: str, work: Job) -> None:
        """Let `enqueue(name, …)` ask for `work`. It is given ids, opens its own units of work, and may run twice."""
        self._jobs[name] = work

    def timed(self, name: str, when: retries.Every, work: Callable[[], None]) -> None:
        """Run `work` on the timetable, on one of the workers."""
        entry = TimetableEntry(name, when, work)
        self._entries.append(entry)
        self.job(name, entry.run)

    def enqueue(self, name: str, *ids: int, first: bool = False) -> bool:
        """Ask a worker for a job, soon. Never raises: whoever asks has committed, and the sweep finds what was lost."""
        if time.monotonic() < self._quiet_until:
            return False
        try:
            self.queue.enqueue(self._message.s(name, list(ids), priority=1 if first else 0))
        except Exception as error:  # noqa: BLE001 - every engine has errors of its own
            # Not to be asked again at once: a dead server must not slow requests.
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("the jobs engine cannot be reached (%s); the sweep will find what is due", type(error).__name__)
            return False
        return True

    @cached_property
    def queue(self) -> Huey:
        """Opened at first use: the portal starts, and takes reports, without it."""
        queue = open_queue(self._settings)
        self._message = queue.task(name="run")(self.run)
        queue.periodic_task(EACH_MINUTE, name="tick")(self.tick)
        return queue

    @property
    def kind(self) -> str:
        """Which engine, without its address."""
        return self._settings.jobs_engine.partition(":")[0]

    def run(self, name: str, ids: list[int]) -> None:
        """Run a job now."""
        self.guard(name, lambda: self._jobs[name](*ids))

    def guard(self, name: str, work: Callable[[], None]) -> None:
        """Run something in a context of its own. An error is logged without its text, and ends nothing else."""
        with self._app.app_context():
            try:
                work()
            except Exception as error:  # noqa: BLE001 - this is the job runner
                log.error("job %s failed", name)
                log_error(error)
            finally:
                db.close()

    def tick(self) -> None:
        """Each minute: ask for what the timetable says is due."""
        self.guard("tick", self._ask_for_what_is_due)

    def _ask_for_what_is_due(self) -> None:
        for name in due(self._entries):
            self.enqueue(name)

    def is_reachable(self) -> bool:
        """Whether the queue answers."""
        try:
            self.queue.pending_count()
        except Exception:  # noqa: BLE001 - whatever went wrong, the answer is no
            return False
        return True


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
