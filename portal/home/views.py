"""Front page."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.core.i18n import negotiate
from portal.core.web import PUBLIC, Room, shared_page
from portal.markets.queries import public_markets

room = Room("home", __name__, audience=PUBLIC, url_prefix="")
ROOMS = (room,)


@room.get("/")
def choose() -> Response:
    """Send the reader to the page in the language that their browser asks for."""
    answer = redirect(url_for("home.front", lang=negotiate()))
    answer.headers["Vary"] = "Accept-Language"
    return answer


@room.get("/<lang:lang>/")
@shared_page
def front() -> str:
    """What this is, the places and how they stand."""
    return render_template("home/front.html", markets=public_markets())
