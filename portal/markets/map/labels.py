"""Where names stand on a sheet without covering each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, degrees, dist, radians, sin

from portal.markets.map.frame import WIDTH, Corner

LETTER, LINE = 19, 44
"""How wide a letter and how high a line is on a phone, in units."""
BESIDE = 18
MOST_NAMES = 5
RADIUS = 40
"""Of the number of a place: 26 pixels across on the narrowest phone."""


@dataclass(frozen=True)
class Box:
    """What a name covers."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def is_within(self, height: int) -> bool:
        return self.left >= 0 and self.top >= 0 and self.right <= WIDTH and self.bottom <= height


def beside(x: int, y: int, letters: int, *, before: bool) -> Box:
    """The box of a name after its point, or before it."""
    width = letters * LETTER
    left = x - BESIDE - width if before else x + BESIDE
    return Box(left, y - LINE / 2, left + width, y + LINE / 2)


def about(x: int, y: int, radius: float = RADIUS) -> Box:
    """The box of a round mark."""
    return Box(x - radius, y - radius, x + radius, y + radius)


def is_free(box: Box, height: int, taken: Iterable[Box]) -> bool:
    """Whether a name can stand there: inside the sheet, on nothing that stands already."""
    return box.is_within(height) and not any(box.meets(other) for other in taken)


def longest_straight(corners: Sequence[Corner]) -> tuple[int, int, int, float]:
    """The middle of a street's longest straight piece, its angle so that nothing stands on its head, its length."""
    here, there = max(pairwise(corners), key=lambda ends: (dist(*ends), ends))
    if here > there:
        here, there = there, here
    angle = round(degrees(atan2(there[1] - here[1], there[0] - here[0])))
    return round((here[0] + there[0]) / 2), round((here[1] + there[1]) / 2), angle, dist(here, there)


def apart(marks: Sequence[Corner], height: int, radius: int = RADIUS) -> list[Corner]:
    """The same marks, moved aside where one would cover another."""
    placed: list[Corner] = []
    step = 2 * radius + 4
    ways = [(0, 0), *((x * step, y * step) for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1)))]
    for x, y in marks:
        inside = min(max(x, radius), WIDTH - radius), min(max(y, radius), height - radius)
        tries = [(inside[0] + right, inside[1] + down) for right, down in ways]
        free = (
            spot for spot in tries if about(*spot).is_within(height) and all(dist(spot, o) > step - 4 for o in placed)
        )
        placed.append(next(free, inside))
    return placed


def along(x: int, y: int, letters: int, turn: int) -> Box:
    """The box of a name along a street."""
    half, rise = letters * LETTER / 2, LINE / 2
    across, up = abs(cos(radians(turn))), abs(sin(radians(turn)))
    return Box(
        x - half * across - rise * up,
        y - half * up - rise * across,
        x + half * across + rise * up,
        y + half * up + rise * across,
    )
