"""Measures, areas and figures for the team. Whoever asks for the areas of a place has asked for the place before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.indicators.models import Area, Figure, Measure
from portal.indicators.rules.measures import Part, is_measure_key
from portal.indicators.rules.months import month_of
from portal.markets.models import Market
from portal.markets.queries import is_shown, known_market, known_since, known_to

ByMonth = dict[date, int]


def measures() -> Sequence[Measure]:
    """All measures, in their order."""
    return session.scalars(select(Measure).order_by(Measure.position, Measure.key)).all()


def measure_named(key: str) -> Measure:
    """A measure, or `NotFound`."""
    found = session.scalars(select(Measure).where(Measure.key == key)).first() if is_measure_key(key) else None
    if found is None:
        raise NotFound
    return found


def areas_of(market: Market) -> Sequence[Area]:
    """The areas of a place that whoever asks may know of, the place itself first."""
    asked = select(Area).where(Area.market_id == market.id)
    order = {part: number for number, part in enumerate(Part)}
    return sorted(session.scalars(asked), key=lambda area: (order[Part(area.part)], area.rank))


def known_areas(member_id: int) -> Sequence[Area]:
    """The city and every area of the places that a member may know of."""
    theirs = select(Market.id).where(known_to(member_id))
    return session.scalars(select(Area).where((Area.market_id.is_(None)) | Area.market_id.in_(theirs))).all()


def known_area(area_id: int, member_id: int) -> Area:
    """An area, or `NotFound`: the same for one of a place that is hidden from whoever asks and for none."""
    found = session.get(Area, area_id)
    if found is None:
        raise NotFound
    if found.market_id is not None:
        known_market(found.market_id, member_id)
    return found


def figures(area: Area, measure: Measure) -> ByMonth:
    """The monthly counts of all, over languages and channels."""
    asked = select(Figure.month_on, Figure.value).where(
        Figure.area_id == area.id, Figure.measure_id == measure.id, Figure.language == "", Figure.channel == ""
    )
    return {row.month_on: row.value for row in session.execute(asked)}


def plain_figures(area_ids: Iterable[int]) -> dict[tuple[int, int, date], int]:
    """All counts of these areas over languages and channels, by area, measure and month."""
    asked = select(Figure.area_id, Figure.measure_id, Figure.month_on, Figure.value)
    of_all = asked.where(Figure.area_id.in_(area_ids), Figure.language == "", Figure.channel == "")
    return {(row.area_id, row.measure_id, row.month_on): row.value for row in session.execute(of_all)}


def first_own_month(market: Market) -> date | None:
    """The month from which on the effort's own figures of a place may be written down; None while it is hidden.

    Earlier ones would tell, once the place is public, since when there was work: see `Measure.counted_anyway`.
    """
    return month_of(known_since(market)) if is_shown(market.id) else None
