"""Which reports a legal hold keeps beyond their time, and what may be told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select

from portal.core.db import session
from portal.reports.holds import ReportHold, keeps
from portal.reports.reports import Thread


def is_held() -> ColumnElement[bool]:
    """Return the condition for reports that must not be erased now."""
    return or_(Thread.held_since.is_not(None), exists().where(keeps(Thread.received_on, Thread.market_id)))


@dataclass(frozen=True)
class KeptLonger:
    """That a report is kept beyond its time; `until_on` is None if no last day is set."""

    until_on: date | None
    may_be_told: bool


def kept_longer(thread: Thread) -> KeptLonger | None:
    """Return whether a hold keeps a report, and until when."""
    if thread.held_since is not None:
        return KeptLonger(None, may_be_told=True)
    asked = select(ReportHold).where(keeps(thread.received_on, thread.market_id))
    found = session.scalars(asked.order_by(ReportHold.may_be_told.desc(), ReportHold.until_on.desc())).first()
    return KeptLonger(found.until_on, found.may_be_told) if found else None
