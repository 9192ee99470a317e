"""Who has a seat, who is next in line, and what everybody may hear of it.

The order of the line is kept: a small party does not pass a large one, or a family of six would wait for ever while
pairs walk by. Only on the last day, when a seat left empty helps nobody, whoever fits goes first.

The last figure follows from the first three (the check figure of H. M. Damm): one wrong figure, or two neighbors the
other way round, never make the code of another meeting.

Anybody may answer without a name, so three answers for twelve people would fill a small room: by somebody who does not
want the meeting, or who is joking. A family never has to wait for that reason; a crowd does, until the host says yes.
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
    """By the host, who says why."""


STATES = tuple(state.value for state in RsvpState)
HOLDING = (RsvpState.COMING, RsvpState.OFFERED)
"""Whoever has a seat, or has one kept until the offer ends."""
UNSEATED = (RsvpState.WAITING, RsvpState.EXPIRED)
"""Whoever waits for a seat, or let one pass."""
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
    """All that the public hears: a number of seats would tell a stranger how many people come."""

    OPEN = "open"
    FEW = "few"
    FULL = "full"


@dataclass(frozen=True)
class SeatCapacity:
    """How many people a meeting has seats for (None: no limit), and how many of these only its organizers give."""

    capacity: int | None = None
    reserved: int = 0

    @property
    def most_together(self) -> int | None:
        """The largest party that could ever be seated without an organizer's help."""
        return None if self.capacity is None else self.capacity - self.reserved


@dataclass(frozen=True)
class SeatsTaken:
    """People who hold a seat: on open ones, and on those that organizers gave away."""

    open: int = 0
    reserved: int = 0

    @property
    def all(self) -> int:
        return self.open + self.reserved


@dataclass(frozen=True)
class InLine:
    """A party that waits."""

    id: int
    party: int


def may_move(before: RsvpState, after: RsvpState) -> bool:
    """Whether an answer may go from one state to another."""
    return after in MOVES[before]


def free_seats(room: SeatCapacity, held: SeatsTaken) -> int | None:
    """Seats that anybody may have now; None without a limit. Never below 0, also when a room shrank."""
    if room.capacity is None:
        return None
    return max(0, room.capacity - max(room.reserved, held.reserved) - held.open)


def free_reserved(room: SeatCapacity, held: SeatsTaken) -> int:
    """Seats that an organizer may give away now."""
    if room.capacity is None:
        return 0
    return max(0, min(room.reserved - held.reserved, room.capacity - held.all))


def next_in_line(line: Sequence[InLine], room: SeatCapacity, held: SeatsTaken, last_day: bool) -> tuple[int, ...]:
    """Who gets an offer now. `line` is in its order.

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
    """Whether somebody who answers now gets a seat and passes nobody who is entitled to it."""
    free = free_seats(room, held)
    if free is None:
        return True
    if party > free:
        return False
    return not line or (last_day and all(one.party > free for one in line))


def may_grow(more: int, line: Sequence[InLine], room: SeatCapacity, held: SeatsTaken, last_day: bool) -> bool:
    """Whether a party that has its seats may have `more`: as somebody who answers now would."""
    return more <= 0 or gets_seat_at_once(more, line, room, held, last_day)


def level(room: SeatCapacity, held: SeatsTaken, anybody_waits: bool) -> SeatLevel:
    """What the public page says."""
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


class ReminderConsent(StrEnum):
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
AGREED = tuple(way.value for way in ReminderConsent)


class ChildTooOld(ValueError):
    """A number, but of somebody who needs no childcare."""


def read_ages(typed: str) -> tuple[int, ...]:
    """The ages in "3, 5 and 11", the youngest first.

    Raises ValueError for what is not a child's age; it is `TooOld` for the age of somebody else.
    """
    parts = [part for part in re.split(r"[\s,;.&/+]+", typed.casefold()) if part and part not in _BETWEEN]
    ages = [int(part) if part.isascii() and part.isdigit() else -1 for part in parts]
    if ages and min(ages) >= 0 and OLDEST_CHILD < max(ages) < OLDEST_AGE:
        raise ChildTooOld("not ages of children")
    if len(ages) > MOST_CHILDREN or not all(0 <= age <= OLDEST_CHILD for age in ages):
        raise ValueError("not ages of children")
    return tuple(sorted(ages))


def write_ages(ages: Iterable[int]) -> str:
    """Ages of children as they are stored."""
    return ",".join(str(age) for age in ages)


def by_band(ages: Iterable[int]) -> tuple[int, ...]:
    """How many children there are in each of `BANDS`."""
    known = list(ages)
    return tuple(sum(youngest <= age <= oldest for age in known) for youngest, oldest in BANDS)


def free_letter(used: Iterable[str]) -> str | None:
    """What the next family on this phone is called; None when there were as many as there are letters."""
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
    """The figure behind these that gives a slip away."""
    state = "0"
    for figure in figures:
        state = _DAMM[int(state)][int(figure)]
    return state


CODES = tuple(f"{first}{check_figure(str(first))}" for first in _FIRST)


def places_apart(one: str, other: str) -> int:
    """In how many places two codes of one length differ."""
    return sum(mine != its for mine, its in zip(one, other, strict=True))


def free_codes(used: Iterable[str]) -> Sequence[str]:
    """The codes that are far enough from every code in use, also from those that were given before there was a rule."""
    taken = set(used)
    others = taken.difference(CODES)
    free = [code for code in CODES if code not in taken]
    return [code for code in free if all(places_apart(code, other) >= LEAST_APART for other in others)]


def draw_code(used: Iterable[str], chance: Random) -> str | None:
    """A code for another meeting; None when they are used up, and then it cannot be answered to by text."""
    free = free_codes(used)
    return chance.choice(free) if free else None


FAMILY = 6
ONE_IN = 5
"""In a large room one answer takes up to a fifth of it at once."""


def largest_at_once(room: SeatCapacity) -> int | None:
    """The largest party that nobody has to look at; None where there is room for everybody."""
    seats = room.most_together
    return None if seats is None else max(FAMILY, seats // ONE_IN)


def waits_for_host(party: int, besides: int, room: SeatCapacity) -> bool:
    """Whether the host is to say yes first; so many people came by other answers of this phone or mailbox.

    Families share phones: two of them come at once, and half of a large room.
    """
    most, seats = largest_at_once(room), room.most_together
    if most is None or seats is None:
        return False
    return party > most or (besides > 0 and besides + party > max(2 * FAMILY, seats // 2))
