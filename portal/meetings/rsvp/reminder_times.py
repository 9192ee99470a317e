"""Pure rules of messages: their kinds, which ones supersede which, and when reminders are due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import combinations

from portal.core.hours import Waking, is_waking, last_waking, moment_in, next_waking, waking_hours


class RsvpNews(StrEnum):
    COUNTED = "counted"
    ASK = "ask"
    TAKEN_OUT = "taken_out"
    MOVED = "moved"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


class Reminder(StrEnum):
    DAYS = "days"
    DAY = "day"
    HOURS = "hours"


CHANGES = (RsvpNews.MOVED, RsvpNews.CANCELLED, RsvpNews.WITHDRAWN)
REMINDERS = tuple(Reminder)
KINDS = tuple(kind.value for kind in (*RsvpNews, *Reminder))
_OF_SEATS = (RsvpNews.COUNTED, RsvpNews.ASK, RsvpNews.TAKEN_OUT)


def taken_back_by(news: RsvpNews | Reminder) -> tuple[RsvpNews | Reminder, ...]:
    """Return which queued messages this one supersedes; a counted answer, for one, says nothing about a new door."""
    if news is RsvpNews.CANCELLED:
        return (*RsvpNews, *Reminder)
    if news is RsvpNews.MOVED:
        # A moved notice does not mention withdrawn offers.
        return tuple(kind for kind in (*RsvpNews, *Reminder) if kind is not RsvpNews.WITHDRAWN)
    if news is RsvpNews.WITHDRAWN:
        return (RsvpNews.WITHDRAWN,)
    if news is RsvpNews.TAKEN_OUT:
        return (*_OF_SEATS, *Reminder)
    return _OF_SEATS if isinstance(news, RsvpNews) else ()


EVENING = time(17)
"""The hour of reminders on earlier days: people come home from work, and a ride can still be found."""
HOURS_BEFORE = timedelta(hours=2)
USELESS_AFTER = timedelta(minutes=30)
"""A reminder later than this before the start is useless: those who have not left by then would not make it."""
EVENING_BEFORE = timedelta(hours=1)
"""How long before the night a reminder is sent that would otherwise fall into the night."""
APART = timedelta(hours=6)
AHEAD = timedelta(hours=1)
"""How long before they are sent reminders are queued."""
DAYS_BEFORE = {Reminder.DAYS: 2, Reminder.DAY: 1}
FURTHEST = timedelta(days=3)
USUAL = (Reminder.DAY, Reminder.HOURS)


@dataclass(frozen=True)
class ReminderWindow:
    """The period in which a reminder is sent; after `closes` it would only confuse."""

    reminder: Reminder
    opens: datetime
    closes: datetime

    def is_at_hand(self, now: datetime) -> bool:
        return self.opens - AHEAD <= now < self.closes


def windows(
    starts_at: datetime, chosen: Iterable[Reminder], zone: tzinfo, waking: Waking
) -> tuple[ReminderWindow, ...]:
    """Return the windows of reminders, earliest first, never at night; of two close to each other the first."""
    kept: list[ReminderWindow] = []
    for reminder in sorted(chosen, key=REMINDERS.index):
        window = _window(reminder, starts_at, zone, waking)
        if not any(abs(window.opens - other.opens) < APART for other in kept):
            kept.append(window)
    return tuple(kept)


def _window(reminder: Reminder, starts_at: datetime, zone: tzinfo, waking: Waking) -> ReminderWindow:
    if reminder in DAYS_BEFORE:
        day = starts_at.astimezone(zone).date() - timedelta(days=DAYS_BEFORE[reminder])
        return ReminderWindow(reminder, moment_in(zone, day, EVENING), waking_hours(day, zone, waking)[1])
    opens = starts_at - HOURS_BEFORE
    if not is_waking(opens, zone, waking):
        night = last_waking(opens, zone, waking)
        return ReminderWindow(reminder, night - EVENING_BEFORE, night)
    night = waking_hours(opens.astimezone(zone).date(), zone, waking)[1]
    return ReminderWindow(reminder, opens, min(starts_at - USELESS_AFTER, night))


def read_choice(kept: str) -> tuple[Reminder, ...]:
    return tuple(Reminder(name) for name in kept.split(",") if name)


def write_choice(chosen: Iterable[Reminder]) -> str:
    wanted = set(chosen)
    return ",".join(reminder.value for reminder in REMINDERS if reminder in wanted)


USUAL_CHOICE = write_choice(USUAL)
CHOICES = tuple(write_choice(some) for count in range(len(REMINDERS) + 1) for some in combinations(REMINDERS, count))


LEAST_NOTICE = timedelta(hours=3)
FRIDAY = 4


def takes_answers(starts_at: datetime, close_hours: int, now: datetime) -> bool:
    return now < starts_at - timedelta(hours=close_hours)


def cannot_wait(starts_at: datetime, now: datetime, zone: tzinfo, waking: Waking) -> bool:
    """Return whether a change must be sent at night: it is the same day, or the morning would leave too little time."""
    same_day = starts_at.astimezone(zone).date() == now.astimezone(zone).date()
    return same_day or next_waking(now, zone, waking) > starts_at - LEAST_NOTICE


def ask_by(starts_on: date, today: date) -> date:
    """Return the day by which needs for childcare and rides must be confirmed: the Friday before, or the day before."""
    friday = starts_on - timedelta(days=(starts_on.weekday() - FRIDAY - 1) % 7 + 1)
    return friday if friday > today else max(today, starts_on - timedelta(days=1))
