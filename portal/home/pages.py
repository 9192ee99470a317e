"""Public pages: front page, explanations, places, search, posters, robots.txt, sitemap; health check.

An error of the data API is data in both languages, with the same bytes each time. The sitemap gives dates as days only,
and none from before a page became public: dealers read it as well as crawlers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Literal

from flask import Response as FlaskResponse, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response

from portal.commitments.promises import commitments_at
from portal.core.contact import telephone
from portal.core.editing import page_asked
from portal.core.feature import SitemapPage, features, open_pages
from portal.core.health import is_ready
from portal.core.i18n import LANGUAGES, Bilingual, language, negotiate
from portal.core.limits import RateLimit, attempt
from portal.core.paper import SIZES, code_of, in_other_language, shown_address, typeset
from portal.core.portal import current_portal
from portal.core.slugs import address_here, public_address
from portal.core.statuses import existing
from portal.core.texted import read_code
from portal.core.web import MACHINES, PUBLIC, AudienceBlueprint, shared_page
from portal.following.notices import in_both
from portal.home.open_data import OPEN
from portal.home.progress_pages import RESULTS, lead_at
from portal.home.search import search
from portal.home.search_rules import MOST_PAGES, question_of, shown_again
from portal.indicators.snapshots import latest
from portal.markets.call_in import newest_night, night_at
from portal.markets.gate_rules import on_card
from portal.markets.map.drawing import city_map, place_map
from portal.markets.places import known_since, public_market, public_markets, some_public_markets
from portal.markets.texts import history, review_words, since_words, status_name
from portal.markets.watch import public_record
from portal.meetings.lists import meetings_ahead
from portal.meetings.meeting import latest_at, next_meetings
from portal.meetings.report_back import standings
from portal.news.posts import latest_posts, posts_at
from portal.reports.code import find_code

LISTED = """
    home.front about.how_it_works about.other_cities home.who_can_see operator.about
    markets.places progress.city progress.council open_data.index
""".split()


def listed_pages() -> Iterator[SitemapPage]:
    for endpoint in LISTED:
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


@front_blueprint.get("/robots.txt")
@shared_page
def robots() -> FlaskResponse:
    """Allow public pages; pages of the team answer a robot with the sign-in page anyway."""
    lines = ("User-agent: *", "Disallow: /*/search/", f"Sitemap: {address_here('home.sitemap')}", "")
    return FlaskResponse("\n".join(lines), mimetype="text/plain")


@front_blueprint.get("/sitemap.xml")
@shared_page
def sitemap() -> FlaskResponse:
    pages = []
    for page in (page for feature in features() if feature.sitemap for page in feature.sitemap()):
        addresses = {lang: address_here(page.endpoint, lang=lang, **page.values) for lang in LANGUAGES}
        pages.append((addresses, page.changed_on))
    return FlaskResponse(render_template("home/sitemap.xml", pages=pages), mimetype="application/xml")


places_blueprint = AudienceBlueprint("markets", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/places")
for name, words in (
    ("since", since_words),
    ("reviewed", review_words),
    ("status_name", status_name),
    ("first_day", known_since),
    ("history", history),
    ("on_card", on_card),
):
    places_blueprint.app_template_filter(name)(words)


@places_blueprint.get("/")
@places_blueprint.get("/page/<int(min=1, max=9999):number>/")
@shared_page
def places(number: int = 1) -> str:
    markets, more = some_public_markets(PLACES, skip=(number - 1) * PLACES)
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
    asked, page = request.args.get("q", ""), min(page_asked(), MOST_PAGES)
    if find_code(asked) is not None or read_code(asked) is not None:
        # Code words or the code of a slip must not stand in the address, on the page or in the history.
        return redirect(url_for("search.code"), 303)
    question = question_of(asked)
    given = {"asked": shown_again(asked), "page": page, "help_first": question.asks_for_help and page == 1}
    if question and not attempt("search", QUESTIONS).passed:
        return render_template("home/search.html", **given, results=None, is_too_often=True), 429, WAIT
    results = search(question, page) if question else None
    return render_template("home/search.html", **given, results=results, is_too_often=False)


about_blueprint = AudienceBlueprint("about", __name__, audience=PUBLIC, url_prefix="/<lang:lang>")
for blueprint, path, name, template in (
    (front_blueprint, "/<lang:lang>/who-can-see/", "who_can_see", "home/who_can_see.html"),
    (about_blueprint, "/how-it-works/", "how_it_works", "home/how_it_works.html"),
    (about_blueprint, "/other-cities/", "other_cities", "home/other_cities.html"),
    (search_blueprint, "/search/code/", "code", "home/search_code.html"),
):
    blueprint.add_url_rule(path, name, shared_page(partial(render_template, template, results=RESULTS)))


FIRST = ("home.front", "markets.places", "meetings.upcoming", "news.posts", "reports.intake")


def asked_first() -> Iterator[str]:
    """Yield main pages and a place in one language, the front page in all: languages share the slow parts of pages."""
    first, *others = LANGUAGES
    places, _more = some_public_markets(1)
    for endpoint in FIRST:
        yield public_address(endpoint, lang=first)
    for place in places:
        yield public_address("markets.place", lang=first, slug=place.slug)
    for lang in others:
        yield public_address(FIRST[0], lang=lang)


SENTENCES = {
    400: _l("This question cannot be understood."),
    404: _l("There is nothing here."),
    405: _l("Here one can only read (GET)."),
    429: _l("Too many questions. Please wait a minute."),
    503: _l("The database is busy. Please try again in a minute."),
}
BROKEN = _l("Something broke on our side. Please try again in a minute.")


def error_for_programs(path: str, status: int) -> FlaskResponse | None:
    """Return an error of the data API, {"status": 404, "error": {"en": "…", "es": "…"}}; None elsewhere."""
    if not path.startswith("/data/"):
        return None
    words = in_both(lambda: str(SENTENCES.get(status, SENTENCES[400] if status < 500 else BROKEN)))
    error = {"status": status, "error": {"en": words.en, "es": words.es}}
    body = json.dumps(error, ensure_ascii=False, sort_keys=True)
    return FlaskResponse(body, status, headers=OPEN, mimetype="application/json")


PASSED_ON = {"Cross-Origin-Resource-Policy": "cross-origin", "Referrer-Policy": "no-referrer"}
MIMETYPES = {"pdf": "application/pdf", "svg": "image/svg+xml"}
posters_blueprint = AudienceBlueprint("posters", __name__, audience=PUBLIC)


@posters_blueprint.get("/poster-<any(a4, letter):paper>.<any(pdf, svg):form>", endpoint="city")
@posters_blueprint.get("/places/<slug>/poster-<any(a4, letter):paper>.<any(pdf, svg):form>", endpoint="place")
@shared_page
def poster(paper: str, form: Literal["pdf", "svg"], slug: str | None = None) -> Response:
    market = public_market(slug) if slug else None
    settings = current_portal.settings
    address = public_address("markets.place", slug=market.slug) if market else public_address("home.front")
    about = (
        _("How this place stands, when neighbors meet, and how to tell us what you see.")
        if market
        else _("How our places stand, when neighbors meet, and how to tell us what you see.")
    )
    width, height = SIZES[paper]
    can_text = settings.sms_sender != "off" and settings.sms_number
    words = {
        "eyebrow": settings.site_name,
        "headline": market.name[language()] if market else settings.site_name,
        "about": about,
        "lead": _("Point your phone's camera here, or type:"),
        "address": shown_address(address),
        "texting": _("Or send a text message:") if can_text else "",
        "number": telephone(settings.sms_number) if can_text else "",
        "trust": _("You do not have to say who you are. A person reads it."),
        "phone": _("The phone company can see your texts. On the website it cannot.") if can_text else "",
        "foot": _("This is not 911. Nobody watches it around the clock. In danger, call 911."),
        **in_other_language("Also in English.", "También en español."),
    }
    # A quarter of the code may be damaged and it still scans.
    values = {"width": width, "height": height, "code": code_of(address, "q"), **words}
    order = "headline about lead address texting number trust phone foot other_language".split()
    read_aloud = " ".join(words[part] for part in order if words[part])
    file = typeset("poster", words["headline"], values, form, said=read_aloud)
    return Response(file, mimetype=MIMETYPES[form])


@posters_blueprint.get("/embed/site.png")
@shared_page
def shared_link() -> Response:
    """Return the picture that stands where a page is shared: neutral words, as a neighbor may see them."""
    settings = current_portal.settings
    words = {
        "eyebrow": settings.site_name,
        "title": _("Calm streets, and help for those who need it"),
        "line": Bilingual(settings.city_en, settings.city_es)[language()],
    }
    return Response(typeset("card", settings.site_name, words, "png"), mimetype="image/png", headers=PASSED_ON)


health_blueprint = AudienceBlueprint("health", __name__, audience=MACHINES, url_prefix="")


@health_blueprint.get("/health")
@health_blueprint.get("/health/ready")
def check() -> FlaskResponse:
    """Return 200 if requests can be served, else 503 without a reason. `/health/live` asks for no database."""
    if not is_ready():
        return FlaskResponse("unavailable\n", status=503, mimetype="text/plain")
    return FlaskResponse("ok\n", mimetype="text/plain")


@health_blueprint.get("/favicon.ico")
def no_icon() -> FlaskResponse:
    """Answer with 204: there is no icon on purpose, so that the site is not recognisable in a row of tabs."""
    return FlaskResponse(status=204, headers={"Cache-Control": "public, max-age=31536000, immutable"})
