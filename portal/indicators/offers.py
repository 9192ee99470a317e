"""Monthly counts of the help offered at a place: rules, queries, the recording action, and wording."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from itertools import pairwise

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.db import Base, random_id, session
from portal.core.statuses import Refused
from portal.indicators.counts import (
    Area,
    Figure,
    FigureEntry,
    Measure,
    first_own_month,
    found_area,
    load_standard_measures,
)
from portal.indicators.counts import record as write_down
from portal.indicators.measures import AreaPart
from portal.markets.places import Market

MADE, CONNECTED, LASTING = "offers_made", "offers_connected", "offers_lasting"
COUNTED = (MADE, CONNECTED, LASTING)
Offers = Mapping[str, int | None]
"""Counts by measure; None if not known yet: whether help lasts 90 days is known only after 90 days."""


class OfferCost(Base):
    """What all offers of help of the city cost in a year, in whole dollars."""

    __tablename__ = "indicators_offer_cost"
    __table_args__ = (CheckConstraint("dollars >= 0", name="dollars"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    year: Mapped[int] = mapped_column(unique=True)
    dollars: Mapped[int]


def offer_costs() -> dict[int, int]:
    """Return what all offers of help cost, in dollars by year, the newest year first."""
    return {row.year: row.dollars for row in session.scalars(select(OfferCost).order_by(OfferCost.year.desc()))}


def write_cost(year: int, dollars: int | None, by_id: int) -> None:
    """Write down what the offers of a year cost; None erases it. Published snapshots keep what they say."""
    session.execute(delete(OfferCost).where(OfferCost.year == year))
    if dollars is not None:
        session.add(OfferCost(year=year, dollars=dollars))
    session.flush()
    record("city.offer_cost_written", "city", year, by_id)


class CostState(StrEnum):
    """Whether a cost is public, or why it is not."""

    SHOWN = "shown"
    NEXT = "next"
    """Written down, or changed, since the newest snapshot, which has the number of the year."""
    NOT_OVER = "not_over"
    NOT_COUNTED = "not_counted"
    """The year is in the newest snapshot, and its number of offers that led to help is not published."""


def cost_state(
    year: int, dollars: int, shown: Mapping[int, int], connected: Collection[int], last_year: int
) -> CostState:
    """Return whether a cost is public, by the newest snapshot.

    `shown`: its costs; `connected`: the years of which it has the number of offers that led to help; `last_year`: the
    last year of which it has all months.
    """
    if shown.get(year) == dollars:
        return CostState.SHOWN
    if year > last_year:
        return CostState.NOT_OVER
    return CostState.NEXT if year in connected else CostState.NOT_COUNTED


def adds_up(offers: Offers) -> bool:
    """Return whether the counts are consistent: made ≥ connected ≥ lasting ≥ 0, ignoring unknown ones."""
    known = [value for value in (offers[key] for key in COUNTED) if value is not None]
    return all(value >= 0 for value in known) and all(one >= other for one, other in pairwise(known))


def write_offers(market: Market, month: date, offers: Offers, by_id: int) -> None:
    """Record the offers of a month; a count of None deletes the figure. Raise `Refused` if they cannot be recorded.

    They must add up, and the month must not be earlier than that in which the place became public.
    """
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
    write_down(FigureEntry(area.id, ids[key], month, value) for key in COUNTED if (value := offers[key]) is not None)
    record("market.offers_written", "market", market.id, by_id)


def offers_of(market: Market) -> dict[date, dict[str, int]]:
    """Return the recorded offers of a place by month and measure, newest month first."""
    asked = (
        select(Figure.month_on, Measure.key, Figure.value)
        .join(Measure, Measure.id == Figure.measure_id)
        .join(Area, Area.id == Figure.area_id)
        .where(Area.market_id == market.id, Area.part == AreaPart.PLACE.value, Measure.key.in_(COUNTED))
        .where(Figure.language == "", Figure.channel == "")
        .order_by(Figure.month_on.desc())
    )
    found: dict[date, dict[str, int]] = {}
    for row in session.execute(asked):
        found.setdefault(row.month_on, {})[row.key] = row.value
    return found


def _area(market: Market) -> Area:
    found = session.scalar(select(Area).where(Area.market_id == market.id, Area.part == AreaPart.PLACE.value))
    return found or found_area(market, AreaPart.PLACE)


COLUMNS = {
    MADE: _l("Offers made"),
    CONNECTED: _l("Help began within 30 days"),
    LASTING: _l("Help still goes on after 90 days"),
}
COST_STATES = {
    CostState.SHOWN: _l("public"),
    CostState.NEXT: _l("public with the next figures, on %(day)s"),
    CostState.NOT_OVER: _l("not public yet: the figures that are published do not hold the whole year"),
    CostState.NOT_COUNTED: _l(
        "not public: it is not published how many offers led to help in that year. They were not written down for the "
        "whole year, or are none, or too few somewhere"
    ),
}
REFUSALS = {
    "offers_early": _l("Only months since the place is public can be written down."),
    "offers_sums": _l("More help began or lasts than was offered. Please check the numbers."),
}
AUDITED = {
    "market.offers_written": _l("wrote down offers of help"),
    "city.offer_cost_written": _l("wrote down what offers of help cost"),
}
