"""Open311 GeoReport v2, as far as it can be honest: which services there are. Nothing is sent or read through it."""

from __future__ import annotations

import json

from flask import Response

from portal.core.web import PUBLIC, Room, shared_page
from portal.home.open_data import as_xml, discovery, discovery_xml, open_to_all, services

room = Room("open311", __name__, audience=PUBLIC, url_prefix="/open311")


room.after_request(open_to_all)


@room.get("/discovery.<any(json, xml):form>")
@shared_page
def discover(form: str) -> Response:
    """Where the list is."""
    found = discovery()
    if form == "xml":
        return Response(discovery_xml(found), content_type="text/xml; charset=utf-8")
    return Response(json.dumps(found, ensure_ascii=False), mimetype="application/json")


@room.get("/v2/services.<any(json, xml):form>")
@shared_page
def listed(form: str) -> Response:
    """What people can write to us about."""
    found = services()
    if form == "xml":
        return Response(as_xml("services", "service", found), content_type="text/xml; charset=utf-8")
    return Response(json.dumps(found, ensure_ascii=False), mimetype="application/json")
