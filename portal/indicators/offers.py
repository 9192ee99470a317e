"""Monthly counts of the help offered at a place: rules, queries, the recording action, and wording."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from portal.core.audit import record
from portal.core.db import session
from portal.core.statuses import Refused
from portal.indicators import counts
from portal.indicators.counts import Area, Figure, Measure
from portal.indicators.counts import record as write_down
from portal.indicators.measures import AreaPart
from portal.markets.places import Market

MADE, CONNECTED, LASTING = "offers_made", "offers_connected", "offers_lasting"
COUNTED = (MADE, CONNECTED, LASTING)
Offers = Mapping[str, int | None]
"""Counts by measure; None if not known yet: whether help lasts 90 days is known only after 90 days."""


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
    first = counts.first_own_month(market)
    if first is None or month < first:
        raise Refused("offers_early")
    counts.load_standard_measures()
    place = select(Area).where(Area.market_id == market.id, Area.part == AreaPart.PLACE.value)
    area = session.scalar(place) or counts.found_area(market, AreaPart.PLACE)
    ids = {row.key: row.id for row in session.execute(select(Measure.key, Measure.id).where(Measure.key.in_(COUNTED)))}
    unknown = [ids[key] for key in COUNTED if offers[key] is None]
    session.execute(
        delete(Figure).where(Figure.area_id == area.id, Figure.month_on == month, Figure.measure_id.in_(unknown))
    )
    write_down(
        counts.FigureEntry(area.id, ids[key], month, value) for key in COUNTED if (value := offers[key]) is not None
    )
    record("market.offers_written", "market", market.id, by_id)


def offers_of(market: Market) -> dict[date, dict[str, int]]:
    """Return the recorded offers of a place by month and measure, newest month first."""
    asked = (
        select(Figure.month_on, Measure.key, Figure.value)
        .join(Measure, Measure.id == Figure.measure_id)
        .join(Area, Area.id == Figure.area_id)
        .where(Area.market_id == market.id, Area.part == AreaPart.PLACE.value, Measure.key.in_(COUNTED))
        .order_by(Figure.month_on.desc())
    )
    found: dict[date, dict[str, int]] = {}
    for row in session.execute(asked):
        found.setdefault(row.month_on, {})[row.key] = row.value
    return found


COLUMNS = {
    MADE: _l("Offers made"),
    CONNECTED: _l("Help began within 30 days"),
    LASTING: _l("Help still goes on after 90 days"),
}
REFUSALS = {
    "offers_early": _l("Only months since the place is public can be written down."),
    "offers_sums": _l("More help began or lasts than was offered. Please check the numbers."),
}
AUDITED = {
    "market.offers_written": _l("wrote down offers of help"),
}
