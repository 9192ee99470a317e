"""Mail, handed to a real SMTP server on this machine."""

import io
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.config import BadSettings, Environment
from portal.core.jobs import delivery, outbox
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState, Failed, Retry, Sent, Unknown
from portal.core.mail import ConsoleTransport, MailServer, SmtpTransport, compose, letter, open_transport

ANA = "ana@example.org"
SUBJECT = "Su invitación"
TEXT = "Hola, Ana. Puede entrar aquí:\nhttps://portal.example.org/es/entrar\n"
BODY = f"{SUBJECT}\n\n{TEXT}"
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
def mailbox():
    return Mailbox()


@pytest.fixture
def serve(mailbox):
    """`serve()` starts the server and says where; options are aiosmtpd's."""
    controllers = []

    def serve(**options):
        controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        controllers.append(controller)
        return controller.port

    yield serve
    for controller in controllers:
        controller.stop()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def transport_at(port, trust=None, **how):
    server = MailServer("127.0.0.1", port, how.pop("user", ""), how.pop("password", ""), **how)
    return SmtpTransport(server, "no-reply@portal.example.org", "portal.example.org", trust)


def deliver(transport, address=ANA, body=BODY):
    return transport.deliver(address, body, 7, FOUR_HOURS)


def test_a_mail_arrives_as_it_was_written(serve, mailbox):
    assert deliver(transport_at(serve())) == Sent("<7@portal.example.org>")
    (mail,) = mailbox.received
    assert (mail["To"], mail["From"], mail["Subject"]) == (ANA, "no-reply@portal.example.org", SUBJECT)
    assert mail["Message-ID"] == "<7@portal.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == TEXT


def test_a_subject_cannot_smuggle_in_a_header(serve, mailbox):
    assert deliver(transport_at(serve()), body="Hola\nBcc: eve@example.org\n\nTexto") == Failed("not a mail")
    assert mailbox.received == []


def test_an_address_cannot_smuggle_in_a_header(serve, mailbox):
    for address in ("ana@example.org\nBcc: eve@example.org", "ana@exa\rmple.org"):
        assert deliver(transport_at(serve()), address=address) == Failed("not a mail")
        assert mailbox.received == []


def test_the_server_may_refuse_the_recipient(serve, mailbox):
    for answer, outcome in (
        ("550 5.1.1 no such mailbox ana@example.org", Failed("refused", 550)),
        ("451 4.7.1 greylisted", Retry("not now", 451)),
    ):
        mailbox.to_recipient = answer
        assert deliver(transport_at(serve())) == outcome


def test_the_server_may_refuse_the_text(serve, mailbox):
    for answer, outcome in (("554 spam", Failed("refused", 554)), ("452 mailbox full", Retry("not now", 452))):
        mailbox.to_data = answer
        assert deliver(transport_at(serve())) == outcome


def test_line_that_breaks_after_text_leaves_it_unknown(serve, mailbox):
    mailbox.hangs_up = True
    assert isinstance(deliver(transport_at(serve())), Unknown)


def test_a_server_that_is_away_is_tried_again():
    assert isinstance(deliver(transport_at(free_port())), Retry)


# ── Secrecy on the way ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1: the server's context, and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, ssl.create_default_context(cafile=str(folder / "cert.pem"))


def test_starttls_and_a_password(serve, mailbox, certificate):
    context, trust = certificate
    port = serve(tls_context=context, require_starttls=True, authenticator=mailbox.authenticator, auth_required=True)
    transport = transport_at(port, trust, starttls=True, user="portal", password="p@ss:word")
    assert isinstance(deliver(transport), Sent)
    assert mailbox.was_secure == [True]
    assert mailbox.signed_in == [(b"portal", b"p@ss:word")]


def test_nothing_goes_in_clear_where_starttls_is_missing(serve, mailbox):
    assert deliver(transport_at(serve(), starttls=True)) == Retry("SMTPNotSupportedError")
    assert mailbox.received == []


def test_a_certificate_nobody_vouches_for_is_refused(serve, mailbox, certificate):
    context, _trust = certificate
    port = serve(tls_context=context)
    assert deliver(transport_at(port, starttls=True)) == Retry("SSLCertVerificationError")
    assert mailbox.received == []


def test_reading_the_setting():
    assert [
        (url, server)
        for url, server in (
            ("smtps://ana:p%40ss@mx.example.org", MailServer("mx.example.org", 465, "ana", "p@ss", tls=True)),
            ("smtp://mx.example.org", MailServer("mx.example.org", 587, "", "", starttls=True)),
            ("smtp://mx.example.org:25", MailServer("mx.example.org", 25, "", "", starttls=True)),
            ("smtp://localhost:2525", MailServer("localhost", 2525, "", "")),
        )
        if MailServer.at(url) != server
    ] == []


def test_a_setting_that_is_no_address_stops_the_start(settings):
    for url in ("mx.example.org", "http://mx.example.org", "smtp://"):
        with pytest.raises(BadSettings, match="PORTAL_SMTP_URL"):
            open_transport(settings.model_copy(update={"smtp_url": url}))


# ── In the portal ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_from_the_outbox_to_the_mailbox(app, work, serve, mailbox):
    app.transports[MessageKind.MAIL] = transport_at(serve())
    with work():
        message_id = outbox.put(MessageKind.MAIL, ANA, BODY).id
    with app.app_context():
        delivery.deliver(message_id)
    with work() as session:
        message = session.get(OutboundMessage, message_id)
    assert (message.state, message.body) == (DeliveryState.SENT, None)
    assert [mail["To"] for mail in mailbox.received] == [ANA]


def test_development_shows_mail_on_the_console(settings):
    assert isinstance(
        open_transport(settings.model_copy(update={"environment": Environment.DEVELOPMENT})), ConsoleTransport
    )
    out = io.StringIO()
    assert isinstance(deliver(ConsoleTransport("no-reply@localhost", "localhost", out)), Sent)
    assert f"{ANA}: {SUBJECT}" in out.getvalue()
    assert "https://portal.example.org/es/entrar" in out.getvalue()


def test_calendar_entry_says_its_method_and_hides_no_words():
    body = letter(SUBJECT, TEXT, b"BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nSUMMARY:Reuni\xc3\xb3n\r\nEND:VCALENDAR\r\n")
    message = compose("no-reply@localhost", "localhost", ANA, body, 1)
    assert message["Subject"] == SUBJECT
    assert message.get_body(("plain",)).get_content() == TEXT
    (entry,) = (one for one in message.walk() if one.get_content_type() == "text/calendar")
    (attached,) = message.iter_attachments()
    assert entry["Content-Type"].params["method"] == "CANCEL"
    assert entry["Content-Type"].params["charset"] == "utf-8"
    assert "Reunión" in entry.get_content()
    assert attached.get_content().decode() == entry.get_content()
    out = io.StringIO()
    transport = ConsoleTransport("no-reply@localhost", "localhost", out)
    assert isinstance(transport.deliver(ANA, body, 1, FOUR_HOURS), Sent)
    assert "https://portal.example.org/es/entrar" in out.getvalue()
    assert "VCALENDAR" not in out.getvalue()


def test_one_click_leaves_however_long_the_address_is() -> None:
    leave = f"https://portal.example.org/en/follow/leave/{'A' * 80}"
    sent = bytes(compose("no-reply@portal.test", "portal.test", ANA, letter(SUBJECT, TEXT, leave=leave), 1))
    # The library would encode what it cannot fold, and no mail program would find the address.
    assert f"\r\nList-Unsubscribe: <{leave}>\r\n".encode() in sent
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in sent
    assert message_from_bytes(sent, policy=policy.default)["Subject"] == SUBJECT
    plain = compose("no-reply@portal.test", "portal.test", ANA, BODY, 1)
    assert "List-Unsubscribe" not in plain


def test_address_to_leave_adds_no_header_of_its_own() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        compose("no-reply@portal.test", "portal.test", ANA, letter(SUBJECT, TEXT, leave="https://x\r\nBcc: b@c.d"), 1)
