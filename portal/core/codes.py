"""Codes that people type from a slip or read out over the telephone; plain arithmetic that rules may know."""

from __future__ import annotations

CODE_LETTERS = "23456789bcdfghjkmnpqrstvwxyz"
"""Nothing that is mistaken for something else when it is read out, and no vowel that could make a word."""
CODE_LENGTH = 8


def code_from(numbers: bytes) -> str:
    """A code out of at least eight random bytes: every letter is then as likely as another, or nearly."""
    whole = int.from_bytes(numbers, "big")
    code = ""
    for _ in range(CODE_LENGTH):
        whole, place = divmod(whole, len(CODE_LETTERS))
        code += CODE_LETTERS[place]
    return code


def show_code(code: str) -> str:
    """As it stands on a slip and as people read it out: "k7f2-qd3m"."""
    return f"{code[:4]}-{code[4:]}"


def read_code(typed: str) -> str | None:
    """A code as somebody typed it, or None if it cannot be one."""
    plain = "".join(sign for sign in typed.casefold() if sign.isalnum())
    return plain if len(plain) == CODE_LENGTH and set(plain) <= set(CODE_LETTERS) else None
