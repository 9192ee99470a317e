"""A file of invented incidents that fits the figures, to try the import with, and the source that it comes from.

It is made when it is asked for: its months are always the last ones. Only places that everybody knows are in it.
"""

from __future__ import annotations

import csv
import json
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date
from io import StringIO
from itertools import pairwise
from random import Random
from typing import Any

from portal.core.clock import now, today
from portal.core.db import random_id, session
from portal.indicators.areas.queries import outlines
from portal.indicators.imports.models import Source
from portal.indicators.imports.rules.dates import Order
from portal.indicators.imports.rules.mapping import Reading, as_json, type_key
from portal.indicators.queries import areas_of, figures, measures
from portal.indicators.rules.months import month_of, plus, span
from portal.markets.queries import public_markets

Point = tuple[float, float]
CITY = (-79.825, 36.187, -79.775, 36.217)


def load_source(texts: Mapping[str, Any]) -> None:
    """Let somebody have said how the files of the source are read, but not what its newest types count as."""
    _case, day, kind, block, x, y = texts["columns"]
    types = {type_key(name): key for key, names in texts["types"].items() if key != "new" for name in names}
    reading = Reading(day, kind, x, y, block, Order.MDY, types=types)
    session.add(Source(id=random_id(), name=texts["name"], mapping=as_json(reading), changed_at=now()))
    session.flush()


def example(texts: Mapping[str, Any]) -> str:
    """The file, as the city's police would publish it."""
    written = StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(texts["columns"])
    rows = sorted(_rows(texts))
    for number, (day, kind, (x, y)) in enumerate(rows):
        block = f"{number % 30 * 100} BLOCK OF {'MILL FOUNDRY ORCHARD CANAL'.split()[number % 4]} ST"
        writer.writerow([f"AF-{number:05}", f"{day:%m/%d/%Y} {number % 24:02}:15", kind, block, f"{x:.8f}", f"{y:.8f}"])
    # As in every file that a city publishes.
    writer.writerow(["AF-?", "unknown", "ROBBERY", "", "", ""])
    writer.writerow(["AF-!", f"{rows[-1][0]:%m/%d/%Y} 09:00", "TRESPASSING", "UNKNOWN", "", ""])
    return written.getvalue()


def _rows(texts: Mapping[str, Any]) -> Iterator[tuple[date, str, Point]]:
    last = plus(month_of(today()), -1)
    months = list(span(plus(last, 1 - texts["months"]), last))
    everything = [name for names in texts["types"].values() for name in names]
    for month in months:
        chance = Random(f"elsewhere {month}")
        for number in range(texts["elsewhere"]):
            spot = chance.uniform(CITY[0], CITY[2]), chance.uniform(CITY[1], CITY[3])
            # Somewhere in the city something happens on every day.
            yield month.replace(day=number % _days(month) + 1), chance.choice(everything), spot
    counted = {measure.key: measure for measure in measures()}
    for market in public_markets():
        areas = areas_of(market)
        drawn = outlines(areas)
        for area in (area for area in areas if area.id in drawn):
            lines = json.loads(drawn[area.id])["coordinates"]
            for key in (key for key in texts["types"] if key in counted):
                there = figures(area, counted[key])
                chance = Random(f"{market.slug} {area.part} {area.rank} {key}")
                yield from _in_area(
                    lines, texts["types"][key], {month: there.get(month, 0) for month in months}, chance
                )


def _in_area(
    lines: list[list[Point]], kinds: list[str], counts: Mapping[date, int], chance: Random
) -> Iterator[tuple[date, str, Point]]:
    for month, count in counts.items():
        for _each in range(count):
            yield month.replace(day=chance.randint(1, _days(month))), chance.choice(kinds), _somewhere(lines, chance)


def _days(month: date) -> int:
    return monthrange(month.year, month.month)[1]


def _somewhere(lines: list[list[Point]], chance: Random) -> Point:
    """A point between these lines: the outer one, and those of holes."""
    across, up = ([corner[axis] for corner in lines[0]] for axis in (0, 1))
    while True:
        x, y = chance.uniform(min(across), max(across)), chance.uniform(min(up), max(up))
        if sum(_crossings(line, x, y) for line in lines) % 2:
            return x, y


def _crossings(line: list[Point], x: float, y: float) -> int:
    """How often a line is crossed on the way to the east."""
    return sum(
        (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1) for (x1, y1), (x2, y2) in pairwise(line)
    )
