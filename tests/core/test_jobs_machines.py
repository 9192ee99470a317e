"""Several workers, as on several machines, around one PostgreSQL."""

from collections import Counter
from contextlib import ExitStack

import pytest
from sqlalchemy.engine import make_url

from portal.core.jobs.retries import POSTGRES
from tests.chaos.network import Line
from tests.core.fragile import WORDS
from tests.patience import wait_for
from tests.processes import heard_process, portal_process, texting

MANY = 60
pytestmark = [
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.parametrize("settings", [{"jobs_engine": POSTGRES}], indirect=True),
]


def test_two_workers_deliver_many_texts_exactly_once(settings, provider, box):
    settings = texting(settings, provider)
    with ExitStack() as machines:
        workers = [machines.enter_context(portal_process(settings, "worker")) for _ in range(2)]
        for number in range(MANY):
            box.put(words=f"{WORDS} {number}")
        wait_for(lambda: box.sent() == MANY)
    assert [worker.returncode for worker in workers] == [0, 0]
    assert Counter(text.body for text in provider.sent) == Counter(f"{WORDS} {number}" for number in range(MANY))


def test_the_queue_on_postgresql_keeps_to_its_own_schema(app, work):
    assert app.engine.is_reachable()
    with work() as session:
        tables = "SELECT schemaname FROM pg_tables WHERE tablename LIKE 'huey%%'"
        assert set(session.connection().exec_driver_sql(tables).scalars()) == {"jobs"}


def test_worker_waits_for_its_server_and_says_so_once(database, settings, provider, box):
    url = make_url(database)
    box.put()
    with Line(f"{url.query['host']}/.s.PGSQL.5432") as line:
        line.cut()
        there = str(url.set(query={}, host="127.0.0.1", port=line.port))
        behind = texting(settings, provider).model_copy(update={"database_url": there})
        with heard_process(behind, "worker") as process:
            said = next(said for said in process.stderr if "waits for the database server" in said)
            line.heal()
            wait_for(lambda: box.sent() == 1)
            process.terminate()
            assert "Traceback" not in said + process.stderr.read()
    assert process.returncode == 0
