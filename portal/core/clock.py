"""The only place that looks at the clock, so that tests can set it and no rule hides a time of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.core.portal import current_portal


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def zone() -> ZoneInfo:
    """The city's time zone."""
    settings = current_portal.settings
    found: ZoneInfo = settings.zone
    return found


def today() -> date:
    """The date in the city."""
    return now().astimezone(zone()).date()


def day_of(moment: datetime) -> datetime:
    """The beginning of its day in the city: all that a feed says, or it would tell at which hour somebody worked."""
    return datetime.combine(moment.astimezone(zone()).date(), time(), zone())


def week_of(day: date) -> date:
    """The Monday of the week that `day` lies in."""
    return day - timedelta(days=day.weekday())
