"""Rows of a job: a bad one holds up no other, an attempt is counted first, and every job works so."""

import ast
import inspect
import textwrap
from functools import partial
from types import FunctionType

import pytest
from sqlalchemy import select

from portal.core.clock import now
from portal.core.db import session
from portal.core.jobs import outbox
from portal.core.jobs.engine import any_failed, each_row
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import HOUR
from portal.core.jobs.turns import Turn


def put_three(work):
    with work():
        return [outbox.put(MessageKind.TEXT, f"+1336555014{n}", "Words", due_at=now()).id for n in range(3)]


def mark(message_id):
    session.get_one(OutboundMessage, message_id).failure = "seen"
    session.flush()


def test_row_that_fails_is_undone_and_others_are_done(app, work, caplog):
    ids = put_three(work)

    def step(message_id):
        mark(message_id)
        if message_id == ids[0]:
            raise KeyError("canary")

    with app.app_context():
        assert each_row(ids, step) == 1
        assert any_failed()
        assert not any_failed()
    with work() as found:
        assert {message.id for message in found.scalars(select(OutboundMessage)) if message.failure} == set(ids[1:])
    assert "KeyError" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.both_databases
def test_row_that_database_refuses_holds_up_no_other(app, work):
    ids = put_three(work)

    def step(message_id):
        message = session.get_one(OutboundMessage, message_id)
        message.state = "nonsense" if message_id == ids[1] else "stale"
        session.flush()

    with app.app_context():
        assert each_row(ids, step) == 1
    with work() as found:
        assert sorted(found.scalars(select(OutboundMessage.state))) == ["due", "stale", "stale"]


class Killed(BaseException):
    """What ends a worker."""


def test_attempt_is_counted_even_if_worker_dies_over_row(app, work):
    ids = put_three(work)

    def begin(message_id):
        session.get_one(OutboundMessage, message_id).attempts += 1
        return message_id != ids[2]

    def step(message_id):
        mark(message_id)
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

    engine.timed("canary", HOUR, lambda: each_row(["bad", "good"], step) and None)
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
    found = inspect.unwrap(work)
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
