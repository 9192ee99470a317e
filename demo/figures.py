"""Invented figures of the demonstration: measures, areas, monthly counts, incidents, a survey and studies.

The same for all installations that load them on the same day. They are generated on loading, so the months are always
the most recent ones, and only public places appear in them.
"""

from __future__ import annotations

import csv
import json
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date, time, timedelta
from hashlib import sha256
from io import StringIO
from itertools import pairwise
from math import cos, exp, pi
from random import Random
from typing import Any

from sqlalchemy import insert, select

from demo.texts import days_ago
from portal.core.clock import now, today, zone
from portal.core.db import db, random_id, session
from portal.core.hours import moment_in
from portal.core.i18n import LANGUAGES, Bilingual
from portal.core.jobs.engine import current_engine
from portal.indicators.areas import outlines, ring
from portal.indicators.counts import (
    Area,
    Figure,
    FigureEntry,
    Import,
    areas_of,
    figures,
    first_own_month,
    found_area,
    load_standard_measures,
    measures,
    pack,
)
from portal.indicators.drafting import draft
from portal.indicators.files.cells import DateOrder
from portal.indicators.files.mapping import ColumnMapping
from portal.indicators.freezing import keep
from portal.indicators.imports import plan, take
from portal.indicators.placebos import RULE, PlaceboCounts, PlaceboSet, digest_of
from portal.indicators.snapshots import due, history
from portal.indicators.statistics.plans import default_plan
from portal.indicators.statistics.terms import AreaPart, FileKind, between, month_of, plus, span, type_key
from portal.indicators.studies import areas_to_compare, call_in_day, enter_day, keep_plan, lock_plan, note_deviation
from portal.indicators.surveys import QUESTIONS, answer, call_survey, print_slips
from portal.indicators.uploads import IncidentSource
from portal.markets.map.sheets import MapFeature
from portal.markets.places import Market, public_markets

MONTHS = 13
EARLIER = 2
"""Number of snapshots before the one that is due, so that a series is visible at once."""


Parts = tuple[str, ...]


def load_guarded(texts: Mapping[str, Any], markets: Mapping[str, Market]) -> None:
    slugs = [one["slug"] for one in texts["places"]]
    places = session.execute(select(Area.market_id, Area.id).where(Area.part == AreaPart.PLACE.value))
    areas = {row.market_id: row.id for row in places}
    city = found_area(None, AreaPart.CITY)
    ids = {measure.key: measure.id for measure in measures()}
    last = plus(month_of(today()), -1)
    rows: list[dict[str, Any]] = []
    for number, month in enumerate(span(plus(last, 1 - MONTHS), last)):
        shown = [slug for slug in slugs if (first_own_month(markets[slug]) or last) <= month]
        people = {areas[markets[slug].id]: list(_reporting(f"{slug} {number}", 9)) for slug in shown}
        people[city.id] = [one for some in people.values() for one in some] + list(_reporting(f"city {number}", 55))
        asked = {areas[markets[slug].id]: list(_asked(f"{slug} {number}", number)) for slug in shown if number % 6 == 4}
        offered = {city.id: list(_offered(f"offers {number}"))}
        for whole, counted in (("reports", people), ("asked", asked), ("offers_made", offered)):
            for area_id, some in counted.items():
                rows += _rows(area_id, ids, month, whole, some)
    # As if figures from before the portal had been imported: the nightly count does not touch imported figures.
    digest = sha256(repr([sorted(row.items()) for row in rows]).encode()).hexdigest()
    session.add(
        Import(
            id=(whence := random_id()),
            kind=FileKind.MONTHS.value,
            file_name="alder-falls-people.csv",
            digest=digest,
            rows=len(rows),
            cells=len(rows),
            first_on=plus(last, 1 - MONTHS),
            last_on=last,
            made_at=now(),
        )
    )
    session.flush()
    session.execute(insert(Figure), [row | {"id": random_id(), "import_id": whence} for row in rows])


def freeze_earlier() -> None:
    """Freeze snapshots of earlier months, if there are none.

    A city that was loaded today would have none to show.
    """
    with db.work():
        known, day = history(), due()
    for back in range(EARLIER, 0, -1) if not known else ():
        made = draft(plus(month_of(day), -back).replace(day=day.day))
        if made is not None:
            keep(made)


def _reporting(seed: str, usual: int) -> Iterator[Parts]:
    chance = Random(seed)
    for _number in range(max(0, round(chance.gauss(usual, usual**0.5)))):
        yield ("answered_in_time",) if chance.random() < 0.72 else ()


def _asked(seed: str, number: int) -> Iterator[Parts]:
    chance = Random(seed)
    better = number / MONTHS
    chances = {"aware": 0.3 + 0.4 * better, "safe": 0.35 + 0.2 * better, "trust": 0.4}
    for _number in range(chance.randint(60, 110)):
        yield tuple(key for key, likely in chances.items() if chance.random() < likely)


def _offered(seed: str) -> Iterator[Parts]:
    chance = Random(seed)
    for _number in range(chance.randint(22, 40)):
        connected = chance.random() < 0.6
        lasting = connected and chance.random() < 0.65
        yield ("offers_connected",) * connected + ("offers_lasting",) * lasting


def _rows(
    area_id: int, ids: Mapping[str, int], month: date, whole: str, people: list[Parts]
) -> Iterator[dict[str, Any]]:
    parts = {"reports": ("answered_in_time",), "asked": ("aware", "safe", "trust")}.get(
        whole, ("offers_connected", "offers_lasting")
    )
    for key in (whole, *parts):
        value = sum(key == whole or key in one for one in people)
        yield {"area_id": area_id, "measure_id": ids[key], "month_on": month, "value": value}


Point = tuple[float, float]
CITY = (-79.825, 36.187, -79.775, 36.217)


def load_source(texts: Mapping[str, Any]) -> None:
    _case, day, kind, _block, x, y = texts["columns"]
    types = {type_key(name): key for key, names in texts["types"].items() if key != "new" for name in names}
    reading = ColumnMapping(day, kind, x, y, DateOrder.MDY, types=types)
    session.add(IncidentSource(id=random_id(), name=texts["name"], mapping=asdict(reading), changed_at=now()))
    session.flush()


def example(texts: Mapping[str, Any]) -> str:
    written = StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(texts["columns"])
    rows = sorted(_incident_rows(texts))
    for number, (day, kind, (x, y)) in enumerate(rows):
        block = f"{number % 30 * 100} BLOCK OF {'MILL FOUNDRY ORCHARD CANAL'.split()[number % 4]} ST"
        writer.writerow([f"AF-{number:05}", f"{day:%m/%d/%Y} {number % 24:02}:15", kind, block, f"{x:.8f}", f"{y:.8f}"])
    # Incomplete rows, as in every file that a city publishes.
    writer.writerow(["AF-?", "unknown", "ROBBERY", "", "", ""])
    writer.writerow(["AF-!", f"{rows[-1][0]:%m/%d/%Y} 09:00", "TRESPASSING", "UNKNOWN", "", ""])
    return written.getvalue()


def _incident_rows(texts: Mapping[str, Any]) -> Iterator[tuple[date, str, Point]]:
    last = plus(month_of(today()), -1)
    months = list(span(plus(last, 1 - texts["months"]), last))
    everything = [name for names in texts["types"].values() for name in names]
    for month in months:
        chance = Random(f"elsewhere {month}")
        for number in range(texts["elsewhere"]):
            spot = chance.uniform(CITY[0], CITY[2]), chance.uniform(CITY[1], CITY[3])
            # There is an incident somewhere in the city every day.
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
    """Return a random point inside a polygon given by its outer ring and its holes."""
    across, up = ([corner[axis] for corner in lines[0]] for axis in (0, 1))
    while True:
        x, y = chance.uniform(min(across), max(across)), chance.uniform(min(up), max(up))
        if sum(_crossings(line, x, y) for line in lines) % 2:
            return x, y


def _crossings(line: list[Point], x: float, y: float) -> int:
    """Return how often a ring is crossed by a ray to the east."""
    return sum(
        (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1) for (x1, y1), (x2, y2) in pairwise(line)
    )


SIZES = {AreaPart.PLACE: 1.0, AreaPart.RING: 1.6, AreaPart.COMPARISON_RING: 1.5}
HOTTEST = 7
MANY = 30
"""Above this mean a normal distribution is a good enough approximation."""


def load_figures(texts: Mapping[str, Any], markets: Mapping[str, Market]) -> None:
    load_standard_measures()
    for one in texts["places"]:
        market = markets[one["slug"]]
        areas = _found_areas(market, one, texts)
        counts = list(_counts(market, areas, one, texts))
        made = take(plan(counts), _whence(market, counts), None)
        if one.get("placebos"):
            _load_placebos(market, one["placebos"], texts, made)
    load_source(texts["source"])
    load_guarded(texts, markets)
    db.after_commit(lambda: current_engine().enqueue("snapshot"))


def _whence(market: Market, counts: list[FigureEntry]) -> Import:
    said = "\n".join(f"{one.month_on},{one.value}" for one in counts).encode()
    digest, file_name = sha256(said).hexdigest(), f"{market.slug}-figures.csv"
    return Import(kind=FileKind.MONTHS.value, file_name=file_name, digest=digest, rows=len(counts))


def _found_areas(market: Market, one: Mapping[str, Any], texts: Mapping[str, Any]) -> list[Area]:
    boundary = session.scalars(select(MapFeature.geometry).where(MapFeature.market_id == market.id)).one()
    meters = texts["ring_meters"]
    shifted = [_shifted(boundary, *shift) for shift in one["comparison"]]
    areas = [
        found_area(market, AreaPart.PLACE),
        found_area(market, AreaPart.RING, geometry=ring(boundary, meters)),
        found_area(market, AreaPart.COMPARISON_RING, geometry=ring(shifted[0], meters)),
    ]
    for rank, geometry in enumerate(shifted, 1):
        name = Bilingual(f"Blocks like {market.name.en} ({rank})", f"Cuadras parecidas a {market.name.es} ({rank})")
        areas.append(found_area(market, AreaPart.COMPARISON, rank, name=name, geometry=geometry))
    return areas


def _shifted(boundary: str, east: float, north: float) -> str:
    shape = json.loads(boundary)
    shape["coordinates"] = [
        [[round(x + east, 6), round(y + north, 6)] for x, y in corners] for corners in shape["coordinates"]
    ]
    return json.dumps(shape)


def _size(market: Market, part: AreaPart, rank: int) -> float:
    return SIZES.get(part) or Random(f"{market.slug} {rank}").uniform(0.8, 1.25)


def _counts(
    market: Market, areas: list[Area], one: Mapping[str, Any], texts: Mapping[str, Any]
) -> Iterator[FigureEntry]:
    last = plus(month_of(today()), -1)
    months = list(span(plus(last, 1 - texts["months"]), last))
    delivered = month_of(min(decision.since_on for decision in market.decisions))
    ids = {measure.key: measure.id for measure in measures()}
    for area in areas:
        part = AreaPart(area.part)
        size = _size(market, part, area.rank)
        changed = {AreaPart.PLACE: one["changed"], AreaPart.RING: one.get("ring_changed", {})}.get(part, {})
        for key, usual in texts["usual"].items():
            chance = Random(f"{market.slug} {part} {area.rank} {key}")
            for month in months:
                mean = usual * size * _of_all(month, last, texts) * (changed.get(key, 1) if month > delivered else 1)
                yield FigureEntry(area.id, ids[key], month, _drawn(mean, chance))


def _load_placebos(market: Market, number: int, texts: Mapping[str, Any], made: Import) -> None:
    boundary = session.scalars(select(MapFeature.geometry).where(MapFeature.market_id == market.id)).one()
    shapes = [_shifted(boundary, 0.03 + place % 8 * 0.009, place // 8 * 0.009 - 0.02) for place in range(number)]
    last = plus(month_of(today()), -1)
    months = list(span(plus(last, 1 - texts["months"]), last))
    held = month_of(call_in_day(market) or last)
    one = PlaceboSet(
        market_id=market.id,
        rule=RULE,
        seed=sha256(market.slug.encode()).hexdigest()[:32],
        inputs=sha256(boundary.encode()).hexdigest(),
        measure="drug_calls",
        first_on=months[0],
        last_on=plus(held, -1),
        areas=number,
        outlines=pack(shapes),
        digest=digest_of(shapes),
        made_at=now(),
    )
    session.add(one)
    session.flush()
    ids = {measure.key: measure.id for measure in measures()}
    for key, usual in texts["usual"].items():
        chances = [Random(f"{market.slug} placebo {place} {key}") for place in range(number)]
        counts = [
            [_drawn(usual * chance.uniform(0.97, 1.03) * _of_all(month, last, texts), chance) for month in months]
            for chance in chances
        ]
        session.add(
            PlaceboCounts(
                set_id=one.id, measure_id=ids[key], import_id=made.id, first_on=months[0], content=pack(counts)
            )
        )
    session.flush()


def _of_all(month: date, last: date, texts: Mapping[str, Any]) -> float:
    """Return the factor of season, trend and chance that applies to the whole city in a month."""
    season: float = 1 + texts["seasons"] * cos((month.month - HOTTEST) * pi / 6)
    years: float = texts["yearly"] ** (-between(month, last) / 12)
    return season * years * Random(f"Alder Falls {between(month, last)}").uniform(0.94, 1.06)


def _drawn(mean: float, chance: Random) -> int:
    """Return a Poisson random number with this mean."""
    if mean > MANY:
        return max(0, round(chance.gauss(mean, mean**0.5)))
    count, left = 0, chance.random()
    while left > exp(-mean):
        count, left = count + 1, left * chance.random()
    return count


def load_survey(one: Mapping[str, Any], markets: Mapping[str, Market], lead_id: int) -> dict[str, str]:
    survey = call_survey(markets[one["place"]], days_ago(one["opened"]), days_ago(-one["closes_in"]), lead_id)
    codes = print_slips(survey, dict.fromkeys(LANGUAGES, one["slips"]), lead_id)
    chance = Random(one["place"])
    for lang, some in codes.items():
        for code in some[: one["answered"][lang]]:
            says = {question: chance.random() < one["yes"] for question in QUESTIONS}
            answer(code, says)
    return {lang: some[-1] for lang, some in codes.items()}


LOCKED_AT = time(15, 0)


def load_studies(texts: Mapping[str, Any], markets: Mapping[str, Market], lead_id: int) -> None:
    for one in texts["places"]:
        _load(markets[one["slug"]], one, texts, lead_id)


def _load(market: Market, one: Mapping[str, Any], texts: Mapping[str, Any], lead_id: int) -> None:
    delivered_on = call_in_day(market) or min(decision.since_on for decision in market.decisions)
    areas = [area.rank for area in areas_to_compare(market)]
    plan = default_plan(market.name.en, texts["measures"], areas)
    study = keep_plan(market, replace(plan, primary=one.get("primary", texts["primary"])), lead_id)
    lock_plan(market, study, lead_id)
    study.locked_at = moment_in(zone(), delivered_on - timedelta(days=one["locked"]), LOCKED_AT)
    enter_day(market, study, delivered_on, lead_id)
    for deviation in one.get("deviations", ()):
        what, why = Bilingual(**deviation["what"]), Bilingual(**deviation["why"])
        day = delivered_on + timedelta(days=deviation["days_after"])
        note_deviation(market, study, what, why, day, lead_id, deviation.get("measure"))
