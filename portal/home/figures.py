"""What the progress pages show: panels of a snapshot with their drawings, a year of them, and results elsewhere.

The numbers in `RESULTS` are only those of the study named in `source`; values that it does not report are left out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flask_babel import format_decimal

from portal.core.i18n import Bilingual, language
from portal.core.statuses import NotFound, existing
from portal.indicators.charts import Sizes, drawings_of
from portal.indicators.panel_reading import Panel, panels_of, panels_of_city, percent_words, place_named
from portal.indicators.panel_texts import KINDS
from portal.indicators.panels import Because, Lead, lead_of
from portal.indicators.snapshots import Frozen, latest, snapshot
from portal.indicators.statistics.plans import fixed
from portal.indicators.statistics.schema import PlaceShown
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
        return lead_of(self.frozen.document, self.place, self.panels) if self.place else Lead(Because.NO_PLAN)

    @property
    def studied(self) -> Sequence[Panel]:
        """All measures fixed in the plan: good news and bad in the same size."""
        return [panel for panel in self.panels if panel.main]

    @property
    def beside(self) -> Sequence[Panel]:
        return [panel for panel in self.studied if panel is not self.lead.panel]

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
        rest = [panel for panel in self.panels if not panel.main]
        for kind in KINDS:
            if found := [panel for panel in rest if panel.measure.kind == kind]:
                yield kind, found

    @property
    def years(self) -> list[str]:
        """The years for which there can be a report, the newest first: those since the call-in with numbers."""
        if self.place is None or self.place.delivered_on is None:
            return []
        counted = {sums.year for panel in self.panels for sums in panel.years if sums.total is not None}
        return sorted((year for year in counted if year >= self.place.delivered_on[:4]), reverse=True)


def progress_at(slug: str, digest: str | None = None) -> PublishedProgress:
    """Return the published progress of a place, now or in an earlier snapshot. Raises `NotFound`."""
    frozen, is_latest = _chosen(digest)
    place = existing(place_named(frozen.document, slug))
    drawn = drawings_of(frozen.digest, slug, language()) if is_latest else {}
    return PublishedProgress(frozen, is_latest, place, panels_of(frozen.document, place), drawn)


def progress_of_city(digest: str | None = None) -> PublishedProgress:
    """Return the published progress of the whole city. Raises `NotFound`."""
    frozen, is_latest = _chosen(digest)
    return PublishedProgress(frozen, is_latest, None, panels_of_city(frozen.document), {})


def _chosen(digest: str | None) -> tuple[Frozen, bool]:
    newest = existing(latest())
    return (newest, True) if digest in (None, newest.digest) else (snapshot(digest or ""), False)


def lead_at(slug: str) -> Lead | None:
    """Return the leading measure of a place in the newest snapshot, or None if that leaves the place out."""
    newest = latest()
    is_in_numbers = newest is not None and place_named(newest.document, slug) is not None
    return progress_at(slug).lead if is_in_numbers else None


@dataclass(frozen=True)
class Annual:
    """The report of one year, made from one snapshot and nothing else."""

    year: str
    progress: PublishedProgress
    rows: Sequence[tuple[str, str, str]]
    """Name, count of the year before and count of the year; a dash if not shown or not counted."""
    shares: Sequence[tuple[str, str, str]]
    """The last share of the year of each measure that is part of another one: name, month, and value per 100."""


def annual_report(slug: str, year: int) -> Annual:
    """Return the report of a year that the newest snapshot covers completely.

    Raises `NotFound` for any other year.
    """
    progress = progress_at(slug)
    if str(year) not in progress.years:
        raise NotFound
    rows, shares = [], []
    for panel in progress.panels:
        name = panel.measure.name[language()]
        if panel.is_share:
            values = zip(panel.months, panel.shares, strict=True)
            months = [(month, value) for month, value in values if value is not None and month.startswith(str(year))]
            shares += [(name, month, percent_words(value)) for month, value in months[-1:]]
            continue
        sums = {counted.year: counted.total for counted in panel.years}
        before, now = sums.get(str(year - 1)), sums.get(str(year))
        if (before, now) != (None, None):
            rows.append((name, _number(before), _number(now)))
    return Annual(str(year), progress, rows, shares)


def _number(value: int | None) -> str:
    return "–" if value is None else str(format_decimal(value))


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
