"""How a member wants to be reminded, the words they agreed to, and of which days they were told."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.reminders.rules import Nearness, Way
from portal.core.db import Base, random_id

A_MEMBER = "accounts_member.id"
WAYS = tuple(way.value for way in Way)
KINDS = tuple(one.value for one in Nearness)


class Reach(Base):
    """How somebody is reminded; without a row by mail. A number is there only for that, and only with their consent.

    `contact_hash` is made with a key of this purpose: it cannot be joined with a report or an answer to a meeting.
    """

    __tablename__ = "accounts_reach"
    __table_args__ = (
        CheckConstraint(f"way IN {WAYS!r}", name="way"),
        CheckConstraint("(contact IS NULL) = (contact_hash IS NULL)", name="contact"),
        CheckConstraint("(contact IS NULL) = (agreed_on IS NULL)", name="agreed"),
        CheckConstraint("(agreed_on IS NULL) = (wording IS NULL)", name="wording"),
        CheckConstraint("way <> 'text' OR proved_on IS NOT NULL", name="proved"),
        CheckConstraint("proved_on IS NULL OR contact IS NOT NULL", name="whose"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)
    way: Mapped[str] = mapped_column(String(4))
    contact: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    agreed_on: Mapped[date | None]
    """With the next two, the record of consent: when, in which words, and since when it is surely theirs."""
    wording: Mapped[str | None] = mapped_column(ForeignKey("accounts_wording.version"))
    proved_on: Mapped[date | None]
    asked_at: Mapped[datetime | None]
    """When the code went out that proves it; another one makes this one void."""


class ReachWording(Base):
    """The exact words in which members were asked whether they may be reminded by text, by version."""

    __tablename__ = "accounts_wording"

    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    words: Mapped[str] = mapped_column(Text)


class Reminded(Base):
    """That a member was reminded of a day: one row for one reminder, so that a second worker cannot write another.

    `about` is a key of the feature ("promise 7"): no words, no name. Several days may go in one parcel.
    """

    __tablename__ = "accounts_reminded"
    __table_args__ = (
        UniqueConstraint("member_id", "about", "due_on", "nearness"),
        CheckConstraint(f"nearness IN {KINDS!r}", name="nearness"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"))
    about: Mapped[str] = mapped_column(String(60), index=True)
    due_on: Mapped[date] = mapped_column(index=True)
    nearness: Mapped[str] = mapped_column(String(4))
    parcel_id: Mapped[int | None] = mapped_column(ForeignKey("core_outbox.id", ondelete="SET NULL"), index=True)
