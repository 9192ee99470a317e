"""The published numbers for programs: the bytes that were hashed, the same numbers in every form, and nothing else."""

import csv
import hashlib
import io
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from portal.core.web import Portal
from portal.home import open_data
from portal.home.pages import error_for_programs
from portal.indicators.statistics.schema import Document
from tests.conftest import Work
from tests.indicators.published import a_document
from tests.make import make_operator

SECURITY = (
    *("content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy"),
    *("cross-origin-opener-policy", "cross-origin-resource-policy", "access-control-allow-origin"),
)


def test_whoever_hashes_a_snapshot_finds_its_name(client: FlaskClient, known: str) -> None:
    answer = client.get("/data/v1/snapshots/latest.json", headers={"Origin": "https://example.org"})
    assert hashlib.sha256(answer.data).hexdigest() == known
    assert Document.model_validate(json.loads(answer.data)) == a_document()
    assert client.get(f"/data/v1/snapshots/{known}.json").data == answer.data
    (listed,) = client.get("/data/v1/snapshots.json").json["snapshots"]
    assert (listed["sha256"], listed["frozen_on"]) == (known, "2026-11-15")
    assert listed["url"] == f"http://localhost/data/v1/snapshots/{known}.json"
    # Other sites may read it, and ask for news.
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get("/data/v1/snapshots/latest.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    feed = ET.fromstring(client.get("/es/open-data/snapshots.atom").data)
    atom = "{http://www.w3.org/2005/Atom}"
    entry = feed.find(f"{atom}entry")
    assert entry.find(f"{atom}link").get("href") == f"http://localhost/es/progress/{known}/"
    assert "15 de noviembre de 2026" in entry.findtext(f"{atom}title")


def test_the_schema_that_is_published_fits_what_is_published(client: FlaskClient, known: str) -> None:
    schema = client.get("/data/v1/schema.json").json
    Draft202012Validator.check_schema(schema)
    document = client.get("/data/v1/snapshots/latest.json").json
    Draft202012Validator(schema).validate(document)
    document["places"][0]["series"][0]["values"][0] = -1
    assert not Draft202012Validator(schema).is_valid(document)


def test_the_table_has_the_same_numbers(client: FlaskClient, known: str) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/data/v1/places/elm-street.csv").text)))
    document = a_document()
    told = {(row["area"], row["measure"], row["month"]): row["value"] for row in rows}
    for series in document.places[0].series:
        for month, value in zip(document.months, series.values, strict=True):
            cell = (series.area, series.measure, month)
            assert told.pop(cell, None) == (None if value is None else str(value))
    assert not told
    assert len(list(csv.DictReader(io.StringIO(client.get("/data/v1/city.csv").text)))) == len(document.months)


def test_scripts_on_other_sites_may_ask_for_news(client: FlaskClient, known: str) -> None:
    """A browser asks beforehand whether it may send what it was told to compare, and shows it only what is exposed."""
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    for path in ("/data/v1/city.csv", "/data.json"):
        beforehand = client.options(path, headers=asked | {"Access-Control-Request-Headers": "if-none-match"})
        assert beforehand.status_code == 200
        assert "If-None-Match" in beforehand.headers["Access-Control-Allow-Headers"]
        assert "GET" in beforehand.headers["Access-Control-Allow-Methods"]
        assert "ETag" in client.get(path).headers["Access-Control-Expose-Headers"]


def test_who_asks_over_and_over_has_to_wait(client: FlaskClient, known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_data, "MOST", 3)
    assert {client.get("/data/v1/snapshots.json").status_code for _each in range(9)} == {200}, "it is kept ready"
    codes = [client.get(f"/data/v1/snapshots.json?{number}").status_code for number in range(4)]
    assert codes == [200, 200, 429, 429], "only its first answer was made"
    waiting = client.get("/data/v1/schema.json?1")
    assert (waiting.status_code, waiting.json["status"], waiting.headers["Retry-After"]) == (429, 429, "60")
    assert "(IP) recibe 3 respuestas por minuto" in client.get("/es/open-data/").text


def test_before_the_first_snapshot_there_is_nothing(client: FlaskClient) -> None:
    assert client.get("/data/v1/snapshots.json").json["snapshots"] == []
    for path in ("snapshots/latest.json", "city.csv", "places/elm-street.csv"):
        assert client.get(f"/data/v1/{path}").json["status"] == 404
    assert catalog(client)["publisher"]["name"] == "Common Ground"
    assert "data/v1/city.csv" not in client.get("/data.json").text


def test_programs_are_told_as_data_what_is_missing(client: FlaskClient, known: str) -> None:
    good = client.get("/data/v1/snapshots.json")
    security = {name: value for name, value in good.headers if name.lower() in SECURITY}
    assert len(security) == len(SECURITY)
    told = {"status": 404, "error": {"en": "There is nothing here.", "es": "Aquí no hay nada."}}
    nowhere = ("places/no-street.csv", f"snapshots/{'0' * 64}.json", "snapshots/x.json", "nothing", "", "city.csv/")
    answers = [client.get(f"/data/v1/{path}") for path in nowhere] + [client.get("/data/")]
    for answer in answers:
        assert (answer.status_code, answer.mimetype, answer.json) == (404, "application/json", told)
        assert {name: answer.headers.get(name) for name in security} == security
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
    assert len({answer.data for answer in answers}) == 1


def test_programs_are_told_of_hidden_places_as_of_none(client: FlaskClient, known: str) -> None:
    hidden, never = (client.get(f"/data/v1/places/{slug}.csv") for slug in ("birch-street", "never-street"))
    assert (hidden.status_code, hidden.data) == (404, never.data)
    assert list(hidden.headers) == list(never.headers)
    shapes = client.get("/data/v1/places.geojson")
    assert shapes.mimetype == "application/geo+json"
    assert [(one["id"], one["geometry"]["type"]) for one in shapes.json["features"]] == [("elm-street", "Polygon")]
    assert "birch" not in client.get("/data.json").text.lower()


def test_other_errors_are_data_too(app: Portal, client: FlaskClient, known: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.open("/data/v1/snapshots.json", method=method)
        assert (answer.status_code, answer.json["status"], answer.headers["Allow"]) == (405, 405, "GET, HEAD, OPTIONS")
        assert "GET" in answer.json["error"]["en"] and "GET" in answer.json["error"]["es"]
    with app.app_context():
        odd, wrong, broken = (error_for_programs("/data/", status) for status in (418, 400, 500))
        assert odd and wrong and broken
        assert odd.json["error"] == wrong.json["error"]
        assert broken.json["error"]["es"].startswith("Algo falló")


def catalog(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/data.json")
    assert answer.mimetype == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return json.loads(answer.data)


def test_every_file_is_there_with_its_type_and_terms(client: FlaskClient, work: Work, known: str) -> None:
    with work() as session:
        make_operator(session)
    found = catalog(client)
    assert found["publisher"]["name"] == "City office"
    titles = {(one["language"], one["title"]) for one in found["dataset"]}
    assert {("en", "Numbers of a place: Elm Street"), ("es", "Números de un lugar: Calle Elm")} <= titles
    assert len(found["dataset"]) == 2 * 12
    for one in found["dataset"]:
        (file,) = one["distribution"]
        answer = client.get(file["downloadURL"].removeprefix("http://localhost"))
        assert (answer.status_code, answer.mimetype) == (200, file["mediaType"]), file
        assert one["license"] == "https://creativecommons.org/licenses/by/4.0/"
