"""Progress pages of the city and of places, current and as published in any snapshot, their charts, and years."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, render_template
from flask_babel import gettext as _

from portal.commitments.promises import counts, counts_at
from portal.commitments.texts import kept_and_late, tally_words
from portal.core.i18n import language
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.home.figures import annual_report, progress_at, progress_of_city
from portal.indicators import city_results as city_words, panel_reading, panel_texts, panels
from portal.indicators.charts import drawing
from portal.indicators.snapshots import history, latest, next_day
from portal.markets.map.drawing import city_map
from portal.markets.places import Market, public_market, public_markets
from portal.meetings.meeting import next_meetings

blueprint = AudienceBlueprint("progress", __name__, audience=PUBLIC)
for name, words in (
    ("month_of", panel_reading.month_words),
    ("day_of", panel_reading.day_words),
    ("response_words", panel_reading.response_words),
    ("panel_title", panel_texts.panel_title),
    ("moved_note", panel_texts.moved_note),
    ("panel_sentence", panel_texts.panel_sentence),
    ("panel_caveats", panel_texts.panel_caveats),
    ("headline", panel_texts.headline),
    ("count_pair", panel_texts.count_pair),
    ("next_decision", panel_texts.next_decision),
    ("kind_note", panel_texts.kind_note),
    ("drawn_in_words", panel_texts.alternative),
    ("number_table", panels.number_table),
    ("headlines", panels.headlines),
    ("lone_notes", panels.lone_notes),
    ("beside_notes", panels.beside_notes),
    ("group_tables", panels.group_tables),
    ("group_notes", panels.group_notes),
    ("city_headline", city_words.city_headline),
    ("city_sentence", city_words.city_sentence),
    ("city_notes", city_words.city_notes),
):
    blueprint.app_template_filter(name)(words)
blueprint.app_template_test("empty_panel")(panel_texts.is_empty)
blueprint.app_template_test("with_count")(panels.has_count)
blueprint.app_template_global("method_sentences")(panel_texts.method_sentences)


@blueprint.get("/progress/")
@shared_page
def city() -> str:
    return _city(None) if latest() else _nothing_yet()


@blueprint.get("/progress/<digest>/")
@shared_page
def city_then(digest: str) -> str:
    return _city(digest)


@blueprint.get("/places/<slug>/progress/")
@shared_page
def place(slug: str) -> str:
    return _place(slug, None)


@blueprint.get("/places/<slug>/progress/<digest>/")
@shared_page
def place_then(slug: str, digest: str) -> str:
    return _place(slug, digest)


@blueprint.get("/places/<slug>/progress/<digest>/<measure>-<any(narrow, wide):form>.svg")
@shared_page
def picture(slug: str, digest: str, measure: str, form: str) -> Response:
    public_market(slug)
    return Response(drawing(digest, slug, measure, language(), form), mimetype="image/svg+xml")


def _city(digest: str | None) -> str:
    return render_template("home/progress/city.html", snapshots=history(), kinds=panel_texts.KINDS, **_places(digest))


def _nothing_yet() -> str:
    return render_template("home/progress/none.html", next_on=next_day())


@blueprint.get("/progress/city/")
@shared_page
def council() -> str:
    """Show everything that a council asks for, on one printed sheet."""
    if not latest():
        return _nothing_yet()
    return render_template(
        "home/progress/council.html",
        map=city_map(public_markets()),
        promises=kept_and_late(counts()),
        next_on=next_day(),
        meetings=next_meetings()[:1],
        **_places(None),
    )


def _places(digest: str | None) -> dict[str, object]:
    """Return the places of a snapshot, those with a number first, how they stand, and what came of all together."""
    shown = progress_of_city(digest)
    places = [progress_at(place.slug, digest) for place in shown.frozen.document.places]
    places.sort(key=lambda place: (not panels.has_result(place.lead), not panels.has_count(place.lead)))
    pairs = [panel_texts.count_pair(place.lead.panel) for place in places if place.lead.panel]
    return {
        "shown": shown,
        "is_kept": digest is not None,
        "places": places,
        "most": max((number for pair in pairs if pair for number in (pair.now, pair.then)), default=0),
        "together": city_words.city_results(shown.frozen.document),
        "standings": {} if digest else _standings(public_markets()),
    }


def _place(slug: str, digest: str | None) -> str:
    market, shown = public_market(slug), progress_at(slug, digest)
    return render_template(
        "home/progress/place.html",
        shown=shown,
        is_kept=digest is not None,
        standings={} if digest else _standings([market]),
        promises=None if digest else "".join(map(tally_words, counts_at([market.id]).values())),
        years=shown.years,
        kinds=panel_texts.KINDS,
    )


def _standings(markets: Iterable[Market]) -> dict[str, str]:
    """Return how places stand today, by slug: the newest numbers are older than that."""
    return {market.slug: market.standing.status for market in markets if market.standing}


annual_blueprint = AudienceBlueprint("annual", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/places")


@annual_blueprint.get("/<slug>/year/<int(min=1900, max=2999):year>/")
@shared_page
def show(slug: str, year: int) -> str:
    public_market(slug)
    report = annual_report(slug, year)
    place = report.progress.place
    title = _("%(place)s in %(year)s", place=place.name[language()] if place else "", year=report.year)
    return render_template("home/progress/annual.html", report=report, shown=report.progress, title=title)
