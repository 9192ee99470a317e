"""Measures and areas on their pages: adding, changing, drawing rings, and who may know of which."""

from __future__ import annotations

import io
import json
from datetime import date

import pyproj
import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.db import db
from portal.core.statuses import NotFound, Refused
from portal.core.web import Portal
from portal.indicators import areas, counts
from portal.indicators.areas import known_outlines, next_rank, ring
from portal.indicators.counts import Area, found_area, load_standard_measures, measure_named, measures, record
from portal.indicators.measures import AreaPart
from portal.markets.map.importing import set_boundary
from portal.markets.places import Market
from tests.conftest import Work
from tests.make import let_in, make_market, make_member
from tests.page import SAME_ORIGIN, Form, Page, Reader

BOX = shapely.box(-79.99, 35.95, -79.98, 35.96)
BEYOND = shapely.box(-79.98, 35.95, -79.97, 35.96)
"""Next to it, and so in the ring around it."""
FAR = shapely.box(-79.95, 35.95, -79.94, 35.96)


def make_city(session: Session) -> None:
    set_boundary(make_market(session), BOX)


def test_numbers_of_areas() -> None:
    keys = [Area(part=part.value, rank=2).key for part in AreaPart]
    assert keys == ["place", "comparison-2", "ring-2", "comparison_ring-2", "city"]
    assert next_rank(AreaPart.PLACE, {("place", 1)}) is None
    assert next_rank(AreaPart.COMPARISON, {("comparison", 1), ("comparison", 3)}) == 2
    assert next_rank(AreaPart.COMPARISON_RING, set()) is None
    taken = {("comparison", 1), ("comparison", 4), ("comparison_ring", 1)}
    assert next_rank(AreaPart.COMPARISON_RING, taken) == 4


def test_measures_are_read_added_and_changed(evaluator: Reader, work: Work, lang: str) -> None:
    page = evaluator(f"/{lang}/team/measures/")
    assert ("Calls about drugs" if lang == "en" else "Llamadas por drogas") in page.text
    form = evaluator(f"/{lang}/team/measures/new").form("new")
    wrong = form.submit(422, key="9 lives", of_key="aware", lag_days="400")
    assert len(list(wrong.find_all(".summary li"))) >= 5
    texts = {
        f"{name}_{side}": f"{name} {side}" for name in ("name", "about", "source", "unit") for side in ("en", "es")
    }
    form.submit(422, key="drug_calls", **texts, quotes=tuple(texts.values()))
    form.submit(key="night_calls", of_key="calls", kind="calls", lag_days="45", **texts, quotes=tuple(texts.values()))
    with work():
        kept = measure_named("night_calls")
        assert (kept.of_key, kept.lag_days, kept.guarded, kept.name.es) == ("calls", 45, False, "name es")
        assert kept.position > measure_named("late_cancellations").position
    again = evaluator(f"/{lang}/team/measures/night_calls", quotes=tuple(texts.values())).form("")
    again.submit(guarded="y", unit_en="rings", quotes=("rings", *texts.values()))
    with work():
        assert measure_named("night_calls").guarded
    again.submit(409, unit_en="bells", quotes=("rings", "bells", *texts.values()))


def test_the_button_adds_what_is_missing(evaluator: Reader, work: Work) -> None:
    with work() as session:
        session.delete(measure_named("calls"))
    assert "1 measure was added" in evaluator("/en/team/measures/").form("standard").submit().text
    with work() as session:
        assert session.scalars(select(counts.Measure).where(counts.Measure.key == "calls")).one()


def test_a_ring_is_drawn_by_a_worker(app: Portal, evaluator: Reader, work: Work, lang: str) -> None:
    place = evaluator(f"/{lang}/team/figures/").follow("Elm Street" if lang == "en" else "Calle Elm")
    place.form("").submit(part="place")
    asked = place.form("").submit(part="ring")
    form = Form(asked, asked.find("form.wide"))
    form.submit(422, ring_meters="3")
    drawn = form.submit(ring_meters="150")
    assert ("The ring is being drawn" if lang == "en" else "El anillo se está dibujando") in drawn.text
    with app.app_context():
        areas.draw_rings()
    with work() as session:
        ring = session.scalars(select(Area).where(Area.part == "ring")).one()
        outline = shapely.from_geojson(ring.geometry)
        assert not outline.contains(BOX.centroid)
        assert 0.001 < BOX.bounds[0] - outline.bounds[0] < 0.002
        before = ring.geometry
    with app.app_context():
        areas.draw_rings()
    with work() as session:
        assert session.scalars(select(Area.geometry).where(Area.part == "ring")).one() == before


def test_an_outline_is_sent_as_a_file(evaluator: Reader, work: Work) -> None:
    place = evaluator("/en/team/figures/").follow("Elm Street")
    asked = place.form("").submit(part="comparison")

    def send(content: str, status: int) -> None:
        data: dict[str, object] = dict(Form(asked, asked.find("form.wide")).values.items())
        data["file"] = (io.BytesIO(content.encode()), "a.geojson")
        answer = evaluator.client.post(asked.path, data=data, headers=SAME_ORIGIN, follow_redirects=True)
        evaluator.read(answer, status)

    send("{}", 422)
    send(json.dumps({"type": "Point", "coordinates": [1, 2]}), 422)
    send(shapely.to_geojson(BOX), 200)
    with work() as session:
        assert shapely.from_geojson(session.scalars(select(Area.geometry)).one()).equals(BOX)


def test_areas_that_are_compared_lie_clear(app: Portal, evaluator: Reader, work: Work, lang: str) -> None:
    place = evaluator(f"/{lang}/team/figures/").follow("Elm Street" if lang == "en" else "Calle Elm")
    place.form("").submit(part="place")
    ring = place.form("").submit(part="ring")
    Form(ring, ring.find("form.wide")).submit(ring_meters="150")
    with app.app_context():
        areas.draw_rings()
    asked = place.form("").submit(part="comparison")

    def send(box: shapely.Polygon, status: int) -> Page:
        data: dict[str, object] = dict(Form(asked, asked.find("form.wide")).values.items())
        data |= {
            "name_en": "Like it",
            "name_es": "Parecida",
            "file": (io.BytesIO(shapely.to_geojson(box).encode()), "a.geojson"),
        }
        answer = evaluator.client.post(asked.path, data=data, headers=SAME_ORIGIN, follow_redirects=True)
        return evaluator.read(answer, status)

    over = {"en": "This outline lies over: The place itself", "es": "Este contorno está encima de: El lugar"}
    refused = send(BOX, 422)
    assert over[lang] in refused.text
    assert Form(refused, refused.find("form.wide")).values["name_es"] == "Parecida"
    send(BEYOND, 422)
    send(FAR, 200)
    # The place is drawn anew on the map, over the area that was clear of it.
    with work() as session:
        set_boundary(session.scalars(select(Market)).one(), FAR)
    page = evaluator(place.path)
    assert {"en": "Areas lie over each other", "es": "Hay zonas una encima de otra"}[lang] in page.text


def test_what_must_lie_clear_and_what_need_not() -> None:
    def area(part: AreaPart, rank: int = 1) -> Area:
        return Area(part=part.value, rank=rank)

    place, one, two = area(AreaPart.PLACE), area(AreaPart.COMPARISON), area(AreaPart.COMPARISON, 2)
    ring, around, city = area(AreaPart.RING), area(AreaPart.COMPARISON_RING), area(AreaPart.CITY)
    second = area(AreaPart.COMPARISON_RING, 2)
    every = [(each, shapely.to_geojson(BOX)) for each in (place, one, two, ring, around, second, city)]
    found = {frozenset(map(id, pair)) for pair in areas.overlapping(every)}
    assert frozenset(map(id, (around, second))) not in found
    assert not [pair for pair in found if id(city) in pair]
    assert len(found) == 14
    beside = shapely.box(-79.98, 35.95, -79.97, 35.96)
    assert areas.overlapping([(place, shapely.to_geojson(BOX)), (one, shapely.to_geojson(beside))]) == []
    assert areas.overlapping([(place, "{}"), (one, shapely.to_geojson(BOX))]) == []


def test_an_area_with_figures_stays(session) -> None:
    load_standard_measures()
    member = make_member(session, ("evaluator",))
    market = make_market(session)
    area = areas.add_area(market, AreaPart.COMPARISON, member.id)
    with pytest.raises(Refused):
        areas.add_area(market, AreaPart.PLACE, member.id) and areas.add_area(market, AreaPart.PLACE, member.id)
    record([counts.FigureEntry(area.id, measure_named("calls").id, date(2026, 3, 1), 4)])
    with pytest.raises(Refused):
        areas.drop_area(area, member.id)
    other = areas.add_area(market, AreaPart.COMPARISON, member.id)
    areas.drop_area(other, member.id)
    assert [one.rank for one in counts.areas_of(market) if one.part == "comparison"] == [1]


def test_figures_are_shown_with_where_they_came_from(evaluator: Reader, work: Work) -> None:
    with work() as session:
        city = areas.add_city(make_member(session, ("community_lead",)).id)
        calls = measure_named("calls")
        record([counts.FigureEntry(city.id, calls.id, date(2026, month, 1), 40 + month) for month in (1, 2, 3)])
    page = evaluator("/es/team/figures/").follow("Cifras de toda la ciudad").follow("Llamadas de auxilio")
    assert "marzo de 2026 43 Centro del 911" in page.text
    assert page.text.index("43") < page.text.index("41")


def test_nobody_sees_area_of_place_they_do_not_know(app: Portal, evaluator: Reader, work: Work) -> None:
    with work() as session:
        lead = make_member(session, ("community_lead",))
        hidden = make_market(session, "Hollow Lane", released=False)
        let_in(session, hidden, lead)
        set_boundary(hidden, BOX)
        area = areas.add_area(hidden, AreaPart.PLACE, lead.id)
        ids = hidden.id, area.id
        assert area.id in known_outlines(lead.id)
    assert "Hollow" not in evaluator("/en/team/figures/").text
    for path in (f"places/{ids[0]}", f"places/{ids[0]}/{ids[1]}", f"areas/{ids[1]}", f"areas/{ids[1]}/calls"):
        assert evaluator.client.get(f"/en/team/figures/{path}", headers=SAME_ORIGIN).status_code == 404
    with app.app_context():
        other = db.session().scalars(select(Area.id)).all()
        assert other == [ids[1]]
        member = make_member(db.session(), ("evaluator",))
        assert known_outlines(member.id) == {}


METERS = 150


@pytest.mark.parametrize(("west", "south"), [(-79.8, 36.2), (-149.9, 61.2), (-66.1, 18.4), (-176.6, 51.9)])
def test_a_ring_is_as_wide_as_was_said(west: float, south: float) -> None:
    inner = shapely.box(west, south, west + 0.004, south + 0.003)
    around = shapely.from_geojson(ring(json.dumps(shapely.geometry.mapping(inner)), METERS))
    earth = pyproj.Geod(ellps="WGS84")
    widths = [
        min(earth.inv(x, y, *corner)[2] for corner in zip(*shapely.segmentize(inner, 1e-5).exterior.xy, strict=True))
        for x, y in around.exterior.coords
    ]
    assert min(widths) == pytest.approx(METERS, rel=0.01)
    assert max(widths) == pytest.approx(METERS, rel=0.01)
    assert not around.contains(inner.centroid)
    assert around.intersection(inner).area < inner.area * 1e-4


MARCH = date(2026, 3, 1)


@pytest.mark.both_databases
def test_measures_are_seeded_once(session) -> None:
    assert load_standard_measures() == len(measures())
    assert load_standard_measures() == 0
    assert all(
        one.name.is_whole and one.about.is_whole and one.source.is_whole and one.unit.is_whole for one in measures()
    )
    keys = {one.key for one in measures()}
    assert {one.of_key for one in measures()} - {None} <= keys


@pytest.mark.both_databases
def test_figure_is_written_over_and_old_one_is_told(session) -> None:
    load_standard_measures()
    area, calls = found_area(None, AreaPart.CITY), counts.measure_named("calls")
    first, second = (counts.FigureEntry(area.id, calls.id, MARCH, value) for value in (12, 0))
    assert record([first]) == {first: None}
    assert record([second]) == {second: 12}
    assert counts.figures(area, calls) == {MARCH: 0}


def test_areas_are_as_hidden_as_their_place(session) -> None:
    hidden = make_market(session, "Hollow Lane", released=False)
    inside, outside = make_member(session, ("community_lead",)), make_member(session, ("evaluator",))
    let_in(session, hidden, inside)
    ring, place = found_area(hidden, AreaPart.RING), found_area(hidden, AreaPart.PLACE)
    assert counts.areas_of(hidden) == [place, ring]
    assert counts.known_area(ring.id, inside.id) is ring
    assert list(counts.known_areas(outside.id)) == []
    with pytest.raises(NotFound):
        counts.known_area(ring.id, outside.id)
