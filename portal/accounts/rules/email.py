"""How an e-mail address is read, so that one person has one account."""

import re

# Good enough to catch a slip of the hand; only a mail that arrives proves an address.
_SHAPE = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
LONGEST = 254


def normal_email(typed: str) -> str:
    """Return an address without spaces at its ends, in small letters."""
    return typed.strip().casefold()


def is_email(typed: str) -> bool:
    """Say whether this looks like an address."""
    return len(typed) <= LONGEST and typed.isprintable() and _SHAPE.fullmatch(normal_email(typed)) is not None
