"""Members, their sessions and second factors, and the desks with their keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.rules.roles import DeskKind, in_force
from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual


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
