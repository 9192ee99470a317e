"""`/metrics` for Prometheus: counts by names that stand in the code, only with a token, and only if one is set.

Who reads this may be the person whom a report is about, or work with them. So whatever grows with what people do is
rounded down to tens; only faults are exact. Pages where something can be sent are counted as one ("forms"), all pages
of the team as another ("team"): a line of their own would show, for months, in which minute somebody reported, or a
place was released. There is no sum of seconds, as each request would change it.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate, groupby
from operator import attrgetter
from typing import NamedTuple

from flask import Response, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.routing import Rule

from portal.core.counters import counters
from portal.core.db import db
from portal.core.i18n import negotiate
from portal.core.portal import Hook, Portal, current_portal
from portal.core.statuses import NotFound
from portal.core.suppression import tens
from portal.core.try_counters import CountersInMemory
from portal.core.web import MACHINES, PUBLIC, SAFE_METHODS, AudienceBlueprint

BOUNDS = ("0.005", "0.025", "0.1", "0.5", "2.5", "+Inf")
"""Upper bounds in seconds of the buckets of answers."""
SECONDS = "portal_request_seconds_bucket"
COUNTED: Mapping[str, tuple[str, str]] = {
    "requests": ("Requests, in tens.", "route status"),
    "page_cache": ("Pages kept for all readers, in tens.", "result"),
    "refusals": ("Tries beyond a rate limit, in tens.", "limit"),
    "job_runs": ("Runs of jobs, in tens.", "name"),
}
FAULTS: Mapping[str, tuple[str, str]] = {
    "errors": ("Requests that failed on our side.", "route"),
    "job_failures": ("Runs of jobs that failed.", "name"),
    "row_failures": ("Rows that a job could not work on.", ""),
    "database_waits": ("Waits of 50 ms or more.", "what"),
    "database_long_waits": ("Waits of a second or more.", "what"),
}
"""What is counted, and its labels: a key is the name here and the values of the labels, joined by `|`."""


class Gauge(NamedTuple):
    """A value at a scrape: nothing that counts people or what they do, unless it is coarse."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = {}


GAUGES: Hook[Callable[[], Iterable[Gauge]]] = Hook("values for the monitoring, asked of the database at each scrape")


def start(app: Portal) -> None:
    """Count, if the settings have a token for who may read it."""
    counters.store = None
    if app.settings.metrics_token:
        counters.store = CountersInMemory(app.settings.in_memory / "metrics.db", app.settings.secret)
        app.before_request(_begin)
        app.after_request(_count)


def _begin() -> None:
    g.asked_at = time.perf_counter()


def _count(response: Response) -> Response:
    rule, room = request.url_rule, request.blueprint
    if room not in {"health", "metrics"}:
        route = route_of(rule, room)
        counters.add(f"requests|{route}|{response.status_code // 100}xx")
        if response.status_code >= 500:
            counters.add(f"errors|{rule.rule if rule else 'none'}")
        if "asked_at" in g:
            took = time.perf_counter() - g.asked_at
            counters.add(f"seconds|{route}|{next(bound for bound in BOUNDS if took <= float(bound))}")
    return response


def route_of(rule: Rule | None, room: str | None) -> str:
    """Return the label of a route: its template if nothing can be sent in its blueprint, else what kind of page it is.

    The rule of an address that matches a template by another method or none at all is `None`.
    """
    if rule is None or room is None:
        return "none"
    if not current_portal.rooms_with_forms:
        sending = (one for one in current_portal.url_map.iter_rules() if {*(one.methods or ())} - {*SAFE_METHODS})
        current_portal.rooms_with_forms = {one.endpoint.rpartition(".")[0] for one in sending}
    audience = getattr(current_portal.blueprints.get(room), "audience", MACHINES)
    if audience.roles is not None:
        return "team"
    return rule.rule if audience is PUBLIC and room not in current_portal.rooms_with_forms else "forms"


blueprint = AudienceBlueprint("metrics", __name__, audience=MACHINES, url_prefix="")


@blueprint.get("/metrics")
def show() -> Response:
    """Return all counters and gauges to whoever has the token; to others this address does not exist."""
    db.read_only()
    token = current_portal.settings.metrics_token
    given = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        # As for an address that does not exist.
        g.lang = negotiate()
        raise NotFound
    return Response(exposition(), mimetype="text/plain; version=0.0.4")


def exposition() -> str:
    """Return everything in the text format of Prometheus."""
    lines = []
    for name, group in groupby(sorted([*_counted(), *_asked()], key=attrgetter("name")), attrgetter("name")):
        samples, family = list(group), name.removesuffix("_bucket")
        kind = "histogram" if family != name else "counter" if name.endswith("_total") else "gauge"
        lines += [f"# HELP {family} {samples[0].help}", f"# TYPE {family} {kind}"]
        for sample in samples:
            labels = ",".join(f"{label}={json.dumps(said)}" for label, said in sample.labels.items())
            lines.append(f"{name}{{{labels}}} {float(sample.value)}")
    return "\n".join([*lines, ""])


def _counted() -> Iterator[Gauge]:
    totals = dict(counters.store.run("SELECT key, hits FROM tries")) if counters.store is not None else {}
    # A line that begins at zero would tell of the first time.
    for key, value in sorted(totals.items()):
        name, *said = key.split("|")
        text, labels = {**COUNTED, **FAULTS}.get(name, ("", ""))
        if text and (shown := value if name in FAULTS else tens(value)):
            yield Gauge(f"portal_{name}_total", text, shown, dict(zip(labels.split(), said, strict=True)))
    for route in sorted({key.split("|")[1] for key in totals if key.startswith("seconds|")}):
        counts = list(accumulate(totals.get(f"seconds|{route}|{bound}", 0) for bound in BOUNDS))
        for bound, count in zip(BOUNDS, counts, strict=True):
            if tens(counts[-1]):
                yield Gauge(SECONDS, "Seconds until an answer, in tens.", tens(count), {"route": route, "le": bound})


def _asked() -> Iterator[Gauge]:
    """Yield the gauges. If the database cannot be read there is one that says so, and none that needs it."""
    try:
        gauges, is_up = [gauge for ask in GAUGES.plugged() for gauge in ask()], True
    except SQLAlchemyError:
        db.rollback()
        gauges, is_up = [], False
    yield from [Gauge("portal_database_up", "Whether the database can be read.", is_up), *gauges]
