"""The days of a rhythm, made by a library that knows RFC 5545. Days, not moments: the hour is the wall clock's."""

from __future__ import annotations

from datetime import date, datetime, time

from dateutil.rrule import rrulestr

from portal.meetings.series.rules import Rhythm


def days_of(
    rhythm: Rhythm, first: date, upto: date, *, until: date | None = None, times: int | None = None
) -> tuple[date, ...]:
    """Every day from `first` on until `upto`, `until` or so many `times`, whichever comes first."""
    rule = f"{rhythm.rule};COUNT={times}" if times else rhythm.rule
    last = min(upto, until) if until else upto
    if last < first:
        return ()
    found = rrulestr(rule, dtstart=datetime.combine(first, time()))
    return tuple(moment.date() for moment in found.between(*_whole_days(first, last), inc=True))


def _whole_days(first: date, last: date) -> tuple[datetime, datetime]:
    return datetime.combine(first, time()), datetime.combine(last, time())
