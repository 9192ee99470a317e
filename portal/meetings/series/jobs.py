"""Every day the dates of series are made half a year ahead."""

from __future__ import annotations

from portal.core.db import db
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import DAY
from portal.meetings.series.actions import extend_series
from portal.meetings.series.queries import locked_series, series_to_extend


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("dates of series", DAY, make_dates)


def make_dates() -> None:
    """Add the dates that are due to each series."""
    with db.work():
        ids = series_to_extend()
    each_row(ids, _extend)


def _extend(series_id: int) -> None:
    series = locked_series(series_id)
    if series is not None:
        extend_series(series)
