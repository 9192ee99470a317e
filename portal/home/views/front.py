"""The front page, and the page that says who can see what."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.core.addresses import public_address
from portal.core.errors import NotFound
from portal.core.i18n import negotiate
from portal.core.numbers import telephone
from portal.core.web import PUBLIC, Room, shared_page
from portal.home.sitemap import listed
from portal.markets.nights import newest_night
from portal.markets.queries import some_public_markets
from portal.meetings.queries import next_meetings
from portal.news.queries import latest_posts

PLACES = 12
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
    markets, more = some_public_markets(PLACES)
    return render_template(
        "home/front.html",
        night=newest_night(),
        markets=markets,
        more=more,
        meetings=next_meetings(),
        posts=latest_posts(),
    )


@room.get("/<lang:lang>/tonight/")
@shared_page
def tonight() -> str:
    """The newest call-in while it is new; it names no place that is not released."""
    night = newest_night()
    if night is None:
        raise NotFound
    return render_template("markets/call_in.html", night=night)


@room.get("/<lang:lang>/who-can-see/")
@shared_page
def who_can_see() -> str:
    """What is kept, what is not, and who may read it, for each way of reaching us."""
    return render_template("home/who_can_see.html")


@room.get("/robots.txt")
@shared_page
def robots() -> FlaskResponse:
    """Public pages may be found; the rooms of the team answer a robot with the sign-in page anyway."""
    lines = ("User-agent: *", "Disallow: /*/search/", f"Sitemap: {public_address('home.sitemap')}", "")
    return FlaskResponse("\n".join(lines), mimetype="text/plain")


@room.get("/sitemap.xml")
@shared_page
def sitemap() -> FlaskResponse:
    """Every public page, for search engines."""
    return FlaskResponse(render_template("home/sitemap.xml", pages=listed()), mimetype="application/xml")
