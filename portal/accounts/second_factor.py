"""Second factors: codes of an authenticator app, passkeys, and the recovery codes for when they are lost."""

from __future__ import annotations

from base64 import b32decode, b32encode
from datetime import datetime
from hmac import compare_digest
from secrets import token_bytes
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from nacl.public import PrivateKey
from sqlalchemy import delete, select, update

from portal.accounts.sign_in import secret
from portal.accounts.sign_in_rules import (
    RECOVERY_BYTES,
    RECOVERY_CODES,
    STEP_SECONDS,
    recovery_codes,
    steps_to_try,
    typed_digits,
    typed_recovery_code,
)
from portal.accounts.users import Member, Passkey, RecoveryCode, SignIn, passkeys
from portal.core.audit import record
from portal.core.clock import now
from portal.core.crypto import derive, keyed_hash, wrap_with_passkey
from portal.core.db import random_id, session
from portal.core.jobs.outbox import cipher
from portal.core.portal import current_portal
from portal.core.statuses import Refused

if TYPE_CHECKING:
    from portal.accounts.passkeys import Here, PasskeyRequest


TOTP_DIGITS = 6


def new_totp_secret() -> str:
    """Return 160 random bits in base 32."""
    return b32encode(token_bytes(20)).decode()


def totp_address(secret: str, email: str, site: str) -> str:
    """Return the otpauth:// URI for the QR code on the page."""
    totp = TOTP(b32decode(secret), TOTP_DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303
    return totp.get_provisioning_uri(email, site)


def code_of(secret: str, step: int) -> str:
    """Return the code of a time step (RFC 6238: HMAC with SHA-1, six digits, half a minute)."""
    return HOTP(b32decode(secret), TOTP_DIGITS, SHA1()).generate(step).decode()  # noqa: S303


def accepted_step(secret: str, typed: str, at: datetime, last_step: int | None) -> int | None:
    """Return the time step of a typed code, to be stored as the last one used, or None if the code is wrong."""
    digits = typed_digits(typed)
    matching = [step for step in steps_to_try(at, last_step) if compare_digest(code_of(secret, step), digits)]
    return matching[0] if matching else None


def new_recovery_codes() -> tuple[str, ...]:
    """Return ten codes to be shown once; only their `recovery_hash` is stored."""
    return recovery_codes(token_bytes(RECOVERY_BYTES) for _ in range(RECOVERY_CODES))


def recovery_hash(key: bytes, member_id: int, typed: str) -> str:
    """Return the keyed hash by which a recovery code is stored, found and deleted after use."""
    return keyed_hash(key, f"{member_id}:{typed_recovery_code(typed)}")


class PasskeyKey(NamedTuple):
    """The secret that a passkey computes from our input, and the member's private key; for one request only."""

    output: bytes
    private_key: PrivateKey


def check_code(member: Member, typed: str) -> bool:
    """Return whether this is the app's code or an unused recovery code; either works once."""
    return _check_app(member, typed) or _use_recovery_code(member, typed)


def set_up_app(member: Member, totp_secret: str, typed: str) -> bool:
    """Store the secret of an authenticator app if it produced this code; return False if the code is wrong."""
    step = accepted_step(totp_secret, typed, now(), None)
    if step is None:
        return False
    member.totp_cipher = cipher().encrypt(totp_secret)
    member.totp_last_step = step
    record("member.app_added", "member", member.id, member.id)
    return True


def remove_app(member: Member) -> None:
    """Remove the authenticator app; a passkey must be left. Raises Refused("last_second_factor")."""
    if not passkeys(member.id):
        raise Refused("last_second_factor")
    member.totp_cipher = member.totp_last_step = None
    record("member.app_removed", "member", member.id, member.id)


def make_recovery_codes(member: Member) -> tuple[str, ...]:
    """Return ten new codes, to be shown once; earlier ones stop working."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member.id))
    codes = new_recovery_codes()
    session.add_all(RecoveryCode(member_id=member.id, code_hash=_hash(member, code)) for code in codes)
    session.flush()
    record("member.recovery_codes_made", "member", member.id, member.id)
    return codes


def forget_second_factors(member: Member) -> None:
    """Delete the app's secret, passkeys and recovery codes."""
    member.totp_cipher = member.totp_last_step = None
    session.execute(delete(Passkey).where(Passkey.member_id == member.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member.id))


def _check_app(member: Member, typed: str) -> bool:
    if member.totp_cipher is None or len(typed_digits(typed)) != TOTP_DIGITS:
        return False
    step = accepted_step(cipher().decrypt(member.totp_cipher), typed, now(), member.totp_last_step)
    if step is None:
        return False
    # The condition decides which request wins when the same code arrives twice at the same moment.
    not_used = Member.totp_last_step.is_(None) | (Member.totp_last_step < step)
    mine = update(Member).where(Member.id == member.id, not_used).values(totp_last_step=step)
    return session.execute(mine.returning(Member.id)).first() is not None


def _use_recovery_code(member: Member, typed: str) -> bool:
    mine = delete(RecoveryCode).where(
        RecoveryCode.member_id == member.id, RecoveryCode.code_hash == _hash(member, typed)
    )
    if session.execute(mine.returning(RecoveryCode.id)).first() is None:
        return False
    record("member.recovery_code_used", "member", member.id, member.id)
    return True


def _hash(member: Member, code: str) -> str:
    return recovery_hash(derive(secret(), "recovery codes"), member.id, code)


def registration_options(member: Member) -> PasskeyRequest:
    """Return the options for registering a passkey; the challenge must come back within the session.

    An authenticator with a passkey from before `signs_in` may make a new one, which takes its place.
    """
    return here().ask_for_new(member, [one for one in passkeys(member.id) if one.signs_in])


def add_passkey(member: Member, credential: str, challenge: str, name: str, key: PasskeyKey | None = None) -> bool:
    """Store a new passkey; return False if the browser's response is not valid.

    `key`: what the device computes, and the private key to wrap under it.
    """
    made = here().check_new(credential, challenge)
    if made is None or session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        return False
    row = Passkey(id=random_id(), member_id=member.id, name=name, created_at=now(), signs_in=made.user_verified)
    if key and row.signs_in:
        row.wrapped_private_key = wrap_with_passkey(key.private_key, key.output, made.credential_id)
    row.credential_id = made.credential_id
    row.public_key = made.credential_public_key
    row.sign_count = made.sign_count
    session.add(row)
    record("member.passkey_added", "member", member.id, member.id)
    return True


def sign_in_options(member: Member) -> PasskeyRequest:
    """Return the options for signing in with one of the member's passkeys."""
    return here().ask_for_one(passkeys(member.id))


def check_passkey(member: Member, credential: str, challenge: str) -> Passkey | None:
    """Return the passkey of the member's that the browser's response comes from, or None."""
    passkey = _passkey_of(member, credential)
    checked = here().check_one(credential, challenge, passkey) if passkey else None
    if passkey is None or checked is None:
        return None
    passkey.sign_count = checked.new_sign_count
    return passkey


def remove_passkey(member: Member, passkey_id: int, here: SignIn) -> None:
    """Delete a passkey and end every sign-in that it was used for, except the one `here`, which removes it.

    Raises Refused("last_second_factor") if no other second factor would be left, or Refused("last_opener") if nothing
    would open the member's key that is open here. Where it is not, the passkey is lost, and must not stay in force.
    """
    left = [passkey for passkey in passkeys(member.id) if passkey.id != passkey_id]
    if not left and member.totp_cipher is None:
        raise Refused("last_second_factor")
    if here.wrapped_private_key and opens_alone(member, passkey_id):
        raise Refused("last_opener")
    mine = (SignIn.member_id == member.id) & (SignIn.passkey_id == passkey_id)
    session.execute(update(SignIn).where(mine, SignIn.id == here.id).values(passkey_id=None))
    session.execute(delete(SignIn).where(mine))
    session.execute(delete(Passkey).where(Passkey.id == passkey_id, Passkey.member_id == member.id))
    record("member.passkey_removed", "member", member.id, member.id)


def opens_alone(member: Member, passkey_id: int) -> bool:
    """Return whether nothing would open the member's key without this passkey."""
    others = [passkey.wrapped_private_key for passkey in passkeys(member.id) if passkey.id != passkey_id]
    return not any((member.wrapped_private_key, *others))


def _passkey_of(member: Member, credential: str) -> Passkey | None:
    from portal.accounts.passkeys import named_in

    if (named := named_in(credential)) is None:
        return None
    return session.scalar(select(Passkey).where(Passkey.member_id == member.id, Passkey.credential_id == named))


def here() -> Here:
    """Return this site as browsers know it, by the public address of the settings."""
    from portal.accounts.passkeys import Here

    settings = current_portal.settings
    parts = urlsplit(settings.public_url)
    return Here(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", settings.site_name)
