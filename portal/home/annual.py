"""The annual report of a place, made from one snapshot and nothing else: the same for the page and for the PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from flask_babel import format_decimal
from flask_babel import gettext as _

from portal.core.i18n import language
from portal.core.paper import FONT, letter, printable, write
from portal.core.portal import current_portal
from portal.core.statuses import NotFound
from portal.home.figures import PublishedProgress, progress_at
from portal.indicators.charts import find_drawing
from portal.indicators.panels.panels import chance_words, lead_notes, lead_sentence, lead_title
from portal.indicators.panels.reading import Panel, day_words, month_words, percent_words
from portal.indicators.panels.texts import (
    KIND_NOTES,
    KINDS,
    alternative,
    method_sentences,
    panel_caveats,
    panel_sentence,
    plan_sentences,
)

if TYPE_CHECKING:
    from fpdf import FPDF


OF_A_PANEL, OF_A_HEADING = 108, 22
"""Height in millimeters of a panel with its chart, and of the heading above it."""
PICTURE = 140
"""Width of a chart in millimeters: two panels fit on a page."""


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
    title, site = title_of(report), current_portal.settings.site_name
    paper = letter(title, site)
    # The same report has the same bytes, whenever it is rendered.
    paper.set_creation_date(datetime.fromisoformat(f"{report.progress.frozen.document.frozen_on}T12:00:00+00:00"))
    write(paper, title, 20, "B")
    write(paper, site, 11)
    known = month_words(report.progress.frozen.document.months[-1])
    if report.progress.studied:
        paper.ln(3)
        write(paper, _("What is known by %(month)s", month=known), 12, "I")
    _findings(paper, report)
    _surveys(paper, report)
    _sums(paper, report)
    _plan(paper, report)
    write(
        paper,
        _("Frozen on %(day)s. SHA-256 of the numbers:", day=day_words(report.progress.frozen.document.frozen_on)),
        9,
    )
    write(paper, report.progress.frozen.digest, 8)
    return bytes(paper.output())


def title_of(report: Annual) -> str:
    """Return the title of the report."""
    place = report.progress.place
    return str(_("%(place)s in %(year)s", place=place.name[language()] if place else "", year=report.year))


def _findings(paper: FPDF, report: Annual) -> None:
    """Write the leading measure with its reason, then the other measures of the plan."""
    progress = report.progress
    lead = progress.lead
    paper.ln(4)
    if lead.panel:
        write(paper, lead_title(lead), 16, "B")
        _panel(paper, report, lead.panel)
    else:
        write(paper, lead_sentence(lead), 11)
    for words in () if lead.is_as_promised else lead_notes(lead):
        write(paper, words, 11)
    if progress.beside:
        _keep_together(paper, OF_A_PANEL + OF_A_HEADING)
        paper.ln(4)
        write(paper, _("Also looked at"), 16, "B")
        write(paper, chance_words(len(progress.studied)), 11)
    for panel in progress.beside:
        _panel(paper, report, panel)


def _surveys(paper: FPDF, report: Annual) -> None:
    """Write the residents' survey answers and how certain their change is."""
    asked = report.progress.asked_again
    if not asked:
        return
    paper.ln(4)
    write(paper, str(KINDS["survey"]), 16, "B")
    write(paper, str(KIND_NOTES["survey"]), 10)
    for panel in asked:
        paper.ln(2)
        write(paper, panel.measure.name[language()], 14, "B")
        for words in (panel_sentence(panel), *panel_caveats(panel)):
            write(paper, words, 11)


def _keep_together(paper: FPDF, height: float) -> None:
    """Begin a new page unless `height` millimeters are left."""
    if paper.will_page_break(height):
        paper.add_page()


def _panel(paper: FPDF, report: Annual, panel: Panel) -> None:
    place, digest = report.progress.place, report.progress.frozen.digest
    picture = find_drawing(digest, place.slug if place else "", panel.measure.key, language(), "paper")
    if picture:
        _keep_together(paper, OF_A_PANEL)
    paper.ln(2)
    write(paper, panel.measure.name[language()], 14, "B")
    for words in (panel_sentence(panel), *panel_caveats(panel)):
        write(paper, words, 11)
    if picture:
        paper.image(BytesIO(picture), w=PICTURE, alt_text=printable(alternative(panel)))
        write(paper, alternative(panel), 9)


def _plan(paper: FPDF, report: Annual) -> None:
    """Write the plan, its date and any deviation from it.

    A reader of the paper has no other page at hand.
    """
    progress = report.progress
    plan = progress.place.registration if progress.place else None
    write(paper, _("How this was worked out"), 14, "B")
    for words in (*method_sentences(progress.compared, progress.rings), *(plan_sentences(plan) if plan else [])):
        write(paper, words, 10)
        paper.ln(1)
    if plan:
        write(paper, _("Proof that nobody changed the plan afterwards (SHA-256):"), 8)
        write(paper, plan.digest, 8)
    paper.ln(3)


def _sums(paper: FPDF, report: Annual) -> None:
    paper.ln(4)
    write(paper, _("The year in numbers"), 14, "B")
    head = (_("What was counted"), str(int(report.year) - 1), report.year)
    _table(paper, [head, *(line.cells for line in report.lines)])
    write(paper, _("A dash stands where something is not shown or was not counted in every month."), 9)
    paper.ln(4)
    if report.shares:
        head = (_("What was asked or counted"), _("Month"), _("Of 100"))
        _table(paper, [head, *((name, month_words(month), share) for name, month, share in report.shares)])
        paper.ln(4)


def _table(paper: FPDF, rows: Sequence[Sequence[str]]) -> None:
    paper.set_font(FONT, "", 11)
    with paper.table(col_widths=(104, 40, 28), text_align=("LEFT", "RIGHT", "RIGHT"), line_height=7) as table:
        for cells in rows:
            row = table.row()
            for cell in cells:
                row.cell(printable(str(cell)))
