"""How a telephone number is read from what people type, and written for them."""

from __future__ import annotations

import phonenumbers


def read_number(typed: str) -> str | None:
    """A number as somebody typed it, with its country (`336 555 0100` as `+13365550100`), or None."""
    try:
        parsed = phonenumbers.parse(typed, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def telephone(number: str) -> str:
    """`+13365550100` as `(336) 555-0100`; what is no whole number, such as one of a demonstration, stays as it is."""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
