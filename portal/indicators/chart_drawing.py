"""Rendering of chart specifications with vl-convert.

Apart from `chart_specs` because vl-convert embeds a JavaScript engine of 80 MB; no web process imports this module.
"""

from __future__ import annotations

import json
import re
from html import escape

import vl_convert

from portal.indicators.chart_specs import DARK, Spec

VERSION = "5.20"


def svg_of(spec: Spec, title: str) -> bytes:
    """Render a chart as SVG (UTF-8) with an accessible title and colours that follow the reader's dark mode."""
    drawn: str = vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=VERSION)
    head, opening, body = re.split(r"(<svg[^>]*>)", drawn, maxsplit=1)
    named = opening[:-1] + f' role="img" aria-label="{escape(title)}">'
    return f"{head}{named}<title>{escape(title)}</title>{_night()}{body}".encode()


def _night() -> str:
    """Return a style element that overrides the colour attributes of the SVG in dark mode."""
    rules = "".join(f'[{name}="{day}"]{{{name}:{dark}}}' for day, dark in DARK.items() for name in ("fill", "stroke"))
    return f"<style>@media screen and (prefers-color-scheme:dark){{{rules}}}</style>"
