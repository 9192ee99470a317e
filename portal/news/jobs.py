"""What the timetable does for news."""

from __future__ import annotations

from portal.core.db import db
from portal.core.jobs.engine import Engine
from portal.core.jobs.timetable import MINUTE
from portal.news.actions import release_due_posts


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("scheduled news", MINUTE, announce)


def announce() -> None:
    """Say that posts have gone out whose hour has come."""
    with db.work():
        release_due_posts()
