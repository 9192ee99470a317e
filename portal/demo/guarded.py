"""Counts of people in Alder Falls, made up: reports, surveys, offers of help; and snapshots of the months before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from portal.core.clock import now, today
from portal.core.db import db, random_id, session
from portal.indicators.actions import found_area
from portal.indicators.models import Area, Figure, Import
from portal.indicators.queries import first_own_month, measures
from portal.indicators.rules.measures import FileKind, Part
from portal.indicators.rules.months import month_of, plus, span
from portal.indicators.snapshots.actions import keep
from portal.indicators.snapshots.drafting import draft
from portal.indicators.snapshots.queries import due, history
from portal.markets.models import Market

MONTHS = 13
EARLIER = 2
"""Snapshots before the one that is due, so that a series is seen at once."""


class Person(NamedTuple):
    """Somebody who is counted: in which line of which channel, and in which parts of the whole."""

    language: str
    channel: str
    parts: tuple[str, ...]


def load_guarded(texts: Mapping[str, Any], markets: Mapping[str, Market]) -> None:
    """Count people at every place that has figures, and in the whole city."""
    slugs = [one["slug"] for one in texts["places"]]
    places = session.execute(select(Area.market_id, Area.id).where(Area.part == Part.PLACE.value))
    areas = {row.market_id: row.id for row in places}
    city = found_area(None, Part.CITY, population=texts["people"] * 60)
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
    # As if what was used before the portal had been taken over: the nightly count leaves what came in a file.
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
    """Freeze the snapshots of the months before, where there is none: a city that began today has nothing to show."""
    with db.work():
        known, day = history(), due()
    for back in range(EARLIER, 0, -1) if not known else ():
        made = draft(plus(month_of(day), -back).replace(day=day.day))
        if made is not None:
            keep(made)


def _reporting(seed: str, usual: int) -> Iterator[Person]:
    chance = Random(seed)
    for _number in range(max(0, round(chance.gauss(usual, usual**0.5)))):
        parts = ("answered_in_time",) if chance.random() < 0.72 else ()
        yield Person(chance.choices(("en", "es"), (3, 2))[0], chance.choices(("web", "sms"), (3, 2))[0], parts)


def _asked(seed: str, number: int) -> Iterator[Person]:
    chance = Random(seed)
    better = number / MONTHS
    chances = {"aware": 0.3 + 0.4 * better, "safe": 0.35 + 0.2 * better, "trust": 0.4}
    for _number in range(chance.randint(60, 110)):
        parts = tuple(key for key, likely in chances.items() if chance.random() < likely)
        yield Person(chance.choices(("en", "es"), (3, 2))[0], "", parts)


def _offered(seed: str) -> Iterator[Person]:
    chance = Random(seed)
    for _number in range(chance.randint(22, 40)):
        connected = chance.random() < 0.6
        lasting = connected and chance.random() < 0.65
        yield Person("", "", ("offers_connected",) * connected + ("offers_lasting",) * lasting)


def _rows(
    area_id: int, ids: Mapping[str, int], month: date, whole: str, people: list[Person]
) -> Iterator[dict[str, Any]]:
    parts = {"reports": ("answered_in_time",), "asked": ("aware", "safe", "trust")}.get(
        whole, ("offers_connected", "offers_lasting")
    )
    languages = ("en", "es") if whole != "offers_made" else ()
    channels = ("web", "sms") if whole == "reports" else ()
    lines = [("", ""), *((language, "") for language in languages), *(("", channel) for channel in channels)]
    for key in (whole, *parts):
        for language, channel in lines:
            theirs = [one for one in people if language in ("", one.language) and channel in ("", one.channel)]
            value = sum(key == whole or key in one.parts for one in theirs)
            plain = {"area_id": area_id, "measure_id": ids[key], "month_on": month, "value": value}
            yield plain | {"language": language, "channel": channel}
