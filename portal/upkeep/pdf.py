"""The handover pack as a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from flask_babel import format_date
from flask_babel import gettext as _

from portal.core.clock import today
from portal.core.paper import FONT, letter, printable, write
from portal.upkeep.pack import Part

if TYPE_CHECKING:
    from fpdf import FPDF

TITLE_ROOM = 13
"""For the title of a part and the space above it."""


def bound(title: str, parts: Sequence[Part]) -> bytes:
    """The pack as a file: Letter, page numbers, “confidential” on every page."""
    foot = _("Confidential. Give it to nobody who is not admitted to this place, and shred it afterwards.")
    paper = letter(title, foot)
    write(paper, title, 20, "B")
    write(paper, _("Handover pack of %(day)s", day=format_date(today(), "long")), 10)
    for part in parts:
        _keep_together(paper, TITLE_ROOM + _height(paper, *part.lines[0]))
        paper.ln(5)
        write(paper, part.title, 14, "B", height=8)
        for name, text in part.lines:
            _keep_together(paper, _height(paper, name, text))
            write(paper, name, 10, "B")
            write(paper, text, 10)
            paper.ln(1.5)
    return bytes(paper.output())


def _keep_together(paper: FPDF, height: float) -> None:
    """Begin a page for what does not fit on this one; what fits on none is broken where it must be."""
    if height <= paper.eph and paper.will_page_break(height):
        paper.add_page()


def _height(paper: FPDF, name: str, text: str) -> float:
    """How much room a line of the pack takes."""
    height = 0.0
    for style, said in (("B", name), ("", text)):
        paper.set_font(FONT, style, 10)
        height += cast("float", paper.multi_cell(0, 5, printable(said), align="L", dry_run=True, output="HEIGHT"))
    return height
