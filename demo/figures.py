"""Invented figures of the demonstration: measures, areas, monthly counts, incidents, a survey and studies.

The same for all installations that load them on the same day. They are generated on loading, so the months are always
the most recent ones, and only public places appear in them.
"""

from __future__ import annotations

import csv
import json
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, time, timedelta
from hashlib import sha256
from io import StringIO
from math import cos, exp, pi
from random import Random
from typing import Any

from sqlalchemy import select

from demo.places import days_ago, pair
from portal.core.clock import now, today, zone
from portal.core.db import db, random_id, session
from portal.core.hours import moment_in
from portal.core.i18n import LANGUAGES, Bilingual
from portal.core.jobs.engine import current_engine
from portal.indicators import areas, counts, freezing, imports, snapshots, studies, surveys
from portal.indicators.counts import Area, FigureEntry, Import
from portal.indicators.files.mapping import ColumnMapping, DateOrder
from portal.indicators.statistics import terms
from portal.indicators.statistics.plans import default_plan
from portal.indicators.statistics.terms import AreaPart, FileKind
from portal.indicators.uploads import IncidentSource
from portal.markets.map.sheets import MapFeature
from portal.markets.places import Market, public_markets

MONTHS = 13
EARLIER = 2
"""Number of snapshots before the one that is due, so that a series is visible at once."""
Texts = Mapping[str, Any]


def _last_months(number: int) -> list[date]:
    last = terms.plus(terms.month_of(today()), -1)
    return list(terms.span(terms.plus(last, 1 - number), last))


def _measure_ids() -> dict[str, int]:
    return {measure.key: measure.id for measure in counts.measures()}


def _load_guarded(texts: Texts, markets: Mapping[str, Market]) -> None:
    places = {place["slug"]: markets[place["slug"]] for place in texts["places"]}
    rows = session.execute(select(Area.market_id, Area.id).where(Area.part == AreaPart.PLACE))
    area_ids = {row.market_id: row.id for row in rows}
    city, ids, months = counts.found_area(None, AreaPart.CITY), _measure_ids(), _last_months(MONTHS)
    entries: list[FigureEntry] = []
    for number, month in enumerate(months):
        by_area = {city.id: _reporting(f"city {number}", 55)}
        for slug, market in places.items():
            if (counts.first_own_month(market) or months[-1]) <= month:
                people = _reporting(f"{slug} {number}", 9)
                by_area[city.id].update(people)
                people.update(_asked(f"{slug} {number}", number) if number % 6 == 4 else {})
                by_area[area_ids[market.id]] = people
        by_area[city.id].update(_offered(f"offers {number}"))
        for area_id, people in by_area.items():
            entries += [FigureEntry(area_id, ids[key], month, value) for key, value in people.items()]
    # Those of before the portal, too: the nightly count does not touch imported figures.
    _import(entries, "alder-falls-people.csv")


def _import(entries: Sequence[FigureEntry], file_name: str) -> Import:
    """Take figures as if they had been imported from a table."""
    content = "\n".join(f"{entry.month_on},{entry.value}" for entry in entries).encode()
    table = Import(kind=FileKind.MONTHS, file_name=file_name, digest=sha256(content).hexdigest(), rows=len(entries))
    return imports.take(imports.plan(entries), table, None)


def freeze_earlier() -> None:
    """Freeze snapshots of earlier months, if there are none: a city that was loaded today would have none to show."""
    with db.work():
        frozen, day = snapshots.history(), snapshots.due()
    for back in range(EARLIER, 0, -1) if not frozen else ():
        made = freezing.draft(terms.plus(terms.month_of(day), -back).replace(day=day.day))
        if made is not None:
            freezing.keep(*made)


def _reporting(seed: str, usual: int) -> Counter[str]:
    chance = Random(seed)
    number = max(0, round(chance.gauss(usual, usual**0.5)))
    return Counter(reports=number, answered_in_time=sum(chance.random() < 0.72 for _report in range(number)))


def _asked(seed: str, number: int) -> Counter[str]:
    chance, better = Random(seed), number / MONTHS
    chances = {"aware": 0.3 + 0.4 * better, "safe": 0.35 + 0.2 * better, "trust": 0.4}
    people = Counter(asked=chance.randint(60, 110), aware=0, safe=0, trust=0)
    for _person in range(people["asked"]):
        people.update(key for key, likely in chances.items() if chance.random() < likely)
    return people


def _offered(seed: str) -> Counter[str]:
    chance = Random(seed)
    people = Counter(offers_made=chance.randint(22, 40), offers_connected=0, offers_lasting=0)
    for _offer in range(people["offers_made"]):
        connected = chance.random() < 0.6
        people["offers_connected"] += connected
        people["offers_lasting"] += connected and chance.random() < 0.65
    return people


Point = tuple[float, float]
CITY = (-79.825, 36.187, -79.775, 36.217)


def example(texts: Texts) -> str:
    """Return an incident file as the city's police would publish it."""
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


def _incident_rows(texts: Texts) -> Iterator[tuple[date, str, Point]]:
    import shapely

    months = _last_months(texts["months"])
    everything = [name for names in texts["types"].values() for name in names]
    for month in months:
        chance = Random(f"elsewhere {month}")
        for number in range(texts["elsewhere"]):
            spot = chance.uniform(CITY[0], CITY[2]), chance.uniform(CITY[1], CITY[3])
            # There is an incident somewhere in the city every day.
            yield month.replace(day=number % _days(month) + 1), chance.choice(everything), spot
    counted = {measure.key: measure for measure in counts.measures() if measure.key in texts["types"]}
    for market in public_markets():
        for area, drawn in areas.outlines(counts.areas_of(market)).items():
            outline = shapely.from_geojson(drawn)
            west, south, east, north = outline.bounds
            for key in (key for key in texts["types"] if key in counted):
                figures = counts.figures(area, counted[key])
                chance = Random(f"{market.slug} {area.part} {area.rank} {key}")
                for each in (month for month in months for _incident in range(figures.get(month, 0))):
                    day = each.replace(day=chance.randint(1, _days(each)))
                    kind, spot = chance.choice(texts["types"][key]), (0.0, 0.0)
                    while not shapely.contains_xy(outline, *spot):
                        spot = chance.uniform(west, east), chance.uniform(south, north)
                    yield day, kind, spot


def _days(month: date) -> int:
    return monthrange(month.year, month.month)[1]


SIZES = {AreaPart.PLACE: 1.0, AreaPart.RING: 1.6, AreaPart.COMPARISON_RING: 1.5}
HOTTEST = 7
MANY = 30
"""Above this mean a normal distribution is a good enough approximation."""


def load_figures(texts: Texts, markets: Mapping[str, Market]) -> None:
    """Create the areas of every place in the file and their counts; a worker then freezes snapshots."""
    counts.load_standard_measures()
    for place in texts["places"]:
        market = markets[place["slug"]]
        boundary = session.scalars(select(MapFeature.geometry).where(MapFeature.market_id == market.id)).one()
        entries = list(_counts(market, _found_areas(market, boundary, place, texts), place, texts))
        made = _import(entries, f"{market.slug}-figures.csv")
        if place.get("placebos"):
            _load_placebos(market, boundary, place["placebos"], texts, made)
    # An incident source whose columns are known, but not the measures of its newest types.
    source = texts["source"]
    _case, day, kind, _block, x, y = source["columns"]
    types = {terms.type_key(name): key for key, names in source["types"].items() if key != "new" for name in names}
    reading = ColumnMapping(day, kind, x, y, DateOrder.MDY, types=types)
    session.add(IncidentSource(id=random_id(), name=source["name"], mapping=asdict(reading), changed_at=now()))
    session.flush()
    _load_guarded(texts, markets)
    db.after_commit(lambda: current_engine().enqueue("snapshot"))


def _found_areas(market: Market, boundary: str, place: Texts, texts: Texts) -> list[Area]:
    meters, shifted = texts["ring_meters"], [_shifted(boundary, *shift) for shift in place["comparison"]]
    listed = [
        counts.found_area(market, AreaPart.PLACE),
        counts.found_area(market, AreaPart.RING, geometry=areas.ring(boundary, meters)),
        counts.found_area(market, AreaPart.COMPARISON_RING, geometry=areas.ring(shifted[0], meters)),
    ]
    for rank, geometry in enumerate(shifted, 1):
        name = Bilingual(f"Blocks like {market.name.en} ({rank})", f"Cuadras parecidas a {market.name.es} ({rank})")
        listed.append(counts.found_area(market, AreaPart.COMPARISON, rank, name=name, geometry=geometry))
    return listed


def _shifted(boundary: str, east: float, north: float) -> str:
    shape = json.loads(boundary)
    shape["coordinates"] = [
        [[round(x + east, 6), round(y + north, 6)] for x, y in corners] for corners in shape["coordinates"]
    ]
    return json.dumps(shape)


def _counts(market: Market, listed: list[Area], place: Texts, texts: Texts) -> Iterator[FigureEntry]:
    delivered = terms.month_of(min(decision.since_on for decision in market.decisions))
    ids = _measure_ids()
    for area in listed:
        size = SIZES.get(area.part) or Random(f"{market.slug} {area.rank}").uniform(0.8, 1.25)
        changed = {AreaPart.PLACE: place["changed"], AreaPart.RING: place.get("ring_changed", {})}.get(area.part, {})
        for key, usual in texts["usual"].items():
            chance = Random(f"{market.slug} {area.part} {area.rank} {key}")
            for month in _last_months(texts["months"]):
                mean = usual * size * _of_all(month, texts) * (changed.get(key, 1) if month > delivered else 1)
                yield FigureEntry(area.id, ids[key], month, _drawn(mean, chance))


def _load_placebos(market: Market, boundary: str, number: int, texts: Texts, made: Import) -> None:
    """Load areas and counts as the portal would draw them from a file of incidents of some years."""
    shapes = [_shifted(boundary, 0.03 + place % 8 * 0.009, place // 8 * 0.009 - 0.02) for place in range(number)]
    months = _last_months(texts["months"])
    drawn = studies.PlaceboSet(
        market_id=market.id,
        rule=studies.RULE,
        seed=sha256(market.slug.encode()).hexdigest()[:32],
        inputs=sha256(boundary.encode()).hexdigest(),
        measure="drug_calls",
        first_on=months[0],
        last_on=terms.plus(terms.month_of(studies.call_in_day(market) or months[-1]), -1),
        areas=number,
        outlines=counts.pack(shapes),
        digest=sha256(json.dumps(shapes).encode()).hexdigest(),
        made_at=now(),
    )
    session.add(drawn)
    session.flush()
    for key, usual in texts["usual"].items():
        chances = [Random(f"{market.slug} placebo {place} {key}") for place in range(number)]
        figures = [
            [_drawn(usual * chance.uniform(0.97, 1.03) * _of_all(month, texts), chance) for month in months]
            for chance in chances
        ]
        about = {"set_id": drawn.id, "measure_id": _measure_ids()[key], "import_id": made.id, "first_on": months[0]}
        session.add(studies.PlaceboCounts(content=counts.pack(figures), **about))
    session.flush()


def _of_all(month: date, texts: Texts) -> float:
    """Return the factor of season, trend and chance that applies to the whole city in a month."""
    age = terms.between(month, terms.plus(terms.month_of(today()), -1))
    season: float = 1 + texts["seasons"] * cos((month.month - HOTTEST) * pi / 6)
    years: float = texts["yearly"] ** (-age / 12)
    return season * years * Random(f"Alder Falls {age}").uniform(0.94, 1.06)


def _drawn(mean: float, chance: Random) -> int:
    """Return a Poisson random number with this mean."""
    if mean > MANY:
        return max(0, round(chance.gauss(mean, mean**0.5)))
    count, left = 0, chance.random()
    while left > exp(-mean):
        count, left = count + 1, left * chance.random()
    return count


def load_survey(texts: Texts, markets: Mapping[str, Market], lead_id: int) -> dict[str, str]:
    """Load a survey with answers; return the code of one unused slip per language."""
    opened_on, closes_on = days_ago(texts["opened"]), days_ago(-texts["closes_in"])
    survey = surveys.call_survey(markets[texts["place"]], opened_on, closes_on, lead_id)
    codes = surveys.print_slips(survey, dict.fromkeys(LANGUAGES, int(texts["slips"])), lead_id)
    chance = Random(texts["place"])
    for lang, some in codes.items():
        for code in some[: texts["answered"][lang]]:
            surveys.answer(code, {question: chance.random() < texts["yes"] for question in surveys.QUESTIONS})
    return {lang: some[-1] for lang, some in codes.items()}


LOCKED_AT = time(15, 0)


def load_studies(texts: Texts, markets: Mapping[str, Market], lead_id: int) -> None:
    for place in texts["places"]:
        market = markets[place["slug"]]
        delivered_on = studies.call_in_day(market) or min(decision.since_on for decision in market.decisions)
        compared = [area.rank for area in studies.areas_to_compare(market)]
        plan = default_plan(market.name.en, texts["measures"], compared)
        plan = replace(plan, primary=place.get("primary", texts["primary"]))
        study = studies.keep_plan(market, plan, lead_id)
        studies.lock_plan(market, study, lead_id)
        study.locked_at = moment_in(zone(), delivered_on - timedelta(days=place["locked"]), LOCKED_AT)
        studies.enter_day(market, study, delivered_on, lead_id)
        for deviation in place.get("deviations", ()):
            day, measure = delivered_on + timedelta(days=deviation["days_after"]), deviation.get("measure")
            texts_of = {name: pair(deviation[name]) for name in ("what", "why")}
            studies.note_deviation(market, study, **texts_of, measure=measure, day=day, member_id=lead_id)
