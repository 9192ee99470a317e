"""One word for whoever watches the machines."""

from __future__ import annotations

from flask import Response
from sqlalchemy.exc import SQLAlchemyError

from portal.core.edition import current_edition
from portal.core.web import MACHINES, Room

room = Room("health", __name__, audience=MACHINES, url_prefix="")


@room.get("/health")
def check() -> Response:
    """200 when the database can be read, else 503; never why."""
    try:
        current_edition()
    except SQLAlchemyError:
        return Response("unavailable\n", status=503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")
