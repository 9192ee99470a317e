"""Polls for a day, what people answered, and the dates of a circle.

What a poll is about, where it would be, and who is asked by a slip are sealed. Times and answers are not: they are
counted, and calendars and reminders are made of them, while nobody of the circle is there to open anything.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, random_id
from portal.organisations.rules import Side
from portal.partners.models import A_CIRCLE, A_MEMBER
from portal.partners.polls.rules.best import CHOICES
from portal.partners.sealing import SealedText

A_POLL = "partners_poll.id"
SIDES = tuple(side.value for side in Side)


class Poll(SealedText, Base):
    """A question for a day. Sealed: the question and the note about the place, each in both languages."""

    __tablename__ = "partners_poll"
    __table_args__ = (
        CheckConstraint("asked_on <= closes_on", name="order"),
        CheckConstraint("community_needed >= 0 AND agencies_needed >= 0", name="needed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER))
    asked_on: Mapped[date]
    closes_on: Mapped[date]
    """The last day on which answers are taken."""
    stopped_on: Mapped[date | None]
    """Since when no answers are taken although that day is not over: a date was chosen, or it was ended."""
    community_needed: Mapped[int]
    agencies_needed: Mapped[int]
    reminded_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(nullable=False)

    slots: Mapped[list[Slot]] = relationship(
        order_by="Slot.place", cascade="all, delete-orphan", lazy="selectin", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version}


class Slot(Base):
    """A time that is proposed."""

    __tablename__ = "partners_poll_slot"
    __table_args__ = (UniqueConstraint("poll_id", "place"), CheckConstraint("ends_at > starts_at", name="order"))

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    poll_id: Mapped[int] = mapped_column(ForeignKey(A_POLL, ondelete="CASCADE"))
    place: Mapped[int]
    """Its place among the others, as slips and texts count them."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Essential(Base):
    """A member of the circle without whom it cannot be held."""

    __tablename__ = "partners_poll_essential"

    poll_id: Mapped[int] = mapped_column(ForeignKey(A_POLL, ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)


class Guest(SealedText, Base):
    """Somebody without an account who answers with a link or a code. Sealed: who it is. Link and code are hashes."""

    __tablename__ = "partners_poll_guest"
    __table_args__ = (CheckConstraint(f"side IN {SIDES!r}", name="side"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    poll_id: Mapped[int] = mapped_column(ForeignKey(A_POLL, ondelete="CASCADE"), index=True)
    side: Mapped[str] = mapped_column(String(10))
    essential: Mapped[bool]
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    slip_hash: Mapped[str] = mapped_column(String(64), unique=True)


class Answer(Base):
    """What a member or a guest says of a slot. No day and no hour: nothing tells who answered when."""

    __tablename__ = "partners_poll_answer"
    __table_args__ = (
        UniqueConstraint("slot_id", "member_id"),
        UniqueConstraint("slot_id", "guest_id"),
        CheckConstraint("(member_id IS NULL) <> (guest_id IS NULL)", name="whose"),
        CheckConstraint(f"choice IN {CHOICES!r}", name="choice"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slot_id: Mapped[int] = mapped_column(ForeignKey("partners_poll_slot.id", ondelete="CASCADE"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"))
    guest_id: Mapped[int | None] = mapped_column(ForeignKey("partners_poll_guest.id", ondelete="CASCADE"))
    choice: Mapped[str] = mapped_column(String(5))


class CircleDate(SealedText, Base):
    """A date that a circle has agreed on. Sealed: what it is for and where, as the poll said it."""

    __tablename__ = "partners_date"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    poll_id: Mapped[int | None] = mapped_column(ForeignKey(A_POLL, ondelete="SET NULL"), unique=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    uid: Mapped[str] = mapped_column(String(120), unique=True)
    """What calendars know it by, for good."""
    sequence: Mapped[int] = mapped_column(default=0)
    """How often it was moved or called off, as calendars count it."""
    called_off_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}
