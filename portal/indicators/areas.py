"""Areas of a place, and the rings around them, which a worker draws since that takes long."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any

from flask_babel import format_date, gettext as _, lazy_gettext as _l
from sqlalchemy import select

from portal.core.audit import record
from portal.core.db import db, session
from portal.core.i18n import language
from portal.core.jobs.engine import each_row
from portal.core.statuses import Refused
from portal.indicators import counts
from portal.indicators.counts import Area, Figure
from portal.indicators.statistics.terms import AreaPart
from portal.markets.map.sheets import MapFeature
from portal.markets.places import Market

MOST_COMPARISONS = 20
MOST_METERS, LEAST_METERS = 5_000, 20
ADDABLE = (AreaPart.PLACE, AreaPart.COMPARISON, AreaPart.RING, AreaPart.COMPARISON_RING)
DRAW_RINGS = "draw rings"


def next_rank(part: AreaPart, taken: Collection[tuple[str, int]]) -> int | None:
    """Return the rank of the next area of this part, None if no more may be added. `taken` holds (part, rank)."""
    most = {AreaPart.PLACE: 1, AreaPart.RING: 1, AreaPart.COMPARISON: MOST_COMPARISONS}.get(part)
    around = sorted(rank for other, rank in taken if other == AreaPart.COMPARISON)
    return next((rank for rank in (range(1, most + 1) if most else around) if (part, rank) not in taken), None)


def boundaries_of(market_ids: Sequence[int]) -> dict[int, str]:
    """Of places, hidden or not."""
    rows = select(MapFeature.market_id, MapFeature.geometry).where(MapFeature.market_id.in_(market_ids))
    return {row.market_id: row.geometry for row in session.execute(rows)}


def outlines(areas: Sequence[Area]) -> dict[Area, str]:
    """Return GeoJSON by area; the place itself has its map boundary. Areas without an outline are left out."""
    of_places = boundaries_of([area.market_id for area in areas if area.market_id is not None])
    drawn = {
        area: of_places.get(area.market_id or 0) if area.part == AreaPart.PLACE else area.geometry for area in areas
    }
    return {area: outline for area, outline in drawn.items() if outline}


def known_outlines(member_id: int) -> list[tuple[int, str]]:
    return sorted((area.id, outline) for area, outline in outlines(counts.known_areas(member_id)).items())


def has_figures(area: Area) -> bool:
    return session.scalar(select(Figure.id).where(Figure.area_id == area.id).limit(1)) is not None


def add_area(market: Market, part: AreaPart, member_id: int) -> Area:
    """Raises `Refused` if no more may be added."""
    rank = next_rank(part, {(area.part, area.rank) for area in counts.areas_of(market)})
    if rank is None:
        raise Refused("area_no_more")
    area = counts.found_area(market, part, rank)
    record("market.area_added", "market", market.id, member_id)
    return area


def add_city(member_id: int) -> Area:
    city = counts.city_area()
    if city is None:
        city = counts.found_area(None, AreaPart.CITY)
        record("city.area_added", "city", city.id, member_id)
    return city


def drop_area(area: Area, member_id: int) -> None:
    """Raises `Refused` if it has figures."""
    if has_figures(area):
        raise Refused("area_has_figures")
    record("market.area_dropped", "market", area.market_id, member_id)
    session.delete(area)
    session.flush()


OVERLAP = 0.001
"""Shared parts of the smaller area below this are rounding, and streets that form the border of both."""
AROUND = (AreaPart.COMPARISON, AreaPart.COMPARISON_RING)


def overlapping(drawn: Mapping[Area, str]) -> list[tuple[Area, Area]]:
    """Return the pairs that lie over each other although an event would be counted on both sides of a comparison."""
    import shapely

    read = ((area, shapely.from_geojson(outline, on_invalid="ignore")) for area, outline in drawn.items())
    shapes = [(area, shapely.make_valid(shape)) for area, shape in read if shape is not None]
    over = []
    for (area, shape), (other, second) in combinations(shapes, 2):
        parts = {area.part, other.part}
        is_clear = parts == {AreaPart.COMPARISON_RING} or AreaPart.CITY in parts
        must_be = parts == {AreaPart.PLACE, AreaPart.RING} or any(part in AROUND for part in parts)
        if must_be and not is_clear and shape.intersects(second):
            smaller = min(shape.area, second.area)
            if smaller and shape.intersection(second).area / smaller > OVERLAP:
                over.append((area, other))
    return over


def in_the_way(area: Area, geometry: str) -> list[Area]:
    neighbors = session.scalars(select(Area).where(Area.market_id == area.market_id, Area.id != area.id)).all()
    return [other for first, other in overlapping({area: geometry} | outlines(neighbors)) if first is area]


DIGITS = 6


def ring(inner: str, meters: int) -> str:
    """Return the ring within `meters` of an area, without the area itself. Both are GeoJSON in WGS 84."""
    import shapely

    from portal.indicators.files.geometry import plane

    area = shapely.from_geojson(inner)
    there, back = plane(area)
    flat = shapely.transform(area, there, interleaved=False)
    return geojson_of(shapely.transform(flat.buffer(meters).difference(flat), back, interleaved=False))


def geojson_of(area: Any) -> str:
    """Return an area as stored GeoJSON: two-dimensional, coordinates rounded to about a tenth of a meter."""
    import shapely

    return str(shapely.to_geojson(shapely.transform(shapely.force_2d(area), lambda points: points.round(DIGITS))))


def draw_rings() -> None:
    """Draw each ring that is missing. A ring around an area without an outline waits until it has one."""
    with db.work():
        waiting = session.scalars(select(Area.id).where(Area.ring_meters.is_not(None), Area.geometry.is_(None))).all()
    each_row(waiting, draw_ring)


def draw_ring(area_id: int) -> None:
    with db.work():
        area = session.get(Area, area_id)
        inner, meters = (_surrounded(area), area.ring_meters) if area else (None, None)
    if inner is None or meters is None:
        return
    drawn = ring(inner, meters)
    with db.work():
        area = session.get(Area, area_id, with_for_update=True)
        # Meanwhile a member may have set another width or uploaded an outline.
        if area is not None and area.geometry is None and area.ring_meters == meters and _surrounded(area) == inner:
            area.geometry = drawn


def _surrounded(area: Area) -> str | None:
    if area.part == AreaPart.RING:
        return boundaries_of([area.market_id or 0]).get(area.market_id or 0)
    beside = (Area.market_id == area.market_id, Area.part == AreaPart.COMPARISON, Area.rank == area.rank)
    return session.scalar(select(Area.geometry).where(*beside))


PART_NAMES = {
    AreaPart.PLACE: _l("The place itself"),
    AreaPart.COMPARISON: _l("Comparison area"),
    AreaPart.RING: _l("Ring around the place"),
    AreaPart.COMPARISON_RING: _l("Ring around a comparison area"),
    AreaPart.CITY: _l("The whole city"),
}
REFUSALS = {
    "area_no_more": _l("There can be no more areas of this kind here. A ring needs the area that it goes around."),
    "area_has_figures": _l(
        "There are figures for this area, so it stays. A part of a series must not be lost without a trace."
    ),
}
AUDITED = {
    "measure.defined": _l("added a measure"),
    "measure.changed": _l("changed a measure"),
    "market.area_added": _l("added an area to a place"),
    "market.area_changed": _l("changed an area of a place"),
    "market.area_dropped": _l("erased an area of a place"),
    "city.area_added": _l("added the whole city as an area"),
}


def overlap_sentences(drawn: Mapping[Area, str]) -> list[str]:
    words = _l("“%(one)s” lies over “%(other)s”.")
    return [str(words) % {"one": area_name(area), "other": area_name(other)} for area, other in overlapping(drawn)]


def month_words(month: date) -> str:
    return str(format_date(month, "MMMM 'de' y" if language() == "es" else "MMMM y"))


def area_name(area: Area) -> str:
    name = str(PART_NAMES[area.part])
    if area.part == AreaPart.COMPARISON:
        name = _("Comparison area %(number)s", number=area.rank)
    elif area.part == AreaPart.COMPARISON_RING:
        name = _("Ring around comparison area %(number)s", number=area.rank)
    own = area.name[language()]
    return f"{name}: {own}" if own else name
