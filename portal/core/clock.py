"""The only reader of the system clock, so that tests can set it and no rule hides a time of its own; the city zone."""

from __future__ import annotations

import ctypes
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.core.hours import Waking
from portal.core.portal import current_portal

_FAILED, _UNSYNCHRONIZED = -1, 5
"""What `adjtimex` returns where no clock may be asked, and if no time server was heard for long (`TIME_ERROR`)."""


def now() -> datetime:
    """Return the current time, in UTC."""
    return datetime.now(UTC)


def kernel_time() -> datetime | None:
    """Return the kernel's time if a time server keeps it (Linux), else None; a process may see another in `now()`."""
    # struct timex: the ninth and tenth number are seconds and microseconds.
    timex = (ctypes.c_long * 64)()
    adjust = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjust is None or adjust(timex) in (_FAILED, _UNSYNCHRONIZED):
        return None
    return datetime.fromtimestamp(timex[9], UTC)


def zone() -> ZoneInfo:
    return current_portal.settings.zone


def today() -> date:
    return now().astimezone(zone()).date()


def day_of(moment: datetime) -> datetime:
    """Return the start of its day in the city: feeds show no more, or they would reveal when an editor worked."""
    return datetime.combine(moment.astimezone(zone()).date(), time(), zone())


def week_of(day: date) -> date:
    """Return the Monday of the week of `day`."""
    return day - timedelta(days=day.weekday())


def waking() -> Waking:
    """Return the hours of the city's day in which a phone may ring for unrequested messages."""
    settings = current_portal.settings
    return time(settings.texts_from), time(settings.texts_until)
