"""Snapshots: days, months and rounding, one form and one hash, and what the team sees of them."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from portal.core.statuses import NotFound
from portal.indicators import snapshots
from portal.indicators.counts import FigureEntry, found_area, load_standard_measures, measure_named, write_figures
from portal.indicators.freezing import freeze_what_is_due
from portal.indicators.snapshots import latest
from portal.indicators.statistics import closed_form, terms
from portal.indicators.statistics.schema import Document, SnapshotSeries, canonical, digest
from portal.indicators.statistics.terms import AreaPart, is_complete, last_month, next_on
from tests.make import make_member
from tests.page import reader_of

ZONE = ZoneInfo("America/New_York")


def test_snapshot_is_due_on_its_day_at_its_hour() -> None:
    for local, due in [
        (datetime(2026, 11, 15, 8, 59), date(2026, 10, 15)),
        (datetime(2026, 11, 15, 9, 0), date(2026, 11, 15)),
        (datetime(2026, 1, 3, 12, 0), date(2025, 12, 15)),
    ]:
        moment = local.replace(tzinfo=ZONE)
        assert terms.due_on(15, moment) == due
        assert next_on(15, moment) >= moment.date()


def test_months_are_those_that_are_complete() -> None:
    day = date(2026, 11, 15)
    assert is_complete(date(2026, 9, 1), 45, day) and not is_complete(date(2026, 9, 1), 46, day)
    assert last_month([30, 60, 120], day) == date(2026, 9, 1)
    assert last_month([], day) == date(2026, 10, 1)


def test_share_is_rounded_half_up_and_of_two_numbers() -> None:
    for part, whole, said in [
        *((0, 20, 0), (20, 20, 100), (1, 400, 1), (399, 400, 99)),
        *((5, 8, 63), (3, 8, 38), (1, 8, 13), (0, 0, None)),
        *(("hidden", 20, None), (12, "hidden", None), (None, 20, None), (12, None, None)),
    ]:
        assert closed_form.whole_percent(part, whole) == said


@pytest.mark.time_machine(datetime(2026, 11, 15, 15, tzinfo=UTC), tick=False)
def test_the_next_snapshot_and_the_log(app, work) -> None:
    with work() as session:
        member = make_member(session, ("evaluator",))
    read = reader_of(app, member)
    with app.app_context():
        assert freeze_what_is_due() is None, "without figures there is none"
    assert "Nothing has been published yet." in read("/en/team/snapshots/").text
    with work():
        load_standard_measures()
        area, reports = found_area(None, AreaPart.CITY).id, measure_named("reports").id
        write_figures(FigureEntry(area, reports, date(2026, month, 1), 40) for month in (5, 6))
    with app.app_context():
        made = freeze_what_is_due()
    found = read("/es/team/snapshots/").text
    assert made in found and "15 de diciembre" in found


def put(session, day: str) -> str:
    content = canonical(document(frozen_on=day))
    session.add(snapshots.Snapshot(frozen_on=date.fromisoformat(day), digest=digest(content), content=content))
    session.flush()
    return digest(content)


@pytest.mark.both_databases
def test_the_newest_is_the_latest_and_none_is_lost(session) -> None:
    assert latest() is None
    older, newer = put(session, "2026-10-15"), put(session, "2026-11-15")
    found = latest()
    assert found is not None
    assert (found.digest, found.document.frozen_on) == (newer, "2026-11-15")
    assert [one[1] for one in snapshots.history()] == [newer, older]
    assert digest(snapshots.content_of(older)) == older
    with pytest.raises(NotFound):
        snapshots.snapshot("0" * 64)


def document(**given: object) -> Document:
    values = {"site": "Alder Falls", "frozen_on": "2026-11-15", "previous": None, "months": ["2026-08"]}
    return Document.model_validate(values | {"measures": [], "places": []} | given)


def test_what_is_read_back_has_the_same_bytes() -> None:
    made = document(city=[{"measure": "calls", "area": "city", "values": [3, "hidden", None]}])
    assert canonical(Document.model_validate_json(canonical(made))) == canonical(made)
    assert digest(canonical(document())) != digest(canonical(document(frozen_on="2026-12-15")))
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_snapshot_from_before_a_field_keeps_its_bytes() -> None:
    plan: dict[str, object]
    plan = {"digest": "0" * 64, "locked_on": "2026-01-02", "before_call_in": True, "delivered_on": None, "plan": "x"}
    plan["deviations"] = [{"on": "2026-02-01", "what": {"en": "a", "es": "b"}, "why": None}]
    place: dict[str, object]
    place = {"slug": "elm", "name": {"en": "Elm", "es": "Elm"}, "delivered_on": None, "status": None}
    place |= {"areas": [], "series": [], "findings": [], "registration": plan}
    content = json.dumps(json.loads(canonical(document())) | {"places": [place]}, sort_keys=True, separators=(",", ":"))
    for known in (content, content.replace('{"on":', '{"measure":"violent","on":')):
        assert canonical(Document.model_validate_json(known)).decode() == known


def test_a_value_is_a_count_or_hidden_or_none() -> None:
    for value in (-1, "9", "secret", 1.5):
        with pytest.raises(ValidationError):
            SnapshotSeries(measure="calls", area="city", values=(value,))
    with pytest.raises(ValidationError):
        document(note="by Ana")
