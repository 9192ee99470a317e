"""Changing what is measured and where, and drawing rings."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import func, select

from portal.core.audit import record
from portal.core.db import db, session
from portal.core.errors import NotFound, Refused
from portal.core.i18n import Bilingual
from portal.core.jobs.engine import current_engine
from portal.indicators.actions import found_area
from portal.indicators.areas.queries import boundaries_of, city_area, has_figures
from portal.indicators.areas.rules import next_rank
from portal.indicators.models import Area, Measure
from portal.indicators.queries import areas_of
from portal.indicators.rules.measures import Part
from portal.markets.models import Market

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
class Outline:
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


def add_area(market: Market, part: Part, member_id: int) -> Area:
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
        found = found_area(None, Part.CITY)
        record("city.area_added", "city", found.id, member_id)
    return found


def describe_area(area: Area, outline: Outline, member_id: int) -> None:
    """Say what an area is called, who lives there, and where it lies."""
    area.name, area.population = outline.name, outline.population
    if outline.geometry is not None:
        area.geometry, area.ring_meters = outline.geometry, None
    elif outline.ring_meters is not None and area.part in (Part.RING, Part.COMPARISON_RING):
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
    if area.part == Part.RING:
        return boundaries_of([area.market_id or 0]).get(area.market_id or 0)
    inner = select(Area.geometry).where(
        Area.market_id == area.market_id, Area.part == Part.COMPARISON, Area.rank == area.rank
    )
    return session.scalar(inner)


def area_of(market: Market, area_id: int) -> Area:
    """One area of a place, or `NotFound`."""
    found = session.get(Area, area_id)
    if found is None or found.market_id != market.id:
        raise NotFound
    return found
