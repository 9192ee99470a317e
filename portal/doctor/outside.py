"""Checks of external services, the text message provider and the mail server, by connecting to them."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl

from portal.config import Settings, SmsSender
from portal.core.jobs.outbox import MessageKind
from portal.core.jobs.retries import Unreachable
from portal.core.mail import SmtpTransport
from portal.core.portal import current_portal
from portal.core.sms.twilio import TwilioTelephone
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
