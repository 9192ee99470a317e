"""A city on a busy evening: 80 % reads, and reports, texts, answers and work at the desk, at 32 connections.

On SQLite and on PostgreSQL, with 1, 2 and 4 processes: as fast as it goes, and at half of that with pauses between the
requests, as people make them. On PostgreSQL tries are counted there too, as several machines do it. wrk, the database
and the portal share the processors, so figures of one machine are to be compared with each other only.
"""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import urlencode, urlsplit

from sqlalchemy import func, select

from bench import city, load, pools, table
from bench.load import CannotMeasure, Seen
from bench.servers import Server, serving
from bench.texts import Database, fresh
from portal.accounts.users import Desk, DeskMember, Member
from portal.core.db import db
from portal.core.forms import NONCE_BYTES, signer_of
from portal.core.portal import Portal
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.rsvp import Rsvp
from portal.reports.notes import DeskNote
from portal.reports.reports import Thread
from tests import postgresql
from tests.make import sign_in
from tests.page import SAME_ORIGIN

CONNECTIONS = 32
PROCESSES, QUICK_PROCESSES = (1, 2, 4), (1, 2)
SECONDS, QUICK_SECONDS = 20, 3
A_SECOND = 2_500
"""More than two processors take of this mixture."""
SCRIPT = Path(__file__).with_name("mixed.lua")
GOAL = 50.0
Line = tuple[str, str, str, str]


@dataclass(frozen=True)
class Kind:
    """One kind of request, and how many of 100 it is."""

    name: str
    share: int
    lines: Callable[[Portal], Iterator[Line]]


def _reads(path: str) -> Callable[[Portal], Iterator[Line]]:
    return lambda _portal: cycle([("GET", path, "", "")])


def _meeting(portal: Portal) -> str:
    with portal.app_context(), db.work() as session:
        return session.scalars(select(Meeting.slug).order_by(Meeting.id)).first() or ""


def _meetings(portal: Portal) -> Iterator[Line]:
    return cycle([("GET", f"/en/meetings/{_meeting(portal)}", "", "")])


def _reports(portal: Portal) -> Iterator[Line]:
    for line in pools.reports(portal, 10**9):
        yield "POST", "/en/report/", "", line.partition("\t")[2]


def _texts(portal: Portal) -> Iterator[Line]:
    for line in pools.texts(portal, 10**9):
        signature, _tab, body = line.partition("\t")
        yield "POST", "/sms/twilio/inbound", f"X-Twilio-Signature: {signature}", body


def _answers(portal: Portal) -> Iterator[Line]:
    signer, path = signer_of(portal.secret_key or ""), f"/en/meetings/{_meeting(portal)}/answer/"
    while True:
        token = signer.sign(urlsafe_b64encode(secrets.token_bytes(NONCE_BYTES))).decode()
        yield "POST", path, "", urlencode({"token": token, "party": "2"})


@dataclass(frozen=True)
class Volunteer:
    """Somebody signed in at the desk: the headers of their browser, their form's token, and an open report."""

    headers: str
    token: str
    thread_id: int


def _volunteer(portal: Portal) -> Volunteer:
    with portal.app_context(), db.work() as session:
        at_desk = select(DeskMember.member_id).join(Desk, Desk.id == DeskMember.desk_id).where(Desk.kind == "triage")
        member = session.scalars(select(Member).where(Member.id.in_(at_desk))).first()
        thread_id = session.scalars(select(Thread.id).where(Thread.state == "new").limit(1)).first()
    assert member is not None
    assert thread_id is not None
    client = portal.test_client()
    sign_in(client, member)
    page = client.get(f"/en/desk/{thread_id}", headers=SAME_ORIGIN)
    token = re.search('name="csrf_token" value="([^"]+)"', page.text)
    name = portal.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    if token is None or cookie is None:
        raise CannotMeasure("The desk could not be opened.")
    return Volunteer(f"Cookie: {name}={cookie.value}\1Sec-Fetch-Site: same-origin", token[1], thread_id)


def _desk(path: str) -> Callable[[Portal], Iterator[Line]]:
    def lines(portal: Portal) -> Iterator[Line]:
        who = _volunteer(portal)
        return cycle([("GET", path.format(id=who.thread_id), who.headers, "")])

    return lines


def _notes(portal: Portal) -> Iterator[Line]:
    who = _volunteer(portal)
    while True:
        body = urlencode({"note": "Called the team of the place.", "csrf_token": who.token})
        yield "POST", f"/en/desk/{who.thread_id}/note", who.headers, body


KINDS = (
    Kind("front page", 20, _reads("/en/")),
    Kind("place page", 15, _reads("/en/places/elm-street/")),
    Kind("progress page", 10, _reads("/en/places/elm-street/progress/")),
    Kind("report form", 10, _reads("/en/report/")),
    Kind("list of meetings", 8, _reads("/en/meetings/")),
    Kind("a meeting", 7, _meetings),
    Kind("news", 5, _reads("/es/news/")),
    Kind("desk", 3, _desk("/en/desk/")),
    Kind("a report at the desk", 2, _desk("/en/desk/{id}")),
    Kind("report sent", 8, _reports),
    Kind("text received", 6, _texts),
    Kind("answer to a meeting", 4, _answers),
    Kind("note at the desk", 2, _notes),
)
KEPT = {"report sent": Thread, "text received": Thread, "answer to a meeting": Rsvp, "note at the desk": DeskNote}


def report(quick: bool) -> str:
    load.require()
    seconds = QUICK_SECONDS if quick else SECONDS
    with postgresql.serving() as address:
        databases = (Database("SQLite", ""), Database("PostgreSQL", address.replace("/?", "/postgres?", 1)))
        mixed: list[tuple[str, ...]] = [
            (
                f"mixed, {CONNECTIONS} connections", "processes", "a second", "p50 ms", "p99 ms", "CPU ms",
                "at half: p50", "p99", f"goal p99 {GOAL:.0f}", "MB each",
            )
        ]  # fmt: skip
        alone: dict[str, list[str]] = {kind.name: [f"{kind.share} %"] for kind in KINDS}
        for database in databases:
            for processes in QUICK_PROCESSES if quick else PROCESSES:
                with _city(database) as portal, serving("wsgi:app", "/health", processes) as server:
                    mixed.append((database.name, str(processes), *_mixture(portal, server, seconds)))
                    if processes == 2:
                        for kind, row in zip(KINDS, alone.values(), strict=True):
                            row += _alone(portal, server, kind, 1 if quick else 4)
    head = ["each alone, 2 processes", "share", *(f"{one.name}: {what}" for one in databases for what in COLUMNS)]
    return table.aligned(mixed) + "\n\n" + table.aligned([head, *([name, *row] for name, row in alone.items())])


COLUMNS = ("CPU ms", "p50", "p99", "of the time")


@contextmanager
def _city(database: Database) -> Iterator[Portal]:
    with TemporaryDirectory() as folder:
        there = bool(database.url)
        try:
            yield city.found(
                Path(folder),
                PORTAL_DATABASE_URL=fresh(database.url) if there else "",
                PORTAL_JOBS_ENGINE="postgres" if there else "embedded",
                PORTAL_LIMITS_URL="postgres" if there else "",
                PORTAL_ANSWERS_PER_ADDRESS=city.PLENTY,
                PORTAL_ANSWERS_IN_ALL=city.PLENTY,
            )
        finally:
            db.engine.dispose()


def _mixture(portal: Portal, server: Server, seconds: float) -> tuple[str, ...]:
    _ask_each_once(portal, server)
    # Each page is made once before, and each process has its connections.
    _run(portal, server, KINDS, 2)
    seen, cpu = _run(portal, server, KINDS, seconds)
    rate = seen.requests / seen.seconds
    calm, _cpu = _run(portal, server, KINDS, seconds, pause=round(CONNECTIONS / rate * 2_000 - seen.p50))
    largest = max(pss for pss, _rss in server.memory()[1:])
    return (
        f"{rate:.0f}", f"{seen.p50:.0f}", f"{seen.p99:.0f}", f"{cpu:.2f}", f"{calm.p50:.0f}", f"{calm.p99:.0f}",
        "reached" if calm.p99 <= GOAL else "missed", f"{largest:.0f}",
    )  # fmt: skip


def _ask_each_once(portal: Portal, server: Server) -> None:
    """Ask for one of each kind. Raises CannotMeasure with its name and its status if it is not answered well."""
    for kind in KINDS:
        method, path, extra, body = next(kind.lines(portal))
        headers = dict(pair.split(": ", 1) for pair in extra.split("\1") if pair)
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        connection.request(method, path, body or None, headers)
        status = connection.getresponse().status
        connection.close()
        if status >= 400:
            raise CannotMeasure(f"{kind.name}: {status}")


def _alone(portal: Portal, server: Server, kind: Kind, seconds: float) -> list[str]:
    seen, cpu = _run(portal, server, [kind], seconds, connections=8)
    return [f"{cpu:.2f}", f"{seen.p50:.1f}", f"{seen.p99:.0f}", f"{cpu * kind.share:.0f}"]


def _run(
    portal: Portal,
    server: Server,
    kinds: tuple[Kind, ...] | list[Kind],
    seconds: float,
    *,
    connections: int = CONNECTIONS,
    pause: int = 0,
) -> tuple[Seen, float]:
    """Return what wrk saw, and processor milliseconds for each request. Every write must have left its row."""
    with TemporaryDirectory() as folder:
        pool = load.write_pool(Path(folder, "pool.txt"), _pool(portal, kinds, int(seconds * A_SECOND)))
        rows, before = _rows(portal), server.cpu_seconds()
        seen = load.run(server.url, connections, seconds, pool, script=SCRIPT, pause=pause)
    spent = server.cpu_seconds() - before
    writes = sum(kind.share for kind in kinds if kind.name in KEPT) / sum(kind.share for kind in kinds)
    least = seen.requests * writes * 0.8 - connections
    if _rows(portal) - rows < least:
        raise CannotMeasure(f"{seen.requests} answers, but only {_rows(portal) - rows} new rows.")
    return seen, spent * 1000 / seen.requests


def _pool(portal: Portal, kinds: tuple[Kind, ...] | list[Kind], how_many: int) -> Iterator[str]:
    """Requests in the given shares, in an order that is the same each time."""
    lines = {kind.name: kind.lines(portal) for kind in kinds}
    names = Random(7).choices([kind.name for kind in kinds], [kind.share for kind in kinds], k=how_many)
    return ("\t".join(next(lines[name])) for name in names)


def _rows(portal: Portal) -> int:
    with portal.app_context(), db.work() as session:
        counts = [session.scalar(select(func.count()).select_from(model)) or 0 for model in set(KEPT.values())]
    return sum(counts)
