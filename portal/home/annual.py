"""The annual report of a place, made from one snapshot and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import format_decimal
from flask_babel import gettext as _

from portal.core.i18n import language
from portal.core.statuses import NotFound
from portal.home.figures import PublishedProgress, progress_at
from portal.indicators.panel_reading import Panel, percent_words


@dataclass(frozen=True)
class AnnualLine:
    """The counts of the year and of the year before; None if not shown or not counted."""

    panel: Panel
    before: int | None
    now: int | None

    @property
    def cells(self) -> tuple[str, str, str]:
        """The line as cells of a table."""
        return self.panel.measure.name[language()], _number(self.before), _number(self.now)


@dataclass(frozen=True)
class Annual:
    """The report of one year."""

    year: str
    progress: PublishedProgress
    lines: Sequence[AnnualLine]
    shares: Sequence[tuple[str, str, str]]
    """The last share of the year of each measure that is part of another one: name, month, and value per 100."""


def annual_report(slug: str, year: int) -> Annual:
    """Return the report of a year that the newest snapshot covers completely.

    Raises `NotFound` for any other year.
    """
    progress = progress_at(slug)
    if str(year) not in years_of(progress):
        raise NotFound
    lines = [_line(panel, year) for panel in progress.panels if not panel.is_share]
    shares = [row for panel in progress.panels if panel.is_share for row in _last_share(panel, str(year))]
    return Annual(str(year), progress, [line for line in lines if (line.before, line.now) != (None, None)], shares)


def years_of(progress: PublishedProgress) -> list[str]:
    """Return the years for which there can be a report, the newest first: those since the call-in with numbers."""
    place = progress.place
    if place is None or place.delivered_on is None:
        return []
    known = {one.year for panel in progress.panels for one in panel.years if one.total is not None}
    return sorted((year for year in known if year >= place.delivered_on[:4]), reverse=True)


def _line(panel: Panel, year: int) -> AnnualLine:
    sums = {one.year: one.total for one in panel.years}
    return AnnualLine(panel, sums.get(str(year - 1)), sums.get(str(year)))


def _last_share(panel: Panel, year: str) -> list[tuple[str, str, str]]:
    known = [
        (month, value)
        for month, value in zip(panel.months, panel.shares, strict=True)
        if value is not None and month.startswith(year)
    ]
    return [(panel.measure.name[language()], known[-1][0], percent_words(known[-1][1]))] if known else []


def _number(value: int | None) -> str:
    return "–" if value is None else str(format_decimal(value))


def title_of(report: Annual) -> str:
    """Return the title of the report."""
    place = report.progress.place
    return str(_("%(place)s in %(year)s", place=place.name[language()] if place else "", year=report.year))
