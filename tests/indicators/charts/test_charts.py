"""Drawings: what is in them, what must not be, and that they are made once for every snapshot."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import func, select

from portal.config import ROOT
from portal.core.page_cache import current_cache_version
from portal.core.statuses import NotFound
from portal.indicators import charts
from portal.indicators.charts import (
    DARK,
    NARROW,
    SIZES,
    WIDE,
    PanelDrawing,
    drawing,
    drawings_of,
    drawn,
    spec_of,
    svg_of,
)
from portal.indicators.panel_reading import Panel, panels_of
from tests.indicators.published import DELIVERED, MONTHS, a_document, a_place, finding, publish

LABELS = {
    "here": "Aquí",
    "similar": "Zonas parecidas",
    "expected": "Lo que se esperaba",
    "by_areas": "Según zonas parecidas",
    "message": "El mensaje",
    "band": "un mes",
    "unit": "llamadas al mes",
}
TITLE = "Llamadas <b>"
SIZED = b'<svg width="633" height="264"/>'
SVG = "{http://www.w3.org/2000/svg}"


def panels_in(place) -> list[Panel]:
    document = a_document(place)
    return list(panels_of(document, document.places[0]))


def panels(*findings) -> dict[str, Panel]:
    return {one.measure.key: one for one in panels_in(a_place(findings=list(findings or [finding()])))}


def named(spec) -> list[str]:
    return spec["layer"][-1]["encoding"]["color"]["scale"]["domain"]


def did(**given):
    return finding(design="did", model="newey_west", **given)


def layers(spec) -> list[str]:
    return [layer["mark"]["type"] for layer in spec["layer"]]


def test_comparison_interval_and_message_are_drawn() -> None:
    spec = spec_of(panels()["drug_calls"], LABELS, WIDE)
    assert layers(spec) == ["area", "line", "line", "rule", "text", "line"]
    assert named(spec) == ["Aquí", "Lo que se esperaba", "Zonas parecidas"]
    assert spec["layer"][3]["data"]["values"][0]["month"] == f"{MONTHS[DELIVERED]}-01"
    band = spec["layer"][0]["data"]["values"]
    assert (band[0], len(band)) == ({"month": "2024-08-01", "low": 29.0, "high": 44.0}, len(MONTHS) - DELIVERED)
    dashes = {json.dumps(dash) for dash in spec["layer"][-1]["encoding"]["strokeDash"]["scale"]["range"]}
    assert len(dashes) == 3, "lines differ not only in colour"
    y = spec["layer"][-1]["encoding"]["y"]
    assert (y["scale"], y["title"]) == ({"zero": True, "nice": True}, LABELS["unit"])
    assert LABELS["unit"] in svg_of(spec, "").decode()


def test_what_similar_areas_let_expect_is_one_line() -> None:
    spec = spec_of(panels(did())["drug_calls"], LABELS, NARROW)
    assert layers(spec) == ["area", "line", "rule", "text", "line"]
    assert named(spec) == ["Aquí", "Según zonas parecidas"]
    drawn = [row["value"] for row in spec["layer"][1]["data"]["values"]]
    assert drawn[DELIVERED:] == [36.0] * (len(MONTHS) - DELIVERED)
    assert all(value is not None for value in drawn[:DELIVERED])
    # Most months lie within the band; without a name it looks as if nothing happened.
    assert LABELS["band"] in svg_of(spec, "").decode()


def test_time_begins_at_first_count_short_times_have_months() -> None:
    assert all(axis(spec_of(one, LABELS, WIDE))["format"] == "%Y" for one in panels().values())
    late = [None] * 35 + ["hidden", *range(20, 32)]
    place = a_place(findings=[], delivered_on=None)
    place["series"] = [{"measure": "reports", "area": "place", "values": late}]
    spec = spec_of(panels_in(place)[0], LABELS, NARROW)
    rows = spec["layer"][-1]["data"]["values"]
    assert [(row["month"], row["value"]) for row in rows[:2]] == [(f"{MONTHS[35]}-01", None), (f"{MONTHS[36]}-01", 20)]
    assert axis(spec) == {"format": "%-m/%Y", "tickCount": {"interval": "month", "step": 6}}
    told = spec_of(panels_in(place | {"delivered_on": f"{MONTHS[30]}-02"})[0], LABELS, NARROW)
    assert told["layer"][-1]["data"]["values"][0]["month"] == f"{MONTHS[29]}-01"
    assert told["layer"][1]["mark"]["align"] == "left"


def axis(spec):
    return spec["layer"][-1]["encoding"]["x"]["axis"]


def test_what_is_hidden_is_not_in_the_drawing() -> None:
    reports = panels()["reports"]
    values = [row["value"] for row in spec_of(reports, LABELS, WIDE)["layer"][-1]["data"]["values"]]
    assert [value is None for value in values] == [value == "hidden" for value in reports.values]
    assert "hidden" in reports.values


def test_svg_is_safe_small_turns_dark_and_is_described() -> None:
    for size, widest in (("narrow", 288), ("wide", 800)):
        svg = svg_of(spec_of(panels()["drug_calls"], LABELS, SIZES[size]), TITLE)
        tree = ET.fromstring(svg)
        assert tree.find(f"{SVG}title").text == TITLE
        assert float(tree.get("width")) <= widest
        names = {element.tag for element in tree.iter()} | {name for element in tree.iter() for name in element.attrib}
        assert not names & {f"{SVG}script", f"{SVG}image", f"{SVG}foreignObject", "style", "href"}
        assert not [name for name in names if name.startswith("on")]
        assert b"http" not in re.sub(rb'xmlns(:\w+)?="[^"]*"', b"", svg)
        assert len(svg) < 36_000 and b"font-family=" not in svg
        stack = re.search("--sans: (.*);", (ROOT / "static/portal.css").read_text())[1]
        assert f"text{{font-family:{stack.replace(', ', ',').replace(chr(34), '')}}}" in svg.decode(), "the site's font"
        assert set(re.findall(r"#[0-9a-f]{6}", svg.decode().partition("</style>")[2])) <= set(DARK)


@pytest.fixture
def made(monkeypatch) -> list[str]:
    """The titles of what is drawn, each of it in an instant."""
    titles: list[str] = []

    def svg(_spec, title: str) -> bytes:
        titles.append(title)
        return SIZED

    monkeypatch.setattr("portal.indicators.charts.svg_of", svg)
    return titles


@pytest.mark.both_databases
def test_the_latest_snapshot_is_drawn_once_in_both_languages(app, work, made, monkeypatch) -> None:
    def draw(at_most: float = 60.0) -> int:
        monkeypatch.setattr(charts, "AT_MOST", at_most)
        with app.app_context():
            charts.draw_latest()
            return current_cache_version()

    with work() as session:
        old = publish(session, a_document(frozen_on="2026-10-15"))
    draw()
    with work() as session:
        assert drawn(old)
        known = publish(session)
    draw(at_most=0.0)
    with work():
        assert not drawn(known), "what is left over is drawn the next time"
    edition, first = draw(), len(made)
    assert (draw(), len(made)) == (edition, first)
    assert "Llamadas por drogas, cada mes" in made
    with work() as session:
        assert drawn(known)
        half = {"digest": known, "slug": "elm-street", "measure": "violent", "lang": "es", "form": "wide"}
        session.add(PanelDrawing(content=SIZED, **half))
    with work() as session:
        # One that is half made is not shown.
        assert drawings_of(known, "elm-street", "es") == {"drug_calls": {"narrow": (633, 264), "wide": (633, 264)}}
        left = select(func.count()).select_from(PanelDrawing).where(PanelDrawing.digest == old)
        assert session.scalar(left) == 0, "drawings of earlier snapshots go"


def test_nothing_odd_is_asked_of_the_database(session) -> None:
    for measure in ("drug_calls\0", "../x", "DRUG", "x" * 41):
        with pytest.raises(NotFound):
            drawing("0" * 64, "elm-street", measure, "en", "wide")


def test_number_of_several_months_is_drawn_as_their_mean() -> None:
    place = a_place(findings=[], delivered_on=None)
    values, covers = [None] * 42 + [60, None, None, "hidden", 12, 15], [0] * 42 + [6, 0, 0, 3, 1, 1]
    place["series"] = [{"measure": "reports", "area": "place", "values": values, "covers": covers}]
    panel = panels_in(place)[0]
    assert panel.monthly[37:] == (10, 10, 10, 10, 10, 10, None, None, None, 12, 15)
    rows = spec_of(panel, LABELS, WIDE)["layer"][-1]["data"]["values"]
    assert rows[0]["month"] == f"{MONTHS[37]}-01" and rows[0]["value"] == 10
