"""Progress of the city and of places, current and as published in any snapshot: charts, years, and results elsewhere.

The numbers in `RESULTS` are only those of the study named in `source`; values that it does not report are left out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Response, render_template
from flask_babel import gettext as _

from portal.commitments.promises import counts, kept_and_late
from portal.core.i18n import Bilingual, language
from portal.core.statuses import NotFound, existing
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.indicators import city_results, panel_reading, panel_texts
from portal.indicators.charts import Sizes, drawing, drawings_of
from portal.indicators.panel_reading import Panel, panels_of, percent_words, place_named, value_words
from portal.indicators.panel_texts import KINDS, Because, Lead, count_pair, lead_of
from portal.indicators.snapshots import Frozen, history, latest, next_day, snapshot
from portal.indicators.statistics.plans import fixed
from portal.indicators.statistics.schema import PlaceShown
from portal.markets.map.drawing import city_map
from portal.markets.places import public_market, public_markets
from portal.meetings.meeting import next_meetings
from portal.news.library import literature


@dataclass(frozen=True)
class PublishedProgress:
    """Everything published in one snapshot about a place, or about the city (`place` None)."""

    frozen: Frozen
    is_latest: bool
    place: PlaceShown | None
    panels: Sequence[Panel]
    drawn: Mapping[str, Sizes]
    """The measures that have drawings, with the sizes of these."""

    @cached_property
    def lead(self) -> Lead:
        return lead_of(self.place, self.panels) if self.place else Lead(Because.NO_PLAN)

    @property
    def beside(self) -> Sequence[Panel]:
        """All measures fixed in the plan but the one that leads: good news and bad in the same size."""
        return [panel for panel in self.panels if panel.main and panel is not self.lead.panel]

    @property
    def compared(self) -> int:
        """Number of comparison areas: those of the plan, else all that are counted."""
        if self.place is None:
            return 0
        areas = {area.key for area in self.place.areas if area.part == "comparison"}
        plan = self.place.registration
        return len(areas & set((fixed(plan.plan).comparison if plan else ()) or areas))

    @property
    def by_kind(self) -> Iterator[tuple[str, Sequence[Panel]]]:
        for kind in KINDS:
            if panels := [panel for panel in self.panels if not panel.main and panel.measure.kind == kind]:
                yield kind, panels

    @property
    def years(self) -> list[str]:
        """The years for which there can be a report, the newest first: those since the call-in with numbers."""
        if self.place is None or self.place.delivered_on is None:
            return []
        counted = {year for panel in self.panels for year, total in panel.years.items() if total is not None}
        return sorted((year for year in counted if year >= self.place.delivered_on[:4]), reverse=True)


def progress_of(slug: str | None, digest: str | None = None) -> PublishedProgress:
    """Return the published progress of a place, or of the city, now or in an earlier snapshot. Raises `NotFound`."""
    newest = existing(latest())
    is_latest = digest in (None, newest.digest)
    frozen = newest if is_latest else snapshot(digest or "")
    if slug is None:
        return PublishedProgress(frozen, is_latest, None, panel_reading.panels_of_city(frozen.document), {})
    place = existing(place_named(frozen.document, slug))
    drawn = drawings_of(frozen.digest, slug, language()) if is_latest else {}
    return PublishedProgress(frozen, is_latest, place, panels_of(frozen.document, place), drawn)


def lead_at(slug: str) -> Lead | None:
    """Return the leading measure of a place in the newest snapshot, or None if that leaves the place out."""
    newest = latest()
    is_in_numbers = newest is not None and place_named(newest.document, slug) is not None
    return progress_of(slug).lead if is_in_numbers else None


@dataclass(frozen=True)
class PublishedStudy:
    place: Bilingual
    finding: Bilingual
    numbers: Bilingual
    design: Bilingual
    certainty: Bilingual
    source: str
    url: str
    """Where the library has it; "" for a newspaper, which it does not list."""


def _results() -> Iterator[PublishedStudy]:
    read = tomllib.loads(Path(__file__).with_name("results.toml").read_text(encoding="utf-8"))
    addresses = {guide["title"].en: guide["url"] for guide in literature()[1]}
    for study in read["studies"]:
        texts = {name: Bilingual(**words) for name, words in study.items() if isinstance(words, dict)}
        url = addresses[study["guide"]] if "guide" in study else ""
        yield PublishedStudy(**texts, source=study["source"], url=url)


RESULTS = tuple(_results())

blueprint = AudienceBlueprint("progress", __name__, audience=PUBLIC)
for words in (
    *(panel_reading.response_words, panel_texts.panel_title, panel_texts.suppression_note),
    *(panel_texts.panel_caveats, panel_texts.headline, panel_texts.headlines, panel_texts.count_pair),
    *(panel_texts.next_decision, panel_texts.alternative, panel_texts.number_table, panel_texts.count_tables),
    *(panel_texts.bars_of, panel_texts.newest_sentence, panel_texts.lone_notes, panel_texts.beside_notes),
    *(panel_texts.group_tables, panel_texts.group_notes),
    *(city_results.city_headline, city_results.city_sentence, city_results.city_notes),
):
    blueprint.app_template_filter()(words)
blueprint.app_template_filter("month_of")(panel_reading.month_words)
blueprint.app_template_filter("day_of")(panel_reading.day_words)
blueprint.app_template_test("empty_panel")(panel_texts.is_empty)
blueprint.app_template_global("method_sentences")(panel_texts.method_sentences)


@blueprint.get("/progress/<digest>/", endpoint="city_then")
@blueprint.get("/progress/")
@shared_page
def city(digest: str | None = None) -> str:
    if digest is None and not latest():
        return render_template("home/progress/none.html", next_on=next_day())
    shown = _city(digest)
    frozen_on = shown["shown"].frozen.document.frozen_on
    before = next(((day, kept) for day, kept in history() if day.isoformat() < frozen_on), None)
    return render_template("home/progress/city.html", before=before, kinds=KINDS, notes=panel_texts.KIND_NOTES, **shown)


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
        **_city(None),
    )


def _city(digest: str | None) -> dict[str, Any]:
    """Return the places of a snapshot, those with a number first, how they stand, and what came of all together."""
    shown = progress_of(None, digest)
    of_places = [progress_of(place.slug, digest) for place in shown.frozen.document.places]
    places = [(progress.place, progress.lead, count_pair(progress.lead.panel)) for progress in of_places]
    places.sort(key=lambda place: (not place[1].has_result, not place[2]))
    return {
        "shown": shown,
        "is_kept": digest is not None,
        "places": places,
        "most": max((number for _place, _lead, pair in places if pair for number in (pair.now, pair.then)), default=0),
        "together": city_results.city_results(shown.frozen.document),
        # Today's: the newest numbers are older than that.
        "standings": {} if digest else {each.slug: each.standing.status for each in public_markets() if each.standing},
    }


@blueprint.get("/places/<slug>/progress/<digest>/", endpoint="place_then")
@blueprint.get("/places/<slug>/progress/")
@shared_page
def place(slug: str, digest: str | None = None) -> str:
    market, shown = public_market(slug), progress_of(slug, digest)
    return render_template(
        "home/progress/place.html",
        shown=shown,
        is_kept=digest is not None,
        standings={slug: market.standing.status} if market.standing and not digest else {},
        kinds=KINDS,
        notes=panel_texts.KIND_NOTES,
    )


@blueprint.get("/places/<slug>/progress/<digest>/<measure>-<any(narrow, wide):form>.svg")
@shared_page
def picture(slug: str, digest: str, measure: str, form: str) -> Response:
    public_market(slug)
    return Response(drawing(digest, slug, measure, language(), form), mimetype="image/svg+xml")


annual_blueprint = AudienceBlueprint("annual", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/places")


@annual_blueprint.get("/<slug>/year/<int(min=1900, max=2999):year>/")
@shared_page
def show(slug: str, year: int) -> str:
    """A year that the newest snapshot covers whole, beside the one before: counts, and the last share of a measure."""
    public_market(slug)
    shown = progress_of(slug)
    if shown.place is None or str(year) not in shown.years:
        raise NotFound
    rows, shares = [], []
    for panel in shown.panels:
        name = panel.measure.name[language()]
        before, now = panel.years.get(str(year - 1)), panel.years.get(str(year))
        if panel.asked:
            months = [
                place for place in panel.told if panel.months[place][:4] == str(year) and not panel.is_moved(place)
            ]
            shares += [(name, panel.months[place], percent_words(panel.shares[place])) for place in months[-1:]]
        elif (before, now) != (None, None):
            rows.append((name, value_words(before), value_words(now)))
    title = _("%(place)s in %(year)s", place=shown.place.name[language()], year=year)
    return render_template("home/progress/annual.html", rows=rows, shares=shares, shown=shown, year=year, title=title)
