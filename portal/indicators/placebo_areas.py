"""The placebo areas that a file of incidents is to count or draw, anew with each area or measure, until the lock."""

from __future__ import annotations

import base64
import json
import secrets
import zlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select

from portal.core.clock import now
from portal.core.db import added, session
from portal.indicators.areas import boundaries_of, outlines
from portal.indicators.counts import Area, Import, measures, pack, unpack
from portal.indicators.files.mapping import DrawingTask
from portal.indicators.statistics.terms import month_of, read, span, written
from portal.indicators.studies import RULE, PlaceboCounts, PlaceboSet, call_in_day, placebo_set, study_of
from portal.markets.places import Market, known_markets


class PlaceboFound(BaseModel):
    """What the counting process found: counts by set id, and areas that it drew; both still packed."""

    placebos: dict[int, str] = {}
    drawn: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class PlaceboReading:
    """What the rows of a file count as: measure keys by type, and all measures and months that are written."""

    counts_as: Sequence[Collection[str]]
    measures: Collection[str]
    months: Sequence[date]


def placebo_options(member_id: int) -> dict[str, Any]:
    """Return what the counting process is to count in and to draw for the places that a member may know of."""
    areas = session.scalars(select(Area).where(Area.market_id.is_not(None))).all()
    boundaries = boundaries_of(list(session.scalars(select(Market.id))))
    # Of every place, hidden ones too: no placebo area may lie where somebody works. They go to the counting process
    # alone; what it draws is shown to nobody, and its seed is random.
    every = {*outlines(areas).values(), *boundaries.values()}
    counted, tasks = [], []
    for market in known_markets(member_id):
        drawn = placebo_set(market)
        if drawn is not None:
            counted.append([str(drawn.id), unpack(drawn.outlines)])
        if (task := _task(market, drawn, boundaries.get(market.id), every)) is not None:
            tasks.append(asdict(task))
    return {"placebos": counted, "draw": tasks}


def _task(market: Market, drawn: PlaceboSet | None, boundary: str | None, every: Collection[str]) -> DrawingTask | None:
    """None if its plan is locked, it has no outline, or nothing has changed."""
    study = study_of(market)
    if boundary is None or (study is not None and study.locked_at is not None):
        return None
    clear_of = sorted({*every} - {boundary})
    measure = study.planned.primary if study else ""
    inputs = sha256(json.dumps([RULE, boundary, clear_of, measure]).encode()).hexdigest()
    if drawn is not None and drawn.inputs == inputs:
        return None
    held = call_in_day(market)
    return DrawingTask(
        market=market.id,
        outline=boundary,
        clear_of=clear_of,
        seed=drawn.seed if drawn else secrets.token_hex(16),
        inputs=inputs,
        measure=measure,
        until=written(month_of(held)) if held else None,
    )


def keep_placebos(found: PlaceboFound, made: Import, reading: PlaceboReading) -> None:
    """Keep the areas that were drawn, unless their place's plan was locked meanwhile, and the counts of an import."""
    for drawing in found.drawn:
        market = session.get(Market, drawing["market"])
        study = study_of(market) if market else None
        if market is None or (study is not None and study.locked_at is not None):
            continue
        if (before := placebo_set(market)) is not None:
            session.delete(before)
            session.flush()
        drawn = PlaceboSet(market_id=market.id, rule=RULE, made_at=now())
        drawn.seed, drawn.inputs, drawn.measure = (drawing[name] for name in ("seed", "inputs", "measure"))
        drawn.first_on, drawn.last_on = read(drawing["first"]), read(drawing["last"])
        drawn.areas, drawn.outlines = len(drawing["outlines"]), pack(drawing["outlines"])
        drawn.digest = sha256(json.dumps(drawing["outlines"]).encode()).hexdigest()
        added(drawn)
        _keep_counts(drawn, drawing["counts"], made, reading)
    for set_id, counts in found.placebos.items():
        # Gone is what was drawn anew.
        if (counted := session.get(PlaceboSet, set_id)) is not None:
            _keep_counts(counted, counts, made, reading)


def _keep_counts(drawn: PlaceboSet, counts: str, made: Import, reading: PlaceboReading) -> None:
    ids = {measure.key: measure.id for measure in measures() if measure.key in reading.measures}
    first = reading.months[0]
    empty = {month.year * 12 + month.month - 1: 0 for month in reading.months}
    sums = {key: [dict(empty) for _area in range(drawn.areas)] for key in ids}
    # As packed by `geometry.AreaTally.packed`.
    for area, kind, month, count in json.loads(zlib.decompress(base64.b64decode(counts))):
        for key in reading.counts_as[kind] if month in empty else ():
            if key in sums:
                sums[key][area][month] += count
    every = [month.year * 12 + month.month - 1 for month in span(first, reading.months[-1])]
    for key, areas in sums.items():
        content = pack([[counted.get(month) for month in every] for counted in areas])
        about = {"set_id": drawn.id, "measure_id": ids[key], "import_id": made.id}
        session.add(PlaceboCounts(**about, first_on=first, content=content))
    session.flush()
