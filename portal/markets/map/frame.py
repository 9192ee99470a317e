"""The frame of a sheet: which part of the world it shows, and where on it a point lies. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians

Point = tuple[float, float]
Corner = tuple[int, int]

WIDTH = 1000
"""Of every sheet, in its own units; a phone shows about a third of a pixel for each."""
FLATTEST, TALLEST = 0.6, 1.15
METERS_A_DEGREE = 111_320.0


@dataclass(frozen=True)
class Frame:
    """A part of the world in degrees. At the size of a city the earth is flat enough."""

    west: float
    south: float
    east: float
    north: float

    @property
    def shrink(self) -> float:
        """How much shorter a degree of longitude is here than one of latitude."""
        return cos(radians((self.south + self.north) / 2))

    @property
    def scale(self) -> float:
        """Units for a degree of latitude."""
        return WIDTH / ((self.east - self.west) * self.shrink)

    @property
    def height(self) -> int:
        return round((self.north - self.south) * self.scale)

    def place(self, longitude: float, latitude: float) -> Point:
        """Where a point lies on the sheet; y goes down."""
        return (longitude - self.west) * self.shrink * self.scale, (self.north - latitude) * self.scale


def around(west: float, south: float, east: float, north: float, *, air: float, least_meters: float = 0.0) -> Frame:
    """A frame around these bounds with `air` (a share of them) on each side, neither too flat nor too tall."""
    middle, center = (west + east) / 2, (south + north) / 2
    shrink = max(cos(radians(center)), 0.01)
    least = max(least_meters, 1.0) / METERS_A_DEGREE
    across = max((east - west) * shrink * (1 + 2 * air), least)
    up = max((north - south) * (1 + 2 * air), least * FLATTEST)
    across, up = max(across, up / TALLEST), max(up, across * FLATTEST)
    half = across / shrink / 2
    return Frame(middle - half, center - up / 2, middle + half, center + up / 2)


def bounds(points: Iterable[Point]) -> tuple[float, float, float, float]:
    """The least west, south, east, north that holds all of them."""
    across, up = zip(*points, strict=True)
    return min(across), min(up), max(across), max(up)


def on_grid(points: Sequence[Point]) -> list[Corner]:
    """The points in whole units, without those that fall on the one before."""
    corners: list[Corner] = []
    for x, y in points:
        corner = round(x), round(y)
        if not corners or corner != corners[-1]:
            corners.append(corner)
    return corners
