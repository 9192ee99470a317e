"""A community lead says where a place lies: one area as GeoJSON, and nothing changes for anything else."""

import io
import json

import pytest

from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.markets.map.importing import MOST_BOUNDARY_BYTES, sent_area
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
        ("boundary_size", (b" " * (MOST_BOUNDARY_BYTES + 1),)),
        (
            "boundary_format",
            (b"", b"\xff\xfe", b"[" * 200_000, b"3", b"<OGRVRTDataSource/>", {"type": "Feature", "geometry": None}),
        ),
        ("boundary_count", (collection(), collection(FEATURE, FEATURE), {"type": "FeatureCollection"})),
        ("boundary_kind", ({"type": "Point", "coordinates": [1, 2]}, {"type": ["Polygon"]})),
        ("boundary_shape", ({"type": "Polygon"}, {"type": "Polygon", "coordinates": "x"}, BOW)),
        ("boundary_shape", ({"type": "Polygon", "coordinates": []},)),
        ("boundary_shape", (square.replace("-79", "600000").encode(), square.replace("-79", "NaN").encode())),
    ):
        for content in contents:
            with pytest.raises(Refused) as refusal:
                sent_area(content if isinstance(content, bytes) else json.dumps(content).encode())
            assert refusal.value.key == trouble, content


def test_a_lead_sends_the_boundary_of_a_hidden_place(app: Portal, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Birch Street", released=False)
        lead = make_member(session, ["community_lead"])
        let_in(session, market, lead)
    read, address = reader_of(app, lead), f"/es/lead/places/{market.id}"
    token = read(f"{address}/edit", quotes=("Ana Member",)).form("/boundary").values["csrf_token"]
    for content, status, words in (
        (b"x", 422, "Esto no es un archivo GeoJSON."),
        (b" " * (MOST_BOUNDARY_BYTES + 1), 422, "demasiado grande"),
        (b"", 422, "Esto no es un archivo GeoJSON"),
        (json.dumps(SQUARE).encode(), 302, ""),
    ):
        with work():
            assert not has_boundary(market.id)
        data = {"csrf_token": token, "file": (io.BytesIO(content), "area.geojson")}
        sent = read.client.post(
            f"{address}/boundary", data=data, headers=SAME_ORIGIN, content_type="multipart/form-data"
        )
        assert sent.status_code == status and words in sent.text
    with work():
        assert has_boundary(market.id) and not boundaries()
