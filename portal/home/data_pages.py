"""The open data API: snapshots, tables, boundaries, the catalog and the feed, readable from any site.

Requests are rate limited by a keyed hash of the address that lasts a day.
"""

from __future__ import annotations

import json

from flask import Response, render_template
from werkzeug.exceptions import TooManyRequests

from portal.core.limits import address_key, may_try
from portal.core.slugs import address_here
from portal.core.statuses import existing
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.home import open_data
from portal.home.operator import LICENSE_NAME
from portal.indicators.panel_reading import place_named
from portal.indicators.replication import package_of
from portal.indicators.snapshots import content_of, history, latest, snapshot
from portal.indicators.statistics.schema import Document
from portal.markets.places import public_market

data_blueprint = AudienceBlueprint("data", __name__, audience=PUBLIC, url_prefix="/data/v1")
MOST, SECONDS = 240, 60
"""Requests per address in this many seconds. Answers from the page cache are not counted."""


@data_blueprint.before_request
def count() -> None:
    """Raise `TooManyRequests` for a client that requests too often."""
    if not may_try("open data", address_key(), MOST, SECONDS):
        raise TooManyRequests(retry_after=SECONDS)


data_blueprint.after_request(open_data.open_to_all)


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
    return _json({"version": open_data.VERSION, "schema": address_here("data.schema"), "snapshots": listed})


@data_blueprint.get("/snapshots/latest.json")
@shared_page
def latest_document() -> Response:
    """Return the newest snapshot, byte for byte as it was hashed."""
    return Response(content_of(existing(latest()).digest), mimetype="application/json")


@data_blueprint.get("/snapshots/<digest>.json")
@shared_page
def snapshot_document(digest: str) -> Response:
    """Return a snapshot by its hash, byte for byte."""
    return Response(content_of(digest), mimetype="application/json")


@data_blueprint.get("/snapshots/<digest>.zip")
@shared_page
def replication(digest: str) -> Response:
    """Return an archive from which others reckon a snapshot's changes anew."""
    made = package_of(snapshot(digest).document, content_of(digest))
    return Response(made, mimetype="application/zip")


@data_blueprint.get("/city.csv")
@shared_page
def city_table() -> Response:
    return _csv(open_data.table_of(existing(latest()).document, None))


@data_blueprint.get("/all-places.json")
@shared_page
def pooled() -> Response:
    return _json(open_data.all_places(existing(latest())))


@data_blueprint.get("/all-places.csv")
@shared_page
def pooled_table() -> Response:
    return _csv(open_data.all_places_table(existing(latest()).document))


@data_blueprint.get("/places/<slug>.csv")
@shared_page
def place_table(slug: str) -> Response:
    public_market(slug)
    document = existing(latest()).document
    return _csv(open_data.table_of(document, existing(place_named(document, slug))))


@data_blueprint.get("/places.geojson")
@shared_page
def places() -> Response:
    return _json(open_data.shapes(), "application/geo+json")


def _csv(table: str) -> Response:
    return Response(table, content_type="text/csv; charset=utf-8")


def _json(content: open_data.Json, mimetype: str = "application/json") -> Response:
    return Response(json.dumps(content, ensure_ascii=False, sort_keys=True), mimetype=mimetype)


catalog_blueprint = AudienceBlueprint("catalog", __name__, audience=PUBLIC, url_prefix="")
catalog_blueprint.after_request(open_data.open_to_all)


@catalog_blueprint.get("/data.json")
@shared_page
def data_json() -> Response:
    return _json(open_data.catalog())


open_data_blueprint = AudienceBlueprint("open_data", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/open-data")


@open_data_blueprint.get("/")
@shared_page
def index() -> str:
    """List every address of the API with its content and terms of use."""
    return render_template(
        "home/progress/open_data.html",
        version=open_data.VERSION,
        newest=latest(),
        columns=open_data.COLUMNS,
        most_questions=MOST,
        license=LICENSE_NAME,
    )


@open_data_blueprint.get("/snapshots.atom")
@shared_page
def feed() -> Response:
    answer = open_data.feed_of(history())
    answer.headers.update(open_data.OPEN)
    return answer
