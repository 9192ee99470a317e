"""Looking at an address from beginning to end: a real server, a real worker, the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, update

from portal.config import Environment, Settings
from portal.core.clock import now
from portal.core.i18n import Bilingual
from portal.core.web import Portal
from portal.meetings.calendars.calendars import CalendarSource, OutsideCalendar, OutsideEvent
from portal.meetings.calendars.fetching import add_calendar, delete_calendar, look_at_all, set_address
from portal.meetings.calendars.hours import CalendarKind
from tests.conftest import Work
from tests.make import make_member
from tests.meetings.calendars.ics import calendar, event
from tests.meetings.calendars.server import Server, make_certificate, says, serving

NAME = Bilingual(en="Neighbors’ Center", es="Centro de Vecinos")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"calendars_from_here": True})


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(certificate) as found:
        yield found


def follow(work: Work, url: str, kind: CalendarKind = CalendarKind.PARTNER) -> int:
    with work() as session:
        found = add_calendar(NAME, kind, CalendarSource.ADDRESS, make_member(session, ["organizer"]).id)
        set_address(found, url)
        return found.id


def look(app: Portal) -> None:
    with app.app_context():
        look_at_all()


def stored(work: Work) -> OutsideCalendar:
    with work() as session:
        return session.scalars(select(OutsideCalendar)).one()


def titles(work: Work) -> list[str]:
    with work() as session:
        return list(session.scalars(select(OutsideEvent.title).order_by(OutsideEvent.title)))


def soon(*titles: str) -> bytes:
    day = f"{now() + timedelta(days=9):%Y%m%d}"
    return calendar(*[event(f"DTSTART:{day}T180000", f"SUMMARY:{title}", uid=title) for title in titles])


@pytest.mark.both_databases
def test_an_address_is_followed(app: Portal, work: Work, server: Server) -> None:
    server.replies["/a"] = says(soon("Fair", "Supper"), ETag='"1"')
    follow(work, server.url("/a"))
    look(app)
    assert titles(work) == ["Fair", "Supper"]
    look(app)
    assert len(server.asked) == 1, "not again before its time"
    with time_machine.travel(now() + timedelta(hours=7)):
        server.replies["/a"] = says(b"", 304)
        look(app)
    assert len(server.asked) == 2
    assert server.asked[1][1]["If-None-Match"] == '"1"'
    assert titles(work) == ["Fair", "Supper"]
    assert stored(work).problem is None
    with time_machine.travel(now() + timedelta(hours=14)):
        server.replies["/a"] = says(soon("Fair"))
        look(app)
    assert titles(work) == ["Fair"]


def test_what_was_read_stays_when_the_other_side_breaks(app: Portal, work: Work, server: Server) -> None:
    server.replies["/a"] = says(soon("Fair"))
    follow(work, server.url("/a"))
    look(app)
    for hours, reply, problem in ((7, says(b"", 500), "broken"), (60, says(b"<html>"), "no_calendar")):
        server.replies["/a"] = reply
        with time_machine.travel(now() + timedelta(hours=hours)):
            look(app)
        assert stored(work).problem == problem
        assert titles(work) == ["Fair"]
    assert stored(work).failures == 2


def test_of_services_only_the_time_is_kept(app: Portal, work: Work, server: Server) -> None:
    server.replies["/a"] = says(soon("Counsel for Ana"))
    follow(work, server.url("/a"), CalendarKind.WORSHIP)
    look(app)
    assert titles(work) == [""]


def test_the_address_is_kept_like_a_password(app: Portal, work: Work, server: Server) -> None:
    server.replies["/a?key=sesame"] = says(soon("Fair"))
    follow(work, server.url("/a?key=sesame"))
    look(app)
    found = stored(work)
    assert titles(work) == ["Fair"]
    assert b"sesame" not in found.address
    assert "sesame" not in str(vars(found) | {"address": ""})


def test_a_calendar_that_was_erased_meanwhile_stays_erased(app: Portal, work: Work, server: Server) -> None:
    def erase(request: object) -> None:
        with work() as session:
            delete_calendar(session.get(OutsideCalendar, number), 1)
        says(soon("Fair"))(request)

    server.replies["/a"] = erase
    number = follow(work, server.url("/a"))
    look(app)
    assert titles(work) == []
    with work() as session:
        assert session.scalars(select(OutsideCalendar)).all() == []


def test_a_worker_that_dies_is_not_followed_by_a_crowd(app: Portal, work: Work, server: Server) -> None:
    seen = []

    def reply(request: object) -> None:
        seen.append(stored(work).look_at)
        says(soon("Fair"))(request)

    server.replies["/a"] = reply
    follow(work, server.url("/a"))
    look(app)
    assert seen[0] > now() + timedelta(minutes=5)


def test_without_the_setting_nothing_here_is_asked(work: Work, app: Portal, server: Server) -> None:
    app.settings = app.settings.model_copy(update={"calendars_from_here": False})
    follow(work, server.url("/a"))
    look(app)
    assert stored(work).problem == "port"
    with work() as session:
        set_address(session.scalars(select(OutsideCalendar)).one(), "https://localhost/a")
    look(app)
    assert stored(work).problem == "not_public"
    assert server.asked == []


@pytest.mark.parametrize("environment", [Environment.DEVELOPMENT, Environment.PRODUCTION])
def test_only_tests_may_set_it(environment: Environment) -> None:
    given = {
        "secret": "abcdefghijklmnopqrstuvwxyz0123456789",
        "cipher_keys": "x" * 44,
        "public_url": "https://a.example",
    }
    Settings(environment=environment, **given)
    with pytest.raises(ValueError, match="only tests"):
        Settings(environment=environment, calendars_from_here=True, **given)


def test_once_a_month_all_is_read_again(app: Portal, work: Work, server: Server) -> None:
    server.replies["/a"] = says(soon("Fair"), ETag='"1"')
    follow(work, server.url("/a"))
    look(app)
    with work() as session:
        past = now() - timedelta(days=31)
        session.execute(update(OutsideCalendar).values(read_at=past, look_at=past))
    look(app)
    assert "If-None-Match" not in server.asked[1][1]
