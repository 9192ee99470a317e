"""Looking at the addresses of calendars, on the timetable."""

from __future__ import annotations

from portal.core.db import db
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import MINUTE
from portal.meetings.calendars.actions import look
from portal.meetings.calendars.queries import calendars_to_look_at

AT_ONCE = 2
"""So many a minute: each may take as long as its server likes to be slow."""


def start(jobs: Engine) -> None:
    """Put it on the timetable."""
    jobs.timed("calendars", MINUTE, look_at_all)


def look_at_all() -> None:
    """Look at those whose time has come, each by itself."""
    with db.work():
        ids = calendars_to_look_at()
    each_row(ids[:AT_ONCE], look)
