"""What an answer may say: how many, which children, which ride."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

MOST_PEOPLE = 12
MOST_CHILDREN = 8
OLDEST_CHILD = 17
MOST_RIDE_SEATS = 8
OLDEST_AGE = 120
"""Above it, it is no age: commas are missing."""
LETTERS = "ABCDEF"
"""Families who share a phone are told apart by these."""
INTERPRETERS = ("es", "en", "ase", "ar", "zh", "ht", "vi", "other")
BANDS = ((0, 2), (3, 5), (6, 12), (13, OLDEST_CHILD))
_BETWEEN = frozenset({"and", "y", "e"})


class Ride(StrEnum):
    NONE = ""
    NEEDS = "needs"
    OFFERS = "offers"


RIDES = tuple(ride.value for ride in Ride)


class ContactKind(StrEnum):
    TEXT = "text"
    MAIL = "mail"


CONTACTS = tuple(kind.value for kind in ContactKind)


class Agreed(StrEnum):
    """How somebody agreed to reminders: by a text from that phone, or on the page where they typed the number."""

    TEXT = "text"
    WEB = "web"


class Why(StrEnum):
    """Why a host takes an answer out. Fixed, so that everybody reads it in their language and nobody is insulted."""

    DOUBLE = "double"
    MISTAKE = "mistake"
    SILENT = "silent"
    NO_ROOM = "no_room"


WHYS = tuple(why.value for why in Why)
AGREED = tuple(way.value for way in Agreed)


class TooOld(ValueError):
    """A number, but of somebody who needs no childcare."""


def read_ages(typed: str) -> tuple[int, ...]:
    """The ages in "3, 5 and 11", the youngest first.

    Raises ValueError for what is not a child's age; it is `TooOld` for the age of somebody else.
    """
    parts = [part for part in re.split(r"[\s,;.&/+]+", typed.casefold()) if part and part not in _BETWEEN]
    ages = [int(part) if part.isascii() and part.isdigit() else -1 for part in parts]
    if ages and min(ages) >= 0 and OLDEST_CHILD < max(ages) < OLDEST_AGE:
        raise TooOld("not ages of children")
    if len(ages) > MOST_CHILDREN or not all(0 <= age <= OLDEST_CHILD for age in ages):
        raise ValueError("not ages of children")
    return tuple(sorted(ages))


def write_ages(ages: Iterable[int]) -> str:
    return ",".join(str(age) for age in ages)


def by_band(ages: Iterable[int]) -> tuple[int, ...]:
    """How many children there are in each of `BANDS`."""
    known = list(ages)
    return tuple(sum(youngest <= age <= oldest for age in known) for youngest, oldest in BANDS)


def free_letter(used: Iterable[str]) -> str | None:
    """What the next family on this phone is called; None when there were as many as there are letters."""
    taken = set(used)
    return next((letter for letter in LETTERS if letter not in taken), None)
