"""The handover pack as a PDF, with the fonts that every reader of PDF has: nothing is loaded or embedded."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from flask_babel import format_date
from flask_babel import gettext as _

from portal.core.clock import today
from portal.core.i18n import language
from portal.upkeep.pack import Part

if TYPE_CHECKING:
    from fpdf import FPDF

# What the fonts of every reader can show: Spanish, and the quotation marks and dashes that people type.
ENCODING = "windows-1252"
FONT = "Helvetica"
MARGIN = 18
TITLE_ROOM = 13
"""For the title of a part and the space above it."""


def bound(title: str, parts: Sequence[Part]) -> bytes:
    """The pack as a file: Letter, page numbers, “confidential” on every page."""
    paper = _paper(title)
    paper.set_font(FONT, "B", 20)
    _write(paper, 10, title)
    paper.set_font(FONT, "", 10)
    _write(paper, 5, _("Handover pack of %(day)s", day=format_date(today(), "long")))
    for part in parts:
        _keep_together(paper, TITLE_ROOM + _height(paper, *part.lines[0]))
        paper.ln(5)
        paper.set_font(FONT, "B", 14)
        _write(paper, 8, part.title)
        for name, text in part.lines:
            _keep_together(paper, _height(paper, name, text))
            paper.set_font(FONT, "B", 10)
            _write(paper, 5, name)
            paper.set_font(FONT, "", 10)
            _write(paper, 5, text)
            paper.ln(1.5)
    return bytes(paper.output())


def _paper(title: str) -> FPDF:
    # Brings a library for fonts and one for pictures along: only whoever makes a file waits for them.
    from fpdf import FPDF

    confidential = printable(
        _("Confidential. Give it to nobody who is not admitted to this place, and shred it afterwards.")
    )
    page = printable(_("Page"))

    class Paper(FPDF):
        def footer(self) -> None:
            self.set_y(-14)
            self.set_font(FONT, "I", 8)
            self.cell(0, 5, f"{confidential} {page} {self.page_no()}")

    paper = Paper(format="Letter")
    paper.core_fonts_encoding = ENCODING
    paper.set_margin(MARGIN)
    paper.set_auto_page_break(True, margin=MARGIN + 4)
    paper.set_lang(language())
    paper.set_title(printable(title))
    paper.add_page()
    return paper


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


def _write(paper: FPDF, height: float, text: str) -> None:
    paper.multi_cell(0, height, printable(text), align="L", new_x="LMARGIN", new_y="NEXT")


def printable(text: str) -> str:
    """The text in letters that the fonts have: others lose their accents, and what is left is a question mark."""
    return "".join(_letter(letter) for letter in unicodedata.normalize("NFC", text))


def _letter(letter: str) -> str:
    if _fits(letter):
        return letter
    bare = unicodedata.normalize("NFKD", letter)[0]
    return bare if _fits(bare) else "?"


def _fits(letter: str) -> bool:
    try:
        letter.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True
