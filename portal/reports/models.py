"""Threads and their sealed messages.

No column here may hold a telephone number, an address, a user agent, a code word or a word that a resident
wrote in clear. Times are dates: the minute of a report could betray who was seen with a phone in hand.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, random_id
from portal.reports.rules.referrals import RECEIVED
from portal.reports.rules.triage import CATEGORIES, CHANNELS, DISPOSITIONS, REFERRALS, STATES
from portal.reports.rules.verdict import VERDICTS


class Thread(Base):
    """A report and everything said about it. `locator` is a keyed hash of the code words."""

    __tablename__ = "reports_thread"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint(f"category IN {CATEGORIES!r}", name="category"),
        CheckConstraint(f"channel IN {CHANNELS!r}", name="channel"),
        CheckConstraint(f"disposition IS NULL OR disposition IN {DISPOSITIONS!r}", name="disposition"),
        CheckConstraint(f"passed_to IS NULL OR passed_to IN {REFERRALS!r}", name="passed_to"),
        CheckConstraint(f"verdict IS NULL OR verdict IN {VERDICTS!r}", name="verdict"),
        CheckConstraint("(verdict IS NULL) = (verdict_on IS NULL)", name="verdict_on"),
        CheckConstraint("(state = 'closed') = (disposition IS NOT NULL)", name="closed_with_disposition"),
        Index(None, "desk_id", "state", "received_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    locator: Mapped[str] = mapped_column(String(64), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """The private half is derived from the code words, which only the resident has."""
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"))
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"))
    category: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(2))
    urgent: Mapped[bool] = mapped_column(default=False)
    """Words of danger were in it: the desk sees it first. Nobody is sent by a machine."""
    announced: Mapped[bool] = mapped_column(default=False)
    """Whether those who sit at its desk were told that something urgent waits."""
    in_flood: Mapped[bool] = mapped_column(default=False)
    """It came with very many others: the desk reads it after those that did not. Over once somebody has read it."""
    received_on: Mapped[date]
    clock_from: Mapped[date]
    """The day from which promises count: when it came, was taken up again, or reached another desk."""
    state: Mapped[str] = mapped_column(String(12))
    waiting_since: Mapped[date | None]
    """Since when a word waits for the desk, the resident's or of those who have it; None when nothing does."""
    read_on: Mapped[date | None]
    passed_to: Mapped[str | None] = mapped_column(String(20))
    passed_on: Mapped[date | None]
    disposition: Mapped[str | None] = mapped_column(String(20))
    closed_on: Mapped[date | None] = mapped_column(index=True)
    closed_before_with: Mapped[str | None] = mapped_column(String(20))
    """How it had been closed when it was taken up again: the earlier word stands beside the later one."""
    reopened_on: Mapped[date | None]
    verdict: Mapped[str | None] = mapped_column(String(6))
    """Whether it is better, as the resident says; it stands beside the disposition, never over it."""
    verdict_on: Mapped[date | None] = mapped_column(index=True)
    verdict_asked_on: Mapped[date | None]
    """When the question went to a phone."""
    held_since: Mapped[date | None]
    """A hold (a court, a lawyer) keeps it although its time is over; see the deletion schedule."""
    code_confirmed: Mapped[bool] = mapped_column(default=False)
    texts_back: Mapped[bool] = mapped_column(default=False)
    """Whether answers go to a phone as well, as far as is known here; which one, this feature never learns."""
    doubt: Mapped[bool] = mapped_column(default=False)
    """A text in it may have asked us to stop texting: until the desk has said which, nothing is texted."""
    length: Mapped[int] = mapped_column(default=0)
    """How many messages there are; also the next one's position."""
    version: Mapped[int] = mapped_column(nullable=False)

    messages: Mapped[list[Message]] = relationship(order_by="Message.position", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}


class Message(Base):
    """One sealed message: a random key closes `box`; that key is sealed to the desk and to the thread."""

    __tablename__ = "reports_message"
    __table_args__ = (
        UniqueConstraint("thread_id", "position"),
        CheckConstraint("author IN ('resident', 'desk')", name="author"),
        CheckConstraint("kind IN ('words', 'picture')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"))
    position: Mapped[int]
    author: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(10), default="words")
    member_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"))
    """Who of the desk answered; never shown to the resident."""
    written_on: Mapped[date]
    box: Mapped[bytes] = mapped_column(LargeBinary)
    desk_key_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk_key.id"))
    key_for_desk: Mapped[bytes] = mapped_column(LargeBinary)
    key_for_thread: Mapped[bytes] = mapped_column(LargeBinary)


class PassedOn(Base):
    """One passing on of a report to people who read it here: the words that the desk chose, and what came of it.

    Who receives it reads this row and no other: nothing here leads to the thread, its channel or its language. Once it
    is over (taken back, or the report closed) no copy is left that they could open.
    """

    __tablename__ = "reports_referral"
    __table_args__ = (
        CheckConstraint(f"passed_to IN {RECEIVED!r}", name="passed_to"),
        CheckConstraint(f"category IN {CATEGORIES!r} AND category <> 'conduct'", name="category"),
        CheckConstraint("passed_to = 'outreach' OR market_id IS NOT NULL", name="place"),
        CheckConstraint("passed_to <> 'outreach' OR category = 'services'", name="services"),
        CheckConstraint("acknowledged_by_id IS NULL OR acknowledged_on IS NOT NULL", name="acknowledged"),
        CheckConstraint("(answered_on IS NULL) = (answer_box IS NULL)", name="answered"),
        CheckConstraint(
            "(withdrawn_on IS NULL AND closed_on IS NULL)"
            " OR (key_for_receiver IS NULL AND answer_key_for_receiver IS NULL)",
            name="over",
        ),
        Index(None, "desk_id", "market_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), index=True)
    passed_to: Mapped[str] = mapped_column(String(20))
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"))
    """The desk that receives it."""
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"))
    category: Mapped[str] = mapped_column(String(20))
    passed_on: Mapped[date]
    answer_by: Mapped[date]
    acknowledged_on: Mapped[date | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"))
    answered_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    closed_on: Mapped[date | None]

    box: Mapped[bytes] = mapped_column(LargeBinary)
    """What they may read; its key is sealed to the desk that passed it on, and to the one that receives it."""
    desk_key_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk_key.id"))
    key_for_desk: Mapped[bytes] = mapped_column(LargeBinary)
    receiver_key_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk_key.id"))
    key_for_receiver: Mapped[bytes | None] = mapped_column(LargeBinary)

    answer_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What they found or did, and how they would close it; sealed to both in the same way."""
    answer_desk_key_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_desk_key.id"))
    answer_key_for_desk: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer_receiver_key_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_desk_key.id"))
    answer_key_for_receiver: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_over(self) -> bool:
        """Whether nobody it was passed on to can read it any more."""
        return self.withdrawn_on is not None or self.closed_on is not None
