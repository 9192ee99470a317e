"""Tables of members, sign-ins, second factors and desks with their keys, and the queries on them and the audit log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

import sqlalchemy as sa
from blinker import Signal
from nacl.public import PrivateKey
from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from portal.accounts.roles import READS_REPORTS, SEAT_OF, DeskKind, Role, in_force
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.crypto import CannotOpen, open_key
from portal.core.data_folder import LastDone, facts_of, note
from portal.core.db import Base, Encrypted, numbered_page, once_per_page, one, random_id, session, table
from portal.core.erasures import LASTING
from portal.core.i18n import Bilingual, bilingual
from portal.core.portal import Hook, current_portal
from portal.core.stored_settings import DIVERTING, OF_CHANGES
from portal.core.vouched import NOT_VOUCHED, Vouched, is_true


class Member(Vouched, Base):
    """A person who may sign in. `email` is the name they sign in with."""

    __tablename__ = "accounts_member"
    BINDS = ("id", "public_key")

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    language: Mapped[str] = mapped_column(sa.String(2), default="en")
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    """`Stretched.proof`; empty while no password works."""
    # Only read where it is used: whoever has a passkey gets in though the server's key is another one.
    totp_secret: Mapped[str | None] = mapped_column(Encrypted(), deferred=True)
    totp_last_step: Mapped[int | None]
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    wrapped_private_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """Opens with a key derived from the member's password, and with nothing that the server stores; None where only a
    passkey opens it."""
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None] = mapped_column(info=LASTING)
    renewed_at: Mapped[datetime | None]
    """When they last chose a password by a link. Colleagues who admitted them anywhere must do so again."""
    passkey_offered_on: Mapped[date | None]
    """When they were asked whether to sign in with one tap; they are asked once."""

    role_rows: Mapped[list[RoleHeld]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    @property
    def has_app(self) -> bool:
        """Whether an app was set up, even one whose secret no key opens any more."""
        return bool(session.scalar(sa.select(Member.totp_secret.is_not(None)).where(Member.id == self.id)))

    @property
    def roles(self) -> frozenset[str]:
        return in_force(self.given_roles)

    @property
    def given_roles(self) -> frozenset[str]:
        return frozenset(row.role for row in self.role_rows)


class RoleHeld(Base):
    __tablename__ = "accounts_role_held"

    member_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_member.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(30), primary_key=True)


class Invitation(Base):
    """A link that makes an account once, or gives an account a new password (`member_id`)."""

    __tablename__ = "accounts_invitation"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    name: Mapped[str] = mapped_column(sa.String(120))
    language: Mapped[str] = mapped_column(sa.String(2))
    roles: Mapped[str] = mapped_column(sa.String(300))
    """Role names separated by spaces."""
    member_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts_member.id"))
    """The member whose new password it is for; once used, the member whose account it made."""
    invited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts_member.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignIn(Base):
    """A signed-in browser. The cookie holds the token; only its hash is stored. No network address, no user agent."""

    __tablename__ = "accounts_sign_in"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_member.id", ondelete="CASCADE"), index=True)
    wrapped_private_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The member's private key under a random key that only this browser's cookie holds; empty while it is locked."""
    second_factor_at: Mapped[datetime | None]
    passkey_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts_passkey.id", ondelete="CASCADE"), index=True)
    """The passkey that was used to enter, alone or as the second step. The sign-in ends with it."""
    without_password: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether the passkey stood for both factors."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class Passkey(Base):
    """A WebAuthn credential: a second factor and, if `signs_in`, both factors at once."""

    __tablename__ = "accounts_passkey"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_member.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sign_count: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(80))
    created_at: Mapped[datetime]
    signs_in: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether the device asked for a finger, face or PIN when it was made. Older ones are a second step only."""
    wrapped_private_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """The member's private key, see `wrap_with_passkey`. It opens with what the device computes, and with nothing that
    the server stores; None where the device computes nothing."""


class RecoveryCode(Base):
    """A code for when the second factor is lost; works once."""

    __tablename__ = "accounts_recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_member.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))


def where(condition: str) -> dict[str, Any]:
    """Return the arguments of an index on the rows for which this SQL holds."""
    return dict.fromkeys(("sqlite_where", "postgresql_where"), sa.text(condition))


CIRCLE = "circle"
KINDS = (*(kind.value for kind in DeskKind), CIRCLE)


class Desk(Vouched, Base):
    """Members who may open the same sealed texts: one desk of each kind, one for each circle of `portal.partners`."""

    __tablename__ = "accounts_desk"
    BINDS = ("id", "kind", "recovery_public_key")
    __table_args__ = (
        sa.CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
        sa.Index("uq_accounts_desk_kind", "kind", unique=True, **where(f"kind <> '{CIRCLE}'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[Bilingual] = bilingual("name")
    recovery_public_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """Belongs to the printed recovery phrase; None until the first member has made one."""


class DeskMember(Base):
    """A member's seat at a desk. Without a `DeskKeyCopy` it opens nothing yet: a colleague must admit them."""

    __tablename__ = "accounts_desk_member"

    desk_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_desk.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_member.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime]


class DeskKey(Vouched, Base):
    """A key pair of a desk. Texts are sealed to the active one; retired ones open earlier texts."""

    __tablename__ = "accounts_desk_key"
    BINDS = ("id", "desk_id", "public_key", "retired_at")
    __table_args__ = (
        # At most one active key per desk.
        sa.Index("uq_accounts_desk_key_active", "desk_id", unique=True, **where("retired_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_desk.id"), index=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    recovery_copy: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The private key, sealed to the desk's recovery phrase."""
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class DeskKeyCopy(Vouched, Base):
    """A desk's private key, sealed to one member's public key."""

    __tablename__ = "accounts_desk_key_copy"
    BINDS = ("id", "desk_key_id", "member_id", "sealed_private_key")
    __table_args__ = (sa.UniqueConstraint("desk_key_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_key_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_desk_key.id"))
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_member.id", ondelete="CASCADE"), index=True)
    sealed_private_key: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Removal(Base):
    """Roles, seats and key copies of an account ended within the last day, which opens nothing meanwhile."""

    __tablename__ = "accounts_removal"

    member_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_member.id", ondelete="CASCADE"), primary_key=True)
    removed_at: Mapped[datetime]
    roles: Mapped[str] = mapped_column(sa.String(300))
    """Role names separated by spaces."""
    circles: Mapped[list[int]] = mapped_column(sa.JSON)
    """The desks of circles at which they had a seat."""
    copies: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    """In base 64, by desk key id; sealed to the member's own key, which only their password or passkey opens."""


standing_changed = Signal("sender is the member's id: roles, account or password are others than before")
"""Sent in the same transaction, so that access ends at once with the right to it."""

desks_touched = Signal("sender is None, or the id of a member who is to hear of it though the seat is gone")
"""Sent when access to a desk has changed: every member with a seat at any desk is notified, see `people.tell_desks`."""


PAGE_SIZE = 50
Condition = sa.ColumnElement[bool]


def member(member_id: int) -> Member:
    """Return a member who has not left; raise `NotFound` otherwise."""
    return one(select(Member).where(Member.id == member_id, Member.left_at.is_(None)))


def members() -> Sequence[Member]:
    return session.scalars(select(Member).where(Member.left_at.is_(None)).order_by(Member.name, Member.id)).all()


def member_by_email(email: str) -> Member | None:
    """Return the member who signs in with this normalised address."""
    return session.scalar(select(Member).where(Member.email == email, Member.left_at.is_(None)))


def member_names(ids: Iterable[int]) -> dict[int, str]:
    """Return names by id, including members who left."""
    wanted = set(ids)
    rows = session.execute(select(_MEMBERS.id, _MEMBERS.name).where(_MEMBERS.id.in_(wanted))) if wanted else ()
    return {row.id: row.name for row in rows}


def open_invitations() -> Sequence[Invitation]:
    waiting = select(Invitation).where(Invitation.used_at.is_(None), Invitation.expires_at > now())
    return session.scalars(waiting.order_by(Invitation.created_at.desc())).all()


def passkeys(member_id: int) -> Sequence[Passkey]:
    return session.scalars(select(Passkey).where(Passkey.member_id == member_id).order_by(Passkey.created_at)).all()


def recovery_codes_left(member_id: int) -> int:
    theirs = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.member_id == member_id)
    return session.scalar(theirs) or 0


def has_second_factor(of: Member) -> bool:
    return of.has_app or bool(passkeys(of.id))


# --- desks ---


class ActiveKey(NamedTuple):
    """The active key of a desk: all that is needed to seal something to it."""

    id: int
    desk_id: int
    public_key: bytes


# Runs with every report: built once, and on tables, which takes half as long as on mapped classes.
_KEYS, _DESKS = table(DeskKey).c, table(Desk).c
_MEMBERS, _COPIES = table(Member).c, table(DeskKeyCopy)
ACTIVE_KEYS = (
    select(_KEYS.id, _KEYS.desk_id, _KEYS.public_key, _KEYS.mac)
    .add_columns(_DESKS.kind, _DESKS.recovery_public_key, _DESKS.mac.label("desk_mac"))
    .join_from(table(DeskKey), table(Desk), _DESKS.id == _KEYS.desk_id)
    .where(_KEYS.retired_at.is_(None))
)
ACTIVE_KEY = ACTIVE_KEYS.where(_DESKS.kind == sa.bindparam("kind"))
ACTIVE_KEY_OF = ACTIVE_KEYS.where(_KEYS.desk_id == sa.bindparam("desk_id"))


@once_per_page
def active_key(kind: str) -> ActiveKey | None:
    """Return the key that reports for a kind of desk are sealed to; None if nobody sits there, or it was exchanged."""
    return vouched_key(session.execute(ACTIVE_KEY, {"kind": kind}).first())


@once_per_page
def active_key_of(desk_id: int) -> ActiveKey | None:
    """Return the key that new texts for this desk are sealed to; None while no member can open it."""
    return vouched_key(session.execute(ACTIVE_KEY_OF, {"desk_id": desk_id}).first())


def vouched_key(row: Any) -> ActiveKey | None:
    """Return the key in a row of `ACTIVE_KEYS`; None if it, its desk or its kind is not as the portal wrote it."""
    if row is None:
        return None
    key = {"id": row.id, "desk_id": row.desk_id, "public_key": row.public_key, "retired_at": None, "mac": row.mac}
    desk = {"id": row.desk_id, "kind": row.kind, "recovery_public_key": row.recovery_public_key, "mac": row.desk_mac}
    return ActiveKey(row.id, row.desk_id, row.public_key) if is_true(DeskKey, key) and is_true(Desk, desk) else None


def key_for_texts(kind: str) -> ActiveKey | None:
    """Return the key that texts for a desk are sealed to: if its own was exchanged, the last that we vouched for."""
    # Whoever texts has no form that keeps the words. A copy of each desk's key lies in the data folder.
    settings, row = current_portal.settings, session.execute(ACTIVE_KEY, {"kind": kind}).first()
    if row is None:
        return None
    kept = facts_of(LastDone.DESK_KEYS, settings)
    if key := vouched_key(row):
        fact = [key.id, key.public_key.hex(), row.mac.hex()]
        if kept.get(kind) != fact:
            with suppress(OSError):
                note(LastDone.DESK_KEYS, settings, **{**kept, kind: fact})
        return key
    try:
        key_id, public_key, mac = kept[kind]
        last_key = {"id": key_id, "public_key": bytes.fromhex(public_key), "mac": bytes.fromhex(mac)}
    except (KeyError, TypeError, ValueError):
        return None
    is_there = session.scalar(select(DeskKey.id).where(DeskKey.id == key_id)) is not None
    desk = {name: getattr(row, name) for name in ("desk_id", "kind", "recovery_public_key", "desk_mac")}
    return vouched_key(SimpleNamespace(**last_key, **desk)) if is_there else None


def desks() -> Sequence[Desk]:
    return session.scalars(select(Desk).where(Desk.kind != CIRCLE).order_by(Desk.kind)).all()


def desks_of(member_id: int, kinds: Iterable[str] = tuple(DeskKind)) -> Sequence[Desk]:
    """Return the desks, those for reports or of these kinds, at which a member has a seat, admitted or waiting."""
    return [desk for desk, _key_id in _with_keys(member_id, frozenset(kinds))]


def seated(member_id: int, kinds: Iterable[str] = tuple(DeskKind)) -> sa.Select[int]:
    """Return the query for ids of the desks of these kinds at which a member has a seat."""
    seats = select(Desk.id).join(DeskMember, DeskMember.desk_id == Desk.id)
    return seats.where(DeskMember.member_id == member_id, Desk.kind.in_(kinds))


def open_desks(member_id: int, keys: Iterable[int], kinds: Iterable[str]) -> list[int]:
    """Return ids of a member's desks whose active key is among `keys`, the ids of the keys they hold."""
    held = frozenset(keys)
    return [desk.id for desk, key_id in _with_keys(member_id, frozenset(kinds)) if key_id in held]


@once_per_page
def _with_keys(member_id: int, kinds: frozenset[str]) -> list[tuple[Desk, int | None]]:
    """Return the desks of these kinds at which a member has a seat, each with the id of its active key."""
    active = and_(DeskKey.desk_id == Desk.id, DeskKey.retired_at.is_(None))
    rows = select(Desk, DeskKey.id).outerjoin(DeskKey, active).where(Desk.id.in_(seated(member_id, kinds)))
    return [(row.Desk, row.id) for row in session.execute(rows.order_by(Desk.kind))]


@once_per_page
def desk_private_keys(member_id: int, private_key: PrivateKey) -> dict[int, PrivateKey]:
    """Return the private keys of a member's desks by `DeskKey` id, earlier ones included."""
    copies = select(DeskKeyCopy.desk_key_id, DeskKeyCopy.sealed_private_key, DeskKey.public_key)
    keys = {}
    for row in session.execute(copies.join(DeskKey).where(DeskKeyCopy.member_id == member_id)):
        with suppress(CannotOpen):
            key = open_key(row.sealed_private_key, private_key)
            # A copy of another key than the desk's own opens nothing that was sealed to the desk.
            if bytes(key.public_key) == row.public_key:
                keys[row.desk_key_id] = key
                continue
        NOT_VOUCHED.log(table=DeskKeyCopy.__tablename__)
    return keys


def holders(desk_id: int) -> Sequence[Member]:
    """Return members who hold a copy of the desk's active key, so that they can open new texts."""
    with_copy = (
        select(Member)
        .join(DeskKeyCopy, DeskKeyCopy.member_id == Member.id)
        .join(DeskKey, DeskKey.id == DeskKeyCopy.desk_key_id)
        .where(DeskKey.desk_id == desk_id, DeskKey.retired_at.is_(None))
    )
    return session.scalars(with_copy.order_by(Member.name, Member.id)).all()


def others_who_open(desk_id: int, member_id: int) -> Sequence[Member]:
    """Return other members who hold the active key and will keep it: using a link for a new password loses the keys."""
    linked = {invitation.member_id for invitation in open_invitations()}
    others = [holder for holder in holders(desk_id) if holder.id != member_id]
    return [holder for holder in others if holder.password_hash and holder.id not in linked]


class DeskHolders(NamedTuple):
    kind: str
    key_id: int
    """The id of the active key."""
    member_ids: frozenset[int]
    """Those who can open what it opens."""


@once_per_page
def holders_by_desk() -> dict[int, DeskHolders]:
    """Return who opens each desk that reads reports or gets some, without keys that were exchanged past the portal."""
    able = ACTIVE_KEYS.add_columns(_COPIES.c.member_id).join(_COPIES, _COPIES.c.desk_key_id == _KEYS.id)
    by_desk: dict[int, DeskHolders] = {}
    for row in session.execute(able.where(_DESKS.kind != CIRCLE)):
        if (desk := by_desk.get(row.desk_id)) or vouched_key(row):
            ids = (desk.member_ids if desk else frozenset()) | {row.member_id}
            by_desk[row.desk_id] = DeskHolders(row.kind, row.id, ids)
    return by_desk


def holders_by_kind(kinds: Collection[str]) -> dict[str, frozenset[int]]:
    """Return the ids of members who can open what is sealed to these kinds of desk now, by the kind."""
    by_kind = {desk.kind: desk.member_ids for desk in holders_by_desk().values()}
    return {kind: by_kind.get(kind, frozenset()) for kind in kinds}


def opens_reports(member_id: int) -> bool:
    """Return whether a member can open what comes to the desk or to the oversight contact now.

    Not only with a key that is vouched for: while none is, a colleague must be able to refuse a change.
    """
    able = ACTIVE_KEYS.join(_COPIES, _COPIES.c.desk_key_id == _KEYS.id).where(_COPIES.c.member_id == member_id)
    return session.execute(able.where(_DESKS.kind.in_(READS_REPORTS))).first() is not None


@once_per_page
def copy_holders(desk_key_id: int) -> frozenset[int]:
    """Return the ids of members who can open texts sealed to one key of a desk, active or retired."""
    copies = select(DeskKeyCopy.member_id).where(DeskKeyCopy.desk_key_id == desk_key_id)
    return frozenset(session.scalars(copies))


def seats(desk_id: int) -> Sequence[sa.Row[Member, datetime, bool]]:
    """Return `member`, `since` and `is_admitted` of each seat; who is not admitted waits for a colleague."""
    member = aliased(Member, name="member")
    is_admitted = DeskKeyCopy.member_id == member.id, DeskKey.desk_id == desk_id, DeskKey.retired_at.is_(None)
    admitted = select(DeskKeyCopy.id).join(DeskKey).where(*is_admitted).exists().label("is_admitted")
    rows = select(member, DeskMember.since, admitted).join(DeskMember, DeskMember.member_id == member.id)
    return session.execute(rows.where(DeskMember.desk_id == desk_id).order_by(member.name, member.id)).all()


# --- the audit log ---


class Log(NamedTuple):
    """A page of the audit log, with the names of members who acted or were acted on."""

    events: Sequence[AuditEvent] = ()
    names: Mapping[int, str] = {}
    has_older: bool = False


def audit_log(page: int, *conditions: Condition, reader_id: int | None = None, size: int = PAGE_SIZE) -> Log:
    """Return a page of what is looked for in the audit log, the newest first, as far as this reader may see it."""
    newest = select(AuditEvent).where(*_readable(reader_id), *conditions).order_by(AuditEvent.id.desc())
    events, has_older = numbered_page(newest, page, size)
    ids = {event.actor_id for event in events if event.actor_id}
    ids |= {int(event.object_id) for event in events if event.object_type == "member"}
    return Log(events, member_names(ids), has_older)


def audited_acts(reader_id: int | None = None) -> list[tuple[int | None, str, str]]:
    """Return every (actor, action, object type) in the log, as far as this reader may see it."""
    acts = select(AuditEvent.actor_id, AuditEvent.action, AuditEvent.object_type).where(*_readable(reader_id))
    return [(actor_id, action, kind) for actor_id, action, kind in session.execute(acts.distinct())]


AUDIT_CONDITIONS: Hook[Callable[[], Condition]] = Hook("what readers of the log may know of")
"""Conditions from features that hide data: each selects the events that every reader of the log may see."""
AUDIT_OF_DESKS: Hook[tuple[DeskKind, Callable[[], Condition]]] = Hook("walls around desks in the log")
"""Conditions for readers who cannot open the texts of a desk of this kind: a role alone opens nothing."""


def _readable(reader_id: int | None) -> list[Condition]:
    walls = AUDIT_OF_DESKS.plugged()
    able = holders_by_kind([kind for kind, _condition in walls])
    conditions = [condition() for condition in AUDIT_CONDITIONS.plugged()]
    return conditions + [condition() for kind, condition in walls if reader_id not in able[kind]]


OF_ACCOUNTS = (
    *("member.reset", "member.second_factor_cleared", "member.password_renewed"),
    *("member.roles_given", "member.removed", "member.restored"),
)
OF_DESKS = (
    *("desk.set_up", "desk.begun_anew", "desk.phrase_replaced", "desk.opened_with_phrase", "desk.key_changed"),
    *("desk.closed", "desk.anew_asked", "desk.anew_agreed", "desk.anew_refused"),
)
OF_SETTINGS = (*set(DIVERTING.values()), *OF_CHANGES)
NAMED = (*SEAT_OF, Role.ADMINISTRATOR)


def log_for_desks(page: int, size: int = PAGE_SIZE) -> Log:
    """Return the log for members of desks, so that no administrator is the only reader of administrators' actions."""
    ours = [str(desk.id) for desk in desks()]
    # An invitation without roles is a link to a circle, or for a new password, which has an event of its own.
    with_roles = exists().where(sa.cast(Invitation.id, sa.String) == AuditEvent.object_id, Invitation.roles != "")
    shown = or_(
        AuditEvent.action.in_((*OF_ACCOUNTS, *OF_SETTINGS)),
        and_(AuditEvent.action.in_(OF_DESKS), AuditEvent.object_id.in_(ours)),
        and_(AuditEvent.action == "invitation.sent", with_roles),
    )
    events, has_older = numbered_page(select(AuditEvent).where(shown).order_by(AuditEvent.id.desc()), page, size)
    # Nobody without the role of a desk is named, but administrators.
    named = select(Member.id, Member.name).join(RoleHeld, RoleHeld.member_id == Member.id)
    names = {row.id: row.name for row in session.execute(named.where(RoleHeld.role.in_(NAMED)))}
    return Log(events, names, has_older)
