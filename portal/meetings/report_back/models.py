"""Report-backs and head counts. Every version stays: a published one is never written over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.meetings.report_back.rules import SIDES


@dataclass(frozen=True)
class DecisionLine:
    """A decision as it was typed."""

    what: Bilingual
    who: Bilingual
    by_on: date | None


@dataclass(frozen=True)
class AnswerLine:
    """A pair of "you said" and "we did" as it was typed."""

    said: Bilingual
    done: Bilingual


@dataclass(frozen=True)
class Account:
    """Everything that is told of a meeting; a draft may have gaps and empty lines."""

    decisions: tuple[DecisionLine, ...]
    answers: tuple[AnswerLine, ...]
    next_steps: Bilingual
    minutes: Bilingual


class ReportBack(Base):
    """One version of what came of a meeting: a draft, or what was published at its time."""

    __tablename__ = "meetings_report_back"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), index=True)
    next_steps: Mapped[Bilingual] = bilingual("next_steps")
    minutes: Mapped[Bilingual] = bilingual("minutes")
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    written_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    decisions: Mapped[list[Decision]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="Decision.position"
    )
    answers: Mapped[list[SaidAndDone]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="SaidAndDone.position"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def account(self) -> Account:
        """What it says."""
        return Account(
            decisions=tuple(DecisionLine(one.what, one.who, one.by_on) for one in self.decisions),
            answers=tuple(AnswerLine(one.said, one.done) for one in self.answers),
            next_steps=self.next_steps,
            minutes=self.minutes,
        )


class Decision(Base):
    """What was decided, who takes it on, and by when: enough for a ledger of commitments to follow it up."""

    __tablename__ = "meetings_decision"
    __table_args__ = (UniqueConstraint("report_back_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    report_back_id: Mapped[int] = mapped_column(ForeignKey("meetings_report_back.id", ondelete="CASCADE"))
    position: Mapped[int]
    what: Mapped[Bilingual] = bilingual("what")
    who: Mapped[Bilingual] = bilingual("who")
    by_on: Mapped[date | None]


class SaidAndDone(Base):
    """What people said at an earlier meeting or at this one, and what was done about it."""

    __tablename__ = "meetings_said_and_done"
    __table_args__ = (UniqueConstraint("report_back_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    report_back_id: Mapped[int] = mapped_column(ForeignKey("meetings_report_back.id", ondelete="CASCADE"))
    position: Mapped[int]
    said: Mapped[Bilingual] = bilingual("said")
    done: Mapped[Bilingual] = bilingual("done")


class HeadCount(Base):
    """How many came in one role. No name, ever."""

    __tablename__ = "meetings_head_count"
    __table_args__ = (
        CheckConstraint(f"side IN {SIDES!r}", name="side"),
        CheckConstraint("heads >= 0", name="heads"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), primary_key=True)
    side: Mapped[str] = mapped_column(String(12), primary_key=True)
    heads: Mapped[int]
