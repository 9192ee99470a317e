"""Opening reviews on time: each hour, so that what was missed while nobody worked is made up for at once."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from portal.core.db import db, session
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import HOUR
from portal.markets.models import Market
from portal.markets.queries import released
from portal.markets.watch.actions import open_reviews


def start(_app: Flask, jobs: Engine) -> None:
    """Put it on the timetable."""
    jobs.timed("reviews", HOUR, open_due_reviews)


def open_due_reviews() -> None:
    """Open what is due and what an alarm asks for, one place at a time."""
    with db.work():
        ids = session.scalars(select(Market.id).where(released())).all()
    each_row(ids, _open)


def _open(market_id: int) -> None:
    # Locked: two workers must not open the same review.
    market = session.scalars(select(Market).where(Market.id == market_id).with_for_update()).one_or_none()
    if market is not None:
        open_reviews(market)
