"""The jobs engine: the queue that wakes workers, the timetable, and `each_row()` for work row by row.

A queue holds only job names and ids, and may lose them: rows say what is to be done, and the timetable finds the rest.
Every worker checks it each minute. A row per entry lets one worker through, makes up for turns that were missed while
no worker ran, and lets an entry be tried again when its worker died or failed.

A clock that jumps ahead would make everything over at once: reports, keys, what waits to be sent. So whoever erases,
and the timetable, first ask here whether it may be trusted. If it was last trusted more than two days ago (`SILENCE`),
or in the future, another one must agree: the kernel's, if a time server keeps it, or that of a server elsewhere. So an
honest outage delays nothing; otherwise an administrator confirms the date.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar

from flask import g
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, String, and_, false, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import POSTGRES, Settings
from portal.core import counters
from portal.core.audit import record
from portal.core.clock import kernel_time, now, today, zone
from portal.core.counters import POSTGRESQL_WAITS
from portal.core.db import Base, db, session
from portal.core.jobs.retries import LEASE, LONGEST_RUN, Every, Priority, Unreachable, last_due, longest_run
from portal.core.logs import LogEvent, log_error
from portal.core.portal import Portal, current_portal

if TYPE_CHECKING:
    from huey import Huey

Row = TypeVar("Row")
ROW_FAILED = LogEvent("job.row_failed", logging.ERROR, "a row failed in {work}")
JOB_FAILED = LogEvent("job.failed", logging.ERROR, "job {job} failed")
QUEUE_AWAY = LogEvent(
    "jobs.unreachable", logging.WARNING, "the jobs engine cannot be reached ({error}); the sweep will find what is due"
)
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK = "clock"
"""The turn that says when the clock was last trusted."""
SILENCE = timedelta(days=2)
APART = timedelta(minutes=5)
SLACK = timedelta(hours=1)
SILENT_AFTER = timedelta(minutes=5)
"""How long a worker may be silent before people are told."""


class Turn(Base):
    """When a timetable entry was last done (`done_for`, the time it was due), and until when a worker holds it."""

    __tablename__ = "core_turn"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_for: Mapped[datetime]
    taken_until: Mapped[datetime]


class ClockDoubted(Exception):
    """Nothing is erased, since the date may be wrong; see `doubts()`."""


def is_free(moment: datetime, hold: timedelta) -> ColumnElement[bool]:
    """Return whether no worker holds a turn; nobody holds one for longer than `hold`, unless their clock was wrong."""
    return or_(Turn.taken_until <= moment, Turn.taken_until > moment + hold + SLACK)


def may_tick(name: str, pause: timedelta) -> bool:
    """Return whether nobody did this within the last `pause`; of several workers that ask at once one may go on."""
    moment = now()
    free = update(Turn).where(Turn.name == name, is_free(moment, pause)).values(taken_until=moment + pause)
    with db.work():
        db.insert_new(Turn, name=name, done_for=NEVER, taken_until=NEVER)
        return session.execute(free.returning(Turn.name)).scalar() is not None


def is_at_work() -> bool:
    """Return whether a worker made its round within the last `SILENT_AFTER`."""
    swept = Turn.name == "sweep", Turn.done_for > now() - SILENT_AFTER
    return session.scalar(select(Turn.name).where(*swept)) is not None


def last_trusted() -> datetime | None:
    """Return when the clock was last trusted; where that was never noted, when work was last done; None if never."""
    noted = session.scalar(select(Turn.done_for).where(Turn.name == CLOCK))
    return noted or session.scalar(select(func.max(Turn.done_for)).where(Turn.done_for > NEVER))


def is_clock_doubted() -> bool:
    """Return whether the clock waits for somebody to confirm it, as far as this machine alone can tell."""
    return _is_far(last_trusted()) and not _agrees(kernel_time())


def may_trust_clock() -> bool:
    """Return whether the date may be relied on. In units of work of its own, since it may ask other servers."""
    with db.work():
        last = last_trusted()
    is_far = _is_far(last)
    if is_far and not any(map(_agrees, other_clocks())):
        with db.work():
            # Else what is done whatever the date would pass for the last work.
            db.insert_new(Turn, name=CLOCK, done_for=last, taken_until=NEVER)
        return False
    if is_far or last is None or abs(now() - last) > SLACK:
        with db.work():
            trust_clock()
    return True


def trust_clock() -> None:
    db.insert_new(Turn, name=CLOCK, done_for=NEVER, taken_until=NEVER)
    session.execute(update(Turn).where(Turn.name == CLOCK).values(done_for=now()))


def doubts() -> str:
    """Return what an operator has to know about a doubted clock."""
    return (
        f"it says {now():%Y-%m-%d %H:%M} UTC, the last work was at {last_trusted():%Y-%m-%d %H:%M}, and no time server "
        f"agrees. Nothing is erased or begun. Set it right, or if it is: `flask retention confirm-date {today()}`"
    )


def confirm_clock(by_id: int | None) -> None:
    """Go on with the date of the clock, since an administrator says that it is right."""
    trust_clock()
    record("clock.confirmed", "clock", today(), by_id)


AUDITED = {"clock.confirmed": _l("said that the date of the server is right"), "clock": _l("date")}


def _is_far(last: datetime | None) -> bool:
    return last is not None and abs(now() - last) > SILENCE


def _agrees(moment: datetime | None) -> bool:
    return moment is not None and abs(now() - moment) < APART


def other_clocks() -> Iterator[datetime | None]:
    """Yield the time by each clock that a wrong one here would not set wrong, too."""
    yield kernel_time()
    with db.work():
        moment = _database_time()
    yield moment
    if current_portal.telephone is not None:
        with suppress(Unreachable):
            yield current_portal.telephone.time()


def _database_time() -> datetime | None:
    """Return the time of a PostgreSQL with a public address: one nearby may run on this machine, by the same clock."""
    if db.engine.dialect.name != "postgresql":
        return None
    ((address, moment),) = session.execute(select(func.host(func.inet_server_addr()), func.clock_timestamp()))
    return moment if address and ip_address(address).is_global else None


def each_row(rows: Iterable[Row], work: Callable[[Row], object], *, begin: Callable[[Row], bool] | None = None) -> int:
    """Call `work` with each row in a unit of work of its own; return the number of rows that failed.

    An error is logged without its text, ends that row only, and has the timetable try the entry again. `work` may end
    its unit early with one of its own, as before it waits for another server. `begin`, for work that could end the
    worker itself (an uploaded file), counts the attempt in a transaction that commits first; False leaves the row out.
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
    return bool(g.pop("rows_failed", False))


@dataclass(frozen=True)
class Timed:
    """Work that a worker does when it is due, and with `whatever_the_date` also while the clock is doubted."""

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


def due(entries: Sequence[Timed]) -> list[str]:
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


def _is_open(entry: Timed, due_since: datetime) -> ColumnElement[bool]:
    """Return whether an entry is due and not taken. A turn in the future was noted while a clock was wrong."""
    is_due = or_(Turn.done_for < due_since, Turn.done_for > due_since + entry.when.period)
    return and_(Turn.name == entry.name, is_due, is_free(now(), longest_run(entry.when)))


Job = Callable[..., None]
QUIET_SECONDS = 5.0
LAST = max(Priority)
"""huey takes the highest number first."""


def start(app: Portal) -> None:
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
        self._message: Any = None
        self._jobs: dict[str, Job] = {}
        self._entries: list[Timed] = []
        self._quiet_until = 0.0

    def job(self, name: str, work: Job) -> None:
        """Register `work` for `enqueue(name, …)`. It gets ids, opens its own units of work, and may run twice."""
        self._jobs[name] = work

    def timed(self, entry: Timed) -> None:
        """Register an entry of the timetable; it runs on one of the workers."""
        self._entries.append(entry)
        self.job(entry.name, entry.run)

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
        queue = open_queue(self._app.settings)
        from huey import crontab

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

    def waiting(self) -> int | None:
        """Return how many jobs wait in the queue, None if it cannot be asked."""
        try:
            return int(self.queue.pending_count())
        except Exception:  # noqa: BLE001 - every engine has errors of its own
            return None


class JsonSerializer:
    """Queue messages as JSON: with pickle, an attacker who can write to the queue could run code."""

    def serialize(self, data: Any) -> bytes:
        return json.dumps(data, default=datetime.isoformat).encode()

    def deserialize(self, data: bytes) -> Any:
        from huey.registry import Message

        message = Message(*json.loads(bytes(data)))
        # A job for later; huey reckons in UTC without a zone.
        return message._replace(eta=datetime.fromisoformat(message.eta)) if message.eta else message


def open_queue(settings: Settings) -> Huey:
    """Return the queue that the settings name; raises its library's errors when it cannot be opened."""
    # Late: web processes seldom need the library, a fiftieth of the start. PostgreSQL's driver, which it would load on
    # SQLite too, takes 9 MB of each process; what is None cannot be imported.
    driver: Any = sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]
    import huey.storage

    huey.storage.psycopg = driver
    if driver is None:
        sys.modules.pop("psycopg", None)
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
