"""What can be told to whoever answered, and what of it is taken back when something newer is to be said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import combinations

from portal.core.hours import is_waking, last_waking, moment_in, next_waking, waking_hours


class RsvpNews(StrEnum):
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


CHANGES = (RsvpNews.MOVED, RsvpNews.CANCELLED, RsvpNews.WITHDRAWN)
REMINDERS = tuple(Reminder)
KINDS = tuple(kind.value for kind in (*RsvpNews, *Reminder))
_OF_SEATS = (RsvpNews.COUNTED, RsvpNews.IN_LINE, RsvpNews.FOR_HOST, RsvpNews.OFFER, RsvpNews.ASK, RsvpNews.TAKEN_OUT)


def taken_back_by(news: RsvpNews | Reminder) -> tuple[RsvpNews | Reminder, ...]:
    """What must not go out any more once this is to be said.

    A change is never taken back for the sake of anything smaller: a seat that is offered says nothing of the new door.
    """
    if news is RsvpNews.CANCELLED:
        return (*RsvpNews, *Reminder)
    if news is RsvpNews.MOVED:
        # It says nothing of what is not there any more.
        return tuple(one for one in (*RsvpNews, *Reminder) if one is not RsvpNews.WITHDRAWN)
    if news is RsvpNews.WITHDRAWN:
        return (RsvpNews.WITHDRAWN,)
    if news is RsvpNews.TAKEN_OUT:
        return (*_OF_SEATS, *Reminder)
    return _OF_SEATS if isinstance(news, RsvpNews) else ()


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
class ReminderWindow:
    """From when on a reminder goes out, and from when on it would only confuse."""

    reminder: Reminder
    opens: datetime
    closes: datetime

    def is_at_hand(self, now: datetime) -> bool:
        """Whether it is time to queue it."""
        return self.opens - AHEAD <= now < self.closes


def windows(starts_at: datetime, chosen: Iterable[Reminder], zone: tzinfo) -> tuple[ReminderWindow, ...]:
    """When people are reminded of a meeting that starts then, never at night; the earliest first.

    A reminder that the night pushes close to another one is left out.
    """
    found: list[ReminderWindow] = []
    for reminder in sorted(chosen, key=REMINDERS.index):
        window = _window(reminder, starts_at, zone)
        if not any(abs(window.opens - other.opens) < APART for other in found):
            found.append(window)
    return tuple(found)


def _window(reminder: Reminder, starts_at: datetime, zone: tzinfo) -> ReminderWindow:
    if reminder in DAYS_BEFORE:
        day = starts_at.astimezone(zone).date() - timedelta(days=DAYS_BEFORE[reminder])
        return ReminderWindow(reminder, moment_in(zone, day, EVENING), waking_hours(day, zone)[1])
    opens = starts_at - HOURS_BEFORE
    if not is_waking(opens, zone):
        night = last_waking(opens, zone)
        return ReminderWindow(reminder, night - EVENING_BEFORE, night)
    night = waking_hours(opens.astimezone(zone).date(), zone)[1]
    return ReminderWindow(reminder, opens, min(starts_at - USELESS_AFTER, night))


def read_choice(kept: str) -> tuple[Reminder, ...]:
    """The reminders that an organizer chose, as they are stored."""
    return tuple(Reminder(name) for name in kept.split(",") if name)


def write_choice(chosen: Iterable[Reminder]) -> str:
    """How they are stored."""
    wanted = set(chosen)
    return ",".join(reminder.value for reminder in REMINDERS if reminder in wanted)


CHOICES = tuple(write_choice(some) for count in range(len(REMINDERS) + 1) for some in combinations(REMINDERS, count))


OFFER_LASTS = timedelta(hours=12)
"""In hours in which people are awake: what is offered at night can still be taken after work."""
LAST_OFFER = timedelta(hours=2)
"""So long before the start every offer ends. From then on seats go to whoever takes them."""
SHORTEST_OFFER = timedelta(minutes=30)
LAST_DAY = timedelta(days=1)
LEAST_NOTICE = timedelta(hours=3)
FRIDAY = 4


def is_last_day(starts_at: datetime, now: datetime) -> bool:
    """Whether the meeting begins within a day."""
    return starts_at - now <= LAST_DAY


def offer_until(now: datetime, starts_at: datetime, zone: tzinfo) -> datetime | None:
    """When an offer made now ends; None when it is too late to make one."""
    last = starts_at - LAST_OFFER
    if last - now < SHORTEST_OFFER:
        return None
    return min(after_waking(now, OFFER_LASTS, zone), last)


def takes_answers(starts_at: datetime, close_hours: int, now: datetime) -> bool:
    """Whether new answers are still taken."""
    return now < starts_at - timedelta(hours=close_hours)


def after_waking(now: datetime, lasts: timedelta, zone: tzinfo) -> datetime:
    """The moment at which people have been awake for so long since `now`."""
    day = now.astimezone(zone).date()
    while True:
        begins, ends = waking_hours(day, zone)
        since = max(now, begins)
        if since < ends:
            if lasts <= ends - since:
                return since + lasts
            lasts -= ends - since
        day += timedelta(days=1)


def cannot_wait(starts_at: datetime, now: datetime, zone: tzinfo) -> bool:
    """Whether a change must be told at night too: it is the same day, or morning would leave no time to plan anew."""
    same_day = starts_at.astimezone(zone).date() == now.astimezone(zone).date()
    return same_day or next_waking(now, zone) > starts_at - LEAST_NOTICE


def host_told_at(starts_at: datetime, now: datetime, zone: tzinfo) -> datetime | None:
    """When the host reads of what happens in the line now: the next morning; on the last day soon, if there is time."""
    morning = next_morning(now, zone)
    if morning + LEAST_NOTICE <= starts_at:
        return morning
    soon = next_waking(now, zone)
    return soon if soon < starts_at else None


def next_morning(moment: datetime, zone: tzinfo) -> datetime:
    """Eight in the morning, the next time after this moment."""
    day = moment.astimezone(zone).date()
    begins = waking_hours(day, zone)[0]
    return begins if moment < begins else waking_hours(day + timedelta(days=1), zone)[0]


def ask_by(starts_on: date, today: date) -> date:
    """Until when those who need childcare or a ride are asked again: the Friday before, or the day before."""
    friday = starts_on - timedelta(days=(starts_on.weekday() - FRIDAY - 1) % 7 + 1)
    return friday if friday > today else max(today, starts_on - timedelta(days=1))
