"""The published numbers for programs, on any site. How often one asks is counted for a keyed hash that lasts a day."""

from __future__ import annotations

import json

from flask import Response
from werkzeug.exceptions import TooManyRequests

from portal.core.errors import NotFound
from portal.core.limits import address_key, may_try
from portal.core.web import PUBLIC, Room, shared_page
from portal.home.open_data import Json, list_of, open_to_all, shapes, table_of
from portal.indicators.panels.reading import place_named
from portal.indicators.snapshots.document import Document
from portal.indicators.snapshots.queries import Frozen, content_of, history, latest
from portal.markets.queries import public_market

room = Room("data", __name__, audience=PUBLIC, url_prefix="/data/v1")
MOST, SECONDS = 240, 60
"""Questions from one address. What is kept ready is answered before anybody counts."""


@room.before_request
def count() -> None:
    """Raise `TooManyRequests` for a program that asks for everything over and over."""
    if not may_try("open data", address_key(), MOST, SECONDS):
        raise TooManyRequests(retry_after=SECONDS)


room.after_request(open_to_all)


@room.get("/schema.json")
@shared_page
def schema() -> Response:
    """The form of a snapshot (JSON Schema)."""
    return _json(Document.model_json_schema())


@room.get("/snapshots.json")
@shared_page
def snapshots() -> Response:
    """Every snapshot with its hash."""
    return _json(list_of(history()))


@room.get("/snapshots/latest.json")
@shared_page
def latest_document() -> Response:
    """The newest snapshot, byte for byte as it was hashed."""
    return Response(content_of(_newest().digest), mimetype="application/json")


@room.get("/snapshots/<digest>.json")
@shared_page
def snapshot_document(digest: str) -> Response:
    """A snapshot by its hash, byte for byte."""
    return Response(content_of(digest), mimetype="application/json")


@room.get("/city.csv")
@shared_page
def city_table() -> Response:
    """The newest numbers of the whole city."""
    return _csv(table_of(_newest().document, None))


@room.get("/places/<slug>.csv")
@shared_page
def place_table(slug: str) -> Response:
    """The newest numbers of a place."""
    public_market(slug)
    document = _newest().document
    place = place_named(document, slug)
    if place is None:
        raise NotFound
    return _csv(table_of(document, place))


@room.get("/places.geojson")
@shared_page
def places() -> Response:
    """The boundaries of released places."""
    return _json(shapes(), "application/geo+json")


def _newest() -> Frozen:
    found = latest()
    if found is None:
        raise NotFound
    return found


def _csv(table: str) -> Response:
    return Response(table, content_type="text/csv; charset=utf-8")


def _json(content: Json, mimetype: str = "application/json") -> Response:
    return Response(json.dumps(content, ensure_ascii=False, sort_keys=True), mimetype=mimetype)
