"""Places and how they stand. They are shown here, above meetings and news, because their pages tell of both."""

from __future__ import annotations

from flask import render_template

from portal.commitments.queries import commitments_at
from portal.core.errors import NotFound
from portal.core.web import PUBLIC, Room, shared_page
from portal.home.progress import lead_at
from portal.markets.map.drawing import city_map, place_map
from portal.markets.nights import night_at
from portal.markets.queries import public_market, public_markets_page
from portal.markets.rules.cards import on_card
from portal.markets.texts import first_day, history, standing_sentence, status_name
from portal.markets.watch.queries import public_record
from portal.meetings.queries import latest_at, upcoming_at
from portal.meetings.report_back.queries import standings
from portal.meetings.series.listing import listed
from portal.news.queries import posts_at

room = Room("markets", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/places")
for name, words in (
    ("standing", standing_sentence),
    ("status_name", status_name),
    ("first_day", first_day),
    ("history", history),
    ("on_card", on_card),
):
    room.app_template_filter(name)(words)


@room.get("/")
@room.get("/page/<int(min=1, max=9999):number>/")
@shared_page
def places(number: int = 1) -> str:
    """The places that the public may know of, in pages."""
    markets, more = public_markets_page(number)
    return render_template("markets/places.html", markets=markets, map=city_map(markets), number=number, more=more)


@room.get("/<slug>/")
@shared_page
def place(slug: str) -> str:
    """One place: how it stands and since when, what residents can do, meetings and news there."""
    market = public_market(slug)
    held = latest_at(market.id)
    return render_template(
        "markets/place.html",
        market=market,
        map=place_map(market),
        night=night_at(market),
        meetings=listed(upcoming_at(market.id)),
        held=held,
        standings=standings(held),
        posts=posts_at(market.id),
        commitments=commitments_at(market.id),
        reviews=public_record(market),
        lead=lead_at(market.slug),
    )


@room.get("/<slug>/why-here/")
@shared_page
def why_here(slug: str) -> str:
    """Why this place was chosen; there is no such page before its call-in is over."""
    market = public_market(slug)
    night = night_at(market)
    if night is None or not market.why_here.is_whole:
        raise NotFound
    return render_template("markets/why_here.html", market=market, night=night)


@room.get("/<slug>/call-in/")
@shared_page
def call_in(slug: str) -> str:
    """What was said at the call-in of a place, and what help there is."""
    night = night_at(public_market(slug))
    if night is None:
        raise NotFound
    return render_template("markets/call_in.html", night=night)
