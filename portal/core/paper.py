"""Files on paper and in pictures: PDF, SVG and PNG that typst sets from a template and data.

Templates lie in `portal/templates/paper` and contain no sentences. What people typed reaches them as strings in JSON
and never as source, so it cannot become markup. Typst reads no file outside of that folder, no font of the machine,
and loads nothing from a network. PDF files are tagged (PDF/UA-1), and the same data makes the same bytes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from flask_babel import gettext as _
from markupsafe import escape

from portal.config import Palette
from portal.core.i18n import language
from portal.core.portal import current_portal
from portal.core.texted import unaccented

if TYPE_CHECKING:
    from typst import Fonts

FOLDER = Path(__file__).parents[1] / "templates" / "paper"
FONTS = Path(__file__).parent / "fonts"
ACCENTS = {
    Palette.GREEN: "#0d5c4f",
    Palette.LAKE: "#0b5a75",
    Palette.BLUE: "#1d4f91",
    Palette.VIOLET: "#4a3f9e",
    Palette.PLUM: "#6b2d6e",
    Palette.SLATE: "#3a4d5e",
}
"""The accent of each palette, as in static/palettes.css."""
SIZES = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height of paper in millimeters."""
PIXELS = 5
"""Pixels of a PNG per millimeter."""
COLORS = 64
# A fixed date, so that every process renders the same bytes at any time.
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
KEPT = 64
GENERATIONS = 11
Form = Literal["pdf", "svg", "png"]
FOREIGN = re.compile(
    "[^\n\u0020-\u007e\u00a0-\u00ac\u00ae-\u024f\u0300-\u036f\u0370-\u0377\u037a-\u037f\u0384-\u0386\u0388-\u038a\u038c"
    "\u038e-\u03a1\u03a3-\u04ff\u1e00-\u1eff\u2010-\u2027\u2030-\u203e\u20a0-\u20bf\u2116\u2122\u2190-\u21ff]"
)
"""Characters that the fonts lack, or that have no look of their own: a PDF/UA file must not contain them."""


def typeset(
    template: str, title: str, data: Mapping[str, Any], form: Form = "pdf", *, said: str = "", kept: bool = True
) -> bytes:
    """Return a file in the current language; pictures may be in the data as bytes.

    `said` is what an SVG says to a screen reader: its letters are drawings. Files that several people fetch are `kept`.
    """
    accent = ACCENTS[current_portal.settings.palette]
    common = {"title": printable(title).strip() or "–", "lang": language(), "accent": accent}
    inputs = json.dumps(_plain({**data, **common}))
    compiled = _compiled if kept else _compiled.__wrapped__
    content = compiled(template, form, inputs)
    if form != "svg":
        return content
    begin, rest = content.split(b">", 1)
    named = f' xml:lang="{language()}" role="img"><title>{escape(title)}</title><desc>{escape(said)}</desc>'
    return begin + named.encode() + rest


@lru_cache(maxsize=KEPT)
def _compiled(template: str, form: Form, inputs: str) -> bytes:
    # A large library: only requests that make a file wait for it.
    import typst

    fonts = _fonts()
    try:
        content: bytes = typst.compile(
            FOLDER / f"{template}.typ",
            root=FOLDER,
            font_paths=fonts,
            ignore_system_fonts=True,
            format=form,
            ppi=PIXELS * 25.4,
            sys_inputs={"data": inputs},
            pdf_standards=["ua-1"] if form == "pdf" else [],
            timestamp=int(MADE_AT.timestamp()),
        )
    finally:
        # What is laid out stays in memory for ten compilations: 100 MB, and the words of a hidden place.
        for _generation in range(GENERATIONS):
            typst.compile(b"", font_paths=fonts, ignore_system_fonts=True, format="svg")
    if form != "png":
        return content
    from PIL import Image

    # Few colors, as phones with little data need it.
    light = BytesIO()
    Image.open(BytesIO(content)).convert("RGB").quantize(COLORS, Image.Quantize.MAXCOVERAGE).save(light, "PNG")
    return light.getvalue()


@cache
def _fonts() -> Fonts:
    from typst import Fonts

    return Fonts(include_system_fonts=False, font_paths=[str(FONTS)])


def _plain(value: Any) -> Any:
    """Return the value as JSON can say it: strings without foreign characters, bytes as numbers."""
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else printable(str(value))


def printable(text: str) -> str:
    """Return the text in characters of the fonts: others lose their marks, become "?" or, as pictures, are left out."""
    return FOREIGN.sub(_replaced, unicodedata.normalize("NFC", text))


def _replaced(foreign: re.Match[str]) -> str:
    sign = foreign[0]
    if unicodedata.category(sign)[0] in "CMS":
        return " " if sign in "\t\r\v\f\x85" else ""
    if sign.isspace():
        return " "
    return "".join(letter for letter in unaccented(sign) if not FOREIGN.match(letter)) or "?"


def in_other_language(english: str, spanish: str) -> dict[str, str]:
    """Return a sentence for readers of the other language as data for a template."""
    if language() == "es":
        return {"other_language": english, "other_lang": "en"}
    return {"other_language": spanish, "other_lang": "es"}


def shown_address(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}"


def code_of(address: str, error: Literal["m", "q"] = "m") -> dict[str, Any]:
    """Return the QR code of an address as data for a template: its size, and its dark runs as (x, y, length)."""
    import segno
    from segno.utils import matrix_to_lines  # type: ignore[attr-defined]  # its stubs lack it

    matrix = segno.make_qr(address, error=error).matrix
    runs = [(start, y, end - start) for (start, y), (end, _y) in matrix_to_lines(matrix, 0, 0)]
    return {"size": len(matrix), "runs": runs, "alt": _("QR code that opens %(address)s", address=address)}
