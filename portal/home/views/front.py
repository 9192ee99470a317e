"""The front page, and the page that says who can see what."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.core.i18n import negotiate
from portal.core.web import PUBLIC, Room, shared_page
from portal.home.texts import telephone
from portal.markets.queries import public_markets
from portal.meetings.queries import next_meetings
from portal.news.queries import latest_posts

room = Room("home", __name__, audience=PUBLIC, url_prefix="")
room.app_template_filter("telephone")(telephone)


@room.get("/")
def choose() -> Response:
    """Send the reader to the page in the language that their browser asks for."""
    answer = redirect(url_for("home.front", lang=negotiate()))
    answer.headers["Vary"] = "Accept-Language"
    return answer


@room.get("/<lang:lang>/")
@shared_page
def front() -> str:
    """What this is, the places and how they stand, what comes next."""
    return render_template("home/front.html", markets=public_markets(), meetings=next_meetings(), posts=latest_posts())


@room.get("/<lang:lang>/who-can-see/")
@shared_page
def who_can_see() -> str:
    """What is kept, what is not, and who may read it, for each way of reaching us."""
    return render_template("home/who_can_see.html")


@room.get("/robots.txt")
def robots() -> FlaskResponse:
    """Public pages may be found; the rooms of the team answer a robot with the sign-in page anyway."""
    return FlaskResponse("User-agent: *\nDisallow:\n", mimetype="text/plain")
