"""Counting what the portal itself does, month by month, before what is counted is erased.

Each night the months are counted that have ended and are not complete yet. Once a month's time is up its counts stay.
What somebody imported for a month, say from what was used before, is never written over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from flask import current_app
from sqlalchemy import select

from portal.core.clock import today
from portal.core.db import session
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import DAY
from portal.core.tallies import Tallying
from portal.indicators.actions import Count, found_area, record
from portal.indicators.models import Area, Figure, Measure
from portal.indicators.rules.measures import Part
from portal.indicators.rules.months import month_of, plus, span
from portal.indicators.snapshots.rules.days import is_complete
from portal.markets.models import Market

LOOK_BACK = 2
"""Months. Reports are erased 90 days after they were closed: by then their month was counted for the last time."""


def start(jobs: Engine) -> None:
    """Add it to the timetable, at the same hour as retention."""
    jobs.timed("monthly counts", DAY, count_months)


def count_months() -> None:
    """Count the months that have ended, each in a transaction of its own."""
    last = plus(month_of(today()), -1)
    each_row(span(plus(last, 1 - LOOK_BACK), last), count_month)


def count_month(month: date) -> None:
    """Write down what every feature counts in a month. What is complete stays, and so does what came in a file."""
    sources: Sequence[Tallying] = current_app.extensions.get("monthly_counts", ())
    found = [tally for source in sources for tally in source(month)]
    keys = {one.key: one for one in session.scalars(select(Measure).where(Measure.key.in_({t.measure for t in found})))}
    settled = _settled(keys.values(), month)
    areas, filed = _areas({one.market_id for one in found}), _filed(month)
    record(
        Count(areas[one.market_id], keys[one.measure].id, month, one.value, one.language, one.channel)
        for one in found
        if one.measure in keys
        and one.measure not in settled
        and (areas[one.market_id], _family(keys[one.measure])) not in filed
    )


def _settled(listed: Iterable[Measure], month: date) -> set[str]:
    """The measures whose figures of a month are complete and there."""
    counted = set(session.scalars(select(Figure.measure_id).where(Figure.month_on == month).distinct()))
    return {one.key for one in listed if one.id in counted and is_complete(month, one.lag_days + 1, today())}


def _filed(month: date) -> set[tuple[int, str]]:
    """What was imported for a month, by area and family: a part of one source says nothing of another one's whole."""
    asked = select(Figure.area_id, Measure).join(Measure, Measure.id == Figure.measure_id)
    rows = session.execute(asked.where(Figure.month_on == month, Figure.import_id.is_not(None)))
    return {(area_id, _family(measure)) for area_id, measure in rows}


def _family(measure: Measure) -> str:
    return measure.of_key or measure.key


def _areas(markets: Iterable[int | None]) -> dict[int | None, int]:
    """The areas of places, and of the city (None); those that are missing are founded."""
    asked = select(Area.market_id, Area.id).where(Area.part.in_((Part.PLACE.value, Part.CITY.value)), Area.rank == 1)
    known: dict[int | None, int] = {row.market_id: row.id for row in session.execute(asked)}
    for market_id in markets:
        if market_id is None and None not in known:
            known[None] = found_area(None, Part.CITY).id
        elif market_id not in known:
            known[market_id] = found_area(session.get_one(Market, market_id), Part.PLACE).id
    return known
