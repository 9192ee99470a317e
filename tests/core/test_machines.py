"""Machines on one PostgreSQL and nothing else: one limit, one cache version, one turn; and their workers."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy.engine import make_url

from portal.core.counters import CountersInPostgres
from tests.chaos.network import Line
from tests.core.machines import running
from tests.make import make_market
from tests.patience import wait_for
from tests.processes import as_environment, heard_process, texting

HERE, THERE = "203.0.113.7", "198.51.100.7"
SECRET = "the secret of this site, long enough"
pytestmark = [
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.parametrize("settings", [{"limits_url": "postgres", "jobs_engine": "postgres"}], indirect=True),
]


@pytest.fixture
def counters(settings):
    """`counters()` is what one process holds."""
    opened = []

    def counters(secret=SECRET):
        opened.append(CountersInPostgres(address_of(settings), secret))
        return opened[-1]

    yield counters
    for one in opened:
        if one._connection is not None:
            one._connection.close()


def address_of(settings):
    return settings.database.replace("postgresql+psycopg", "postgresql", 1)


def test_two_machines_are_one_city(settings, work, counters):
    with work() as session:
        make_market(session)

    def at_once(*asked):
        with ThreadPoolExecutor() as both:
            return sum(both.map(lambda machine: machine.ask(*asked), machines))

    with running(as_environment(settings), "one", "two") as machines:
        one, two = machines
        # One limit, and for one address.
        tried = [machine.ask("limit", "may_try", HERE, 3) for machine in (one, two, one, two, one)]
        assert tried == [True] * 3 + [False] * 2
        assert two.ask("limit", "may_try", THERE, 3)
        assert 3_500 < two.ask("limit", "seconds_to_wait", HERE, 3) <= 3_600
        for _each in range(3):
            one.ask("limit", "give_back", HERE, 3)
        assert two.ask("limit", "may_try", HERE, 3)
        assert one.ask("salt") == two.ask("salt")
        assert at_once("try_often", 150, 200) == 200
        # One cache version: what one publishes is gone from the other's cache.
        assert "Elm Street" in two.ask("place_names")
        one.ask("rename", "elm-street", "Harmony Row")
        assert "Harmony Row" in two.ask("place_names")
        # One turn of the timetable.
        counters().run("UPDATE public.core_turn SET done_for = '2000-01-01', taken_until = '2000-01-01'")
        one.ask("tick")
        assert at_once("take_turn", "sweep") == 1


def test_what_stands_for_addresses_goes_with_its_day_unlogged(counters, settings):
    storage = counters()
    storage.count("over", 0)
    storage.count("not over", 600)
    first = storage.salt()
    with psycopg.connect(address_of(settings), autocommit=True) as connection:
        kinds = connection.execute(
            "SELECT DISTINCT relpersistence FROM pg_class WHERE relnamespace = 'limits'::regnamespace"
        ).fetchall()
        assert kinds == [("u",)]
        before = connection.execute("SELECT pg_relation_filenode('limits.salts'), random FROM limits.salts").fetchone()
        connection.execute("UPDATE limits.salts SET day = '2000-01-01'")
    again = counters()
    assert again.salt() != first
    with psycopg.connect(address_of(settings)) as connection:
        after = connection.execute("SELECT pg_relation_filenode('limits.salts'), random FROM limits.salts").fetchall()
        assert [key for (key,) in connection.execute("SELECT key FROM limits.tries")] == ["not over"]
    assert len(after) == 1
    assert all(new != old for new, old in zip(after[0], before, strict=True))


def test_all_who_are_first_on_day_get_one_salt(counters):
    everybody = [counters() for _each in range(6)]
    with ThreadPoolExecutor(len(everybody)) as crowd:
        [salt] = set(crowd.map(lambda storage: storage.salt(), everybody))
    # The counters alone tell nothing.
    assert salt != counters("another secret, as whoever has only the database").salt()
    # So do two who open a report at once.
    both, ids = everybody[:2], (2**62, 2**62 - 1)
    for _look in range(10):
        with ThreadPoolExecutor(2) as at_once:
            list(at_once.map(lambda storage, number: storage.keep("report open 7", number, 60), both, ids))
        assert both[0].kept("report open 7") == both[1].kept("report open 7") in ids
    both[0].keep("report open 7", 0, 0)
    assert both[1].kept("report open 7") == 0


def test_a_server_that_comes_back_is_found_again(counters, settings):
    storage = counters()
    assert storage.count("k", 60) == 1
    with psycopg.connect(address_of(settings), autocommit=True) as connection:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    assert storage.count("k", 60) == 2


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
