"""`flask doctor sms`: whether the provider's account is set up as the portal needs it.

It asks the provider, changes nothing and sends nothing. Ends with 1 if something must be mended, with 2 if the provider
cannot be asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from portal.config import Settings, SmsSender
from portal.core.clock import now
from portal.core.contact import is_possible
from portal.core.db import db
from portal.core.jobs.retries import Unreachable
from portal.core.portal import current_portal
from portal.core.sms.twilio import NumberSetup, TwilioTelephone
from portal.doctor import outside
from portal.doctor.findings import CheckResult, unchecked
from portal.sms.deliveries import OVERDUE_AFTER, left_texts, overdue_copies
from portal.sms.outgoing import TOLL_FREE

INBOUND = "/sms/twilio/inbound"
DELETED = "texts at the provider"
BY_HAND = (
    "local numbers: are brand and campaign (10DLC) approved? toll-free: verified? Carriers drop texts else (30034)",
    "Advanced Opt-Out: is CANCEL taken out of its words? Else nobody can give up a seat with it and keep our texts",
    "with Advanced Opt-Out: does it know ALTO, PARAR, BASTA, BAJA (stop), INICIAR (start), AYUDA (help)?",
    "with Advanced Opt-Out: does its answer to HELP and AYUDA say 911 first?",
)
"""What the provider does not tell us, for an operator to look at."""


def telephone(settings: Settings) -> Iterator[CheckResult]:
    """Yield the results about an account that can be asked, else the one that says why it cannot."""
    found = current_portal.telephone
    if settings.sms_sender is SmsSender.OFF or not isinstance(found, TwilioTelephone) or outside.misshapen(settings):
        yield outside.telephone(settings)
        return
    try:
        # `flask doctor check` has a line of its own for what should be deleted there, also if nobody can be asked.
        yield from (one for one in examine(settings) if one.what != DELETED)
    except Unreachable as trouble:
        yield unchecked("telephone", f"the provider could not be reached ({trouble})")


def examine(settings: Settings) -> Iterator[CheckResult]:
    """Yield the result of every check; raises `Unreachable` if the provider cannot be asked."""
    if settings.sms_sender is SmsSender.OFF:
        yield CheckResult("telephone", False, "switched off: set PORTAL_SMS_SENDER=twilio")
        return
    yield from _numbers_as_typed(settings)
    found = current_portal.telephone
    if not isinstance(found, TwilioTelephone) or outside.misshapen(settings):
        yield outside.telephone(settings)
        return
    account = outside.account(found)
    yield account
    if not account.good:
        return
    for number in filter(is_possible, settings.sms_numbers):
        yield from _number(found, number, settings)
    yield _others(found, settings)
    yield _deleted()
    yield _left()


def _numbers_as_typed(settings: Settings) -> Iterator[CheckResult]:
    wrong = [place for place, number in enumerate(settings.sms_numbers, start=1) if not is_possible(number)]
    for place in wrong:
        yield CheckResult("numbers", False, f"number {place} is none: it needs + and its country, such as +12025550100")
    if not settings.sms_numbers:
        yield CheckResult("numbers", False, "PORTAL_SMS_NUMBER is empty")
    elif not wrong:
        yield CheckResult("numbers", True, f"{len(settings.sms_numbers)} in the settings")


def _number(found: TwilioTelephone, number: str, settings: Settings) -> Iterator[CheckResult]:
    """Check one number; it is our own, so it may be shown."""
    setup = found.setup_of(number)
    what = f"number {number}"
    if setup is None:
        yield CheckResult(what, False, "the account does not have it: buy it, or mend the setting")
        return
    yield CheckResult(what, setup.can_text, _ability(setup, number))
    yield _webhook(setup, settings, what)


def _ability(setup: NumberSetup, number: str) -> str:
    if not setup.can_text:
        return "cannot send texts: choose one with SMS"
    kind = "toll-free" if number.startswith(TOLL_FREE) else "local"
    return f"{kind}, sends texts" + ("" if setup.can_picture else ", takes no pictures (MMS)")


def _webhook(setup: NumberSetup, settings: Settings, what: str) -> CheckResult:
    wanted = settings.public_url + INBOUND
    if setup.has_application:
        return CheckResult(what, False, "texts go to an application (TwiML App): take the number out of it")
    if setup.url != wanted or setup.method != "POST":
        return CheckResult(what, False, f"“A message comes in” must be: webhook, {wanted}, HTTP POST")
    return CheckResult(what, True, "texts that come in reach this portal")


def _others(found: TwilioTelephone, settings: Settings) -> CheckResult:
    led_here = found.numbers_led_to(settings.public_url + INBOUND)
    others = ", ".join(sorted({*led_here} - {*settings.sms_numbers}))
    told = f"texts to {others} come here and are not read: PORTAL_SMS_MORE_NUMBERS lacks it"
    return CheckResult("other numbers", not others, told if others else "none leads to this portal")


def _left() -> CheckResult:
    """Look for what should be deleted by now without a row that says so."""
    left = left_texts(now() - 2 * OVERDUE_AFTER)
    unheard = f"{len(left.unheard)} text(s) came while the portal was away: read them there, answer, delete them"
    told = f"{len(left.ours)} text(s) of more than two days are still there: do the jobs run?"
    found = [words for words, those in ((unheard, left.unheard), (told, left.ours)) if those]
    return CheckResult("other texts at the provider", not found, "; ".join(found) or "none is left there")


def _deleted() -> CheckResult:
    with db.work():
        overdue = overdue_copies()
    told = f"{overdue} text(s) should have been deleted there a day ago" if overdue else "deleted there in time"
    return CheckResult(DELETED, overdue == 0, told)
