"""Wakes workers and carries the timetable: which queue library engine, and what may be asked of it.

A queue only ever holds the name of a job and ids. It may lose what it holds: rows in the database say what is
to be done, and the timetable finds what no message announced.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app

from portal.config import BadSettings, Settings
from portal.core.db import db
from portal.core.jobs import timetable
from portal.core.jobs.rules import EMBEDDED, LEASE, POSTGRES
from portal.core.web import log_error

if TYPE_CHECKING:
    from huey import Huey

Job = Callable[..., None]
QUIET_SECONDS = 5.0
log = logging.getLogger("portal.jobs")


def start(app: Flask) -> None:
    """Offer the engine, and `wake(parcel_id, first)` to the outbox. Raises `BadSettings` for an engine there is not."""
    check_engine(app.extensions["settings"])
    engine = Engine(app)
    app.extensions["engine"] = engine
    app.extensions["couriers"] = {}
    app.extensions["lease"] = LEASE
    app.extensions["wake"] = lambda parcel_id, first: engine.enqueue("deliver", parcel_id, first=first)


def check_engine(settings: Settings) -> None:
    """Raise `BadSettings` unless the settings name an engine that can work."""
    name = settings.jobs_engine
    if name not in (EMBEDDED, POSTGRES) and not name.startswith(("redis://", "rediss://", "unix://")):
        raise BadSettings("PORTAL_JOBS_ENGINE must be embedded, postgres or a redis:// address")
    if name == POSTGRES and not settings.database.startswith("postgresql"):
        raise BadSettings("PORTAL_JOBS_ENGINE is postgres, but PORTAL_DATABASE_URL names no PostgreSQL")


def current_engine() -> Engine:
    """The engine of this app."""
    found: Engine = current_app.extensions["engine"]
    return found


class Engine:
    """Jobs by name, and the queue they are asked for through."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._settings: Settings = app.extensions["settings"]
        self._message: Any = None
        self._jobs: dict[str, Job] = {}
        self._entries: list[timetable.Entry] = []
        self._quiet_until = 0.0

    def job(self, name: str, work: Job) -> None:
        """Let `enqueue(name, …)` ask for `work`. It is given ids, opens its own units of work, and may run twice."""
        self._jobs[name] = work

    def timed(self, name: str, when: timetable.Every, work: Callable[[], None]) -> None:
        """Run `work` on the timetable, on one of the workers."""
        entry = timetable.Entry(name, when, work)
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
        from portal.core.jobs.queues import EACH_MINUTE, open_queue

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
        for name in timetable.due(self._entries):
            self.enqueue(name)

    def is_reachable(self) -> bool:
        """Whether the queue answers."""
        try:
            self.queue.pending_count()
        except Exception:  # noqa: BLE001 - whatever went wrong, the answer is no
            return False
        return True
