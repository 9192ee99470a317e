"""Parse telephone numbers that people type, and format them for display."""

from __future__ import annotations

from collections.abc import Collection

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult

from portal.core.portal import current_portal

COSTLY = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)


def read_number(typed: str) -> str | None:
    """Return a typed number with its country (`336 555 0100` as `+13365550100`), or None, also without area code."""
    try:
        parsed = phonenumbers.parse(typed, "US")
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def is_possible(number: str) -> bool:
    """Return whether this is an E.164 number that can exist."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    is_whole = phonenumbers.is_possible_number_with_reason(parsed) == ValidationResult.IS_POSSIBLE
    return is_whole and number.startswith("+")


def may_be_texted(number: str, regions: Collection[str]) -> bool:
    """Return whether an E.164 number is in one of these regions ("US", "PR") and is not a premium number.

    An attacker who could make us text any number in the world would be paid for the texts by an accomplice carrier.
    """
    parsed = phonenumbers.parse(number)
    region = phonenumbers.region_code_for_number(parsed)
    # Area codes that are newer than the library's list are still ours.
    known = (
        region in regions if region else phonenumbers.region_code_for_country_code(parsed.country_code or 0) in regions
    )
    return known and phonenumbers.number_type(parsed) not in COSTLY


def is_texted(number: str) -> bool:
    """Return whether this site sends texts to a number that was typed into a form."""
    return may_be_texted(number, current_portal.settings.sms_regions.split())


def telephone(number: str) -> str:
    """Return `+13365550100` as `(336) 555-0100` and `+34600000000` as `+34 600 00 00 00`, as `read_number` reads it.

    Others, such as a demonstration's, are returned unchanged.
    """
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    # Without its country a foreign number would lead to somebody else.
    forms = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, forms.NATIONAL if parsed.country_code == 1 else forms.INTERNATIONAL)
