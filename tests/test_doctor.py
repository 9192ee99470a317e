"""`flask doctor` and `flask db`: what they find, and what they say about it."""

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

from portal import doctor
from portal.accounts.reminders import ReminderWay as Way
from portal.accounts.reminders import choose
from portal.accounts.users import Desk, DeskKey, DeskMember, Member
from portal.app import create_app
from portal.config import DEVELOPMENT_SECRET, Environment, SmsSender
from portal.core import mail, private, proxies
from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs import outbox
from portal.core.jobs.engine import Turn
from portal.core.jobs.outbox import MessageKind as Kind
from portal.demo.provider import DEMO_NUMBER, Provider
from portal.demo.wire import Reply
from portal.doctor import machine
from portal.sms import jobs as sms_jobs
from tests.make import make_desk, make_member


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
    private.close(settings)
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


def test_little_disk(check, monkeypatch):
    monkeypatch.setattr(machine, "LEAST_FREE", 2**62)
    assert finds(check()[1], "MiB free in the data folder")


def test_no_data_folder(check, healthy, tmp_path):
    healthy.settings.data_dir = tmp_path / "nowhere"
    assert finds(check()[1], "disk: the data folder (PORTAL_DATA_DIR) cannot be read")


def test_a_telephone_without_a_courier(check, healthy):
    healthy.settings.sms_sender = SmsSender.TWILIO
    assert finds(check()[1], "telephone: no courier for texts")


def test_no_mail(check, healthy):
    healthy.transports.clear()
    assert finds(check()[1], "mail: invitations wait until PORTAL_SMTP_URL is set")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("smtp://portal:wrong@127.0.0.1:{}", "mail: the server refuses the user or the password in PORTAL_SMTP_URL"),
        ("smtps://portal:right@127.0.0.1:{}", "mail: the server of PORTAL_SMTP_URL could not be reached (SSLError)"),
        ("smtp://portal:right@127.0.0.1:1", "could not be reached (ConnectionRefusedError)"),
    ],
)
def test_mail_that_nobody_takes(check, healthy, mail_port, address, sentence):
    healthy.settings.smtp_url = address.format(mail_port)
    mail.start(healthy)
    code, output = check()
    assert code == 1
    assert finds(output, sentence)
    assert "wrong" not in output


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (socket.gaierror(-2, "Name or service not known"), "the host in PORTAL_SMTP_URL is not known"),
        (ssl.SSLCertVerificationError(), "the certificate of the host in PORTAL_SMTP_URL is not to be trusted"),
        (smtplib.SMTPNotSupportedError("STARTTLS"), "the server offers no encryption (STARTTLS), or no sign-in"),
        (TimeoutError("timed out"), "could not be reached (TimeoutError)"),
    ],
)
def test_troubles_with_mail(check, monkeypatch, error, sentence):
    def fails(_courier):
        raise error

    monkeypatch.setattr(mail.SmtpTransport, "sign_in", fails)
    assert finds(check()[1], sentence)


def test_mail_on_the_console_is_for_development_only(check, healthy):
    healthy.transports[Kind.MAIL] = mail.ConsoleTransport("no-reply@portal.test", "portal.test")
    assert finds(check()[1], "mail: only shown on the console of the worker")


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
        sms_jobs.start(healthy)

    return dial


@pytest.fixture
def provider():
    with Provider(account_sid=SID, auth_token=TOKEN) as running:
        yield running


def test_an_account_that_the_provider_knows(check, provider, dial):
    dial(provider.url)
    code, output = check()
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
    assert finds(check()[1], "telephone: the provider could not be reached (no connection)")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"sid": "ACxxxxxxxx"}, "PORTAL_TWILIO_ACCOUNT_SID must be AC and 32"),
        ({"token": "my-token"}, "PORTAL_TWILIO_AUTH_TOKEN must be 32"),
        ({"number": "(202) 555-0100"}, "PORTAL_SMS_NUMBER must be + and the number with its country"),
    ],
)
def test_an_account_that_cannot_be_one(check, dial, given, sentence):
    dial("http://127.0.0.1:1", **given)
    output = check()[1]
    assert finds(output, sentence)
    assert not any(value in output for value in given.values())


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
        choose(session.get_one(Member, member_id), Way.NONE)
    code, output = check()
    assert code == 1
    assert finds(output, "word to the desks: nobody at triage hears")


def test_a_setting_that_is_none(check, monkeypatch):
    monkeypatch.setenv("PORTAL_SMTP_ULR", "smtps://portal:secret@mail.example.org")
    code, output = check()
    assert code == 1
    assert finds(output, "settings: PORTAL_SMTP_ULR is no setting: is it PORTAL_SMTP_URL?")
    assert "secret@" not in output


def test_files_that_others_can_read(check, healthy):
    folder = healthy.settings.data_dir
    folder.chmod(0o755)
    (folder / "jobs.db").chmod(0o640)
    assert finds(check()[1], f"files: others can reach {folder}, {folder / 'jobs.db'}")


def test_spanish_that_is_not_whole(check, monkeypatch):
    monkeypatch.setattr(machine, "untranslated", lambda *_catalogues: ["Report", "Help"])
    assert finds(check()[1], "spanish: 2 text(s) are missing")


def test_a_proxy_that_is_not_believed(check, healthy):
    healthy.settings.public_url = "https://portal.test"
    assert finds(check()[1], "proxy: PORTAL_PUBLIC_URL is https, but PORTAL_PROXY_HOPS is 0")
    healthy.settings.proxy_hops = 1
    assert "ok   proxy: 1 in front" in check()[1]


@pytest.mark.parametrize(
    ("noticed", "sentence"),
    [
        (proxies.Trap.IGNORED, "requests do come through a proxy, but PORTAL_PROXY_HOPS is 0"),
        (proxies.Trap.SILENT, "it sends no X-Forwarded-For"),
    ],
)
def test_a_proxy_that_was_noticed(check, healthy, noticed, sentence):
    (healthy.settings.data_dir / noticed).touch(0o600)
    assert finds(check()[1], f"proxy: {sentence}")


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
        row = session.get_one(outbox.OutboundMessage, outbox.put(Kind.TEXT, "+1", "words").id)
        row.created_at = now() + timedelta(hours=1)
    assert finds(check()[1], "clock: runs behind what is stored")


def test_an_outbox_that_nobody_empties(check, work):
    with work():
        outbox.put(Kind.TEXT, "+1", "words", due_at=now() - timedelta(hours=1))
    assert finds(check()[1], "outbox: 1 parcel(s) late by more than 15 minutes")


@pytest.mark.parametrize(("hour", "is_late"), [(3, False), (16, True)])
def test_what_waits_for_the_morning_is_not_late(app, hour, is_late):
    with time_machine.travel(datetime(2026, 6, 2, hour, tzinfo=UTC), tick=False), app.app_context(), db.work():
        outbox.put(Kind.TEXT, "+1", "words", due_at=now() - timedelta(hours=1), by_day=True)
        assert doctor._outbox().good is not is_late


def test_no_worker(check, work):
    with work() as session:
        session.scalars(select(Turn).where(Turn.name == "sweep")).one().done_for = now() - timedelta(hours=1)
    assert finds(check()[1], "worker: start `flask worker`")


def test_a_new_key_is_one(app, settings):
    key = app.test_cli_runner().invoke(args=["doctor", "new-key"]).output.strip()
    assert len(key) == 44
    create_app(settings.model_copy(update={"cipher_keys": key, "environment": Environment.TEST}))


def test_the_database_can_be_brought_up_and_down(app):
    run = app.test_cli_runner().invoke
    assert run(args=["db", "current"]).output == "the database is up to date\n"
    assert run(args=["db", "downgrade", "base"]).exit_code == 0
    behind = run(args=["db", "current"])
    assert (behind.exit_code, behind.output) == (1, "The database is not up to date: run `flask db upgrade`.\n")
    assert run(args=["db", "upgrade"]).stdout == "the database is up to date\n"
