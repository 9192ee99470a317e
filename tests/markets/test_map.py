"""The map: what a city exports in every form, and only released places on the pages, readable without eyes."""

import gzip
import json
import shutil
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyproj
import pytest
import shapefile
import shapely
from click.testing import Result
from sqlalchemy import select

from portal.core.clock import now
from portal.core.page_cache import renew_cache_version
from portal.core.web import Portal
from portal.markets.map import importing
from portal.markets.map.sheets import MapFeature, MapShape, MapSheet, SheetKind
from portal.markets.places import Market
from portal.reports.reports import Thread
from tests.conftest import Work
from tests.make import both, make_desk, make_market, make_meeting
from tests.page import Reader

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
    school = shapely.Point(degrees([(4, 12)])[0])
    shapes += [
        MapShape(SheetKind.WATER, both("Creek", "Arroyo"), creek),
        MapShape(SheetKind.WATER, both("Pond", "Laguna"), square(14, 2)),
        MapShape(SheetKind.PARK, both("Commons", "Parque"), square(1, 1, 3)),
        MapShape(SheetKind.NEIGHBORHOOD, both("West End", "Lado Oeste"), shapely.Point(degrees([(3, 9)])[0])),
        MapShape(SheetKind.LANDMARK, both("School", "Escuela"), school),
    ]
    importing.replace_shapes(shapes)


def picture(text: str) -> str:
    """The map on a page."""
    return text[(start := text.index('<svg class="map')) : text.index("</svg>", start)]


def make_city(work: Work) -> None:
    """Streets, a released place with a boundary, and one without."""
    with work() as session:
        draw_city()
        importing.set_boundary(make_market(session, "Open Street"), square(6, 8))
        make_market(session, "Elsewhere")


def test_the_map_of_the_city_leads_to_places(page: Reader, work: Work) -> None:
    make_city(work)
    found = page("/es/places/")
    link = found.find("svg.map a")
    assert link.get("href") == "/es/places/open-street/"
    assert link.get("aria-label") == "1. Calle Open: Sigue tranquilo"
    named = {"Escuela", "Laguna", "Arroyo", "Parque", "Lado Oeste"}
    told = "".join(found.find("svg.map g[role=img] desc").itertext())
    assert [name for name in named if name not in told] == []
    assert named <= {one.text for one in found.find_all("svg.map text")}
    assert not found.has("svg.map[role=img]"), "a link inside of a picture is not heard"
    rows = [" ".join("".join(row.itertext()).split()) for row in found.find_all("ol.standings li")]
    assert any(row.startswith(link.get("aria-label").partition(":")[0].replace(".", "")) for row in rows)
    assert found.has("path.map-area")
    assert all(found.has(f"path.map-{layer}") for layer in ("park", "lake", "river", "minor", "main"))


NEAR, FAR, ELSEWHERE, NOWHERE, AT_SCHOOL = "48 Row 9, Alder Falls", "7 Row 1", "5 Nut Street", "Row 9", "1 Row 12"


@pytest.mark.both_databases
def test_a_meeting_marks_the_street_of_its_address(page: Reader, work: Work) -> None:
    make_city(work)
    for address, venue, place, street, pin, areas, named in (
        # Not the place too: who comes would go there.
        (NEAR, "Hall", True, True, False, 0, f"Map: the street of {NEAR}"),
        (FAR, "School", True, True, False, 0, f"Map: the street of {FAR}"),
        (NEAR, "Hall", False, True, False, 0, f"Map: the street of {NEAR}"),
        (ELSEWHERE, "Hall", True, False, False, 1, "Map: Open Street and the streets around it"),
        (NOWHERE, "Schoolhouse", True, False, False, 1, "Map: Open Street and the streets around it"),
        (ELSEWHERE, "Hall", False, False, False, 0, ""),
        # A landmark gets a pin, unless it lies elsewhere than the street.
        (ELSEWHERE, "School, room 2", False, False, True, 0, "Map: School, room 2 and the streets around it"),
        (AT_SCHOOL, "Room 2 of the school", False, True, True, 0, f"Map: the street of {AT_SCHOOL}"),
    ):
        with work() as session:
            market = session.scalars(select(Market).where(Market.slug == "open-street")).one()
            at = market.id if place else None
            slug = make_meeting(session, address=address, place=both(venue, venue), market_id=at).slug
        found = page(f"/en/meetings/{slug}")
        assert found.has("svg.map") == bool(named)
        assert found.has("svg.map path.map-here") == street
        assert len(list(found.find_all("svg.map path.map-area"))) == areas
        assert not found.has("svg.map a")
        assert found.has("svg.map polygon.map-mark") == pin
        if named:
            assert "".join(found.find("svg.map title").itertext()) == named
        if street:
            assert address.partition(",")[0].partition(" ")[2] in [one.text for one in found.find_all("svg.map text")]


def test_a_report_chooses_its_place_on_the_map(page: Reader, work: Work) -> None:
    make_city(work)
    with work() as session:
        make_desk(session)
        importing.set_boundary(make_market(session, "Canary Street", released=False), square(12, 3))
    typed = {"what": "They sell here.", "category": "selling", "where": "by the creek"}
    form = page("/es/report/").form("/report/")
    assert not form.page.has("svg.map")
    shown = form.submit(press="map", **typed)
    (tap,) = shown.find_all("svg.map label")
    assert "Canar" not in shown.text, "the hidden place is not there"
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


def test_not_a_byte_changes_with_a_hidden_place(client, work: Work) -> None:
    make_city(work)
    for released_in, spot in ((None, (6, 8)), (timedelta(hours=1), (12, 3)), (None, (-40, 60))):
        # With a question behind the address nothing is answered from what was kept.
        urls = ["/es/places/?look", "/es/places/open-street/?look", "/es/places/canary-street/?look"]
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
        with work() as session:
            session.delete(session.query(Market).filter_by(slug="canary-street").one())
            renew_cache_version()


def many_streets(count: int) -> list[MapShape]:
    """The pieces of a grid that is a little crooked, without names."""
    chance, side = Random(1), int((count / 2) ** 0.5) + 1
    at = {
        (x, y): (x + chance.uniform(-0.2, 0.2), y + chance.uniform(-0.2, 0.2)) for x in range(side) for y in range(side)
    }
    pairs = [(here, there) for x, y in at for here in [(x, y)] for there in [(x + 1, y), (x, y + 1)] if there in at]
    return [street("", at[here], at[there]) for here, there in pairs]


def test_a_real_city_fits_into_fifteen_kilobytes(client, work: Work) -> None:
    shapes = many_streets(5_200)
    assert len(shapes) > 5_000
    ponds = [MapShape(SheetKind.WATER, both("", ""), square(n % 50, n, 0.9).buffer(0.0002)) for n in range(50)]
    with work() as session:
        importing.replace_shapes([*shapes, *ponds])
        for number in range(20):
            importing.set_boundary(make_market(session, f"Street {number}"), square(3 * number, 40 - number))
    drawn = picture(client.get("/es/places/?look").text)
    assert 2_000 < len(gzip.compress(drawn.encode(), 9)) < MOST_BYTES
    assert len(gzip.compress(picture(client.get("/es/places/street-3/?").text).encode(), 9)) < MOST_BYTES


LINES = [[(-80.0, 35.9), (-79.99, 35.91)], [(-79.99, 35.91), (-79.98, 35.9)]]
AREA = [[(-80.0, 35.9), (-79.99, 35.9), (-79.99, 35.91), (-80.0, 35.91), (-80.0, 35.9)]]
FEET = "EPSG:2264"
"""North Carolina's plane, in feet."""


def run(app: Portal, *arguments: object) -> Result:
    return app.test_cli_runner().invoke(args=["places", *map(str, arguments)])


def written(path: Path, *features: Any) -> Path:
    rows = [feature if isinstance(feature, dict) else row(feature[0], feature[1]) for feature in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
    return path


def row(form: str, coordinates: object, **values: object) -> dict[str, object]:
    return {"type": "Feature", "properties": values, "geometry": {"type": form, "coordinates": coordinates}}


def exported(path: Path, projection: str, names: tuple[str, str] = ("Elm Street", "Oak Street"), code="utf-8") -> Path:
    """The lines as a GIS would export them."""
    change = pyproj.Transformer.from_crs("EPSG:4326", projection, always_xy=True)
    with shapefile.Writer(path, shapeType=shapefile.POLYLINE, encoding=code) as made:
        made.field("FULLNAME", "C", size=40)
        for name, line in zip(names, LINES, strict=True):
            made.line([[change.transform(*point) for point in line]])
            made.record(name)
    path.with_suffix(".prj").write_text(pyproj.CRS(projection).to_wkt("WKT1_ESRI"))
    return path


def imported(work: Work) -> list[tuple[str, str, str]]:
    with work() as session:
        return sorted((one.kind, one.name.en, one.name.es) for one in session.query(MapFeature))


def test_every_form_and_projection_ends_at_the_same_place(app, work, tmp_path) -> None:
    for ending, projection in (("shp", "EPSG:4326"), ("zip", FEET), ("shp", "EPSG:3857"), ("zip", "EPSG:26917")):
        folder = tmp_path / projection[5:] / "folder"
        folder.mkdir(parents=True)
        path = exported(folder / "streets.shp", projection)
        if ending == "zip":
            path = Path(shutil.make_archive(str(folder.parent / "streets"), "zip", folder))
        said = run(app, "import", path)
        assert (said.exit_code, said.output) == (0, "Imported: streets 2.\n")
        assert imported(work) == [("street", name, name) for name in ("Elm Street", "Oak Street")]
        with work() as session:
            for feature in session.query(MapFeature):
                first = json.loads(feature.geometry)["coordinates"][0]
                assert min(abs(first[0] - x) + abs(first[1] - y) for line in LINES for x, y in line) < 1e-5
            assert session.query(MapSheet).count() == 1


def test_geojson_of_openstreetmap(app, work, tmp_path) -> None:
    path = written(
        tmp_path / "export.geojson",
        row("LineString", LINES[0], highway="residential", name="Elm Street"),
        row("LineString", LINES[1], waterway="stream", name="Mill Creek", **{"name:es": "Arroyo del Molino"}),
        row("Polygon", AREA, natural="water"),
        row("Polygon", AREA, leisure="park"),
        row("Point", [-79.99, 35.9], place="suburb", name="West End"),
        row("Point", [-79.99, 35.905], amenity="school", name="High school", **{"name:es": "Escuela"}),
    )
    assert run(app, "import", path).output == "Imported: streets 1, landmarks 1, waters 2, parks 1, neighborhoods 1.\n"
    assert imported(work) == [
        ("landmark", "High school", "Escuela"),
        ("neighborhood", "West End", "West End"),
        ("park", "", ""),
        ("street", "Elm Street", "Elm Street"),
        ("water", "", ""),
        ("water", "Mill Creek", "Arroyo del Molino"),
    ]


def test_what_cannot_be_used_is_said_by_row(app, work, tmp_path) -> None:
    path = written(
        tmp_path / "odd.geojson",
        ("LineString", LINES[0]),
        {"type": "Feature", "properties": {}, "geometry": None},
        ("Point", [-80, 35.9]),
        ("Polygon", AREA),
        ("LineString", [[2_000_000, 800_000], [2_000_100, 800_000]]),
        ("LineString", [[-80, 35.9], [-80, 35.9]]),
        row("Point", [-80, 35.9], name="School", kind="street"),
        ("MultiPoint", [[-80, 35.9]]),
    )
    said = run(app, "import", path)
    assert said.exit_code == 1
    assert [line.partition(": ")[0] for line in said.output.splitlines() if line.startswith("Row")] == [
        f"Row {number}" for number in range(2, 9)
    ]
    reasons = (
        "no geometry",
        "without a name",
        "an area that does not say what it is",
        "where no city is",
        "all its points are the same",
        "a street cannot be a point",
        "group of points",
    )
    assert [reason for reason in reasons if reason not in said.output] == []
    assert "Nothing was changed. With --skip the rest is imported." in said.output
    assert imported(work) == []
    assert run(app, "import", path, "--skip").output.endswith("Imported: streets 1.\n")


def test_a_file_that_is_none_is_refused_in_words(app, work, tmp_path) -> None:
    for name, content, reason in (
        ("streets.kml", "x", "We read GeoJSON"),
        ("streets.geojson", "not json", "cannot be read"),
        ("streets.shp", "without the others", "must lie side by side"),
        ("streets.gpkg", "x", "We read GeoJSON and shapefiles"),
        ("streets.geojson", "[]", "cannot be read"),
        ("streets.zip", "damaged", "cannot be read"),
        ("streets.geojson", '{"type": "FeatureCollection", "features": []}', "no rows"),
    ):
        (tmp_path / name).write_text(content)
        said = run(app, "import", tmp_path / name)
        assert said.exit_code == 1 and reason in said.output
    assert imported(work) == []
