"""Open data formats: tables, boundaries and feeds.

All of it comes from snapshots and from other public data; nothing here reads a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any

from flask import Response, request
from flask_babel import format_date
from flask_babel import gettext as _
from markupsafe import Markup, escape

from portal.core.cells import csv_text
from portal.core.feeds import Entry, Feed, atom_feed
from portal.core.i18n import LANGUAGES, language, speaking
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.indicators.panels.city import CityResult, PlaceResult, city_results, city_sentence
from portal.indicators.panels.panels import headlines, lead_of, lone_notes
from portal.indicators.panels.reading import panels_of
from portal.indicators.snapshots.snapshots import Document, Frozen, PlaceShown, SnapshotSeries, snapshot
from portal.markets.map.sheets import boundaries
from portal.markets.places import public_markets

VERSION = 2
COLUMNS = ("frozen_on", "place", "area", "measure", "month", "value", "months", "moved")
POOLED_COLUMNS = (
    "frozen_on", "measure", "place", "call_in_held", "percent", "percent_low", "percent_high", "level", "weight",
    "refusal",
)  # fmt: skip
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Scripts of other sites may read these answers: they contain public data only."""
BEFOREHAND = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}
"""Headers for a browser's CORS preflight, sent for scripts that make conditional requests."""
ENTRIES = 24
"""Snapshots in the feed: two years. The city's page and the list for programs contain all."""
Json = dict[str, Any]


def open_to_all(response: Response) -> Response:
    """Let scripts of other sites read a response and make conditional requests."""
    response.headers.update(OPEN | BEFOREHAND if request.method == "OPTIONS" else OPEN)
    return response


def table_of(document: Document, place: PlaceShown | None) -> str:
    """Return a CSV line (RFC 4180) per value published of a place or of the city; "hidden" if it is not shown."""
    series = place.series if place else document.city
    return csv_text([COLUMNS, *_lines(document, place.slug if place else "", series)])


def _lines(document: Document, slug: str, series: Iterable[SnapshotSeries]) -> Iterator[Sequence[object]]:
    for one in series:
        for place, (month, value) in enumerate(zip(document.months, one.values, strict=True)):
            if value is not None:
                months = one.covers[place] if one.covers else 1
                is_moved = int(one.moved_from is not None and month >= one.moved_from)
                yield document.frozen_on, slug, one.area, one.measure, month, value, months, is_moved


def all_places(frozen: Frozen) -> Json:
    """Return what came of all places together, with its sentence in both languages and the part of each place."""
    found = city_results(frozen.document)
    return {
        "version": VERSION,
        "frozen_on": frozen.document.frozen_on,
        "sha256": frozen.digest,
        "places_studied": found.studied,
        "places_judged": found.judged,
        "places_fell": found.fell,
        "places_rose": found.rose,
        "results": [_pooled(one) for one in found.results],
    }


def _pooled(one: CityResult) -> Json:
    said = {}
    for lang in LANGUAGES:
        with speaking(lang):
            said[f"sentence_{lang}"] = city_sentence(one)
    whole = one.change
    return said | {
        "measure": one.measure.key,
        "places": len(one.used),
        "places_to_be_judged_again": one.waiting,
        "percent": whole and round(whole.percent, 4),
        "percent_low": whole and round(whole.percent_low, 4),
        "percent_high": whole and round(whole.percent_high, 4),
        "level": 95,
        "between_places_sd": whole and round(whole.between, 6),
        "by_place": [dict(zip(POOLED_COLUMNS[2:], _at_place(place), strict=True)) for place in one.places],
    }


def _at_place(one: PlaceResult) -> list[object]:
    numbers = (one.percent, one.low, one.high)
    told = [None if number is None or one.refusal else round(number, 4) for number in numbers]
    return [one.place.slug, one.held, *told, one.level, round(one.weight, 4), one.refusal]


def all_places_table(document: Document) -> str:
    """Return the same as CSV: by measure a line for all places, with no place in it, and one for each place."""
    rows: list[Sequence[object]] = [POOLED_COLUMNS]
    for one in city_results(document).results:
        begin, whole = [document.frozen_on, one.measure.key], one.change
        if whole:
            ends = (round(end, 4) for end in (whole.percent, whole.percent_low, whole.percent_high))
            rows.append([*begin, "", "", *ends, 95, 100, ""])
        rows += ([*begin, *_at_place(place)] for place in one.places)
    return csv_text(rows)


def list_of(snapshots: Iterable[tuple[date, str]]) -> Json:
    """Return every snapshot with its hash and address."""
    listed = [
        {"frozen_on": day.isoformat(), "sha256": digest, "url": address_here("data.snapshot_document", digest=digest)}
        for day, digest in snapshots
    ]
    return {"version": VERSION, "schema": address_here("data.schema"), "snapshots": listed}


def shapes() -> Json:
    """Return the boundaries of places that the public may know of (GeoJSON, RFC 7946)."""
    known, found = boundaries(), []
    for market in public_markets():
        if market.id in known:
            properties = {"slug": market.slug, "name_en": market.name.en, "name_es": market.name.es}
            found.append({"type": "Feature", "id": market.slug, "properties": properties, "geometry": known[market.id]})
    return {"type": "FeatureCollection", "features": found}


def feed_of(snapshots: Iterable[tuple[date, str]]) -> Response:
    """Answer with the newest snapshots as an Atom feed in the language of the request."""
    title = _("How it is going: %(site)s", site=current_portal.settings.site_name)
    about = _("Numbers are published once a month and never changed afterwards.")
    feed = Feed(title, about, page="progress.city", feed="open_data.feed", name="progress")
    return atom_feed(feed, [_entry(day, digest) for day, digest in islice(snapshots, ENTRIES)])


def _entry(day: date, digest: str) -> Entry:
    frozen_at = datetime.combine(day, time(12), UTC)
    return Entry(
        title=_("The numbers of %(day)s", day=format_date(day, "long")),
        page=address_here("progress.city_then", digest=digest),
        name=f"progress/{day.isoformat()}",
        published=frozen_at,
        updated=frozen_at,
        summary=Markup(_told(digest)),  # noqa: S704
    )


def _told(digest: str) -> str:
    """Return a snapshot's leading sentence for each place with its notes, as HTML."""
    document = snapshot(digest).document
    said = []
    for place in document.places:
        lead = lead_of(document, place, panels_of(document, place))
        words = " ".join([*headlines(lead), *lone_notes(lead)])
        said.append(f"<p><b>{escape(place.name[language()])}</b>: {escape(words)}</p>")
    return "".join([*said, f"<p>SHA-256: {digest}</p>"])
