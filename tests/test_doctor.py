"""`flask doctor` and `flask db`: what they find, and what they say about it."""

import json
import smtplib
import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography.fernet import Fernet
from sqlalchemy import select

from demo.provider import DEMO_NUMBER, Provider
from demo.wire import Reply
from portal import doctor
from portal.accounts.reminders import ReminderWay, choose
from portal.accounts.users import Desk, DeskKey, DeskMember, Member
from portal.config import DEVELOPMENT_SECRET, SmsSender
from portal.core import mail, private, proxies
from portal.core.clock import now, today
from portal.core.db import db
from portal.core.jobs import outbox
from portal.core.jobs.outbox import MessageKind
from portal.core.jobs.turns import NEVER, Turn
from portal.core.noted import LastDone, note
from portal.doctor.findings import CheckResult, exit_code, unchecked
from portal.home.demands import Demands, count_demands
from portal.home.quarters import last_ended
from portal.sms import jobs
from portal.sms.provider_copies import ProviderCopy, delete_later
from tests.make import make_desk, make_member, make_operator


class PostOffice:
    """Lets one user in."""

    def authenticator(self, server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"portal", b"right"), handled=False)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def mail_port():
    """Where a mail server answers."""
    office = PostOffice()
    options = {"authenticator": office.authenticator, "auth_require_tls": False}
    controller = Controller(office, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def healthy(app, work, mail_port):
    """A portal in which everything is in place."""
    settings = app.settings
    settings.smtp_url = f"smtp://portal:right@127.0.0.1:{mail_port}"
    mail.start(app)
    settings.secret = "x7f3k9q2m5v8b1n4c6z0a9s8d7f6g5h4"
    settings.cipher_keys = Fernet.generate_key().decode()
    app.engine.tick()
    app.engine.run("sweep", [])
    with work() as session:
        for kind in ("triage", "oversight"):
            make_desk(session, [make_member(session, [kind])], kind=kind)
        make_operator(session)
    private.close(settings)
    note(LastDone.BACKUP, settings)
    note(LastDone.LEAK_DRILL, settings)
    return app


@pytest.fixture
def check(healthy):
    def check():
        result = healthy.test_cli_runner().invoke(args=["doctor", "check"])
        return result.exit_code, result.output

    return check


def test_a_healthy_portal(check):
    code, output = check()
    assert "LOOK" not in output
    assert code == 0


def test_nobody_to_call(check, work):
    assert "ok   who runs this: 336-555-0100; demands for records not counted yet" in check()[1]
    with work() as session:
        ended = last_ended(today())
        count_demands(ended, Demands(), make_member(session).id)
    assert f"counted until {ended.last_day}" in check()[1]
    with work() as session:
        make_operator(session, phone="", email="")
    assert finds(check()[1], "who runs this: residents find nobody to call")


def test_no_secret_is_shown(check, healthy):
    _code, output = check()
    assert healthy.settings.secret not in output
    assert healthy.settings.cipher_keys not in output


def finds(output, sentence):
    return any(line.startswith("LOOK") and sentence in line for line in output.splitlines())


def test_development_keys(check, healthy):
    healthy.settings.secret = DEVELOPMENT_SECRET
    code, output = check()
    assert code == 1
    assert finds(output, "keys: the development values")


def test_no_mail(check, healthy):
    healthy.transports.clear()
    assert finds(check()[1], "mail: invitations wait until PORTAL_SMTP_URL is set")


def test_mail_that_nobody_takes(check, healthy, mail_port):
    for address, sentence in (
        ("smtp://portal:wrong@127.0.0.1:{}", "mail: the server refuses the user or the password in PORTAL_SMTP_URL"),
        ("smtps://portal:right@127.0.0.1:{}", "mail: the server of PORTAL_SMTP_URL could not be reached (SSLError)"),
        ("smtp://portal:right@127.0.0.1:1", "could not be reached (ConnectionRefusedError)"),
    ):
        healthy.settings.smtp_url = address.format(mail_port)
        mail.start(healthy)
        code, output = check()
        assert code == 1
        assert finds(output, sentence)
        assert "wrong" not in output


def test_troubles_with_mail(check, monkeypatch):
    for error, sentence in (
        (socket.gaierror(-2, "Name or service not known"), "the host in PORTAL_SMTP_URL is not known"),
        (ssl.SSLCertVerificationError(), "the certificate of the host in PORTAL_SMTP_URL is not to be trusted"),
        (smtplib.SMTPNotSupportedError("STARTTLS"), "the server offers no encryption (STARTTLS), or no sign-in"),
        (TimeoutError("timed out"), "could not be reached (TimeoutError)"),
    ):

        def fails(_transport, error=error):
            raise error

        monkeypatch.setattr(mail.SmtpTransport, "sign_in", fails)
        assert finds(check()[1], sentence)


SID, TOKEN = "AC0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"


@pytest.fixture
def dial(healthy):
    """`dial(address)` gives the portal a telephone that asks there."""

    def dial(address, sid=SID, token=TOKEN, number=DEMO_NUMBER):
        given = {
            "twilio_account_sid": sid,
            "twilio_auth_token": token,
            "sms_number": number,
            "twilio_api_base": address,
        }
        for name, value in given.items():
            setattr(healthy.settings, name, value)
        healthy.settings.sms_sender = SmsSender.TWILIO
        jobs.start(healthy)

    return dial


@pytest.fixture
def provider():
    with Provider(account_sid=SID, auth_token=TOKEN) as running:
        yield running


def test_an_account_that_the_provider_knows(check, set_up):
    code, output = check()
    assert f"ok   number {DEMO_NUMBER}: texts that come in reach this portal" in output
    assert "ok   telephone: texts go to twilio, where the account is active" in output
    assert code == 0


def test_an_account_that_the_provider_does_not_know(check, provider, dial):
    dial(provider.url, token=TOKEN[::-1])
    code, output = check()
    assert code == 1
    assert finds(output, "does not know PORTAL_TWILIO_ACCOUNT_SID with PORTAL_TWILIO_AUTH_TOKEN")
    assert TOKEN[::-1] not in output


def test_an_account_that_was_suspended(check, provider, dial, monkeypatch):
    monkeypatch.setattr(provider, "answer", lambda *_asked: Reply(200, {"sid": SID, "status": "suspended"}))
    dial(provider.url)
    assert finds(check()[1], "texts go to twilio, where the account is suspended")


def test_a_provider_that_cannot_be_reached(check, dial):
    dial("http://127.0.0.1:1")
    code, output = check()
    assert code == 2
    assert "???? telephone: the provider could not be reached (no connection)" in output


def test_an_account_that_cannot_be_one(check, dial):
    for given, sentence in (
        ({"sid": "ACxxxxxxxx"}, "PORTAL_TWILIO_ACCOUNT_SID must be AC and 32"),
        ({"token": "my-token"}, "PORTAL_TWILIO_AUTH_TOKEN must be 32"),
        ({"number": "(202) 555-0100"}, "PORTAL_SMS_NUMBER must be + and the number with its country"),
    ):
        dial("http://127.0.0.1:1", **given)
        output = check()[1]
        assert finds(output, sentence)
        assert not any(value in output for value in given.values())


@pytest.fixture
def check_sms(healthy):
    def check_sms():
        result = healthy.test_cli_runner().invoke(args=["doctor", "sms"])
        return result.exit_code, result.output

    return check_sms


@pytest.fixture
def set_up(provider, dial, healthy):
    """A provider's account as the portal needs it."""
    healthy.settings.public_url = "http://portal.test"
    provider.webhook_url = "http://portal.test/sms/twilio/inbound"
    dial(provider.url)
    return provider


def test_texts_that_are_set_up(check_sms, set_up):
    code, output = check_sms()
    assert "LOOK" not in output
    assert code == 0
    assert "ok   telephone: texts go to twilio" in output
    assert f"ok   number {DEMO_NUMBER}: texts that come in reach this portal" in output
    assert output.count("ASK ") == 4
    assert TOKEN not in output


def test_a_number_that_is_none(check_sms, set_up, dial):
    for typed in ("hello", "+1202555", "202-555-0100", "+12025550100 please"):
        dial(set_up.url, number=typed)
        code, output = check_sms()
        assert code == 1
        assert finds(output, "numbers: number 1 is none: it needs + and its country")
        assert f"number {typed}" not in output


def test_a_number_that_the_account_lacks(check_sms, set_up, healthy):
    healthy.settings.sms_more_numbers = "+12025550188"
    code, output = check_sms()
    assert code == 1
    assert finds(output, "number +12025550188: the account does not have it")


def test_a_webhook_that_leads_elsewhere(check_sms, set_up):
    for webhook in ("", "https://old.example.org/sms/twilio/inbound", "http://portal.test/sms"):
        set_up.webhook_url = webhook
        code, output = check_sms()
        assert code == 1
        assert finds(output, "must be: webhook, http://portal.test/sms/twilio/inbound, HTTP POST")


def test_a_number_that_an_application_takes(check_sms, set_up):
    set_up.application_sid = "AP" + "0" * 32
    assert finds(check_sms()[1], "texts go to an application (TwiML App): take the number out of it")


def test_texts_when_the_provider_refuses_us(check_sms, set_up, dial):
    dial(set_up.url, token=TOKEN[::-1])
    code, output = check_sms()
    assert code == 1
    assert finds(output, "does not know PORTAL_TWILIO_ACCOUNT_SID with PORTAL_TWILIO_AUTH_TOKEN")


def test_texts_that_should_be_gone_at_the_provider(check, check_sms, set_up, work):
    with work() as session:
        delete_later("SM1")
        session.scalars(select(ProviderCopy)).one().since = now() - timedelta(days=2)
    assert finds(check_sms()[1], "texts at the provider: 1 text(s) should have been deleted there a day ago")
    assert finds(check()[1], "deletion at the provider: 1 text(s) should have been deleted there a day ago")


def test_texts_that_no_row_names(check_sms, set_up):
    with time_machine.travel(now() - timedelta(days=3), tick=False):
        set_up.exchange.come_in("+12025550143", DEMO_NUMBER, "STOP")
    code, output = check_sms()
    assert code == 1
    assert finds(output, "other texts at the provider: 1 text(s) came while the portal was away: read them there")
    assert "1 text(s) of more than two days are still there" in output
    assert "5550143" not in output


@pytest.mark.parametrize("kind", ["triage", "oversight"])
def test_a_desk_that_nobody_can_open(check, work, kind):
    with work() as session:
        key = select(DeskKey).join(Desk, Desk.id == DeskKey.desk_id).where(Desk.kind == kind)
        session.scalars(key).one().retired_at = now()
    code, output = check()
    assert code == 1
    assert finds(output, "desk for reports: nobody can read" if kind == "triage" else "desk for oversight: complaints")
    assert sum(line.startswith("LOOK") for line in output.splitlines()) == 1


def test_a_desk_at_which_nobody_hears_of_a_report(check, work):
    with work() as session:
        member_id = session.scalars(select(DeskMember.member_id).join(Desk).where(Desk.kind == "triage")).one()
        choose(session.get_one(Member, member_id), ReminderWay.NONE)
    code, output = check()
    assert code == 1
    assert finds(output, "word to the desks: nobody at triage hears")


def test_a_setting_that_is_none(check, monkeypatch):
    monkeypatch.setenv("PORTAL_SMTP_ULR", "smtps://portal:secret@mail.example.org")
    code, output = check()
    assert code == 1
    assert finds(output, "settings: PORTAL_SMTP_ULR is no setting: is it PORTAL_SMTP_URL?")
    assert "secret@" not in output


def test_a_proxy_that_is_not_believed(check, healthy):
    healthy.settings.public_url = "https://portal.test"
    assert finds(check()[1], "proxy: PORTAL_PUBLIC_URL is https, but PORTAL_PROXY_HOPS is 0")
    healthy.settings.proxy_hops = 1
    assert "ok   proxy: 1 in front" in check()[1]


def test_a_proxy_that_was_noticed(check, healthy):
    for noticed, sentence in (
        (proxies.Trap.IGNORED, "requests do come through a proxy, but PORTAL_PROXY_HOPS is 0"),
        (proxies.Trap.SILENT, "it sends no X-Forwarded-For"),
    ):
        (healthy.settings.data_dir / noticed).touch(0o600)
        assert finds(check()[1], f"proxy: {sentence}")
        (healthy.settings.data_dir / noticed).unlink()


def test_an_engine_that_does_not_answer(check, healthy):
    healthy.engine.queue.storage.conn.execute("DROP TABLE task")
    assert finds(check()[1], "jobs engine: embedded, cannot be reached")


def test_a_database_that_is_away(check, tmp_path):
    db.open(f"sqlite:///{tmp_path / 'nowhere' / 'portal.db'}")
    assert finds(check()[1], "database: The database's file cannot be opened")


def test_a_database_of_another_time(check, tmp_path):
    db.open(f"sqlite:///{tmp_path / 'empty.db'}")
    assert finds(check()[1], "database: sqlite, run `flask db upgrade`")


def test_a_clock_that_runs_behind(check, work):
    with work() as session:
        row = session.get_one(outbox.OutboundMessage, outbox.put(MessageKind.TEXT, "+1", "words").id)
        row.created_at = now() + timedelta(hours=1)
    assert finds(check()[1], "clock: runs behind what is stored")


def test_an_outbox_that_nobody_empties(check, work):
    with work():
        outbox.put(MessageKind.TEXT, "+1", "words", due_at=now() - timedelta(hours=1))
    assert finds(check()[1], "outbox: 1 message(s) late by more than 15 minutes")


@pytest.mark.parametrize(("hour", "is_late"), [(3, False), (16, True)])
def test_what_waits_for_the_morning_is_not_late(app, hour, is_late):
    with time_machine.travel(datetime(2026, 6, 2, hour, tzinfo=UTC), tick=False), app.app_context(), db.work():
        outbox.put(MessageKind.TEXT, "+1", "words", due_at=now() - timedelta(hours=1), by_day=True)
        assert doctor._outbox().good is not is_late


def test_no_worker(check, work):
    with work() as session:
        session.scalars(select(Turn).where(Turn.name == "sweep")).one().done_for = now() - timedelta(hours=1)
    assert finds(check()[1], "worker: start `flask worker`")


# What was last done, and how it ended.


@pytest.mark.parametrize(
    ("what", "ago", "faults", "sentence"),
    [
        (LastDone.BACKUP, timedelta(days=2, minutes=1), 0, "backup: the last one is 2 day(s) old"),
        (LastDone.LEAK_DRILL, timedelta(days=9), 0, "leak drill: 9 day(s) ago, no leak"),
        (LastDone.LEAK_DRILL, timedelta(hours=3), 2, "leak drill: 3 hour(s) ago, 2 leak(s)"),
    ],
)
def test_what_was_done_too_long_ago(check, healthy, what, ago, faults, sentence):
    with time_machine.travel(now() - ago, tick=False), healthy.app_context():
        note(what, healthy.settings, faults=faults)
    code, output = check()
    assert (code, finds(output, sentence)) == (1, True)


def test_what_was_never_done(check, healthy):
    for damage in (None, "{", '{"at": "yesterday"}', "[]"):
        for what in LastDone:
            (healthy.settings.data_dir / what).unlink(missing_ok=True)
            if damage is not None:
                (healthy.settings.data_dir / what).write_text(damage)
        output = check()[1]
        assert finds(output, "backup: none was made on this machine")
        assert finds(output, "leak drill: it never ran here")


@pytest.mark.parametrize(
    ("done_ago", "given_up_ago"), [(timedelta(days=3), timedelta(days=3)), (None, timedelta(days=2))]
)
def test_an_entry_of_the_timetable_that_fails(check, work, done_ago, given_up_ago):
    with work() as session:
        turn = session.get_one(Turn, "retention")
        turn.done_for = now() - done_ago if done_ago else NEVER
        turn.taken_until = now() - given_up_ago
    assert finds(check()[1], "timetable: 1 not done in time: retention;")


def test_a_clock_apart_from_the_databases(check, monkeypatch):
    for apart, seconds in ((timedelta(seconds=90), 90), (timedelta(days=1), 86_400)):
        monkeypatch.setattr(doctor, "_apart_from_database", lambda apart=apart: apart)
        assert finds(check()[1], f"clock: {seconds} seconds apart from the database's: set both by NTP")


@pytest.mark.both_databases
def test_the_clock_of_the_database(app):
    with app.app_context(), db.work():
        assert doctor._apart_from_database() < timedelta(seconds=30)


def test_for_programs(healthy, provider, dial):
    dial("http://127.0.0.1:1")
    ended = healthy.test_cli_runner().invoke(args=["doctor", "check", "--json"])
    found = json.loads(ended.output)
    assert (ended.exit_code, found["exit"]) == (2, 2)
    states = {one["check"]: one["state"] for one in found["checks"]}
    assert (states["telephone"], states["worker"]) == ("unchecked", "good")


def told(app, *results):
    """Whether the timer's command raises an alarm over these results."""
    with app.app_context():
        return doctor._is_to_be_told(results)


def test_alarm_is_raised_once_and_once_a_day(app):
    backup, drill, mail = CheckResult("backup", False, ""), CheckResult("leak drill", False, ""), unchecked("mail", "")
    hours = {
        **dict.fromkeys(range(3), ()),
        **dict.fromkeys(range(3, 40), (backup,)),
        **dict.fromkeys(range(40, 45), (backup, drill)),
        **dict.fromkeys(range(45, 50), (drill,)),
        **dict.fromkeys(range(50, 100), (CheckResult("leak drill", True, ""), mail)),
        **dict.fromkeys(range(100, 110), (backup,)),
    }
    alarms = []
    for hour, results in hours.items():
        # The timer is not on the minute.
        moment = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(hours=hour, minutes=hour % 3)
        with time_machine.travel(moment, tick=False):
            if told(app, *results):
                alarms.append(hour)
    # New, a day later, new beside it; a server that was silent for a day, and again a day later; back again.
    assert alarms == [3, 27, 40, 74, 98, 100]


def test_how_it_ends():
    good, look, unknown = CheckResult("a", True, ""), CheckResult("b", False, ""), unchecked("c", "")
    assert [exit_code(results) for results in ([], [good], [good, look, unknown], [good, unknown])] == [0, 0, 1, 2]
