"""Codes that people type from a slip or read out over the telephone.

Pure: rules may import it.
"""

from __future__ import annotations

CODE_LETTERS = "23456789bcdfghjkmnpqrstvwxyz"
"""No letters that are confused when read out, and no vowel that could form a word."""
CODE_LENGTH = 8


def code_from(numbers: bytes) -> str:
    """Return a code from at least eight random bytes; every letter is (nearly) equally likely."""
    whole = int.from_bytes(numbers, "big")
    code = ""
    for _ in range(CODE_LENGTH):
        whole, place = divmod(whole, len(CODE_LETTERS))
        code += CODE_LETTERS[place]
    return code


def show_code(code: str) -> str:
    """Return the code as printed on a slip and read out: "k7f2-qd3m"."""
    return f"{code[:4]}-{code[4:]}"


def read_code(typed: str) -> str | None:
    """Return the code that a person typed in its stored form, or None if it cannot be one."""
    plain = "".join(sign for sign in typed.casefold() if sign.isalnum())
    return plain if len(plain) == CODE_LENGTH and set(plain) <= set(CODE_LETTERS) else None
