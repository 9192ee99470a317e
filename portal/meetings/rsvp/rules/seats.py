"""Who has a seat, who is next in line, and what everybody may hear of it.

The order of the line is kept: a small party does not pass a large one, or a family of six would wait for ever while
pairs walk by. Only on the last day, when a seat left empty helps nobody, whoever fits goes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    COMING = "coming"
    WAITING = "waiting"
    OFFERED = "offered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    TAKEN_OUT = "taken_out"
    """By the host, who says why."""


STATES = tuple(state.value for state in State)
HOLDING = (State.COMING, State.OFFERED)
"""Whoever has a seat, or has one kept until the offer ends."""
UNSEATED = (State.WAITING, State.EXPIRED)
"""Whoever waits for a seat, or let one pass."""
MOVES = {
    State.COMING: (State.CANCELLED, State.TAKEN_OUT),
    State.WAITING: (State.OFFERED, State.COMING, State.CANCELLED, State.TAKEN_OUT),
    State.OFFERED: (State.COMING, State.CANCELLED, State.EXPIRED, State.TAKEN_OUT),
    State.EXPIRED: (State.COMING, State.WAITING, State.CANCELLED, State.TAKEN_OUT),
    State.CANCELLED: (State.COMING, State.WAITING),
    State.TAKEN_OUT: (State.COMING, State.WAITING, State.CANCELLED),
}
FEW = 3


class Level(StrEnum):
    """All that the public hears: a number of seats would tell a stranger how many people come."""

    OPEN = "open"
    FEW = "few"
    FULL = "full"


@dataclass(frozen=True)
class Room:
    """How many people a meeting has seats for (None: no limit), and how many of these only its organizers give."""

    capacity: int | None = None
    reserved: int = 0

    @property
    def most_together(self) -> int | None:
        """The largest party that could ever be seated without an organizer's help."""
        return None if self.capacity is None else self.capacity - self.reserved


@dataclass(frozen=True)
class Held:
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


def may_move(before: State, after: State) -> bool:
    return after in MOVES[before]


def free_seats(room: Room, held: Held) -> int | None:
    """Seats that anybody may have now; None without a limit. Never below 0, also when a room shrank."""
    if room.capacity is None:
        return None
    return max(0, room.capacity - max(room.reserved, held.reserved) - held.open)


def free_reserved(room: Room, held: Held) -> int:
    """Seats that an organizer may give away now."""
    if room.capacity is None:
        return 0
    return max(0, min(room.reserved - held.reserved, room.capacity - held.all))


def next_in_line(line: Sequence[InLine], room: Room, held: Held, last_day: bool) -> tuple[int, ...]:
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


def gets_seat_at_once(party: int, line: Sequence[InLine], room: Room, held: Held, last_day: bool) -> bool:
    """Whether somebody who answers now gets a seat and passes nobody who is entitled to it."""
    free = free_seats(room, held)
    if free is None:
        return True
    if party > free:
        return False
    return not line or (last_day and all(one.party > free for one in line))


def may_grow(more: int, line: Sequence[InLine], room: Room, held: Held, last_day: bool) -> bool:
    """Whether a party that has its seats may have `more`: as somebody who answers now would."""
    return more <= 0 or gets_seat_at_once(more, line, room, held, last_day)


def level(room: Room, held: Held, anybody_waits: bool) -> Level:
    """What the public page says."""
    free = free_seats(room, held)
    if free is None:
        return Level.OPEN
    if anybody_waits or free == 0:
        return Level.FULL
    return Level.FEW if free <= max(FEW, (room.capacity or 0) // 10) else Level.OPEN
