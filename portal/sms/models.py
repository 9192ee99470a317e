"""What the conversation by text message has to remember, and nothing longer than it has to.

Numbers are keyed hashes, with a different key for every purpose, so that a report, a consent and (later) an
answer to a meeting from the same phone cannot be joined. The number itself exists once, encrypted, in `Route`.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.sms.rules.effects import AGREED


class Inbound(Base):
    """A message of the provider that was taken in, so that a repeat changes nothing."""

    __tablename__ = "sms_inbound"
    __table_args__ = (UniqueConstraint("provider", "message_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    provider: Mapped[str] = mapped_column(String(12))
    message_hash: Mapped[str] = mapped_column(String(64))
    received_on: Mapped[date] = mapped_column(index=True)


class Talk(Base):
    """A conversation with one phone; it ends by itself after about two hours."""

    __tablename__ = "sms_talk"
    __table_args__ = (UniqueConstraint("our_number", "sender_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    our_number: Mapped[str] = mapped_column(String(20))
    sender_hash: Mapped[str] = mapped_column(String(64))
    step: Mapped[str] = mapped_column(String(20))
    language: Mapped[str | None] = mapped_column(String(2))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("reports_thread.id", ondelete="SET NULL"), index=True)
    answers: Mapped[int] = mapped_column(default=0)
    """Automatic answers in the present window, so that two robots cannot talk for ever."""
    window_until: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Route(Base):
    """Which phone an answer goes to. Erased when the conversation is, by the texter or by its age."""

    __tablename__ = "sms_route"
    __table_args__ = (CheckConstraint(f"agreed_how IN {AGREED!r}", name="agreed_how"),)

    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), primary_key=True)
    sender_hash: Mapped[str] = mapped_column(String(64), index=True)
    number: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2))
    agreed_on: Mapped[date]
    """With the next two, the record of consent to answers, and to nothing else: when, how, and what was said then."""
    agreed_how: Mapped[str] = mapped_column(String(12))
    wording: Mapped[str] = mapped_column(ForeignKey("sms_wording.version"))
    expires_on: Mapped[date] = mapped_column(index=True)


class Held(Base):
    """A text that waits until a person has said whether its phone wants any; erased with the way back to the phone."""

    __tablename__ = "sms_held"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("sms_route.thread_id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    """Its place among all that waits for this phone."""
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Unsorted(Base):
    """A text that may be about a meeting: its sender was asked, and after `expires_at` a person reads it."""

    __tablename__ = "sms_unsorted"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    sender_hash: Mapped[str] = mapped_column(String(64), unique=True)
    number: Mapped[bytes | None] = mapped_column(LargeBinary)
    """None once its sender had it erased."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2))
    cancels: Mapped[bool] = mapped_column(default=False)
    """It was "cancel": the seat, or all texts?"""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Wording(Base):
    """The exact words by which phones were told what they get from us, by version, for as long as the portal runs."""

    __tablename__ = "sms_wording"

    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    language: Mapped[str] = mapped_column(String(4))
    """Or "both"."""
    words: Mapped[str] = mapped_column(Text)
    """With holes for the code words and the name of the site, which belong to one person or are the same for all."""


class OptOut(Base):
    """A phone that wants no more texts from us. Checked when a text is about to be sent."""

    __tablename__ = "sms_opt_out"

    sender_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    since_on: Mapped[date]
    how: Mapped[str] = mapped_column(String(20))


class PictureWaiting(Base):
    """A picture that lies at the provider until a worker has fetched, cleaned and sealed it."""

    __tablename__ = "sms_picture_waiting"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"))
    address: Mapped[bytes] = mapped_column(LargeBinary)
    """The provider's address of the picture, encrypted."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(index=True)


class DeliveryWord(Base):
    """A status callback that was taken in; unknown messages are kept until the outbox knows them."""

    __tablename__ = "sms_delivery_word"
    __table_args__ = (UniqueConstraint("provider_id", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    provider_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20))
    error_code: Mapped[str | None] = mapped_column(String(10))
    received_on: Mapped[date] = mapped_column(index=True)
    settled: Mapped[bool] = mapped_column(default=False)
