"""Points and areas as arrays: numbers in cells, degrees from any projection, what lies inside. For `counting` alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely

from portal.indicators.imports.rows import Unreadable
from portal.indicators.imports.rules.mapping import LON_LAT
from portal.indicators.imports.rules.numbers import number_in

Array = Any


@dataclass(frozen=True)
class Shape:
    """An area to count in, with its bounds, which most points are outside of."""

    area_id: int
    geometry: Any
    bounds: tuple[float, float, float, float]


def shape(area_id: int, outline: str) -> Shape:
    """An area of which the outline is GeoJSON."""
    geometry = shapely.from_geojson(outline)
    shapely.prepare(geometry)
    return Shape(area_id, geometry, geometry.bounds)


def inside(shape: Shape, x: Array, y: Array, placed: Array) -> Array:
    """The indices of the points in an area; a point on its line is in it, and areas that overlap each count it."""
    west, south, east, north = shape.bounds
    near = np.flatnonzero(placed & (x >= west) & (x <= east) & (y >= south) & (y <= north))
    return near[shapely.intersects_xy(shape.geometry, x[near], y[near])] if len(near) else near


def to_degrees(epsg: int) -> Any:
    """What takes x and y of a projection over into degrees. Raises `Unreadable` for one that there is not."""
    if epsg == LON_LAT:
        return lambda x, y: (x, y)
    try:
        change = pyproj.Transformer.from_crs(epsg, LON_LAT, always_xy=True)
    except pyproj.exceptions.CRSError:
        raise Unreadable("no_projection") from None
    return lambda x, y: tuple(np.where(np.isfinite(side), side, np.nan) for side in change.transform(x, y))


def numbers(cells: Sequence[object]) -> Array:
    """The numbers in cells; not a number where there is none."""
    try:
        # Almost always all of them are numbers as programs write them.
        found = np.fromiter(map(float, cells), float, len(cells))  # type: ignore[arg-type,type-var]
    except (ValueError, TypeError):
        found = np.array([np.nan if number is None else number for number in map(number_in, cells)])
    return np.where(np.isfinite(found), found, np.nan)
