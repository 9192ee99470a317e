"""Every day the dates of series are made half a year ahead."""

from __future__ import annotations

from portal.core.db import db
from portal.core.jobs.engine import Engine
from portal.core.jobs.timetable import DAY
from portal.meetings.series.actions import extend_series
from portal.meetings.series.queries import locked_series, series_to_extend


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("dates of series", DAY, make_dates)


def make_dates() -> None:
    """Each series by itself: one that fails does not hold up the others."""
    with db.work():
        ids = series_to_extend()
    for series_id in ids:
        with db.work():
            series = locked_series(series_id)
            if series is not None:
                extend_series(series)
