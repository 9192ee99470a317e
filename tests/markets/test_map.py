"""The map on the pages: only released places, the same bytes whatever is hidden, small, and readable without eyes."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from random import Random

import pytest
import shapely
from sqlalchemy import select

from portal.core.clock import now
from portal.core.i18n import Bilingual
from portal.core.page_cache import renew_cache_version
from portal.markets.map import importing, sheets
from portal.markets.map.sheets import MapFeature, MapShape, MapSheet, SheetKind
from portal.markets.places import Market
from portal.reports.reports import Thread
from tests.conftest import Work
from tests.make import both, make_desk, make_market, make_meeting
from tests.page import Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
WEST, SOUTH, BLOCK = -80.0, 35.9, 0.001
MOST_BYTES = 15_000


def street(name: str, *points: tuple[float, float]) -> MapShape:
    return MapShape(SheetKind.STREET, both(name, name), shapely.LineString(degrees(points)))


def degrees(points):
    return [(WEST + x * BLOCK, SOUTH + y * BLOCK) for x, y in points]


def square(x: float, y: float, side: float = 2):
    return shapely.Polygon(degrees([(x, y), (x + side, y), (x + side, y + side), (x, y + side)]))


def draw_city() -> None:
    shapes = [street(f"Row {n}", (0, n), (20, n)) for n in range(15)]
    shapes += [street(f"Column {n}", (n, 0), (n, 14)) for n in range(21)]
    creek = shapely.LineString(degrees([(0, 4.5), (9, 5.5), (20, 5.1)]))
    pond = square(14, 2)
    shapes += [
        MapShape(SheetKind.WATER, both("Creek", "Arroyo"), creek),
        MapShape(SheetKind.WATER, both("Pond", "Laguna"), pond),
    ]
    school = shapely.Point(degrees([(4, 12)])[0])
    importing.replace_shapes([*shapes, MapShape(SheetKind.LANDMARK, both("School", "Escuela"), school)])


def picture(text: str) -> str:
    """The map on a page."""
    return text[(start := text.index('<svg class="map')) : text.index("</svg>", start)]


@pytest.fixture
def city(work: Work) -> None:
    """Streets, a released place with a boundary, and one without."""
    with work() as session:
        draw_city()
        importing.set_boundary(make_market(session, "Open Street"), square(6, 8))
        make_market(session, "Elsewhere")


@LANGUAGES
def test_without_streets_nothing_changes(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        importing.set_boundary(make_market(session, "Open Street"), square(6, 8))
    for path in ("places/", "places/open-street/"):
        assert not page(f"/{lang}/{path}").has("svg.map")


@LANGUAGES
@pytest.mark.both_databases
@pytest.mark.usefixtures("city")
def test_the_map_of_the_city_leads_to_places_and_says_all_in_words(page: Reader, lang: str) -> None:
    found = page(f"/{lang}/places/")
    link = found.find("svg.map a")
    assert link.get("href") == f"/{lang}/places/open-street/"
    assert link.get("aria-label") == (
        "1. Open Street: Still calm" if lang == "en" else "1. Calle Open: Sigue tranquilo"
    )
    assert ("School" if lang == "en" else "Escuela") in "".join(found.find("svg.map g[role=img] desc").itertext())
    assert not found.has("svg.map[role=img]"), "a link inside of a picture is not heard"
    rows = [" ".join("".join(row.itertext()).split()) for row in found.find_all("ol.standings li")]
    assert any(row.startswith(link.get("aria-label").translate({ord("."): None, ord(":"): None})) for row in rows)
    assert found.has("path.map-area")
    assert all(found.has(f"path.map-{layer}") for layer in ("lake", "river", "minor", "main"))


NEAR, FAR, ELSEWHERE, NOWHERE = "48 Row 9, Alder Falls", "7 Row 1", "5 Nut Street", "Row 9"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("address", "place", "street", "areas", "named"),
    [
        # Not the place too: who comes would go there.
        (NEAR, True, True, 0, f"Map: the street of {NEAR}"),
        (FAR, True, True, 0, f"Map: the street of {FAR}"),
        (NEAR, False, True, 0, f"Map: the street of {NEAR}"),
        (ELSEWHERE, True, False, 1, "Map: Open Street and the streets around it"),
        (NOWHERE, True, False, 1, "Map: Open Street and the streets around it"),
        (ELSEWHERE, False, False, 0, ""),
    ],
)
@pytest.mark.usefixtures("city")
def test_a_meeting_marks_the_street_of_its_address_and_no_house(
    page: Reader, work: Work, address: str, place: bool, street: bool, areas: int, named: str
) -> None:
    with work() as session:
        market = session.scalars(select(Market).where(Market.slug == "open-street")).one()
        slug = make_meeting(session, address=address, market_id=market.id if place else None).slug
    found = page(f"/en/meetings/{slug}")
    assert found.has("svg.map") == bool(named)
    assert found.has("svg.map path.map-here") == street
    assert len(list(found.find_all("svg.map path.map-area"))) == areas
    assert not found.has("svg.map a")
    assert not found.has(".map-mark")
    if named:
        assert "".join(found.find("svg.map title").itertext()) == named
    if street:
        assert address.partition(",")[0].partition(" ")[2] in [one.text for one in found.find_all("svg.map text")]


@LANGUAGES
@pytest.mark.parametrize(
    "change", [{"state": "cancelled"}, {"mode": "online"}, {"starts_at": now() - timedelta(days=9)}]
)
@pytest.mark.usefixtures("city")
def test_no_map_leads_to_a_door_that_is_not_open(
    page: Reader, work: Work, lang: str, change: dict[str, object]
) -> None:
    with work() as session:
        slug = make_meeting(session, address=NEAR, change_reason=both("Ill.", "Enferma."), **change).slug
    assert not page(f"/{lang}/meetings/{slug}").has("svg.map")


@LANGUAGES
@pytest.mark.usefixtures("city")
def test_the_map_of_a_place_shows_it_among_named_streets(page: Reader, lang: str) -> None:
    found = page(f"/{lang}/places/open-street/")
    assert found.has("svg.map[role=img] title")
    assert found.has("svg.map path.map-area")
    assert any((name.text or "").startswith(("Row", "Column")) for name in found.find_all("svg.map text"))
    assert not page(f"/{lang}/places/elsewhere/").has("svg.map")


@pytest.mark.usefixtures("city")
def test_a_status_that_is_missing_is_said(page: Reader, work: Work) -> None:
    with work() as session:
        importing.set_boundary(make_market(session, "New Street", status=None), square(1, 1))
    assert "Not reviewed yet" in page("/en/places/").find("svg.map a").get("aria-label")


@LANGUAGES
@pytest.mark.usefixtures("city")
def test_a_report_chooses_its_place_on_the_map_and_keeps_what_was_typed(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        make_desk(session)
    typed = {"what": "They sell here.", "category": "selling", "where": "by the creek"}
    form = page(f"/{lang}/report/").form("/report/")
    assert not page(f"/{lang}/report/").has("svg.map")
    shown = form.submit(press="map", **typed)
    (tap,) = shown.find_all("svg.map label")
    chosen = shown.find(f"input#{tap.get('for')}")
    assert (chosen.get("type"), chosen.get("name"), chosen.get("value")) == ("radio", "market", "open-street")
    again = shown.form("/report/")
    assert {name: again.values[name] for name in typed} == typed
    wrong = again.submit(422, market="open-street", what="")
    assert wrong.has("svg.map"), "the map stays when something else is wrong"
    assert wrong.form("/report/").values["market"] == "open-street"
    assert wrong.form("/report/").submit(what="They sell here.").has("#code-words")
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        assert thread.market_id == session.scalar(select(Market.id).where(Market.slug == "open-street"))


@LANGUAGES
@pytest.mark.usefixtures("city")
def test_on_the_map_of_a_report_no_place_need_be_chosen(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        make_desk(session)
    form = page(f"/{lang}/report/").form("/report/")
    shown = form.submit(press="map", what="They sell here.", category="selling")
    assert "market" not in shown.form("/report/").values
    assert shown.form("/report/").submit().has("#code-words")
    with work() as session:
        assert session.scalars(select(Thread.market_id)).one() is None


def test_without_streets_a_report_offers_no_map(page: Reader, work: Work) -> None:
    with work() as session:
        make_desk(session)
        make_market(session, "Open Street")
    assert not page("/en/report/").has("button[name=show_map]")


@pytest.mark.usefixtures("city")
def test_the_map_of_a_report_shows_no_hidden_place(page: Reader, work: Work) -> None:
    with work() as session:
        make_desk(session)
        importing.set_boundary(make_market(session, "Canary Street", released=False), square(12, 3))
    shown = page("/en/report/").form("/report/").submit(press="map")
    assert len(list(shown.find_all("svg.map label"))) == 1
    assert "Canary" not in shown.text


@LANGUAGES
@pytest.mark.parametrize("released_in", [None, timedelta(hours=1)])
@pytest.mark.parametrize("spot", [(6, 8), (12, 3), (-40, 60)], ids=["on another", "in the city", "far away"])
@pytest.mark.usefixtures("city")
def test_not_a_byte_changes_with_a_hidden_place(client, work: Work, lang: str, released_in, spot) -> None:
    # With a question behind the address nothing is answered from what was kept.
    urls = [f"/{lang}/places/?look", f"/{lang}/places/open-street/?look", f"/{lang}/places/canary-street/?look"]
    before = [client.get(url) for url in urls]
    with work() as session:
        market = Market(
            slug="canary-street",
            name=both("Canary", "Canario"),
            about=both("a", "b"),
            released_at=now() + released_in if released_in else None,
        )
        session.add(market)
        session.flush()
        importing.set_boundary(market, square(*spot))
    after = [client.get(url) for url in urls]
    assert [answer.data for answer in after] == [answer.data for answer in before]
    assert [dict(answer.headers) for answer in after] == [dict(answer.headers) for answer in before]
    with work() as session:
        session.query(Market).filter_by(slug="canary-street").one().released_at = now()
        renew_cache_version()
    assert client.get(urls[2]).status_code == 200
    assert ("Canar" in picture(client.get(urls[0]).text)) is (spot[0] >= 0)


@pytest.mark.usefixtures("city")
def test_the_sheet_of_the_city_is_drawn_alike_with_and_without_hidden_places(work: Work) -> None:
    def city_sheet(session):
        sheet = session.query(MapSheet).filter_by(market_id=None).one()
        return sheet.west, sheet.south, sheet.east, sheet.north, sheet.layers

    with work() as session:
        before = city_sheet(session)
        importing.set_boundary(make_market(session, "Canary", released=False), square(30, 40))
        draw_city()
        session.flush()
        assert city_sheet(session) == before


@pytest.mark.usefixtures("city")
def test_a_place_takes_its_map_along_when_it_goes(work: Work) -> None:
    with work() as session:
        session.delete(session.query(Market).filter_by(slug="open-street").one())
    with work() as session:
        assert session.query(MapFeature).filter_by(kind="boundary").count() == 0
        assert session.query(MapSheet).count() == 1


def many_streets(count: int) -> list[MapShape]:
    """The pieces of a grid that is a little crooked, without names."""
    chance, side = Random(1), int((count / 2) ** 0.5) + 1
    at = {
        (x, y): (x + chance.uniform(-0.2, 0.2), y + chance.uniform(-0.2, 0.2)) for x in range(side) for y in range(side)
    }
    pairs = [(here, there) for x, y in at for here in [(x, y)] for there in [(x + 1, y), (x, y + 1)] if there in at]
    return [street("", at[here], at[there]) for here, there in pairs]


@LANGUAGES
def test_a_real_city_fits_into_fifteen_kilobytes(client, work: Work, lang: str) -> None:
    shapes = many_streets(5_200)
    assert len(shapes) > 5_000
    ponds = [MapShape(SheetKind.WATER, both("", ""), square(n % 50, n, 0.9).buffer(0.0002)) for n in range(50)]
    with work() as session:
        importing.replace_shapes([*shapes, *ponds])
        for number in range(20):
            importing.set_boundary(make_market(session, f"Street {number}"), square(3 * number, 40 - number))
    drawn = picture(client.get(f"/{lang}/places/?look").text)
    assert 2_000 < len(gzip.compress(drawn.encode(), 9)) < MOST_BYTES
    assert len(gzip.compress(picture(client.get(f"/{lang}/places/street-3/?").text).encode(), 9)) < MOST_BYTES


def test_a_boundary_with_thousands_of_corners_becomes_a_light_one(work: Work) -> None:
    rough = shapely.Point(degrees([(5, 5)])[0]).buffer(0.002, quad_segs=2_000)
    with work() as session:
        importing.set_boundary(make_market(session), rough)
        stored = session.query(MapFeature).one()
        assert len(json.loads(stored.geometry)["coordinates"][0]) <= importing.MOST_CORNERS
        assert shapely.from_geojson(stored.geometry).symmetric_difference(rough).area < rough.area / 50


def test_layers_come_back_as_they_were_stored() -> None:
    mark = sheets.Mark(1, 2, "School", "Escuela", before=True)
    layers = sheets.Layers("m1 1", "", "m2 2", "", [mark], [])
    assert sheets.restored(json.loads(json.dumps(layers.stored()))) == layers


def test_names_may_be_empty_but_are_there(work: Work) -> None:
    with work() as session:
        draw_city()
        assert all(isinstance(feature.name, Bilingual) for feature in session.query(MapFeature))
