"""A flyer as a printable page or as a picture. Each is drawn once for what it says: drawing takes a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from flask import render_template

from portal.meetings.paper.layout import BOLD, FONTS, PAPER, REGULAR, TITLE, Flyer, Sheet, lay_out, measured

if TYPE_CHECKING:
    from fpdf import FPDF
    from PIL.ImageDraw import ImageDraw

POINTS = 72 / 25.4
PIXELS = 5
KEPT = 64
LETTERS = {
    REGULAR: ("DejaVu Sans, Verdana, sans-serif", 400),
    BOLD: ("DejaVu Sans, Verdana, sans-serif", 700),
    TITLE: ("DejaVu Serif, Georgia, serif", 700),
}
"""What a drawing asks for; a machine without these letters takes others that are alike."""
# Every copy has the same bytes, whenever and by whichever process it was made.
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=KEPT)
def pdf(flyer: Flyer, paper: str, language: str) -> bytes:
    """The flyer on a sheet of paper, as PDF."""
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


def _draw_on_page(page: FPDF, sheet: Sheet) -> None:
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
    """The flyer on a sheet of paper, as a drawing that a print shop can enlarge."""
    return svg_of(lay_out(flyer, paper), flyer.title)


def svg_of(sheet: Sheet, title: str) -> str:
    """A sheet as a drawing. Each line says how long it is, so that it ends where it should with other letters too."""
    lines = [(words, *LETTERS[words.font], measured(words.text, words.font, words.size)) for words in sheet.words]
    return render_template("meetings/paper/sheet.svg", sheet=sheet, lines=lines, title=title)


@lru_cache(maxsize=KEPT)
def png(flyer: Flyer) -> bytes:
    """The flyer as a picture to send from phone to phone."""
    return png_of(lay_out(flyer, "picture"))


def png_of(sheet: Sheet) -> bytes:
    """A sheet as a picture, five dots to the millimeter."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (round(sheet.width * PIXELS), round(sheet.height * PIXELS)), PAPER)
    _draw_in_picture(ImageDraw.Draw(picture), sheet)
    content = BytesIO()
    picture.quantize(64).save(content, "PNG", optimize=True)
    return content.getvalue()


def _draw_in_picture(draw: ImageDraw, sheet: Sheet) -> None:
    from PIL import ImageFont

    for box in sheet.boxes:
        # From dot to dot without a gap: rounding both edges alike.
        corners = (box.x, box.y, box.x + box.width, box.y + box.height)
        left, top, right, bottom = (round(value * PIXELS) for value in corners)
        draw.rectangle((left, top, right - 1, bottom - 1), fill=box.colour)
    for stroke in sheet.strokes:
        points = [(x * PIXELS, y * PIXELS) for x, y in stroke.points]
        draw.line(points, fill=stroke.colour, width=round(stroke.width * PIXELS), joint="curve")
    for words in sheet.words:
        font = ImageFont.truetype(FONTS / f"{words.font}.ttf", words.size * PIXELS)
        draw.text((words.x * PIXELS, words.y * PIXELS), words.text, fill=words.colour, font=font, anchor="ls")
