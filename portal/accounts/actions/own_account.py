"""What somebody changes about their own account."""

from __future__ import annotations

from nacl.public import PrivateKey

from portal.accounts.actions.sign_in import end_sign_ins
from portal.accounts.models import Member, SignIn
from portal.accounts.passwords import hash_password, password_matches
from portal.core.audit import record
from portal.core.crypto import wrap_with_password


def change_password(sign_in: SignIn, member: Member, private_key: PrivateKey, old: str, new: str) -> bool:
    """Wrap the private key under a new password and sign out every other browser. Raises Busy.

    False, and nothing is changed, if `old` is wrong.
    """
    if not password_matches(member.password_hash, old):
        return False
    member.password_hash = hash_password(new)
    member.wrapped_private_key = wrap_with_password(private_key, new)
    end_sign_ins(member.id, member.id, but=sign_in.id)
    record("member.password_changed", "member", member.id, member.id)
    return True


def choose_language(member: Member, language: str) -> None:
    """The language of mails to this member."""
    member.language = language
