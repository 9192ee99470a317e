"""Measures and areas on their pages: adding, changing, drawing rings, and who may know of which."""

import io
import json
from datetime import date

import pyproj
import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.statuses import NotFound, Refused
from portal.core.web import Portal
from portal.indicators import areas, counts
from portal.indicators.areas import known_outlines, next_rank, ring
from portal.indicators.counts import Area, found_area, load_standard_measures, measure_named, measures, write_figures
from portal.indicators.statistics.terms import AreaPart
from portal.markets.map.importing import set_boundary
from portal.markets.places import Market
from tests.conftest import Work
from tests.make import let_in, make_market, make_member
from tests.page import SAME_ORIGIN, Page, Reader

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


def test_measures_are_read_added_and_changed(evaluator: Reader, work: Work) -> None:
    assert "Llamadas por drogas" in evaluator("/es/team/measures/").text
    form = evaluator("/es/team/measures/new").form("new")
    wrong = form.submit(422, key="9 lives", of_key="aware", lag_days="400")
    assert len(list(wrong.find_all(".summary li"))) >= 5
    texts = {
        f"{name}_{side}": f"{name} {side}" for name in ("name", "about", "source", "unit") for side in ("en", "es")
    }
    quotes = ("rings", "bells", *texts.values())
    form.submit(422, key="drug_calls", **texts, quotes=quotes)
    form.submit(key="night_calls", of_key="calls", kind="calls", lag_days="45", **texts, quotes=quotes)
    with work():
        kept = measure_named("night_calls")
        assert (kept.of_key, kept.lag_days, kept.guarded, kept.name.es) == ("calls", 45, False, "name es")
        assert kept.position > measure_named("late_cancellations").position
    again = evaluator("/es/team/measures/night_calls", quotes=quotes).form("")
    again.submit(guarded="y", unit_en="rings", quotes=quotes)
    with work():
        assert measure_named("night_calls").guarded
    again.submit(409, unit_en="bells", quotes=quotes)


def send_outline(asked: Page, outline: str, status: int, **names: str) -> Page:
    file = (io.BytesIO(outline.encode()), "a.geojson")
    data: dict[str, object] = {**asked.wide.values, **names, "file": file}
    answer = asked.reader.client.post(asked.path, data=data, headers=SAME_ORIGIN, follow_redirects=True)
    return asked.reader.read(answer, status)


def test_a_ring_is_drawn_and_an_outline_sent(app: Portal, evaluator: Reader, work: Work) -> None:
    place = evaluator("/es/team/figures/").follow("Calle Elm")
    place.form("").submit(part="place")
    asked = place.form("").submit(part="ring").wide
    asked.submit(422, ring_meters="3")
    assert "El anillo se está dibujando" in asked.submit(ring_meters="150").text
    for _twice in range(2):
        with app.app_context():
            areas.draw_rings()
    with work() as session:
        around = shapely.from_geojson(session.scalars(select(Area.geometry).where(Area.part == "ring")).one())
        assert not around.contains(BOX.centroid)
        assert 0.001 < BOX.bounds[0] - around.bounds[0] < 0.002
    other = place.form("").submit(part="comparison")
    send_outline(other, "{}", 422)
    send_outline(other, json.dumps({"type": "Point", "coordinates": [1, 2]}), 422)
    refused = send_outline(other, shapely.to_geojson(BOX), 422, name_en="Like it", name_es="Parecida")
    assert "Este contorno está encima de: El lugar" in refused.text
    assert refused.wide.values["name_es"] == "Parecida"
    send_outline(other, shapely.to_geojson(BEYOND), 422)
    send_outline(other, shapely.to_geojson(FAR), 200)
    with work() as session:
        kept = session.scalars(select(Area.geometry).where(Area.part == "comparison")).one()
        assert shapely.from_geojson(kept).equals(FAR)
        # The place is drawn anew on the map, over the area that was clear of it.
        set_boundary(session.scalars(select(Market)).one(), FAR)
    assert "Hay zonas una encima de otra" in evaluator(place.path).text


def test_what_must_lie_clear_and_what_need_not() -> None:
    def area(part: AreaPart, rank: int = 1) -> Area:
        return Area(part=part.value, rank=rank)

    place, one, two = area(AreaPart.PLACE), area(AreaPart.COMPARISON), area(AreaPart.COMPARISON, 2)
    ring, around, city = area(AreaPart.RING), area(AreaPart.COMPARISON_RING), area(AreaPart.CITY)
    second = area(AreaPart.COMPARISON_RING, 2)
    every = dict.fromkeys((place, one, two, ring, around, second, city), shapely.to_geojson(BOX))
    found = {frozenset(map(id, pair)) for pair in areas.overlapping(every)}
    assert frozenset(map(id, (around, second))) not in found
    assert not [pair for pair in found if id(city) in pair]
    assert len(found) == 14
    beside = shapely.box(-79.98, 35.95, -79.97, 35.96)
    assert areas.overlapping({place: shapely.to_geojson(BOX), one: shapely.to_geojson(beside)}) == []
    assert areas.overlapping({place: "{}", one: shapely.to_geojson(BOX)}) == []


def test_an_area_with_figures_stays(session) -> None:
    load_standard_measures()
    member = make_member(session, ("evaluator",))
    market = make_market(session)
    area = areas.add_area(market, AreaPart.COMPARISON, member.id)
    areas.add_area(market, AreaPart.PLACE, member.id)
    write_figures([counts.FigureEntry(area.id, measure_named("calls").id, date(2026, 3, 1), 4)])
    for wrong in (lambda: areas.add_area(market, AreaPart.PLACE, member.id), lambda: areas.drop_area(area, member.id)):
        with pytest.raises(Refused):
            wrong()
    areas.drop_area(areas.add_area(market, AreaPart.COMPARISON, member.id), member.id)
    assert [one.rank for one in counts.areas_of(market) if one.part == "comparison"] == [1]


def test_nobody_sees_area_of_place_they_do_not_know(evaluator: Reader, work: Work) -> None:
    with work() as session:
        lead, other = make_member(session, ("community_lead",)), make_member(session, ("evaluator",))
        hidden = make_market(session, "Hollow Lane", released=False)
        let_in(session, hidden, lead)
        set_boundary(hidden, BOX)
        area, ring = areas.add_area(hidden, AreaPart.PLACE, lead.id), found_area(hidden, AreaPart.RING)
        assert counts.areas_of(hidden) == [area, ring]
        assert counts.known_area(ring.id, lead.id)[0] is ring
        assert area.id in dict(known_outlines(lead.id))
        assert list(counts.known_areas(other.id)) == [] and known_outlines(other.id) == []
        with pytest.raises(NotFound):
            counts.known_area(ring.id, other.id)
    assert "Hollow" not in evaluator("/en/team/figures/").text
    place = f"places/{hidden.id}"
    for path in (place, f"{place}/{area.id}", f"areas/{area.id}", f"areas/{area.id}/calls"):
        assert evaluator.client.get(f"/en/team/figures/{path}", headers=SAME_ORIGIN).status_code == 404


def test_a_ring_is_as_wide_as_was_said() -> None:
    for west, south in ((-79.8, 36.2), (-149.9, 61.2), (-66.1, 18.4), (-176.6, 51.9)):
        inner = shapely.box(west, south, west + 0.004, south + 0.003)
        around = shapely.from_geojson(ring(json.dumps(shapely.geometry.mapping(inner)), 150))
        earth, edge = pyproj.Geod(ellps="WGS84"), shapely.segmentize(inner, 1e-5).exterior.xy
        widths = [
            min(earth.inv(x, y, *corner)[2] for corner in zip(*edge, strict=True)) for x, y in around.exterior.coords
        ]
        assert (min(widths), max(widths)) == pytest.approx((150, 150), rel=0.01)
        assert not around.contains(inner.centroid)
        assert around.intersection(inner).area < inner.area * 1e-4


MARCH = date(2026, 3, 1)


@pytest.mark.both_databases
def test_measures_are_seeded_once(session) -> None:
    assert load_standard_measures() == len(measures())
    assert load_standard_measures() == 0
    for one in measures():
        assert all(words.is_whole for words in (one.name, one.about, one.source, one.unit))
    keys = {one.key for one in measures()}
    assert {one.of_key for one in measures()} - {None} <= keys


@pytest.mark.both_databases
def test_figure_is_written_over(session) -> None:
    load_standard_measures()
    area, calls = found_area(None, AreaPart.CITY), counts.measure_named("calls")
    for value in (12, 0):
        write_figures([counts.FigureEntry(area.id, calls.id, MARCH, value)])
        assert counts.figures(area, calls) == {MARCH: value}
