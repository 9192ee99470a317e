"""Circles and who sits in them, and the sealed notes of a circle.

A circle's keys are those of its desk (`accounts.models.Desk`). Whoever has a seat at that desk is in the circle;
`Membership` says as what. What members write to each other is sealed; names, purposes and statements are not.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.partners.rules.circles import CircleRole, Kind
from portal.partners.sealing import SealedText

A_CIRCLE = "partners_circle.id"
A_MEMBER = "accounts_member.id"
CIRCLE_ROLES = tuple(role.value for role in CircleRole)
KINDS = tuple(kind.value for kind in Kind)


class Circle(Base):
    """A group that works together in confidence. Whether police sit in it is said when it is founded, for good."""

    __tablename__ = "partners_circle"
    __table_args__ = (CheckConstraint(f"kind IN {KINDS!r}", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(15))
    name: Mapped[Bilingual] = bilingual("name")
    purpose: Mapped[Bilingual] = bilingual("purpose")
    with_police: Mapped[bool]
    founded_on: Mapped[date]
    closed_on: Mapped[date | None]
    """Since then it can be read and not written to; it is erased 30 days later."""
    version: Mapped[int] = mapped_column(nullable=False)

    statements: Mapped[list[Statement]] = relationship(
        order_by="Statement.edition.desc()", cascade="all, delete-orphan", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def statement(self) -> Statement:
        """What everybody in the circle has promised each other."""
        return self.statements[0]


class Statement(Base):
    """A version of what a circle promises each other about what is said there; earlier ones stay as they were."""

    __tablename__ = "partners_statement"
    __table_args__ = (UniqueConstraint("circle_id", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"))
    edition: Mapped[int]
    words: Mapped[Bilingual] = bilingual("words")
    made_on: Mapped[date]


class Membership(Base):
    """Somebody is invited to a circle, or sits in it since `joined_on` and as long as the seat at its desk is theirs.

    Somebody without an account is waited for by the link that was made for them.
    """

    __tablename__ = "partners_membership"
    __table_args__ = (
        UniqueConstraint("circle_id", "member_id"),
        UniqueConstraint("circle_id", "invitation_id"),
        CheckConstraint(f"role IN {CIRCLE_ROLES!r}", name="role"),
        CheckConstraint("member_id IS NOT NULL OR invitation_id IS NOT NULL", name="somebody"),
        CheckConstraint("joined_on IS NULL OR (member_id IS NOT NULL AND agreed_to_id IS NOT NULL)", name="joined"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_invitation.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(15))
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    invited_on: Mapped[date]
    joined_on: Mapped[date | None]
    agreed_to_id: Mapped[int | None] = mapped_column(ForeignKey("partners_statement.id"))
    """The version of the statement that they accepted last."""
    offered_by_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    """The lead who wants to hand the circle over to them."""
    names_lead_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    """Whom they name, while the circle has no lead."""


class Note(SealedText, Base):
    """An entry of a circle's notebook: a topic, or an answer to one. The day is kept, not the hour."""

    __tablename__ = "partners_note"
    __table_args__ = (CheckConstraint("(topic_id IS NULL) = (expires_on IS NOT NULL)", name="expires_on"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("partners_note.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER))
    place: Mapped[int]
    """Its place in the notebook: one more than what was written before it."""
    written_on: Mapped[date]
    changed_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    """The last day of a topic; it goes with all answers."""
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}
