"""A call-in that a circle prepares: its day and how far it is stand open, and all else is sealed to the circle's key.

Nobody who was called in has a column or a word here. Who speaks, when it begins, where, who helps: nothing of it is in
clear, and no name of a column tells what a box holds.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.partners.callin.rules.evening import State, Step
from portal.partners.callin.rules.run import ROOMS
from portal.partners.sealing import SealedText

A_CALL_IN = "partners_call_in.id"
STATES = tuple(state.value for state in State)
STEPS = tuple(step.value for step in Step)


class CallInPlan(SealedText, Base):
    """An evening. Sealed: `begins`, `where`, `people`, `coordinator`, `reach`, and what the door must know."""

    __tablename__ = "partners_call_in"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey("partners_circle.id", ondelete="CASCADE"), index=True)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="SET NULL"), index=True)
    """Shown only to whoever is admitted to that place by name."""
    held_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10))
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class CallInItem(SealedText, Base):
    """An item of the run. Sealed: `part`, `about`, and which voice it is for."""

    __tablename__ = "partners_call_in_item"
    __table_args__ = (
        CheckConstraint(f"room IN {ROOMS!r}", name="room"),
        CheckConstraint("minutes > 0", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    call_in_id: Mapped[int] = mapped_column(ForeignKey(A_CALL_IN, ondelete="CASCADE"), index=True)
    turn: Mapped[int]
    room: Mapped[int]
    minutes: Mapped[int]


class CallInCard(SealedText, Base):
    """One of those who speak. Everything is sealed; `rules.voices` knows the words in it."""

    __tablename__ = "partners_call_in_card"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    call_in_id: Mapped[int] = mapped_column(ForeignKey(A_CALL_IN, ondelete="CASCADE"), index=True)
    turn: Mapped[int]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class CallInOffer(SealedText, Base):
    """A line of what is offered. Sealed: `what`, `office`, and how many offers were `made` and `delivered`."""

    __tablename__ = "partners_call_in_offer"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    call_in_id: Mapped[int] = mapped_column(ForeignKey(A_CALL_IN, ondelete="CASCADE"), index=True)
    turn: Mapped[int]


class CallInStep(SealedText, Base):
    """Something that was owed after the evening is done. Sealed: how many were `reached`; nobody's name."""

    __tablename__ = "partners_call_in_step"
    __table_args__ = (UniqueConstraint("call_in_id", "step"), CheckConstraint(f"step IN {STEPS!r}", name="step"))

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    call_in_id: Mapped[int] = mapped_column(ForeignKey(A_CALL_IN, ondelete="CASCADE"))
    step: Mapped[str] = mapped_column(String(10))
    done_on: Mapped[date]
