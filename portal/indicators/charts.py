"""Drawings of the latest snapshot: their table, queries, and the job that renders them.

Drawings can be rendered again at any time, so those of earlier snapshots are deleted.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, LargeBinary, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, db, random_id, session
from portal.core.i18n import LANGUAGES, language, speaking
from portal.core.jobs.engine import each_row
from portal.core.page_cache import renew_cache_version
from portal.core.statuses import NotFound
from portal.indicators.panel_reading import Panel, Values, panels_of
from portal.indicators.panel_texts import panel_title
from portal.indicators.panels import lead_of
from portal.indicators.snapshots import Frozen, latest
from portal.indicators.statistics.schema import Document, PlaceShown
from portal.indicators.statistics.terms import between, read

Spec = dict[str, Any]


@dataclass(frozen=True)
class Labels:
    title: str
    here: str
    similar: str
    expected: str
    by_areas: str
    message: str
    band: str
    unit: str


@dataclass(frozen=True)
class Size:
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
FEWEST_DRAWN = 2
SHORT = 24
"""Months: a longer time axis labels years only."""
WIDTHS = {ACCENT: 2.5, INK: 1.75, SOFT: 1.25}


def spec_of(panel: Panel, labels: Labels, size: Size) -> Spec | None:
    """Return the chart of monthly counts, or None if there are fewer than `FEWEST_DRAWN`.

    It has the place, similar areas, the expected line with its interval, and the month of the message.
    """
    if len(panel.counted) < FEWEST_DRAWN:
        return None
    layers = [
        *_band(panel, labels, size),
        *_beside(panel, labels),
        *_message(panel, labels),
    ]
    layers.append(_line(panel, panel.monthly, labels.here, ACCENT, sparse=panel.is_sparse))
    return _whole(layers, size, labels.unit, _names(panel, labels))


def _names(panel: Panel, labels: Labels) -> list[tuple[str, str, list[int]]]:
    named = [(labels.here, ACCENT, SOLID)]
    if panel.expected:
        named.append((_expected_name(panel, labels), INK, BROKEN))
    if panel.scaled:
        named.append((labels.similar, SOFT, DOTTED))
    return named


def _expected_name(panel: Panel, labels: Labels) -> str:
    return labels.by_areas if panel.goes_by_areas else labels.expected


def _rows(months: Sequence[str], values: Sequence[object]) -> list[dict[str, object]]:
    return [
        {"month": f"{month}-01", "value": value if isinstance(value, int | float) else None}
        for month, value in zip(months, values, strict=True)
    ]


def _begins(panel: Panel) -> int:
    """Return the index of the first month drawn, so that a recent call-in is not squeezed into a corner."""
    counted = next((place for place, value in enumerate(panel.values) if value is not None), 0)
    counted = max(0, counted - max(panel.covers[counted] - 1, 0)) if panel.covers else counted
    if panel.delivered not in panel.months:
        return counted
    return max(0, min(counted, panel.months.index(panel.delivered) - 1))


def _line(panel: Panel, values: Values | Sequence[object], name: str, colour: str, *, sparse: bool) -> Spec:
    begins = _begins(panel)
    mark: Spec = {"type": "line", "strokeWidth": WIDTHS[colour], "strokeJoin": "round"}
    # A suppressed or uncounted month is a gap; the line must not bridge it.
    mark["invalid"] = "break-paths-show-domains"
    point = {"filled": True, "size": 40 if sparse else 9, "color": colour, "opacity": 1}
    return {
        "data": {"values": _rows(panel.months[begins:], values[begins:])},
        "mark": mark | ({"point": point} if colour == ACCENT else {}),
        "encoding": {**_axes(), "color": {"datum": name}, "strokeDash": {"datum": name}},
    }


def _beside(panel: Panel, labels: Labels) -> list[Spec]:
    lines = ((panel.scaled, labels.similar, SOFT), (panel.expected, _expected_name(panel, labels), INK))
    return [_line(panel, _rounded(values), name, colour, sparse=False) for values, name, colour in lines if values]


def _rounded(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else round(value, 2) for value in values]


def _band(panel: Panel, labels: Labels, size: Size) -> list[Spec]:
    main = panel.main
    if main is None or not main.expected_low:
        return []
    months = [panel.months[place] for place in panel.ahead]
    band = [
        {"month": f"{month}-01", "low": round(low, 2), "high": round(high, 2)}
        for month, low, high in zip(months, main.expected_low, main.expected_high, strict=False)
    ]
    area = {
        "data": {"values": band},
        "mark": {"type": "area", "opacity": 1},
        "encoding": {**_axes("low"), "y2": {"field": "high"}, "fill": _named_band(labels, size)},
    }
    return [area] if band else []


def _named_band(labels: Labels, size: Size) -> Spec:
    # A fill of its own gives it a square in the legend, beside the lines.
    legend = _legend(size) | {"symbolType": "square", "symbolStrokeWidth": 0, "symbolFillColor": BAND}
    return {"datum": labels.band, "scale": {"domain": [labels.band], "range": [BAND]}, "legend": legend}


def _message(panel: Panel, labels: Labels) -> list[Spec]:
    if panel.delivered not in panel.months:
        return []
    begins, place_of_it = _begins(panel), panel.months.index(panel.delivered)
    late = place_of_it - begins > (len(panel.months) - begins) / 2
    place: Spec = {"data": {"values": [{"month": f"{panel.delivered}-01", "said": labels.message}]}}
    text = {"type": "text", "align": "right" if late else "left", "dx": -5 if late else 5, "baseline": "bottom"}
    month = {"x": _axes()["x"]}
    return [
        {**place, "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]}, "encoding": month},
        {
            **place,
            "mark": {**text, "y": -4, "color": INK, "fontSize": 12, "fontStyle": "italic"},
            "encoding": {**month, "text": {"field": "said"}},
        },
    ]


def _axes(field: str = "value") -> dict[str, Any]:
    return {
        "x": {"field": "month", "type": "temporal", "timeUnit": "utcyearmonth", "title": None},
        "y": {"field": field, "type": "quantitative", "title": None},
    }


def _whole(layers: list[Spec], size: Size, unit: str, names: list[tuple[str, str, list[int]]]) -> Spec:
    said = [name for name, _colour, _dash in names]
    legend = None if len(names) == 1 else _legend(size)
    shared: Spec = {
        "color": {"scale": {"domain": said, "range": [colour for _name, colour, _dash in names]}, "legend": legend},
        "strokeDash": {"scale": {"domain": said, "range": [dash for _name, _colour, dash in names]}, "legend": legend},
        "y": {"title": unit, "scale": {"zero": True, "nice": True}, "axis": {"tickCount": 5, "format": ",d"}},
        "x": {"axis": _months(layers, size)},
    }
    for layer in layers:
        for name, more in shared.items():
            if name in layer["encoding"]:
                layer["encoding"][name] = {**layer["encoding"][name], **more}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": size.width,
        "height": size.height,
        "background": None,
        "padding": 4,
        "layer": layers,
        "config": _config(),
    }


def _months(layers: list[Spec], size: Size) -> Spec:
    """The time axis, in numbers only: the same in both languages, and narrow."""
    drawn = [row["month"] for layer in layers for row in layer["data"]["values"]]
    if between(read(min(drawn)[:7]), read(max(drawn)[:7])) <= SHORT:
        return {"format": "%-m/%Y", "tickCount": {"interval": "month", "step": size.step}}
    return {"format": "%Y", "tickCount": {"interval": "year", "step": 1}}


def _legend(size: Size) -> Spec:
    return {
        "orient": "top", "direction": "vertical", "title": None, "labelFontSize": 13, "labelColor": INK,
        "labelLimit": size.width, "symbolType": "stroke", "symbolStrokeWidth": 2.5, "symbolSize": 300, "offset": 24,
        "columnPadding": 24,
    }  # fmt: skip


def _config() -> Spec:
    axis = {
        "labelFontSize": 13, "labelColor": SOFT, "gridColor": LINE, "domainColor": SOFT, "tickColor": SOFT,
        "labelOverlap": True, "titleFontSize": 13, "titleFontWeight": "normal", "titleColor": SOFT,
    }  # fmt: skip
    # Vega's texts for screen readers are English; the page has its own summary and table.
    page = {"aria": False, "font": "system-ui, sans-serif"}
    # The band has a legend of its own: below that of the lines, where there is no room beside it.
    legend = {"layout": {"top": {"direction": "vertical", "anchor": "start", "margin": 4}}}
    return page | {"legend": legend} | {"axis": axis, "axisX": {"grid": False}, "view": {"stroke": None}}


VERSION = "5.20"


def svg_of(spec: Spec, title: str) -> bytes:
    # Only a worker draws: vl-convert embeds a JavaScript engine of 80 MB.
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=VERSION)
    head, opening, body = re.split(r"(<svg[^>]*>)", drawn, maxsplit=1)
    named = opening[:-1] + f' role="img" aria-label="{escape(title)}">'
    return f"{head}{named}<title>{escape(title)}</title>{_night()}{body}".encode()


def _night() -> str:
    rules = "".join(f'[{name}="{day}"]{{{name}:{dark}}}' for day, dark in DARK.items() for name in ("fill", "stroke"))
    return f"<style>@media screen and (prefers-color-scheme:dark){{{rules}}}</style>"


FORMS = ("narrow", "wide")


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
Sizes = dict[str, tuple[int, int]]
"""Width and height in CSS pixels, by form."""
START = 400
"""Bytes at the beginning of an SVG that contain its width and height."""
SIZE = re.compile(rb'<svg [^>]*width="(\d{1,4})[.\d]*" height="(\d{1,4})')


def drawn(digest: str) -> set[Key]:
    asked = select(PanelDrawing.slug, PanelDrawing.measure, PanelDrawing.lang, PanelDrawing.form).where(
        PanelDrawing.digest == digest
    )
    return {(row.slug, row.measure, row.lang, row.form) for row in session.execute(asked)}


def drawings_of(digest: str, slug: str, lang: str) -> dict[str, Sizes]:
    """Return the sizes of a place's drawings by measure, if every form exists; pages reserve that room."""
    begins = func.substr(PanelDrawing.content, 1, START).label("begins")
    asked = select(PanelDrawing.measure, PanelDrawing.form, begins).where(
        PanelDrawing.digest == digest,
        PanelDrawing.slug == slug,
        PanelDrawing.lang == lang,
    )
    found: dict[str, Sizes] = {}
    for row in session.execute(asked):
        if size := SIZE.search(bytes(row.begins)):
            found.setdefault(row.measure, {})[row.form] = (int(size[1]), int(size[2]))
    return {measure: sizes for measure, sizes in found.items() if len(sizes) == len(FORMS)}


def drawing(digest: str, slug: str, measure: str, lang: str, form: str) -> bytes:
    """Return the content of a drawing. Raise `NotFound` if there is none."""
    asked = select(PanelDrawing.content).filter_by(digest=digest, slug=slug, measure=measure, lang=lang, form=form)
    is_asked_right = re.fullmatch(r"[0-9a-f]{64}", digest) and re.fullmatch(r"[a-z0-9_]{1,40}", measure)
    found = session.scalar(asked) if is_asked_right else None
    if found is None:
        raise NotFound
    return found


def labels_of(panel: Panel) -> Labels:
    return Labels(
        title=panel_title(panel),
        here=str(_("Here")),
        similar=str(_("Similar areas, same level")),
        expected=str(_("What was to be expected")),
        by_areas=str(_("As in similar areas")),
        message=str(_("Community meeting")),
        band=str(_("usual range had nothing changed")),
        unit=str(_("%(unit)s a month", unit=panel.measure.unit[language()])),
    )


AT_MOST = 20.0
"""Seconds per run: the worker must not keep waiting text messages from being sent."""


def draw_latest() -> None:
    with db.work():
        frozen = latest()
        known = drawn(frozen.digest) if frozen else set()
    if frozen is None:
        return
    wanted: list[tuple[Key, Panel]] = []
    each_row(frozen.document.places, lambda place: wanted.extend(wanted_drawings(frozen.document, place)))
    missing = [one for one in wanted if one[0] not in known]
    until = time.monotonic() + AT_MOST

    def draw(one: tuple[Key, Panel]) -> None:
        if time.monotonic() < until:
            _draw(frozen, *one)

    made = len(missing) - each_row(missing, draw)
    with db.work():
        gone = session.execute(
            delete(PanelDrawing).where(PanelDrawing.digest != frozen.digest).returning(PanelDrawing.id)
        ).all()
        # Only if something changed: a drawing that fails every minute must not empty the page cache every minute.
        if made or gone:
            renew_cache_version()


def wanted_drawings(document: Document, place: PlaceShown) -> list[tuple[Key, Panel]]:
    """Return key and panel of each drawing of a place's leading panel, in every language and form; empty if none."""
    panel = lead_of(document, place, panels_of(document, place)).panel
    if panel is None or len(panel.counted) < FEWEST_DRAWN:
        return []
    return [((place.slug, panel.measure.key, lang, form), panel) for lang in LANGUAGES for form in FORMS]


def _draw(frozen: Frozen, key: Key, panel: Panel) -> None:
    # Imported by the calling worker only: vl-convert loads a JavaScript engine.

    slug, measure, lang, form = key
    with speaking(lang):
        labels = labels_of(panel)
    spec = spec_of(panel, labels, SIZES[form])
    if spec is None:
        return
    content = svg_of(spec, labels.title)
    with db.work():
        values = {"digest": frozen.digest, "slug": slug, "measure": measure, "lang": lang, "form": form}
        if (slug, measure, lang, form) not in drawn(frozen.digest):
            session.add(PanelDrawing(id=random_id(), **values, content=content))
