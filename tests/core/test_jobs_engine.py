"""The engine: messages, jobs and the timetable; of a job's rows a bad one holds up no other."""

import ast
import inspect
import textwrap
from datetime import datetime
from functools import partial
from types import FunctionType

import pytest
import time_machine
from sqlalchemy import delete, select

from portal.config import BadSettings, read_settings
from portal.core.clock import now
from portal.core.db import db, session
from portal.core.jobs import outbox, retries
from portal.core.jobs.engine import Timed, Turn, any_failed, each_row
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DAY, HOUR, MINUTE, DeliveryState, Priority
from tests.core.conftest import tick
from tests.core.fragile import WORDS


def test_a_message_is_json_of_name_and_ids(app):
    app.engine.enqueue("deliver", 7)
    stored = bytes(app.engine.queue.storage.enqueued_items()[0])
    assert stored.startswith(b"[")
    assert b'["deliver", [7]]' in stored
    assert app.engine.queue.dequeue().args[1] == [7]
    # The most urgent goes first.
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
        app.engine.timed(Timed("counted", when, partial(lambda calls: calls.append(now()), calls)))
        with app.app_context(), db.work() as session:
            session.execute(delete(Turn))
        for moment in moments:
            with time_machine.travel(f"2026-06-{moment}:00+00:00", tick=False):
                tick(app)
        assert len(calls) == 2
    # When it was due last.
    for when, local, due in (
        (MINUTE, "2026-06-01T12:34:56-04:00", "2026-06-01T16:34:00+00:00"),
        (HOUR, "2026-06-01T12:34:56-04:00", "2026-06-01T16:00:00+00:00"),
        (DAY, "2026-06-01T12:34:56-04:00", "2026-06-01T07:00:00+00:00"),
        (DAY, "2026-06-01T02:59:59-04:00", "2026-05-31T07:00:00+00:00"),
        (DAY, "2026-01-01T02:00:00-05:00", "2025-12-31T08:00:00+00:00"),
    ):
        assert retries.last_due(when, datetime.fromisoformat(local)) == datetime.fromisoformat(due), local


def test_an_engine_that_cannot_work_stops_the_start():
    for name in ("", "celery", "postgres", "redis://127.0.0.1"):
        with pytest.raises(BadSettings, match="PORTAL_JOBS_ENGINE"):
            read_settings(environment="test", jobs_engine=name)


def put_three(work):
    with work():
        return [outbox.put(MessageKind.TEXT, f"+1336555014{n}", "Words", due_at=now()) for n in range(3)]


@pytest.mark.both_databases
def test_row_that_fails_is_undone_and_others_are_done(app, work, caplog):
    ids = put_three(work)

    def step(message_id):
        # The database refuses one of them.
        message = session.get_one(OutboundMessage, message_id)
        message.state, message.direct = DeliveryState.STALE, None if message_id == ids[1] else False  # type: ignore[assignment]
        session.flush()
        if message_id == ids[0]:
            raise KeyError("canary")

    with app.app_context():
        assert each_row(ids, step) == 2
        assert any_failed()
        assert not any_failed()
    with work() as found:
        states = {message.id: message.state for message in found.scalars(select(OutboundMessage))}
    assert states == {ids[0]: "due", ids[1]: "due", ids[2]: "stale"}
    assert "KeyError" in caplog.text
    assert "canary" not in caplog.text


class Killed(BaseException):
    """What ends a worker."""


def test_attempt_is_counted_even_if_worker_dies_over_row(app, work):
    ids = put_three(work)

    def begin(message_id):
        session.get_one(OutboundMessage, message_id).attempts += 1
        return message_id != ids[2]

    def step(message_id):
        session.get_one(OutboundMessage, message_id).failure = "seen"
        session.flush()
        assert message_id != ids[2]
        if message_id == ids[1]:
            raise Killed

    with app.app_context(), pytest.raises(Killed):
        each_row(ids, step, begin=begin)
    with app.app_context():
        assert each_row([ids[2]], step, begin=begin) == 0
    with work() as found:
        rows = {message.id: (message.attempts, message.failure) for message in found.scalars(select(OutboundMessage))}
    assert rows == {ids[0]: (1, "seen"), ids[1]: (1, None), ids[2]: (1, None)}


def test_entry_of_which_row_failed_is_tried_again(app, work):
    engine, tried, broken = app.engine, [], ["bad"]

    def step(row):
        tried.append(row)
        if row in broken:
            raise ValueError

    engine.timed(Timed("canary", HOUR, lambda: each_row(["bad", "good"], step) and None))
    engine.tick()
    engine.run("canary", [])
    assert tried == ["bad", "good"]
    with work() as found:
        turn = found.get_one(Turn, "canary")
        assert turn.done_for.year == 2000
        turn.taken_until = now()
    broken.clear()
    engine.run("canary", [])
    engine.run("canary", [])
    assert tried == ["bad", "good"] * 2


ALONE = {
    *("sweep", "journal", "scheduled news", "snapshot", "deliver", "pump"),
    *("overdue at the provider", "checks", "check now", "search, form 3", "parts of code words"),
}
"""One statement, document, message, count or index, or only messages: no row could hold up another."""


REMINDERS = {"reminders of promises", "reminders of circles"}
"""They hand their rows to `remind_all`, which goes through them row by row."""


def plain(work):
    while isinstance(work, partial):
        work = work.func
    found = inspect.unwrap(getattr(work, "__func__", work))
    assert isinstance(found, FunctionType)
    return found


def beside(function, seen=frozenset()):
    """The function and all of its module that it names, however indirectly."""
    yield function
    for name in names(function):
        other = function.__globals__.get(name)
        if isinstance(other, FunctionType) and other.__module__ == function.__module__ and other not in seen:
            yield from beside(other, seen | {function, other})


def names(function):
    found = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function))))
    return {one.id for one in found if isinstance(one, ast.Name)}


def test_every_job_goes_through_its_rows_in_one_way(app):
    works = app.engine._jobs | {entry.name: entry.work for entry in app.engine._entries}
    jobs = {name: plain(work) for name, work in works.items()}
    assert len(jobs) > 30
    without = {
        name
        for name, work in jobs.items()
        if not inspect.signature(work).parameters and not any("each_row" in names(one) for one in beside(work))
    }
    assert without - {"word of what was passed on", "studies", *REMINDERS} <= ALONE
