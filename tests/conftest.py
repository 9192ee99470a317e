"""The fixtures: a portal on a fresh database for every test, a browser without a window, and the page it reads."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar, cast
from zoneinfo import ZoneInfo

import hypothesis
import psycopg
import pytest
import time_machine
from flask import has_app_context
from flask.testing import FlaskClient
from nacl.pwhash import argon2id
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.config import Environment, Settings, SmsSender
from portal.core import crypto, migrations
from portal.core.clock import now, today
from portal.core.db import db
from portal.core.jobs import engine
from portal.core.web import Portal
from portal.sms import intake as taking_in
from tests import postgresql, swift
from tests.page import Reader

Work = Callable[[], AbstractContextManager[Session]]
Made = TypeVar("Made")


class Once(Protocol):
    """See the fixture of this name."""

    def __call__(self, make: Callable[[Session], Made]) -> Made: ...


# How long an example takes is the machine's matter, not the test's. By day always the same few, at night others.
ANY_TIME = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("day", **ANY_TIME, max_examples=25, derandomize=True)
hypothesis.settings.register_profile("night", **ANY_TIME, max_examples=500)
hypothesis.settings.load_profile("day")


class Visitor(FlaskClient):
    """A browser without a window. It never shares the session of a test: that would hide what the edge forgets."""

    def open(self, *args: object, **kwargs: object) -> TestResponse:
        assert not has_app_context(), "end `with work()` or leave out `session` before you ask for a page"
        return super().open(*args, **kwargs)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="only files of pure tests, and none that are slow")
    parser.addoption("--clock", help="the time in the city at which each test begins: 2028-02-29T23:50")
    parser.addoption("--night", action="store_true", help="only what is marked `night`, which is left out otherwise")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `--quick`, files that need a portal are not even read, and with `--night` those without such tests."""
    if not collection_path.name.startswith("test_"):
        return None
    is_skipped = config.getoption("--quick") and not swift.is_pure(collection_path)
    is_skipped |= config.getoption("--night") and "pytest.mark.night" not in collection_path.read_text(encoding="utf-8")
    return True if is_skipped else None


def pytest_configure(config: pytest.Config) -> None:
    """Folders of tests go where no disk is waited for; with `--clock`, files of tests are read at that time, too."""
    if clock := config.getoption("--clock"):
        time_machine.travel(in_city(clock)).start()
    if folder := swift.memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items[:] = [item for item in items if (item.get_closest_marker("night") is not None) == config.getoption("--night")]
    if config.getoption("--quick"):
        items[:] = [item for item in items if item.get_closest_marker("slow") is None]
    if config.getoption("--clock"):
        items[:] = [item for item in items if not tells_another_time(item)]


def tells_another_time(item: pytest.Item) -> bool:
    """Whether a test asks a program with a clock of its own: a browser and its portal, a worker, or PostgreSQL."""
    called = item.callspec.params if hasattr(item, "callspec") else {}
    asked = {*getattr(item, "fixturenames", ()), called.get("database")}
    return bool(asked & {"browser", "town", "postgresql", "postgresql_server"}) or "chaos" in item.path.parts


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """With `--clock`, each test begins at that time in the city."""
    if clock := item.config.getoption("--clock"):
        with time_machine.travel(in_city(clock)):
            return (yield)
    return (yield)


def in_city(clock: str) -> datetime:
    return (
        datetime.fromisoformat(clock)
        .replace(tzinfo=ZoneInfo(Settings.model_fields["timezone"].default))
        .astimezone(UTC)
    )


def pytest_collection_finish() -> None:
    swift.collect_rarely()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked `both_databases` run on SQLite and on PostgreSQL."""
    if metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def shared_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all tests of this process may share: migrated databases to copy, compressed static files, Spanish."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="session")
def sqlite_template(shared_dir: Path) -> Path:
    """A migrated SQLite file."""
    path = shared_dir / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, without the database's name."""
    with postgresql.serving() as address:
        yield address


@pytest.fixture(scope="session")
def postgresql_command(postgresql_server: str) -> Iterator[Callable[[str], None]]:
    """`postgresql_command("CREATE DATABASE …")` to the PostgreSQL server, over one connection that stays open."""
    with psycopg.connect(_address(postgresql_server, "postgres"), autocommit=True) as connection:

        def command(statement: str) -> None:
            try:
                connection.execute(statement.encode())
            except psycopg.OperationalError:
                # A test killed the server, which then ended this connection, too.
                with psycopg.connect(_address(postgresql_server, "postgres"), autocommit=True) as another:
                    another.execute(statement.encode())

        for setting in swift.HASTE:
            command(f"ALTER SYSTEM SET {setting}")
        command("SELECT pg_reload_conf()")
        yield command


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str, postgresql_command: Callable[[str], None]) -> str:
    """The name of a migrated PostgreSQL database."""
    postgresql_command("CREATE DATABASE template_portal")
    _migrate(_address(postgresql_server, "template_portal"))
    return "template_portal"


def _migrate(url: str) -> None:
    db.open(url)
    migrations.upgrade()
    db.engine.dispose()


def _address(server: str, name: str) -> str:
    return server.replace("/?", f"/{name}?", 1)


@pytest.fixture
def portal_dir(shared_dir: Path) -> Path:
    """The folder in which each test of this process finds its files, at the same address as the one before."""
    folder = shared_dir / "portal"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@pytest.fixture
def database(request: pytest.FixtureRequest, portal_dir: Path) -> str:
    """The address of a fresh, migrated database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), portal_dir / "portal.db")
        return f"sqlite:///{portal_dir / 'portal.db'}"
    server: str = request.getfixturevalue("postgresql_server")
    template: str = request.getfixturevalue("postgresql_template")
    command: Callable[[str], None] = request.getfixturevalue("postgresql_command")
    command("DROP DATABASE IF EXISTS portal WITH (FORCE)")
    command(f"CREATE DATABASE portal TEMPLATE {template} STRATEGY file_copy")
    return _address(server, "portal")


@pytest.fixture
def settings(request: pytest.FixtureRequest, database: str, portal_dir: Path, shared_dir: Path) -> Settings:
    """The settings of the app under test; `pytest.mark.parametrize("settings", [{…}], indirect=True)` has others."""
    data_dir = portal_dir / "data"
    data_dir.mkdir()
    for made in ("static", "translations"):
        (shared_dir / made).mkdir(exist_ok=True)
        (data_dir / made).symlink_to(shared_dir / made)
    return Settings(
        environment=Environment.TEST,
        data_dir=data_dir,
        memory_dir=data_dir,
        database_url=database,
        demo=False,
        **{"public_url": "http://localhost", "sms_sender": SmsSender.OFF, **getattr(request, "param", {})},
    )


@pytest.fixture
def cheap_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords take a millisecond: 256 MiB for each would make up most of the time that the tests take."""
    monkeypatch.setattr(crypto, "PRICE", (argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN))


@pytest.fixture
def app(settings: Settings, cheap_argon2: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """The portal. Its clock is kept, as if by a time server, and a phone that texts again has read our answer."""
    monkeypatch.setattr(engine, "kernel_time", now)
    monkeypatch.setattr(taking_in, "BREATH", timedelta(0))
    with swift.portal_for(settings) as portal:
        portal.test_client_class = Visitor
        yield portal


@pytest.fixture
def work(app: Portal) -> Work:
    """`with work() as session:` is one unit of work, committed at its end, as in a job."""

    @contextmanager
    def unit() -> Iterator[Session]:
        with app.app_context(), db.work() as session:
            yield session

    return unit


_kept: dict[object, tuple[Path, object]] = {}
"""What `once` made: a database to copy, and what was returned with it."""


@pytest.fixture
def once(app: Portal, work: Work, shared_dir: Path, pytestconfig: pytest.Config) -> Once:
    """`once(City)` is `City(session)`, with a copy of the rows that it made for an earlier test of this process.

    To be called before anything else is written. Nothing of what it returns may be changed by a test.
    """

    def once(make: Callable[[Session], Made]) -> Made:
        with app.app_context():
            key, engine = (make, today()), db.engine
        path, is_file = Path(str(engine.url.database)), engine.dialect.name == "sqlite"
        if is_file and key in _kept:
            copy_database(_kept[key][0], path)
            return cast(Made, _kept[key][1])
        # With `--clock` a later test begins at the same time: nothing that is made here may lie ahead of it.
        is_kept = pytestconfig.getoption("--clock")
        with time_machine.travel(now() - timedelta(minutes=5)) if is_kept else nullcontext(), work() as session:
            made = make(session)
        if is_file:
            _kept[key] = shared_dir / f"kept-{len(_kept)}.db", made
            copy_database(path, _kept[key][0])
        return made

    return once


def copy_database(here: Path, there: Path) -> None:
    """Copy a database, also into one that is open."""
    with closing(sqlite3.connect(here)) as source, closing(sqlite3.connect(there)) as target:
        source.backup(target)


@pytest.fixture
def session(app: Portal) -> Iterator[Session]:
    """The session of a test that calls actions and queries and asks for no page; commit with `db.commit()`."""
    with app.app_context():
        yield db.session()


@pytest.fixture
def client(app: Portal) -> FlaskClient:
    """One browser; `app.test_client()` makes another."""
    return app.test_client()


@pytest.fixture
def page(client: FlaskClient) -> Reader:
    """`page("/en/")` reads a page and checks all that every page must be; see page.py."""
    return Reader(client)
