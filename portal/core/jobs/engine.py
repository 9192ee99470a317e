"""The jobs engine: the queue that wakes workers, the timetable, and `each_row()` for work row by row.

A queue only ever holds job names and ids. It may lose messages: rows in the database say what is to be done, and the
timetable finds the rest.

Every worker checks the timetable each minute. A row per entry lets one worker through, makes up for turns that were
missed while no worker ran, and lets an entry be tried again when its worker died or failed.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from flask import g
from sqlalchemy import ColumnElement, and_, false, or_, select, update

from portal.config import BadSettings, Settings
from portal.core import counters
from portal.core.clock import now, zone
from portal.core.counters import POSTGRESQL_WAITS
from portal.core.db import db, session
from portal.core.jobs.retries import EMBEDDED, LEASE, LONGEST_RUN, POSTGRES, Every, Priority, last_due, longest_run
from portal.core.jobs.turns import NEVER, Turn, is_free, may_trust_clock
from portal.core.logs import LogEvent, log_error
from portal.core.portal import Portal, current_portal

if TYPE_CHECKING:
    from huey import Huey

Row = TypeVar("Row")
ROW_FAILED = LogEvent("job.row_failed", logging.ERROR, "a row failed in {work}")
JOB_FAILED = LogEvent("job.failed", logging.ERROR, "job {job} failed")
QUEUE_AWAY = LogEvent(
    "jobs.unreachable",
    logging.WARNING,
    "the jobs engine cannot be reached ({error}); the sweep will find what is due",
)


def each_row(rows: Iterable[Row], work: Callable[[Row], object], *, begin: Callable[[Row], bool] | None = None) -> int:
    """Call `work` with each row in a unit of work of its own; return the number of rows that failed.

    An error is logged without its text and ends the work on that row only. `work` may end its unit early with one that
    it opens itself, for example before it waits for another server. If a row failed, the timetable tries the entry
    again.

    `begin` is for work that could end the worker itself (an uploaded file, a long calculation). It counts the attempt,
    in a transaction that commits before the work starts, so that a killed worker has counted it too. A row for which it
    returns False is left out.
    """

    def done(step: Callable[[Row], Any], row: Row) -> Any:
        with db.work():
            return step(row)

    failed = 0
    for row in rows:
        try:
            if begin is None or done(begin, row):
                done(work, row)
        except Exception as error:  # noqa: BLE001 - this is the job runner
            failed += 1
            counters.add("row_failures")
            ROW_FAILED.log(work=getattr(work, "__qualname__", "a_job"))
            log_error(error)
    if failed:
        g.rows_failed = True
    return failed


def any_failed() -> bool:
    """Return whether a row has failed in this context since the last call."""
    return bool(g.pop("rows_failed", False))


@dataclass(frozen=True)
class TimetableEntry:
    name: str
    when: Every
    work: Callable[[], object]
    whatever_the_date: bool = False

    def run(self) -> None:
        """Run the entry if it is due and not taken; after an error, even of one row, again when the turn ends."""
        if not self.whatever_the_date and not may_trust_clock():
            return
        due_since = last_due(self.when, now().astimezone(zone()))
        with db.work():
            take = update(Turn).where(_is_open(self, due_since)).values(taken_until=now() + longest_run(self.when))
            taken = session.scalar(take.returning(Turn.name))
        if taken is None:
            return
        any_failed()
        self.work()
        if any_failed():
            return
        with db.work():
            session.execute(update(Turn).where(Turn.name == self.name).values(done_for=due_since, taken_until=NEVER))


def due(entries: Sequence[TimetableEntry]) -> list[str]:
    """Return the names of entries that are due and not taken by a worker."""
    local = now().astimezone(zone())
    if not may_trust_clock():
        entries = [entry for entry in entries if entry.whatever_the_date]
    with db.work():
        present = set(session.scalars(select(Turn.name)))
        session.add_all(
            Turn(name=entry.name, done_for=NEVER, taken_until=NEVER) for entry in entries if entry.name not in present
        )
    with db.work():
        is_open = or_(false(), *(_is_open(entry, last_due(entry.when, local)) for entry in entries))
        names = set(session.scalars(select(Turn.name).where(is_open)))
    return [entry.name for entry in entries if entry.name in names]


def _is_open(entry: TimetableEntry, due_since: datetime) -> ColumnElement[bool]:
    """Return whether an entry is due and not taken. A turn in the future was noted while a clock was wrong."""
    is_due = or_(Turn.done_for < due_since, Turn.done_for > due_since + entry.when.period)
    return and_(Turn.name == entry.name, is_due, is_free(now(), longest_run(entry.when)))


Job = Callable[..., None]
QUIET_SECONDS = 5.0
LAST = max(Priority)
"""huey takes the highest number first."""


def start(app: Portal) -> None:
    """Create the engine of `app`, and the outbox's `wake`. Raises `BadSettings` for an unusable engine."""
    name = app.settings.jobs_engine
    if name not in (EMBEDDED, POSTGRES):
        raise BadSettings("PORTAL_JOBS_ENGINE must be embedded or postgres")
    if name == POSTGRES and not app.settings.database.startswith("postgresql"):
        raise BadSettings("PORTAL_JOBS_ENGINE is postgres, but PORTAL_DATABASE_URL names no PostgreSQL")
    engine = app.engine = Engine(app)
    app.transports = {}
    app.lease = LEASE
    app.wake = lambda message_id, priority: engine.enqueue("deliver", message_id, priority=priority)


def current_engine() -> Engine:
    engine: Engine = current_portal.engine
    return engine


class Engine:
    """Jobs by name, the timetable, and the queue through which jobs are requested."""

    def __init__(self, app: Portal) -> None:
        self._app = app
        self._settings: Settings = app.settings
        self._message: Any = None
        self._jobs: dict[str, Job] = {}
        self._entries: list[TimetableEntry] = []
        self._quiet_until = 0.0

    def job(self, name: str, work: Job) -> None:
        """Register `work` for `enqueue(name, …)`. It gets ids, opens its own units of work, and may run twice."""
        self._jobs[name] = work

    def timed(self, name: str, when: Every, work: Callable[[], object], whatever_the_date: bool = False) -> None:
        """Register `work` on the timetable; it runs on one of the workers. See `Timed`."""
        entry = TimetableEntry(name, when, work, whatever_the_date)
        self._entries.append(entry)
        self.job(name, entry.run)

    def enqueue(
        self, name: str, *ids: int, priority: Priority = Priority.NOTICE, delay: timedelta | None = None
    ) -> bool:
        """Request a job. Never raises, since the caller has already committed; the sweep finds lost requests."""
        if time.monotonic() < self._quiet_until:
            return False
        try:
            self.queue.enqueue(self._message.s(name, list(ids), priority=LAST - priority, delay=delay))
        except Exception as error:  # noqa: BLE001 - every engine has errors of its own
            # Back off for a while: an unreachable server must not slow requests down.
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            QUEUE_AWAY.log(error=type(error).__name__)
            return False
        return True

    @cached_property
    def queue(self) -> Huey:
        """The queue, opened at first use: the portal starts and accepts reports without it."""
        load_huey()
        from huey import crontab

        queue = open_queue(self._settings)
        self._message = queue.task(name="run")(self.run)
        queue.periodic_task(crontab(), name="tick")(self.tick)
        return queue

    def run(self, name: str, ids: list[int]) -> None:
        self.guard(name, lambda: self._jobs[name](*ids))

    def guard(self, name: str, work: Callable[[], object]) -> None:
        """Run `work` in an application context of its own. An error is logged without its text and not raised."""
        with self._app.app_context():
            try:
                work()
            except Exception as error:  # noqa: BLE001 - this is the job runner
                counters.add(f"job_failures|{name}")
                JOB_FAILED.log(job=name.replace(", ", "-").replace(" ", "-"))
                log_error(error)
            finally:
                db.close()

    def tick(self) -> None:
        """Request the entries that are due; called each minute."""
        self.guard("tick", lambda: [self.enqueue(name) for name in due(self._entries)])

    def overdue(self) -> list[str]:
        """Return the entries that were not done for more than twice their time: each run fails, or none began."""
        local = now().astimezone(zone())
        turns = {turn.name: turn for turn in session.scalars(select(Turn))}

        def is_overdue(when: Every, turn: Turn) -> bool:
            if turn.done_for == NEVER:
                # Tried, given up, and not tried again since: else this is its first time.
                return NEVER < turn.taken_until < now() - when.period
            return last_due(when, local) - turn.done_for > max(when.period, LONGEST_RUN)

        begun = (entry for entry in self._entries if entry.name in turns)
        return [entry.name for entry in begun if is_overdue(entry.when, turns[entry.name])]

    def waiting(self) -> int:
        """Return how many jobs wait in the queue, zero if it cannot be asked."""
        try:
            return int(self.queue.pending_count())
        except Exception:  # noqa: BLE001 - every engine has errors of its own
            return 0

    def is_reachable(self) -> bool:
        try:
            self.queue.pending_count()
        except Exception:  # noqa: BLE001 - whatever went wrong, the answer is no
            return False
        return True


class JsonSerializer:
    """Queue messages as JSON: with pickle, an attacker who can write to the queue could run code."""

    def serialize(self, data: Any) -> bytes:
        return json.dumps(data, default=datetime.isoformat).encode()

    def deserialize(self, data: bytes) -> Any:
        from huey.registry import Message

        content = json.loads(bytes(data))
        if not (isinstance(content, list) and len(content) == len(Message._fields)):
            return content
        message = Message(*content)
        # A job for later; huey reckons in UTC without a zone.
        return message._replace(eta=datetime.fromisoformat(message.eta)) if message.eta else message


def load_huey() -> None:
    """Load the queue's library, late: web processes seldom need it, and it is a fiftieth of the start.

    PostgreSQL's driver, which it would load on SQLite too, takes 9 MB of each process. What is None cannot be imported.
    """
    driver: Any = sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]
    import huey.storage

    huey.storage.psycopg = driver
    if driver is None:
        sys.modules.pop("psycopg", None)


def open_queue(settings: Settings) -> Huey:
    """Return the queue that the settings name; raises its library's errors when it cannot be opened."""
    load_huey()
    from huey import PostgresHuey, SqliteHuey

    common = {"name": "portal", "serializer": JsonSerializer(), "results": False}
    if settings.jobs_engine != POSTGRES:
        path = settings.data_dir / "jobs.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without fsync: 0.02 ms a message instead of 0.13. A power cut may lose wake-ups, never rows.
        return SqliteHuey(filename=str(path), fsync=False, cache_mb=1, timeout=1.0, **common)
    import psycopg

    url = settings.database.replace("postgresql+psycopg://", "postgresql://", 1)
    # Tables in a schema of their own: they belong to the queue library, not to our migrations.
    with psycopg.connect(url, autocommit=True, **POSTGRESQL_WAITS) as connection:
        # Processes that start together would otherwise collide in creating the same tables.
        connection.execute("SELECT pg_advisory_lock(hashtext('portal jobs'))")
        connection.execute(b"CREATE SCHEMA IF NOT EXISTS jobs")
        options = "-c search_path=jobs -c synchronous_commit=off"
        return PostgresHuey(dsn=url, options=options, **POSTGRESQL_WAITS, **common)
