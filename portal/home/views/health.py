"""What programs ask for by themselves: whether the portal is well, and an icon."""

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


@room.get("/favicon.ico")
def no_icon() -> Response:
    """What browsers ask for unbidden. There is no picture, on purpose: nothing to recognise in a row of tabs."""
    return Response(status=204, headers={"Cache-Control": "public, max-age=31536000, immutable"})
