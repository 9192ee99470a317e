"""Layout of a flyer and its rendering as PDF, SVG and PNG. PDF and PNG are cached, since drawing is slow.

The fonts are packaged, so that every machine breaks the same lines and has all accents.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import render_template

if TYPE_CHECKING:
    from fpdf import FPDF
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont


FONTS = Path(__file__).parent / "fonts"
REGULAR, BOLD, TITLE = "DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif-Bold"
# The last one is a picture of four by five for a phone, 1080 by 1350 pixels.
SIZES = {"a4": (210.0, 297.0), "letter": (215.9, 279.4), "picture": (216.0, 270.0)}
INK, SOFT, ACCENT, BAD, PAPER = "#1f1a14", "#5b5246", "#0b5d4d", "#9c1c1c", "#ffffff"
MARGIN, BAND, CODE, FOOT = 15.0, 17.0, 50.0, 8.0
MEASURED_AT = 200
LARGEST, SMALLEST = 1.25, 0.35
STEP = 0.05
SHORT = 40
"""A text of this many letters is not shortened further before place and title are."""


@dataclass(frozen=True)
class Flyer:
    """The texts of a flyer in one language."""

    eyebrow: str
    title: str
    day: str
    hours: str
    place: str
    access: str
    purpose: str
    needs: tuple[tuple[str, str], ...]
    """Needs as (answer, sentence); the answer is "yes", "asked" or "no"."""
    called_off: str
    """Empty, or the notice that the meeting is cancelled."""
    reason: str
    """The reason of a move or cancellation."""
    lead: str
    address: str
    shown_address: str
    texting: str
    other_language: str


@dataclass(frozen=True)
class TextLine:
    """A line of text; `y` is its baseline. Units are millimeters."""

    text: str
    x: float
    y: float
    size: float
    font: str = REGULAR
    colour: str = INK


@dataclass(frozen=True)
class FilledBox:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True)
class Stroke:
    """A thick polyline."""

    points: tuple[tuple[float, float], ...]
    width: float
    colour: str


@dataclass
class PaperSheet:
    """A page with everything that is drawn on it."""

    width: float
    height: float
    words: list[TextLine] = field(default_factory=list)
    boxes: list[FilledBox] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    bottom: float = 0.0
    """Where the running text ends."""


def lay_out(flyer: Flyer, size: str) -> PaperSheet:
    """Lay out the flyer; a long text shrinks the running text, never the QR code.

    Text that does not fit even at the smallest size is cut: the QR code leads to all of it.
    """
    scale = LARGEST
    while not _fits(sheet := _at_scale(flyer, size, scale)):
        if scale > SMALLEST:
            scale -= STEP
        else:
            flyer = _shorter(flyer)
    _add_foot(sheet, flyer)
    return sheet


def _fits(sheet: PaperSheet) -> bool:
    return sheet.bottom <= sheet.height - _foot_height()


def _shorter(flyer: Flyer) -> Flyer:
    """Return the flyer with fewer line breaks, or else without the last quarter of the longest text.

    Place and title are cut last.
    """
    texts = {name: getattr(flyer, name) for name in ("purpose", "access", "reason", "place", "title")}
    if any("\n" in text for text in texts.values()):
        joined: dict[str, Any] = {name: " ".join(text.split()) for name, text in texts.items()}
        return replace(flyer, **joined)
    name = max(("purpose", "access", "reason"), key=lambda one: len(texts[one]))
    if len(texts[name]) <= SHORT:
        name = max(("place", "title"), key=lambda one: len(texts[one]))
    kept = texts[name].rstrip("…").rstrip()
    changed: dict[str, Any] = {name: f"{kept[: len(kept) * 3 // 4].rstrip()}…"}
    return replace(flyer, **changed)


def broken(text: str, font: str, size: float, width: float) -> list[str]:
    """Return the text broken into lines that fit; words that are too long are cut."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}".strip()
            if measured(longer, font, size) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *whole, line = _cut(word, font, size, width)
            lines += whole
        if line:
            lines.append(line)
    return lines


def measured(text: str, font: str, size: float) -> float:
    """Return the width of a line."""
    return float(_font(font).getlength(text)) * size / MEASURED_AT


def _cut(word: str, font: str, size: float, width: float) -> Iterator[str]:
    while measured(word, font, size) > width and len(word) > 1:
        # A longer piece is never narrower, so the longest that fits is found by bisection.
        most = bisect_right(range(len(word)), width, lo=1, key=lambda length: measured(word[:length], font, size)) - 1
        most = max(most, 1)
        # Break an address after a slash or hyphen if possible.
        fits = max((length for length in range(1, most + 1) if word[length - 1] in "/-"), default=most)
        yield word[:fits]
        word = word[fits:]
    yield word


@cache
def _font(name: str) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(FONTS / f"{name}.ttf", MEASURED_AT)


def _at_scale(flyer: Flyer, size: str, scale: float) -> PaperSheet:
    sheet = PaperSheet(*SIZES[size])
    sheet.boxes.append(FilledBox(0, 0, sheet.width, BAND, BAD if flyer.called_off else ACCENT))
    room = sheet.width - 2 * MARGIN
    fitting = min(6.0, 6.0 * room / max(measured(flyer.eyebrow, BOLD, 6.0), 1.0))
    sheet.words.append(TextLine(flyer.eyebrow, MARGIN, BAND - 6, fitting, BOLD, PAPER))
    sheet.bottom = BAND + 4
    if flyer.called_off:
        _write(sheet, flyer.called_off, 17 * scale, TITLE, BAD)
        _write(sheet, flyer.reason, 7 * scale, BOLD, after=4 * scale)
    _write(sheet, flyer.title, 14 * scale, TITLE, after=4 * scale)
    _write(sheet, flyer.day, 8.5 * scale, BOLD, ACCENT)
    _write(sheet, flyer.hours, 8.5 * scale, BOLD, ACCENT, after=4 * scale)
    if flyer.reason and not flyer.called_off:
        _write(sheet, flyer.reason, 5.5 * scale, BOLD, BAD, after=3 * scale)
    _write(sheet, flyer.place, 7 * scale, BOLD)
    _write(sheet, flyer.access, 5.6 * scale, REGULAR, SOFT, after=4 * scale)
    _write(sheet, flyer.purpose, 6 * scale, REGULAR, after=4 * scale)
    for answer, sentence in flyer.needs:
        _add_need(sheet, answer, sentence, 6 * scale)
    return sheet


def _write(sheet: PaperSheet, text: str, size: float, font: str, colour: str = INK, after: float = 0.0) -> None:
    for line in broken(text, font, size, sheet.width - 2 * MARGIN):
        sheet.bottom += size * 1.28
        sheet.words.append(TextLine(line, MARGIN, sheet.bottom, size, font, colour))
    sheet.bottom += after


def _add_need(sheet: PaperSheet, answer: str, sentence: str, size: float) -> None:
    """Add a need with a mark that is recognizable without color, and its answer in words."""
    top, left = sheet.bottom + size * 0.65, MARGIN + size * 0.1
    if answer == "yes":
        tick = ((left, top + size * 0.4), (left + size * 0.3, top + size * 0.7), (left + size * 0.8, top))
        sheet.strokes.append(Stroke(tick, size * 0.16, ACCENT))
    else:
        dash = ((left, top + size * 0.35), (left + size * 0.8, top + size * 0.35))
        sheet.strokes.append(Stroke(dash, size * 0.16, SOFT))
    font, colour = (BOLD, INK) if answer == "yes" else (REGULAR, SOFT)
    for line in broken(sentence, font, size, sheet.width - 2 * MARGIN - size * 1.5):
        sheet.bottom += size * 1.35
        sheet.words.append(TextLine(line, MARGIN + size * 1.5, sheet.bottom, size, font, colour))


def _foot_height() -> float:
    return CODE + 2 * FOOT


def _add_foot(sheet: PaperSheet, flyer: Flyer) -> None:
    """Add the QR code, the address behind it, the number to text, and a line for readers of the other language."""
    top = sheet.height - FOOT - CODE
    sheet.boxes += _code(flyer.address, MARGIN, top, CODE)
    left, scale = MARGIN + CODE + 7, 1.0
    lines = _beside_code(flyer, scale, sheet.width - left - MARGIN)
    while sum(size * 1.4 for _line, size, _font in lines) > CODE:
        scale *= 0.9
        lines = _beside_code(flyer, scale, sheet.width - left - MARGIN)
    y = top
    for line, size, font in lines:
        y += size * 1.4
        sheet.words.append(TextLine(line, left, y, size, font))


def _beside_code(flyer: Flyer, scale: float, room: float) -> list[tuple[str, float, str]]:
    parts = (
        (flyer.lead, 5.2, REGULAR),
        (flyer.shown_address, 4.6, BOLD),
        (flyer.texting, 5.2, REGULAR),
        (flyer.other_language, 5.2, BOLD),
    )
    return [(line, size * scale, font) for text, size, font in parts for line in broken(text, font, size * scale, room)]


def _code(address: str, x: float, y: float, side: float) -> Sequence[FilledBox]:
    import segno

    rows = list(segno.make_qr(address, error="m").matrix)
    dot = side / len(rows)
    return [
        FilledBox(x + column * dot, y + row * dot, dot, dot, INK)
        for row, modules in enumerate(rows)
        for column, dark in enumerate(modules)
        if dark
    ]


POINTS = 72 / 25.4
PIXELS = 5
KEPT = 64
LETTERS = {
    REGULAR: ("DejaVu Sans, Verdana, sans-serif", 400),
    BOLD: ("DejaVu Sans, Verdana, sans-serif", 700),
    TITLE: ("DejaVu Serif, Georgia, serif", 700),
}
"""CSS font families and weights of the SVG; a machine without these fonts uses similar ones."""
# A fixed date, so that every process renders the same bytes at any time.
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=KEPT)
def pdf(flyer: Flyer, paper: str, language: str) -> bytes:
    """Return the flyer as a PDF page."""
    from fpdf import FPDF

    sheet = lay_out(flyer, paper)
    page = FPDF(unit="mm", format=(sheet.width, sheet.height))
    page.set_creation_date(MADE_AT)
    page.set_title(flyer.title)
    page.set_lang(language)
    page.set_auto_page_break(False)
    for font in (REGULAR, BOLD, TITLE):
        page.add_font(font, fname=FONTS / f"{font}.ttf")
    page.add_page()
    _draw_on_page(page, sheet)
    return bytes(page.output())


def _draw_on_page(page: FPDF, sheet: PaperSheet) -> None:
    for box in sheet.boxes:
        page.set_fill_color(box.colour)
        page.rect(box.x, box.y, box.width, box.height, style="F")
    for stroke in sheet.strokes:
        page.set_draw_color(stroke.colour)
        page.set_line_width(stroke.width)
        page.polyline(list(stroke.points))
    for words in sheet.words:
        page.set_font(words.font, size=words.size * POINTS)
        page.set_text_color(words.colour)
        page.text(words.x, words.y, words.text)


def svg(flyer: Flyer, paper: str) -> str:
    """Return the flyer as SVG, which a print shop can enlarge."""
    return svg_of(lay_out(flyer, paper), flyer.title)


def svg_of(sheet: PaperSheet, title: str) -> str:
    """Return a sheet as SVG. Each line states its length, so that it also fits with substituted fonts."""
    lines = [(words, *LETTERS[words.font], measured(words.text, words.font, words.size)) for words in sheet.words]
    return render_template("meetings/paper/sheet.svg", sheet=sheet, lines=lines, title=title)


@lru_cache(maxsize=KEPT)
def png(flyer: Flyer) -> bytes:
    """Return the flyer as a PNG to send from phone to phone."""
    return png_of(lay_out(flyer, "picture"))


def png_of(sheet: PaperSheet) -> bytes:
    """Return a sheet as PNG, five pixels to the millimeter."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (round(sheet.width * PIXELS), round(sheet.height * PIXELS)), PAPER)
    _draw_in_picture(ImageDraw.Draw(picture), sheet)
    content = BytesIO()
    picture.quantize(64).save(content, "PNG", optimize=True)
    return content.getvalue()


def _draw_in_picture(draw: ImageDraw, sheet: PaperSheet) -> None:
    from PIL import ImageFont

    for box in sheet.boxes:
        # Both edges are rounded alike, so that adjacent boxes leave no gap.
        corners = (box.x, box.y, box.x + box.width, box.y + box.height)
        left, top, right, bottom = (round(value * PIXELS) for value in corners)
        draw.rectangle((left, top, right - 1, bottom - 1), fill=box.colour)
    for stroke in sheet.strokes:
        points = [(x * PIXELS, y * PIXELS) for x, y in stroke.points]
        draw.line(points, fill=stroke.colour, width=round(stroke.width * PIXELS), joint="curve")
    for words in sheet.words:
        font = ImageFont.truetype(FONTS / f"{words.font}.ttf", words.size * PIXELS)
        draw.text((words.x * PIXELS, words.y * PIXELS), words.text, fill=words.colour, font=font, anchor="ls")
