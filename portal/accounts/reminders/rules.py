"""When somebody is reminded of a day, by which way, and how they prove that a number is theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

CODE_FIGURES = 6
CODE_LASTS = timedelta(hours=1)
CALL_LASTS = timedelta(hours=12)
"""Later than that it would only confuse to hear that something could not wait."""
WEEK, EVE, STILL_LATE = timedelta(days=7), timedelta(days=1), timedelta(days=14)


class Way(StrEnum):
    """How somebody wants to be reminded."""

    MAIL = "mail"
    TEXT = "text"
    NONE = "none"


class Nearness(StrEnum):
    """Which reminder of a day it is."""

    WEEK = "week"
    EVE = "eve"
    LATE = "late"


@dataclass(frozen=True, order=True)
class Due:
    """One day of which a member is reminded: which day, what about (a key, no words), which reminder."""

    due_on: date
    about: str
    nearness: Nearness
    member_id: int


def nearness(due_on: date, named_on: date, today: date) -> Nearness | None:
    """Which reminder of a day is due now, if any; `named_on`: since when it is this day.

    Who named a day this week needs no reminder that it is a week away. What is late for long is no news.
    """
    if due_on < today:
        return Nearness.LATE if today <= due_on + STILL_LATE else None
    if due_on - EVE <= today:
        return Nearness.EVE if named_on < today else None
    if due_on - WEEK <= today:
        return Nearness.WEEK if named_on < due_on - WEEK else None
    return None


def last_day(dues: Iterable[Due], today: date) -> date:
    """Until which day it makes sense to say so: tomorrow, but not after a day that is still to come."""
    ahead = [due.due_on for due in dues if due.due_on >= today]
    return min([today + EVE, *ahead])


def code_from(digest: bytes) -> str:
    """A code to type, from the bytes of a keyed hash."""
    return f"{int.from_bytes(digest[:8], 'big') % 10**CODE_FIGURES:0{CODE_FIGURES}d}"


def figures_in(typed: str) -> str:
    """What was typed, without what people put between figures."""
    return "".join(sign for sign in typed if sign.isascii() and sign.isdigit())
