"""Pure rules of seats: states of an answer, the waiting list, the public seat level, ages, text codes, large parties.

The order of the waiting list is kept: if small parties passed large ones, a family of six would wait for ever while
pairs walk by. Only on the last day, when an empty seat helps no one, the first party that fits goes first.

The last digit of a text code is a Damm check digit over the first three: one wrong digit, or two swapped neighbors,
never yield the code of another meeting.

Answers need no name, so three answers for twelve people each would fill a small room, sent by an opponent of the
meeting or as a joke. Therefore large parties wait until the host confirms them; a family never has to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class RsvpState(StrEnum):
    COMING = "coming"
    WAITING = "waiting"
    OFFERED = "offered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    TAKEN_OUT = "taken_out"
    """By the host, who gives a reason."""


STATES = tuple(state.value for state in RsvpState)
HOLDING = (RsvpState.COMING, RsvpState.OFFERED)
"""The states that hold a seat, or have one kept until the offer ends."""
UNSEATED = (RsvpState.WAITING, RsvpState.EXPIRED)
"""The states that wait for a seat, or let one pass."""
MOVES = {
    RsvpState.COMING: (RsvpState.CANCELLED, RsvpState.TAKEN_OUT),
    RsvpState.WAITING: (RsvpState.OFFERED, RsvpState.COMING, RsvpState.CANCELLED, RsvpState.TAKEN_OUT),
    RsvpState.OFFERED: (RsvpState.COMING, RsvpState.CANCELLED, RsvpState.EXPIRED, RsvpState.TAKEN_OUT),
    RsvpState.EXPIRED: (RsvpState.COMING, RsvpState.WAITING, RsvpState.CANCELLED, RsvpState.TAKEN_OUT),
    RsvpState.CANCELLED: (RsvpState.COMING, RsvpState.WAITING),
    RsvpState.TAKEN_OUT: (RsvpState.COMING, RsvpState.WAITING, RsvpState.CANCELLED),
}
FEW = 3


class SeatLevel(StrEnum):
    """The seat level that may be public: a number of seats would tell a stranger how many people come."""

    OPEN = "open"
    FEW = "few"
    FULL = "full"


@dataclass(frozen=True)
class SeatCapacity:
    """The seats of a meeting (None: no limit), and how many of them only organizers give away."""

    capacity: int | None = None
    reserved: int = 0

    @property
    def most_together(self) -> int | None:
        """The largest party that could ever be seated without an organizer's help."""
        return None if self.capacity is None else self.capacity - self.reserved


@dataclass(frozen=True)
class SeatsTaken:
    """The numbers of people with a seat: on open seats, and on those that organizers gave away."""

    open: int = 0
    reserved: int = 0

    @property
    def all(self) -> int:
        return self.open + self.reserved


@dataclass(frozen=True)
class InLine:
    """A party on the waiting list."""

    id: int
    party: int


def may_move(before: RsvpState, after: RsvpState) -> bool:
    """Return whether an answer may change from one state to another."""
    return after in MOVES[before]


def free_seats(room: SeatCapacity, held: SeatsTaken) -> int | None:
    """Return the number of open seats that are free; None without a limit, never below 0 even if the room shrank."""
    if room.capacity is None:
        return None
    return max(0, room.capacity - max(room.reserved, held.reserved) - held.open)


def free_reserved(room: SeatCapacity, held: SeatsTaken) -> int:
    """Return how many seats an organizer may give away now."""
    if room.capacity is None:
        return 0
    return max(0, min(room.reserved - held.reserved, room.capacity - held.all))


def next_in_line(line: Sequence[InLine], room: SeatCapacity, held: SeatsTaken, last_day: bool) -> tuple[int, ...]:
    """Return the ids of the answers that get an offer now; `line` is in the order of the waiting list.

    A party that could never be seated (the room shrank after it came) does not hold up those behind it.
    """
    free, most = free_seats(room, held), room.most_together
    chosen = []
    for one in line:
        if free is None or one.party <= free:
            chosen.append(one.id)
            free = None if free is None else free - one.party
        elif not last_day and (most is None or one.party <= most):
            break
    return tuple(chosen)


def gets_seat_at_once(party: int, line: Sequence[InLine], room: SeatCapacity, held: SeatsTaken, last_day: bool) -> bool:
    """Return whether a new answer gets a seat without passing over an answer that is entitled to it."""
    free = free_seats(room, held)
    if free is None:
        return True
    if party > free:
        return False
    return not line or (last_day and all(one.party > free for one in line))


def may_grow(more: int, line: Sequence[InLine], room: SeatCapacity, held: SeatsTaken, last_day: bool) -> bool:
    """Return whether a seated party may have `more` seats, by the same rule as a new answer of that size."""
    return more <= 0 or gets_seat_at_once(more, line, room, held, last_day)


def level(room: SeatCapacity, held: SeatsTaken, anybody_waits: bool) -> SeatLevel:
    """Return the seat level for the public page."""
    free = free_seats(room, held)
    if free is None:
        return SeatLevel.OPEN
    if anybody_waits or free == 0:
        return SeatLevel.FULL
    return SeatLevel.FEW if free <= max(FEW, (room.capacity or 0) // 10) else SeatLevel.OPEN


MOST_PEOPLE = 12
MOST_CHILDREN = 8
OLDEST_CHILD = 17
MOST_RIDE_SEATS = 8
OLDEST_AGE = 120
"""A number above it is no age but a list without commas."""
LETTERS = "ABCDEF"
"""They distinguish families who share a phone."""
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


class ReminderConsent(StrEnum):
    """How a resident consented to reminders: by SMS from the phone, or on the page where the number was typed."""

    TEXT = "text"
    WEB = "web"


class Why(StrEnum):
    """The reasons for taking an answer out.

    They are fixed, so that they can be translated and cannot insult.
    """

    DOUBLE = "double"
    MISTAKE = "mistake"
    SILENT = "silent"
    NO_ROOM = "no_room"


WHYS = tuple(why.value for why in Why)
AGREED = tuple(way.value for way in ReminderConsent)


class ChildTooOld(ValueError):
    """Raised for the age of a person who needs no childcare."""


def read_ages(typed: str) -> tuple[int, ...]:
    """Return the ages in "3, 5 and 11", youngest first.

    Raises `ValueError` for text that is no child's age; `ChildTooOld`, a subclass, for an older person's age.
    """
    parts = [part for part in re.split(r"[\s,;.&/+]+", typed.casefold()) if part and part not in _BETWEEN]
    ages = [int(part) if part.isascii() and part.isdigit() else -1 for part in parts]
    if ages and min(ages) >= 0 and OLDEST_CHILD < max(ages) < OLDEST_AGE:
        raise ChildTooOld("not ages of children")
    if len(ages) > MOST_CHILDREN or not all(0 <= age <= OLDEST_CHILD for age in ages):
        raise ValueError("not ages of children")
    return tuple(sorted(ages))


def write_ages(ages: Iterable[int]) -> str:
    """Return ages of children in their stored form."""
    return ",".join(str(age) for age in ages)


def by_band(ages: Iterable[int]) -> tuple[int, ...]:
    """Return the number of children in each of `BANDS`."""
    known = list(ages)
    return tuple(sum(youngest <= age <= oldest for age in known) for youngest, oldest in BANDS)


def free_letter(used: Iterable[str]) -> str | None:
    """Return the letter for the next family on this phone; None when all letters are used."""
    taken = set(used)
    return next((letter for letter in LETTERS if letter not in taken), None)


LEAST_APART = 2
_FIRST = range(100, 1000)
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


CODES = tuple(f"{first}{check_figure(str(first))}" for first in _FIRST)


def places_apart(one: str, other: str) -> int:
    """Return in how many places two codes of the same length differ."""
    return sum(mine != its for mine, its in zip(one, other, strict=True))


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


FAMILY = 6
ONE_IN = 5
"""In a large room one answer may take up to a fifth of it."""


def largest_at_once(room: SeatCapacity) -> int | None:
    """Return the largest party that needs no confirmation by the host; None without a limit of seats."""
    seats = room.most_together
    return None if seats is None else max(FAMILY, seats // ONE_IN)


def waits_for_host(party: int, besides: int, room: SeatCapacity) -> bool:
    """Return whether the host must confirm; `besides` is the number of people in other answers of this contact.

    Families share phones: two of them may come without confirmation, and up to half of a large room.
    """
    most, seats = largest_at_once(room), room.most_together
    if most is None or seats is None:
        return False
    return party > most or (besides > 0 and besides + party > max(2 * FAMILY, seats // 2))
