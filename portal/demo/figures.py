"""Measures, areas and four years of invented monthly figures; the same for everybody who loads them on the same day."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from math import cos, exp, pi
from random import Random
from typing import Any

from sqlalchemy import select

from portal.core.clock import today
from portal.core.db import db, session
from portal.core.i18n import Bilingual
from portal.core.jobs.engine import current_engine
from portal.demo.guarded import load_guarded
from portal.demo.incidents import load_source
from portal.indicators.actions import Count, found_area, load_standard_measures
from portal.indicators.areas.geometry import ring
from portal.indicators.imports.actions.taking import Provenance, plan, take
from portal.indicators.models import Area
from portal.indicators.queries import measures
from portal.indicators.rules.measures import FileKind, Part
from portal.indicators.rules.months import between, month_of, plus, span
from portal.markets.map.models import MapFeature
from portal.markets.models import Market

SIZES = {Part.PLACE: 1.0, Part.RING: 1.6, Part.COMPARISON_RING: 1.5}
HOTTEST = 7
MANY = 30
"""Above this many a bell curve is as good as counting."""


def load_figures(texts: Mapping[str, Any], markets: Mapping[str, Market]) -> None:
    """Found the areas of every place that has some in the file, and count there; a worker then freezes snapshots."""
    load_standard_measures()
    for one in texts["places"]:
        market = markets[one["slug"]]
        areas = _found_areas(market, one, texts)
        counts = list(_counts(market, areas, one, texts))
        take(plan(counts), _whence(market, counts), None)
    load_source(texts["source"])
    load_guarded(texts, markets)
    db.after_commit(lambda: current_engine().enqueue("snapshot"))


def _whence(market: Market, counts: list[Count]) -> Provenance:
    """As if they had come in a table."""
    said = "\n".join(f"{one.month_on},{one.value}" for one in counts).encode()
    return Provenance(FileKind.MONTHS, f"{market.slug}-figures.csv", sha256(said).hexdigest(), len(counts))


def _found_areas(market: Market, one: Mapping[str, Any], texts: Mapping[str, Any]) -> list[Area]:
    boundary = session.scalars(select(MapFeature.geometry).where(MapFeature.market_id == market.id)).one()
    meters, people = texts["ring_meters"], texts["people"]
    shifted = [_shifted(boundary, *shift) for shift in one["comparison"]]
    areas = [
        found_area(market, Part.PLACE, population=people),
        found_area(market, Part.RING, geometry=ring(boundary, meters), population=2 * people),
        found_area(market, Part.COMPARISON_RING, geometry=ring(shifted[0], meters), population=2 * people),
    ]
    for rank, geometry in enumerate(shifted, 1):
        name = Bilingual(f"Blocks like {market.name.en} ({rank})", f"Cuadras parecidas a {market.name.es} ({rank})")
        people_there = round(people * _size(market, Part.COMPARISON, rank))
        areas.append(found_area(market, Part.COMPARISON, rank, name=name, geometry=geometry, population=people_there))
    return areas


def _shifted(boundary: str, east: float, north: float) -> str:
    """The same shape somewhere else."""
    shape = json.loads(boundary)
    shape["coordinates"] = [
        [[round(x + east, 6), round(y + north, 6)] for x, y in corners] for corners in shape["coordinates"]
    ]
    return json.dumps(shape)


def _size(market: Market, part: Part, rank: int) -> float:
    """How much is usual in an area, as a part of what is usual at the place."""
    return SIZES.get(part) or Random(f"{market.slug} {rank}").uniform(0.8, 1.25)


def _counts(market: Market, areas: list[Area], one: Mapping[str, Any], texts: Mapping[str, Any]) -> Iterator[Count]:
    last = plus(month_of(today()), -1)
    months = list(span(plus(last, 1 - texts["months"]), last))
    delivered = month_of(min(decision.since_on for decision in market.decisions))
    ids = {measure.key: measure.id for measure in measures()}
    for area in areas:
        part = Part(area.part)
        size = _size(market, part, area.rank)
        changed = {Part.PLACE: one["changed"], Part.RING: one.get("ring_changed", {})}.get(part, {})
        for key, usual in texts["usual"].items():
            chance = Random(f"{market.slug} {part} {area.rank} {key}")
            for month in months:
                mean = usual * size * _of_all(month, last, texts) * (changed.get(key, 1) if month > delivered else 1)
                yield Count(area.id, ids[key], month, _drawn(mean, chance))


def _of_all(month: date, last: date, texts: Mapping[str, Any]) -> float:
    """What the season, the years and the month itself do to the whole city."""
    season: float = 1 + texts["seasons"] * cos((month.month - HOTTEST) * pi / 6)
    years: float = texts["yearly"] ** (-between(month, last) / 12)
    return season * years * Random(f"Alder Falls {between(month, last)}").uniform(0.94, 1.06)


def _drawn(mean: float, chance: Random) -> int:
    """How many, when so many are usual (Poisson)."""
    if mean > MANY:
        return max(0, round(chance.gauss(mean, mean**0.5)))
    count, left = 0, chance.random()
    while left > exp(-mean):
        count, left = count + 1, left * chance.random()
    return count
