"""Rings: so many meters wide on the ground, wherever that is, and without what they surround."""

from __future__ import annotations

import json

import pyproj
import pytest
import shapely

from portal.indicators.areas import ring

METERS = 150


@pytest.mark.parametrize(("west", "south"), [(-79.8, 36.2), (-149.9, 61.2), (-66.1, 18.4), (-176.6, 51.9)])
def test_a_ring_is_as_wide_as_was_said(west: float, south: float) -> None:
    inner = shapely.box(west, south, west + 0.004, south + 0.003)
    around = shapely.from_geojson(ring(json.dumps(shapely.geometry.mapping(inner)), METERS))
    earth = pyproj.Geod(ellps="WGS84")
    widths = [
        min(earth.inv(x, y, *corner)[2] for corner in zip(*shapely.segmentize(inner, 1e-5).exterior.xy, strict=True))
        for x, y in around.exterior.coords
    ]
    assert min(widths) == pytest.approx(METERS, rel=0.01)
    assert max(widths) == pytest.approx(METERS, rel=0.01)
    assert not around.contains(inner.centroid)
    assert around.intersection(inner).area < inner.area * 1e-4
