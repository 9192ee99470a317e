"""A place, who may know of it, who looks after it, and the decisions about how it stands.

There is no column here for a name of anybody who is not a member: no offender, no influential person, no family.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.clock import now
from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.core.parity import NOBODY, Credit
from portal.core.translated import Translated, translation_checks
from portal.markets.rules import CAUSES, EVIDENCE_ITEMS, EVIDENCE_STATES, KEYS, SIGNAL_KINDS, STATUSES
from portal.markets.rules.alarm import Baseline
from portal.markets.rules.turnover import SEATS
from portal.markets.rules.whole import CALL_IN

A_MARKET = "markets_market.id"
A_MEMBER = "accounts_member.id"


@dataclass(frozen=True)
class Description:
    """What the team says about a place, and who looks after it; while it is hidden all but the name may have gaps."""

    name: Bilingual
    own_name: Bilingual
    about: Bilingual
    services: Bilingual
    why_here: Bilingual
    owner_id: int | None = None
    deputy_id: int | None = None
    usual_signals: float = Baseline.quiet
    slipping_signals: float = Baseline.slipping
    alarm_at: float = Baseline.limit
    credit: Credit = NOBODY


class Market(Translated, Base):
    """A place by its own name. It is hidden until `released_at`, and the default is hidden."""

    __tablename__ = "markets_market"
    __table_args__ = (
        *translation_checks(),
        CheckConstraint("owner_id IS NULL OR deputy_id IS NULL OR owner_id <> deputy_id", name="two_people"),
        CheckConstraint("usual_signals > 0 AND slipping_signals > usual_signals AND alarm_at > 0", name="baseline"),
    )

    PARITY = ("name", "own_name", "about", "services", "why_here")

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[Bilingual] = bilingual("name")
    own_name: Mapped[Bilingual] = bilingual("own_name", may_be_empty=True)
    """What the residents call it themselves; may be empty."""
    about: Mapped[Bilingual] = bilingual("about")
    """What residents can do now; shown on the place's page."""
    services: Mapped[Bilingual] = bilingual("services", may_be_empty=True)
    """Services on offer there; may be empty."""
    why_here: Mapped[Bilingual] = bilingual("why_here", may_be_empty=True)
    """Why this place was chosen; may be empty, and is shown only once the call-in is over."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    usual_signals: Mapped[float] = mapped_column(default=Baseline.quiet)
    """Corroborated signals a week while it holds; with the next two, the baseline of its alarm."""
    slipping_signals: Mapped[float] = mapped_column(default=Baseline.slipping)
    alarm_at: Mapped[float] = mapped_column(default=Baseline.limit)
    released_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    decisions: Mapped[list[StatusDecision]] = relationship(
        order_by="(StatusDecision.since_on.desc(), StatusDecision.decided_at.desc())",
        cascade="all, delete-orphan",
        lazy="selectin",
    )
    call_in: Mapped[CallIn | None] = relationship(viewonly=True)

    __mapper_args__ = {"version_id_col": version}

    def take(self, description: Description, *, same: bool = False) -> None:
        """Say what the description says; `same`: an editor vouches that both languages say the same."""
        self.take_texts(description, same=same)
        for field in fields(Description):
            setattr(self, field.name, getattr(description, field.name))

    @property
    def standing(self) -> StatusDecision | None:
        """The decision in force."""
        return self.decisions[0] if self.decisions else None

    @property
    def baseline(self) -> Baseline:
        """What its alarm is measured against."""
        return Baseline(self.usual_signals, self.slipping_signals, self.alarm_at)


class StatusDecision(Base):
    """How a place stands: since when, who decided, on what evidence, and when it is looked at next."""

    __tablename__ = "markets_status_decision"
    __table_args__ = (CheckConstraint(f"status IN {STATUSES!r}", name="status"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(ForeignKey(A_MARKET, ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    since_on: Mapped[date]
    review_on: Mapped[date]
    decided_by: Mapped[Bilingual] = bilingual("decided_by")
    evidence: Mapped[Bilingual] = bilingual("evidence")
    member_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    """Whose sign-in it was; the public reads `decided_by`."""
    decided_at: Mapped[datetime] = mapped_column(default=now)


class Admission(Base):
    """Somebody may know of a place while it is hidden. Nobody else may, whatever their role."""

    __tablename__ = "markets_admission"

    market_id: Mapped[int] = mapped_column(ForeignKey(A_MARKET, ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    admitted_at: Mapped[datetime]


class KeyTurned(Base):
    """One of the two confirmations that release a place. Each key is turned once, each member turns one."""

    __tablename__ = "markets_key_turned"
    __table_args__ = (
        UniqueConstraint("market_id", "key"),
        UniqueConstraint("market_id", "member_id"),
        CheckConstraint(f"key IN {KEYS!r}", name="key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(ForeignKey(A_MARKET, ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER))
    key: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    turned_at: Mapped[datetime]


class CallIn(Translated, Base):
    """The call-in of a place: what the public reads from the minute it has ended, and not before.

    Who was invited and who spoke is not here and never will be.
    """

    __tablename__ = "markets_call_in"
    __table_args__ = translation_checks()

    PARITY = CALL_IN

    market_id: Mapped[int] = mapped_column(ForeignKey(A_MARKET, ondelete="CASCADE"), primary_key=True)
    message: Mapped[Bilingual] = bilingual("message")
    services: Mapped[Bilingual] = bilingual("services")
    tonight: Mapped[Bilingual] = bilingual("tonight")
    """What residents can do tonight and in the next days."""
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class Evidence(Base):
    """What shows that a step of the nine was taken, or that something the work depends on is in place."""

    __tablename__ = "markets_evidence"
    __table_args__ = (
        UniqueConstraint("market_id", "item"),
        CheckConstraint(f"item IN {EVIDENCE_ITEMS!r}", name="item"),
        CheckConstraint(f"state IN {EVIDENCE_STATES!r}", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(ForeignKey(A_MARKET, ondelete="CASCADE"))
    item: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    said: Mapped[str] = mapped_column(Text)
    link: Mapped[str] = mapped_column(String(500))
    done_on: Mapped[date | None]
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER))
    noted_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class SeatTaken(Base):
    """From this day on a seat of a place is somebody else's, or empty. Nothing is changed here, only added.

    A sponsor and a community lead may be no members: of them it is kept that they are there, not who they are.
    """

    __tablename__ = "markets_seat_taken"
    __table_args__ = (CheckConstraint(f"seat IN {SEATS!r}", name="seat"),)

    market_id: Mapped[int] = mapped_column(ForeignKey(A_MARKET, ondelete="CASCADE"), primary_key=True)
    seat: Mapped[str] = mapped_column(String(20), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True)
    """Counts within the seat: two things may happen on one day."""
    member_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    is_filled: Mapped[bool]
    since_on: Mapped[date]


class Signal(Base):
    """Somebody noticed selling at a place in some week. `source` is a keyed hash: one source counts once a week.

    It says neither what was noticed nor by whom, and after five weeks the hash is replaced: nothing leads back then.
    """

    __tablename__ = "markets_signal"
    __table_args__ = (
        UniqueConstraint("market_id", "source", "week_on"),
        CheckConstraint(f"kind IN {SIGNAL_KINDS!r}", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(ForeignKey(A_MARKET, ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    week_on: Mapped[date]
    """The Monday."""
    seen_on: Mapped[date]
    checked: Mapped[bool] = mapped_column(default=False)
    """Somebody of the team saw it, acted on it or works on it."""
    corroborated: Mapped[bool] = mapped_column(default=False)
    """It counts for the alarm: it was checked, or a second source spoke; see rules/corroboration.py."""


class OutreachWeek(Base):
    """A week in which the team went from door to door or the like: more people to talk to, more reports."""

    __tablename__ = "markets_outreach_week"

    market_id: Mapped[int] = mapped_column(ForeignKey(A_MARKET, ondelete="CASCADE"), primary_key=True)
    week_on: Mapped[date] = mapped_column(primary_key=True)


class Review(Base):
    """The weekly review of a place, or one that an alarm opened. One that is due and not signed is public."""

    __tablename__ = "markets_review"
    __table_args__ = (
        UniqueConstraint("market_id", "due_on", "cause"),
        CheckConstraint(f"cause IN {CAUSES!r}", name="cause"),
        CheckConstraint("(signed_on IS NULL) = (signed_by_id IS NULL)", name="signed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(ForeignKey(A_MARKET, ondelete="CASCADE"))
    cause: Mapped[str] = mapped_column(String(15))
    opened_on: Mapped[date]
    due_on: Mapped[date]
    finding: Mapped[str] = mapped_column(Text, default="")
    """What the community lead writes for the team; the public reads that it was held, not this."""
    signed_on: Mapped[date | None]
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
