"""The annual report of a place, made from one snapshot and nothing else: the same for the page and for the PDF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from portal.core.i18n import language
from portal.core.paper import typeset
from portal.core.portal import current_portal
from portal.core.statuses import NotFound
from portal.home.figures import PublishedProgress, progress_at
from portal.indicators.charts import find_drawing
from portal.indicators.panels.panels import chance_words, lead_notes, lead_sentence, lead_title
from portal.indicators.panels.reading import Panel, day_words, month_words, percent_words, response_words
from portal.indicators.panels.texts import (
    KIND_NOTES,
    KINDS,
    alternative,
    counted_from,
    method_sentences,
    panel_caveats,
    panel_sentence,
    panel_title,
    plan_sentences,
)


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
    """Return the years for which there can be a report, the newest first."""
    months = progress.frozen.document.months
    return sorted({month[:4] for month in months if f"{month[:4]}-01" in months and f"{month[:4]}-12" in months})[::-1]


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


def bound(report: Annual) -> bytes:
    """Return the report as a PDF on Letter paper, with a chart of each measure fixed in the plan."""
    frozen = report.progress.frozen
    known = _("What is known by %(month)s", month=month_words(frozen.document.months[-1]))
    site = current_portal.settings.site_name
    data = {
        "site": site,
        "foot": site,
        "page": _("Page"),
        "known": known if report.progress.studied else "",
        "parts": [*_findings(report), *_surveys(report), *_sums(report), _plan(report)],
    }
    # The same report has the same bytes, whenever it is rendered.
    made_at = datetime.fromisoformat(f"{frozen.document.frozen_on}T12:00:00+00:00")
    return typeset("annual", title_of(report), data, made_at=made_at, kept=False)


def title_of(report: Annual) -> str:
    """Return the title of the report."""
    place = report.progress.place
    return str(_("%(place)s in %(year)s", place=place.name[language()] if place else "", year=report.year))


def _part(title: str, said: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    return {"title": title, "said": said, "panels": (), "tables": (), "notes": (), **more}


def _findings(report: Annual) -> Iterator[dict[str, Any]]:
    """Yield the leading measure with its reason, then the other measures of the plan."""
    progress = report.progress
    lead = progress.lead
    if lead.panel:
        yield _part(lead_title(lead), panels=[_panel(report, lead.panel)])
    else:
        yield _part("", [lead_sentence(lead)])
    if not lead.is_as_promised:
        yield _part("", lead_notes(lead))
    if progress.beside:
        panels = [_panel(report, panel) for panel in progress.beside]
        yield _part(_("Also looked at"), [chance_words(progress.studied)], panels=panels)


def _surveys(report: Annual) -> Iterator[dict[str, Any]]:
    """Yield the residents' survey answers and how certain their change is."""
    asked = report.progress.asked_again
    if asked:
        panels = [_panel(report, panel, has_picture=False) for panel in asked]
        yield _part(str(KINDS["survey"]), [f"{KIND_NOTES['survey']} {response_words(asked)}"], panels=panels)


def _panel(report: Annual, panel: Panel, *, has_picture: bool = True) -> dict[str, Any]:
    place, digest = report.progress.place, report.progress.frozen.digest
    at = place.slug if place else ""
    picture = find_drawing(digest, at, panel.measure.key, language(), "paper") if has_picture else None
    return {
        "name": panel.measure.name[language()],
        "said": [panel_sentence(panel), *counted_from(panel), *panel_caveats(panel)],
        "picture": picture,
        "alt": panel_title(panel),
        "shows": alternative(panel) if picture else "",
    }


def _plan(report: Annual) -> dict[str, Any]:
    """Return the plan, its date and any deviation from it.

    A reader of the paper has no other page at hand.
    """
    progress = report.progress
    plan = progress.place.registration if progress.place else None
    said = [
        *method_sentences(progress.compared, progress.rings, progress.once_in),
        *(plan_sentences(plan) if plan else []),
    ]
    notes = [_("Proof that nobody changed the plan afterwards (SHA-256):"), plan.digest] if plan else []
    frozen_on = day_words(progress.frozen.document.frozen_on)
    notes += [_("Frozen on %(day)s. SHA-256 of the numbers:", day=frozen_on), progress.frozen.digest]
    return _part(_("How this was worked out"), said, notes=notes)


def _sums(report: Annual) -> Iterator[dict[str, Any]]:
    head = (_("What was counted"), str(int(report.year) - 1), report.year)
    note = _("A dash stands where something is not shown or was not counted in every month.")
    counts = {"head": head, "rows": [line.cells for line in report.lines]}
    yield _part(_("The year in numbers"), tables=[counts], notes=[note])
    if report.shares:
        head = (_("What was asked or counted"), _("Month"), _("Of 100"))
        rows = [(name, month_words(month), share) for name, month, share in report.shares]
        yield _part("", tables=[{"head": head, "rows": rows}])
