"""Pure rules of seats: states of an answer, the public seat level, ages, text codes.

The last digit of a text code is a Damm check digit over the first three: one wrong digit, or two swapped neighbors,
never yield the code of another meeting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from random import Random


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
    if free is None:
        return SeatLevel.OPEN
    if free == 0:
        return SeatLevel.FULL
    return SeatLevel.FEW if free <= max(FEW, (capacity or 0) // 10) else SeatLevel.OPEN


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


def by_band(ages: Iterable[int]) -> tuple[int, ...]:
    every = list(ages)
    return tuple(sum(youngest <= age <= oldest for age in every) for youngest, oldest in BANDS)


def free_letter(used: Iterable[str]) -> str | None:
    taken = set(used)
    return next((letter for letter in LETTERS if letter not in taken), None)


LEAST_APART = 2
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def check_figure(figures: str) -> str:
    """Return the check digit of these digits, which reveals typing errors."""
    state = "0"
    for figure in figures:
        state = _DAMM[int(state)][int(figure)]
    return state


CODES = tuple(f"{first}{check_figure(str(first))}" for first in range(100, 1000))


def places_apart(code: str, other: str) -> int:
    return sum(figure != its for figure, its in zip(code, other, strict=True))


def free_codes(used: Iterable[str]) -> Sequence[str]:
    """Return the codes that are far enough from every code in use, including old codes without a check digit."""
    taken = set(used)
    others = taken.difference(CODES)
    free = [code for code in CODES if code not in taken]
    return [code for code in free if all(places_apart(code, other) >= LEAST_APART for other in others)]


def draw_code(used: Iterable[str], chance: Random) -> str | None:
    """Return a random free code; None when all are used, and then the meeting cannot be answered by SMS."""
    free = free_codes(used)
    return chance.choice(free) if free else None
