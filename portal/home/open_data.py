"""Open data formats: tables, boundaries, feeds, and the catalog of these files.

All of it comes from snapshots and from other public data; nothing here reads a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any

from flask import Response, request
from flask_babel import format_date, gettext as _, lazy_gettext as _l
from markupsafe import Markup, escape

from portal.core.cells import csv_text
from portal.core.feeds import Entry, Feed, atom_feed
from portal.core.i18n import LANGUAGES, language, speaking
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.following.notices import in_both
from portal.home.operator import LICENSE_ADDRESS, operator
from portal.indicators.city_results import CityResult, PlaceResult, city_results, city_sentence
from portal.indicators.panel_reading import panels_of
from portal.indicators.panels import headlines, lead_of, lone_notes
from portal.indicators.snapshots import Frozen, latest, snapshot
from portal.indicators.statistics.schema import Document, PlaceShown
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
    response.headers.update(OPEN | BEFOREHAND if request.method == "OPTIONS" else OPEN)
    return response


def table_of(document: Document, place: PlaceShown | None) -> str:
    """Return a CSV line (RFC 4180) per value published of a place or of the city; "hidden" if it is not shown."""
    lines: list[Sequence[object]] = [COLUMNS]
    for series in place.series if place else document.city:
        for at, (month, value) in enumerate(zip(document.months, series.values, strict=True)):
            if value is not None:
                months = series.covers[at] if series.covers else 1
                is_moved = int(series.moved_from is not None and month >= series.moved_from)
                where = document.frozen_on, place.slug if place else "", series.area
                lines.append((*where, series.measure, month, value, months, is_moved))
    return csv_text(lines)


def all_places(frozen: Frozen) -> Json:
    """Return what came of all places together, with its sentence in both languages and the part of each place."""
    pooled = city_results(frozen.document)
    return {
        "version": VERSION,
        "frozen_on": frozen.document.frozen_on,
        "sha256": frozen.digest,
        "places_studied": pooled.studied,
        "places_judged": pooled.judged,
        "places_fell": pooled.fell,
        "places_rose": pooled.rose,
        "results": [_pooled(result) for result in pooled.results],
    }


def _pooled(result: CityResult) -> Json:
    sentence, whole = in_both(lambda: city_sentence(result)), result.change
    return {
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


def _at_place(result: PlaceResult) -> list[object]:
    numbers = (result.percent, result.low, result.high)
    shown = [None if number is None or result.refusal else round(number, 4) for number in numbers]
    return [result.place.slug, result.held, *shown, result.level, round(result.weight, 4), result.refusal]


def all_places_table(document: Document) -> str:
    """Return the same as CSV: by measure a line for all places, with no place in it, and one for each place."""
    rows: list[Sequence[object]] = [POOLED_COLUMNS]
    for result in city_results(document).results:
        begin, whole = [document.frozen_on, result.measure.key], result.change
        if whole:
            ends = (round(end, 4) for end in (whole.percent, whole.percent_low, whole.percent_high))
            rows.append([*begin, "", "", *ends, 95, 100, ""])
        rows += ([*begin, *_at_place(place)] for place in result.places)
    return csv_text(rows)


def shapes() -> Json:
    """Return the boundaries of places that the public may know of (GeoJSON, RFC 7946)."""
    drawn, features = boundaries(), []
    for market in public_markets():
        if market.id in drawn:
            properties = {"slug": market.slug, "name_en": market.name.en, "name_es": market.name.es}
            feature = {"type": "Feature", "id": market.slug, "properties": properties}
            features.append(feature | {"geometry": drawn[market.id]})
    return {"type": "FeatureCollection", "features": features}


def feed_of(snapshots: Iterable[tuple[date, str]]) -> Response:
    title = _("How it is going: %(site)s", site=current_portal.settings.site_name)
    about = _("Numbers are published once a month and never changed afterwards.")
    feed = Feed(title, about, page="progress.city", feed="open_data.feed", name="progress")
    return atom_feed(feed, [_entry(day, digest) for day, digest in islice(snapshots, ENTRIES)])


def _entry(day: date, digest: str) -> Entry:
    """Return a snapshot as an entry, with the leading sentence for each place and its notes."""
    document, frozen_at = snapshot(digest).document, datetime.combine(day, time(12), UTC)
    paragraphs = []
    for place in document.places:
        lead = lead_of(document, place, panels_of(document, place))
        words = " ".join([*headlines(lead), *lone_notes(lead)])
        paragraphs.append(f"<p><b>{escape(place.name[language()])}</b>: {escape(words)}</p>")
    return Entry(
        title=_("The numbers of %(day)s", day=format_date(day, "long")),
        page=address_here("progress.city_then", digest=digest),
        name=f"progress/{day.isoformat()}",
        published=frozen_at,
        updated=frozen_at,
        summary=Markup("".join([*paragraphs, f"<p>SHA-256: {digest}</p>"])),  # noqa: S704 - escaped above
    )


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


def catalog() -> Json:
    """Return the catalog of the files that the site publishes anyway, in the words of DCAT; without hidden places."""
    facts, site = operator(), current_portal.settings.site_name
    publisher = {"@type": "Organization", "name": facts.name.en or site}
    listed: list[Json] = []
    for lang in LANGUAGES:
        for title, address, kind in _files(lang):
            file = {"@type": "Distribution", "downloadURL": address, "mediaType": kind}
            dataset = {"@type": "Dataset", "title": title, "language": lang, "distribution": [file]}
            listed.append(dataset | {"license": LICENSE_ADDRESS})
    return {"@type": "Catalog", "title": site, "publisher": publisher, "dataset": listed}


def _files(lang: str) -> Iterator[tuple[str, str, str]]:
    newest = latest()
    with speaking(lang):
        for title, endpoint, kind in (*ALWAYS, *(NUMBERS if newest else ())):
            yield str(title), address_here(endpoint), kind
        counted = {place.slug for place in newest.document.places} if newest else set()
        for market in public_markets():
            if market.slug in counted:
                yield PLACE % {"place": market.name[lang]}, address_here("data.place_table", slug=market.slug), CSV
