"""A snapshot has one form, one order and one hash."""

import json

import pytest
from pydantic import ValidationError

from portal.indicators.snapshots.snapshots import Document, SnapshotSeries, canonical, digest


def document(**given: object) -> Document:
    values = {"site": "Alder Falls", "frozen_on": "2026-11-15", "previous": None, "months": ["2026-08"]}
    return Document.model_validate(values | {"measures": [], "places": []} | given)


def test_what_is_read_back_has_the_same_bytes() -> None:
    made = document(city=[{"measure": "calls", "area": "city", "values": [3, "hidden", None]}])
    assert canonical(Document.model_validate_json(canonical(made))) == canonical(made)


def test_a_snapshot_from_before_a_field_keeps_its_bytes() -> None:
    plan: dict[str, object] = {
        "digest": "0" * 64,
        "locked_on": "2026-01-02",
        "before_call_in": True,
        "delivered_on": None,
        "plan": "x",
    }
    plan["deviations"] = [{"on": "2026-02-01", "what": {"en": "a", "es": "b"}, "why": None}]
    place: dict[str, object] = {"slug": "elm", "name": {"en": "Elm", "es": "Elm"}, "delivered_on": None, "status": None}
    place |= {"areas": [], "series": [], "findings": [], "registration": plan}
    content = json.dumps(json.loads(canonical(document())) | {"places": [place]}, sort_keys=True, separators=(",", ":"))
    assert canonical(Document.model_validate_json(content)).decode() == content
    newer = content.replace('{"on":', '{"measure":"violent","on":')
    assert canonical(Document.model_validate_json(newer)).decode() == newer


def test_the_hash_is_of_every_byte() -> None:
    one, other = document(), document(frozen_on="2026-12-15")
    assert digest(canonical(one)) != digest(canonical(other))
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("value", [-1, "9", "secret", 1.5])
def test_a_value_is_a_count_or_hidden_or_none(value: object) -> None:
    with pytest.raises(ValidationError):
        SnapshotSeries(measure="calls", area="city", values=(value,))


def test_nothing_unforeseen_is_published() -> None:
    with pytest.raises(ValidationError):
        document(note="by Ana")
