"""Mail, handed to a real SMTP server on this machine."""

import socket
import ssl
from datetime import timedelta
from email import message_from_bytes, policy
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from portal.config import BadSettings, Environment
from portal.core.jobs.outbox import Letter
from portal.core.jobs.retries import Failed, Retry, Sent, Unknown
from portal.core.mail import ConsoleTransport, SmtpTransport, compose, open_transport
from tests.certificate import make_certificate

ANA = "ana@example.org"
SUBJECT = "Su invitación"
TEXT = "Hola, Ana. Puede entrar aquí:\nhttps://portal.example.org/es/entrar\n"
LETTER = Letter(SUBJECT, TEXT)
FOUR_HOURS = timedelta(hours=4)


class Mailbox:
    """Takes what comes, unless told to answer otherwise."""

    def __init__(self):
        self.received = []
        self.signed_in = []
        self.was_secure = []
        self.to_recipient = self.to_data = "250 OK"
        self.hangs_up = False

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.was_secure.append(server.transport.get_extra_info("ssl_object") is not None)
        if self.to_data.startswith("250"):
            self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.hangs_up:
            server.transport.abort()
        return self.to_data

    def authenticator(self, server, session, envelope, mechanism, data):
        self.signed_in.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss:word", handled=False)


@pytest.fixture
def serve():
    """`serve()` starts a server and returns where, and its mailbox; options are aiosmtpd's."""
    controllers = []

    def serve(**options):
        mailbox = Mailbox()
        if options.pop("asks_who", False):
            options |= {"authenticator": mailbox.authenticator, "auth_required": True}
        controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        controllers.append(controller)
        return controller.port, mailbox

    yield serve
    for controller in controllers:
        controller.stop()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def transport_at(port, trust=None, account=""):
    server = urlsplit(f"smtp://{account}127.0.0.1:{port}")
    return SmtpTransport(server, "no-reply@portal.example.org", "portal.example.org", trust)


@pytest.fixture
def elsewhere(monkeypatch):
    """Not even this machine may be told anything in clear."""
    monkeypatch.setattr("portal.core.mail.LOOPBACK", frozenset())


def deliver(transport, address=ANA, letter=LETTER):
    return transport.deliver(address, letter, 7, FOUR_HOURS)


def test_a_mail_arrives_as_it_was_written(serve):
    port, mailbox = serve()
    assert deliver(transport_at(port)) == Sent("<7@portal.example.org>")
    (mail,) = mailbox.received
    assert (mail["To"], mail["From"], mail["Subject"]) == (ANA, "no-reply@portal.example.org", SUBJECT)
    assert mail["Message-ID"] == "<7@portal.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == TEXT


def test_neither_subject_nor_address_smuggles_in_a_header(serve):
    port, mailbox = serve()
    for given in (
        {"letter": Letter("Hola\nBcc: eve@example.org", "Texto")},
        {"address": "ana@example.org\nBcc: eve@example.org"},
        {"address": "ana@exa\rmple.org"},
    ):
        assert deliver(transport_at(port), **given) == Failed("not a mail")
    assert mailbox.received == []


def test_the_server_may_refuse_recipient_or_text(serve):
    port, mailbox = serve()
    for step, answer, outcome in (
        ("to_recipient", "550 5.1.1 no such mailbox ana@example.org", Failed("refused", 550)),
        ("to_recipient", "451 4.7.1 greylisted", Retry("not now", 451)),
        ("to_data", "554 spam", Failed("refused", 554)),
        ("to_data", "452 mailbox full", Retry("not now", 452)),
    ):
        mailbox.to_recipient = mailbox.to_data = "250 OK"
        setattr(mailbox, step, answer)
        assert deliver(transport_at(port)) == outcome
    # A line that breaks after the text leaves it unknown; a server that is away is tried again.
    mailbox.hangs_up = True
    assert isinstance(deliver(transport_at(port)), Unknown)
    assert isinstance(deliver(transport_at(free_port())), Retry)


def encrypted(tmp_path):
    """What a server with a certificate of its own needs, and what trusts it."""
    path = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, ssl.create_default_context(cafile=path)


@pytest.mark.usefixtures("elsewhere")
def test_starttls_and_a_password(serve, tmp_path):
    context, trust = encrypted(tmp_path)
    port, mailbox = serve(tls_context=context, require_starttls=True, asks_who=True)
    transport = transport_at(port, trust, "portal:p%40ss:word@")
    assert isinstance(deliver(transport), Sent)
    assert mailbox.was_secure == [True]
    assert mailbox.signed_in == [(b"portal", b"p@ss:word")]


@pytest.mark.usefixtures("elsewhere")
def test_nothing_goes_in_clear_nor_to_unknown_certificates(serve, tmp_path):
    # Nor to whom nobody vouches for.
    for options, error in (
        ({}, "SMTPNotSupportedError"),
        ({"tls_context": encrypted(tmp_path)[0]}, "SSLCertVerificationError"),
    ):
        port, mailbox = serve(**options)
        assert deliver(transport_at(port)) == Retry(error)
        assert mailbox.received == []


def test_reading_the_setting(settings):
    for url, kind, address, is_upgraded in (
        ("smtps://mx.example.org", "smtplib.SMTP_SSL", ("mx.example.org", 465), False),
        ("smtp://mx.example.org", "smtplib.SMTP", ("mx.example.org", 587), True),
        ("smtp://mx.example.org:25", "smtplib.SMTP", ("mx.example.org", 25), True),
        ("smtp://localhost:2525", "smtplib.SMTP", ("localhost", 2525), False),
    ):
        with patch(kind) as opened:
            open_transport(settings.model_copy(update={"smtp_url": url})).sign_in()
        assert (opened.call_args.args, opened.return_value.starttls.called) == (address, is_upgraded)
    for url in ("mx.example.org", "http://mx.example.org", "smtp://"):
        with pytest.raises(BadSettings, match="PORTAL_SMTP_URL"):
            open_transport(settings.model_copy(update={"smtp_url": url}))
    development = settings.model_copy(update={"environment": Environment.DEVELOPMENT})
    assert isinstance(open_transport(development), ConsoleTransport)


def test_calendar_entry_says_its_method_and_hides_no_words(capsys):
    letter = Letter(SUBJECT, TEXT, b"BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nSUMMARY:Reuni\xc3\xb3n\r\nEND:VCALENDAR\r\n")
    message = compose("no-reply@localhost", "localhost", ANA, letter, 1)
    assert message["Subject"] == SUBJECT
    assert message.get_body(("plain",)).get_content() == TEXT
    (entry,) = (one for one in message.walk() if one.get_content_type() == "text/calendar")
    (attached,) = message.iter_attachments()
    assert entry["Content-Type"].params == {"method": "CANCEL", "charset": "utf-8"}
    assert "Reunión" in entry.get_content()
    assert attached.get_content().decode() == entry.get_content()
    assert isinstance(deliver(ConsoleTransport("no-reply@localhost", "localhost"), letter=letter), Sent)
    shown = capsys.readouterr().out
    assert f"{ANA}: {SUBJECT}" in shown
    assert "https://portal.example.org/es/entrar" in shown
    assert "VCALENDAR" not in shown


def test_one_click_leaves_however_long_the_address_is():
    def mail(letter):
        return compose("no-reply@portal.test", "portal.test", ANA, letter, 1)

    leave = f"https://portal.example.org/en/follow/leave/{'A' * 80}"
    sent = bytes(mail(LETTER._replace(leave=leave)))
    # The library would encode what it cannot fold, and no mail program would find the address.
    assert f"\r\nList-Unsubscribe: <{leave}>\r\n".encode() in sent
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in sent
    assert message_from_bytes(sent, policy=policy.default)["Subject"] == SUBJECT
    assert "List-Unsubscribe" not in mail(LETTER)
    with pytest.raises(ValueError, match="linefeed"):
        mail(LETTER._replace(leave="https://x\r\nBcc: b@c.d"))
