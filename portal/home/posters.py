"""Posters with a QR code: of a place, and of the city. The same for everybody, so that nothing tells who hung one up.

One layout serves paper (PDF) and picture (SVG). Millimetres everywhere; `y` of a line is where its letters stand.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import wrap
from urllib.parse import urlsplit

import segno
from flask import current_app
from flask_babel import gettext as _

from portal.core.addresses import public_address
from portal.core.i18n import language
from portal.home.texts import telephone
from portal.markets.models import Market

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
MARGIN = 16.0
CODE = 92.0
POINTS = 72 / 25.4
# A letter is on average so wide, in parts of its height: more than most are, so that every line fits.
WIDE, WIDE_BOLD = 0.54, 0.6
# Every copy has the same bytes, whenever and by whichever process it was made.
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN_SIGNS = str.maketrans("‘’‚“”„‐‑‒–—…•", "'''\"\"\"-----.·")


@dataclass(frozen=True)
class Line:
    """A line of text in the middle of the sheet; `size` is the height of its letters."""

    text: str
    y: float
    size: float
    bold: bool = False


@dataclass(frozen=True)
class Sheet:
    """Everything that is drawn: lines, and the dark runs of the code as (x, y, width), each `dot` high."""

    width: float
    height: float
    lines: Sequence[Line]
    dot: float
    runs: Sequence[tuple[float, float, float]]
    title: str


def sheet(market: Market | None, paper: str) -> Sheet:
    """The poster of a released place, or that of the city, in the language of the request."""
    width, height = PAPERS[paper]
    address = public_address("markets.place", slug=market.slug) if market else public_address("home.front")
    settings = current_app.extensions["settings"]
    title = market.name[language()] if market else settings.site_name
    lines = list(_above(settings.site_name if market else "", title, bool(market), width))
    top = lines[-1].y + 9
    dots = modules(address)
    dot = CODE / len(dots)
    runs = [((width - CODE) / 2 + x * dot, top + y * dot, length * dot) for x, y, length in dark_runs(dots)]
    lines += _below(address, top + CODE, width)
    lines += _at_the_foot(width, height)
    return Sheet(width, height, lines, dot, runs, title)


def modules(address: str) -> list[list[bool]]:
    """The code as rows of modules, True for a dark one. A quarter of it may be torn or painted over."""
    return [[bool(module) for module in row] for row in segno.make_qr(address, error="q").matrix]


def dark_runs(dots: Sequence[Sequence[bool]]) -> Iterator[tuple[int, int, int]]:
    """Dark modules side by side as (x, y, how many)."""
    for y, row in enumerate(dots):
        x = 0
        while x < len(row):
            length = next((step for step, dark in enumerate(row[x:]) if not dark), len(row) - x)
            if length:
                yield x, y, length
            x += max(length, 1)


def _above(eyebrow: str, title: str, one_place: bool, width: float) -> Iterator[Line]:
    y = MARGIN + 6
    if eyebrow:
        yield Line(eyebrow, y, 5.5)
    lead = (
        _("How this place stands, when neighbors meet, and how to tell us what you see.")
        if one_place
        else _("How our places stand, when neighbors meet, and how to tell us what you see.")
    )
    y += 2
    for size, bold, text in ((15.0, True, title), (6.2, False, lead)):
        for line, fitting in _fitted(text, size, bold, width):
            y += fitting * 1.25
            yield Line(line, y, fitting, bold)
        y += 2


def _below(address: str, y: float, width: float) -> Iterator[Line]:
    settings = current_app.extensions["settings"]
    y += 11
    yield Line(_("Point your phone's camera here, or type:"), y, 5.5)
    parts = urlsplit(address)
    for line, size in _fitted(f"{parts.netloc}{parts.path}", 7.0, True, width, at="/"):
        y += size * 1.4
        yield Line(line, y, size, True)
    if settings.sms_sender != "off" and settings.sms_number:
        y += 15
        yield Line(_("Or text us: %(number)s", number=telephone(settings.sms_number)), y, 9.0, True)
    y += 10
    yield Line(_("You do not have to say who you are. A person reads it."), y, 5.5)


def _at_the_foot(width: float, height: float) -> Iterator[Line]:
    said = _("This is not 911. Nobody watches it around the clock. In danger, call 911.")
    fitted = list(_fitted(said, 5.0, True, width))
    y = height - MARGIN - 6.5 * len(fitted)
    for line, size in fitted:
        yield Line(line, y, size, True)
        y += 6.5
    yield Line("Also in English." if language() == "es" else "También en español.", y, 5.0)


def _fitted(text: str, size: float, bold: bool, width: float, at: str = " ") -> Iterator[tuple[str, float]]:
    """The lines of a text that fit the sheet, each with the height of its letters."""
    letters = int((width - 2 * MARGIN) / (size * (WIDE_BOLD if bold else WIDE)))
    if at == " ":
        lines = wrap(text, max(letters, len(text) // 3 + 6)) or [text]
    else:
        cut = text.rfind(at, 0, len(text) * 2 // 3) + 1 if len(text) > letters * 1.5 else 0
        lines = [part for part in (text[:cut], text[cut:]) if part]
    for line in lines:
        yield line, min(size, size * letters / max(len(line), 1))


def pdf(poster: Sheet) -> bytes:
    """The sheet as PDF. Its letters are those that every reader has; signs beyond western Europe are made plain."""
    from fpdf import FPDF

    page = FPDF(unit="mm", format=(poster.width, poster.height))
    page.set_creation_date(MADE_AT)
    page.set_title(_latin(poster.title))
    page.set_lang(language())
    page.set_auto_page_break(False)
    page.add_page()
    for x, y, width in poster.runs:
        page.rect(x, y, width, poster.dot, style="F")
    for line in poster.lines:
        page.set_font("helvetica", "B" if line.bold else "", line.size * POINTS)
        text = _latin(line.text)
        page.text((poster.width - page.get_string_width(text)) / 2, line.y, text)
    return bytes(page.output())


def _latin(text: str) -> str:
    """A text in the letters of western Europe: others lose their marks, and what is no letter at all becomes "?"."""
    return "".join(_latin_sign(sign) for sign in unicodedata.normalize("NFC", text).translate(PLAIN_SIGNS))


def _latin_sign(sign: str) -> str:
    if sign.isprintable() and sign.encode("latin-1", "ignore"):
        return sign
    return unicodedata.normalize("NFKD", sign).encode("latin-1", "ignore").decode("latin-1") or "?"
