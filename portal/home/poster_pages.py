"""Posters to print and hang up: one per released place, and one for the city.

One layout serves PDF and SVG. All lengths are millimeters; `y` of a line is its baseline.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import wrap
from urllib.parse import urlsplit

from flask import Response, render_template
from flask_babel import gettext as _

from portal.core.i18n import language
from portal.core.limits import public_address
from portal.core.numbers import telephone
from portal.core.portal import current_portal
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.markets.places import Market, public_market

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
MARGIN = 16.0
CODE = 104.0
GAP = 4.0
MOST_ROWS = 3
POINTS = 72 / 25.4
# Average width of a letter relative to its height; wider than most letters, so that every line fits.
WIDE, WIDE_BOLD = 0.54, 0.6
# Every copy has the same bytes, whichever process renders it and when.
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN_SIGNS = str.maketrans("‘’‚“”„‐‑‒–—…•", "'''\"\"\"-----.·")


@dataclass(frozen=True)
class PosterLine:
    """A centered line of text; `size` is the height of its letters."""

    text: str
    y: float
    size: float
    bold: bool = False


@dataclass(frozen=True)
class PosterSheet:
    """The drawing: lines of text, and the dark runs of the QR code.

    Runs are (x, y, width), each `dot` high.
    """

    width: float
    height: float
    lines: Sequence[PosterLine]
    dot: float
    runs: Sequence[tuple[float, float, float]]
    title: str


def sheet(market: Market | None, paper: str) -> PosterSheet:
    """Return the poster of a released place, or of the city, in the language of the request."""
    width, height = PAPERS[paper]
    address = public_address("markets.place", slug=market.slug) if market else public_address("home.front")
    settings = current_portal.settings
    title = market.name[language()] if market else settings.site_name
    lines = list(_above(settings.site_name if market else "", title, bool(market), width))
    top = lines[-1].y + 8
    foot = list(_at_the_foot(width, height))
    # A long name takes space from the code, never from the text below it.
    *_others, last = _below(address, 0, width)
    side = min(CODE, min(line.y - line.size for line in foot) - GAP - last.y - top)
    dots = modules(address)
    dot = side / len(dots)
    runs = [((width - side) / 2 + x * dot, top + y * dot, length * dot) for x, y, length in dark_runs(dots)]
    lines += [*_below(address, top + side, width), *foot]
    return PosterSheet(width, height, lines, dot, runs, title)


def modules(address: str) -> list[list[bool]]:
    """Return the QR code as rows of modules, True for dark. A quarter of it may be damaged and still scan."""
    import segno

    return [[bool(module) for module in row] for row in segno.make_qr(address, error="q").matrix]


def dark_runs(dots: Sequence[Sequence[bool]]) -> Iterator[tuple[int, int, int]]:
    """Yield runs of adjacent dark modules as (x, y, length)."""
    for y, row in enumerate(dots):
        x = 0
        while x < len(row):
            length = next((step for step, dark in enumerate(row[x:]) if not dark), len(row) - x)
            if length:
                yield x, y, length
            x += max(length, 1)


def _above(eyebrow: str, title: str, one_place: bool, width: float) -> Iterator[PosterLine]:
    y = MARGIN + 4
    if eyebrow:
        yield PosterLine(eyebrow, y, 5.5)
    lead = (
        _("How this place stands, when neighbors meet, and how to tell us what you see.")
        if one_place
        else _("How our places stand, when neighbors meet, and how to tell us what you see.")
    )
    y = yield from _written(title, y + 2, 15.0, True, width)
    yield from _written(lead, y + 2, 6.2, False, width)


def _below(address: str, y: float, width: float) -> Iterator[PosterLine]:
    settings = current_portal.settings
    parts = urlsplit(address)
    y = yield from _written(_("Point your phone's camera here, or type:"), y + 5, 5.5, False, width)
    y = yield from _written(f"{parts.netloc}{parts.path}", y + 1, 7.0, True, width, at="/")
    if settings.sms_sender != "off" and settings.sms_number:
        y = yield from _written(_("Or send a text message:"), y + 6, 5.5, False, width)
        y = yield from _written(telephone(settings.sms_number), y + 1, 10.0, True, width)
    yield from _written(_("You do not have to say who you are. A person reads it."), y + 5, 5.5, False, width)


def _at_the_foot(width: float, height: float) -> Iterator[PosterLine]:
    said = _("This is not 911. Nobody watches it around the clock. In danger, call 911.")
    y = height - MARGIN - 2
    # From top to bottom like everything else: a screen reader reads the lines in this order.
    lines = _parted(said, 5.0, True, width)
    for row, line in enumerate(lines):
        yield PosterLine(line, y - 2 - (len(lines) - row) * 6.25, 5.0, True)
    yield PosterLine("Also in English." if language() == "es" else "También en español.", y, 5.0)


def _written(
    text: str, y: float, size: float, bold: bool, width: float, at: str = " "
) -> Generator[PosterLine, None, float]:
    """Yield the lines of a text below `y`, smaller if they would not fit; return the last baseline."""
    letters = _letters(size, bold, width)
    for line in _parted(text, size, bold, width, at):
        fitting = min(size, size * letters / len(line))
        y += fitting * 1.25
        yield PosterLine(line, y, fitting, bold)
    return y


def _parted(text: str, size: float, bold: bool, width: float, at: str = " ") -> list[str]:
    """Split a text into as few lines as fit, of similar length; an address is split at a slash."""
    letters = _letters(size, bold, width)
    if at != " ":
        cut = text.rfind(at, 0, len(text) * 2 // 3) + 1 if len(text) > letters * 3 // 2 else 0
        return [part for part in (text[:cut], text[cut:]) if part]
    rows = min(-(-len(text) // letters), MOST_ROWS)
    return next(
        (lines for most in range(len(text) // rows, len(text) + 1) if len(lines := wrap(text, max(most, 1))) <= rows),
        [text],
    )


def _letters(size: float, bold: bool, width: float) -> int:
    return int((width - 2 * MARGIN) / (size * (WIDE_BOLD if bold else WIDE)))


def pdf(poster: PosterSheet) -> bytes:
    """Return the poster as PDF. It uses a standard font; characters outside western Europe are simplified."""
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
    """Return a text in Latin-1: other letters lose their marks, and characters without an equivalent become "?"."""
    return "".join(_latin_sign(sign) for sign in unicodedata.normalize("NFC", text).translate(PLAIN_SIGNS))


def _latin_sign(sign: str) -> str:
    if sign.isprintable() and sign.encode("latin-1", "ignore"):
        return sign
    return unicodedata.normalize("NFKD", sign).encode("latin-1", "ignore").decode("latin-1") or "?"


blueprint = AudienceBlueprint("posters", __name__, audience=PUBLIC)


@blueprint.get("/poster-<any(a4, letter):paper>.<any(pdf, svg):form>")
@shared_page
def city(paper: str, form: str) -> Response:
    """Return the poster that leads to the front page."""
    return _answer(None, paper, form)


@blueprint.get("/places/<slug>/poster-<any(a4, letter):paper>.<any(pdf, svg):form>")
@shared_page
def place(slug: str, paper: str, form: str) -> Response:
    """Return the poster that leads to the page of a place."""
    return _answer(public_market(slug), paper, form)


def _answer(market: Market | None, paper: str, form: str) -> Response:
    poster = sheet(market, paper)
    if form == "pdf":
        return Response(pdf(poster), mimetype="application/pdf")
    return Response(render_template("home/poster.svg", poster=poster), mimetype="image/svg+xml")
