"""Public pages: front page, explanations, places, search, robots.txt and the sitemap.

The sitemap gives dates as days only, and none from before a page became public: dealers read it as well as crawlers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import Response as FlaskResponse, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.commitments.promises import commitments_at
from portal.core.contact import telephone
from portal.core.feature import SitemapPage, features, open_pages
from portal.core.i18n import LANGUAGES, negotiate
from portal.core.limits import RateLimit, attempt
from portal.core.slugs import address_here, public_address
from portal.core.statuses import NotFound, existing
from portal.core.texted import read_code
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.home.figures import RESULTS, lead_at
from portal.home.search import search
from portal.home.search_rules import page_of, question_of, shown_again
from portal.indicators.snapshots import latest
from portal.markets.call_in import newest_night, night_at
from portal.markets.gate_rules import on_card
from portal.markets.map.drawing import city_map, place_map
from portal.markets.places import known_since, public_market, public_markets, public_markets_page, some_public_markets
from portal.markets.texts import first_day, history, review_words, since_words, standing_sentence, status_name
from portal.markets.watch import public_record
from portal.meetings.lists import meetings_ahead
from portal.meetings.meeting import latest_at, next_meetings
from portal.meetings.report_back import standings
from portal.news.posts import latest_posts, posts_at
from portal.reports.code import find_code


def listed_pages() -> Iterator[SitemapPage]:
    for endpoint in ("home.front", "about.how_it_works", "about.other_cities", "home.who_can_see", "operator.about"):
        yield SitemapPage(endpoint)
    for endpoint in ("markets.places", "progress.city", "progress.council", "open_data.index"):
        yield SitemapPage(endpoint)
    newest = latest()
    counted = {place.slug: newest.document.frozen_on for place in newest.document.places} if newest else {}
    for market in public_markets():
        if market.slug in counted:
            yield SitemapPage("progress.place", date.fromisoformat(counted[market.slug]), {"slug": market.slug})
        values, known, days = {"slug": market.slug}, known_since(market), [day for _decision, day in history(market)]
        yield SitemapPage("markets.place", days[0] if days else known, values)
        if night_at(market) is not None:
            yield SitemapPage("markets.call_in", known, values)
            if market.why_here.is_whole:
                yield SitemapPage("markets.why_here", known, values)


PLACES = 12
front_blueprint = AudienceBlueprint("home", __name__, audience=PUBLIC, url_prefix="")
front_blueprint.app_template_filter("telephone")(telephone)


@front_blueprint.get("/")
def choose() -> Response:
    answer = redirect(url_for("home.front", lang=negotiate()))
    answer.headers["Vary"] = "Accept-Language"
    return answer


@front_blueprint.get("/<lang:lang>/")
@shared_page
def front() -> str:
    markets, more = some_public_markets(PLACES)
    return render_template(
        "home/front.html",
        night=newest_night(),
        markets=markets,
        map=city_map(markets),
        more=more,
        meetings=next_meetings(),
        posts=latest_posts(),
        open_pages=open_pages(),
    )


@front_blueprint.get("/<lang:lang>/tonight/")
@shared_page
def tonight() -> str:
    """Show the newest call-in while it is new; it names only released places."""
    return render_template("markets/call_in.html", night=existing(newest_night()))


@front_blueprint.get("/<lang:lang>/who-can-see/")
@shared_page
def who_can_see() -> str:
    return render_template("home/who_can_see.html")


@front_blueprint.get("/robots.txt")
@shared_page
def robots() -> FlaskResponse:
    """Allow public pages; pages of the team answer a robot with the sign-in page anyway."""
    lines = ("User-agent: *", "Disallow: /*/search/", f"Sitemap: {address_here('home.sitemap')}", "")
    return FlaskResponse("\n".join(lines), mimetype="text/plain")


@front_blueprint.get("/sitemap.xml")
@shared_page
def sitemap() -> FlaskResponse:
    """List every page that the public may know of now."""
    pages = []
    for page in (page for feature in features() if feature.sitemap for page in feature.sitemap()):
        addresses = {lang: address_here(page.endpoint, lang=lang, **page.values) for lang in LANGUAGES}
        pages.append((addresses, page.changed_on))
    return FlaskResponse(render_template("home/sitemap.xml", pages=pages), mimetype="application/xml")


about_blueprint = AudienceBlueprint("about", __name__, audience=PUBLIC, url_prefix="/<lang:lang>")


@about_blueprint.get("/how-it-works/")
@shared_page
def how_it_works() -> str:
    return render_template("home/how_it_works.html")


@about_blueprint.get("/other-cities/")
@shared_page
def other_cities() -> str:
    return render_template("home/other_cities.html", results=RESULTS)


places_blueprint = AudienceBlueprint("markets", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/places")
for name, words in (
    ("standing", standing_sentence),
    ("since", since_words),
    ("reviewed", review_words),
    ("status_name", status_name),
    ("first_day", first_day),
    ("history", history),
    ("on_card", on_card),
):
    places_blueprint.app_template_filter(name)(words)


@places_blueprint.get("/")
@places_blueprint.get("/page/<int(min=1, max=9999):number>/")
@shared_page
def places(number: int = 1) -> str:
    markets, more = public_markets_page(number)
    return render_template("markets/places.html", markets=markets, map=city_map(markets), number=number, more=more)


@places_blueprint.get("/<slug>/")
@shared_page
def place(slug: str) -> str:
    market = public_market(slug)
    held, ahead = latest_at(market.id), meetings_ahead(market_id=market.id)
    return render_template(
        "markets/place.html",
        market=market,
        map=place_map(market),
        night=night_at(market),
        meetings=ahead.rows,
        more_meetings=bool(ahead.older),
        held=held,
        standings=standings(held),
        posts=posts_at(market.id),
        commitments=commitments_at(market.id),
        reviews=public_record(market),
        lead=lead_at(market.slug),
    )


@places_blueprint.get("/<slug>/why-here/")
@shared_page
def why_here(slug: str) -> str:
    """Explain why this place was chosen; the page does not exist before its call-in is over."""
    market = public_market(slug)
    night = night_at(market)
    if night is None or not market.why_here.is_whole:
        raise NotFound
    return render_template("markets/why_here.html", market=market, night=night)


@places_blueprint.get("/<slug>/call-in/")
@shared_page
def call_in(slug: str) -> str:
    return render_template("markets/call_in.html", night=existing(night_at(public_market(slug))))


search_blueprint = AudienceBlueprint("search", __name__, audience=PUBLIC)


MINUTE = 60
WAIT = {"Retry-After": str(MINUTE)}
QUESTIONS = RateLimit(near=60, wide=240, everybody=1_200, reserved=30, seconds=MINUTE)
"""Per minute. A search costs a hundred times as much as a page from the page cache."""


@search_blueprint.get("/search/")
def find() -> ResponseReturnValue:
    asked, page = request.args.get("q", ""), page_of(request.args.get("page", ""))
    if find_code(asked) is not None or read_code(asked) is not None:
        # Code words or the code of a slip must not stand in the address, on the page or in the history.
        return redirect(url_for("search.code"), 303)
    question = question_of(asked)
    given = {"asked": shown_again(asked), "page": page, "help_first": question.asks_for_help and page == 1}
    if question and not attempt("search", QUESTIONS).passed:
        return render_template("home/search.html", **given, results=None, is_too_often=True), 429, WAIT
    results = search(question, page) if question else None
    return render_template("home/search.html", **given, results=results, is_too_often=False)


@search_blueprint.get("/search/code/")
@shared_page
def code() -> str:
    return render_template("home/search_code.html")


FIRST = ("home.front", "markets.places", "meetings.upcoming", "news.posts", "reports.intake")


def asked_first() -> Iterator[str]:
    """Yield the addresses of the main pages and of one place in one language, and the other front pages.

    Pages in two languages share the slow parts of their rendering, except words and dates that every page has.
    """
    first, *others = LANGUAGES
    places, _more = some_public_markets(1)
    for endpoint in FIRST:
        yield public_address(endpoint, lang=first)
    for place in places:
        yield public_address("markets.place", lang=first, slug=place.slug)
    for lang in others:
        yield public_address(FIRST[0], lang=lang)
