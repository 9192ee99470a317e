"""Portal and bare app in turn, A B A B, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench import city, load, pools
from bench.load import CannotMeasure, Seen
from bench.servers import Server
from portal.core.portal import Portal

CONNECTIONS = (2, 8)
PLENTY = 8_000
Pool = Callable[[Portal, int], Iterator[str]]


@dataclass(frozen=True)
class Request:
    """What is asked of a server; with a `pool` it must leave a row in `table` for every answer."""

    path: str
    pool: Pool | None = None
    table: str = ""
    a_second: int = 2_500
    """More than any server takes of this."""
    of_portal: bool = True
    """Else it is asked of the bare app."""


@dataclass(frozen=True)
class Pair:
    """A request to the portal, and the bare one it is held against."""

    name: str
    portal: Request
    bare: Request
    goal: float | None
    """The least ratio of requests a second."""


HELLO = Request("/", of_portal=False)
INSERT = Request("/", pools.plain, "text", PLENTY, of_portal=False)
PAIRS = (
    Pair("place page", Request("/en/places/elm-street/"), HELLO, 1.0),
    Pair("front page", Request("/en/"), HELLO, 1.0),
    Pair("progress page", Request("/en/places/elm-street/progress/"), HELLO, 1.0),
    Pair("report form", Request("/en/report/"), HELLO, None),
    Pair("report sent", Request("/en/report/", pools.reports, "reports_thread"), INSERT, 0.5),
    Pair("least that is sealed", Request("/sealed", pools.plain, "sealed", PLENTY, of_portal=False), INSERT, None),
    Pair("text received", Request("/sms/twilio/inbound", pools.texts, "reports_thread"), INSERT, 0.5),
)


@dataclass(frozen=True)
class Run:
    """One run: what wrk saw, and processor milliseconds for each request."""

    seen: Seen
    cpu: float

    @property
    def rate(self) -> float:
        return self.seen.requests / self.seen.seconds


class Runs(list[Run]):
    def median(self, of: Callable[[Run], float]) -> float:
        return median(map(of, self))


@dataclass
class Result:
    """Both sides of a pair at a number of connections."""

    pair: Pair
    connections: int
    portal: Runs = field(default_factory=Runs)
    bare: Runs = field(default_factory=Runs)


@dataclass(frozen=True)
class Course:
    folder: Path
    app: Portal
    portal: Server
    bare: Server
    seconds: float
    repeats: int

    def results(self) -> Iterator[Result]:
        for request in (HELLO, INSERT, *(pair.portal for pair in PAIRS)):
            self._measure(request, 2, 1)
        for pair in PAIRS:
            for connections in CONNECTIONS:
                result = Result(pair, connections)
                for _repeat in range(self.repeats):
                    result.bare.append(self._measure(pair.bare, connections, self.seconds))
                    result.portal.append(self._measure(pair.portal, connections, self.seconds))
                yield result

    def _measure(self, request: Request, connections: int, seconds: float) -> Run:
        server, pool = self.portal if request.of_portal else self.bare, None
        if request.pool is not None:
            lines = request.pool(self.app, int(seconds * request.a_second))
            pool = load.write_pool(self.folder / "pool.txt", lines)
        rows = city.count(self.folder, request.table) if pool else 0
        before = server.cpu_seconds()
        seen = load.run(server.url + request.path, connections, seconds, pool)
        spent = server.cpu_seconds() - before
        rows = city.count(self.folder, request.table) - rows if pool else 0
        # Every answer left a row; those that wrk no longer waited for may have left one too.
        if pool and not seen.requests <= rows <= seen.requests + connections:
            raise CannotMeasure(f"{request.path}: {seen.requests} answers but {rows} new rows in {request.table}.")
        return Run(seen, spent * 1000 / seen.requests)
