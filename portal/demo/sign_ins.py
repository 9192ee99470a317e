"""The sign-ins of the demonstration, written down where only the owner of the files can read them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.demo.environment import write_private

FILE = "demo-sign-ins.txt"
WORDS = 5
NO_SIGN_INS = "  (The sign-ins were not written down here: this city was not loaded by the demonstration.)\n"


@dataclass(frozen=True)
class SignIn:
    """What one invented member signs in with, beside the password that all of them share."""

    name: str
    roles: str
    email: str
    totp_secret: str


@dataclass(frozen=True)
class Handover:
    """Everything that exists in clear only once: passwords, secrets, phrases and code words."""

    password: str
    sign_ins: tuple[SignIn, ...]
    phrases: Mapping[str, str]
    codes: Mapping[str, str]
    slips: Mapping[str, str]


def new_password(words: Iterable[str]) -> str:
    """A password of random words, easy to type."""
    choice = tuple(words)
    return "-".join(secrets.choice(choice) for _ in range(WORDS))


def write(data_dir: Path, handover: Handover) -> None:
    """Keep it for the next start. Raises OSError."""
    parts = (_sign_ins, _phrases, _codes, _slips)
    write_private(data_dir / FILE, "\n".join(part(handover) for part in parts))


def first_part(data_dir: Path) -> str:
    """The list of sign-ins, without recovery phrases and code words."""
    path = data_dir / FILE
    return path.read_text(encoding="utf-8").partition("\n\n")[0] + "\n" if path.exists() else NO_SIGN_INS


def _sign_ins(handover: Handover) -> str:
    rows = "".join(
        f"    {one.email:<30}{one.roles or 'in a circle':<17}{one.totp_secret}\n" for one in handover.sign_ins
    )
    return f"  Sign-ins, all with the password   {handover.password}\n{rows}"


def _phrases(handover: Handover) -> str:
    rows = "".join(f"    {desk}: {phrase}\n" for desk, phrase in handover.phrases.items())
    return f"  Recovery phrases of the desks and circles, on paper in a real city\n{rows}"


def _codes(handover: Handover) -> str:
    rows = "".join(f"    {about}: {code}\n" for about, code in handover.codes.items())
    return f"  Code words of two reports, to read the answers like a resident\n{rows}"


def _slips(handover: Handover) -> str:
    rows = "".join(f"    {lang}: {code}\n" for lang, code in handover.slips.items())
    return f'  Slips of a survey, to answer like a resident: on /survey or by text, as in "CODE 1 2 1"\n{rows}'
