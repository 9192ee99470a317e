"""PDF documents of text, with the standard fonts of every PDF reader: none is loaded or embedded."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from portal.core.i18n import language

if TYPE_CHECKING:
    from fpdf import FPDF


# The encoding of the standard fonts: Spanish, and the quotation marks and dashes that people type.
ENCODING = "windows-1252"
FONT = "Helvetica"
MARGIN = 18
"""Millimeters on every side of Letter paper."""


def letter(title: str, foot: str) -> FPDF:
    """Return an empty Letter document with `foot` and the page number at the end of each page."""
    # Imports a font and an imaging library: only requests that make a file wait for them.
    from fpdf import FPDF

    said = printable(f"{foot} {_('Page')}")

    class Paper(FPDF):
        def footer(self) -> None:
            self.set_y(-14)
            self.set_font(FONT, "I", 8)
            self.cell(0, 5, f"{said} {self.page_no()}")

    paper = Paper(format="Letter")
    paper.core_fonts_encoding = ENCODING
    paper.set_margin(MARGIN)
    paper.set_auto_page_break(True, margin=MARGIN + 4)
    paper.set_lang(language())
    paper.set_title(printable(title))
    paper.add_page()
    return paper


def write(paper: FPDF, text: str, size: int, style: str = "", height: float | None = None) -> None:
    """Add a paragraph; `size` in points, line `height` in millimeters."""
    paper.set_font(FONT, style, size)
    paper.multi_cell(0, height or size / 2, printable(text), align="L", new_x="LMARGIN", new_y="NEXT")


def printable(text: str) -> str:
    """Return the text in characters that the fonts have: others lose their accents or become a question mark."""
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
