"""Whether anything costs more as a city becomes a state: the same requests and timetable in a small and a large one.

The large one has 500 places, a million reports, 100,000 followers and ten years of figures. Processor milliseconds in
one process, without the server: pages as they are made anew after a publication, what people send, the desk, and each
entry of the timetable when nothing is to be done.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, select

from bench import city, desk, mixed, table
from bench.load import CannotMeasure
from bench.servers import cpu_ms
from portal.core.clock import now, today
from portal.core.db import db, random_id
from portal.core.portal import Portal
from portal.following.following import Follower, FollowWording, Subscription
from portal.indicators.counts import Figure, Measure, found_area, load_standard_measures
from portal.indicators.statistics.terms import AreaPart, plus, written
from portal.markets.places import Market
from tests.indicators import published
from tests.make import both, make_desk, make_market, make_meeting, make_member, make_post

CHUNK = 10_000
MEASURES = 5
LEAST_MONTHS = 36
"""A study needs so many; a city of one year has the figures of the years before."""
LEFT_OUT = ("drawings", "left at the provider", "checks")
"""A worker draws every chart after each snapshot, 20 seconds a minute; the others ask servers that are not here."""
WORTH_A_LINE = 20.0
"""Milliseconds in the large city from which an entry of the timetable gets a line of its own."""


@dataclass(frozen=True)
class Size:
    places: int
    reports: int
    followers: int
    years: int

    def __str__(self) -> str:
        return f"{self.places} places, {self.reports:,} reports, {self.followers:,} followers, {self.years} years"


SIZES = (Size(10, 1_000, 100, 1), Size(500, 1_000_000, 100_000, 10))
QUICK_SIZES = (Size(10, 1_000, 100, 1), Size(100, 50_000, 10_000, 10))


def report(quick: bool) -> str:
    sizes = QUICK_SIZES if quick else SIZES
    columns = [_measured(size) for size in sizes]
    head = ["CPU ms", *(f"{size.places} places" for size in sizes), "ratio"]
    requests = [_row(name, *(column[0][name] for column in columns)) for name in columns[0][0]]
    timed = [_row(name, *(column[1][name] for column in columns)) for name in columns[0][1]]
    long = [row for row in timed if float(row[2]) >= WORTH_A_LINE]
    others = [sum(column[1].values()) for column in columns]
    long.append(_row(f"all {len(timed)} together", *others))
    return "\n\n".join(
        [
            "\n".join(str(size) for size in sizes),
            table.aligned([head, *requests]),
            table.aligned([["each minute or hour, nothing to do, CPU ms", *head[1:]], *long]),
        ]
    )


def _row(name: str, small: float, large: float) -> tuple[str, ...]:
    return name, f"{small:.1f}", f"{large:.1f}", f"{large / max(small, 0.1):.1f}"


def _measured(size: Size) -> tuple[dict[str, float], dict[str, float]]:
    with TemporaryDirectory() as folder, _founded(Path(folder), size) as portal:
        asked = {kind.name: cpu_ms(partial(_ask, portal, kind.lines(portal))) for kind in mixed.KINDS}
        return asked, dict(_timetable(portal))


@contextmanager
def _founded(folder: Path, size: Size) -> Iterator[Portal]:
    portal = city.empty(folder, PORTAL_ANSWERS_PER_ADDRESS=city.PLENTY, PORTAL_ANSWERS_IN_ALL=city.PLENTY)
    with portal.app_context():
        with db.work() as session:
            _people_and_places(session, size)
        for begin in range(0, size.reports, CHUNK):
            desk.fill(range(begin, min(begin + CHUNK, size.reports)))
        _followers(size.followers)
        _figures(size)
    try:
        yield portal
    finally:
        db.engine.dispose()


def _people_and_places(session: Any, size: Size) -> None:
    make_desk(session, [make_member(session, ("triage",))])
    make_desk(session, [make_member(session, ("services",))], "outreach")
    make_desk(session, [], "oversight")
    author = make_member(session, ("organizer",))
    # Not new: nobody is to be told of it.
    before = now() - timedelta(days=30)
    names = ["Elm Street", *(f"Long Street {number}" for number in range(2, size.places + 1))]
    for name in names:
        market = make_market(session, name)
        make_meeting(session, author, market_id=market.id, published_at=before)
        make_post(
            session,
            author,
            market_id=market.id,
            title=both("Lamps", "Faroles"),
            slug=f"news-{market.id}",
            published_at=before,
        )


def _followers(how_many: int) -> None:
    with db.work() as session:
        session.add(FollowWording(version="bench", language="en", words="Yes."))
        places = session.scalars(select(Market.id)).all()
    for begin in range(0, how_many, CHUNK):
        some = [(number, random_id()) for number in range(begin, min(begin + CHUNK, how_many))]
        subscribed = [_subscription(row_id, places[number % len(places)]) for number, row_id in some]
        with db.work() as session:
            session.execute(insert(Follower), [_follower(row_id) for _number, row_id in some])
            session.execute(insert(Subscription), subscribed)


def _follower(row_id: int) -> dict[str, Any]:
    return {
        "id": row_id, "channel": "text", "contact": secrets.token_hex(6),
        "contact_hash": secrets.token_hex(32), "language": "en",
    }  # fmt: skip


def _subscription(follower_id: int, market_id: int) -> dict[str, Any]:
    return {
        "id": random_id(), "follower_id": follower_id, "market_id": market_id, "subject": "place",
        "about": f"place {market_id}", "asked_at": now() - timedelta(days=90), "asked_how": "web", "wording": "bench",
        "confirmed_on": today(),
    }  # fmt: skip


def _figures(size: Size) -> None:
    """Years of figures of every place: the rows, and a published snapshot that shows them."""
    months = [plus(date(2026, 10, 1), -number) for number in reversed(range(max(size.years * 12, LEAST_MONTHS)))]
    published.MONTHS = tuple(map(written, months))
    with db.work() as session:
        load_standard_measures()
        areas = [found_area(market, AreaPart.PLACE) for market in session.scalars(select(Market)).all()]
        measures = session.scalars(select(Measure.id).limit(MEASURES)).all()
        slugs = session.scalars(select(Market.slug)).all()
        published.publish(session, published.a_document(*(published.a_place(slug) for slug in slugs)))
    for area in areas:
        cells = [
            {"area_id": area.id, "measure_id": measure_id, "month_on": month, "value": 12}
            for measure_id in measures
            for month in months
        ]
        with db.work() as session:
            session.execute(insert(Figure), [{"id": random_id(), **cell} for cell in cells])


def _ask(portal: Portal, lines: Iterator[mixed.Line]) -> None:
    # As if something had been published.
    portal.page_cache.forget()
    method, path, extra, body = next(lines)
    headers = dict(pair.split(": ", 1) for pair in extra.split("\1") if pair) | {"Accept-Encoding": "br"}
    kind = "application/x-www-form-urlencoded" if method == "POST" else None
    client = portal.test_client(use_cookies=False)
    answer = client.open(path, method=method, data=body or None, headers=headers, content_type=kind)
    if answer.status_code >= 400:
        raise CannotMeasure(f"{path}: {answer.status_code}")


def _timetable(portal: Portal) -> Iterator[tuple[str, float]]:
    """Run each entry twice, and take the time of the second: by then nothing is to be done."""
    for entry in portal.engine._entries:  # noqa: SLF001
        if entry.when.period >= timedelta(days=1) or entry.name in LEFT_OUT:
            continue
        for _again in range(2):
            began = time.process_time()
            portal.engine.guard(entry.name, entry.work)
            took = (time.process_time() - began) * 1000
        yield entry.name, took
