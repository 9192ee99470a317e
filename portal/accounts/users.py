"""Members, their sessions and second factors, and the desks with their keys.

An administrator must not be the only one who reads what an administrator did. Of people, it names whoever has the
role of a desk and whoever runs the accounts; that somebody else was invited, say to a circle, it does not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from blinker import Signal
from nacl.public import PrivateKey
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.roles import SEAT_OF, DeskKind, Role, in_force
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.crypto import CannotOpen, open_key
from portal.core.db import Base, random_id, session
from portal.core.i18n import Bilingual, bilingual
from portal.core.portal import Hook
from portal.core.statuses import NotFound


class Member(Base):
    """Somebody who may sign in. `email` is the name they sign in with."""

    __tablename__ = "accounts_member"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(2), default="en")
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_last_step: Mapped[int | None]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_private_key: Mapped[bytes] = mapped_column(LargeBinary)
    """Opens with a key derived from the member's password, with nothing that the server keeps."""
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    renewed_at: Mapped[datetime | None]
    """When they last chose a password by a link: whatever somebody let them into before, somebody must again."""

    role_rows: Mapped[list[RoleHeld]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    @property
    def roles(self) -> frozenset[str]:
        """The roles that count, see `in_force`."""
        return in_force(self.given_roles)

    @property
    def given_roles(self) -> frozenset[str]:
        """All roles that somebody gave them."""
        return frozenset(row.role for row in self.role_rows)


class RoleHeld(Base):
    """A role of a member; see rules/roles.py for which there are and which exclude each other."""

    __tablename__ = "accounts_role_held"

    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(30), primary_key=True)


class Invitation(Base):
    """A link that makes an account once, or gives an account a new password (`member_id`)."""

    __tablename__ = "accounts_invitation"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(2))
    roles: Mapped[str] = mapped_column(String(300))
    """Role names with spaces between them."""
    member_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"))
    """Whose new password it is for; once it was used, whose account it made."""
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignIn(Base):
    """A signed-in browser. The cookie holds the token; only its hash is here. No address, no user agent."""

    __tablename__ = "accounts_sign_in"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id", ondelete="CASCADE"), index=True)
    wrapped_private_key: Mapped[bytes] = mapped_column(LargeBinary)
    """The member's private key under a random key that only this browser's cookie holds."""
    second_factor_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class Passkey(Base):
    """A WebAuthn credential, as a second factor."""

    __tablename__ = "accounts_passkey"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]


class RecoveryCode(Base):
    """A code for when the second factor is lost; works once."""

    __tablename__ = "accounts_recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))


CIRCLE = "circle"
KINDS = (*(kind.value for kind in DeskKind), CIRCLE)


class Desk(Base):
    """People who may open the same sealed texts: the triage desk, those it passes on to, the table of a circle.

    There is one desk of each kind, and one for each circle, which has a row in `portal.partners`.
    """

    __tablename__ = "accounts_desk"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
        Index(
            "uq_accounts_desk_kind",
            "kind",
            unique=True,
            sqlite_where=text(f"kind <> '{CIRCLE}'"),
            postgresql_where=text(f"kind <> '{CIRCLE}'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[Bilingual] = bilingual("name")
    recovery_public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Belongs to the printed recovery phrase; None until the first member has made one."""


class DeskMember(Base):
    """A member's seat at a desk. Without a `DeskKeyCopy` the seat opens nothing yet: a colleague must admit them."""

    __tablename__ = "accounts_desk_member"

    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime]


class DeskKey(Base):
    """A key pair of a desk. Texts are sealed to the active one; earlier ones open earlier texts."""

    __tablename__ = "accounts_desk_key"
    __table_args__ = (
        # At most one active key a desk.
        Index(
            "uq_accounts_desk_key_active",
            "desk_id",
            unique=True,
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"), index=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    recovery_copy: Mapped[bytes] = mapped_column(LargeBinary)
    """The private key, sealed to the desk's recovery phrase."""
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class DeskKeyCopy(Base):
    """A desk's private key, sealed to one member's public key."""

    __tablename__ = "accounts_desk_key_copy"
    __table_args__ = (UniqueConstraint("desk_key_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_key_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk_key.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id", ondelete="CASCADE"), index=True)
    sealed_private_key: Mapped[bytes] = mapped_column(LargeBinary)


class BeginAnew(Base):
    """A request to give a desk a new first key although its old one cannot be opened; at most one a desk.

    It waits and needs a second person, see `rules/anew.py`. Refused, carried out or void, the row goes.
    """

    __tablename__ = "accounts_begin_anew"

    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id", ondelete="CASCADE"), primary_key=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id", ondelete="SET NULL"))


class Removal(Base):
    """What gives back an account that was ended within the last day; after that the row goes, see `finish_removals`.

    The account itself opens nothing meanwhile: its roles, seats and copies of keys are here and nowhere else. The
    copies are sealed to the member's own key, which only their password opens.
    """

    __tablename__ = "accounts_removal"

    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id", ondelete="CASCADE"), primary_key=True)
    removed_at: Mapped[datetime]
    roles: Mapped[str] = mapped_column(String(300))
    """Role names with spaces between them."""
    circles: Mapped[list[int]] = mapped_column(JSON)
    """The desks of circles at which they had a seat."""
    copies: Mapped[dict[str, str]] = mapped_column(JSON)
    """Copies of keys in base 64, by the id of the desk's key."""


standing_changed = Signal("sender is the member's id: roles, account or password are others than before")
"""Sent in the same transaction: what somebody may no longer do must not outlive it by a minute."""

desks_touched = Signal("sender is None, or the id of a member who is to hear of it though the seat is gone")
"""Something was done about who can open a desk: everybody with a seat at any desk is told, see `notices`."""


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
    rows = session.execute(ACTIVE_KEY, {"kind": kind}).all()
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
class DeskSeat:
    """Somebody at a desk; who is not admitted waits for a colleague."""

    member: Member
    seat: DeskMember
    is_admitted: bool


def seats(desk_id: int) -> list[DeskSeat]:
    """Everybody who sits at a desk, by name."""
    admitted = {holder.id for holder in holders(desk_id)}
    rows = session.execute(
        select(Member, DeskMember)
        .join(DeskMember, DeskMember.member_id == Member.id)
        .where(DeskMember.desk_id == desk_id)
        .order_by(Member.name, Member.id)
    )
    return [DeskSeat(member, seat, member.id in admitted) for member, seat in rows]


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


AUDIT_CONDITIONS: Hook[Callable[[], ColumnElement[bool]]] = Hook("what readers of the log may know of")
"""From features that hide things: the condition for events that everybody who reads the log may see."""
AUDIT_OF_DESKS: Hook[tuple[DeskKind, Callable[[], ColumnElement[bool]]]] = Hook("walls around desks in the log")
"""The condition holds for whoever cannot open what comes to a desk of this kind: a role alone opens nothing."""


def _readable(reader_id: int | None) -> list[ColumnElement[bool]]:
    """The conditions for events that this reader of the log may know of."""
    walls = [condition() for kind, condition in AUDIT_OF_DESKS.plugged() if not _opens(reader_id, kind)]
    return [condition() for condition in AUDIT_CONDITIONS.plugged()] + walls


def _opens(member_id: int | None, kind: str) -> bool:
    """Whether somebody sits at a desk of this kind and was admitted there."""
    return any(holder.id == member_id for desk in desks() if desk.kind == kind for holder in holders(desk.id))


OF_ACCOUNTS = (
    *("member.reset", "member.second_factor_cleared", "member.password_renewed"),
    *("member.roles_given", "member.removed", "member.restored"),
)
OF_DESKS = (
    *("desk.set_up", "desk.begun_anew", "desk.phrase_replaced", "desk.opened_with_phrase", "desk.key_changed"),
    *("desk.closed", "desk.anew_asked", "desk.anew_agreed", "desk.anew_refused"),
)
NAMED = (*SEAT_OF, Role.ADMINISTRATOR)


def log_for_desks(page: int, size: int = PAGE_SIZE) -> Log:
    """A page of it, the newest first."""
    ours = [str(desk.id) for desk in desks()]
    # Without roles it is a link to a circle, or for a new password, which has a line of its own.
    with_roles = exists().where(cast(Invitation.id, String) == AuditEvent.object_id, Invitation.roles != "")
    shown = or_(
        AuditEvent.action.in_(OF_ACCOUNTS),
        and_(AuditEvent.action.in_(OF_DESKS), AuditEvent.object_id.in_(ours)),
        and_(AuditEvent.action == "invitation.sent", with_roles),
    )
    asked = select(AuditEvent).where(shown).order_by(AuditEvent.id.desc())
    rows = session.scalars(asked.limit(size + 1).offset((page - 1) * size)).all()
    return Log(rows[:size], _names(), len(rows) > size)


def _names() -> dict[int, str]:
    named = select(Member.id, Member.name).join(RoleHeld, RoleHeld.member_id == Member.id)
    rows = session.execute(named.where(RoleHeld.role.in_(NAMED)))
    return {row.id: row.name for row in rows}
