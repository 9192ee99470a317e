"""Delivery states of texts, and monthly counts of what became of them. No phone, no day, no report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import today
from portal.core.db import Base, db, session


class Delivery(StrEnum):
    """The provider's states, in the order in which a text passes them."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


TERMINAL = frozenset({Delivery.DELIVERED, Delivery.UNDELIVERED, Delivery.FAILED})
_BY_WORD = {
    **{state.value: state for state in Delivery},
    "accepted": Delivery.QUEUED,
    "scheduled": Delivery.QUEUED,
    "read": Delivery.DELIVERED,
    "canceled": Delivery.FAILED,
}
_RANK = {state: rank for rank, state in enumerate(Delivery)}


def delivery(status: str) -> Delivery | None:
    """Return the state for the provider's status word, or None for an unknown word."""
    return _BY_WORD.get(status.strip().lower())


def later(before: Delivery | None, state: Delivery) -> Delivery:
    """Return the state to believe: never an earlier one, and a terminal one for good."""
    if before is None:
        return state
    if before in TERMINAL or _RANK[state] <= _RANK[before]:
        return before
    return state


class Count(StrEnum):
    """What is counted; failures also by reason, after a colon."""

    SENT = "sent"
    SEGMENTS = "segments"
    DELIVERED = "delivered"
    FAILED = "failed"
    STALE = "stale"
    OPT_OUTS = "opt-outs"


class TextCount(Base):
    __tablename__ = "sms_text_count"

    month_on: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(60), primary_key=True)
    total: Mapped[int]


def count(what: Count, amount: int = 1, *, reason: str = "") -> None:
    """Add to this month's count, in the current transaction."""
    key = {"month_on": today().replace(day=1), "what": f"{what}:{reason}" if reason else str(what)}
    row = update(TextCount).filter_by(**key).values(total=TextCount.total + amount).returning(TextCount.total)
    row = row.execution_options(synchronize_session=False)
    if session.execute(row).scalar() is None and not db.insert_new(TextCount, **key, total=amount):
        session.execute(row)


def counts_of(month: date) -> Mapping[str, int]:
    """Return what was counted in the month that begins on this day."""
    rows = session.execute(select(TextCount.what, TextCount.total).where(TextCount.month_on == month))
    return {row.what: row.total for row in rows}
