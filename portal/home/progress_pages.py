"""Progress pages of the city and of places, current and as published in any snapshot, and their charts."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, render_template

from portal.commitments.promises import counts, counts_at
from portal.commitments.texts import kept_and_late, tally_words
from portal.core.i18n import language
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.home.annual import years_of
from portal.home.figures import PublishedProgress, progress_at, progress_of_city
from portal.indicators import city_results as city_words
from portal.indicators import panel_reading, panel_texts, panels
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


@blueprint.get("/places/<slug>/progress/<digest>/<measure>-<any(narrow, wide):form>.svg")
@shared_page
def picture(slug: str, digest: str, measure: str, form: str) -> Response:
    """Return a chart of the latest snapshot as SVG."""
    public_market(slug)
    return Response(drawing(digest, slug, measure, language(), form), mimetype="image/svg+xml")


def _city(digest: str | None) -> str:
    return render_template("home/progress/city.html", snapshots=history(), kinds=panel_texts.KINDS, **_places(digest))


@blueprint.get("/progress/city/")
@shared_page
def council() -> str:
    """Show everything that a council asks for, on one printed sheet."""
    if not latest():
        return render_template("home/progress/none.html", next_on=next_day())
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
    places = [progress_at(one.slug, digest) for one in shown.frozen.document.places]
    pairs = [panel_texts.count_pair(one.lead.panel) for one in places if one.lead.panel]
    return {
        "shown": shown,
        "is_kept": digest is not None,
        "places": sorted(places, key=lambda one: (not panels.has_result(one.lead), not panels.has_count(one.lead))),
        "most": max((number for pair in pairs if pair for number in (pair.now, pair.then)), default=0),
        "together": city_words.city_results(shown.frozen.document),
        "standings": {} if digest else _standings(public_markets()),
    }


def _place(slug: str, digest: str | None) -> str:
    market = public_market(slug)
    shown: PublishedProgress = progress_at(slug, digest)
    return render_template(
        "home/progress/place.html",
        shown=shown,
        is_kept=digest is not None,
        standings={} if digest else _standings([market]),
        promises=None if digest else "".join(map(tally_words, counts_at([market.id]).values())),
        years=years_of(shown),
        kinds=panel_texts.KINDS,
    )


def _standings(markets: Iterable[Market]) -> dict[str, str]:
    """Return how places stand today, by slug: the newest numbers are older than that."""
    return {market.slug: market.standing.status for market in markets if market.standing}
