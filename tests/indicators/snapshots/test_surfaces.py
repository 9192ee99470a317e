"""What hidden counts are changes nothing that anybody can read: pages, drawings, tables, feeds, archives, PDF."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import delete, text

from portal.core.db import db, session
from portal.core.page_cache import renew_cache_version
from portal.core.web import Portal
from portal.indicators import snapshots
from portal.indicators.counts import FigureEntry, found_area, load_standard_measures, measure_named, write_figures
from portal.indicators.freezing import freeze_what_is_due
from portal.indicators.snapshots import CountPeriod, FrozenCount, Snapshot, SnapshotLog
from portal.indicators.statistics.terms import AreaPart, plus
from portal.leaks.crawl import Visitor
from tests.make import make_call_in, make_market

DAY = datetime(2026, 11, 15, 14, 1, tzinfo=UTC)
FIRST, MONTHS = date(2024, 1, 1), 34
FEW = (
    # A quarter of all reports, those answered in time, who has heard of it, and so on.
    {"quarter": 4, "in_time": 3, "aware": 4, "asked": 31, "loud": 9},
    {"quarter": 8, "in_time": 9, "aware": 9, "asked": 38, "loud": 1},
)
"""Numbers that stay hidden, in two cities that are alike otherwise."""


@pytest.fixture
def places(app: Portal) -> Iterator[list[int]]:
    """Two public places and the city, by area, on the day of a snapshot."""
    with time_machine.travel(DAY, tick=False), app.app_context():
        with db.work() as rows:
            load_standard_measures()
            markets = [make_market(rows, name, released=True) for name in ("North", "South")]
            for market in markets:
                market.released_at = datetime(2024, 1, 3, 15, tzinfo=UTC)
                make_call_in(rows, market).ended_at = datetime(2024, 1, 2, 23, tzinfo=UTC)
            rows.flush()
            areas = [found_area(market, AreaPart.PLACE) for market in markets]
            ids = [area.id for area in [*areas, found_area(None, AreaPart.CITY)]]
        yield ids


def write(areas: list[int], few: dict[str, int]) -> None:
    """Write down the figures of a city."""

    def count(area: int, key: str, value: int, month: date) -> FigureEntry:
        return FigureEntry(area, measure_named(key).id, month, value)

    busy, quiet, _city = areas
    for age in range(MONTHS):
        month = plus(FIRST, age)
        # The first year goes by quarters, later ones by month where much comes in, by year where little does.
        loud = few["loud"] if age > 12 and age % 7 == 0 else 20
        write_figures([count(busy, "reports", loud, month)])
        write_figures([count(busy, "answered_in_time", few["in_time"] if age % 12 == 0 else 0, month)])
        in_quarter = few["quarter"] if age in (0, 3, 6, 9, 12) else 0
        write_figures([count(quiet, "reports", in_quarter, month), count(quiet, "calls", 3 + age % 5, month)])
        write_figures([count(busy, "calls", 30 + age % 7, month)])
    for age in (2, 14, 26):
        month = plus(FIRST, age)
        write_figures([count(busy, "handed", 40, month), count(quiet, "handed", few["asked"], month)])
        for area in (busy, quiet):
            write_figures([count(area, "asked", 30, month), count(area, "aware", few["aware"], month)])


class Reader(Visitor):
    """Somebody who also reads what no page links to as it stands: each snapshotand its archive."""

    def beginnings(self) -> Iterator[str]:
        yield from super().beginnings()
        with db.work():
            history = snapshots.history()
        for _day, digest in history:
            yield from (f"/data/v1/snapshots/{digest}.{form}" for form in ("json", "zip"))
        yield from (f"/data/v1/places/{slug}.csv" for slug in ("north", "south"))


def freeze(app: Portal) -> Reader:
    """Freeze what is due, and return who can read it."""
    assert freeze_what_is_due()
    app.page_cache.forget()
    return Reader(app)


def forget_snapshots() -> None:
    """Take every snapshot out of the database, which lets nobody do so."""
    with db.work():
        found = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
        for name in found:
            if name.startswith("indicators_"):
                session.execute(text(f"DROP TRIGGER {name}"))
        for table in (Snapshot, SnapshotLog, FrozenCount, CountPeriod):
            session.execute(delete(table))
        renew_cache_version()


def test_no_byte_of_whole_site_depends_on_hidden_things(app: Portal, places: list[int]) -> None:
    sites, hidden = [], []
    for few in FEW:
        with db.work():
            write(places, few)
        reader = freeze(app)
        sites.append(reader.site())
        with db.work():
            frozen = session.query(FrozenCount).filter(FrozenCount.shown.is_(False), FrozenCount.area_id != places[2])
            hidden.append({(one.area_id, one.measure_id, one.month_on): one.value for one in frozen})
        forget_snapshots()
    one, other = hidden
    assert one.keys() == other.keys() and sum(value != other[cell] for cell, value in one.items()) > 15
    assert {address for address in sites[0] if sites[0][address] != sites[1].get(address)} == set()
    read = {address.partition("?")[0] for address, (status, *_rest) in sites[0].items() if status == 200}
    for ending in (".json", ".zip", "north.csv", "city.csv", "all-places.csv", ".svg", ".png", ".pdf", ".atom"):
        assert any(address.endswith(ending) for address in read), ending
    for part in ("/progress/", "/year/2025"):
        assert any(part in address for address in read), part


def test_it_would_be_seen(app: Portal, places: list[int]) -> None:
    found = []
    for few in (FEW[0], FEW[0] | {"quarter": 12}):
        with db.work():
            write(places, few)
        reader = freeze(app)
        found.append(
            [reader.ask(address).steady for address in ("/data/v1/places/south.csv", "/en/places/south/progress/")]
        )
        forget_snapshots()
    assert [one[0] for one in found[0]] == [200, 200]
    assert all(one != other for one, other in zip(*found, strict=True))
