"""Signing in with a passkey alone: the device holds it and asked for a finger, face or PIN, so both factors are given.

Where the device can, it also computes a secret for us (WebAuthn's `prf`), under which the member's private key is
wrapped. The secret comes in the same POST as the signature, serves that request, and is neither stored nor logged.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from secrets import token_bytes

from nacl.public import PrivateKey
from sqlalchemy import select

from portal.accounts.second_factor import here
from portal.accounts.sign_in import Tokens, begin_with_passkey, secret
from portal.accounts.sign_in_rules import (
    CHALLENGE_RANDOM,
    CHALLENGE_SECONDS,
    PRF_INPUT,
    is_our_challenge,
    member_handle,
    new_challenge,
    passkey_output,
)
from portal.accounts.users import Member, Passkey, passkeys
from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.crypto import CannotOpen, derive, unwrap_with_passkey
from portal.core.db import session
from portal.core.limits import may_try


def one_tap_options(host: str) -> str:
    """Return the options for `sign-in.js`, as JSON: any passkey for this site, with a challenge that sets no cookie.

    They are the same whoever asks, so they tell nobody who has an account. Written by hand: the library is loaded
    only once somebody has signed.
    """
    challenge = new_challenge(_challenge_key(), token_bytes(CHALLENGE_RANDOM), now())
    return json.dumps(
        {
            "challenge": _text(challenge),
            "rpId": host,
            "allowCredentials": [],
            "userVerification": "required",
            "timeout": CHALLENGE_SECONDS * 1000,
            "extensions": {"prf": {"eval": {"first": _text(PRF_INPUT)}}},
        }
    )


def enter_with_passkey(credential: str, prf: str) -> Tokens | None:
    """Sign in the owner of the passkey that signed; None, whatever is wrong.

    `prf` is what the device computed, in base64, or empty. Without it the sign-in is locked until the password is
    given.
    """
    passkey = _signed_by(credential)
    return begin_with_passkey(passkey, _private_key(passkey, prf)) if passkey else None


def leave_to_passkeys(member: Member, credential: str, prf: str) -> bool:
    """Erase what the password opens, once a passkey of the member's has opened the key; False if it did not."""
    passkey = _signed_by(credential)
    if passkey is None or passkey.member_id != member.id or _private_key(passkey, prf) is None:
        return False
    member.wrapped_private_key = None
    record("member.passkey_only", "member", member.id, member.id)
    return True


def _signed_by(credential: str) -> Passkey | None:
    from portal.accounts.passkeys import claim_in

    claim = claim_in(credential)
    if claim is None or not is_our_challenge(_challenge_key(), claim.challenge, now()):
        return None
    passkey = session.scalar(
        select(Passkey)
        .join(Member, Member.id == Passkey.member_id)
        .where(Passkey.credential_id == claim.credential_id, Passkey.signs_in, Member.left_at.is_(None))
    )
    if passkey is None or claim.user_handle != member_handle(passkey.member_id):
        return None
    checked = here().check_one(credential, _text(claim.challenge), passkey, alone=True)
    if checked is None or not _is_first_use(claim.challenge):
        return None
    passkey.sign_count = checked.new_sign_count
    return passkey


def takes_offer(member: Member) -> bool:
    """Return whether to ask a member now if they want to sign in with one tap, and note that they were asked."""
    if member.passkey_offered_on is not None or passkeys(member.id):
        return False
    member.passkey_offered_on = today()
    return True


def _private_key(passkey: Passkey, prf: str) -> PrivateKey | None:
    output = passkey_output(prf)
    if output is None or passkey.wrapped_private_key is None:
        return None
    try:
        return unwrap_with_passkey(passkey.wrapped_private_key, output, passkey.credential_id)
    except CannotOpen:
        return None


def _is_first_use(challenge: bytes) -> bool:
    # Many phones count no signatures: without this, a response that was copied would work for a quarter of an hour.
    return may_try("passkey challenge", challenge.hex(), 1, CHALLENGE_SECONDS)


def _challenge_key() -> bytes:
    return derive(secret(), "passkey challenge")


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
