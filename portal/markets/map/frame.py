"""Pure geometry of the map: the frame of a sheet, label boxes, paths within a byte budget; the street in an address."""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, degrees, dist, radians, sin
from typing import NamedTuple

Point = tuple[float, float]
Corner = tuple[int, int]

WIDTH = 1000
"""Width of every sheet, in its own units; on a phone a unit is about a third of a pixel."""
FLATTEST, TALLEST = 0.6, 1.15
STEP = 20
METERS_A_DEGREE = 111_320.0


@dataclass(frozen=True)
class Frame:
    """A bounding box in degrees. At the size of a city the earth is treated as flat."""

    west: float
    south: float
    east: float
    north: float

    @property
    def shrink(self) -> float:
        return cos(radians((self.south + self.north) / 2))

    @property
    def scale(self) -> float:
        return WIDTH / ((self.east - self.west) * self.shrink)

    @property
    def height(self) -> int:
        return round((self.north - self.south) * self.scale)

    def place(self, longitude: float, latitude: float) -> Point:
        """Return the position of a point on the sheet; y goes down."""
        return (longitude - self.west) * self.shrink * self.scale, (self.north - latitude) * self.scale

    def part_inside(self, line: Sequence[Point]) -> list[Point]:
        """Return points of a line on the sheet every `STEP` units, those inside of its edge."""
        steps = [(here, there, max(1, round(dist(here, there) / STEP))) for here, there in pairwise(line)]
        points = (
            (x + (u - x) * at / of, y + (v - y) * at / of) for (x, y), (u, v), of in steps for at in range(of + 1)
        )
        return [(x, y) for x, y in points if 0 <= x <= WIDTH and 0 <= y <= self.height]


def around(west: float, south: float, east: float, north: float, *, air: float, least_meters: float = 0.0) -> Frame:
    """Return a frame around these bounds, within the aspect ratios; `air` is the margin as a share of them."""
    middle, center = (west + east) / 2, (south + north) / 2
    shrink = max(cos(radians(center)), 0.01)
    least = max(least_meters, 1.0) / METERS_A_DEGREE
    across = max((east - west) * shrink * (1 + 2 * air), least)
    up = max((north - south) * (1 + 2 * air), least * FLATTEST)
    across, up = max(across, up / TALLEST), max(up, across * FLATTEST)
    half = across / shrink / 2
    return Frame(middle - half, center - up / 2, middle + half, center + up / 2)


def bounds(points: Iterable[Point]) -> tuple[float, float, float, float]:
    across, up = zip(*points, strict=True)
    return min(across), min(up), max(across), max(up)


def on_grid(points: Sequence[Point]) -> list[Corner]:
    """Return the points in whole units, without those that equal the one before."""
    corners: list[Corner] = []
    for x, y in points:
        corner = round(x), round(y)
        if not corners or corner != corners[-1]:
            corners.append(corner)
    return corners


LETTER, LINE = 19, 44
"""Width of a letter and height of a line on a phone, in units."""
BESIDE = 18
MOST_NAMES = 5
RADIUS = 40
"""Radius of a place's number: 26 pixels across on the narrowest phone."""


@dataclass(frozen=True)
class LabelBox:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: LabelBox) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def is_within(self, height: int) -> bool:
        return self.left >= 0 and self.top >= 0 and self.right <= WIDTH and self.bottom <= height


def beside(x: int, y: int, letters: int, *, before: bool) -> LabelBox:
    width = letters * LETTER
    left = x - BESIDE - width if before else x + BESIDE
    return LabelBox(left, y - LINE / 2, left + width, y + LINE / 2)


def about(x: int, y: int, radius: float = RADIUS) -> LabelBox:
    return LabelBox(x - radius, y - radius, x + radius, y + radius)


def is_free(box: LabelBox, height: int, taken: Iterable[LabelBox]) -> bool:
    """Return whether a label fits: inside the sheet, and over no box already taken."""
    return box.is_within(height) and not any(box.meets(other) for other in taken)


def longest_straight(corners: Sequence[Corner]) -> tuple[int, int, int, float]:
    """Return the middle of a street's longest straight piece, its angle for upright text, and its length."""
    here, there = max(pairwise(corners), key=lambda ends: (dist(*ends), ends))
    if here > there:
        here, there = there, here
    angle = round(degrees(atan2(there[1] - here[1], there[0] - here[0])))
    return round((here[0] + there[0]) / 2), round((here[1] + there[1]) / 2), angle, dist(here, there)


REACH = 80
"""Units in which a name along a curved street takes its angle."""


def middle_of(corners: Sequence[Corner]) -> tuple[int, int, int]:
    half = len(corners) // 2
    before, after = (
        (one for one in part if dist(one, corners[half]) >= REACH) for part in (corners[half::-1], corners[half:])
    )
    ends = next(before, corners[0]), next(after, corners[-1])
    return longest_straight(ends)[:3] if ends[0] != ends[1] else (*corners[half], 0)


def apart(marks: Sequence[Corner], height: int, radius: int = RADIUS) -> list[Corner]:
    """Return the same marks, moved aside where one would cover another."""
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


def along(x: int, y: int, letters: int, turn: int) -> LabelBox:
    half, rise = letters * LETTER / 2, LINE / 2
    across, up = abs(cos(radians(turn))), abs(sin(radians(turn)))
    return LabelBox(
        x - half * across - rise * up,
        y - half * up - rise * across,
        x + half * across + rise * up,
        y + half * up + rise * across,
    )


def above(x: int, y: int, turn: int) -> Corner:
    """Return where the name of a line stands clear of it."""
    return round(x + 24 * sin(radians(turn))), round(y - 24 * cos(radians(turn)))


def path(lines: Sequence[Sequence[Corner]], *, closed: bool = False) -> str:
    """Return one SVG path `d` for all lines, each point relative to the one before."""
    here, parts = (0, 0), []
    for line in sorted(lines, key=lambda corners: (corners[0][0] // 50, corners[0])):
        steps = " ".join(f"{x - before_x} {y - before_y}" for (before_x, before_y), (x, y) in pairwise([here, *line]))
        parts.append(f"m{steps.replace(' -', '-')}{'z' if closed else ''}")
        # After "z" the current point is the start of the line.
        here = line[0] if closed else line[-1]
    return "".join(parts)


def packed(text: str) -> int:
    """Return about how many bytes a text adds to a compressed page: a little more than brotli makes of it."""
    return len(zlib.compress(text.encode(), 9))


def most_that_fit(
    lines: Sequence[Sequence[Corner]], budget: int, *, closed: bool = False
) -> Sequence[Sequence[Corner]]:
    """Return the first lines whose path stays within `budget` bytes."""

    def size(count: int) -> int:
        return packed(path(lines[:count], closed=closed)) if count else 0

    return lines if size(len(lines)) <= budget else lines[: bisect_right(range(len(lines) + 1), budget, key=size) - 1]


class StreetLine(NamedTuple):
    points: Sequence[Point]
    name: tuple[str, str] = ("", "")


SHORT = dict(
    pair.split("=")
    for pair in """
    st=street str=street ave=avenue av=avenue rd=road dr=drive ln=lane blvd=boulevard ct=court pl=place
    pkwy=parkway hwy=highway sq=square ter=terrace cir=circle trl=trail n=north s=south e=east w=west
    """.split()
)
"""Abbreviations of the US Postal Service that addresses and exports of a city's GIS use, each for itself."""
STREET_KINDS = frozenset(SHORT.values())
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
HOUSE = re.compile(r"\d+[a-z]?")


def street_words(name: str) -> tuple[str, ...]:
    """Return the words of a street's name in lower case, abbreviations written out."""
    return tuple(SHORT.get(word, word) for word in WORD.findall(name.replace("’", "'").casefold()))


def street_of(address: str) -> tuple[str, ...]:
    """Return the words of the street in an address; none without a house number: it may be the name of a building."""
    house, *words = street_words(address.partition(",")[0]) or ("",)
    return tuple(words) if HOUSE.fullmatch(house) else ()


def telling_word(street: tuple[str, ...]) -> str:
    """Return the word by which to look for a street: its longest one, apart from "street" and "north"."""
    return max((word for word in street if word not in STREET_KINDS), key=len, default="")
