"""`flask doctor` and `flask db`: what they find, also at the public address over TLS, and what they say about it."""

import json
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import Mock

import pytest
import time_machine
from aiosmtpd.controller import Controller
from cryptography.fernet import Fernet
from sqlalchemy import select

from demo.provider import DEMO_NUMBER, Provider
from portal import doctor
from portal.accounts.reminders import ReminderWay, choose
from portal.accounts.users import Desk, DeskKey, DeskMember, Member
from portal.app import create_app
from portal.config import DEVELOPMENT_SECRET, Environment, Settings, SmsSender
from portal.core import data_folder, hosts, mail
from portal.core.clock import now, today
from portal.core.crypto import Cipher
from portal.core.data_folder import LastDone, note
from portal.core.db import db
from portal.core.hosts import Trap, forget, trap
from portal.core.jobs import outbox
from portal.core.jobs.engine import NEVER, Turn
from portal.core.jobs.outbox import MessageKind
from portal.core.vouched import vouch_anew
from portal.core.web import secure_headers
from portal.doctor import outside
from portal.doctor.outside import CheckResult, CheckState, exit_code, public_address, unchecked
from portal.home.demands import count_demands, ended
from portal.sms import outgoing
from portal.sms.deliveries import ProviderCopy, delete_later
from tests.certificate import make_certificate
from tests.core.test_mail import Mailbox, free_port
from tests.make import make_desk, make_market, make_member, make_operator

SID, TOKEN = "AC0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def mail_port():
    options = {"authenticator": Mailbox().authenticator, "auth_require_tls": False}
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    yield controller.port
    controller.stop()


class Operator:
    """Types the commands where everything is in place, and reads what they say."""

    def __init__(self, app):
        self.app, self.settings = app, app.settings

    def check(self, command="check"):
        result = self.app.test_cli_runner().invoke(args=["doctor", command])
        return result.exit_code, result.output

    def looks(self, *sentences, command="check"):
        """Something needs a look, and it is said so; all that is said."""
        code, output = self.check(command)
        assert code == 1
        lines = [line for line in output.splitlines() if line.startswith("LOOK")]
        assert [one for one in sentences if not any(one in line for line in lines)] == [], output
        return output

    def dial(self, address, sid=SID, token=TOKEN, number=DEMO_NUMBER):
        """Give the portal a telephone that asks there."""
        settings = self.settings
        settings.sms_sender, settings.sms_number, settings.twilio_api_base = SmsSender.TWILIO, number, address
        settings.twilio_account_sid, settings.twilio_auth_token = sid, token
        outgoing.start(self.app)

    def set_up(self, provider):
        """The provider's account, as the portal needs it."""
        self.settings.public_url = "http://portal.test"
        provider.webhook_url = "http://portal.test/sms/twilio/inbound"
        self.dial(provider.url)


@pytest.fixture
def operator(app, work, mail_port):
    settings = app.settings
    settings.smtp_url = f"smtp://portal:p%40ss%3Aword@127.0.0.1:{mail_port}"
    mail.start(app)
    settings.secret = "x7f3k9q2m5v8b1n4c6z0a9s8d7f6g5h4"
    settings.cipher_keys = Fernet.generate_key().decode()
    app.engine.tick()
    app.engine.run("sweep", [])
    with work() as session:
        for kind in ("triage", "oversight"):
            make_desk(session, [make_member(session, [kind])], kind=kind)
        make_operator(session)
    data_folder.close(settings)
    note(LastDone.BACKUP, settings)
    note(LastDone.LEAK_DRILL, settings)
    return Operator(app)


def test_a_healthy_portal_shows_no_secret(operator):
    code, output = operator.check()
    assert "LOOK" not in output
    assert code == 0
    assert operator.settings.secret not in output and operator.settings.cipher_keys not in output


def test_everything_that_is_wrong_is_named(operator, work, monkeypatch):
    before, operator.settings.secret = operator.settings.secret, DEVELOPMENT_SECRET
    with work():
        assert vouch_anew(before) == 0
    operator.app.transports.clear()
    monkeypatch.setenv("PORTAL_SMTP_ULR", "smtps://portal:secret@mail.example.org")
    operator.app.engine.queue.storage.conn.execute("DROP TABLE task")
    with work() as session:
        outbox.put(MessageKind.TEXT, "+1", "words", due_at=now() - timedelta(hours=1))
        row = session.get_one(outbox.OutboundMessage, outbox.put(MessageKind.TEXT, "+1", "words"))
        row.created_at = now() + timedelta(hours=1)
        session.get_one(Turn, "sweep").done_for = now() - timedelta(hours=1)
        member_id = session.scalars(select(DeskMember.member_id).join(Desk).where(Desk.kind == "triage")).one()
        choose(session.get_one(Member, member_id), ReminderWay.NONE)
    for damage in (None, "{", '{"at": "yesterday"}', "[]"):
        for what in LastDone:
            (operator.settings.data_dir / what).unlink(missing_ok=True)
            if damage is not None:
                (operator.settings.data_dir / what).write_text(damage)
        output = operator.looks(
            "keys: the development values",
            "mail: invitations wait until PORTAL_SMTP_URL is set",
            "settings: PORTAL_SMTP_ULR is no setting: is it PORTAL_SMTP_URL?",
            "jobs engine: embedded, cannot be reached",
            "outbox: 1 message(s) late by more than 15 minutes",
            "clock: runs behind what is stored",
            "worker: start `flask worker`",
            "word to the desks: nobody at triage hears",
            "backup: none was made on this machine",
            "leak drill: it never ran here",
        )
        assert "secret@" not in output


def test_mail_that_nobody_takes(operator, mail_port, monkeypatch):
    for address, sentence in (
        ("smtp://portal:wrong@127.0.0.1:{}", "mail: the server refuses the user or the password in PORTAL_SMTP_URL"),
        (
            "smtps://portal:p%40ss%3Aword@127.0.0.1:{}",
            "mail: the server of PORTAL_SMTP_URL could not be reached (SSLError)",
        ),
        ("smtp://portal:p%40ss%3Aword@127.0.0.1:1", "could not be reached (ConnectionRefusedError)"),
    ):
        operator.settings.smtp_url = address.format(mail_port)
        mail.start(operator.app)
        assert "wrong" not in operator.looks(sentence)
    for error, sentence in (
        (socket.gaierror(-2, "Name or service not known"), "the host in PORTAL_SMTP_URL is not known"),
        (ssl.SSLCertVerificationError(), "the certificate of the host in PORTAL_SMTP_URL is not to be trusted"),
        (smtplib.SMTPNotSupportedError("STARTTLS"), "the server offers no encryption (STARTTLS), or no sign-in"),
        (TimeoutError("timed out"), "could not be reached (TimeoutError)"),
    ):
        monkeypatch.setattr(mail.SmtpTransport, "sign_in", Mock(side_effect=error))
        operator.looks(sentence)


@pytest.fixture
def provider():
    with Provider(account_sid=SID, auth_token=TOKEN) as running:
        yield running


def test_an_account_that_is_of_no_use(operator, provider, monkeypatch):
    operator.dial(provider.url, token=TOKEN[::-1])
    for command in ("check", "sms"):
        says = "does not know PORTAL_TWILIO_ACCOUNT_SID with PORTAL_TWILIO_AUTH_TOKEN"
        assert TOKEN[::-1] not in operator.looks(says, command=command)
    monkeypatch.setattr(provider, "admit", lambda: {"sid": SID, "status": "suspended"})
    operator.dial(provider.url)
    operator.looks("texts go to twilio, where the account is suspended")
    for given, sentence in (
        ({"sid": "ACxxxxxxxx"}, "PORTAL_TWILIO_ACCOUNT_SID must be AC and 32"),
        ({"token": "my-token"}, "PORTAL_TWILIO_AUTH_TOKEN must be 32"),
        ({"number": "(202) 555-0100"}, "numbers: number 1 is none: it needs + and its country"),
    ):
        operator.dial("http://127.0.0.1:1", **given)
        output = operator.looks(sentence)
        assert not any(value in output for value in given.values())


def test_numbers_that_the_account_lacks_or_leads_elsewhere(operator, provider):
    operator.set_up(provider)
    for command, asks in (("check", 0), ("sms", 4)):
        code, output = operator.check(command)
        assert (code, "LOOK" in output, TOKEN in output) == (0, False, False)
        assert "ok   telephone: texts go to twilio, where the account is active" in output
        assert f"ok   number {DEMO_NUMBER}: texts that come in reach this portal" in output
        assert output.count("ASK ") == asks
    for typed in ("hello", "+1202555", "202-555-0100", "+12025550100 please"):
        operator.dial(provider.url, number=typed)
        output = operator.looks("numbers: number 1 is none: it needs + and its country", command="sms")
        assert f"number {typed}" not in output
    operator.dial(provider.url)
    operator.settings.sms_more_numbers = "+12025550188"
    missing = "number +12025550188: the account does not have it"
    for webhook in ("", "https://old.example.org/sms/twilio/inbound", "http://portal.test/sms"):
        provider.webhook_url = webhook
        operator.looks("must be: webhook, http://portal.test/sms/twilio/inbound, HTTP POST", missing, command="sms")
    provider.application_sid = "AP" + "0" * 32
    operator.looks("texts go to an application (TwiML App): take the number out of it", command="sms")


def test_texts_that_should_be_gone_at_the_provider(operator, provider, work):
    operator.set_up(provider)
    with work() as session:
        delete_later("SM1")
        session.scalars(select(ProviderCopy)).one().since = now() - timedelta(days=2)
    # And one that no row names.
    with time_machine.travel(now() - timedelta(days=3), tick=False):
        provider.exchange.come_in("+12025550143", DEMO_NUMBER, "STOP")
    output = operator.looks(
        "deletion at the provider: 1 text(s) should have been deleted there a day ago",
        "other texts at the provider: 1 text(s) came while the portal was away: read them there",
        command="sms",
    )
    assert "1 text(s) of more than two days are still there" in output
    assert "5550143" not in output
    operator.looks("deletion at the provider: 1 text(s) should have been deleted there a day ago")


def test_nobody_to_call_and_desk_that_nobody_can_open(app, operator, work, tmp_path):
    assert "ok   who runs this: 336-555-0100; demands for records not counted yet" in operator.check()[1]
    with work() as session:
        (quarter,) = ended(today(), 1)
        count_demands(quarter, {}, make_member(session).id)
    assert f"counted until {quarter.last_day}" in operator.check()[1]
    with work() as session:
        make_operator(session, phone="", email="")
    operator.looks("who runs this: residents find nobody to call")
    sentences = {"triage": "desk for reports: nobody can read", "oversight": "desk for oversight: complaints"}
    for number, kind in enumerate(sentences, 2):
        with work() as session:
            key = select(DeskKey).join(Desk, Desk.id == DeskKey.desk_id).where(Desk.kind == kind)
            retired = session.scalars(key).one()
            retired.retired_at = now()
            retired.vouch()
        assert operator.looks(sentences[kind]).count("LOOK") == number
    with work() as session:
        make_market(session)
    ours, app.cipher = app.cipher, Cipher(["another key"])
    operator.looks("database: sqlite, PORTAL_CIPHER_KEYS lacks the key")
    app.cipher = ours
    # A database that is away, or of another time.
    for path, sentence in (("nowhere/portal.db", "The database's file cannot be opened"), ("empty.db", "sqlite, run")):
        db.open(f"sqlite:///{tmp_path / path}")
        operator.looks(f"database: {sentence}")


def test_a_proxy_that_is_not_believed(operator):
    operator.settings.public_url = "https://portal.test"
    operator.looks("proxy: PORTAL_PUBLIC_URL is https, but PORTAL_PROXY_HOPS is 0")
    operator.settings.proxy_hops = 1
    assert "ok   proxy: 1 in front" in operator.check()[1]
    for noticed, sentence in (
        (hosts.Trap.IGNORED, "requests do come through a proxy, but PORTAL_PROXY_HOPS is 0"),
        (hosts.Trap.SILENT, "it sends no X-Forwarded-For"),
    ):
        (operator.settings.data_dir / noticed).touch(0o600)
        operator.looks(f"proxy: {sentence}")
        (operator.settings.data_dir / noticed).unlink()


def test_what_waits_for_the_morning_is_not_late(app):
    with app.app_context(), db.work():
        outbox.put(MessageKind.TEXT, "+1", "words", due_at=datetime(2026, 6, 2, 2, tzinfo=UTC), by_day=True)
        for hour, is_late in ((3, False), (16, True)):
            with time_machine.travel(datetime(2026, 6, 2, hour, tzinfo=UTC), tick=False):
                assert doctor.LOOKS["outbox"]()[0] is not is_late


def test_what_was_done_too_long_ago(operator, work):
    for what, ago, faults, sentence in (
        (LastDone.BACKUP, timedelta(days=2, minutes=1), 0, "backup: the last one is 2 day(s) old"),
        (LastDone.LEAK_DRILL, timedelta(days=9), 0, "leak drill: 9 day(s) ago, no leak"),
        (LastDone.LEAK_DRILL, timedelta(hours=3), 2, "leak drill: 3 hour(s) ago, 2 leak(s)"),
    ):
        with time_machine.travel(now() - ago, tick=False), operator.app.app_context():
            note(what, operator.settings, faults=faults)
        operator.looks(sentence)
    for done_for, given_up_ago in ((now() - timedelta(days=3), timedelta(days=3)), (NEVER, timedelta(days=2))):
        with work() as session:
            turn = session.get_one(Turn, "retention")
            turn.done_for, turn.taken_until = done_for, now() - given_up_ago
        operator.looks("timetable: not done in time: retention;")


@pytest.mark.both_databases
def test_a_clock_apart_from_the_databases(app, monkeypatch):
    with app.app_context(), db.work():
        assert doctor._apart_from_database() < timedelta(seconds=30)
        for apart, seconds in ((timedelta(seconds=90), 90), (timedelta(days=1), 86_400)):
            monkeypatch.setattr(doctor, "_apart_from_database", lambda apart=apart: apart)
            assert doctor._clock()[1] == f"{seconds} seconds apart from the database's: set both by NTP"


def test_provider_that_cannot_be_reached_is_left_unchecked(operator):
    operator.dial("http://127.0.0.1:1")
    code, output = operator.check()
    assert code == 2
    assert "???? telephone: the provider could not be reached (no connection)" in output
    ended = operator.app.test_cli_runner().invoke(args=["doctor", "check", "--json"])
    found = json.loads(ended.output)
    assert (ended.exit_code, found["exit"]) == (2, 2)
    states = {one["check"]: one["state"] for one in found["checks"]}
    assert (states["telephone"], states["worker"]) == ("unchecked", "good")


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
        with time_machine.travel(moment, tick=False), app.app_context():
            if doctor._is_to_be_told(results):
                alarms.append(hour)
    # New, a day later, new beside it; a server that was silent for a day, and again a day later; back again.
    assert alarms == [3, 27, 40, 74, 98, 100]
    good = CheckResult("a", True, "")
    assert [exit_code(results) for results in ([], [good], [good, backup, mail], [good, mail])] == [0, 0, 1, 2]


# A proxy that is not believed, or that names no address, is noticed; nothing of any address is kept.


FORWARDED = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "portal.test"}


def visit(settings, hops=0, headers=None, base="https://portal.test"):
    """Ask for a page of a portal; what was noticed."""
    given = settings.model_copy(update={"proxy_hops": hops, "public_url": "https://portal.test"})
    create_app(given).test_client().get("/en/report/", base_url=base, headers=headers or {})
    return trap(given)


def test_a_proxy_that_nobody_believes_or_names_no_address(settings):
    for header in (FORWARDED, {"Forwarded": "for=203.0.113.7"}):
        assert visit(settings) is None
        assert visit(settings, 0, header) is Trap.IGNORED
        assert (settings.data_dir / Trap.IGNORED).read_bytes() == b""
        forget(settings)
    assert visit(settings, 1, FORWARDED) is None
    # A monitor on this machine does not come through the proxy.
    assert visit(settings, 1, base="http://127.0.0.1:8000") is None
    assert visit(settings, 1) is Trap.SILENT
    # A server that starts notices anew.
    forget(settings)
    assert trap(settings) is None


class FrontPage(BaseHTTPRequestHandler):
    """Answers as the portal does: with a redirect to a language."""

    status, location = 302, "/en/"
    headers_sent = secure_headers(Settings(environment=Environment.TEST))

    def do_GET(self):
        self.send_response(self.status)
        for name, value in {**self.headers_sent, "Location": self.location, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_line):
        """Say nothing."""


@pytest.fixture
def check(settings, tmp_path, monkeypatch):
    """`check(days, host=…, status=…)`: what is found at a server with such a certificate and such an answer."""
    servers = []

    def check(days=60, *, host="localhost", is_trusted=True, **answer):
        path = make_certificate(tmp_path, days, host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answer", (FrontPage,), answer))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_given: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        if is_trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(path))
        return found(settings, f"https://localhost:{server.server_address[1]}")

    yield check
    for server in servers:
        server.shutdown()
        server.server_close()


def found(settings, url):
    asked = settings.model_copy(update={"public_url": url})
    return {one.what: (one.state, one.says) for one in public_address(asked)}


def test_all_is_well(check):
    assert check() == {
        "public address": (CheckState.GOOD, "answers over https and leads nowhere else"),
        "certificate": (CheckState.GOOD, "good for 60 more days"),
        "security headers": (CheckState.GOOD, "all arrive"),
    }
    sent = {**FrontPage.headers_sent, "Content-Security-Policy": "default-src *"}
    del sent["Strict-Transport-Security"]
    says = "missing or changed on the way: Content-Security-Policy, Strict-Transport-Security"
    assert check(headers_sent=sent)["security headers"] == (CheckState.LOOK, says)


def test_certificate_that_ends_soon_or_browsers_refuse(check):
    for given in ({"is_trusted": False}, {"days": -2000}, {"host": "elsewhere.example.org"}):
        [(what, (state, says))] = check(**given).items()
        assert (what, state) == ("certificate", CheckState.LOOK)
        assert says.startswith("browsers do not trust it: ")
    soon = (CheckState.LOOK, "good for 13 more days: does whatever renews it run?")
    assert check(13)["certificate"] == soon


def test_an_address_that_leads_elsewhere_or_is_broken(check, settings):
    elsewhere = (CheckState.LOOK, "leads to another host: look at the proxy and at the DNS")
    for location in ("https://parked.example.org/", "http://localhost/", "//localhost:1/en/"):
        assert check(location=location)["public address"] == elsewhere
    assert check(status=502)["public address"] == (CheckState.LOOK, "answers with 502: look at the proxy")
    says = "PORTAL_PUBLIC_URL did not answer this machine (ConnectionRefusedError)"
    assert found(settings, "https://localhost:1")["public address"] == (CheckState.UNCHECKED, says)
    says = "PORTAL_PUBLIC_URL is not https: only for development"
    assert found(settings, "http://localhost") == {"public address": (CheckState.GOOD, says)}
    real = settings.model_copy(update={"environment": Environment.PRODUCTION})
    assert found(real, "http://localhost") == {"public address": (CheckState.LOOK, says)}


def test_a_server_that_dawdles_holds_nothing_up(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(outside, "ALL_WITHIN", 0.3)
    path, is_over = make_certificate(tmp_path, 60), threading.Event()
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def dawdle():
            with suppress(OSError), context.wrap_socket(server.accept()[0], server_side=True) as line:
                # A byte now and then: no single wait is a long one.
                while not is_over.wait(0.05):
                    line.sendall(b"H")

        thread = threading.Thread(target=dawdle, daemon=True)
        thread.start()
        state, _says = found(settings, f"https://localhost:{server.getsockname()[1]}")["public address"]
        is_over.set()
        thread.join(5)
    assert state is CheckState.UNCHECKED
