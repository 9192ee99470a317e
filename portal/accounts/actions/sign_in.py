"""Signing in and out: a browser gets a token and a key of its own, the database only what is of no use without them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask import current_app
from nacl.public import PrivateKey
from sqlalchemy import delete, select, update

from portal.accounts.models import Member, SignIn
from portal.accounts.passwords import hash_password, needs_rehash, password_matches
from portal.accounts.rules.email import normal_email
from portal.accounts.rules.sessions import STAY, to_the_minute
from portal.core.audit import record
from portal.core.clock import now
from portal.core.crypto import STRANGERS, derive, keyed_hash, unwrap_with_password, wrap_with_token
from portal.core.db import db, session

TOKEN_BYTES = 32


@dataclass(frozen=True)
class Unlocked:
    """A member whose password was right. `new_hash` is set when the stored hash should be made anew."""

    member_id: int
    private_key: PrivateKey
    new_hash: str | None


@dataclass(frozen=True)
class Tokens:
    """What the browser's cookie holds: the one finds the sign-in, the other opens its key. Kept nowhere else."""

    sign_in: str
    unlock: str


def check_password(email: str, password: str, shares: Mapping[str, int] = MappingProxyType({})) -> Unlocked | None:
    """Open a member's private key, or None, equally slowly for a wrong password and an unknown address. Raises Busy.

    `shares` bounds how many with the caller's address or network may be in the queue at once, see `Argon2Queue.slot`.

    Stretching a password takes long, so it is done outside of any transaction: writers must not wait for it.
    """
    with db.new_session(writes=False) as reading:
        member = reading.scalar(select(Member).where(Member.email == normal_email(email), Member.left_at.is_(None)))
    stored = (member.password_hash or None) if member else None
    if not password_matches(stored, password, STRANGERS, shares) or member is None:
        return None
    private_key = unwrap_with_password(member.wrapped_private_key, password)
    return Unlocked(member.id, private_key, hash_password(password) if needs_rehash(member.password_hash) else None)


def begin_sign_in(member_id: int, private_key: PrivateKey, new_hash: str | None = None) -> Tokens:
    """Note a browser that gave the right password; the second factor is still to come."""
    if new_hash:
        session.execute(update(Member).where(Member.id == member_id).values(password_hash=new_hash))
    forget_old_sign_ins()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    unlock, wrapped = wrap_with_token(private_key)
    row = SignIn(token_hash=sign_in_hash(token), member_id=member_id, wrapped_private_key=wrapped)
    row.created_at = now()
    row.seen_at = to_the_minute(now())
    session.add(row)
    session.flush()
    return Tokens(token, unlock)


def complete_sign_in(sign_in: SignIn) -> None:
    """The second factor was right: from here on they are signed in."""
    sign_in.second_factor_at = now()
    record("member.signed_in", "member", sign_in.member_id, sign_in.member_id)


def end_sign_in(token: str) -> None:
    """Sign one browser out."""
    session.execute(delete(SignIn).where(SignIn.token_hash == sign_in_hash(token)))


def end_sign_ins(member_id: int, by_id: int | None, but: int | None = None) -> None:
    """Sign a member out everywhere, or everywhere but in the sign-in `but`."""
    theirs = delete(SignIn).where(SignIn.member_id == member_id)
    session.execute(theirs if but is None else theirs.where(SignIn.id != but))
    record("member.signed_out_everywhere", "member", member_id, by_id)


def forget_old_sign_ins() -> int:
    """Delete every sign-in that is over; returns how many."""
    over = delete(SignIn).where((SignIn.seen_at < now() - STAY.idle) | (SignIn.created_at < now() - STAY.whole))
    return len(session.execute(over.returning(SignIn.id)).all())


def sign_in_hash(token: str) -> str:
    """What is stored of a browser's token."""
    return keyed_hash(derive(secret(), "sign-in"), token)


def secret() -> bytes:
    """The secret of the settings, from which every keyed hash of accounts is derived."""
    found: str = current_app.extensions["settings"].secret
    return found.encode()
