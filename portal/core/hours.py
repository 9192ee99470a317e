"""Which hours exist in the city's time zone, in which of them people sleep, and months. Pure: rules may import it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

Waking = tuple[time, time]
"""From when until when a phone may ring for messages that the recipient did not just request."""
WAKING: Waking = (time(8), time(21))
"""The widest hours that the law allows (47 CFR 64.1200): 8 am to 9 pm. A city may choose shorter ones."""

LONGEST_NIGHT = timedelta(hours=8)
"""A meeting that begins in the evening may end the next morning, but one of a whole night and day is a slip."""


class NoSuchHour(ValueError):
    """The hour does not exist on that day: the clocks go forward over it."""


def moment_in(zone: tzinfo, day: date, clock: time) -> datetime:
    """Return the UTC moment when clocks in `zone` first show this. Raises `NoSuchHour` for what summer time skips."""
    local = datetime.combine(day, clock.replace(fold=0), zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchHour
    return moment


def hours_on(zone: tzinfo, day: date, starts: time, ends: time) -> tuple[datetime, datetime]:
    """Return start and end in UTC. An end early in the morning falls on the next day, as for a vigil.

    The night is limited to `LONGEST_NIGHT`, so that "from six to five" is still recognised as a slip: then the end is
    before the start. Raises `NoSuchHour`.
    """
    begin, end = moment_in(zone, day, starts), moment_in(zone, day, ends)
    if end <= begin:
        late = moment_in(zone, day + timedelta(days=1), ends)
        end = late if late - begin <= LONGEST_NIGHT else end
    return begin, end


def month_after(day: date, months: int = 1) -> date:
    """Return the first day of the month that comes `months` after that of `day`; before it, if negative."""
    year, place = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, place + 1, 1)


def waking_hours(day: date, zone: tzinfo, waking: Waking) -> tuple[datetime, datetime]:
    begins, ends = (datetime.combine(day, clock, zone).astimezone(UTC) for clock in waking)
    return begins, ends


def is_waking(moment: datetime, zone: tzinfo, waking: Waking) -> bool:
    begins, ends = waking_hours(moment.astimezone(zone).date(), zone, waking)
    return begins <= moment < ends


def next_waking(moment: datetime, zone: tzinfo, waking: Waking) -> datetime:
    day = moment.astimezone(zone).date()
    begins, ends = waking_hours(day, zone, waking)
    if moment < ends:
        return max(moment, begins)
    return waking_hours(day + timedelta(days=1), zone, waking)[0]


def last_waking(moment: datetime, zone: tzinfo, waking: Waking) -> datetime:
    day = moment.astimezone(zone).date()
    begins, ends = waking_hours(day, zone, waking)
    if moment >= begins:
        return min(moment, ends)
    return waking_hours(day - timedelta(days=1), zone, waking)[1]
