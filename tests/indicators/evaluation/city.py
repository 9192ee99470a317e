"""A place with areas and figures in the database, and its study."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.core.clock import now, today
from portal.indicators.counts import (
    Area,
    FigureEntry,
    areas_of,
    found_area,
    load_standard_measures,
    measure_named,
    write_figures,
)
from portal.indicators.statistics.plans import StudyPlan
from portal.indicators.statistics.terms import AreaPart, month_of, plus
from portal.indicators.studies import Study, enter_day, keep_plan, lock_plan
from portal.markets.places import Market
from tests.indicators.evaluation.material import counts
from tests.make import make_market, make_member

PARTS = [
    (AreaPart.PLACE, 1),
    *((AreaPart.COMPARISON, rank) for rank in (1, 2, 3)),
    (AreaPart.RING, 1),
    (AreaPart.COMPARISON_RING, 1),
]
MONTHS_AGO = 15


def call_in_day() -> date:
    """The call-in was in the middle of a month, more than a year ago: the first look has come whatever day it is."""
    return plus(month_of(today()), -MONTHS_AGO).replace(day=15)


def make_figures(session: Session, market: Market, ratio: float = 0.6, key: str = "drug_calls") -> dict[str, Area]:
    """Three years of counts before the call-in and one after, in the place and around it."""
    load_standard_measures()
    measure, areas = measure_named(key), {}
    first = plus(month_of(today()), -MONTHS_AGO - 36)
    for number, (part, rank) in enumerate(PARTS):
        area = areas[f"{part.value}-{rank}"] = found_area(market, part, rank)
        drawn = list(counts(30, ratio if part is AreaPart.PLACE else 1.0, number).values())[: 36 + MONTHS_AGO]
        write_figures(FigureEntry(area.id, measure.id, plus(first, month), count) for month, count in enumerate(drawn))
    session.flush()
    return areas


def make_study(
    session: Session, market: Market, *, locked: bool = True, day: date | None = None, **planned: Any
) -> Study:
    """The study of a place: planned, locked two years ago, with the day of the call-in if one is given."""
    lead = make_member(session, ("community_lead",))
    if not areas_of(market):
        for part, rank in PARTS:
            found_area(market, part, rank)
    study = keep_plan(
        market,
        StudyPlan(
            market.slug, **{"measures": ("drug_calls",), "comparison": (1, 2, 3), "primary": "drug_calls"} | planned
        ),
        lead.id,
    )
    if locked:
        lock_plan(market, study, lead.id)
        study.locked_at = now() - timedelta(days=730)
    if day is not None:
        enter_day(market, study, day, lead.id)
    session.flush()
    return study


def make_studied_place(
    session: Session, name: str = "Elm Street", ratio: float = 0.6, **given: Any
) -> tuple[Market, Study]:
    """A released place with figures and a study whose results are due."""
    market = make_market(session, name)
    make_figures(session, market, ratio)
    return market, make_study(session, market, day=call_in_day(), **given)
