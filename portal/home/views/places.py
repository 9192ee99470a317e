"""Places and how they stand. They are shown here, above meetings and news, because their pages tell of both."""

from __future__ import annotations

from flask import render_template

from portal.core.web import PUBLIC, Room, shared_page
from portal.markets.map.drawing import city_map, place_map
from portal.markets.queries import public_market, public_markets
from portal.markets.texts import standing_sentence, status_name
from portal.markets.watch.queries import public_record
from portal.meetings.queries import upcoming_at
from portal.news.queries import posts_at

room = Room("markets", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/places")
room.app_template_filter("standing")(standing_sentence)
room.app_template_filter("status_name")(status_name)


@room.get("/")
@shared_page
def places() -> str:
    """Every place the public may know of."""
    markets = public_markets()
    return render_template("markets/places.html", markets=markets, map=city_map(markets))


@room.get("/<slug>/")
@shared_page
def place(slug: str) -> str:
    """One place: how it stands and since when, what residents can do, meetings and news there."""
    market = public_market(slug)
    return render_template(
        "markets/place.html",
        market=market,
        map=place_map(market),
        meetings=upcoming_at(market.id),
        posts=posts_at(market.id),
        reviews=public_record(market),
    )
