"""The contact in the footer of every public page; telephone numbers and e-mail addresses that people type anywhere.

The contact is a phone number, an e-mail address, or nothing yet. The feature above that keeps it answers the hook. It
is read in the request's own session: a second connection for it would be waited for by those who hold the first, until
all wait. Where that session is broken the footer names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from email.headerregistry import Address
from typing import NamedTuple

import phonenumbers
from flask import g
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult
from sqlalchemy.exc import SQLAlchemyError

from portal.core.portal import Hook, current_portal

SHARED_DOMAINS = frozenset(
    "gmail.com yahoo.com ymail.com rocketmail.com yahoo.com.mx yahoo.es hotmail.com hotmail.es outlook.com outlook.es "
    "live.com live.com.mx msn.com icloud.com me.com mac.com aol.com proton.me protonmail.com pm.me gmx.com gmx.net "
    "mail.com zoho.com fastmail.com hey.com duck.com tutanota.com comcast.net att.net sbcglobal.net bellsouth.net "
    "verizon.net charter.net spectrum.net cox.net windstream.net frontier.com earthlink.net centurylink.net "
    "optonline.net juno.com netzero.net prodigy.net.mx".split()
)
"""Where so many have a mailbox that nobody may use up what is sent there for all of them."""
EXTENSION = re.compile(r"(?:ext|x|#)[. ]{0,3}([0-9]{1,6})$", re.IGNORECASE)


class OfficeContact(NamedTuple):
    """How residents reach who runs the site; the phone number as it was typed."""

    phone: str = ""
    email: str = ""

    @property
    def is_given(self) -> bool:
        return bool(self.phone or self.email)


CONTACT: Hook[Callable[[], OfficeContact]] = Hook("the contact in the footer")


def contact() -> OfficeContact:
    """Return the contact, read once per request; empty if there is none or the database cannot be read."""
    if "contact" not in g:
        g.contact = OfficeContact()
        with suppress(SQLAlchemyError):
            g.contact = next((read() for read in CONTACT.plugged()), g.contact)
    given: OfficeContact = g.contact
    return given


def dial(phone: str) -> str:
    """Return the address of a `tel:` link: "(336) 555-0100 ext. 4" is "tel:+13365550100;ext=4", "311" is "tel:311"."""
    extension = EXTENSION.search(phone.strip())
    digits = re.sub(r"[^0-9+]", "", phone.strip()[: extension.start()] if extension else phone)
    is_national = len(digits) == 10 and not digits.startswith("+")
    is_long = len(digits) == 11 and digits.startswith("1")
    number = f"+1{digits}" if is_national else f"+{digits}" if is_long else digits
    return f"tel:{number};ext={extension[1]}" if extension else f"tel:{number}"


def can_be_dialed(phone: str) -> bool:
    """Return whether a typed phone number has a number of digits that can be dialed: 311, or 7 to 15."""
    digits = re.sub(r"[^0-9]", "", EXTENSION.sub("", phone.strip()))
    return re.fullmatch(r"[0-9A-Za-z+().,#\- ]{3,40}", phone.strip()) is not None and (
        len(digits) == 3 or 7 <= len(digits) <= 15
    )


def read_mail(typed: str) -> str | None:
    """Return a typed address as mail is sent to it, out of "Ana <ana@example.org>" too; None if it is none."""
    from email_validator import validate_email

    try:
        # Names such as .test reach nobody: demonstrations and tests use them.
        validated = validate_email(
            typed.rpartition("<")[2].strip().rstrip(" .,;>"),
            strict=True,
            allow_smtputf8=False,
            check_deliverability=False,
            test_environment=True,
        )
        # What a mail program would read as somebody else's: `=?utf-8?q?ana?=@example.org`.
        return Address(addr_spec=validated.ascii_email or "").addr_spec
    except ValueError:
        return None


def mailbox_of(address: str) -> str:
    """Return what all spellings of a mailbox have in common, only to compare; a phone number is returned as it is."""
    name, at, domain = address.casefold().rpartition("@")
    if not at:
        return address
    name, domain = name.partition("+")[0] or name, "gmail.com" if domain == "googlemail.com" else domain
    return f"{name.replace('.', '') if domain == 'gmail.com' else name}@{domain}"


COSTLY = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)


def _possible(typed: str) -> PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(typed, "US")
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return parsed if reason == ValidationResult.IS_POSSIBLE else None


def read_number(typed: str) -> str | None:
    """Return a typed number with its country (`336 555 0100` as `+13365550100`), or None, also without area code."""
    parsed = _possible(typed)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)) if parsed else None


def is_possible(number: str) -> bool:
    return number.startswith("+") and _possible(number) is not None


def is_texted(number: str) -> bool:
    """Return whether this site sends texts to an E.164 number: it is in a region of ours and is no premium number.

    An attacker who could make us text any number in the world would be paid for the texts by an accomplice carrier.
    """
    parsed = phonenumbers.parse(number)
    region = phonenumbers.region_code_for_number(parsed)
    if not region:
        # Area codes that are newer than the library's list are still ours.
        region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    regions = current_portal.settings.sms_regions.split()
    return region in regions and phonenumbers.number_type(parsed) not in COSTLY


def telephone(number: str) -> str:
    """Return `+13365550100` as `(336) 555-0100` and `+34600000000` as `+34 600 00 00 00`, as `read_number` reads it.

    Others, such as a demonstration's, are returned unchanged.
    """
    parsed = _possible(number)
    if parsed is None:
        return number
    # Without its country a foreign number would lead to somebody else.
    forms = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, forms.NATIONAL if parsed.country_code == 1 else forms.INTERNATIONAL)
