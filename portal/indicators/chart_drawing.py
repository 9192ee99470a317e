"""Draws with vl-convert, which brings an engine of its own: 80 MB that no web process loads."""

from __future__ import annotations

import json
import re
from html import escape

import vl_convert

from portal.indicators.chart_specs import DARK, Spec

VERSION = "5.20"


def svg_of(spec: Spec, title: str) -> bytes:
    """The drawing as SVG (UTF-8) that says what it is, and turns dark where the reader wants it dark."""
    drawn: str = vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=VERSION)
    head, opening, body = re.split(r"(<svg[^>]*>)", drawn, maxsplit=1)
    named = opening[:-1] + f' role="img" aria-label="{escape(title)}">'
    return f"{head}{named}<title>{escape(title)}</title>{_night()}{body}".encode()


def png_of(spec: Spec) -> bytes:
    """The drawing for paper, twice as fine as on a screen, on white."""
    drawn: bytes = vl_convert.vegalite_to_png(json.dumps(spec | {"background": "#ffffff"}), vl_version=VERSION, scale=2)
    return drawn


def _night() -> str:
    """Colours stand in attributes, which any rule of a stylesheet overrides."""
    rules = "".join(f'[{name}="{day}"]{{{name}:{dark}}}' for day, dark in DARK.items() for name in ("fill", "stroke"))
    return f"<style>@media screen and (prefers-color-scheme:dark){{{rules}}}</style>"
