"""Progress pages of the city and of places, current and as published in any snapshot, and their charts."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, render_template

from portal.core.i18n import language
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.home.annual import years_of
from portal.home.figures import RESULTS, PublishedProgress, progress_at, progress_of_city
from portal.indicators.charts import drawing
from portal.indicators.evaluation import half_years
from portal.indicators.panels import city as city_words
from portal.indicators.panels import panels, reading, texts
from portal.indicators.snapshots.snapshots import history, latest, next_day
from portal.markets.places import Market, public_market, public_markets

blueprint = AudienceBlueprint("progress", __name__, audience=PUBLIC)
for name, words in (
    ("month_of", reading.month_words),
    ("period_of", reading.period_words),
    ("moved_note", texts.moved_note),
    ("day_of", reading.day_words),
    ("counted", reading.value_words),
    ("response_words", reading.response_words),
    ("of_hundred", reading.percent_words),
    ("panel_title", texts.panel_title),
    ("panel_sentence", texts.panel_sentence),
    ("panel_caveats", texts.panel_caveats),
    ("leading_figure", texts.leading_figure),
    ("judged_sums", texts.judged_sums),
    ("drawn_in_words", texts.alternative),
    ("counted_from", texts.counted_from),
    ("number_table", panels.number_table),
    ("language_rows", panels.language_rows),
    ("lead_sentence", panels.lead_sentence),
    ("short_sentence", panels.short_sentence),
    ("lead_title", panels.lead_title),
    ("lead_notes", panels.lead_notes),
    ("lone_notes", panels.lone_notes),
    ("chance_words", panels.chance_words),
    ("event_study_drawn", half_years.event_study_drawn),
    ("group_tables", panels.group_tables),
    ("group_notes", panels.group_notes),
    ("city_sentence", city_words.city_sentence),
    ("city_notes", city_words.city_notes),
    ("places_by_chance", city_words.places_by_chance),
):
    blueprint.app_template_filter(name)(words)
blueprint.app_template_test("empty_panel")(texts.is_empty)
blueprint.app_template_test("with_result")(panels.has_result)
blueprint.app_template_global("months_listed")(panels.months_listed)
blueprint.app_template_global("method_sentences")(texts.method_sentences)
blueprint.app_template_global("plan_in_words")(texts.plan_in_words)


@blueprint.get("/progress/")
@shared_page
def city() -> str:
    """Show the progress of the city and each place, or that nothing is published yet."""
    return _city(None) if latest() else render_template("home/progress/none.html", next_on=next_day())


@blueprint.get("/progress/<digest>/")
@shared_page
def city_then(digest: str) -> str:
    """Show the progress of the city as published in one snapshot."""
    return _city(digest)


@blueprint.get("/places/<slug>/progress/")
@shared_page
def place(slug: str) -> str:
    """Show the progress of one place."""
    return _place(slug, None)


@blueprint.get("/places/<slug>/progress/<digest>/")
@shared_page
def place_then(slug: str, digest: str) -> str:
    """Show the progress of one place as published in one snapshot."""
    return _place(slug, digest)


@blueprint.get("/progress/<digest>/<measure>-<any(narrow, wide):form>.svg")
@blueprint.get("/places/<slug>/progress/<digest>/<measure>-<any(narrow, wide):form>.svg")
@shared_page
def picture(digest: str, measure: str, form: str, slug: str = "") -> Response:
    """Return a chart of the latest snapshot as SVG."""
    if slug:
        public_market(slug)
    return Response(drawing(digest, slug, measure, language(), form), mimetype="image/svg+xml")


def _city(digest: str | None) -> str:
    shown = progress_of_city(digest)
    places = [progress_at(one.slug, digest) for one in shown.frozen.document.places]
    return render_template(
        "home/progress/city.html",
        shown=shown,
        # First what somebody came to read; why the others have no result is said in a few words.
        places=sorted(places, key=lambda one: not panels.has_result(one.lead)),
        together=city_words.city_results(shown.frozen.document),
        standings=_standings(public_markets()) if shown.is_latest else {},
        snapshots=history(),
        **_words(),
    )


def _place(slug: str, digest: str | None) -> str:
    market = public_market(slug)
    shown: PublishedProgress = progress_at(slug, digest)
    standings = _standings([market]) if shown.is_latest else {}
    return render_template(
        "home/progress/place.html",
        shown=shown,
        standings=standings,
        results=RESULTS,
        years=years_of(shown),
        **_words(),
    )


def _standings(markets: Iterable[Market]) -> dict[str, str]:
    """Return how places stand today, by slug: the newest numbers are older than that."""
    return {market.slug: market.standing.status for market in markets if market.standing}


def _words() -> dict[str, object]:
    return {
        "kinds": texts.KINDS,
        "kind_notes": texts.KIND_NOTES,
        "city_notes": texts.CITY_NOTES,
        "language_names": reading.LANGUAGE_NAMES,
    }
