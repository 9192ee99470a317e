"""Rings around areas, in meters on the ground. For jobs, commands and the demonstration: it loads large libraries."""

from __future__ import annotations

from typing import Any

WGS84 = "EPSG:4326"
DIGITS = 6
"""Of a degree: a tenth of a meter."""


def ring(inner: str, meters: int) -> str:
    """What lies within so many meters of an area but not in it. Both are GeoJSON in WGS 84."""
    import shapely

    area = shapely.from_geojson(inner)
    there, back = _flat(area)
    flat = shapely.transform(area, there, interleaved=False)
    around = shapely.transform(flat.buffer(meters).difference(flat), back, interleaved=False)
    return written(around)


def written(area: Any) -> str:
    """An area as it is kept: GeoJSON to a tenth of a meter, without heights."""
    import shapely

    return str(shapely.to_geojson(shapely.transform(shapely.force_2d(area), lambda points: points.round(DIGITS))))


def _flat(area: Any) -> tuple[Any, Any]:
    """To a plane in which distances from the middle of the area are true, and back."""
    import pyproj

    middle = area.centroid
    plane = f"+proj=aeqd +lat_0={middle.y} +lon_0={middle.x} +datum=WGS84 +units=m"
    there = pyproj.Transformer.from_crs(WGS84, plane, always_xy=True)
    return there.transform, lambda x, y: there.transform(x, y, direction="INVERSE")
