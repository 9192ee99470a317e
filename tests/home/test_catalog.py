"""The catalog of open data: what a harvester of DCAT-US 3 needs, and no file that is not public."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from shapely import box

from portal.markets.map.importing import set_boundary
from tests.conftest import Work
from tests.indicators.published import publish
from tests.make import make_market, make_operator

HOST = "http://localhost"


@pytest.fixture
def known(work: Work) -> None:
    with work() as session:
        set_boundary(make_market(session, "Elm Street"), box(-79.99, 35.95, -79.98, 35.96))
        make_market(session, "Birch Street", released=False)
        publish(session)


def catalog(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/data.json")
    assert answer.mimetype == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found: dict[str, Any] = json.loads(answer.data)
    return found


@pytest.mark.usefixtures("known")
def test_every_file_is_there_with_its_type_and_terms(client: FlaskClient, work: Work) -> None:
    with work() as session:
        make_operator(session)
    found = catalog(client)
    assert found["@type"] == "Catalog"
    assert found["publisher"] == {"@type": "Organization", "name": "City office", "prefLabel": "City office"}
    files = [file for one in found["dataset"] for file in one["distribution"]]
    assert len({file["downloadURL"] for file in files}) == len(files) >= 12
    for file in files:
        answer = client.get(file["downloadURL"].removeprefix(HOST))
        assert answer.status_code == 200, file
        assert file["mediaType"].endswith(f"/media-types/{answer.mimetype}"), file
        assert file["license"] == "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.usefixtures("known")
def test_every_set_says_what_the_standard_wants_in_both_languages(client: FlaskClient, work: Work) -> None:
    with work() as session:
        make_operator(session)
    sets = catalog(client)["dataset"]
    for one in sets:
        assert one["title"] == one["titleMap"]["en"] != ""
        assert one["description"] == one["descriptionMap"]["en"] != one["descriptionMap"]["es"]
        assert one["contactPoint"] == [{"@type": "Kind", "fn": "City office", "hasEmail": "mailto:office@x.test"}]
        assert client.get(one["landingPage"].removeprefix(HOST)).status_code == 200
    assert len({one["identifier"][0] for one in sets}) == len(sets)
    dated = {one["identifier"][0].partition("#")[2]: one["modified"] for one in sets if "modified" in one}
    assert dated == dict.fromkeys(("all-places", "city", "place-elm-street", "snapshots"), "2026-11-15")


def test_without_a_snapshot_or_a_contact_it_lists_what_there_is(client: FlaskClient) -> None:
    found = catalog(client)
    assert "contactPoint" not in found
    assert found["publisher"]["name"] == "Common Ground"
    assert "data/v1/city.csv" not in client.get("/data.json").text
    assert "modified" not in client.get("/data.json").text


@pytest.mark.usefixtures("known")
def test_a_hidden_place_is_not_in_it(client: FlaskClient) -> None:
    text = client.get("/data.json").text
    assert "elm-street" in text
    assert "birch" not in text.lower()
