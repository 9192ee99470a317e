"""What can be told to whoever answered, and what of it is taken back when something newer is to be said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import combinations

from portal.core.hours import is_waking, last_waking, moment_in, waking_hours


class News(StrEnum):
    """What is told when it happens."""

    COUNTED = "counted"
    IN_LINE = "in_line"
    FOR_HOST = "for_host"
    OFFER = "offer"
    ASK = "ask"
    TAKEN_OUT = "taken_out"
    MOVED = "moved"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


class Reminder(StrEnum):
    """What is told because the meeting comes near."""

    DAYS = "days"
    DAY = "day"
    HOURS = "hours"


CHANGES = (News.MOVED, News.CANCELLED, News.WITHDRAWN)
REMINDERS = tuple(Reminder)
KINDS = tuple(kind.value for kind in (*News, *Reminder))
_OF_SEATS = (News.COUNTED, News.IN_LINE, News.FOR_HOST, News.OFFER, News.ASK, News.TAKEN_OUT)


def taken_back_by(news: News | Reminder) -> tuple[News | Reminder, ...]:
    """What must not go out any more once this is to be said.

    A change is never taken back for the sake of anything smaller: a seat that is offered says nothing of the new door.
    """
    if news is News.CANCELLED:
        return (*News, *Reminder)
    if news is News.MOVED:
        # It says nothing of what is not there any more.
        return tuple(one for one in (*News, *Reminder) if one is not News.WITHDRAWN)
    if news is News.WITHDRAWN:
        return (News.WITHDRAWN,)
    if news is News.TAKEN_OUT:
        return (*_OF_SEATS, *Reminder)
    return _OF_SEATS if isinstance(news, News) else ()


# ── Reminders ────────────────────────────────────────────────────────────────────────────────────────────────────────

EVENING = time(17)
"""On the days before: people come home from work, and a ride can still be found."""
HOURS_BEFORE = timedelta(hours=2)
USELESS_AFTER = timedelta(minutes=30)
"""So long before the start nobody who has not left yet would come for being reminded."""
EVENING_BEFORE = timedelta(hours=1)
"""What would fall into the night goes so long before the night."""
APART = timedelta(hours=6)
AHEAD = timedelta(hours=1)
"""Reminders are queued so long before they go out."""
DAYS_BEFORE = {Reminder.DAYS: 2, Reminder.DAY: 1}
FURTHEST = timedelta(days=3)
USUAL = (Reminder.DAY, Reminder.HOURS)


@dataclass(frozen=True)
class Window:
    """From when on a reminder goes out, and from when on it would only confuse."""

    reminder: Reminder
    opens: datetime
    closes: datetime

    def is_at_hand(self, now: datetime) -> bool:
        """Whether it is time to queue it."""
        return self.opens - AHEAD <= now < self.closes


def windows(starts_at: datetime, chosen: Iterable[Reminder], zone: tzinfo) -> tuple[Window, ...]:
    """When people are reminded of a meeting that starts then, never at night; the earliest first.

    A reminder that the night pushes close to another one is left out.
    """
    found: list[Window] = []
    for reminder in sorted(chosen, key=REMINDERS.index):
        window = _window(reminder, starts_at, zone)
        if not any(abs(window.opens - other.opens) < APART for other in found):
            found.append(window)
    return tuple(found)


def _window(reminder: Reminder, starts_at: datetime, zone: tzinfo) -> Window:
    if reminder in DAYS_BEFORE:
        day = starts_at.astimezone(zone).date() - timedelta(days=DAYS_BEFORE[reminder])
        return Window(reminder, moment_in(zone, day, EVENING), waking_hours(day, zone)[1])
    opens = starts_at - HOURS_BEFORE
    if not is_waking(opens, zone):
        night = last_waking(opens, zone)
        return Window(reminder, night - EVENING_BEFORE, night)
    night = waking_hours(opens.astimezone(zone).date(), zone)[1]
    return Window(reminder, opens, min(starts_at - USELESS_AFTER, night))


def read_choice(kept: str) -> tuple[Reminder, ...]:
    """The reminders that an organizer chose, as they are stored."""
    return tuple(Reminder(name) for name in kept.split(",") if name)


def write_choice(chosen: Iterable[Reminder]) -> str:
    """How they are stored."""
    wanted = set(chosen)
    return ",".join(reminder.value for reminder in REMINDERS if reminder in wanted)


CHOICES = tuple(write_choice(some) for count in range(len(REMINDERS) + 1) for some in combinations(REMINDERS, count))
