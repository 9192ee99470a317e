"""Studies, what was done otherwise than planned, and results. A locked plan is never changed, nor is a deviation."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.indicators.evaluation.rules import plans
from portal.indicators.evaluation.rules.plans import Plan
from portal.indicators.evaluation.rules.states import STATES, State

A_STUDY = "indicators_study.id"
A_MEMBER = "accounts_member.id"


class Study(Base):
    """The study of a place. `text` and `digest` are those of the plan as it was locked."""

    __tablename__ = "indicators_study"
    __table_args__ = (
        CheckConstraint("(locked_at IS NULL) = (digest IS NULL)", name="locked"),
        CheckConstraint("(text IS NULL) = (digest IS NULL)", name="hashed"),
        CheckConstraint("delivered_on IS NULL OR locked_at IS NOT NULL", name="locked_first"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), unique=True)
    plan: Mapped[str] = mapped_column(Text)
    """As `rules.plans.written` writes it."""
    text: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str | None] = mapped_column(String(64))
    locked_at: Mapped[datetime | None]
    locked_by_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    delivered_on: Mapped[date | None]
    """The day of the call-in."""
    version: Mapped[int] = mapped_column(nullable=False)

    deviations: Mapped[list[StudyDeviation]] = relationship(
        order_by="(StudyDeviation.done_on, StudyDeviation.noted_at)", cascade="all, delete-orphan"
    )
    result: Mapped[StudyResult | None] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @property
    def planned(self) -> Plan:
        """The plan, as it was locked or as it stands."""
        return plans.read(self.plan)


class StudyDeviation(Base):
    """What was done otherwise than planned, on which day, and why."""

    __tablename__ = "indicators_deviation"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    study_id: Mapped[int] = mapped_column(ForeignKey(A_STUDY, ondelete="CASCADE"), index=True)
    done_on: Mapped[date]
    what: Mapped[Bilingual] = bilingual("what")
    why: Mapped[Bilingual] = bilingual("why")
    judged_by: Mapped[str | None] = mapped_column(String(40))
    """The measure that was chosen to judge by instead, if that is what was done."""
    member_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    noted_at: Mapped[datetime]


class StudyResult(Base):
    """The findings of a study and the digest of all that they follow from; how far a worker is with new ones."""

    __tablename__ = "indicators_result"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
    )

    study_id: Mapped[int] = mapped_column(ForeignKey(A_STUDY, ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default=State.DUE.value)
    progress: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    taken_until: Mapped[datetime | None]
    inputs: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[str | None] = mapped_column(Text, deferred=True)
    """The findings as JSON, in the order of the models."""
    computed_at: Mapped[datetime | None]
