"""Whether public pages cost more as places and posts become many: processor milliseconds for each, in one process.

Uncached is what a page costs the first time after each publication; cached is every other time. The queue of a server
and its sockets are left out, so that only what grows can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import IPv6Address
from pathlib import Path
from secrets import randbits
from tempfile import TemporaryDirectory

from bench import city, table
from bench.servers import cpu_ms
from portal.core.clock import now
from portal.core.db import db
from portal.core.portal import Portal
from tests.make import both, make_market, make_meeting, make_member, make_post

SIZES, QUICK_SIZES = ((10, 100), (500, 10_000)), ((10, 100), (50, 1_000))
PAGES = {
    "front page": "/en/",
    "place page": "/en/places/long-street-1/",
    "list of places": "/en/places/",
    "list of news": "/en/news/",
    "last page of the news": "/en/news/older-than/news-{last}/",
    "search, a rare word": "/en/search/?q=heron",
    "search, a word in all": "/en/search/?q=neighbors",
    "search, two words and a beginning": "/en/search/?q=street+lamp+neigh",
}
PAGE = 10
WORDS = "neighbors talked about lamps, the bus stop, the street and what comes next on the long block by the river"


def report(quick: bool) -> str:
    columns = [_measured(places, posts) for places, posts in (QUICK_SIZES if quick else SIZES)]
    head = ["CPU ms", *(f"{places} places, {posts:,} posts" for places, posts in (QUICK_SIZES if quick else SIZES))]
    rows = [head, *([name, *(column[name] for column in columns)] for name in columns[0])]
    return table.aligned(rows)


def _measured(places: int, posts: int) -> dict[str, str]:
    with TemporaryDirectory() as folder, _founded(Path(folder), places, posts) as portal:
        pages = {name: path.format(last=posts - PAGE - 1) for name, path in PAGES.items()}
        return {name: f"{_uncached(portal, path):.2f} / {_cached(portal, path)}" for name, path in pages.items()}


@contextmanager
def _founded(folder: Path, places: int, posts: int) -> Iterator[Portal]:
    portal = city.empty(folder)
    with portal.app_context(), db.work() as session:
        author = make_member(session, ("organizer",))
        markets = [make_market(session, f"Long Street {number + 1}").id for number in range(places)]
        for market_id in markets:
            make_meeting(session, author, market_id=market_id)
        for number in range(posts):
            make_post(
                session,
                author,
                title=both("A heron" if number % 5_000 == 7 else f"News {number}", "Noticia"),
                slug=f"news-{number}",
                body=both(WORDS, WORDS),
                market_id=markets[number % places],
                published_at=now() - timedelta(minutes=9 * number),
            )
    try:
        yield portal
    finally:
        db.engine.dispose()


def _uncached(portal: Portal, path: str) -> float:
    def ask() -> None:
        # As if something had been published.
        portal.page_cache.forget()
        _ask(portal, path)

    return cpu_ms(ask)


def _cached(portal: Portal, path: str) -> str:
    if "?" in path:
        return "–"
    _ask(portal, path)
    return f"{cpu_ms(lambda: _ask(portal, path)):.2f}"


def _ask(portal: Portal, path: str) -> None:
    # From another network each time: searches are counted.
    address = {"REMOTE_ADDR": str(IPv6Address(randbits(128)))}
    answer = portal.test_client().get(path, headers={"Accept-Encoding": "br"}, environ_base=address)
    assert answer.status_code == 200, path
