"""Several workers, as on several machines, around one PostgreSQL."""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from demo.provider import Provider
from portal.config import ROOT
from portal.core.jobs import outbox, retries
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState
from tests.chaos.network import Line
from tests.core.conftest import as_environment
from tests.core.fragile import PHONE, WORDS
from tests.patience import wait_for

MANY = 60
pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def provider():
    with Provider() as provider:
        yield provider


@pytest.fixture
def settings(texting, provider):
    return texting(provider).model_copy(update={"jobs_engine": retries.POSTGRES})


@pytest.fixture
def app(app):
    yield app
    app.engine.queue.storage.close()


@pytest.fixture
def count_sent(work):
    def count_sent():
        with work() as session:
            return session.scalar(select(func.count()).where(OutboundMessage.state == DeliveryState.SENT))

    return count_sent


def test_two_workers_deliver_many_texts_exactly_once(portal_process, provider, work, count_sent):
    with ExitStack() as machines:
        workers = [machines.enter_context(portal_process("worker")) for _ in range(2)]
        for number in range(MANY):
            with work():
                outbox.put(MessageKind.TEXT, PHONE, f"{WORDS} {number}")
        wait_for(lambda: count_sent() == MANY)
    assert [worker.returncode for worker in workers] == [0, 0]
    assert Counter(text.body for text in provider.sent) == Counter(f"{WORDS} {number}" for number in range(MANY))


def test_a_worker_that_dies_is_replaced_by_another_machine(portal_process, provider, work, count_sent):
    with work():
        outbox.put(MessageKind.TEXT, PHONE, WORDS)
    with portal_process("worker", "--lease", "0.5", kill_at="answered but not read") as process:
        assert process.wait() == -signal.SIGKILL
    with portal_process("worker"):
        wait_for(lambda: count_sent() == 1)
    assert [text.body for text in provider.sent] == [WORDS]


def test_the_queue_on_postgresql_keeps_to_its_own_schema(app, work):
    assert app.engine.is_reachable()
    with work() as session:
        tables = "SELECT schemaname FROM pg_tables WHERE tablename LIKE 'huey%%'"
        assert set(session.connection().exec_driver_sql(tables).scalars()) == {"jobs"}


def test_worker_waits_for_its_server_and_says_so_once(database, settings, provider, work, count_sent):
    url = make_url(database)
    with work():
        outbox.put(MessageKind.TEXT, PHONE, WORDS)
    with Line(f"{url.query['host']}/.s.PGSQL.5432") as line:
        line.cut()
        there = str(url.set(query={}, host="127.0.0.1", port=line.port))
        environment = os.environ | as_environment(settings.model_copy(update={"database_url": there}))
        command = [sys.executable, "-m", "tests.core.fragile", "worker"]
        with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            said = next(said for said in process.stderr if "waits for the database server" in said)
            line.heal()
            wait_for(lambda: count_sent() == 1)
            process.terminate()
            assert "Traceback" not in said + process.stderr.read()
    assert process.returncode == 0
