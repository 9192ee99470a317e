"""A wrong clock erases, sends and freezes nothing: what somebody did who started a worker 400 days ahead, and after."""

from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
import requests
import time_machine
from sqlalchemy import delete, func, select, update

from portal.accounts.users import Invitation
from portal.core import clock
from portal.core.audit import AuditEvent
from portal.core.clock import kernel_time, now, today
from portal.core.db import db
from portal.core.jobs import engine, outbox
from portal.core.jobs.engine import CLOCK, ClockDoubted, Turn, may_tick, may_trust_clock
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import UNSETTLED, Unreachable
from portal.core.purge import Purge, purge
from portal.core.telephone import TwilioTelephone
from portal.meetings.rsvp.rsvp import Rsvp
from portal.partners.notes import Note
from portal.reports.reports import Thread
from portal.sms.conversations import Conversation, Route
from tests.core.conftest import tick
from tests.core.transports import TestTransport
from tests.make import SCHEDULE, make_member, make_report, sign_in
from tests.test_retention import make_answer, make_closed_report, make_invitation, make_note, make_talk, way_back

AHEAD = timedelta(days=31), timedelta(days=400), timedelta(days=-31)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
KEPT = Thread, Note, Rsvp, Route, Conversation, Invitation


@pytest.fixture
def app(app, monkeypatch):
    """One that no time server and nobody else tells the time."""
    monkeypatch.setattr(engine, "kernel_time", lambda: None)
    monkeypatch.setattr("portal.doctor.status.outside_checks", lambda: iter(()))
    return app


@pytest.fixture
def city(app, work):
    """A city at work, with what each clock that is ahead would end; no minute passes by itself."""
    # At noon: by day all may be sent.
    with time_machine.travel(now().replace(hour=17, minute=0, second=0, microsecond=0), tick=False):
        with work() as session:
            thread = make_closed_report(session)
            session.add(way_back(thread))
            make_report()
            for make in (make_note, make_answer, make_talk, make_invitation):
                make(session)
            make_member(session, ["administrator"])
        tick(app)
        with work() as session:
            # Tomorrow it goes; later it would only confuse.
            later = now() + 3 * MINUTE
            outbox.put(MessageKind.TEXT, "+12025550142", "Gracias.", due_at=later, send_before=now() + DAY)
        yield


def kept(session):
    """How many rows there are, how many texts wait, and how many certificates; an administrator may be mailed."""
    counts = {table.__tablename__: session.scalar(select(func.count()).select_from(table)) for table in KEPT}
    told = select(func.count()).where(OutboundMessage.state.in_(UNSETTLED), OutboundMessage.kind == MessageKind.TEXT)
    done = select(func.count()).select_from(Purge)
    return counts | {"waiting": session.scalar(told), "certificates": session.scalar(done)}


@pytest.mark.usefixtures("city")
def test_jumped_clock_does_nothing_until_it_is_back(app, work):
    began = now()
    with work() as session:
        before = kept(session)
        turns_before = {turn.name: turn.done_for for turn in session.scalars(select(Turn))}
    for ahead in AHEAD:
        with time_machine.travel(began + ahead, tick=False):
            tick(app)
            tick(app)
            ran = app.test_cli_runner().invoke(args=["retention", "run"])
            assert ran.exit_code == 1
            assert "nothing was erased: it says" in ran.output
            with app.app_context(), pytest.raises(ClockDoubted):
                purge(SCHEDULE[0])
            with work() as session:
                assert kept(session) == before, ahead
                moved = {turn.name for turn in session.scalars(select(Turn)) if turn.done_for > began + DAY}
                assert moved <= {"sweep", "journal", "checks"}
    with time_machine.travel(began + 5 * MINUTE, tick=False):
        tick(app)
        with work() as session:
            turns_after = {turn.name: turn.done_for for turn in session.scalars(select(Turn))}
            assert all(turns_after[name] >= done_for for name, done_for in turns_before.items())
            assert max(turns_after.values()) == began + 5 * MINUTE
            assert kept(session)["waiting"] <= before["waiting"]
            assert "FAILED" not in app.test_cli_runner().invoke(args=["retention", "run"]).output


@pytest.mark.usefixtures("city")
def test_an_honest_outage_delays_nothing_if_another_clock_agrees(app, work, monkeypatch):
    began, provider = now(), SimpleNamespace(time=now)
    for where, name, agreeing in (
        (engine, "kernel_time", lambda: now() - MINUTE),
        (app, "telephone", provider),
        (engine, "_database_time", lambda: now() + MINUTE),
    ):
        with monkeypatch.context() as patch, time_machine.travel(now() + 31 * DAY, tick=False), app.app_context():
            assert not may_trust_clock()
            patch.setattr(where, name, agreeing)
            assert may_trust_clock()
            with db.work() as session:
                session.execute(update(Turn).where(Turn.name == CLOCK).values(done_for=now() - 31 * DAY))
    # Those that disagree or cannot be asked help nothing.
    monkeypatch.setattr(engine, "kernel_time", lambda: began)
    for answer in (Mock(return_value=began), Mock(side_effect=Unreachable)):
        monkeypatch.setattr(app, "telephone", SimpleNamespace(time=answer))
        with time_machine.travel(began + 400 * DAY, tick=False), app.app_context():
            assert not may_trust_clock()


@pytest.mark.usefixtures("city")
def test_an_administrator_confirms_the_date_by_command(app, work):
    run = app.test_cli_runner().invoke
    with time_machine.travel(now() + 400 * DAY, tick=False):
        wrong = run(args=["retention", "confirm-date", "2026-01-01"])
        assert (wrong.exit_code, "set it right first" in wrong.output) == (1, True)
        with app.app_context():
            said = f"{today()}"
        assert run(args=["retention", "confirm-date", said]).output == "done\n"
        assert run(args=["retention", "run"]).exit_code == 0
        with work() as session:
            assert session.scalar(select(func.count()).select_from(Thread)) == 0
            event = session.scalars(select(AuditEvent).where(AuditEvent.action == "clock.confirmed")).one()
            assert (event.actor_id, event.object_id) == (None, said)
    # It was wrong. Back, that is seen; and the next jump to that day does not pass as known.
    with app.app_context():
        assert not may_trust_clock()
        with db.work():
            engine.confirm_clock(None)
        assert may_trust_clock()
        with time_machine.travel(now() + 400 * DAY, tick=False):
            assert not may_trust_clock()


def test_an_administrator_confirms_the_date_on_the_page(app, work, page):
    with app.app_context():
        assert may_trust_clock()
    with time_machine.travel(now() + 3 * DAY, tick=False):
        with work() as session:
            member = make_member(session, ["administrator"])
        sign_in(page.client, member)
        for lang, question in (("es", "¿Qué día es hoy?"), ("en", "What day is it?")):
            assert question in page(f"/{lang}/team/status/").text
        with app.app_context():
            path = f"/en/team/status/date/{today()}"
        done = page("/en/team/status/").form(path).submit()
        assert "goes on with its work" in done.text
        assert "What day is it?" not in done.text
        with app.app_context():
            assert may_trust_clock()


def test_city_of_earlier_version_is_known_by_its_work(app, work):
    tick(app)
    with work() as session:
        session.execute(delete(Turn).where(Turn.name == CLOCK))
    with time_machine.travel(now() + 400 * DAY, tick=False), app.app_context():
        # What goes on whatever the date is no proof of it.
        tick(app)
        tick(app)
        assert not may_trust_clock()
        assert may_tick("pump", DAY)
    # A tick that a wrong clock took is free again.
    with app.app_context():
        assert may_tick("pump", DAY)
        assert not may_tick("pump", DAY)


@pytest.mark.both_databases
def test_a_postgresql_elsewhere_tells_the_time(app, monkeypatch):
    with app.app_context(), db.work():
        assert engine._database_time() is None, "a database on this machine proves nothing"
    postgresql = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))
    for address, says in (("8.8.8.8", True), ("172.18.0.2", False), ("127.0.0.1", False), (None, False)):
        row = address, now()
        with monkeypatch.context() as patch:
            patch.setattr(engine, "session", SimpleNamespace(execute=lambda _asked, row=row: [row]))
            patch.setattr(engine, "db", SimpleNamespace(engine=postgresql))
            assert (engine._database_time() is not None) is says, address


def test_the_kernel_says_whether_a_time_server_keeps_it(monkeypatch):
    def kernel(state):
        def adjtimex(found):
            assert found[0] == 0  # It is only asked.
            found[9] = 1_800_000_000
            return state

        return SimpleNamespace(adjtimex=adjtimex)

    for library, says in ((kernel(0), True), (kernel(5), False), (kernel(-1), False), (SimpleNamespace(), False)):
        monkeypatch.setattr(clock.ctypes, "CDLL", lambda _name, library=library: library)
        found = kernel_time()
        assert (found.timestamp() if found else None) == (1_800_000_000 if says else None)
    monkeypatch.undo()
    assert (found := kernel_time()) is None or abs(now() - found) < MINUTE
    # The provider tells the time, over HTTPS only.
    answer = SimpleNamespace(headers={"Date": "Sun, 29 Nov 2026 22:00:00 GMT"})
    monkeypatch.setattr(requests.Session, "head", lambda *_given, **_more: answer)
    account = "AC" + "0" * 32, "0" * 32, "+12025550100"
    assert f"{TwilioTelephone(*account).time()}" == "2026-11-29 22:00:00+00:00"
    for base, headers in (("http://127.0.0.1:1", {}), (None, {}), (None, {"Date": "yesterday"})):
        answer.headers = headers
        with pytest.raises(Unreachable):
            TwilioTelephone(*account, base).time()


@pytest.mark.usefixtures("city")
def test_wrong_clock_drops_no_message_and_delivers_its_own(app, work):
    """A worker alone has it, and web processes wake that one; or all of the machine has it."""
    app.transports[MessageKind.TEXT] = posted = TestTransport()
    began = now()
    with work():
        rightly = outbox.put(MessageKind.TEXT, "+12025550142", "Right.", send_before=began + DAY)
    for ahead in AHEAD:
        with time_machine.travel(began + ahead, tick=False):
            app.engine.run("deliver", [rightly])
            with work():
                outbox.put(MessageKind.TEXT, "+12025550142", f"{ahead}", direct=True, send_before=now() + DAY)
            tick(app)
    assert sorted(body for _to, body, *_ in posted.delivered) == sorted(f"{ahead}" for ahead in AHEAD)
    # What waited for a second try is not put off until that day.
    with work() as session:
        session.get_one(OutboundMessage, rightly).created_at = began + AHEAD[1]
        session.get_one(OutboundMessage, rightly).due_at = began + AHEAD[1]
    app.engine.run("deliver", [rightly])
    assert posted.delivered[-1][1] == "Right."
