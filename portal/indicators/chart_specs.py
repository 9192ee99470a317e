"""Vega-Lite specifications of the charts. Rendering them is `chart_drawing`'s task; this module loads nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.indicators.measures import between, read
from portal.indicators.panels.reading import Panel, Values

Spec = dict[str, Any]


@dataclass(frozen=True)
class Labels:
    """The texts of a chart in one language."""

    title: str
    here: str
    similar: str
    expected: str
    by_areas: str
    """The label of the expected line where it is derived from comparison areas (see `expected`)."""
    message: str
    band: str
    """The label of the band around the expected line."""
    unit: str
    """What the axis of numbers counts."""


@dataclass(frozen=True)
class Size:
    """The plot's size in CSS pixels, without labels. `step`: months between two labels of a short time axis."""

    width: int
    height: int
    step: int


NARROW = Size(width=236, height=170, step=6)
"""Fits a page 320 pixels wide without scaling, so that its text stays readable."""
WIDE = Size(width=700, height=260, step=3)
"""Fits a desktop, also without scaling."""
SIZES = {"narrow": NARROW, "wide": WIDE}

INK, SOFT, LINE, BAND, ACCENT = "#29231b", "#5f5648", "#dcd2c0", "#b4d0c4", "#0d5c4f"
DARK = {INK: "#f0e9dd", SOFT: "#bfb5a5", LINE: "#453e34", BAND: "#365f54", ACCENT: "#86cfbc"}
"""The dark-mode counterpart of each colour of the stylesheet."""
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
    """The lines of similar areas and of what was to be expected, where they are known."""
    lines = ((panel.scaled, labels.similar, SOFT), (panel.expected, _expected_name(panel, labels), INK))
    return [_line(panel, _rounded(values), name, colour, sparse=False) for values, name, colour in lines if values]


def _rounded(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else round(value, 2) for value in values]


def _band(panel: Panel, labels: Labels, size: Size) -> list[Spec]:
    """The 95 % interval of the expected counts, if the main finding has one."""
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
