"""How a telephone number is written for people."""

from __future__ import annotations

import phonenumbers


def telephone(number: str) -> str:
    """`+13365550100` as `(336) 555-0100`; what is no whole number, such as one of a demonstration, stays as it is."""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
