"""Second factors: codes of an authenticator app, recovery codes, and passkeys, also those that sign in alone.

A passkey alone gives both factors: the device holds it and asked for a finger, face or PIN. Where the device can, it
also computes a secret for us (WebAuthn's `prf`), under which the member's private key is wrapped. The secret comes in
the same POST as the signature, serves that request, and is neither stored nor logged.
"""

from __future__ import annotations

import json
from base64 import b32decode, b32encode, urlsafe_b64encode
from contextlib import suppress
from datetime import datetime
from hmac import compare_digest
from secrets import token_bytes
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from nacl.public import PrivateKey
from sqlalchemy import delete, select, update

from portal.accounts import sign_in_rules
from portal.accounts.sign_in import Tokens, begin_sign_in, key_for
from portal.accounts.users import Member, Passkey, RecoveryCode, SignIn, passkeys
from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.crypto import CannotOpen, keyed_hash, unwrap_with_passkey, wrap_with_passkey
from portal.core.db import random_id, session
from portal.core.limits import may_try
from portal.core.portal import current_portal
from portal.core.statuses import Refused

TOTP_DIGITS = 6
PASSKEY_CHALLENGE = "passkey challenge"


def new_totp_secret() -> str:
    """Return 160 random bits in base 32."""
    return b32encode(token_bytes(20)).decode()


def totp_address(secret: str, email: str, site: str) -> str:
    totp = TOTP(b32decode(secret), TOTP_DIGITS, SHA1(), sign_in_rules.STEP_SECONDS)  # noqa: S303
    return totp.get_provisioning_uri(email, site)


def code_of(secret: str, step: int) -> str:
    """Return the code of a time step (RFC 6238: HMAC with SHA-1, six digits, half a minute)."""
    return HOTP(b32decode(secret), TOTP_DIGITS, SHA1()).generate(step).decode()  # noqa: S303


def accepted_step(secret: str, typed: str, at: datetime, last_step: int | None) -> int | None:
    """Return the time step of a typed code, to be stored as the last one used, or None if the code is wrong."""
    digits, steps = sign_in_rules.typed_digits(typed), sign_in_rules.steps_to_try(at, last_step)
    return next((step for step in steps if compare_digest(code_of(secret, step), digits)), None)


def recovery_hash(key: bytes, member_id: int, typed: str) -> str:
    return keyed_hash(key, f"{member_id}:{sign_in_rules.typed_recovery_code(typed)}")


def set_up_app(member: Member, totp_secret: str, typed: str) -> bool:
    """Store the secret of an authenticator app if it produced this code; return False if the code is wrong."""
    step = accepted_step(totp_secret, typed, now(), None)
    if step is None:
        return False
    member.totp_secret, member.totp_last_step = totp_secret, step
    record("member.app_added", "member", member.id, member.id)
    return True


def remove_app(member: Member) -> None:
    """Remove the authenticator app; a passkey must be left. Raises Refused("last_second_factor")."""
    if not passkeys(member.id):
        raise Refused("last_second_factor")
    member.totp_secret = member.totp_last_step = None
    record("member.app_removed", "member", member.id, member.id)


def make_recovery_codes(member: Member) -> tuple[str, ...]:
    """Return ten new codes, to be shown once; earlier ones stop working."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member.id))
    random = [token_bytes(sign_in_rules.RECOVERY_BYTES) for _ in range(sign_in_rules.RECOVERY_CODES)]
    codes = tuple(map(sign_in_rules.recovery_code, random))
    session.add_all(RecoveryCode(member_id=member.id, code_hash=_hash(member, code)) for code in codes)
    session.flush()
    record("member.recovery_codes_made", "member", member.id, member.id)
    return codes


def forget_second_factors(member: Member) -> None:
    member.totp_secret = member.totp_last_step = None
    session.execute(delete(Passkey).where(Passkey.member_id == member.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member.id))


def check_code(member: Member, typed: str) -> bool:
    """Return whether this is the app's code or an unused recovery code; either works once."""
    if member.has_app and len(sign_in_rules.typed_digits(typed)) == TOTP_DIGITS:
        step = None
        # Of an app whose secret no key opens any more no code is right; recovery codes go on.
        with suppress(CannotOpen):
            step = accepted_step(member.totp_secret or "", typed, now(), member.totp_last_step)
        if step is not None:
            # The condition decides which request wins when the same code arrives twice at the same moment.
            not_used = Member.totp_last_step.is_(None) | (Member.totp_last_step < step)
            use = update(Member).where(Member.id == member.id, not_used).values(totp_last_step=step)
            return session.execute(use.returning(Member.id)).first() is not None
    own = RecoveryCode.member_id == member.id, RecoveryCode.code_hash == _hash(member, typed)
    if session.execute(delete(RecoveryCode).where(*own).returning(RecoveryCode.id)).first() is None:
        return False
    record("member.recovery_code_used", "member", member.id, member.id)
    return True


def _hash(member: Member, code: str) -> str:
    return recovery_hash(key_for("recovery codes"), member.id, code)


def add_passkey(
    member: Member, credential: str, challenge: str, name: str, *, output: bytes | None, private_key: PrivateKey | None
) -> bool:
    """Store a new passkey, and the open private key wrapped under its `output`; False if the response is not valid."""
    from portal.accounts.passkeys import check_new

    made = check_new(credential, challenge)
    if made is None or session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        return False
    row = Passkey(id=random_id(), member_id=member.id, name=name, created_at=now(), signs_in=made.user_verified)
    if output and private_key and row.signs_in:
        row.wrapped_private_key = wrap_with_passkey(private_key, output, made.credential_id)
    row.credential_id, row.public_key = made.credential_id, made.credential_public_key
    row.sign_count = made.sign_count
    session.add(row)
    record("member.passkey_added", "member", member.id, member.id)
    return True


def check_passkey(member: Member, credential: str, challenge: str) -> Passkey | None:
    """Return the passkey of the member's that the browser's response comes from, or None."""
    from portal.accounts.passkeys import check_one, claim_in

    claim = claim_in(credential)
    own = select(Passkey).where(Passkey.member_id == member.id)
    passkey = session.scalar(own.where(Passkey.credential_id == claim.credential_id)) if claim else None
    return passkey if passkey and check_one(credential, challenge, passkey) else None


def remove_passkey(member: Member, passkey_id: int, here: SignIn) -> None:
    """Delete a passkey and end its sign-ins but that `here`. Raises Refused("last_second_factor" or "last_opener")."""
    left = [passkey for passkey in passkeys(member.id) if passkey.id != passkey_id]
    if not left and not member.has_app:
        raise Refused("last_second_factor")
    # Where the member's key is not open, the passkey is lost, and must not stay in force.
    if here.wrapped_private_key and opens_alone(member, passkey_id):
        raise Refused("last_opener")
    used = (SignIn.member_id == member.id) & (SignIn.passkey_id == passkey_id)
    session.execute(update(SignIn).where(used, SignIn.id == here.id).values(passkey_id=None))
    session.execute(delete(SignIn).where(used))
    session.execute(delete(Passkey).where(Passkey.id == passkey_id, Passkey.member_id == member.id))
    record("member.passkey_removed", "member", member.id, member.id)


def opens_alone(member: Member, passkey_id: int) -> bool:
    """Return whether nothing would open the member's key without this passkey."""
    others = [passkey.wrapped_private_key for passkey in passkeys(member.id) if passkey.id != passkey_id]
    return not any((member.wrapped_private_key, *others))


def one_tap_options() -> str:
    """Return the options for `sign-in.js`, as JSON: any passkey for this site, with a challenge that sets no cookie."""
    # The same whoever asks: they tell nobody who has an account. By hand: the library is loaded once somebody signed.
    random = token_bytes(sign_in_rules.CHALLENGE_RANDOM)
    challenge = sign_in_rules.new_challenge(key_for(PASSKEY_CHALLENGE), random, now())
    return json.dumps(
        {
            "challenge": _text(challenge),
            "rpId": urlsplit(current_portal.settings.public_url).hostname or "",
            "allowCredentials": [],
            "userVerification": "required",
            "timeout": sign_in_rules.CHALLENGE_SECONDS * 1000,
            "extensions": {"prf": {"eval": {"first": _text(sign_in_rules.PRF_INPUT)}}},
        }
    )


def enter_with_passkey(credential: str, prf: str) -> Tokens | None:
    """Sign in the owner of the passkey that signed, locked without `prf` (base64); None, whatever is wrong."""
    passkey = _signed_by(credential)
    return begin_sign_in(passkey.member_id, _private_key(passkey, prf), passkey_id=passkey.id) if passkey else None


def leave_to_passkeys(member: Member, credential: str, prf: str) -> bool:
    """Erase what the password opens, once a passkey of the member's has opened the key; False if it did not."""
    passkey = _signed_by(credential)
    if passkey is None or passkey.member_id != member.id or _private_key(passkey, prf) is None:
        return False
    member.wrapped_private_key = None
    record("member.passkey_only", "member", member.id, member.id)
    return True


def _signed_by(credential: str) -> Passkey | None:
    from portal.accounts.passkeys import check_one, claim_in

    claim = claim_in(credential)
    if claim is None or not sign_in_rules.is_our_challenge(key_for(PASSKEY_CHALLENGE), claim.challenge, now()):
        return None
    passkey = session.scalar(
        select(Passkey)
        .join(Member, Member.id == Passkey.member_id)
        .where(Passkey.credential_id == claim.credential_id, Passkey.signs_in, Member.left_at.is_(None))
    )
    if passkey is None or claim.user_handle != sign_in_rules.member_handle(passkey.member_id):
        return None
    is_signed = check_one(credential, _text(claim.challenge), passkey, alone=True)
    # Many phones count no signatures: without this, a response that was copied would work for a quarter of an hour.
    once = PASSKEY_CHALLENGE, claim.challenge.hex(), 1, sign_in_rules.CHALLENGE_SECONDS
    return passkey if is_signed and may_try(*once) else None


def offer_passkey_once(member: Member) -> bool:
    """Return whether to ask a member now if they want to sign in with one tap, and note that they were asked."""
    if member.passkey_offered_on is not None or passkeys(member.id):
        return False
    member.passkey_offered_on = today()
    return True


def _private_key(passkey: Passkey, prf: str) -> PrivateKey | None:
    output = sign_in_rules.passkey_output(prf)
    if output is None or passkey.wrapped_private_key is None:
        return None
    try:
        return unwrap_with_passkey(passkey.wrapped_private_key, output, passkey.credential_id)
    except CannotOpen:
        return None


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
