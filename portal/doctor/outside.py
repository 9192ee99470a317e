"""Checks that ask other servers: the provider of texts, the mail server, and our own public address.

The public address is asked as a resident's phone would: certificate, where it leads, security headers.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection
from threading import Timer
from typing import Any
from urllib.parse import urljoin, urlsplit

from portal.config import Environment, Settings, SmsSender
from portal.core.clock import now
from portal.core.jobs.outbox import MessageKind
from portal.core.jobs.retries import Unreachable
from portal.core.mail import SmtpTransport
from portal.core.portal import current_portal
from portal.core.sms.twilio import TwilioTelephone
from portal.core.web import secure_headers
from portal.doctor.findings import CheckResult, unchecked

SHAPES = {
    "twilio_account_sid": (r"AC[0-9a-f]{32}", "AC and 32 digits or letters a to f"),
    "twilio_auth_token": (r"[0-9a-f]{32}", "32 digits or letters a to f"),
    "twilio_auth_token_old": (r"([0-9a-f]{32})?", "32 digits or letters a to f"),
    "sms_number": (r"\+[1-9][0-9]{6,14}", "+ and the number with its country, such as +12025550100"),
}
"""The expected format of the provider's credentials."""
NO_ANSWER = {"no connection", "no answer", "no answer through a gateway", "busy", "provider error"}


def telephone(settings: Settings) -> CheckResult:
    """Check that texts can be sent."""
    if settings.sms_sender is SmsSender.OFF:
        return CheckResult("telephone", True, "switched off (PORTAL_SMS_SENDER)")
    if MessageKind.TEXT not in current_portal.transports:
        return CheckResult("telephone", False, "no transport for texts")
    found = current_portal.telephone
    if not isinstance(found, TwilioTelephone):
        return CheckResult("telephone", settings.is_development, "texts are only shown on the console of the worker")
    if wrong := misshapen(settings):
        return CheckResult("telephone", False, wrong)
    try:
        return account(found)
    except Unreachable as trouble:
        return unchecked("telephone", f"the provider could not be reached ({trouble})")


def misshapen(settings: Settings) -> str:
    """Return what is wrong with the form of the provider's credentials and of the number, empty if nothing is."""
    wrong = [
        f"PORTAL_{name.upper()} must be {what}"
        for name, (shape, what) in SHAPES.items()
        if not re.fullmatch(shape, getattr(settings, name))
    ]
    return "; ".join(wrong)


def account(found: TwilioTelephone) -> CheckResult:
    """Check that the provider lets us in. Raises `Unreachable` if it does not answer."""
    try:
        status = found.account_status()
    except Unreachable as trouble:
        if str(trouble) in NO_ANSWER:
            raise
        refused = "the provider does not know PORTAL_TWILIO_ACCOUNT_SID with PORTAL_TWILIO_AUTH_TOKEN"
        return CheckResult("telephone", False, refused)
    return CheckResult("telephone", status == "active", f"texts go to twilio, where the account is {status}")


def mail(settings: Settings) -> CheckResult:
    """Check that the mail server accepts the portal's sign-in."""
    transport = current_portal.transports.get(MessageKind.MAIL)
    if transport is None:
        return CheckResult("mail", False, "invitations wait until PORTAL_SMTP_URL is set")
    if not isinstance(transport, SmtpTransport):
        return CheckResult("mail", settings.is_development, "only shown on the console of the worker")
    try:
        transport.sign_in()
    except (OSError, smtplib.SMTPException) as error:
        return CheckResult("mail", False, _trouble(error))
    return CheckResult("mail", True, "the server of PORTAL_SMTP_URL lets the portal in")


def _trouble(error: Exception) -> str:
    """Return the problem without the server's message, which may quote the user name."""
    match error:
        case socket.gaierror():
            return "the host in PORTAL_SMTP_URL is not known"
        case ssl.SSLCertVerificationError():
            return "the certificate of the host in PORTAL_SMTP_URL is not to be trusted"
        case smtplib.SMTPAuthenticationError():
            return "the server refuses the user or the password in PORTAL_SMTP_URL"
        case smtplib.SMTPNotSupportedError():
            return "the server offers no encryption (STARTTLS), or no sign-in: smtps:// in PORTAL_SMTP_URL may help"
    return f"the server of PORTAL_SMTP_URL could not be reached ({type(error).__name__})"


LEAST_DAYS = 14
STEP_WITHIN = 5.0
ALL_WITHIN = 10.0
"""Seconds for each step, and for all of them: a server that sends a byte now and then must not hold the check up."""
OF_EACH_PAGE = {"Cache-Control"}
"""A header that differs from page to page."""


@dataclass(frozen=True)
class PublicAnswer:
    """What the public address answered."""

    status: int
    location: str
    headers: dict[str, str]
    days_left: int


def public_address(settings: Settings) -> Iterator[CheckResult]:
    """Check the public address, its certificate and its headers."""
    if not settings.secure_cookies:
        is_meant = settings.environment is not Environment.PRODUCTION
        yield CheckResult("public address", is_meant, "PORTAL_PUBLIC_URL is not https: only for development")
        return
    try:
        answer = _ask(settings.public_url)
    except ssl.SSLCertVerificationError as error:
        yield CheckResult("certificate", False, f"browsers do not trust it: {error.verify_message}")
        return
    except (OSError, HTTPException, ValueError) as error:
        yield unchecked("public address", f"PORTAL_PUBLIC_URL did not answer this machine ({type(error).__name__})")
        return
    yield _reached(answer, settings.public_url)
    yield CheckResult(
        "certificate",
        answer.days_left >= LEAST_DAYS,
        f"good for {answer.days_left} more days"
        + ("" if answer.days_left >= LEAST_DAYS else ": does whatever renews it run?"),
    )
    yield _headers(answer.headers, settings)


def _ask(url: str) -> PublicAnswer:
    """Ask for the front page. Raises OSError, HTTPException or ValueError."""
    parts = urlsplit(url)
    connection = HTTPSConnection(
        parts.hostname or "", parts.port, timeout=STEP_WITHIN, context=ssl.create_default_context()
    )
    try:
        connection.connect()
        line: Any = connection.sock
        limit = Timer(ALL_WITHIN, line.shutdown, (socket.SHUT_RDWR,))
        limit.daemon = True
        limit.start()
        try:
            until = ssl.cert_time_to_seconds(line.getpeercert()["notAfter"])
            connection.request("GET", f"{parts.path}/", headers={"User-Agent": "flask doctor", "Connection": "close"})
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
        finally:
            limit.cancel()
    finally:
        connection.close()
    days_left = int((until - now().timestamp()) // 86_400)
    return PublicAnswer(answer.status, headers.get("location", ""), headers, days_left)


def _reached(answer: PublicAnswer, url: str) -> CheckResult:
    if answer.status >= 400:
        return CheckResult("public address", False, f"answers with {answer.status}: look at the proxy")
    target = urlsplit(urljoin(f"{url}/", answer.location))
    wanted = urlsplit(url)
    if (target.scheme, target.netloc) != (wanted.scheme, wanted.netloc):
        # The other address is not shown: a hijacked name may lead anywhere.
        return CheckResult("public address", False, "leads to another host: look at the proxy and at the DNS")
    return CheckResult("public address", True, "answers over https and leads nowhere else")


def _headers(found: dict[str, str], settings: Settings) -> CheckResult:
    """Check that the portal's own headers arrive: a proxy may drop or replace them, or another server may answer."""
    wanted = {name: value for name, value in secure_headers(settings).items() if name not in OF_EACH_PAGE}
    lost = [name for name, value in wanted.items() if found.get(name.lower()) != value]
    says = f"missing or changed on the way: {', '.join(lost)}" if lost else "all arrive"
    return CheckResult("security headers", not lost, says)
