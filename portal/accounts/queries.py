"""Finding members, what is open for them, and the keys of their desks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flask import current_app
from nacl.public import PrivateKey
from sqlalchemy import ColumnElement, Select, bindparam, func, select

from portal.accounts.models import (
    CIRCLE,
    Desk,
    DeskKey,
    DeskKeyCopy,
    DeskMember,
    Invitation,
    Member,
    Passkey,
    RecoveryCode,
    Removal,
    RoleHeld,
)
from portal.accounts.rules.roles import DeskKind, Role
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.crypto import CannotOpen, open_key
from portal.core.db import db, session
from portal.core.errors import NotFound

PAGE_SIZE = 50


def member(member_id: int) -> Member:
    """A member who has not left, or `NotFound`."""
    found = session.get(Member, member_id)
    if found is None or found.left_at is not None:
        raise NotFound
    return found


def members() -> Sequence[Member]:
    """Everybody who has not left, by name."""
    return session.scalars(select(Member).where(Member.left_at.is_(None)).order_by(Member.name, Member.id)).all()


def lately_removed(since: datetime) -> Sequence[tuple[Member, datetime]]:
    """Who was removed after that, and when: their accounts can still be given back."""
    asked = select(Member, Removal.removed_at).join(Removal, Removal.member_id == Member.id)
    rows = session.execute(asked.where(Removal.removed_at > since).order_by(Removal.removed_at.desc()))
    return [(member, removed_at) for member, removed_at in rows]


def with_refused_roles() -> Sequence[Member]:
    """Members who were given roles that may not go together any more, so that not all of them count."""
    return [one for one in members() if one.roles != one.given_roles]


def member_by_email(email: str) -> Member | None:
    """The member who signs in with this address, already normal."""
    return session.scalar(select(Member).where(Member.email == email, Member.left_at.is_(None)))


def member_names(ids: Iterable[int]) -> dict[int, str]:
    """Names by id, of those who left too."""
    known = select(Member).where(Member.id.in_(set(ids)))
    return {member.id: member.name for member in session.scalars(known)}


def administrators() -> int:
    """How many can administer accounts."""
    held = select(func.count()).select_from(RoleHeld).join(Member, Member.id == RoleHeld.member_id)
    return session.scalar(held.where(RoleHeld.role == Role.ADMINISTRATOR, Member.left_at.is_(None))) or 0


def open_invitations() -> Sequence[Invitation]:
    """Invitations that still work, the newest first."""
    waiting = select(Invitation).where(Invitation.used_at.is_(None), Invitation.expires_at > now())
    return session.scalars(waiting.order_by(Invitation.created_at.desc())).all()


def passkeys(member_id: int) -> Sequence[Passkey]:
    """A member's passkeys, the oldest first."""
    return session.scalars(select(Passkey).where(Passkey.member_id == member_id).order_by(Passkey.created_at)).all()


def recovery_codes_left(member_id: int) -> int:
    """How many recovery codes a member has not used yet."""
    theirs = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.member_id == member_id)
    return session.scalar(theirs) or 0


def has_second_factor(of: Member) -> bool:
    """Whether a member has an authenticator app or a passkey."""
    return of.totp_cipher is not None or bool(passkeys(of.id))


# --- desks ---


class ActiveKey(NamedTuple):
    """The key of a desk at which somebody sits: all that is needed to seal something to it."""

    id: int
    desk_id: int
    public_key: bytes


# Asked with every report: put together once.
ACTIVE_KEY = (
    select(DeskKey.id, DeskKey.desk_id, DeskKey.public_key)
    .join(Desk, Desk.id == DeskKey.desk_id)
    .where(Desk.kind == bindparam("kind"), DeskKey.retired_at.is_(None))
)


def active_key(kind: str) -> ActiveKey | None:
    """The key that new reports for a kind of desk are sealed to; None while nobody sits there."""
    rows = db.run(ACTIVE_KEY, kind=kind)
    return ActiveKey._make(rows[0]) if rows else None


def active_key_of(desk_id: int) -> ActiveKey | None:
    """The key that new texts for this desk are sealed to; None while nobody can open it."""
    asked = select(DeskKey.id, DeskKey.desk_id, DeskKey.public_key)
    row = session.execute(asked.where(DeskKey.desk_id == desk_id, DeskKey.retired_at.is_(None))).first()
    return ActiveKey._make(row) if row else None


def desks() -> Sequence[Desk]:
    """Every desk that reports come to."""
    return session.scalars(select(Desk).where(Desk.kind != CIRCLE).order_by(Desk.kind)).all()


def desks_of(member_id: int, kinds: Iterable[str] = tuple(DeskKind)) -> Sequence[Desk]:
    """The desks for reports, of all kinds or of these, at which a member has a seat, admitted or waiting."""
    return session.scalars(_seated(member_id).where(Desk.kind.in_(kinds)).order_by(Desk.kind)).all()


def circle_desks_of(member_id: int) -> Sequence[Desk]:
    """The desks of the circles in which a member has a seat, admitted or waiting."""
    return session.scalars(_seated(member_id).where(Desk.kind == CIRCLE)).all()


def _seated(member_id: int) -> Select[Desk]:
    return select(Desk).join(DeskMember, DeskMember.desk_id == Desk.id).where(DeskMember.member_id == member_id)


def open_desks(member_id: int, keys: Iterable[int], kinds: Iterable[str]) -> list[int]:
    """Ids of the desks of a member who can open what comes in there now; `keys` are the ids of keys they hold."""
    seated = _seated(member_id).where(Desk.kind.in_(kinds)).with_only_columns(Desk.id)
    held = select(DeskKey.desk_id).where(DeskKey.id.in_(keys), DeskKey.retired_at.is_(None))
    return list(session.scalars(held.where(DeskKey.desk_id.in_(seated))))


def desk_private_keys(member_id: int, private_key: PrivateKey) -> dict[int, PrivateKey]:
    """The private keys of a member's desks by the id of their `DeskKey`, earlier ones too."""
    copies = session.scalars(select(DeskKeyCopy).where(DeskKeyCopy.member_id == member_id))
    return {copy.desk_key_id: key for copy in copies if (key := _opened(copy.sealed_private_key, private_key))}


def _opened(sealed: bytes, private_key: PrivateKey) -> PrivateKey | None:
    try:
        return open_key(sealed, private_key)
    except CannotOpen:
        return None


def holders(desk_id: int) -> Sequence[Member]:
    """Members who can open what comes in now: they have a copy of the desk's active key."""
    with_copy = (
        select(Member)
        .join(DeskKeyCopy, DeskKeyCopy.member_id == Member.id)
        .join(DeskKey, DeskKey.id == DeskKeyCopy.desk_key_id)
        .where(DeskKey.desk_id == desk_id, DeskKey.retired_at.is_(None))
    )
    return session.scalars(with_copy.order_by(Member.name, Member.id)).all()


def others_who_open(desk_id: int, member_id: int) -> Sequence[Member]:
    """Who else can open what comes in now, and keeps it: who uses a link for a new password loses their keys."""
    linked = {invitation.member_id for invitation in open_invitations()}
    others = [one for one in holders(desk_id) if one.id != member_id]
    return [one for one in others if one.password_hash and one.id not in linked]


def copy_holders(desk_key_id: int) -> frozenset[int]:
    """The ids of the members who can open what was sealed to one key of a desk, the active one or an earlier one."""
    copies = select(DeskKeyCopy.member_id).where(DeskKeyCopy.desk_key_id == desk_key_id)
    return frozenset(session.scalars(copies))


@dataclass(frozen=True)
class Seat:
    """Somebody at a desk; who is not admitted waits for a colleague."""

    member: Member
    seat: DeskMember
    is_admitted: bool


def seats(desk_id: int) -> list[Seat]:
    """Everybody who sits at a desk, by name."""
    admitted = {holder.id for holder in holders(desk_id)}
    rows = session.execute(
        select(Member, DeskMember)
        .join(DeskMember, DeskMember.member_id == Member.id)
        .where(DeskMember.desk_id == desk_id)
        .order_by(Member.name, Member.id)
    )
    return [Seat(member, seat, member.id in admitted) for member, seat in rows]


# --- the audit log ---


@dataclass(frozen=True)
class Log:
    """A page of the audit log, with the names of members who acted or were acted on."""

    events: Sequence[AuditEvent]
    names: dict[int, str]
    has_older: bool


def audit_log(page: int, action: str = "", object_type: str = "", reader_id: int | None = None) -> Log:
    """A page of the audit log, the newest first, of all or of one action or kind of object."""
    asked = select(AuditEvent).where(*_readable(reader_id)).order_by(AuditEvent.id.desc())
    if action:
        asked = asked.where(AuditEvent.action == action)
    if object_type:
        asked = asked.where(AuditEvent.object_type == object_type)
    rows = session.scalars(asked.limit(PAGE_SIZE + 1).offset((page - 1) * PAGE_SIZE)).all()
    events = rows[:PAGE_SIZE]
    acted = {row.actor_id for row in events if row.actor_id}
    acted_on = {int(row.object_id) for row in events if row.object_type == "member"}
    return Log(events, member_names(acted | acted_on), len(rows) > PAGE_SIZE)


def audited_actions(reader_id: int | None = None) -> list[tuple[str, str]]:
    """Every (action, kind of object) that the log knows, as far as this reader may know of it."""
    pairs = select(AuditEvent.action, AuditEvent.object_type).where(*_readable(reader_id)).distinct()
    pairs = pairs.order_by(AuditEvent.action)
    return [(action, kind) for action, kind in session.execute(pairs)]


def _readable(reader_id: int | None) -> list[ColumnElement[bool]]:
    """What readers of the log may know of; a feature that hides things puts its condition into the app's extensions.

    `audit_of_desks` holds for whoever cannot open what comes to that desk: a role alone opens nothing.
    """
    extensions = current_app.extensions
    conditions = [condition() for condition in extensions.get("audit_conditions", ())]
    walls = extensions.get("audit_of_desks", {})
    return conditions + [condition() for kind, condition in walls.items() if not _opens(reader_id, kind)]


def _opens(member_id: int | None, kind: str) -> bool:
    """Whether somebody sits at a desk of this kind and was admitted there."""
    return any(holder.id == member_id for desk in desks() if desk.kind == kind for holder in holders(desk.id))
