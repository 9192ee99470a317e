"""The engine: messages, jobs and the timetable."""

from datetime import datetime

import pytest
import time_machine
from sqlalchemy import delete

from portal.app import create_app
from portal.config import BadSettings
from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs import retries
from portal.core.jobs.pacing import Priority
from portal.core.jobs.retries import DAY, HOUR, MINUTE
from portal.core.jobs.turns import Turn
from tests.core.conftest import tick
from tests.core.fragile import WORDS


def test_a_message_is_json_of_name_and_ids(app):
    app.engine.enqueue("deliver", 7)
    stored = bytes(app.engine.queue.storage.enqueued_items()[0])
    assert stored.startswith(b"[")
    assert b'["deliver", [7]]' in stored


def test_the_most_urgent_goes_first(app):
    for message_id, priority in enumerate(sorted(Priority, reverse=True)):
        app.engine.enqueue("deliver", message_id, priority=priority)
    app.engine.enqueue("sweep")
    assert [app.engine.queue.dequeue().args[1] for _ in range(5)] == [[3], [2], [1], [], [0]]


def test_a_job_that_fails_ends_only_itself(app, caplog):
    def fail(_message_id):
        raise RuntimeError(WORDS)

    done = []
    app.engine.job("fail", fail)
    app.engine.job("work", done.append)
    app.engine.run("fail", [1])
    app.engine.run("work", [2])
    assert done == [2]
    assert "job fail failed" in caplog.text
    assert WORDS not in caplog.text


def test_what_is_due_is_done_once_a_period(app):
    for when, moments in (
        (HOUR, ("01T10:01", "01T10:02", "01T10:59", "01T11:00", "01T11:01")),
        (DAY, ("01T12:00", "03T20:00", "03T20:00")),
    ):
        calls = []
        app.engine._entries.clear()
        app.engine.timed("counted", when, lambda calls=calls: calls.append(now()))
        with app.app_context(), db.work() as session:
            session.execute(delete(Turn))
        for moment in moments:
            with time_machine.travel(f"2026-06-{moment}:00+00:00", tick=False):
                tick(app)
        assert len(calls) == 2


def test_when_it_was_due_last():
    for when, local, due in (
        (MINUTE, "2026-06-01T12:34:56-04:00", "2026-06-01T16:34:00+00:00"),
        (HOUR, "2026-06-01T12:34:56-04:00", "2026-06-01T16:00:00+00:00"),
        (DAY, "2026-06-01T12:34:56-04:00", "2026-06-01T07:00:00+00:00"),
        (DAY, "2026-06-01T02:59:59-04:00", "2026-05-31T07:00:00+00:00"),
        (DAY, "2026-01-01T02:00:00-05:00", "2025-12-31T08:00:00+00:00"),
    ):
        assert retries.last_due(when, datetime.fromisoformat(local)) == datetime.fromisoformat(due), local


def test_an_engine_that_cannot_work_stops_the_start(settings):
    for name in ("", "celery", "postgres", "redis://127.0.0.1"):
        with pytest.raises(BadSettings, match="PORTAL_JOBS_ENGINE"):
            create_app(settings.model_copy(update={"jobs_engine": name}))
