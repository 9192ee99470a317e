"""Which hours of a city's clock exist; plain arithmetic that rules may know."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo


class NoSuchHour(ValueError):
    """The clocks go forward over this hour: it does not exist on that day."""


def moment_in(zone: tzinfo, day: date, clock: time) -> datetime:
    """The moment in UTC when the clocks of `zone` show this; where they show it twice, the first time.

    Raises NoSuchHour for an hour that the change to summer time leaves out.
    """
    local = datetime.combine(day, clock.replace(fold=0), zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchHour
    return moment
