"""Writing down offers of a month, over what stood there."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select

from portal.core.audit import record
from portal.core.db import session
from portal.core.errors import Refused
from portal.indicators.actions import Count, found_area, load_standard_measures
from portal.indicators.actions import record as write_down
from portal.indicators.models import Area, Figure, Measure
from portal.indicators.offers.rules import COUNTED, Offers, adds_up
from portal.indicators.queries import first_own_month
from portal.indicators.rules.measures import Part
from portal.markets.models import Market


def write_offers(market: Market, month: date, offers: Offers, by_id: int) -> None:
    """Keep the offers of a month; what is None is not known, and is no figure. Raises `Refused`."""
    if not adds_up(offers):
        raise Refused("offers_sums")
    first = first_own_month(market)
    if first is None or month < first:
        raise Refused("offers_early")
    load_standard_measures()
    area = _area(market)
    ids = {row.key: row.id for row in session.execute(select(Measure.key, Measure.id).where(Measure.key.in_(COUNTED)))}
    unknown = [ids[key] for key in COUNTED if offers[key] is None]
    session.execute(
        delete(Figure).where(Figure.area_id == area.id, Figure.month_on == month, Figure.measure_id.in_(unknown))
    )
    write_down(Count(area.id, ids[key], month, value) for key in COUNTED if (value := offers[key]) is not None)
    record("market.offers_written", "market", market.id, by_id)


def offers_of(market: Market) -> dict[date, dict[str, int]]:
    """What is written down of a place, the newest month first."""
    asked = (
        select(Figure.month_on, Measure.key, Figure.value)
        .join(Measure, Measure.id == Figure.measure_id)
        .join(Area, Area.id == Figure.area_id)
        .where(Area.market_id == market.id, Area.part == Part.PLACE.value, Measure.key.in_(COUNTED))
        .where(Figure.language == "", Figure.channel == "")
        .order_by(Figure.month_on.desc())
    )
    found: dict[date, dict[str, int]] = {}
    for row in session.execute(asked):
        found.setdefault(row.month_on, {})[row.key] = row.value
    return found


def _area(market: Market) -> Area:
    found = session.scalar(select(Area).where(Area.market_id == market.id, Area.part == Part.PLACE.value))
    return found or found_area(market, Part.PLACE)
