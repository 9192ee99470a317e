"""A portal that runs as in a demonstration, a browser, and the people who walk through it.

Rows are made as in every other test (`with work() as session:`), in the database of the portal that runs.
"""

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Route, ViewportSize, expect, sync_playwright
from sqlalchemy.orm import Session

from portal.accounts.desk_keys import admit, desk_of_kind, give_seat, set_up_desk
from portal.accounts.roles import RECEIVES, Role, kinds_of_desks
from portal.accounts.users import Desk, Member, holders, member_by_email
from portal.config import Settings
from portal.core.page_cache import renew_cache_version
from portal.core.web import Portal
from portal.markets.places import Market
from tests.conftest import Work
from tests.journeys.browsing import OPTIONS, PHONE, Window
from tests.journeys.town import Town, running
from tests.make import make_desk, make_market, make_member, private_key_of, sign_in
from tests.patience import HANGS
from tests.wall.city import City

KEEPER = "keeper@portal.test"
expect.set_options(timeout=HANGS * 1000)
IN_CITY = pytest.mark.parametrize("database", ["city"], indirect=True)
_cities: dict[str, City] = {}
"""By the address of their town."""
WINDOWS = pytest.StashKey[list[Window]]()
Visit = Callable[..., Window]
Hire = Callable[..., Member]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say beside a failure what the windows showed: a page that did not come says why."""
    report = yield
    if report.when == "call" and report.failed:
        for window in item.stash.get(WINDOWS, []):
            report.sections.append((f"window at {window.page.url}", window.text()))
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    program = shutil.which("chromium")
    assert program, "no chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def towns(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Town]]:
    """`towns("sqlite")`: a portal on such a database, started when it is first asked for; "city" is on SQLite too."""
    found: dict[str, Town] = {}
    with ExitStack() as stack:

        def town_on(database: str) -> Town:
            if database not in found:
                given = _on_postgresql(request) if database == "postgresql" else {}
                found[database] = stack.enter_context(
                    running(tmp_path_factory.mktemp(database), "db", "upgrade", **given)
                )
            return found[database]

        yield town_on


def _on_postgresql(request: pytest.FixtureRequest) -> dict[str, str]:
    server: str = request.getfixturevalue("postgresql_server")
    name = f"town_{uuid4().hex}"
    request.getfixturevalue("postgresql_command")(f"CREATE DATABASE {name}")
    return {"PORTAL_DATABASE_URL": server.replace("/?", f"/{name}?", 1), "PORTAL_JOBS_ENGINE": "postgres"}


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Which database the portal that runs has."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def town(database: str, towns: Callable[[str], Town]) -> Town:
    """The portal that runs."""
    return towns(database)


def new_place(session: Session, name: str) -> Market:
    """A place that residents can choose, also on pages that the town has made before."""
    renew_cache_version()
    market = make_market(session, name)
    session.flush()
    return market


@pytest.fixture
def city(town: Town, work: Work) -> City:
    """The city of the walls, in a town of its own: every page has something on it. To be asked for before `visit`."""
    if town.url not in _cities:
        with work() as session:
            _cities[town.url] = City(session)
    return _cities[town.url]


@pytest.fixture
def settings(town: Town) -> Settings:
    """Rows are made in the town's database."""
    return town.settings


@pytest.fixture
def hire(work: Work) -> Hire:
    """`hire("triage")`: somebody who works here, at the desk too; `admitted=False` leaves them waiting there.

    `receives=True`: also at the desk that their role receives at, which is set up if it is not.
    """

    def hire(*roles: str, admitted: bool = True, receives: bool = False, **given: Any) -> Member:
        with work() as session:
            member = make_member(session, roles, **given)
            for kind in {"triage", "oversight"} & set(roles):
                keeper = _keeper()
                desk = desk_of_kind(kind)
                give_seat(desk, member.id, None)
                if admitted:
                    admit(desk, member, keeper, private_key_of(keeper))
            for kind in kinds_of_desks(map(Role, roles)) & set(RECEIVES) if receives else ():
                _receive(desk_of_kind(kind), member)
            session.flush()
            session.refresh(member)
            session.expunge(member)
        return member

    return hire


def _receive(desk: Desk, member: Member) -> None:
    keeper = _keeper()
    give_seat(desk, member.id, None)
    if not holders(desk.id):
        give_seat(desk, keeper.id, None)
        set_up_desk(desk, keeper, private_key_of(desk).public_key)
    admit(desk, member, keeper, private_key_of(keeper))


def _keeper() -> Member:
    found = member_by_email(KEEPER)
    assert found
    return found


@pytest.fixture
def visit(browser: Browser, town: Town, app: Portal, work: Work, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """`visit("/es/")`: the window of somebody who comes there; a `member` is signed in already.

    Somebody can open the desks from the beginning, whoever comes and goes.
    At the end nothing may have gone wrong in any of them: no error, no broken policy, no request to elsewhere.
    """
    with work() as session:
        if member_by_email(KEEPER) is None and town.url not in _cities:
            keeper = make_member(session, ("triage", "oversight"), email=KEEPER, name="Kit Keeper")
            make_desk(session, [keeper])
            make_desk(session, [keeper], kind="oversight")
    windows = request.node.stash.setdefault(WINDOWS, [])

    def visit(
        path: str, *, script: bool = True, size: ViewportSize = PHONE, member: Member | None = None, **given: Any
    ) -> Window:
        context = browser.new_context(base_url=town.url, viewport=size, java_script_enabled=script, **given)
        context.set_default_timeout(HANGS * 1000)
        if member:
            context.add_cookies([{"name": "portal", "value": _cookie(app, member), "url": town.url}])
        context.route(f"{town.settings.exit_url}**", _somewhere_else)
        window = Window(context, context.new_page(), (town.url, town.settings.exit_url.rstrip("/")))
        windows.append(window)
        window.page.goto(path)
        return window

    yield visit
    for window in windows:
        window.context.close()
    assert [complaint for window in windows for complaint in window.complaints] == []


def _somewhere_else(route: Route) -> None:
    route.fulfill(body="<!doctype html><title>Weather</title>", content_type="text/html")


def _cookie(app: Portal, member: Member) -> str:
    client = app.test_client()
    sign_in(client, member)
    cookie = client.get_cookie("portal")
    assert cookie
    return cookie.value
