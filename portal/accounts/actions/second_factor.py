"""The second factor of a member: an authenticator app, recovery codes, and the check at sign-in."""

from __future__ import annotations

from sqlalchemy import delete, update

from portal.accounts.actions.sign_in import secret
from portal.accounts.models import Member, Passkey, RecoveryCode
from portal.accounts.queries import passkeys
from portal.accounts.rules.second_factor import typed_digits
from portal.accounts.second_factor import accepted_step, new_recovery_codes, recovery_hash
from portal.core.audit import record
from portal.core.clock import now
from portal.core.crypto import derive
from portal.core.db import session
from portal.core.errors import Refused
from portal.core.jobs.outbox import cipher

TOTP_DIGITS = 6


def check_code(member: Member, typed: str) -> bool:
    """Whether this is the app's code or an unused recovery code; either works once."""
    return _check_app(member, typed) or _use_recovery_code(member, typed)


def set_up_app(member: Member, totp_secret: str, typed: str) -> bool:
    """Keep the secret of an authenticator app once it has shown a right code; False if the code is wrong."""
    step = accepted_step(totp_secret, typed, now(), None)
    if step is None:
        return False
    member.totp_cipher = cipher().encrypt(totp_secret)
    member.totp_last_step = step
    record("member.app_added", "member", member.id, member.id)
    return True


def remove_app(member: Member) -> None:
    """Forget the authenticator app; a passkey must be there. Raises Refused("last_second_factor")."""
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
    """Forget app, passkeys and recovery codes."""
    member.totp_cipher = member.totp_last_step = None
    session.execute(delete(Passkey).where(Passkey.member_id == member.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member.id))


def _check_app(member: Member, typed: str) -> bool:
    if member.totp_cipher is None or len(typed_digits(typed)) != TOTP_DIGITS:
        return False
    step = accepted_step(cipher().decrypt(member.totp_cipher), typed, now(), member.totp_last_step)
    if step is None:
        return False
    # The condition decides when the same code comes in twice at the same moment.
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
