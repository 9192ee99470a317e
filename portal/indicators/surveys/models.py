"""Surveys, slips that were not used yet, and counts. No row is about a person, and no count knows its slip."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, random_id
from portal.indicators.surveys.rules import CHANNELS, COUNTED, LANGUAGES


class Survey(Base):
    """A survey of the residents of a place, between two days. Its counts belong to the month of its last day."""

    __tablename__ = "indicators_survey"
    __table_args__ = (CheckConstraint("closes_on >= opens_on", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), index=True)
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    counted_on: Mapped[date | None]
    """When its counts became figures; nothing is taken or changed after that."""
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))

    tallies: Mapped[list[SurveyTally]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class SurveyTally(Base):
    """How many in one language, one way, were asked, or said yes to a question."""

    __tablename__ = "indicators_survey_tally"
    __table_args__ = (
        CheckConstraint(f"language IN {LANGUAGES!r}", name="language"),
        CheckConstraint(f"channel IN {CHANNELS!r}", name="channel"),
        CheckConstraint(f"measure IN {COUNTED!r}", name="measure"),
        CheckConstraint("count >= 0", name="count"),
    )

    survey_id: Mapped[int] = mapped_column(ForeignKey("indicators_survey.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    channel: Mapped[str] = mapped_column(String(5), primary_key=True)
    measure: Mapped[str] = mapped_column(String(10), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class SurveySlip(Base):
    """A printed slip that was not used yet, by a keyed hash of its code. Answering erases the row."""

    __tablename__ = "indicators_survey_slip"
    __table_args__ = (CheckConstraint(f"language IN {LANGUAGES!r}", name="language"),)

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("indicators_survey.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(2))
    """In which it is printed, and in which its answer counts."""
