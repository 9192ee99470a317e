"""Which hours of a city's clock exist, and in which of them people sleep; plain arithmetic that rules may know."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

WAKING = time(8), time(21)
"""From eight in the morning until nine in the evening a phone may ring for what nobody asked for just now."""

LONGEST_NIGHT = timedelta(hours=8)
"""What begins in the evening may end on the next morning, but a whole night and day is a slip of the pen."""


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


def hours_on(zone: tzinfo, day: date, starts: time, ends: time) -> tuple[datetime, datetime]:
    """When something begins and ends, in UTC. What ends early in the morning began the evening before: a vigil.

    So far into the morning only that "from six to five" is still the slip that it is: then the end is before the start.
    Raises NoSuchHour.
    """
    begin, end = moment_in(zone, day, starts), moment_in(zone, day, ends)
    if end <= begin:
        late = moment_in(zone, day + timedelta(days=1), ends)
        end = late if late - begin <= LONGEST_NIGHT else end
    return begin, end


def waking_hours(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """When people are awake on a day of the city, in UTC."""
    begins, ends = (datetime.combine(day, clock, zone).astimezone(UTC) for clock in WAKING)
    return begins, ends


def is_waking(moment: datetime, zone: tzinfo) -> bool:
    """Whether a phone may ring."""
    begins, ends = waking_hours(moment.astimezone(zone).date(), zone)
    return begins <= moment < ends


def next_waking(moment: datetime, zone: tzinfo) -> datetime:
    """This moment, or eight in the morning."""
    day = moment.astimezone(zone).date()
    begins, ends = waking_hours(day, zone)
    if moment < ends:
        return max(moment, begins)
    return waking_hours(day + timedelta(days=1), zone)[0]


def last_waking(moment: datetime, zone: tzinfo) -> datetime:
    """This moment, or the end of the waking hours before it."""
    day = moment.astimezone(zone).date()
    begins, ends = waking_hours(day, zone)
    if moment >= begins:
        return min(moment, ends)
    return waking_hours(day - timedelta(days=1), zone)[1]
