"""A snapshot is frozen on its day at its hour, once, for ever; it has only what is complete and only public places."""

import json
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from portal.core.db import db, session
from portal.core.page_cache import current_cache_version
from portal.core.stored_settings import store_settings
from portal.indicators import counts, snapshots
from portal.indicators.counts import FigureEntry, Measure, add_optional, found_area, measure_named, write_figures
from portal.indicators.freezing import broken, freeze_what_is_due
from portal.indicators.snapshots import Immutable, Snapshot, SnapshotLog
from portal.indicators.statistics.schema import Document, canonical, digest
from portal.indicators.statistics.terms import AreaPart, plus
from tests.make import make_market, make_member

DAY = datetime(2026, 11, 15, 14, 1, tzinfo=UTC)
"""A minute after nine in New York."""
MONTHS = [date(2026, month, 1) for month in range(6, 11)]


@pytest.fixture
def place(app):
    """A released place and the whole city, with calls and reports of some months; the rest of a hidden one."""
    with time_machine.travel(DAY, tick=False), app.app_context():
        with db.work() as rows:
            counts.load_standard_measures()
            north = make_market(rows, "North", released=True)
            north.released_at = datetime(2026, 6, 3, 15, tzinfo=UTC)
            hidden = make_market(rows, "Hollow Lane", released=False)
            rows.flush()
            areas = [
                found_area(north, AreaPart.PLACE),
                found_area(None, AreaPart.CITY),
                found_area(hidden, AreaPart.PLACE),
            ]
            areas.append(found_area(north, AreaPart.COMPARISON))
            calls, reports = measure_named("calls"), measure_named("reports")
            for number, month in enumerate(MONTHS):
                write_figures([FigureEntry(areas[3].id, reports.id, month, 40)])
                for area in areas:
                    write_figures([FigureEntry(area.id, calls.id, month, number)])
                for area, much in zip(areas[:3], (3, 90, 5), strict=True):
                    write_figures([FigureEntry(area.id, reports.id, month, much + number)])
            ids = areas[0].id, areas[1].id, calls.id, reports.id
        yield ids


def series(measure, area="place"):
    """What the latest snapshot has of a measure, in an area of the first place or of the city."""
    document = newest()
    lists = [*document.city, *(one for place in document.places for one in place.series)]
    return next(one for one in lists if one.measure == measure and one.area == area)


def newest():
    with db.work():
        return snapshots.latest().document


def freeze_on(year: int, month: int, day: int) -> str | None:
    """Freeze what is due at ten in the morning of a later day."""
    with time_machine.travel(datetime(year, month, day, 15, tzinfo=UTC), tick=False):
        return freeze_what_is_due()


def test_a_snapshot_has_what_is_complete_of_public_places(place) -> None:
    before = current_cache_version()
    made = freeze_what_is_due()
    assert made == snapshots.latest().digest and current_cache_version() == before + 1
    document = newest()
    assert (document.frozen_on, document.previous) == ("2026-11-15", None)
    assert document.months[0] == "2022-10" and document.months[-1] == "2026-09"
    assert [one.slug for one in document.places] == ["north"]
    assert "hollow" not in canonical(document).decode().lower()
    assert series("calls").values[-4:] == (0, 1, 2, 3)
    city = series("reports", "city")
    # The half-year that began in July is not over.
    assert city.values[-3:] == (None,) * 3 and city.moved_from == "2026-06"
    assert city.covers[-4] == 6 and city.values[-4] % 10 == 0 and abs(city.values[-4] - 90) < 60
    north = series("reports")
    assert (north.values[-4:], north.covers[-4:]) == (("hidden", None, None, 15), (1, 0, 0, 3))
    assert ("reports", "comparison-1") not in [(one.measure, one.area) for one in document.places[0].series]


def test_it_is_frozen_once_and_never_before_its_hour(place, app) -> None:
    assert freeze_what_is_due()
    assert freeze_what_is_due() is None
    assert str(snapshots.next_day()) == "2026-12-15"
    with time_machine.travel(datetime(2026, 12, 15, 13, 59, tzinfo=UTC), tick=False):
        assert freeze_what_is_due() is None
    assert freeze_on(2026, 12, 18), "nobody worked on the day: it is made up for"
    with db.work():
        assert [str(day) for day, _hash in snapshots.history()] == ["2026-12-15", "2026-11-15"]
        later, earlier = (snapshots.snapshot(one).document for _day, one in snapshots.history())
        assert later.previous == digest(canonical(earlier))
        assert later.months[0] == earlier.months[0] and later.months[-1] == "2026-10"


def test_what_was_published_is_not_changed_by_later_figures(place) -> None:
    north, city, calls, reports = place
    freeze_what_is_due()
    before = series("reports", "city").values[-4]
    with db.work():
        write_figures([FigureEntry(north, calls, MONTHS[0], 70), FigureEntry(city, reports, MONTHS[0], 12)])
    freeze_on(2026, 12, 15)
    assert series("calls").values[-5:] == (0, 1, 2, 3, 4)
    assert series("reports", "city").values[-5] == before
    assert {one.measure: one.months for one in newest().corrections} == {"calls": ("2026-06",)}
    with db.work():
        session.execute(delete(counts.Figure))
    freeze_on(2027, 1, 15)
    assert series("calls").values[-6:] == (0, 1, 2, 3, 4, None), "what is gone stays published"


@pytest.mark.both_databases
def test_no_way_leads_to_a_changed_snapshot(place) -> None:
    freeze_what_is_due()

    def shown() -> None:
        session.scalars(select(snapshots.FrozenCount)).first().shown = True

    def content() -> None:
        session.scalars(select(Snapshot)).one().content = b"{}"

    for change, refused in (
        (content, Immutable),
        (shown, Immutable),
        (lambda: session.delete(session.scalars(select(Snapshot)).one()), Immutable),
        (lambda: session.execute(update(Snapshot).values(content=b"{}")), DatabaseError),
        (lambda: session.execute(delete(SnapshotLog)), DatabaseError),
        (lambda: session.execute(update(SnapshotLog).values(height=7)), DatabaseError),
    ):
        with pytest.raises(refused), db.work():
            change()
    with db.work():
        assert broken() == []


def test_a_forged_snapshot_is_noticed(place, app) -> None:
    freeze_what_is_due()
    freeze_on(2026, 12, 15)
    runner = app.test_cli_runner()
    assert "2 snapshots" in runner.invoke(args=["indicators", "verify"]).output
    with db.work():
        session.execute(text("DROP TRIGGER indicators_snapshot_is_frozen"))
        first = Snapshot.frozen_on == date(2026, 11, 15)
        row = session.execute(select(Snapshot.content).where(first)).scalar_one()
        forged = json.dumps(json.loads(row) | {"site": "Elsewhere"}, sort_keys=True, separators=(",", ":")).encode()
        session.execute(update(Snapshot).where(first).values(content=forged, digest=digest(forged)))
    result = runner.invoke(args=["indicators", "verify"])
    assert result.exit_code == 1 and "2026-12-15: wrong chain" in result.output


@pytest.mark.both_databases
def test_a_snapshot_that_is_gone_is_missed(place, app) -> None:
    freeze_what_is_due()
    gone = freeze_on(2026, 12, 15)
    with db.work():
        session.execute(delete(Snapshot).where(Snapshot.digest == gone))
    result = app.test_cli_runner().invoke(args=["indicators", "verify"])
    assert result.exit_code == 1 and "2026-12-15: wrong log" in result.output


def test_a_hash_that_was_kept_elsewhere_must_be_here(place, app) -> None:
    digest_of = freeze_what_is_due()
    runner = app.test_cli_runner()
    assert runner.invoke(args=["indicators", "verify", "--newest", digest_of]).exit_code == 0
    result = runner.invoke(args=["indicators", "verify", "--newest", "0" * 64])
    assert result.exit_code == 1 and "wrong newest" in result.output


def test_a_place_that_is_released_later_brings_its_months(place) -> None:
    freeze_what_is_due()
    with db.work() as rows:
        late = make_market(rows, "South", released=True)
        late.released_at = datetime(2026, 12, 1, 15, tzinfo=UTC)
        area = found_area(late, AreaPart.PLACE)
        write_figures([FigureEntry(area.id, place[2], month, 30) for month in MONTHS])
    freeze_on(2026, 12, 15)
    document = newest()
    assert [one.slug for one in document.places] == ["north", "south"]
    assert document.places[1].series[0].values[-5:] == (30,) * 5
    assert len(document.places[1].series[0].values) == len(document.months)


def test_effort_counts_before_place_was_public_are_not_told(place) -> None:
    with db.work() as rows:
        late = make_market(rows, "South", released=True)
        late.released_at = datetime(2026, 8, 20, 15, tzinfo=UTC)
        areas = [found_area(late, AreaPart.PLACE), found_area(late, AreaPart.COMPARISON)]
        for measure in (place[2], place[3], measure_named("promises_due").id):
            write_figures([FigureEntry(area.id, measure, month, 30) for month in MONTHS for area in areas])
    freeze_what_is_due()
    document = newest()
    south = {(one.measure, one.area): one.values for one in document.places[1].series}
    assert {measure for measure, area in south} == {"calls", "reports", "promises_due"}
    for (measure, area), values in south.items():
        assert len(values) == len(document.months)
        assert values[-4:] == ((30,) * 4 if measure == "calls" else (None, None, 30, 30)), (measure, area)


def test_an_audit_names_what_can_be_worked_out(place, app) -> None:
    digest_of = freeze_what_is_due()
    freeze_on(2027, 1, 15)
    calm = app.test_cli_runner().invoke(args=["indicators", "audit"])
    assert calm.exit_code == 0
    assert "Who knows the rule too: 1 hidden numbers, 0 narrowed." in calm.output
    with db.work():
        document = snapshots.snapshot(digest_of).document
        careless = document.model_dump(mode="json") | {"previous": digest_of, "frozen_on": "2026-12-15"}
        for one in careless["places"][0]["series"]:
            if one["measure"] == "reports":
                one["covers"][-1], one["values"][-1] = 4, 18
        content = canonical(Document.model_validate(careless))
        session.add(Snapshot(frozen_on=date(2026, 12, 15), digest=digest(content), content=content))
    result = app.test_cli_runner().invoke(args=["indicators", "audit"])
    assert result.exit_code == 1 and "reports, north, 2026-06 to 2026-06" in result.output


def test_changed_day_publishes_nothing_before_day_that_pages_name(place, app) -> None:
    freeze_what_is_due()
    with time_machine.travel(datetime(2026, 11, 29, 16, tzinfo=UTC), tick=False):
        with app.app_context(), db.work():
            store_settings({"snapshot_day": "28"}, None)
        with app.app_context():
            assert str(snapshots.next_day()) == "2026-12-28"
            assert freeze_what_is_due() is None, "November 28 was never announced"
    with time_machine.travel(datetime(2026, 12, 28, 13, 59, tzinfo=UTC), tick=False), app.app_context():
        assert freeze_what_is_due() is None
    with app.app_context():
        assert freeze_on(2026, 12, 28)
        assert [str(day) for day, _hash in snapshots.history()] == ["2026-12-28", "2026-11-15"]


def count_deaths(city: int, months, value) -> None:
    """Turn on what only the whole city has, and write down deaths of some months."""
    with db.work():
        add_optional("overdoses", make_member(session).id)
        deaths = measure_named("overdose_deaths")
        deaths.lag_days = 0
        write_figures(FigureEntry(city, deaths.id, month, value(number)) for number, month in enumerate(months))


def test_deaths_of_the_whole_city_are_never_moved(place) -> None:
    """Few each month: by chance one of them once stood there as fifteen."""
    count_deaths(place[1], [plus(date(2022, 10, 1), age) for age in range(48)], lambda number: number % 4)
    freeze_what_is_due()
    found = series("overdose_deaths", "city")
    with db.work():
        asked = select(snapshots.CountPeriod).join(Measure).where(Measure.key == "overdose_deaths")
        lengths = [one.months for one in session.scalars(asked.order_by(snapshots.CountPeriod.year))]
    shown = [(value, many) for value, many in zip(found.values, found.covers, strict=True) if isinstance(value, int)]
    assert found.moved_from is None and shown == [(18, 12)] * 3
    assert lengths == [3, 12, 12, 12, 12]
    freeze_on(2026, 12, 15)
    assert series("overdose_deaths", "city").values[:-1] == found.values


def test_place_with_what_only_city_had_begins_after_it(place) -> None:
    """Else whoever subtracts would know the hidden number of the place to the digit."""
    count_deaths(place[1], MONTHS, lambda _number: 12)
    freeze_what_is_due()
    told = series("overdose_deaths", "city")
    assert (told.values[-5:], told.moved_from) == ((12, None, None, 36, None), None)
    with db.work():
        deaths = measure_named("overdose_deaths")
        deaths.city_only = False
        write_figures(FigureEntry(place[0], deaths.id, month, 11) for month in MONTHS)
    freeze_on(2027, 2, 15)
    found = series("overdose_deaths")
    assert min(month for month, value in zip(newest().months, found.values, strict=True) if value) > "2026-09"
