"""How it is going: the city, a place, both as they were in any snapshot, and the drawings."""

from __future__ import annotations

from flask import Response, render_template

from portal.core.i18n import language
from portal.core.web import PUBLIC, Room, shared_page
from portal.home.annual import years_of
from portal.home.progress import Progress, progress_at, progress_of_city
from portal.home.results import RESULTS
from portal.indicators.charts.queries import drawing
from portal.indicators.panels import headlines, plan_words, tables, texts, wording
from portal.indicators.snapshots.queries import history, latest, next_day
from portal.markets.queries import public_market

room = Room("progress", __name__, audience=PUBLIC)
for name, words in (
    ("month_of", wording.month_words),
    ("day_of", wording.day_words),
    ("counted", wording.value_words),
    ("of_hundred", wording.percent_words),
    ("panel_title", texts.panel_title),
    ("panel_sentence", texts.panel_sentence),
    ("panel_caveats", texts.panel_caveats),
    ("drawn_in_words", texts.alternative),
    ("finding_rows", texts.finding_rows),
    ("few_areas_note", texts.few_areas_note),
    ("number_table", tables.number_table),
    ("lead_sentence", headlines.lead_sentence),
    ("lead_title", headlines.lead_title),
    ("lead_notes", headlines.lead_notes),
    ("chance_words", headlines.chance_words),
):
    room.app_template_filter(name)(words)
room.app_template_global("method_sentences")(texts.method_sentences)
room.app_template_global("plan_in_words")(plan_words.plan_in_words)


@room.get("/progress/")
@shared_page
def city() -> str:
    """How it is going in the city and in each place, or that nothing is published yet."""
    return _city(None) if latest() else render_template("home/progress/none.html", next_on=next_day())


@room.get("/progress/<digest>/")
@shared_page
def city_then(digest: str) -> str:
    """The same, as it was published in one snapshot."""
    return _city(digest)


@room.get("/places/<slug>/progress/")
@shared_page
def place(slug: str) -> str:
    """How it is going at one place."""
    return _place(slug, None)


@room.get("/places/<slug>/progress/<digest>/")
@shared_page
def place_then(slug: str, digest: str) -> str:
    """The same, as it was published in one snapshot."""
    return _place(slug, digest)


@room.get("/progress/<digest>/<measure>-<any(narrow, wide):form>.svg")
@room.get("/places/<slug>/progress/<digest>/<measure>-<any(narrow, wide):form>.svg")
@shared_page
def picture(digest: str, measure: str, form: str, slug: str = "") -> Response:
    """A drawing of the latest snapshot."""
    if slug:
        public_market(slug)
    return Response(drawing(digest, slug, measure, language(), form), mimetype="image/svg+xml")


def _city(digest: str | None) -> str:
    shown = progress_of_city(digest)
    places = [progress_at(one.slug, digest) for one in shown.frozen.document.places]
    return render_template("home/progress/city.html", shown=shown, places=places, snapshots=history(), **_words())


def _place(slug: str, digest: str | None) -> str:
    public_market(slug)
    shown: Progress = progress_at(slug, digest)
    return render_template("home/progress/place.html", shown=shown, results=RESULTS, years=years_of(shown), **_words())


def _words() -> dict[str, object]:
    return {"kinds": texts.KINDS, "kind_notes": texts.KIND_NOTES, "language_names": wording.LANGUAGE_NAMES}
