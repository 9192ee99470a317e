"""Mail: the transport that sends messages of the outbox by SMTP, or shows them on the console in development."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.headerregistry import HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

import click

from portal.config import BadSettings, Settings
from portal.core.clock import now
from portal.core.jobs.delivery import Transport
from portal.core.jobs.outbox import Letter, MessageKind
from portal.core.jobs.retries import Failed, Outcome, Retry, Sent, Unknown
from portal.core.portal import Portal

SECONDS = 15.0
LEAVE = "List-Unsubscribe"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def start(app: Portal) -> None:
    """Add the transport for mail. Outside development, mail waits until an operator names a server."""
    if transport := open_transport(app.settings):
        app.transports[MessageKind.MAIL] = transport


def open_transport(settings: Settings) -> Transport | None:
    """Return the transport for mail; raises `BadSettings`."""
    host, sender = host_of(settings), sender_of(settings)
    if settings.smtp_url:
        with suppress(ValueError):
            server = urlsplit(settings.smtp_url)
            # A port that is none raises when it is read.
            if server.scheme in ("smtp", "smtps") and server.hostname and server.port != 0:
                return SmtpTransport(server, sender, host)
        raise BadSettings("PORTAL_SMTP_URL must look like smtps://user:password@host")
    return ConsoleTransport(sender, host) if settings.is_development else None


def sender_of(settings: Settings) -> str:
    return settings.mail_from or f"no-reply@{host_of(settings)}"


def host_of(settings: Settings) -> str:
    return urlsplit(settings.public_url).hostname or "localhost"


class MailTransport(Transport):
    """A mail in doubt is sent again with the same Message-ID, as SMTP cannot be asked; most mailboxes show it once."""

    def __init__(self, sender: str, host: str) -> None:
        self._sender = sender
        self._host = host


class SmtpTransport(MailTransport):
    """Sends by `smtps://`, which is TLS from the start, or by `smtp://` with STARTTLS."""

    def __init__(self, server: SplitResult, sender: str, host: str, trust: ssl.SSLContext | None = None) -> None:
        super().__init__(sender, host)
        self._server = server
        self._trust = trust or ssl.create_default_context()

    def deliver(self, address: str, letter: Letter, message_id: int, valid_for: timedelta) -> Outcome:
        try:
            message = compose(self._sender, self._host, address, letter, message_id)
        except ValueError:
            # A line break in the address or subject. The error would quote it.
            return Failed("not a mail")
        try:
            connection = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            return Retry(type(error).__name__)
        with _ended(connection):
            return _hand_in(connection, self._sender, address, message)

    def sign_in(self) -> None:
        """Connect, log in and disconnect. Raises `OSError` or `SMTPException`."""
        with _ended(self._connect()):
            pass

    def _connect(self) -> smtplib.SMTP:
        host, port = self._server.hostname or "", self._server.port
        is_encrypted = self._server.scheme == "smtps"
        connection: smtplib.SMTP
        if is_encrypted:
            connection = smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=self._trust)
        else:
            connection = smtplib.SMTP(host, port or 587, timeout=SECONDS)
        try:
            # Nothing leaves this machine unencrypted; a relay on the machine itself may be used without TLS.
            if not is_encrypted and host not in LOOPBACK:
                connection.starttls(context=self._trust)
            if self._server.username:
                connection.login(unquote(self._server.username), unquote(self._server.password or ""))
        except (OSError, smtplib.SMTPException):
            connection.close()
            raise
        return connection


class ConsoleTransport(MailTransport):
    """Shows mail on the console of the worker: for development only."""

    def deliver(self, address: str, letter: Letter, message_id: int, valid_for: timedelta) -> Outcome:
        message = compose(self._sender, self._host, address, letter, message_id)
        plain = message.get_body(("plain",))
        text = plain.get_content() if plain is not None else ""
        click.echo(f"-- mail --\n{message['To']}: {message['Subject']}\n{text}")
        return Sent(message["Message-ID"])


class UnfoldedHeader(UniqueUnstructuredHeader):
    """A header on one line: the library would encode a long address as words that no mail program reads."""

    def fold(self, *, policy: Policy) -> str:
        return f"{LEAVE}: {self}{policy.linesep}"


HEADERS = HeaderRegistry()
HEADERS.map_to_type(LEAVE, UnfoldedHeader)  # type: ignore[arg-type]  # mixed into a header by the registry
POLICY = SMTP.clone(header_factory=HEADERS)


def compose(sender: str, host: str, address: str, letter: Letter, message_id: int) -> EmailMessage:
    """Return the email for a message, always with the same ID; raises `ValueError` for illegal header values."""
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = address
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{message_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.leave:
        message[LEAVE] = f"<{letter.leave}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.body)
    if letter.calendar:
        # Twice: some calendars act on the part with its method, others only open an attachment.
        calendar = letter.calendar.decode()
        method = re.search(r"^METHOD:([A-Z]+)\r?$", calendar, re.MULTILINE)
        params = {"method": method[1] if method else "PUBLISH"}
        message.add_alternative(calendar, subtype="calendar", params=params, cte="base64")
        message.add_attachment(letter.calendar, "application", "ics", filename="meeting.ics", cte="base64")
    return message


@contextmanager
def _ended(connection: smtplib.SMTP) -> Iterator[None]:
    """Quit at the end. The server's reply to that has no effect on the mail."""
    try:
        yield
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()
    finally:
        connection.close()


def _hand_in(connection: smtplib.SMTP, sender: str, address: str, message: EmailMessage) -> Outcome:
    try:
        connection.send_message(message, sender, [address])
    except smtplib.SMTPSenderRefused as error:
        # The fault is ours: an operator can fix it.
        return Retry("sender refused", error.smtp_code)
    except smtplib.SMTPRecipientsRefused as error:
        return _judge(max(code for code, _text in error.recipients.values()))
    except smtplib.SMTPResponseException as error:
        return _judge(error.smtp_code)
    except smtplib.SMTPNotSupportedError:
        # The address has characters that this server cannot carry.
        return Failed("not supported")
    except (OSError, smtplib.SMTPException) as error:
        # The server may have accepted it before the connection broke.
        return Unknown(type(error).__name__)
    return Sent(message["Message-ID"])


def _judge(code: int) -> Outcome:
    """Return the outcome for a reply code: 4yz is temporary, 5yz permanent."""
    return Failed("refused", code) if code >= 500 else Retry("not now", code)
