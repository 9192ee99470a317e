"""Puts the city's data and the boundaries of places into the map, and draws every sheet anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from portal.core.db import session
from portal.core.edition import publish_edition
from portal.core.i18n import Bilingual
from portal.markets.actions.places import publish_if_shown
from portal.markets.map.frame import Frame, around
from portal.markets.map.models import Kind, MapFeature, MapSheet
from portal.markets.map.sheets import Shape, draw
from portal.markets.models import Market

CITY_AIR, PLACE_AIR = 0.02, 0.75
LEAST_METERS = 400.0
DIGITS = 6
"""Of a degree: a tenth of a meter."""
MOST_CORNERS = 120
METER = 1e-5


def replace_shapes(shapes: Sequence[Shape]) -> None:
    """Streets, water, landmarks: what is given takes the place of all that was there of the same kinds."""
    kinds = {shape.kind for shape in shapes}
    assert Kind.BOUNDARY not in kinds
    session.execute(delete(MapFeature).where(MapFeature.kind.in_(sorted(kinds))))
    session.add_all(
        MapFeature(kind=shape.kind.value, name=shape.name, geometry=_geojson(shape.geometry)) for shape in shapes
    )
    session.flush()
    session.execute(delete(MapSheet))
    _draw_city(ground := _ground())
    for feature in session.scalars(select(MapFeature).where(MapFeature.kind == Kind.BOUNDARY)):
        _draw_around(feature, ground)
    publish_edition()


def set_boundary(market: Market, area: Any) -> None:
    """Give a place its boundary, hidden or not: the public sees it when it sees the place."""
    feature = MapFeature(
        kind=Kind.BOUNDARY.value,
        market_id=market.id,
        name=Bilingual("", ""),
        geometry=_geojson(_few_corners(area)),
    )
    session.execute(delete(MapFeature).where(MapFeature.market_id == market.id))
    session.execute(delete(MapSheet).where(MapSheet.market_id == market.id))
    session.add(feature)
    _draw_around(feature, _ground())
    publish_if_shown(market)


def _few_corners(area: Any) -> Any:
    """The boundary with as many corners as a page can carry. It depends on nothing but itself."""
    import shapely

    tolerance = METER
    while shapely.get_num_coordinates(area) > MOST_CORNERS and tolerance < 1:
        area, tolerance = area.simplify(tolerance), tolerance * 2
    return area


def _geojson(geometry: Any) -> str:
    import shapely

    flat = shapely.transform(shapely.force_2d(geometry), lambda points: points.round(DIGITS))
    return str(shapely.to_geojson(flat))


def _ground() -> list[Shape]:
    """Streets, water and landmarks: all that sheets show."""
    asked = select(MapFeature).where(MapFeature.kind != Kind.BOUNDARY).order_by(MapFeature.geometry)
    return _shapes(session.scalars(asked).all())


def _streets(ground: Sequence[Shape]) -> list[Any]:
    return [shape.geometry for shape in ground if shape.kind is Kind.STREET]


def _draw_city(ground: Sequence[Shape]) -> None:
    """The sheet of the city. Its frame follows from the streets alone, not from where places are."""
    if streets := _streets(ground):
        _add_sheet(None, around(*_bounds(streets), air=CITY_AIR), ground)


def _draw_around(boundary: MapFeature, ground: Sequence[Shape]) -> None:
    if _streets(ground):
        (area,) = _shapes([boundary])
        frame = around(*area.geometry.bounds, air=PLACE_AIR, least_meters=LEAST_METERS)
        _add_sheet(boundary.market_id, frame, ground)


def _shapes(features: Sequence[MapFeature]) -> list[Shape]:
    import shapely

    geometries = shapely.from_geojson([feature.geometry for feature in features])
    return [
        Shape(Kind(feature.kind), feature.name, geometry)
        for feature, geometry in zip(features, geometries, strict=True)
    ]


def _bounds(geometries: Sequence[Any]) -> tuple[float, float, float, float]:
    import shapely

    west, south, east, north = shapely.total_bounds(geometries)
    return float(west), float(south), float(east), float(north)


def _add_sheet(market_id: int | None, frame: Frame, shapes: Sequence[Shape]) -> None:
    layers = draw(shapes, frame, names=market_id is not None)
    session.add(
        MapSheet(
            market_id=market_id,
            west=frame.west,
            south=frame.south,
            east=frame.east,
            north=frame.north,
            layers=json.dumps(layers.stored(), ensure_ascii=False, separators=(",", ":")),
        )
    )
