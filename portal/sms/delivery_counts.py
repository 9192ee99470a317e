"""Monthly counts of texts: sent, delivered, failed by reason, opt-outs. No phone, no day, no report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import today
from portal.core.db import Base, db, session


class Count(StrEnum):
    """What is counted; failures also by reason, after a colon."""

    SENT = "sent"
    SEGMENTS = "segments"
    DELIVERED = "delivered"
    FAILED = "failed"
    STALE = "stale"
    OPT_OUTS = "opt-outs"


class TextCount(Base):
    """How often something happened in a month."""

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


ROUNDED_TO = 10


def rounded(total: int) -> int | None:
    """Return a count rounded to tens, zero as it is, and None for one too small to be rounded."""
    if 0 < total < ROUNDED_TO:
        return None
    return (total + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO
