"""Results of checks, and the checks of other servers: provider of texts, mail server, our address as phones see it."""

from __future__ import annotations

import logging
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from enum import StrEnum
from http.client import HTTPException, HTTPSConnection
from threading import Timer
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from portal.config import Environment, Settings, SmsSender
from portal.core.clock import now
from portal.core.contact import is_possible
from portal.core.jobs.outbox import MessageKind
from portal.core.jobs.retries import Unreachable
from portal.core.logs import LogEvent, log_error
from portal.core.mail import SmtpTransport
from portal.core.portal import current_portal
from portal.core.telephone import TwilioTelephone
from portal.core.web import secure_headers
from portal.sms.deliveries import OVERDUE_AFTER, left_texts
from portal.sms.outgoing import TOLL_FREE

BROKE = LogEvent("check.broke", logging.ERROR, "the check {check} itself went wrong ({error}) and counts as failed")


class CheckState(StrEnum):
    """What a check found; the order is by urgency."""

    LOOK = "look"
    UNCHECKED = "unchecked"
    GOOD = "good"


MARKS = {CheckState.LOOK: "LOOK", CheckState.UNCHECKED: "????", CheckState.GOOD: "ok  "}
LOOK, UNCHECKED = 1, 2


class CheckResult(NamedTuple):
    """The result of a check; `is_unchecked`: another server did not answer, so nothing is known."""

    what: str
    good: bool
    says: str
    is_unchecked: bool = False

    @property
    def state(self) -> CheckState:
        if self.is_unchecked:
            return CheckState.UNCHECKED
        return CheckState.GOOD if self.good else CheckState.LOOK

    @property
    def line(self) -> str:
        return f"{MARKS[self.state]} {self.what}: {self.says}"


def unchecked(what: str, says: str) -> CheckResult:
    return CheckResult(what, False, says, is_unchecked=True)


def standing_alone(what: str, make: Callable[[], Iterable[CheckResult]]) -> Iterator[CheckResult]:
    """Yield what a check finds. If it raises, that it failed: no check may keep the others from being made."""
    try:
        yield from make()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in one check, the others are made
        # No more is told of it: its text may hold an address, a password or what somebody wrote.
        name = type(error).__name__
        BROKE.log(check=what.replace(" ", "-"), error=name)
        log_error(error)
        yield CheckResult(what, False, f"the check itself went wrong ({name}); the log says where (check.broke)")


def exit_code(results: Iterable[CheckResult]) -> int:
    """Return 0 if all is well, 1 if something wants a look, 2 if only some checks could not be made."""
    states = {result.state for result in results}
    if CheckState.LOOK in states:
        return LOOK
    return UNCHECKED if CheckState.UNCHECKED in states else 0


NUMBERS = "numbers"
ORDER = {state: place for place, state in enumerate(CheckState)}


def by_name(results: Iterable[CheckResult]) -> dict[str, CheckState]:
    """Return the state of each check; of several with one name, such as numbers, the one to look at first."""
    states: dict[str, CheckState] = {}
    for result in results:
        what = NUMBERS if result.what.startswith("number ") else result.what
        states[what] = min(states.get(what, CheckState.GOOD), result.state, key=ORDER.__getitem__)
    return states


SHAPES = {
    "twilio_account_sid": (r"AC[0-9a-f]{32}", "AC and 32 digits or letters a to f"),
    "twilio_auth_token": (r"[0-9a-f]{32}", "32 digits or letters a to f"),
    "twilio_auth_token_old": (r"([0-9a-f]{32})?", "32 digits or letters a to f"),
}
"""The expected format of the provider's credentials."""
NO_ANSWER = {"no connection", "no answer", "no answer through a gateway", "busy", "provider error"}


MAIL_REFUSALS: dict[type[Exception], str] = {
    socket.gaierror: "the host in PORTAL_SMTP_URL is not known",
    ssl.SSLCertVerificationError: "the certificate of the host in PORTAL_SMTP_URL is not to be trusted",
    smtplib.SMTPAuthenticationError: "the server refuses the user or the password in PORTAL_SMTP_URL",
    smtplib.SMTPNotSupportedError: (
        "the server offers no encryption (STARTTLS), or no sign-in: smtps:// in PORTAL_SMTP_URL may help"
    ),
}


def mail() -> tuple[bool, str]:
    """Check that the mail server accepts the portal's sign-in. What it says may quote the user name: it is not told."""
    transport = current_portal.transports.get(MessageKind.MAIL)
    if transport is None:
        return False, "invitations wait until PORTAL_SMTP_URL is set"
    if not isinstance(transport, SmtpTransport):
        return current_portal.settings.is_development, "only shown on the console of the worker"
    try:
        transport.sign_in()
    except (OSError, smtplib.SMTPException) as error:
        unreached = f"the server of PORTAL_SMTP_URL could not be reached ({type(error).__name__})"
        return False, next((says for kind, says in MAIL_REFUSALS.items() if isinstance(error, kind)), unreached)
    return True, "the server of PORTAL_SMTP_URL lets the portal in"


LEAST_DAYS = 14
STEP_WITHIN = 5.0
ALL_WITHIN = 10.0
"""Seconds for each step, and for all of them: a server that sends a byte now and then must not hold the check up."""
OF_EACH_PAGE = {"Cache-Control"}
"""A header that differs from page to page."""


def public_address(settings: Settings) -> Iterator[CheckResult]:
    if not settings.secure_cookies:
        is_meant = settings.environment is not Environment.PRODUCTION
        yield CheckResult("public address", is_meant, "PORTAL_PUBLIC_URL is not https: only for development")
        return
    try:
        status, headers, days_left = _ask(url := settings.public_url)
    except ssl.SSLCertVerificationError as error:
        yield CheckResult("certificate", False, f"browsers do not trust it: {error.verify_message}")
        return
    except (OSError, HTTPException, ValueError) as error:
        yield unchecked("public address", f"PORTAL_PUBLIC_URL did not answer this machine ({type(error).__name__})")
        return
    is_reached, says = True, "answers over https and leads nowhere else"
    if status >= 400:
        is_reached, says = False, f"answers with {status}: look at the proxy"
    elif urlsplit(urljoin(f"{url}/", headers.get("location", "")))[:2] != urlsplit(url)[:2]:
        # The other address is not shown: a hijacked name may lead anywhere.
        is_reached, says = False, "leads to another host: look at the proxy and at the DNS"
    yield CheckResult("public address", is_reached, says)
    is_long = days_left >= LEAST_DAYS
    renews = "" if is_long else ": does whatever renews it run?"
    yield CheckResult("certificate", is_long, f"good for {days_left} more days{renews}")
    # A proxy may drop or replace the portal's own headers, or another server may answer.
    wanted = {name: value for name, value in secure_headers(settings).items() if name not in OF_EACH_PAGE}
    lost = [name for name, value in wanted.items() if headers.get(name.lower()) != value]
    says = f"missing or changed on the way: {', '.join(lost)}" if lost else "all arrive"
    yield CheckResult("security headers", not lost, says)


def _ask(url: str) -> tuple[int, dict[str, str], int]:
    """Return status, headers by lower-case name, days of the certificate. Raises OSError, HTTPException, ValueError."""
    parts = urlsplit(url)
    trusted = ssl.create_default_context()
    with closing(HTTPSConnection(parts.hostname or "", parts.port, timeout=STEP_WITHIN, context=trusted)) as connection:
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
    days_left = int((until - now().timestamp()) // 86_400)
    return answer.status, headers, days_left


INBOUND = "/sms/twilio/inbound"
BY_HAND = (
    "local numbers: are brand and campaign (10DLC) approved? toll-free: verified? Carriers drop texts else (30034)",
    "Advanced Opt-Out: is CANCEL taken out of its words? Else nobody can give up a seat with it and keep our texts",
    "with Advanced Opt-Out: does it know ALTO, PARAR, BASTA, BAJA (stop), INICIAR (start), AYUDA (help)?",
    "with Advanced Opt-Out: does its answer to HELP and AYUDA say 911 first?",
)
"""What the provider does not tell us, for an operator to look at."""


def telephone(*, is_readable: bool = True) -> Iterator[CheckResult]:
    """Yield the results about the account, or why it cannot be asked; if no database `is_readable`, only the first."""
    provider = _provider()
    try:
        if isinstance(provider, CheckResult):
            yield provider
        elif not is_readable:
            yield _account(provider)
        else:
            yield from _texts(provider)
    except Unreachable as trouble:
        yield unchecked("telephone", f"the provider could not be reached ({trouble})")


def _provider() -> TwilioTelephone | CheckResult:
    """Return the account at the provider, or why it cannot be asked."""
    settings, account = current_portal.settings, current_portal.telephone
    if settings.sms_sender is SmsSender.OFF:
        return CheckResult("telephone", True, "switched off (PORTAL_SMS_SENDER)")
    if MessageKind.TEXT not in current_portal.transports:
        return CheckResult("telephone", False, "no transport for texts")
    if not isinstance(account, TwilioTelephone):
        return CheckResult("telephone", settings.is_development, "texts are only shown on the console of the worker")
    misshapen = [
        f"PORTAL_{name.upper()} must be {what}"
        for name, (shape, what) in SHAPES.items()
        if not re.fullmatch(shape, getattr(settings, name))
    ]
    return CheckResult("telephone", False, "; ".join(misshapen)) if misshapen else account


def _account(provider: TwilioTelephone) -> CheckResult:
    """Check that the provider lets us in. Raises `Unreachable` if it does not answer."""
    try:
        status = provider.account_status()
    except Unreachable as trouble:
        if str(trouble) in NO_ANSWER:
            raise
        refused = "the provider does not know PORTAL_TWILIO_ACCOUNT_SID with PORTAL_TWILIO_AUTH_TOKEN"
        return CheckResult("telephone", False, refused)
    return CheckResult("telephone", status == "active", f"texts go to twilio, where the account is {status}")


def _texts(provider: TwilioTelephone) -> Iterator[CheckResult]:
    """Yield whether the provider's account is set up as needed; changes nothing. Raises `Unreachable`."""
    settings = current_portal.settings
    wrong = [place for place, number in enumerate(settings.sms_numbers, start=1) if not is_possible(number)]
    for place in wrong:
        yield CheckResult("numbers", False, f"number {place} is none: it needs + and its country, such as +12025550100")
    if not settings.sms_numbers:
        yield CheckResult("numbers", False, "PORTAL_SMS_NUMBER is empty")
    elif not wrong:
        yield CheckResult("numbers", True, f"{len(settings.sms_numbers)} in the settings")
    account = _account(provider)
    yield account
    if not account.good:
        return
    for number in filter(is_possible, settings.sms_numbers):
        yield from _number(provider, number)
    led_here = provider.numbers_led_to(settings.public_url + INBOUND)
    others = ", ".join(sorted({*led_here} - {*settings.sms_numbers}))
    astray = f"texts to {others} come here and are not read: PORTAL_SMS_MORE_NUMBERS lacks it"
    yield CheckResult("other numbers", not others, astray if others else "none leads to this portal")
    # What should be deleted by now without a row that says so.
    left = left_texts(now() - 2 * OVERDUE_AFTER)
    unheard = f"{len(left.unheard)} text(s) came while the portal was away: read them there, answer, delete them"
    ours = f"{len(left.ours)} text(s) of more than two days are still there: do the jobs run?"
    says = "; ".join(words for words, rows in ((unheard, left.unheard), (ours, left.ours)) if rows)
    yield CheckResult("other texts at the provider", not says, says or "none is left there")


def _number(provider: TwilioTelephone, number: str) -> Iterator[CheckResult]:
    """Check one number; it is our own, so it may be shown."""
    setup, what = provider.setup_of(number), f"number {number}"
    if setup is None:
        yield CheckResult(what, False, "the account does not have it: buy it, or mend the setting")
        return
    kind = "toll-free" if number.startswith(TOLL_FREE) else "local"
    able = f"{kind}, sends texts" + ("" if setup.can_picture else ", takes no pictures (MMS)")
    yield CheckResult(what, setup.can_text, able if setup.can_text else "cannot send texts: choose one with SMS")
    wanted = current_portal.settings.public_url + INBOUND
    if setup.has_application:
        yield CheckResult(what, False, "texts go to an application (TwiML App): take the number out of it")
    elif setup.url != wanted or setup.method != "POST":
        yield CheckResult(what, False, f"“A message comes in” must be: webhook, {wanted}, HTTP POST")
    else:
        yield CheckResult(what, True, "texts that come in reach this portal")
