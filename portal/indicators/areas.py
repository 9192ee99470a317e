"""What the areas of a place are called by programs, and which may still be added."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, NamedTuple

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from portal.accounts.users import Member
from portal.core.audit import record
from portal.core.db import db, session
from portal.core.i18n import Bilingual, language
from portal.core.jobs.engine import current_engine, each_row
from portal.core.statuses import NotFound, Refused
from portal.indicators.counts import Area, Figure, Import, Measure, areas_of, found_area, known_areas
from portal.indicators.measures import AreaPart, Direction, MeasureKind
from portal.markets.map.sheets import MapFeature, SheetKind
from portal.markets.places import Market

MOST_COMPARISONS = 20
MOST_METERS, LEAST_METERS = 5_000, 20
ADDABLE = (AreaPart.PLACE, AreaPart.COMPARISON, AreaPart.RING, AreaPart.COMPARISON_RING)


def key_of(part: str, rank: int) -> str:
    """As files and snapshots name it within its place: "place", "comparison-2", "ring-1", "city"."""
    return part if part in (AreaPart.PLACE, AreaPart.CITY) else f"{part}-{rank}"


def next_rank(part: AreaPart, taken: Collection[tuple[str, int]]) -> int | None:
    """The number of the next area of this part, or None if there can be no more.

    A place has one area of its own and one ring; each comparison area has at most one ring.
    """
    most = {AreaPart.PLACE: 1, AreaPart.RING: 1, AreaPart.COMPARISON: MOST_COMPARISONS}.get(part)
    if most is not None:
        return next((rank for rank in range(1, most + 1) if (part, rank) not in taken), None)
    around = sorted(rank for other, rank in taken if other == AreaPart.COMPARISON)
    return next((rank for rank in around if (part, rank) not in taken), None)


MOST_SHOWN = 600


class FigureRow(NamedTuple):
    """A figure and its import, if one wrote it; `who` took that over."""

    figure: Figure
    made: Import | None
    who: str | None


def city_area() -> Area | None:
    """The area that is the whole city."""
    return session.scalars(select(Area).where(Area.part == AreaPart.CITY)).first()


def boundaries_of(market_ids: Sequence[int]) -> dict[int, str]:
    """The boundaries of places, hidden or not, as GeoJSON."""
    asked = select(MapFeature.market_id, MapFeature.geometry).where(
        MapFeature.kind == SheetKind.BOUNDARY, MapFeature.market_id.in_(market_ids)
    )
    return {row.market_id: row.geometry for row in session.execute(asked)}


def outlines(areas: Sequence[Area]) -> dict[int, str]:
    """GeoJSON by the area's id; the place itself has its boundary on the map. Areas without one are left out."""
    of_places = boundaries_of([area.market_id for area in areas if area.market_id is not None])
    found = {area.id: area.geometry or "" for area in areas}
    found |= {area.id: of_places.get(area.market_id or 0, "") for area in areas if area.part == AreaPart.PLACE}
    return {area_id: outline for area_id, outline in found.items() if outline}


def known_outlines(member_id: int) -> dict[int, str]:
    """The outlines of every area that a member may know of."""
    return outlines(known_areas(member_id))


def figure_rows(area: Area, measure: Measure) -> list[FigureRow]:
    """The figures of a measure in an area, the newest month first, each with where it came from."""
    asked = (
        select(Figure, Import, Member.name)
        .outerjoin(Import, Import.id == Figure.import_id)
        .outerjoin(Member, Member.id == Import.member_id)
        .where(Figure.area_id == area.id, Figure.measure_id == measure.id)
        .order_by(Figure.month_on.desc(), Figure.language, Figure.channel)
        .limit(MOST_SHOWN)
    )
    return [FigureRow(*row) for row in session.execute(asked)]


def measured_in(area: Area) -> Mapping[int, int]:
    """How many months of each measure are there, by the measure's id."""
    asked = (
        select(Figure.measure_id, func.count(Figure.month_on.distinct()))
        .where(Figure.area_id == area.id)
        .group_by(Figure.measure_id)
    )
    return {row[0]: row[1] for row in session.execute(asked)}


def has_figures(area: Area) -> bool:
    """Whether anything was ever counted there."""
    return session.scalar(select(Figure.id).where(Figure.area_id == area.id).limit(1)) is not None


DRAW_RINGS = "draw rings"


@dataclass(frozen=True)
class Definition:
    """What the team says of a measure; its key never changes."""

    name: Bilingual
    about: Bilingual
    source: Bilingual
    unit: Bilingual
    kind: str
    direction: str
    of_key: str | None
    lag_days: int
    guarded: bool
    counted_anyway: bool


@dataclass(frozen=True)
class AreaOutline:
    """What the team says of an area. `ring_meters` lets a worker draw it; `geometry` None leaves it as it is."""

    name: Bilingual
    population: int | None
    geometry: str | None = None
    ring_meters: int | None = None


def define_measure(key: str, definition: Definition, member_id: int) -> Measure:
    """A new measure, after the others."""
    last = session.scalar(select(func.max(Measure.position)))
    measure = Measure(key=key, position=0 if last is None else last + 1)
    session.add(measure)
    return _take(measure, definition, "measure.defined", member_id)


def change_measure(measure: Measure, definition: Definition, member_id: int) -> Measure:
    """Say otherwise what a measure is. Figures that were published stay as they were."""
    return _take(measure, definition, "measure.changed", member_id)


def _take(measure: Measure, definition: Definition, act: str, member_id: int) -> Measure:
    for field in fields(Definition):
        setattr(measure, field.name, getattr(definition, field.name))
    session.flush()
    record(act, "measure", measure.key, member_id)
    return measure


def add_area(market: Market, part: AreaPart, member_id: int) -> Area:
    """The next area of this part. Raises `Refused` if there can be no more."""
    taken = {(area.part, area.rank) for area in areas_of(market)}
    rank = next_rank(part, taken)
    if rank is None:
        raise Refused("area_no_more")
    area = found_area(market, part, rank)
    record("market.area_added", "market", market.id, member_id)
    return area


def add_city(member_id: int) -> Area:
    """The whole city as an area, or the one that is there."""
    found = city_area()
    if found is None:
        found = found_area(None, AreaPart.CITY)
        record("city.area_added", "city", found.id, member_id)
    return found


def describe_area(area: Area, outline: AreaOutline, member_id: int) -> None:
    """Say what an area is called, who lives there, and where it lies."""
    area.name, area.population = outline.name, outline.population
    if outline.geometry is not None:
        area.geometry, area.ring_meters = outline.geometry, None
    elif outline.ring_meters is not None and area.part in (AreaPart.RING, AreaPart.COMPARISON_RING):
        # Drawn anew even if it is as wide as before: what it surrounds may have been moved.
        area.geometry, area.ring_meters = None, outline.ring_meters
        db.after_commit(lambda: current_engine().enqueue(DRAW_RINGS))
    record("market.area_changed", "market", area.market_id, member_id)


def drop_area(area: Area, member_id: int) -> None:
    """Erase an area in which nothing was counted. Raises `Refused` otherwise."""
    if has_figures(area):
        raise Refused("area_has_figures")
    record("market.area_dropped", "market", area.market_id, member_id)
    session.delete(area)
    session.flush()


def waiting_rings() -> list[int]:
    """The ids of areas that a worker is to draw."""
    return list(session.scalars(select(Area.id).where(Area.ring_meters.is_not(None), Area.geometry.is_(None))))


def surrounded(area: Area) -> str | None:
    """The outline of what a ring goes around: the place, or the comparison area of the same number."""
    if area.part == AreaPart.RING:
        return boundaries_of([area.market_id or 0]).get(area.market_id or 0)
    inner = select(Area.geometry).where(
        Area.market_id == area.market_id, Area.part == AreaPart.COMPARISON, Area.rank == area.rank
    )
    return session.scalar(inner)


def area_of(market: Market, area_id: int) -> Area:
    """One area of a place, or `NotFound`."""
    found = session.get(Area, area_id)
    if found is None or found.market_id != market.id:
        raise NotFound
    return found


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


def draw_rings() -> None:
    """Draw each ring that has none yet; one whose inside has no outline waits until it has."""
    with db.work():
        waiting = waiting_rings()
    each_row(waiting, draw_ring)


def draw_ring(area_id: int) -> None:
    """Draw one ring."""
    with db.work():
        area = session.get(Area, area_id)
        inner = surrounded(area) if area else None
        meters = area.ring_meters if area else None
    if inner is None or meters is None:
        return
    drawn = ring(inner, meters)
    with db.work():
        area = session.get(Area, area_id, with_for_update=True)
        # Somebody may have asked for another width, or sent an outline, meanwhile.
        if area is not None and area.geometry is None and area.ring_meters == meters and surrounded(area) == inner:
            area.geometry = drawn


KIND_NAMES = {
    MeasureKind.CRIME: _l("Recorded by the police"),
    MeasureKind.CALLS: _l("Calls for help"),
    MeasureKind.SURVEY: _l("Survey of residents"),
    MeasureKind.SERVICE: _l("Help offered and taken"),
    MeasureKind.PORTAL: _l("This site and the team"),
}
DIRECTION_NAMES = {
    Direction.DOWN: _l("Fewer is better"),
    Direction.UP: _l("More is better"),
    Direction.NEITHER: _l("Neither is better by itself"),
}
PART_NAMES = {
    AreaPart.PLACE: _l("The place itself"),
    AreaPart.COMPARISON: _l("Comparison area"),
    AreaPart.RING: _l("Ring around the place"),
    AreaPart.COMPARISON_RING: _l("Ring around a comparison area"),
    AreaPart.CITY: _l("The whole city"),
}
CHANNEL_NAMES = {"": _l("All"), "web": _l("Web"), "sms": _l("Text message"), "paper": _l("Paper")}
LANGUAGE_NAMES = {"": _l("All"), "en": _l("English"), "es": _l("Spanish")}
NO_KEY = _l("Small letters from a to z, digits and _, at least two, beginning with a letter.")
KEY_TAKEN = _l("There is a measure with this name already.")
PART_OF_A_PART = _l("That measure is itself a part of another one.")
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


def month_words(month: date) -> str:
    """A month in words: "March 2026"."""
    return str(format_date(month, "MMMM 'de' y" if language() == "es" else "MMMM y"))


def area_name(area: Area) -> str:
    """What an area is within its place: "Comparison area 2: blocks like it"."""
    if area.part in (AreaPart.PLACE, AreaPart.CITY, AreaPart.RING):
        name = str(PART_NAMES[AreaPart(area.part)])
    elif area.part == AreaPart.COMPARISON:
        name = _("Comparison area %(number)s", number=area.rank)
    else:
        name = _("Ring around comparison area %(number)s", number=area.rank)
    said = area.name[language()]
    return f"{name}: {said}" if said else name
