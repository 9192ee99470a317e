"""Each night: freeze the months whose day has come. What is frozen stays, however reports are sorted later."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select

from portal.core.clock import today
from portal.core.db import db, session
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import DAY
from portal.reports.complaints.models import ComplaintMonth
from portal.reports.complaints.rules import to_freeze
from portal.reports.models import Thread
from portal.reports.rules.triage import Category


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("months of complaints", DAY, freeze_months)


def freeze_months() -> None:
    """Count each month that is due and was not counted yet."""
    each_row(to_freeze(today()), _freeze)


def _freeze(month_on: date) -> None:
    db.insert_new(ComplaintMonth, month_on=month_on, filed=filed_in(month_on))


def filed_in(month_on: date) -> int:
    """How many of those that are still there came in that month."""
    next_month = (month_on + timedelta(days=31)).replace(day=1)
    asked = select(func.count()).select_from(Thread).where(Thread.category == Category.CONDUCT)
    return session.scalar(asked.where(Thread.received_on >= month_on, Thread.received_on < next_month)) or 0
