"""Sign-ins and settings of the demonstration, stored in files that only their owner can read."""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.provider import DEMO_ACCOUNT_SID
from portal.config import BadSettings

FILE = "development.env"
KEYS = {"PORTAL_SECRET", "PORTAL_CIPHER_KEYS"}
"""Settings without which no stored data can be decrypted."""
SETTINGS = {
    "PORTAL_ENVIRONMENT": "development",
    "PORTAL_DEMO": "true",
    "PORTAL_CITY_EN": "Alder Falls",
    "PORTAL_CITY_ES": "Alder Falls",
    "PORTAL_SMS_SENDER": "twilio",
    "PORTAL_SMS_NUMBER": "+12025550100",
    "PORTAL_TWILIO_ACCOUNT_SID": DEMO_ACCOUNT_SID,
}
HEADING = """\
# Made by `make run`, and kept. For other commands: flask --env-file {path} …
# Without PORTAL_SECRET every code of words is lost, so it must not change while there are reports.
"""


def kept_settings(data_dir: Path) -> dict[str, str]:
    """Return the settings in this installation's file, created if there is no data. Raises OSError or BadSettings."""
    path = data_dir / FILE
    kept = _read(path) if path.exists() else {}
    if not kept.keys() >= KEYS:
        if (data_dir / "portal.db").exists():
            raise BadSettings(
                f"{path} is lost or damaged, and with it the keys to what is stored in {data_dir}: "
                "put it back, or move that folder away to begin anew."
            )
        data_dir.mkdir(parents=True, exist_ok=True)
        settings = {
            **SETTINGS,
            "PORTAL_SECRET": secrets.token_urlsafe(48),
            "PORTAL_CIPHER_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "PORTAL_TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        }
        lines = "".join(f'{name}="{value}"\n' for name, value in settings.items())
        write_private(path, HEADING.format(path=path) + lines)
        kept = _read(path)
    return kept


def child_environment(
    kept: Mapping[str, str], given: Mapping[str, str], port: int, provider_port: int
) -> dict[str, str]:
    """Return the environment of the child processes; `given` variables override stored settings."""
    here = {
        "PORTAL_PUBLIC_URL": f"http://localhost:{port}",
        "PORTAL_TWILIO_API_BASE": f"http://127.0.0.1:{provider_port}",
    }
    return {**kept, **here, **given}


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on; atomic, even on a full disk."""
    new = path.with_name(f"{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


def _read(path: Path) -> dict[str, str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = [line.partition("=") for line in text.splitlines() if not line.startswith("#")]
    return {name: value.strip('"') for name, _, value in lines if name}


SIGN_INS_FILE = "demo-sign-ins.txt"
NO_SIGN_INS = "  (The sign-ins were not written down here: this city was not loaded by the demonstration.)\n"


@dataclass(frozen=True)
class Handover:
    """Values that exist in clear only once: passwords, secrets, recovery phrases and code words."""

    password: str
    sign_ins: Sequence[str]
    """A line for each invented member: address, roles, and the secret of the authenticator app."""
    phrases: Mapping[str, str]
    codes: Mapping[str, str]
    slips: Mapping[str, str]


def write(data_dir: Path, handover: Handover) -> None:
    """Store the handover for the next start. Raises OSError."""
    slips = 'Slips of a survey, to answer like a resident: on /survey or by text, as in "CODE 1 2 1"'
    parts = {
        "Recovery phrases of the desks and circles, on paper in a real city": handover.phrases,
        "Code words of two reports, to read the answers like a resident": handover.codes,
        slips: handover.slips,
    }
    text = f"  Sign-ins, all with the password   {handover.password}\n"
    text += "".join(f"    {line}\n" for line in handover.sign_ins)
    for title, secrets_by_name in parts.items():
        lines = "".join(f"    {about}: {secret}\n" for about, secret in secrets_by_name.items())
        text += f"\n  {title}\n{lines}"
    write_private(data_dir / SIGN_INS_FILE, text)


def first_part(data_dir: Path) -> str:
    path = data_dir / SIGN_INS_FILE
    return path.read_text(encoding="utf-8").partition("\n\n")[0] + "\n" if path.exists() else NO_SIGN_INS
