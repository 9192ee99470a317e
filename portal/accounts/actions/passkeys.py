"""Passkeys: WebAuthn credentials as a second factor, checked by py_webauthn."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import webauthn
from flask import current_app
from sqlalchemy import delete, select
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRequestOptions,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.accounts.models import Member, Passkey
from portal.accounts.queries import passkeys
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import random_id, session
from portal.core.errors import NotFound, Refused

# The password has been given already: a touch is enough, and a key without a PIN is welcome.
VERIFICATION = UserVerificationRequirement.DISCOURAGED


def registration_options(member: Member) -> PublicKeyCredentialCreationOptions:
    """What the browser needs to make a passkey; its challenge must come back within the session."""
    return webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name=current_app.extensions["settings"].site_name,
        user_id=member.id.to_bytes(8, "big"),
        user_name=member.email,
        user_display_name=member.name,
        exclude_credentials=_known(passkeys(member.id)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=VERIFICATION
        ),
    )


def add_passkey(member: Member, credential: str, challenge: bytes, name: str) -> bool:
    """Keep a new passkey; False when the browser's answer is not right."""
    try:
        made = webauthn.verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=_host(), expected_origin=_origin()
        )
    except WebAuthnException:
        return False
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        return False
    row = Passkey(id=random_id(), member_id=member.id, name=name, created_at=now())
    row.credential_id = made.credential_id
    row.public_key = made.credential_public_key
    row.sign_count = made.sign_count
    session.add(row)
    record("member.passkey_added", "member", member.id, member.id)
    return True


def sign_in_options(member: Member) -> PublicKeyCredentialRequestOptions:
    """What the browser needs to show that it has one of the member's passkeys."""
    return webauthn.generate_authentication_options(
        rp_id=_host(), allow_credentials=_known(passkeys(member.id)), user_verification=VERIFICATION
    )


def check_passkey(member: Member, credential: str, challenge: bytes) -> bool:
    """Whether the browser's answer comes from one of the member's passkeys."""
    try:
        answered = webauthn.helpers.parse_authentication_credential_json(credential)
        passkey = _passkey_of(member, base64url_to_bytes(answered.id))
        checked = webauthn.verify_authentication_response(
            credential=answered,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_origin(),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
        )
    except (WebAuthnException, NotFound, ValueError):
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


def _passkey_of(member: Member, credential_id: bytes) -> Passkey:
    found = session.scalar(
        select(Passkey).where(Passkey.member_id == member.id, Passkey.credential_id == credential_id)
    )
    if found is None:
        raise NotFound
    return found


def _known(rows: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=row.credential_id) for row in rows]


def _origin() -> str:
    parts = urlsplit(current_app.extensions["settings"].public_url)
    return f"{parts.scheme}://{parts.netloc}"


def _host() -> str:
    return urlsplit(_origin()).hostname or ""
