"""How days, coordinates, columns and types of incident files are read, and that nothing in them breaks it."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from portal.core.cells import SINCE_1900, SINCE_1904
from portal.indicators.files import mapping
from portal.indicators.files.mapping import (
    LON_LAT,
    TOTAL_ONLY,
    ColumnMapping,
    DateOrder,
    Days,
    coverage,
    number_in,
    pair_in,
    propose,
    propose_order,
    read_day,
    unique,
)
from portal.indicators.files.months_table import more_than_whole

ZONE = ZoneInfo("America/New_York")
FIFTH = date(2024, 3, 5)
DAYS = st.dates(date(1980, 1, 1), date(2069, 12, 31))


def test_days_are_read_however_they_are_written() -> None:
    for order, written in {
        DateOrder.MDY: (
            *("2024-03-05", "2024-03-05 23:59:59", "2024-03-05T00:00:00.000", "20240305", 20240305.0),
            *("3/5/2024 1:22:00 PM", "03-05-24", "05-MAR-24", "5 de marzo de 2024"),
            *("2024-03-06T03:30:00Z", "2024-03-05T23:30:00-05:00", "1709695800", 1709695800000, 45356, "45356.5"),
            *(datetime(2024, 3, 5, 22), datetime(2024, 3, 6, 2, tzinfo=UTC), FIFTH),
        ),
        DateOrder.DMY: ("2024/3/5", "5.3.2024", "March 5, 2024"),
        DateOrder.YMD: ("24-03-05",),
    }.items():
        assert {read_day(said, order, ZONE) for said in written} == {FIFTH}
    for said in ("", None, "soon", "13/13/2024", "2024-02-30", "2024-13-01", "1e400", True, "1234"):
        assert read_day(said, DateOrder.MDY, ZONE) is None


@given(DAYS)
def test_every_order_reads_back_what_it_writes(day: date) -> None:
    written = {
        DateOrder.YMD: f"{day:%Y-%m-%d} 10:00",
        DateOrder.MDY: f"{day.month}/{day.day}/{day.year}",
        DateOrder.DMY: f"{day.day}.{day.month}.{day.year} 7:15",
    }
    for order, said in written.items():
        assert read_day(said, order, ZONE) == day
    for zero in (SINCE_1900, SINCE_1904):
        assert read_day((day - zero).days, DateOrder.MDY, ZONE, zero) == day
        assert Days(DateOrder.MDY, ZONE, day, zero)[(day - zero).days] == day.toordinal()


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.datetimes(), st.booleans(), st.none()))
def test_no_cell_breaks_a_reader(cell) -> None:
    for order in DateOrder:
        found = read_day(cell, order, ZONE)
        assert found is None or isinstance(found, date)
    assert number_in(cell) is None or isinstance(number_in(cell), float)
    assert pair_in(cell) is None or len(pair_in(cell)) == 2


def test_why_a_day_is_none_or_unsure() -> None:
    days = Days(DateOrder.MDY, ZONE, date(2026, 3, 20))
    cells = ["3/5/2024", "", None, " ", "soon", "1/1/1970", "3/21/2026", "3/20/2026"]
    reasons = [*[mapping.EMPTY] * 3, mapping.UNREADABLE, mapping.ODD, mapping.ODD]
    assert [days[cell] for cell in cells] == [FIFTH.toordinal(), *reasons, date(2026, 3, 20).toordinal()]
    days = Days(DateOrder.MDY, ZONE, date(2026, 3, 20))
    assert [days[cell] for cell in (44000, "44000", 44000.5, " 44000.25 ")] == [mapping.UNSURE] * 4
    recent, old = date(2026, 1, 5), date(1982, 5, 5)
    assert days[(recent - SINCE_1900).days] == recent.toordinal()
    assert days[(old - SINCE_1904).days] == old.toordinal()
    assert [days[cell] for cell in (20240305, 1709640000)] == [FIFTH.toordinal()] * 2


@given(st.lists(DAYS, min_size=3, max_size=40))
def test_the_order_is_guessed_where_the_days_tell(days) -> None:
    assert propose_order(f"{day:%Y-%m-%d}" for day in days) is DateOrder.YMD
    if any(day.day > 12 for day in days):
        assert propose_order(f"{day.day}/{day.month}/{day.year}" for day in days) is DateOrder.DMY
        assert propose_order(f"{day.month}/{day.day}/{day.year}" for day in days) is DateOrder.MDY


def test_numbers_and_two_coordinates_in_one_cell() -> None:
    for said, number in (("12.5", 12.5), ("1,234.5", 1234.5), ("-79,8", -79.8), ("1,234,567", 1234567)):
        assert number_in(said) == number
    assert [number_in(said) for said in ("", "x", "nan")] == [None] * 3
    for said in (
        *("POINT (-79.8 36.2)", "SRID=4326;POINT(-79.8 36.2)", "(36.2, -79.8)"),
        *("36.2; -79.8", "1 Elm St\n(36.2, -79.8)"),
    ):
        assert pair_in(said) == (-79.8, 36.2)


def test_columns_are_proposed() -> None:
    head = ["OBJECTID", "Incident Date", "Offense Description", "Block_Address", "X_COORD", "Y_COORD"]
    rows = [["1", "31/12/2025", "ROBBERY", "100 BLK ELM", "1760000", "840000"]]
    assert propose(head, rows) == ColumnMapping(
        "Incident Date", "Offense Description", "X_COORD", "Y_COORD", DateOrder.DMY, 0
    )
    socrata = propose(["date", "primary_type", "location"], [["2025-01-01T00:00:00.000", "THEFT", "(36.2, -79.8)"]])
    assert (socrata.x, socrata.y, socrata.epsg) == ("location", "location", LON_LAT)
    degrees = propose(["fecha", "tipo", "lat", "lon"], [["2025-01-01", "robo", "36.2", "-79.8"]])
    assert (degrees.x, degrees.y, degrees.epsg, degrees.order) == ("lon", "lat", LON_LAT, DateOrder.YMD)
    assert not propose(["a", "b"], []).fits(["a", "b"])
    assert unique(["Date", None, "Date", "Date", ""]) == ["Date", "(2)", "Date (2)", "Date (3)", "(5)"]


@given(st.lists(st.text(max_size=12), max_size=8), st.lists(st.lists(st.text(max_size=12), max_size=9), max_size=4))
def test_no_heading_breaks_the_proposal(cells, rows) -> None:
    head = unique(cells)
    assert len(set(head)) == len(head)
    assert set(propose(head, rows).columns.values()) <= set(head)


def test_what_a_type_counts_as() -> None:
    reading = ColumnMapping(
        total="calls", types={"drugs - sale": "drug_calls", "test call": mapping.IGNORED, "noise": TOTAL_ONLY}
    )
    assert reading.measures_of("Drugs  - SALE") == ["drug_calls", "calls"]
    assert reading.measures_of("Test call") == []
    assert reading.measures_of("noise") == ["calls"]
    assert reading.measures_of("new") is None
    assert reading.measures == {"calls", "drug_calls"}
    assert mapping.from_json({**asdict(reading), "unknown": 1}) == reading


def test_types_are_proposed_by_their_words() -> None:
    for key, total, kinds in [
        ("violent", "", ("ROBBERY - ARMED", "AGG ASSAULT W/ DEADLY WEAPON")),
        ("property", "", ("LARCENY FROM VEHICLE", "Robo a casa")),
        ("drug_equipment", "", ("DRUG PARAPHERNALIA",)),
        ("drug_calls", "calls", ("NARCOTICS VIOLATION",)),
        (TOTAL_ONLY, "calls", ("NOISE COMPLAINT",)),
        ("", "", ("RUNAWAY", "DRUGSTORE INSPECTION")),
    ]:
        assert {mapping.propose_type(kind, total) for kind in kinds} == {key}


def test_months_that_a_file_covers_whole() -> None:
    whole = coverage(date(2026, 1, 1), date(2026, 2, 28), date(2026, 3, 20))
    assert (whole.first, whole.last, whole.partial) == (date(2026, 1, 1), date(2026, 2, 1), ())
    torn = coverage(date(2025, 12, 2), date(2026, 3, 19), date(2026, 3, 20))
    assert (torn.first, torn.last, torn.partial) == (date(2026, 1, 1), date(2026, 2, 1), (date(2025, 12, 1),))
    assert coverage(date(2026, 1, 2), date(2026, 1, 30), date(2026, 3, 20)).first is None
    assert coverage(None, None, date(2026, 3, 20)).months == ()


@given(DAYS, st.integers(0, 400), st.integers(0, 400))
def test_no_month_is_whole_that_days_do_not_reach(first, days, later) -> None:
    last = first + timedelta(days=days)
    found = coverage(first, last, last + timedelta(days=later))
    if found.first and found.last:
        assert first <= found.first <= found.last
        assert found.last.replace(day=28) <= last
        assert set(found.partial) <= set(found.months)


MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
ASKED, AWARE, SAFE = 1, 2, 3
WHOLE_OF = {AWARE: ASKED, SAFE: ASKED}


def test_a_part_is_never_more_than_its_whole() -> None:
    def spots(values):
        return {(7, measure, MAY): value for measure, value in values.items()}

    for new, standing, wrong in [
        ({ASKED: 40, AWARE: 40}, {}, []),
        ({ASKED: 40, AWARE: 41}, {}, [(AWARE, 41, 40)]),
        ({AWARE: 41}, {ASKED: 40}, [(AWARE, 41, 40)]),
        ({ASKED: 40}, {AWARE: 41, SAFE: 3}, [(ASKED, 41, 40)]),
        ({ASKED: 40, AWARE: 5}, {AWARE: 41}, []),
        ({AWARE: 41}, {}, []),
    ]:
        found = list(more_than_whole(spots(new), spots(standing), WHOLE_OF))
        assert found == [((7, measure, MAY), part, whole) for measure, part, whole in wrong]
    others = {(7, ASKED, MAY): 4, (7, AWARE, JUNE): 9, (8, AWARE, MAY): 9}
    assert list(more_than_whole(others, {}, WHOLE_OF)) == [], "other areas and months are other wholes"
