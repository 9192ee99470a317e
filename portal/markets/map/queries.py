"""What the map of the public shows: sheets, and boundaries of places that the gate lets through."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.markets.map.frame import Frame
from portal.markets.map.models import Kind, MapFeature, MapSheet
from portal.markets.models import Market
from portal.markets.queries import released


def city_sheet() -> MapSheet | None:
    """The sheet of the whole city, if streets were imported."""
    return session.scalars(select(MapSheet).where(MapSheet.market_id.is_(None))).first()


def landmarks() -> list[tuple[tuple[int, int], Bilingual]]:
    """Every landmark that has a name, and where it lies on the sheet of the whole city."""
    sheet = city_sheet()
    if sheet is None:
        return []
    frame = Frame(sheet.west, sheet.south, sheet.east, sheet.north)
    found = session.scalars(select(MapFeature).where(MapFeature.kind == Kind.LANDMARK).order_by(MapFeature.id))
    marks = [(json.loads(one.geometry), one.name) for one in found]
    spots = [(frame.place(*shape["coordinates"][:2]), name) for shape, name in marks if shape["type"] == "Point"]
    return [((round(x), round(y)), name) for (x, y), name in spots if name.en or name.es]


def names_on_map() -> list[Bilingual]:
    """What streets, landmarks and waters are called; nothing that belongs to a place, hidden or not."""
    named = select(MapFeature).where(MapFeature.market_id.is_(None), MapFeature.kind != Kind.BOUNDARY)
    return [one.name for one in session.scalars(named) if one.name.en or one.name.es]


def sheet_around(market_id: int) -> MapSheet | None:
    """The sheet of what lies around a released place."""
    return session.scalars(select(MapSheet).join(Market).where(MapSheet.market_id == market_id, released())).first()


def has_boundary(market_id: int) -> bool:
    """Whether a place has a boundary, hidden or not: only for those who may know of it."""
    return session.scalar(select(MapFeature.id).where(MapFeature.market_id == market_id)) is not None


def boundaries(market_id: int | None = None) -> Mapping[int, dict[str, Any]]:
    """The boundaries of released places, or that of one of them, as GeoJSON."""
    asked = select(MapFeature.market_id, MapFeature.geometry).join(Market)
    asked = asked.where(MapFeature.kind == Kind.BOUNDARY, released())
    if market_id is not None:
        asked = asked.where(MapFeature.market_id == market_id)
    return {row.market_id: json.loads(row.geometry) for row in session.execute(asked)}
