"""The front page, and the page that says who can see what.

A day and never more, and none before the public could know of the thing: a crawler reads it, and so does a dealer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from flask import Response as FlaskResponse
from flask import Response as Response_flask
from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from portal.commitments.promises import commitments_at, public_commitments
from portal.core.clock import zone
from portal.core.db import session
from portal.core.forms import PublicForm, long_text
from portal.core.i18n import LANGUAGES, negotiate
from portal.core.limits import Share, attempt, public_address
from portal.core.numbers import telephone
from portal.core.shared_hooks import PAGES_OF_OTHERS
from portal.core.statuses import NotFound
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.home.annual import annual_report, bound, title_of
from portal.home.figures import RESULTS, lead_at
from portal.home.search.results import search
from portal.home.search.rules import page_of, question_of, shown_again
from portal.indicators.panels.texts import KIND_NOTES, KINDS
from portal.indicators.snapshots.snapshots import latest
from portal.markets.call_in import newest_night, night_at
from portal.markets.gate_rules import on_card
from portal.markets.map.drawing import city_map, place_map
from portal.markets.places import known_since, public_market, public_markets, public_markets_page, some_public_markets
from portal.markets.texts import first_day, history, standing_sentence, status_name
from portal.markets.watch import public_record
from portal.meetings.meeting import Meeting, latest_at, next_meetings, public_meetings, upcoming_at
from portal.meetings.report_back import standings
from portal.meetings.series import all_public_series
from portal.meetings.series import listed as listed_series
from portal.news.library import shown_guides
from portal.news.posts import latest_posts, posts_at, public_posts

FIXED = (
    *("home.front", "about.how_it_works", "about.other_cities", "home.who_can_see", "sms_page.about"),
    *("markets.places", "meetings.upcoming", "meetings.past", "news.posts", "guides.index", "reports.intake"),
    *("commitments.index", "progress.city", "open_data.index"),
)
MOST = 2_000
"""Of news and of meetings, the newest: a sitemap may have 50,000 addresses, and old ones are linked anyway."""


@dataclass(frozen=True)
class SitemapEntry:
    """A page: its address in each language, and the day of its last change if it has one."""

    addresses: dict[str, str]
    changed_on: date | None = None


def listed() -> Iterator[SitemapEntry]:
    """Everything that the public may know of at this moment."""
    for endpoint in FIXED:
        yield _page(endpoint)
    yield from _places()
    for meeting in session.scalars(public_meetings().order_by(Meeting.starts_at.desc()).limit(MOST)):
        yield _page("meetings.meeting", _last(meeting.updated_at, meeting.public_since), slug=meeting.slug)
    for series in all_public_series():
        yield _page("series.page", slug=series.slug)
    for post in session.scalars(public_posts().limit(MOST)):
        yield _page("news.post", _last(post.updated_at, post.public_since), slug=post.slug)
    for one in session.scalars(public_commitments().limit(MOST)):
        yield _page("commitments.commitment", _last(one.updated_at, one.public_since), slug=one.slug)
    for guide in session.scalars(shown_guides()):
        if guide.has_page:
            yield _page("guides.guide", _last(guide.updated_at, guide.published_at), slug=guide.slug)
    for pages in PAGES_OF_OTHERS.plugged():
        for endpoint, values, changed_on in pages():
            yield _page(endpoint, changed_on, **values)


def _places() -> Iterator[SitemapEntry]:
    newest = latest()
    counted = {place.slug: newest.document.frozen_on for place in newest.document.places} if newest else {}
    for market in public_markets():
        if market.slug in counted:
            yield _page("progress.place", date.fromisoformat(counted[market.slug]), slug=market.slug)
        days = [day for _decision, day in history(market)]
        yield _page("markets.place", days[0] if days else known_since(market), slug=market.slug)
        if night_at(market) is None:
            continue
        yield _page("markets.call_in", known_since(market), slug=market.slug)
        if market.why_here.is_whole:
            yield _page("markets.why_here", known_since(market), slug=market.slug)


def _page(endpoint: str, changed_on: date | None = None, **values: object) -> SitemapEntry:
    return SitemapEntry({lang: public_address(endpoint, lang=lang, **values) for lang in LANGUAGES}, changed_on)


def _last(updated_at: datetime, public_since: datetime | None) -> date:
    return max(updated_at, public_since or updated_at).astimezone(zone()).date()


PLACES = 12
front_blueprint = AudienceBlueprint("home", __name__, audience=PUBLIC, url_prefix="")
front_blueprint.app_template_filter("telephone")(telephone)


@front_blueprint.get("/")
def choose() -> Response:
    """Send the reader to the page in the language that their browser asks for."""
    answer = redirect(url_for("home.front", lang=negotiate()))
    answer.headers["Vary"] = "Accept-Language"
    return answer


@front_blueprint.get("/<lang:lang>/")
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


@front_blueprint.get("/<lang:lang>/tonight/")
@shared_page
def tonight() -> str:
    """The newest call-in while it is new; it names no place that is not released."""
    night = newest_night()
    if night is None:
        raise NotFound
    return render_template("markets/call_in.html", night=night)


@front_blueprint.get("/<lang:lang>/who-can-see/")
@shared_page
def who_can_see() -> str:
    """What is kept, what is not, and who may read it, for each way of reaching us."""
    return render_template("home/who_can_see.html")


@front_blueprint.get("/robots.txt")
@shared_page
def robots() -> FlaskResponse:
    """Public pages may be found; the rooms of the team answer a robot with the sign-in page anyway."""
    lines = ("User-agent: *", "Disallow: /*/search/", f"Sitemap: {public_address('home.sitemap')}", "")
    return FlaskResponse("\n".join(lines), mimetype="text/plain")


@front_blueprint.get("/sitemap.xml")
@shared_page
def sitemap() -> FlaskResponse:
    """Every public page, for search engines."""
    return FlaskResponse(render_template("home/sitemap.xml", pages=listed()), mimetype="application/xml")


about_blueprint = AudienceBlueprint("about", __name__, audience=PUBLIC, url_prefix="/<lang:lang>")


@about_blueprint.get("/how-it-works/")
@shared_page
def how_it_works() -> str:
    """What is done in which order, and what speaks for it and against it."""
    return render_template("home/how_it_works.html")


@about_blueprint.get("/other-cities/")
@shared_page
def other_cities() -> str:
    """Published results, with how they were found and how sure they are."""
    return render_template("home/other_cities.html", results=RESULTS)


places_blueprint = AudienceBlueprint("markets", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/places")
for name, words in (
    ("standing", standing_sentence),
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
    """The places that the public may know of, in pages."""
    markets, more = public_markets_page(number)
    return render_template("markets/places.html", markets=markets, map=city_map(markets), number=number, more=more)


@places_blueprint.get("/<slug>/")
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
        meetings=listed_series(upcoming_at(market.id)),
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
    """Why this place was chosen; there is no such page before its call-in is over."""
    market = public_market(slug)
    night = night_at(market)
    if night is None or not market.why_here.is_whole:
        raise NotFound
    return render_template("markets/why_here.html", market=market, night=night)


@places_blueprint.get("/<slug>/call-in/")
@shared_page
def call_in(slug: str) -> str:
    """What was said at the call-in of a place, and what help there is."""
    night = night_at(public_market(slug))
    if night is None:
        raise NotFound
    return render_template("markets/call_in.html", night=night)


search_blueprint = AudienceBlueprint("search", __name__, audience=PUBLIC)


MINUTE = 60
WAIT = {"Retry-After": str(MINUTE)}
QUESTIONS = Share(near=60, wide=240, everybody=1_200, reserved=30, seconds=MINUTE)
"""In a minute. An answer costs a hundred times as much as a page that is kept ready."""


@search_blueprint.get("/search/")
def find() -> str | tuple[str, int, dict[str, str]]:
    """The field, and what was found; any words are an answer, never an error."""
    asked, page = request.args.get("q", ""), page_of(request.args.get("page", ""))
    question = question_of(asked)
    given = {"asked": shown_again(asked), "page": page}
    if question and not attempt("search", QUESTIONS).passed:
        return render_template("home/search.html", **given, results=None, is_too_often=True), 429, WAIT
    results = search(question, page) if question else None
    return render_template("home/search.html", **given, results=results, is_too_often=False)


annual_blueprint = AudienceBlueprint("annual", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/places")


@annual_blueprint.get("/<slug>/year/<int(min=1900, max=2999):year>/")
@shared_page
def show(slug: str, year: int) -> str:
    """The report of a year, for reading and printing."""
    public_market(slug)
    report = annual_report(slug, year)
    words = {"title": title_of(report), "kinds": KINDS, "kind_notes": KIND_NOTES}
    return render_template("home/progress/annual.html", report=report, shown=report.progress, **words)


@annual_blueprint.get("/<slug>/year/<int(min=1900, max=2999):year>.pdf")
@shared_page
def paper(slug: str, year: int) -> Response_flask:
    """The report of a year as a file."""
    public_market(slug)
    return Response_flask(bound(annual_report(slug, year)), mimetype="application/pdf")


class SampleForm(PublicForm):
    """Every kind of field that `field()` knows."""

    words = long_text(_l("What is happening?"), 4000)
    place = SelectField(
        _l("Place"), choices=[SelectChoice("willow", "Willow Street"), SelectChoice("fifth", "Fifth & Oak")]
    )
    kind = RadioField(
        _l("Is it happening now?"),
        choices=[
            SelectChoice("yes", _l("Yes")),
            SelectChoice("no", _l("No")),
            SelectChoice("unsure", _l("I am not sure")),
        ],
        validators=[InputRequired(_l("Please choose one."))],
    )
    number = StringField(_l("How many people?"))
    sure = BooleanField(_l("I have read who can see this"))


FIRST = ("home.front", "markets.places", "meetings.upcoming", "news.posts", "reports.intake")


def asked_first() -> Iterator[str]:
    """Their addresses in one language, and that of one place if there is one; of the others only the front page.

    Pages of two languages share what is slow to make, but for the words and dates that every page has.
    """
    first, *others = LANGUAGES
    places, _more = some_public_markets(1)
    for endpoint in FIRST:
        yield public_address(endpoint, lang=first)
    for place in places:
        yield public_address("markets.place", lang=first, slug=place.slug)
    for lang in others:
        yield public_address(FIRST[0], lang=lang)
