"""Links that make an account once, or give an account a new password."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from nacl.public import PrivateKey
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.accounts.actions import desk_keys
from portal.accounts.actions.people import clear_second_factor, free_address, give_roles
from portal.accounts.actions.sign_in import end_sign_ins, secret
from portal.accounts.anew import forget_requests_of, has_desk
from portal.accounts.models import Invitation, Member
from portal.accounts.passwords import hash_password
from portal.accounts.queries import desks_of, holders, member_by_email, others_who_open
from portal.accounts.rules.email import normal_email
from portal.accounts.rules.roles import Role, conflict
from portal.accounts.signals import desks_touched, standing_changed
from portal.core.audit import record
from portal.core.clock import now
from portal.core.crypto import derive, keyed_hash, new_private_key, wrap_with_password
from portal.core.db import db, random_id, session
from portal.core.errors import NotFound, Refused

TOKEN_BYTES = 32
LASTS = timedelta(hours=72)


@dataclass(frozen=True)
class NewSecrets:
    """What comes from a new password: made before the transaction, because stretching it takes long."""

    password_hash: str
    private_key: PrivateKey
    wrapped_private_key: bytes


@dataclass(frozen=True)
class Invited:
    """An invitation and the token of its link, which is kept nowhere."""

    invitation: Invitation
    token: str


def make_secrets(password: str) -> NewSecrets:
    """Hash a password and wrap a new private key under it. Raises Busy."""
    private_key = new_private_key()
    return NewSecrets(hash_password(password), private_key, wrap_with_password(private_key, password))


def invite(email: str, name: str, language: str, roles: Iterable[Role], by_id: int | None) -> Invited:
    """Invite somebody; an earlier link to them stops working.

    Raises Refused("roles_conflict" or "already_member").
    """
    wanted = sorted(set(roles))
    if conflict(wanted):
        raise Refused("roles_conflict")
    if member_by_email(normal_email(email)):
        raise Refused("already_member")
    return _invitation(normal_email(email), name, language, wanted, by_id)


def invite_again(member: Member, by_id: int | None, *, lost_all: bool = False, even_last: bool = False) -> Invited:
    """Make a link with which a member who forgot the password chooses a new one; everybody at a desk hears of it.

    `lost_all`: their second factor is gone too, and so their old password stops working at once. The new password
    opens none of their desks, so the last one who can open one gets a link only if `even_last`.
    Raises Refused("last_with_key").
    """
    if not even_last and any(_is_last(desk.id, member) for desk in desks_of(member.id)):
        raise Refused("last_with_key")
    record("member.reset", "member", member.id, by_id)
    if lost_all:
        clear_second_factor(member, by_id)
    if has_desk(member):
        desks_touched.send(None)
    return _invitation(member.email, member.name, member.language, (), by_id, member.id)


def withdraw(invitation_id: int, by_id: int) -> None:
    """Make a link stop working."""
    session.execute(delete(Invitation).where(Invitation.id == invitation_id, Invitation.used_at.is_(None)))
    record("invitation.withdrawn", "invitation", invitation_id, by_id)


def roles_of(invitation: Invitation) -> list[Role]:
    """The roles with which an invitation makes an account."""
    return [Role(role) for role in invitation.roles.split()]


def read_invitation(token: str) -> Invitation:
    """The invitation of a link; `NotFound` alike for one that ran out, was used, or never was.

    It is read outside of the transaction that will use it: choosing a password takes long.
    """
    with db.new_session(writes=False) as reading:
        return _invitation_of(token, reading)


def accept(token: str, name: str, language: str, new: NewSecrets) -> Member:
    """Make the account, or give it its new password and keys. Raises NotFound."""
    invitation = _use(token)
    if invitation.member_id is not None:
        return _renew(invitation.member_id, new)
    if member_by_email(invitation.email):
        raise NotFound
    free_address(invitation.email)
    member = Member(id=random_id(), email=invitation.email, name=name, language=language, created_at=now())
    _take_secrets(member, new)
    session.add(member)
    session.flush()
    invitation.member_id = member.id
    give_roles(member, roles_of(invitation), invitation.invited_by_id)
    record("invitation.accepted", "member", member.id, member.id)
    return member


def _is_last(desk_id: int, member: Member) -> bool:
    return member in holders(desk_id) and not others_who_open(desk_id, member.id)


def _invitation_of(token: str, where: Session) -> Invitation:
    works = Invitation.used_at.is_(None) & (Invitation.expires_at > now())
    found = where.scalar(select(Invitation).where(Invitation.token_hash == _hash(token), works))
    # One that was made when its roles could still go together works no longer.
    if found is None or conflict(roles_of(found)):
        raise NotFound
    return found


def _use(token: str) -> Invitation:
    invitation = _invitation_of(token, session)
    # One statement decides who was first when a link is used twice at the same moment.
    mine = update(Invitation).where(Invitation.id == invitation.id, Invitation.used_at.is_(None)).values(used_at=now())
    if session.execute(mine.returning(Invitation.id)).first() is None:
        raise NotFound
    return invitation


def _renew(member_id: int, new: NewSecrets) -> Member:
    member = session.get(Member, member_id)
    if member is None or member.left_at is not None:
        raise NotFound
    _take_secrets(member, new)
    # An administrator made the link: it must not lead into what colleagues opened for somebody they know.
    member.renewed_at = now()
    desk_keys.forget_copies(member.id)
    forget_requests_of(member.id)
    end_sign_ins(member.id, member.id)
    record("member.password_renewed", "member", member.id, member.id)
    standing_changed.send(member.id)
    return member


def _take_secrets(member: Member, new: NewSecrets) -> None:
    member.password_hash = new.password_hash
    member.public_key = bytes(new.private_key.public_key)
    member.wrapped_private_key = new.wrapped_private_key


def _invitation(
    email: str, name: str, language: str, roles: Iterable[Role], by_id: int | None, member_id: int | None = None
) -> Invited:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.execute(delete(Invitation).where(Invitation.email == email, Invitation.used_at.is_(None)))
    row = Invitation(id=random_id(), token_hash=_hash(token), email=email, name=name, language=language)
    row.roles = " ".join(roles)
    row.member_id = member_id
    row.invited_by_id = by_id
    row.created_at = now()
    row.expires_at = now() + LASTS
    session.add(row)
    session.flush()
    record("invitation.sent", "invitation", row.id, by_id)
    return Invited(row, token)


def _hash(token: str) -> str:
    return keyed_hash(derive(secret(), "invitation"), token)
