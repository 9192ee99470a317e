"""Whether the process answers and can serve, `/metrics`, and what is prepared before a server forks its workers.

Neither health check says more, and neither is kept or counted.

`/metrics` is for Prometheus: counts by names that stand in the code, only with a token, and only if one is set. Who
reads this may be the person whom a report is about, or work with them. So whatever grows with what people do is rounded
down to tens; only faults are exact. All that is open to anybody is counted as one, all pages of the team as another: a
line of their own would show, for months, in which minute somebody reported, or a place was released.

Before the fork the pages that people request first are rendered once: a worker shares memory with its parent unless it
writes there. So templates, texts, statements and the mappers' configuration are prepared for all workers at once, and
no first visitor waits for them.
"""

from __future__ import annotations

import hmac
import json
import logging
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from flask import Flask, Response, g, request, request_started
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from portal.core import counters, migrations
from portal.core.counters import CountersInMemory
from portal.core.crypto import CannotOpen
from portal.core.db import db
from portal.core.i18n import negotiate
from portal.core.logs import LogEvent
from portal.core.portal import Hook, Portal, current_portal
from portal.core.statuses import NotFound
from portal.core.suppression import tens
from portal.core.web import HEADERS, MACHINES, AudienceBlueprint, secure_headers

LIVE = "/health/live"
ALIVE = b"ok\n"
LEAST_ROOM = 4 * 1024**2
"""Bytes: with less a report can hardly be kept."""
PROBE = "is the key the key"
Environ = dict[str, Any]


def wrap(app: Portal) -> None:
    """Answer `/health/live` before anything that needs the database."""
    inner = app.wsgi_app
    secured = secure_headers(app.settings) if app.settings.secure_cookies else HEADERS
    headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(ALIVE)), **secured}

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != LIVE or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return inner(environ, start_response)
        start_response("200 OK", list(headers.items()))
        return [ALIVE] if environ["REQUEST_METHOD"] == "GET" else []

    app.wsgi_app = answer  # type: ignore[method-assign]


def is_ready() -> bool:
    """Return whether requests can be served: a migrated database, keys that fit each other, and room on the disk.

    A database that is already of a newer version counts as ready: during an upgrade both versions may serve.
    """
    try:
        has_room = shutil.disk_usage(current_portal.settings.data_dir).free >= LEAST_ROOM
        cipher = current_portal.cipher
        return has_room and not migrations.is_behind() and cipher.decrypt(cipher.encrypt(PROBE)) == PROBE
    except (SQLAlchemyError, OSError, CannotOpen):
        return False


NOT_READY = LogEvent(
    "server.not_ready", logging.WARNING, "nothing could be made ready ({error}); see flask doctor check"
)


def make_ready(app: Flask, pages: Callable[[], Iterable[str]]) -> None:
    """Render the pages at the URLs that `pages` returns; skipped if the database cannot be reached.

    Exits the server if the database is not migrated: no request could succeed. An unreachable one may come back.
    """
    configure_mappers()
    try:
        with app.app_context():
            if migrations.is_behind():
                raise SystemExit(migrations.BEHIND)
            db.read_only()
            addresses = list(pages())
        for address in addresses:
            with app.test_request_context(address):
                app.full_dispatch_request()
    except SQLAlchemyError as error:
        # The server starts nevertheless, and its health check reports the problem.
        NOT_READY.log(error=type(error).__name__)
    finally:
        # A connection that two processes share would be corrupted for both.
        db.engine.dispose()


SLOW = 0.5
"""Seconds after which an answer is called slow."""
COUNTED: Mapping[str, tuple[Callable[[int], int], str, str]] = {
    "requests": (tens, "Requests, in tens.", "audience status"),
    "slow_requests": (tens, "Requests that took half a second or more, in tens.", "audience"),
    "page_cache": (tens, "Pages kept for all readers, in tens.", "result"),
    "refusals": (tens, "Tries beyond a rate limit, in tens.", "limit"),
    "errors": (int, "Requests that failed on our side.", "route"),
    "job_failures": (int, "Runs of jobs that failed.", "name"),
    "row_failures": (int, "Rows that a job could not work on.", ""),
    "database_waits": (int, "Waits of 50 ms or more.", "what"),
    "database_long_waits": (int, "Waits of a second or more.", "what"),
}
"""How a count is shown, what it is, and its labels: a key is the name here and their values, joined by `|`."""


class Gauge(NamedTuple):
    """A value at a scrape: nothing that counts people or what they do, unless it is coarse."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = {}


GAUGES: Hook[Callable[[], Iterable[Gauge]]] = Hook("values for the monitoring, asked of the database at each scrape")


def start(app: Portal) -> None:
    counters.store = None
    if app.settings.metrics_token:
        counters.store = CountersInMemory(app.settings.in_memory / "metrics.db", app.settings.secret)
        request_started.connect(_begin, app)
        app.after_request(_count)


def _begin(_app: Portal, **_given: object) -> None:
    g.asked_at = time.perf_counter()


def _count(response: Response) -> Response:
    room = current_portal.blueprints.get(request.blueprint or "")
    audience = "none" if not isinstance(room, AudienceBlueprint) else "all" if room.audience.roles is None else "team"
    if request.blueprint not in {"health", "metrics"}:
        counters.add(f"requests|{audience}|{response.status_code // 100}xx")
        if time.perf_counter() - g.asked_at >= SLOW:
            counters.add(f"slow_requests|{audience}")
        if response.status_code >= 500:
            counters.add(f"errors|{request.url_rule or 'none'}")
    return response


blueprint = AudienceBlueprint("metrics", __name__, audience=MACHINES, url_prefix="")


@blueprint.get("/metrics")
def show() -> Response:
    """Return all counters and gauges to whoever has the token; to others this address does not exist."""
    db.read_only()
    token = current_portal.settings.metrics_token
    given = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        g.lang = negotiate()
        raise NotFound
    families: dict[str, list[str]] = {}
    for name, text, value, labels in (*_counted(), *_asked()):
        kind = "counter" if name.endswith("_total") else "gauge"
        family = families.setdefault(name, [f"# HELP {name} {text}\n# TYPE {name} {kind}\n"])
        pairs = ",".join(f"{label}={json.dumps(content)}" for label, content in labels.items())
        family.append(f"{name}{{{pairs}}} {float(value)}\n")
    return Response("".join(chain.from_iterable(families.values())), mimetype="text/plain; version=0.0.4")


def _counted() -> Iterator[Gauge]:
    totals = counters.store.run("SELECT key, hits FROM tries ORDER BY key") if counters.store is not None else ()
    for key, total in totals:
        name, *values = key.split("|")
        # A line that begins at zero would tell of the first time.
        if name in COUNTED and (shown := COUNTED[name][0](total)):
            _shape, text, labels = COUNTED[name]
            yield Gauge(f"portal_{name}_total", text, shown, dict(zip(labels.split(), values, strict=True)))


def _asked() -> Iterator[Gauge]:
    """Yield the gauges. If the database cannot be read there is one that says so, and none that needs it."""
    gauges: list[Gauge] | None = None
    try:
        gauges = [gauge for ask in GAUGES.plugged() for gauge in ask()]
    except SQLAlchemyError:
        db.rollback()
    yield Gauge("portal_database_up", "Whether the database can be read.", gauges is not None)
    yield from gauges or ()
