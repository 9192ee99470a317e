"""Passkeys: WebAuthn credentials as a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import delete, select

from portal.accounts.models import Member, Passkey
from portal.accounts.queries import passkeys
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import random_id, session
from portal.core.errors import Refused

if TYPE_CHECKING:
    from portal.accounts.ceremonies import Asked, Here


def registration_options(member: Member) -> Asked:
    """What the browser needs to make a passkey; its challenge must come back within the session."""
    return _here().ask_for_new(member, passkeys(member.id))


def add_passkey(member: Member, credential: str, challenge: str, name: str) -> bool:
    """Keep a new passkey; False when the browser's answer is not right."""
    made = _here().check_new(credential, challenge)
    if made is None or session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        return False
    row = Passkey(id=random_id(), member_id=member.id, name=name, created_at=now())
    row.credential_id = made.credential_id
    row.public_key = made.credential_public_key
    row.sign_count = made.sign_count
    session.add(row)
    record("member.passkey_added", "member", member.id, member.id)
    return True


def sign_in_options(member: Member) -> Asked:
    """What the browser needs to show that it has one of the member's passkeys."""
    return _here().ask_for_one(passkeys(member.id))


def check_passkey(member: Member, credential: str, challenge: str) -> bool:
    """Whether the browser's answer comes from one of the member's passkeys."""
    passkey = _passkey_of(member, credential)
    checked = _here().check_one(credential, challenge, passkey) if passkey else None
    if passkey is None or checked is None:
        return False
    passkey.sign_count = checked.new_sign_count
    return True


def remove_passkey(member: Member, passkey_id: int) -> None:
    """Forget a passkey. Raises Refused("last_second_factor") if nothing else would be left."""
    left = [passkey for passkey in passkeys(member.id) if passkey.id != passkey_id]
    if not left and member.totp_cipher is None:
        raise Refused("last_second_factor")
    session.execute(delete(Passkey).where(Passkey.id == passkey_id, Passkey.member_id == member.id))
    record("member.passkey_removed", "member", member.id, member.id)


def _passkey_of(member: Member, credential: str) -> Passkey | None:
    from portal.accounts.ceremonies import named_in

    if (named := named_in(credential)) is None:
        return None
    return session.scalar(select(Passkey).where(Passkey.member_id == member.id, Passkey.credential_id == named))


def _here() -> Here:
    from portal.accounts.ceremonies import Here

    settings = current_app.extensions["settings"]
    parts = urlsplit(settings.public_url)
    return Here(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", settings.site_name)
