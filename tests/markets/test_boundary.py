"""A community lead says where a place lies: one area as GeoJSON, and nothing changes for anything else."""

from __future__ import annotations

import io
import json

import pytest

from portal.core.web import Portal
from portal.markets.map.importing import MOST_BOUNDARY_BYTES, BoundaryTrouble, NoBoundary, sent_area
from portal.markets.map.sheets import boundaries, has_boundary
from tests.conftest import Work
from tests.make import let_in, make_market, make_member
from tests.page import SAME_ORIGIN, reader_of

SQUARE = {"type": "Polygon", "coordinates": [[[-79, 36], [-78.99, 36], [-78.99, 36.01], [-79, 36.01], [-79, 36]]]}
BOW = {"type": "Polygon", "coordinates": [[[-79, 36], [-78, 37], [-78, 36], [-79, 37], [-79, 36]]]}
FEATURE = {"type": "Feature", "properties": {"name": "x"}, "geometry": SQUARE}


def collection(*features: object) -> dict[str, object]:
    return {"type": "FeatureCollection", "features": list(features)}


def test_one_area_is_taken() -> None:
    for said in (SQUARE, FEATURE, collection(FEATURE)):
        assert sent_area(json.dumps(said).encode()).bounds == (-79, 36, -78.99, 36.01)


def test_what_is_no_boundary_is_said_to_be_none() -> None:
    square = json.dumps(SQUARE)
    for trouble, contents in (
        (BoundaryTrouble.SIZE, (b" " * (MOST_BOUNDARY_BYTES + 1),)),
        (
            BoundaryTrouble.FORMAT,
            (b"", b"\xff\xfe", b"[" * 200_000, b"3", b"<OGRVRTDataSource/>", {"type": "Feature", "geometry": None}),
        ),
        (BoundaryTrouble.COUNT, (collection(), collection(FEATURE, FEATURE), {"type": "FeatureCollection"})),
        (BoundaryTrouble.KIND, ({"type": "Point", "coordinates": [1, 2]}, {"type": ["Polygon"]})),
        (BoundaryTrouble.SHAPE, ({"type": "Polygon"}, {"type": "Polygon", "coordinates": "x"}, BOW)),
        (BoundaryTrouble.SHAPE, ({"type": "Polygon", "coordinates": []},)),
        (BoundaryTrouble.SHAPE, (square.replace("-79", "600000").encode(), square.replace("-79", "NaN").encode())),
    ):
        for content in contents:
            with pytest.raises(NoBoundary) as refusal:
                sent_area(content if isinstance(content, bytes) else json.dumps(content).encode())
            assert refusal.value.trouble is trouble, content


def test_a_lead_sends_the_boundary_of_a_hidden_place(app: Portal, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Birch Street", released=False)
        lead = make_member(session, ["community_lead"])
        let_in(session, market, lead)
        market_id = market.id
    read, address = reader_of(app, lead), f"/es/lead/places/{market_id}/boundary"
    token = read(f"/es/lead/places/{market_id}/edit", quotes=("Ana Member",)).form("/boundary").values["csrf_token"]

    def send(content: bytes) -> tuple[int, str]:
        data = {"csrf_token": token, "file": (io.BytesIO(content), "area.geojson")}
        found = read.client.post(address, data=data, headers=SAME_ORIGIN, content_type="multipart/form-data")
        return found.status_code, found.text

    for wrong, words in (
        (b"x", "Esto no es un archivo GeoJSON."),
        (b" " * (MOST_BOUNDARY_BYTES + 1), "demasiado grande"),
        (b"", "Esto no es un archivo GeoJSON"),
    ):
        status, page = send(wrong)
        assert status == 422 and words in page
    with work():
        assert not has_boundary(market_id)
    assert send(json.dumps(SQUARE).encode())[0] == 302
    with work():
        assert has_boundary(market_id) and not boundaries()
