"""Areas with their outlines, and figures with where each came from. Who asks has asked for the area before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from portal.accounts.models import Member
from portal.core.db import session
from portal.indicators.models import Area, Figure, Import, Measure
from portal.indicators.queries import known_areas
from portal.indicators.rules.measures import Part
from portal.markets.map.models import Kind, MapFeature

MOST_SHOWN = 600


class Row(NamedTuple):
    """A figure and its import, if one wrote it; `who` took that over."""

    figure: Figure
    made: Import | None
    who: str | None


def city_area() -> Area | None:
    """The area that is the whole city."""
    return session.scalars(select(Area).where(Area.part == Part.CITY)).first()


def boundaries_of(market_ids: Sequence[int]) -> dict[int, str]:
    """The boundaries of places, hidden or not, as GeoJSON."""
    asked = select(MapFeature.market_id, MapFeature.geometry).where(
        MapFeature.kind == Kind.BOUNDARY, MapFeature.market_id.in_(market_ids)
    )
    return {row.market_id: row.geometry for row in session.execute(asked)}


def outlines(areas: Sequence[Area]) -> dict[int, str]:
    """GeoJSON by the area's id; the place itself has its boundary on the map. Areas without one are left out."""
    of_places = boundaries_of([area.market_id for area in areas if area.market_id is not None])
    found = {area.id: area.geometry or "" for area in areas}
    found |= {area.id: of_places.get(area.market_id or 0, "") for area in areas if area.part == Part.PLACE}
    return {area_id: outline for area_id, outline in found.items() if outline}


def known_outlines(member_id: int) -> dict[int, str]:
    """The outlines of every area that a member may know of."""
    return outlines(known_areas(member_id))


def figure_rows(area: Area, measure: Measure) -> list[Row]:
    """The figures of a measure in an area, the newest month first, each with where it came from."""
    asked = (
        select(Figure, Import, Member.name)
        .outerjoin(Import, Import.id == Figure.import_id)
        .outerjoin(Member, Member.id == Import.member_id)
        .where(Figure.area_id == area.id, Figure.measure_id == measure.id)
        .order_by(Figure.month_on.desc(), Figure.language, Figure.channel)
        .limit(MOST_SHOWN)
    )
    return [Row(*row) for row in session.execute(asked)]


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
