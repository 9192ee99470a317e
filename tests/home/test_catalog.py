"""The catalog of open data: every file with its type and terms, and none that is not public."""

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
    assert found["publisher"]["name"] == "City office"
    titles = {(one["language"], one["title"]) for one in found["dataset"]}
    assert {("en", "Numbers of a place: Elm Street"), ("es", "Cifras de un lugar: Calle Elm")} <= titles
    assert len(found["dataset"]) == 2 * 12
    for one in found["dataset"]:
        (file,) = one["distribution"]
        answer = client.get(file["downloadURL"].removeprefix(HOST))
        assert (answer.status_code, answer.mimetype) == (200, file["mediaType"]), file
        assert one["license"] == "https://creativecommons.org/licenses/by/4.0/"


def test_without_a_snapshot_it_lists_what_there_is(client: FlaskClient) -> None:
    assert catalog(client)["publisher"]["name"] == "Common Ground"
    assert "data/v1/city.csv" not in client.get("/data.json").text


@pytest.mark.usefixtures("known")
def test_a_hidden_place_is_not_in_it(client: FlaskClient) -> None:
    text = client.get("/data.json").text
    assert "elm-street" in text
    assert "birch" not in text.lower()
