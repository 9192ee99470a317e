"""Pure rules of answers: their states and what may be public of seats, ages, text codes, messages and reminders.

The digits of a text code are weighted as those of an ISBN-10, and their sum is a multiple of eleven: one wrong digit,
or two swapped ones, never yield the code of another meeting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import combinations
from random import Random

from portal.core.hours import Waking, is_waking, last_waking, moment_in, next_waking, waking_hours


class RsvpState(StrEnum):
    COMING = "coming"
    CANCELLED = "cancelled"
    """By the resident, or by the host, who gives a reason."""


FEW = 3


class SeatLevel(StrEnum):
    """The seat level that may be public: a number of seats would tell a stranger how many people come."""

    OPEN = "open"
    FEW = "few"
    FULL = "full"


def free_seats(capacity: int | None, held: int) -> int | None:
    """Return the number of seats that are free; None without a limit, never below 0 even if the room shrank."""
    return None if capacity is None else max(0, capacity - held)


def level(capacity: int | None, held: int) -> SeatLevel:
    free = free_seats(capacity, held)
    if free == 0:
        return SeatLevel.FULL
    return SeatLevel.FEW if free is not None and free <= max(FEW, (capacity or 0) // 10) else SeatLevel.OPEN


MOST_PEOPLE = 12
MOST_CHILDREN = 8
OLDEST_CHILD = 17
MOST_RIDE_SEATS = 8
OLDEST_AGE = 120
"""A number above it is no age but a list without commas."""
LETTERS = "ABCDEF"
"""They distinguish families who share a phone."""
BANDS = ((0, 2), (3, 5), (6, 12), (13, OLDEST_CHILD))
BETWEEN_AGES = frozenset({"and", "y", "e"})


class Ride(StrEnum):
    NONE = ""
    NEEDS = "needs"
    OFFERS = "offers"


class ContactKind(StrEnum):
    TEXT = "text"
    MAIL = "mail"


class ReminderConsent(StrEnum):
    """How a resident consented to reminders: by SMS from the phone, or on the page where the number was typed."""

    TEXT = "text"
    WEB = "web"


class Why(StrEnum):
    """The reasons for taking an answer out. They are fixed, so that they can be translated and cannot insult."""

    DOUBLE = "double"
    MISTAKE = "mistake"
    SILENT = "silent"
    NO_ROOM = "no_room"


class ChildTooOld(ValueError):
    """Raised for the age of a person who needs no childcare."""


def read_ages(typed: str) -> tuple[int, ...]:
    """Return the ages in "3, 5 and 11", youngest first. Raises `ValueError` for what is none, or `ChildTooOld`."""
    parts = [part for part in re.split(r"[\s,;.&/+]+", typed.casefold()) if part and part not in BETWEEN_AGES]
    ages = [int(part) if part.isascii() and part.isdigit() else -1 for part in parts]
    if ages and min(ages) >= 0 and OLDEST_CHILD < max(ages) < OLDEST_AGE:
        raise ChildTooOld("not ages of children")
    if len(ages) > MOST_CHILDREN or not all(0 <= age <= OLDEST_CHILD for age in ages):
        raise ValueError("not ages of children")
    return tuple(sorted(ages))


def by_band(ages: Sequence[int]) -> tuple[int, ...]:
    return tuple(sum(youngest <= age <= oldest for age in ages) for youngest, oldest in BANDS)


WEIGHTS = (4, 3, 2, 1)
CODES = tuple(
    code
    for code in map(str, range(1_000, 10_000))
    if sum(weight * int(figure) for weight, figure in zip(WEIGHTS, code, strict=True)) % 11 == 0
)


def draw_code(used: Iterable[str], chance: Random) -> str | None:
    """Return a random code that is not in use; None when all are, and then the meeting cannot be answered by SMS."""
    free = sorted(set(CODES).difference(used))
    return chance.choice(free) if free else None


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
OF_SEATS = (RsvpNews.COUNTED, RsvpNews.ASK, RsvpNews.TAKEN_OUT)
TAKEN_BACK_BY: dict[RsvpNews, tuple[RsvpNews | Reminder, ...]] = {
    **dict.fromkeys(OF_SEATS, OF_SEATS),
    RsvpNews.TAKEN_OUT: (*OF_SEATS, *Reminder),
    RsvpNews.WITHDRAWN: (RsvpNews.WITHDRAWN,),
    # A moved notice does not mention withdrawn offers.
    RsvpNews.MOVED: tuple(kind for kind in (*RsvpNews, *Reminder) if kind is not RsvpNews.WITHDRAWN),
    RsvpNews.CANCELLED: (*RsvpNews, *Reminder),
}
"""Which queued messages each one supersedes; a counted answer, for one, says nothing about a new door."""
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
    return ",".join(sorted(set(chosen), key=REMINDERS.index))


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
