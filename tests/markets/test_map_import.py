"""What a city's GIS exports, in every form and projection, and what is said of rows that cannot be used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyproj
import shapefile
from click.testing import Result

from portal.core.web import Portal
from portal.markets.map.sheets import MapFeature, MapSheet
from tests.conftest import Work
from tests.make import make_market

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
        here = tmp_path / projection[5:]
        here.mkdir()
        path = exported(here / "streets.shp", projection)
        if ending == "zip":
            folder = here / "folder"
            folder.mkdir()
            for part in here.glob("streets.*"):
                shutil.move(part, folder)
            path = Path(shutil.make_archive(str(here / "streets"), "zip", folder))
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
        row("Point", [-79.99, 35.905], amenity="school", name="High school", **{"name:es": "Escuela"}),
    )
    assert run(app, "import", path).output == "Imported: streets 1, landmarks 1, waters 2.\n"
    assert imported(work) == [
        ("landmark", "High school", "Escuela"),
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
        assert said.exit_code == 1
        assert reason in said.output
        assert imported(work) == []


def test_a_boundary_is_one_area(app, work, tmp_path) -> None:
    with work() as session:
        make_market(session, "Elm Street", released=False)
    area = written(tmp_path / "area.geojson", ("Polygon", AREA))
    assert run(app, "boundary", "elm-street", area).output == "The boundary is set.\n"
    assert run(app, "boundary", "elm-street", area).exit_code == 0
    assert imported(work) == [("boundary", "", "")]
    bowtie = [[(-80, 35.9), (-79.9, 36), (-79.9, 35.9), (-80, 36), (-80, 35.9)]]
    for features, reason in (
        ([("Polygon", AREA), ("Polygon", AREA)], "2 rows"),
        ([("LineString", LINES[0])], "this is a line"),
        ([("Polygon", bowtie)], "crosses or touches itself"),
    ):
        refused = run(app, "boundary", "elm-street", written(tmp_path / "odd.geojson", *features))
        assert refused.exit_code == 1
        assert reason in refused.output
    assert "No place has this slug" in run(app, "boundary", "oak-street", area).output
