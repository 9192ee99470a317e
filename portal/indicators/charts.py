"""Drawings of the latest snapshot: table, queries, and the job that renders them. Those of earlier ones are deleted."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import CheckConstraint, LargeBinary, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, db, random_id, session
from portal.core.i18n import LANGUAGES, language, speaking
from portal.core.jobs.engine import each_row
from portal.core.page_cache import renew_cache_version
from portal.core.statuses import existing
from portal.indicators.panel_reading import Panel, panels_of
from portal.indicators.panel_texts import lead_of, panel_title
from portal.indicators.snapshots import latest
from portal.indicators.statistics.schema import PlaceShown
from portal.indicators.statistics.terms import between, read

Spec = dict[str, Any]
Labels = dict[str, str]


class Size(NamedTuple):
    """The plot's size in CSS pixels, without labels. `step`: months between two labels of a short time axis."""

    width: int
    height: int
    step: int


NARROW = Size(width=236, height=170, step=6)
"""Fits a page 320 pixels wide without scaling, so that its text stays readable."""
WIDE = Size(width=700, height=260, step=3)
SIZES = {"narrow": NARROW, "wide": WIDE}

INK, SOFT, LINE, BAND, ACCENT = "#29231b", "#5f5648", "#dcd2c0", "#b4d0c4", "#0d5c4f"
DARK = {INK: "#f0e9dd", SOFT: "#bfb5a5", LINE: "#453e34", BAND: "#365f54", ACCENT: "#86cfbc"}
SOLID, BROKEN, DOTTED = [1, 0], [6, 3], [2, 2]
FONT = "-apple-system,Segoe UI,Roboto,Noto Sans,Liberation Sans,system-ui,sans-serif"
"""The font of the pages, `--sans` in portal.css: a picture knows nothing of the page's style."""
SHORT = 24
"""Months: a longer time axis labels years only."""
WIDTHS = {ACCENT: 2.5, INK: 1.75, SOFT: 1.25}
LEGEND: Spec = {
    "orient": "top", "direction": "vertical", "title": None, "labelFontSize": 13, "labelColor": INK,
    "symbolType": "stroke", "symbolStrokeWidth": 2.5, "symbolSize": 300, "offset": 24, "columnPadding": 24,
}  # fmt: skip
CONFIG: Spec = {
    # Vega's texts for screen readers are English; the page has its own summary and table.
    "aria": False,
    # The band has a legend of its own: below that of the lines, where there is no room beside it.
    "legend": {"layout": {"top": {"direction": "vertical", "anchor": "start", "margin": 4}}},
    "axis": {
        "labelFontSize": 13, "labelColor": SOFT, "gridColor": LINE, "domainColor": SOFT, "tickColor": SOFT,
        "labelOverlap": True, "titleFontSize": 13, "titleFontWeight": "normal", "titleColor": SOFT,
    },
    "axisX": {"grid": False},
    "view": {"stroke": None},
}  # fmt: skip


def spec_of(panel: Panel, labels: Labels, size: Size) -> Spec:
    # So that a recent call-in is not squeezed into a corner.
    begins = next((place for place, value in enumerate(panel.values) if value is not None), 0)
    begins = max(0, begins - max(panel.covers[begins] - 1, 0)) if panel.covers else begins
    if panel.delivered in panel.months:
        begins = max(0, min(begins, panel.months.index(panel.delivered) - 1))
    expected = labels["by_areas" if panel.goes_by_areas else "expected"]
    lines = [(panel.monthly, labels["here"], ACCENT, SOLID)]
    lines += [(panel.expected, expected, INK, BROKEN)] if panel.expected else []
    lines += [(panel.scaled, labels["similar"], SOFT, DOTTED)] if panel.scaled else []
    here, *beside = [
        _line(panel.months[begins:], values[begins:], name, colour) for values, name, colour, _dash in lines
    ]
    layers = [*_band(panel, labels, size), *reversed(beside), *_message(panel, labels, begins), here]
    drawn = [row["month"] for layer in layers for row in layer["data"]["values"]]
    # The time axis is in numbers only: the same in both languages, and narrow.
    months: Spec = {"format": "%Y", "tickCount": {"interval": "year", "step": 1}}
    if between(read(min(drawn)[:7]), read(max(drawn)[:7])) <= SHORT:
        months = {"format": "%-m/%Y", "tickCount": {"interval": "month", "step": size.step}}
    names, colours, dashes = ([line[part] for line in lines] for part in (1, 2, 3))
    legend = None if len(lines) == 1 else LEGEND | {"labelLimit": size.width}
    shared: Spec = {
        "color": {"scale": {"domain": names, "range": colours}, "legend": legend},
        "strokeDash": {"scale": {"domain": names, "range": dashes}, "legend": legend},
        "y": {"title": labels["unit"], "scale": {"zero": True, "nice": True}, "axis": {"tickCount": 5, "format": ",d"}},
        "x": {"axis": months},
    }
    for layer in layers:
        for name in shared.keys() & layer["encoding"].keys():
            layer["encoding"][name] = {**layer["encoding"][name], **shared[name]}
    schema = "https://vega.github.io/schema/vega-lite/v5.json"
    plot = {"width": size.width, "height": size.height, "background": None, "padding": 4}
    return {"$schema": schema, **plot, "layer": layers, "config": CONFIG}


def _line(months: Sequence[str], values: Sequence[float | None], name: str, colour: str) -> Spec:
    # A suppressed or uncounted month is a gap; the line must not bridge it.
    gaps = {"strokeJoin": "round", "invalid": "break-paths-show-domains"}
    mark: Spec = {"type": "line", "strokeWidth": WIDTHS[colour], **gaps}
    if colour == ACCENT:
        mark["point"] = {"filled": True, "size": 9, "color": colour, "opacity": 1}
    rounded = (None if value is None else round(value, 2) for value in values)
    points = [{"month": f"{month}-01", "value": value} for month, value in zip(months, rounded, strict=True)]
    encoding = {**_axes("value"), "color": {"datum": name}, "strokeDash": {"datum": name}}
    return {"data": {"values": points}, "mark": mark, "encoding": encoding}


def _band(panel: Panel, labels: Labels, size: Size) -> list[Spec]:
    if panel.main is None or not panel.main.expected_low:
        return []
    ends = zip(panel.ahead, panel.main.expected_low, panel.main.expected_high, strict=False)
    rows = [{"month": f"{panel.months[at]}-01", "low": round(low, 2), "high": round(high, 2)} for at, low, high in ends]
    # A fill of its own gives it a square in the legend, beside the lines.
    square = {"symbolType": "square", "symbolStrokeWidth": 0, "symbolFillColor": BAND}
    legend = LEGEND | {"labelLimit": size.width} | square
    fill = {"datum": labels["band"], "scale": {"domain": [labels["band"]], "range": [BAND]}, "legend": legend}
    encoding = {**_axes("low"), "y2": {"field": "high"}, "fill": fill}
    return [{"data": {"values": rows}, "mark": {"type": "area", "opacity": 1}, "encoding": encoding}] if rows else []


def _message(panel: Panel, labels: Labels, begins: int) -> list[Spec]:
    if panel.delivered not in panel.months:
        return []
    late = panel.months.index(panel.delivered) - begins > (len(panel.months) - begins) / 2
    place: Spec = {"data": {"values": [{"month": f"{panel.delivered}-01", "said": labels["message"]}]}}
    rule = {"type": "rule", "color": INK, "strokeDash": [4, 3]}
    text = {"type": "text", "align": "right" if late else "left", "dx": -5 if late else 5, "baseline": "bottom"}
    style = {"y": -4, "color": INK, "fontSize": 12, "fontStyle": "italic"}
    x = _axes("value")["x"]
    return [
        {**place, "mark": rule, "encoding": {"x": x}},
        {**place, "mark": {**text, **style}, "encoding": {"x": x, "text": {"field": "said"}}},
    ]


def _axes(field: str) -> dict[str, Any]:
    return {
        "x": {"field": "month", "type": "temporal", "timeUnit": "utcyearmonth", "title": None},
        "y": {"field": field, "type": "quantitative", "title": None},
    }


VERSION = "5.20"


def svg_of(spec: Spec, title: str) -> bytes:
    """Render a chart as SVG (UTF-8) with an accessible title and colours that follow the reader's dark mode."""
    # Only a worker draws: vl-convert embeds a JavaScript engine of 80 MB.
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=VERSION)
    head, opening, body = re.split(r"(<svg[^>]*>)", svg, maxsplit=1)
    named = opening[:-1] + f' role="img" aria-label="{escape(title)}">'
    night = "".join(f'[{name}="{day}"]{{{name}:{dark}}}' for day, dark in DARK.items() for name in ("fill", "stroke"))
    style = f"<style>text{{font-family:{FONT}}}@media screen and (prefers-color-scheme:dark){{{night}}}</style>"
    body = re.sub(r' font-family="[^"]*"', "", body)
    return f"{head}{named}<title>{escape(title)}</title>{style}{body}".encode()


LABELS = {
    "here": _l("Here"),
    "similar": _l("Similar areas, same level"),
    "expected": _l("What was to be expected"),
    "by_areas": _l("As in similar areas"),
    "message": _l("Call-in"),
    "band": _l("usual range had nothing changed"),
}
FORMS = tuple(SIZES)


class PanelDrawing(Base):
    __tablename__ = "indicators_drawing"
    __table_args__ = (
        UniqueConstraint("digest", "slug", "measure", "lang", "form"),
        CheckConstraint(f"lang IN {LANGUAGES!r}", name="lang"),
        CheckConstraint(f"form IN {FORMS!r}", name="form"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    digest: Mapped[str] = mapped_column(String(64))
    slug: Mapped[str] = mapped_column(String(60))
    measure: Mapped[str] = mapped_column(String(40))
    lang: Mapped[str] = mapped_column(String(2))
    form: Mapped[str] = mapped_column(String(6))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


Key = tuple[str, str, str, str]
"""Slug, measure, language and form."""
Sizes = dict[str, tuple[int, int]]
START = 400
"""Bytes at the beginning of an SVG that contain its width and height."""
SIZE = re.compile(rb'<svg [^>]*width="(\d{1,4})[.\d]*" height="(\d{1,4})')


def drawn(digest: str) -> set[Key]:
    keys = select(PanelDrawing.slug, PanelDrawing.measure, PanelDrawing.lang, PanelDrawing.form)
    return {(*row,) for row in session.execute(keys.where(PanelDrawing.digest == digest))}


def drawings_of(digest: str, slug: str, lang: str) -> dict[str, Sizes]:
    """Return the sizes of a place's drawings by measure, if every form exists; pages reserve that room."""
    begins = func.substr(PanelDrawing.content, 1, START).label("begins")
    of_place = (PanelDrawing.digest == digest, PanelDrawing.slug == slug, PanelDrawing.lang == lang)
    rows = select(PanelDrawing.measure, PanelDrawing.form, begins).where(*of_place)
    by_measure: dict[str, Sizes] = {}
    for row in session.execute(rows):
        if size := SIZE.search(bytes(row.begins)):
            by_measure.setdefault(row.measure, {})[row.form] = (int(size[1]), int(size[2]))
    return {measure: sizes for measure, sizes in by_measure.items() if len(sizes) == len(FORMS)}


def drawing(digest: str, slug: str, measure: str, lang: str, form: str) -> bytes:
    """Raises `NotFound` if there is none."""
    key = {"digest": digest, "slug": slug, "measure": measure, "lang": lang, "form": form}
    can_be = re.fullmatch(r"[0-9a-f]{64}", digest) and re.fullmatch(r"[a-z0-9_]{1,40}", measure)
    return existing(session.scalar(select(PanelDrawing.content).filter_by(**key)) if can_be else None)


AT_MOST = 20.0
"""Seconds per run: the worker must not keep waiting text messages from being sent."""


def draw_latest() -> None:
    with db.work():
        frozen = latest()
        there = drawn(frozen.digest) if frozen else set()
    if frozen is None:
        return
    missing: list[tuple[Key, Panel]] = []

    def look(place: PlaceShown) -> None:
        panel = lead_of(place, panels_of(frozen.document, place)).panel
        if panel is not None and not panel.is_sparse:
            keys = [(place.slug, panel.measure.key, lang, form) for lang in LANGUAGES for form in FORMS]
            missing.extend((key, panel) for key in keys if key not in there)

    each_row(frozen.document.places, look)
    until = time.monotonic() + AT_MOST

    def draw(drawing: tuple[Key, Panel]) -> None:
        if time.monotonic() >= until:
            return
        key, panel = drawing
        about = dict(zip(("slug", "measure", "lang", "form"), key, strict=True))
        with speaking(about["lang"]):
            title, unit = panel_title(panel), _("%(unit)s a month", unit=panel.measure.unit[language()])
            labels = {name: str(words) for name, words in LABELS.items()} | {"unit": str(unit)}
        content = svg_of(spec_of(panel, labels, SIZES[about["form"]]), title)
        with db.work():
            # Another worker may have drawn it meanwhile.
            db.insert_new(PanelDrawing, digest=frozen.digest, **about, content=content)

    made = len(missing) - each_row(missing, draw)
    with db.work():
        earlier = delete(PanelDrawing).where(PanelDrawing.digest != frozen.digest)
        gone = session.execute(earlier.returning(PanelDrawing.id)).all()
        # Only if something changed: a drawing that fails every minute must not empty the page cache every minute.
        if made or gone:
            renew_cache_version()
