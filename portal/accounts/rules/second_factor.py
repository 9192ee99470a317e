"""Which time steps a six-digit code may belong to, and how recovery codes are written and read."""

from collections.abc import Iterable
from datetime import datetime

STEP_SECONDS = 30
RECOVERY_CODES = 10
RECOVERY_BYTES = 8
RECOVERY_LENGTH = 12

# Crockford's base 32: no I, L, O or U, so that a code read from paper has one reading.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREADINGS = str.maketrans("OIL", "011")


def steps_to_try(at: datetime, last_step: int | None) -> tuple[int, ...]:
    """Return the steps before, at and after `at`, without those up to the last one used: no code works twice."""
    now = int(at.timestamp()) // STEP_SECONDS
    return tuple(step for step in (now - 1, now, now + 1) if last_step is None or step > last_step)


def typed_digits(typed: str) -> str:
    """Read a six-digit code as typed or pasted: "123 456" or "123-456"."""
    return "".join(letter for letter in typed if letter in "0123456789")


def recovery_code(random: bytes) -> str:
    """Write eight random bytes as a code of 60 bits: "7K3M-Q0ZD-XW2A"."""
    number = int.from_bytes(random, "big")
    letters = "".join(ALPHABET[number >> 5 * place & 31] for place in range(RECOVERY_LENGTH))
    return "-".join(letters[place : place + 4] for place in range(0, RECOVERY_LENGTH, 4))


def recovery_codes(random: Iterable[bytes]) -> tuple[str, ...]:
    """Write one recovery code for each eight random bytes."""
    return tuple(recovery_code(each) for each in random)


def typed_recovery_code(typed: str) -> str:
    """Read a recovery code whatever its case, spaces and dashes, and with O for 0 and I or L for 1."""
    return "".join(letter for letter in typed.upper().translate(MISREADINGS) if letter in ALPHABET)
