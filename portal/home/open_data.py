"""Open data: snapshots, tables, boundaries, the catalog of these files and the feed, readable from any site.

All of it comes from snapshots and from other public data; nothing here reads a report. Requests are rate limited by a
keyed hash of the address that lasts a day.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

from flask import Response, render_template, request
from flask_babel import format_date, gettext as _, lazy_gettext as _l
from markupsafe import Markup, escape
from werkzeug.exceptions import TooManyRequests

from portal.core.cells import csv_text
from portal.core.feeds import Entry, Feed, atom_feed
from portal.core.i18n import LANGUAGES, language, speaking
from portal.core.limits import address_key, may_try
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.core.statuses import existing
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.following.notices import in_both
from portal.home.operator import LICENSE_ADDRESS, LICENSE_NAME, operator
from portal.indicators.city_results import PlaceResult, city_results, city_sentence
from portal.indicators.panel_reading import panels_of, place_named
from portal.indicators.panel_texts import headlines, lead_of, lone_notes
from portal.indicators.replication import package_of
from portal.indicators.snapshots import content_of, history, latest, snapshot
from portal.indicators.statistics.schema import Document
from portal.markets.map.sheets import boundaries
from portal.markets.places import public_market, public_markets

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
MOST, SECONDS = 240, 60
"""Requests per address in this many seconds. Answers from the page cache are not counted."""

data_blueprint = AudienceBlueprint("data", __name__, audience=PUBLIC, url_prefix="/data/v1")
catalog_blueprint = AudienceBlueprint("catalog", __name__, audience=PUBLIC, url_prefix="")
open_data_blueprint = AudienceBlueprint("open_data", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/open-data")


@data_blueprint.before_request
def count() -> None:
    if not may_try("open data", address_key(), MOST, SECONDS):
        raise TooManyRequests(retry_after=SECONDS)


@catalog_blueprint.after_request
@data_blueprint.after_request
def open_to_all(response: Response) -> Response:
    response.headers.update(OPEN | BEFOREHAND if request.method == "OPTIONS" else OPEN)
    return response


@data_blueprint.get("/schema.json")
@shared_page
def schema() -> Response:
    return _json(Document.model_json_schema())


@data_blueprint.get("/snapshots.json")
@shared_page
def snapshots() -> Response:
    listed = [
        {"frozen_on": day.isoformat(), "sha256": digest, "url": address_here("data.snapshot_document", digest=digest)}
        for day, digest in history()
    ]
    return _json({"version": VERSION, "schema": address_here("data.schema"), "snapshots": listed})


@data_blueprint.get("/snapshots/latest.json")
@shared_page
def latest_document() -> Response:
    """Return the newest snapshot, byte for byte as it was hashed."""
    return snapshot_document(existing(latest()).digest)


@data_blueprint.get("/snapshots/<digest>.json")
@shared_page
def snapshot_document(digest: str) -> Response:
    return Response(content_of(digest), mimetype="application/json")


@data_blueprint.get("/snapshots/<digest>.zip")
@shared_page
def replication(digest: str) -> Response:
    """Return an archive from which others reckon a snapshot's changes anew."""
    made = package_of(snapshot(digest).document, content_of(digest))
    return Response(made, mimetype="application/zip")


@data_blueprint.get("/city.csv", endpoint="city_table")
@data_blueprint.get("/places/<slug>.csv", endpoint="place_table")
@shared_page
def table(slug: str | None = None) -> Response:
    """Return a CSV line (RFC 4180) per value published of the city or of a place; "hidden" if it is not shown."""
    if slug is not None:
        public_market(slug)
    document = existing(latest()).document
    place = existing(place_named(document, slug)) if slug is not None else None
    lines: list[Sequence[object]] = [COLUMNS]
    for series in place.series if place else document.city:
        for at, (month, value) in enumerate(zip(document.months, series.values, strict=True)):
            if value is not None:
                months = series.covers[at] if series.covers else 1
                is_moved = int(series.moved_from is not None and month >= series.moved_from)
                where = document.frozen_on, slug or "", series.area
                lines.append((*where, series.measure, month, value, months, is_moved))
    return _csv(lines)


@data_blueprint.get("/all-places.json")
@shared_page
def pooled() -> Response:
    """Return what came of all places together, with its sentence in both languages and the part of each place."""
    frozen = existing(latest())
    together, results = city_results(frozen.document), []
    for result in together.results:
        sentence, whole = in_both(partial(city_sentence, result)), result.change
        results.append(
            {
                "sentence_en": sentence.en,
                "sentence_es": sentence.es,
                "measure": result.measure.key,
                "places": len(result.used),
                "places_to_be_judged_again": result.waiting,
                "percent": whole and round(whole.percent, 4),
                "percent_low": whole and round(whole.percent_low, 4),
                "percent_high": whole and round(whole.percent_high, 4),
                "level": 95,
                "between_places_sd": whole and round(whole.between, 6),
                "by_place": [dict(zip(POOLED_COLUMNS[2:], _at_place(place), strict=True)) for place in result.places],
            }
        )
    numbers = {f"places_{name}": getattr(together, name) for name in ("studied", "judged", "fell", "rose")}
    about = {"version": VERSION, "frozen_on": frozen.document.frozen_on, "sha256": frozen.digest}
    return _json(about | numbers | {"results": results})


def _at_place(result: PlaceResult) -> list[object]:
    change = result.change
    numbers = (change.percent, change.percent_low, change.percent_high)
    shown = [None if number is None or change.refusal else round(number, 4) for number in numbers]
    return [result.place.slug, result.held, *shown, change.level, round(result.weight, 4), change.refusal]


@data_blueprint.get("/all-places.csv")
@shared_page
def pooled_table() -> Response:
    """Return the same as CSV: by measure a line for all places, with no place in it, and one for each place."""
    document = existing(latest()).document
    rows: list[Sequence[object]] = [POOLED_COLUMNS]
    for result in city_results(document).results:
        begin, whole = [document.frozen_on, result.measure.key], result.change
        if whole:
            ends = (round(end, 4) for end in (whole.percent, whole.percent_low, whole.percent_high))
            rows.append([*begin, "", "", *ends, 95, 100, ""])
        rows += ([*begin, *_at_place(place)] for place in result.places)
    return _csv(rows)


@data_blueprint.get("/places.geojson")
@shared_page
def places() -> Response:
    """Return the boundaries of places that the public may know of (GeoJSON, RFC 7946)."""
    drawn, features = boundaries(), []
    for market in public_markets():
        if market.id in drawn:
            properties = {"slug": market.slug, "name_en": market.name.en, "name_es": market.name.es}
            feature = {"type": "Feature", "id": market.slug, "properties": properties}
            features.append(feature | {"geometry": drawn[market.id]})
    return _json({"type": "FeatureCollection", "features": features}, "application/geo+json")


def _csv(rows: Sequence[Sequence[object]]) -> Response:
    return Response(csv_text(rows), content_type="text/csv; charset=utf-8")


def _json(content: Json, mimetype: str = "application/json") -> Response:
    return Response(json.dumps(content, ensure_ascii=False, sort_keys=True), mimetype=mimetype)


CSV, JSON, ATOM = "text/csv", "application/json", "application/atom+xml"
SNAPSHOTS, CITY, TOGETHER = _l("Snapshots of the numbers"), _l("Numbers of the whole city"), _l("All places together")
PLACE = _l("Numbers of a place: %(place)s")
ALWAYS = (
    (SNAPSHOTS, "data.snapshots", JSON),
    (SNAPSHOTS, "open_data.feed", ATOM),
    (_l("Boundaries of our places"), "data.places", "application/geo+json"),
    (_l("Promises"), "commitments.table", CSV),
    (_l("Promises"), "commitments.feed", ATOM),
    (_l("Meetings"), "meetings.calendar", "text/calendar"),
    (_l("Meetings"), "meetings.feed", ATOM),
)
NUMBERS = (
    (SNAPSHOTS, "data.latest_document", JSON),
    (CITY, "data.city_table", CSV),
    (TOGETHER, "data.pooled", JSON),
    (TOGETHER, "data.pooled_table", CSV),
)


@catalog_blueprint.get("/data.json")
@shared_page
def data_json() -> Response:
    """Return the catalog of the files that the site publishes anyway, in the words of DCAT; without hidden places."""
    facts, site = operator(), current_portal.settings.site_name
    publisher = {"@type": "Organization", "name": facts.name.en or site}
    listed: list[Json] = []
    newest = latest()
    counted = {place.slug for place in newest.document.places} if newest else set()
    for lang in LANGUAGES:
        with speaking(lang):
            files = [
                (str(title), address_here(endpoint), kind)
                for title, endpoint, kind in (*ALWAYS, *(NUMBERS if newest else ()))
            ]
            for market in public_markets():
                if market.slug in counted:
                    address = address_here("data.place_table", slug=market.slug)
                    files.append((PLACE % {"place": market.name[lang]}, address, CSV))
        for title, address, kind in files:
            file = {"@type": "Distribution", "downloadURL": address, "mediaType": kind}
            dataset = {"@type": "Dataset", "title": title, "language": lang, "distribution": [file]}
            listed.append(dataset | {"license": LICENSE_ADDRESS})
    return _json({"@type": "Catalog", "title": site, "publisher": publisher, "dataset": listed})


@open_data_blueprint.get("/")
@shared_page
def index() -> str:
    about = {"version": VERSION, "columns": COLUMNS, "most_questions": MOST, "license": LICENSE_NAME}
    return render_template("home/progress/open_data.html", newest=latest(), **about)


@open_data_blueprint.get("/snapshots.atom")
@shared_page
def feed() -> Response:
    """Return the newest snapshots, each with the leading sentence for every place and its notes."""
    entries = []
    for day, digest in history()[:ENTRIES]:
        document, frozen_at = snapshot(digest).document, datetime.combine(day, time(12), UTC)
        paragraphs = []
        for place in document.places:
            lead = lead_of(place, panels_of(document, place))
            words = " ".join([*headlines(lead), *lone_notes(lead)])
            paragraphs.append(f"<p><b>{escape(place.name[language()])}</b>: {escape(words)}</p>")
        entries.append(
            Entry(
                title=_("The numbers of %(day)s", day=format_date(day, "long")),
                page=address_here("progress.city_then", digest=digest),
                name=f"progress/{day.isoformat()}",
                published=frozen_at,
                updated=frozen_at,
                summary=Markup("".join([*paragraphs, f"<p>SHA-256: {digest}</p>"])),  # noqa: S704 - escaped above
            )
        )
    title = _("How it is going: %(site)s", site=current_portal.settings.site_name)
    about = _("Numbers are published once a month and never changed afterwards.")
    answer = atom_feed(Feed(title, about, page="progress.city", feed="open_data.feed", name="progress"), entries)
    answer.headers.update(OPEN)
    return answer
