"""`/metrics` for Prometheus: counts by names that stand in the code, only with a token, and only if one is set.

Who reads this may be the person whom a report is about, or work with them. So whatever grows with what people do is
rounded down to tens; only faults are exact. Pages where something can be sent are counted as one ("forms"), all pages
of the team as another ("team"): a line of their own would show, for months, in which minute somebody reported, or a
place was released. There is no sum of seconds, as each request would change it.

Counters come from `core.counters`, for this machine. Gauges are asked of the database at each scrape, through `GAUGES`.
"""

from __future__ import annotations

import hmac
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from flask import Response, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.routing import Rule

from portal.core.counters import counters
from portal.core.db import db
from portal.core.i18n import negotiate
from portal.core.portal import Hook, Portal, current_portal
from portal.core.statuses import NotFound
from portal.core.suppression import FEWEST_SHOWN
from portal.core.web import MACHINES, PUBLIC, SAFE_METHODS, AudienceBlueprint

if TYPE_CHECKING:
    from prometheus_client.core import Metric

STEP = FEWEST_SHOWN
BOUNDS = (0.005, 0.025, 0.1, 0.5, 2.5)
"""Upper bounds in seconds of the histogram's buckets; the last bucket has none."""
FORMS, TEAM, NONE = "forms", "team", "none"
NOT_COUNTED = {"health", "metrics"}
"""Blueprints that machines ask, not people."""


class Family(NamedTuple):
    """A family of counters. Its keys are its name here and the values of its labels, joined by `|`."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    is_exact: bool = False


FAMILIES: Mapping[str, Family] = {
    "requests": Family("portal_requests", "Requests, in tens.", ("route", "status")),
    "errors": Family("portal_errors", "Requests that failed on our side.", ("route",), is_exact=True),
    "cache": Family("portal_page_cache", "Pages kept for all readers, in tens.", ("result",)),
    "refusals": Family("portal_refusals", "Tries beyond a rate limit, in tens.", ("limit",)),
    "jobs": Family("portal_job_runs", "Runs of jobs, in tens.", ("name",)),
    "job_failures": Family("portal_job_failures", "Runs of jobs that failed.", ("name",), is_exact=True),
    "row_failures": Family("portal_row_failures", "Rows that a job could not work on.", (), is_exact=True),
    "waits": Family("portal_database_waits", "Waits of 50 ms or more.", ("what",), is_exact=True),
    "long_waits": Family("portal_database_long_waits", "Waits of a second or more.", ("what",), is_exact=True),
}
SECONDS = "seconds"
SECONDS_NAME = "portal_request_seconds"


class Gauge(NamedTuple):
    """A value that is asked at each scrape."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = {}


class Gauges(Protocol):
    """Yields values of a feature: nothing that counts people or what they do, unless it is coarse."""

    def __call__(self) -> Iterable[Gauge]: ...


GAUGES: Hook[Gauges] = Hook("values for the monitoring")


def tens(count: float) -> int:
    """Return a count rounded down to tens, so that no single event changes it visibly."""
    return int(count) // STEP * STEP


def at_least(count: int) -> int:
    """Return a number of waiting things rounded up to tens; 0 if there are none."""
    return -(-count // STEP) * STEP


def start(app: Portal) -> None:
    """Count, if the settings have a token for who may read it."""
    if not app.settings.metrics_token:
        counters.stop()
        return
    counters.start(app.settings.in_memory / "metrics")
    app.before_request(_begin)
    app.after_request(_count)


def _begin() -> None:
    g.asked_at = time.perf_counter()


def _count(response: Response) -> Response:
    rule = request.url_rule
    room = request.blueprint
    if room in NOT_COUNTED:
        return response
    route = route_of(rule, room)
    counters.add(f"requests|{route}|{response.status_code // 100}xx")
    if response.status_code >= 500:
        counters.add(f"errors|{rule.rule if rule is not None else NONE}")
    if (asked_at := g.pop("asked_at", None)) is not None:
        place = bisect_left(BOUNDS, time.perf_counter() - asked_at)
        counters.add(f"{SECONDS}|{route}|{place}")
    return response


def route_of(rule: Rule | None, room: str | None) -> str:
    """Return the label of a route: its template if nothing can be sent in its blueprint, else what kind of page it is.

    The rule of an address that matches a template by another method or none at all is `None`.
    """
    if rule is None or room is None:
        return NONE
    found = _labels().get(room)
    return rule.rule if found is None else found


def _labels() -> dict[str, str]:
    """Return the label of each blueprint that is counted as one."""
    portal = current_portal
    if not portal.route_labels:
        sends = {rule.endpoint.rpartition(".")[0] for rule in portal.url_map.iter_rules() if _can_send(rule)}
        for name, room in portal.blueprints.items():
            if isinstance(room, AudienceBlueprint) and room.audience.roles is not None:
                portal.route_labels[name] = TEAM
            elif getattr(room, "audience", MACHINES) is not PUBLIC or name in sends:
                portal.route_labels[name] = FORMS
    return portal.route_labels


def _can_send(rule: Rule) -> bool:
    return bool((rule.methods or set()) - set(SAFE_METHODS))


blueprint = AudienceBlueprint("metrics", __name__, audience=MACHINES, url_prefix="")


@blueprint.get("/metrics")
def show() -> Response:
    """Return all counters and gauges to whoever has the token; to others this address does not exist."""
    db.read_only()
    if not _has_token():
        # As for an address that does not exist.
        g.lang = negotiate()
        raise NotFound
    return Response(exposition(), mimetype="text/plain; version=0.0.4")


def _has_token() -> bool:
    token = current_portal.settings.metrics_token
    given = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


class _Scrape:
    """What the library asks for families."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def exposition() -> bytes:
    """Return everything in the text format of Prometheus."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Scrape([*_counted(counters.totals()), *_asked()]))
    return generate_latest(registry)


def _counted(totals: Mapping[str, float]) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily

    by_family = defaultdict[str, list[tuple[list[str], float]]](list)
    for key, value in sorted(totals.items()):
        name, *labels = key.split("|")
        by_family[name].append((labels, value))
    for name, family in FAMILIES.items():
        metric = CounterMetricFamily(family.name, family.help, labels=family.labels)
        for labels, value in by_family[name]:
            # A line that begins at zero would tell of the first time.
            if shown := value if family.is_exact else tens(value):
                metric.add_metric(labels, shown)
        yield metric
    yield _histogram(by_family[SECONDS])


def _histogram(counted: Iterable[tuple[list[str], float]]) -> Metric:
    """Return the seconds that answers took, by route, as cumulative buckets in tens and without their sum."""
    from prometheus_client.core import HistogramMetricFamily

    metric = HistogramMetricFamily(SECONDS_NAME, "Seconds until an answer, in tens of requests.", labels=("route",))
    routes = defaultdict[str, list[float]](lambda: [0.0] * (len(BOUNDS) + 1))
    for (route, place), value in counted:
        routes[route][int(place)] = value
    names = [*map(str, BOUNDS), "+Inf"]
    for route, values in routes.items():
        buckets = [(name, tens(value)) for name, value in zip(names, accumulate(values), strict=True)]
        if buckets[-1][1]:
            metric.add_metric([route], buckets, sum_value=None)
    return cast("Metric", metric)


def _asked() -> Iterator[Metric]:
    """Yield the gauges. If the database cannot be read there is one that says so, and none that needs it."""
    from prometheus_client.core import GaugeMetricFamily

    try:
        found, is_up = [gauge for ask in GAUGES.plugged() for gauge in ask()], True
    except SQLAlchemyError:
        db.rollback()
        found, is_up = [], False
    families: dict[str, GaugeMetricFamily] = {}
    for gauge in (Gauge("portal_database_up", "Whether the database can be read.", is_up), *found):
        if gauge.name not in families:
            families[gauge.name] = GaugeMetricFamily(gauge.name, gauge.help, labels=tuple(gauge.labels))
        families[gauge.name].add_metric(tuple(gauge.labels.values()), gauge.value)
    yield from families.values()
