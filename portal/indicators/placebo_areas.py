"""Which placebo areas an incident file is to count or to draw, and what is kept of them once it is taken over.

They are drawn by themselves, for every place with an outline, as soon as a file covers two years. They are drawn anew
if an area or the primary measure changes, until the plan is locked.
"""

from __future__ import annotations

import base64
import json
import secrets
import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select

from portal.core.clock import now
from portal.core.db import session
from portal.indicators import placebos
from portal.indicators.areas import boundaries_of, outlines
from portal.indicators.counts import Area, Import, measures, pack, unpack
from portal.indicators.files.mapping import DrawingTask
from portal.indicators.placebos import RULE, PlaceboSet, placebo_set
from portal.indicators.statistics.terms import month_of, read, span, written
from portal.indicators.studies import call_in_day, study_of
from portal.markets.places import Market, known_markets


@dataclass(frozen=True)
class PlaceboFound:
    """What the counting process found: counts by set id, and areas that it drew; both still packed."""

    counted: Mapping[str, str] = field(default_factory=dict)
    drawn: Sequence[Mapping[str, Any]] = ()

    @property
    def areas(self) -> int:
        redrawn = [said["market"] for said in self.drawn]
        asked = select(func.sum(PlaceboSet.areas)).where(
            PlaceboSet.id.in_(map(int, self.counted)), PlaceboSet.market_id.not_in(redrawn)
        )
        return (session.scalar(asked) or 0) + sum(len(said["outlines"]) for said in self.drawn)


@dataclass(frozen=True)
class PlaceboReading:
    """What the rows of a file count as: measure keys by type, and all measures and months that are written."""

    counts_as: Sequence[Collection[str]]
    measures: Collection[str]
    months: Sequence[date]


def placebo_options(member_id: int) -> dict[str, Any]:
    counted, tasks, others = [], [], _outlines_by_place()
    for market in known_markets(member_id):
        one = placebo_set(market)
        if one is not None:
            counted.append([str(one.id), unpack(one.outlines)])
        if (task := _task(market, one, others)) is not None:
            tasks.append(asdict(task))
    return {"placebos": counted, "draw": tasks}


def known_sets(member_id: int) -> list[str]:
    ids = [market.id for market in known_markets(member_id)]
    asked = select(PlaceboSet.digest).where(PlaceboSet.market_id.in_(ids)).order_by(PlaceboSet.digest)
    return list(session.scalars(asked))


def _outlines_by_place() -> dict[int, list[str]]:
    """Return all outlines of every place, hidden ones too: no placebo area may lie where somebody works.

    They go to the counting process alone. What it draws is shown to nobody, and its seed is random.
    """
    areas = session.scalars(select(Area).where(Area.market_id.is_not(None))).all()
    drawn, found = outlines(areas), defaultdict(list)
    for area in areas:
        if area.id in drawn:
            found[area.market_id or 0].append(drawn[area.id])
    for market_id, boundary in boundaries_of(list(session.scalars(select(Market.id)))).items():
        found[market_id].append(boundary)
    return found


def _task(market: Market, one: PlaceboSet | None, others: Mapping[int, Sequence[str]]) -> DrawingTask | None:
    """Return what to draw for a place; None if its plan is locked, it has no outline, or nothing has changed."""
    study, boundary = study_of(market), boundaries_of([market.id]).get(market.id)
    if boundary is None or (study is not None and study.locked_at is not None):
        return None
    clear_of = sorted({outline for each in others.values() for outline in each} - {boundary})
    measure = study.planned.primary if study else ""
    inputs = sha256(json.dumps([RULE, boundary, clear_of, measure]).encode()).hexdigest()
    if one is not None and one.inputs == inputs:
        return None
    held = call_in_day(market)
    seed = one.seed if one else secrets.token_hex(16)
    until = written(month_of(held)) if held else None
    return DrawingTask(market.id, boundary, clear_of, seed, inputs, measure, until)


def keep_placebos(found: PlaceboFound, made: Import, reading: PlaceboReading) -> None:
    """Keep the areas that were drawn, unless their place's plan was locked meanwhile, and the counts of an import."""
    replaced: set[int] = set()
    for said in found.drawn:
        market = session.get(Market, said["market"])
        if market is not None and (one := _keep_set(market, said, replaced)) is not None:
            _keep_counts(one, said["counts"], made, reading)
    for set_id, counts in found.counted.items():
        one = session.get(PlaceboSet, int(set_id))
        if one is not None and int(set_id) not in replaced:
            _keep_counts(one, counts, made, reading)


def _keep_set(market: Market, said: Mapping[str, Any], replaced: set[int]) -> PlaceboSet | None:
    study, before = study_of(market), placebo_set(market)
    if study is not None and study.locked_at is not None:
        return None
    if before is not None:
        replaced.add(before.id)
        session.delete(before)
        session.flush()
    one = PlaceboSet(
        market_id=market.id,
        rule=RULE,
        **{name: said[name] for name in ("seed", "inputs", "measure")},
        first_on=read(said["first"]),
        last_on=read(said["last"]),
        areas=len(said["outlines"]),
        outlines=pack(said["outlines"]),
        digest=placebos.digest_of(said["outlines"]),
        made_at=now(),
    )
    session.add(one)
    session.flush()
    return one


def _keep_counts(one: PlaceboSet, counts: str, made: Import, reading: PlaceboReading) -> None:
    ids = {measure.key: measure.id for measure in measures() if measure.key in reading.measures}
    first, last = reading.months[0], reading.months[-1]
    empty = {month.year * 12 + month.month - 1: 0 for month in reading.months}
    sums = {key: [dict(empty) for _area in range(one.areas)] for key in ids}
    # As packed by `drawing.PlaceboTally.result`.
    for area, kind, month, count in json.loads(zlib.decompress(base64.b64decode(counts))):
        for key in reading.counts_as[kind] if month in empty else ():
            if key in sums:
                sums[key][area][month] += count
    every = [month.year * 12 + month.month - 1 for month in span(first, last)]
    for key, areas in sums.items():
        session.add(
            placebos.PlaceboCounts(
                set_id=one.id,
                measure_id=ids[key],
                import_id=made.id,
                first_on=first,
                content=pack([[counted.get(month) for month in every] for counted in areas]),
            )
        )
    session.flush()
