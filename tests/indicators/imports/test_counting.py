"""Incident files are counted right: areas, boundaries, projections, encodings, and what is odd by its place."""

import io
from collections import Counter
from dataclasses import asdict
from datetime import date
from itertools import product
from typing import Any

import pyproj
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from portal.indicators.files import program
from portal.indicators.files.mapping import ColumnMapping
from portal.indicators.files.program import MOST_TYPES, UnreadableWorkbook, count_file, look_at, rows_of
from portal.indicators.uploads import count_apart
from tests.core.test_sheets import changed, two_sheets, workbook
from tests.indicators.imports.test_months import BEGINS_1904, DATES, JANUARY, styled

WEST, EAST = shapely.box(-79.82, 36.19, -79.80, 36.21), shapely.box(-79.81, 36.19, -79.79, 36.21)
HEAD = "Day,Type,Lon,Lat,Block"
READING = ColumnMapping("Day", "Type", "Lon", "Lat")


def options(reading: ColumnMapping = READING, **given: object) -> dict[str, object]:
    areas = [[1, shapely.to_geojson(WEST)], [2, shapely.to_geojson(EAST)]]
    usual = {"zone": "America/New_York", "today": "2026-03-20", "areas": areas, "city": 9}
    return {"reading": asdict(reading), **usual, **given}


def count(
    *lines: str, head: str = HEAD, encoding: str = "utf-8", reading: ColumnMapping = READING, **given: object
) -> dict:
    content = "\r\n".join([head, *lines]).encode(encoding)
    return count_file(io.BytesIO(content), options(reading, **given))


def by_area(found: dict) -> dict[tuple[str, int, str], int]:
    return {(found["types"][kind][0], area, month): number for kind, area, month, number in found["cells"]}


def test_rows_are_counted_by_type_area_and_month() -> None:
    found = count(
        "1/5/2026,THEFT,-79.815,36.2,",
        "1/9/2026,Theft ,-79.815,36.2,",
        '2/1/2026,"Assault, agg",-79.795,36.2,',
        "",
        "2/1/2026,THEFT,-79.7,36.2,",
    )
    assert by_area(found) == {
        ("THEFT", 1, "2026-01"): 2,
        ("THEFT", 9, "2026-01"): 2,
        ("Assault, agg", 2, "2026-02"): 1,
        ("Assault, agg", 9, "2026-02"): 1,
        ("THEFT", 9, "2026-02"): 1,
    }
    assert (found["rows"], found["inside"], found["outside"]) == (4, 3, 1)
    assert (found["first"], found["last"]) == ("2026-01-05", "2026-02-01")
    assert found["types"] == [["THEFT", 3], ["Assault, agg", 1]]
    assert found["odd"] == {}


def test_lines_are_in_and_areas_that_overlap_each_count() -> None:
    for x, y, areas in [
        *((-79.805, 36.2, {1, 2}), (-79.82, 36.2, {1}), (-79.82, 36.19, {1})),
        *((-79.80, 36.21, {1, 2}), (-79.82001, 36.2, set()), (-79.815, 36.2100001, set())),
    ]:
        found = count(f"1/5/2026,THEFT,{x},{y},")
        assert {area for _kind, area, _month in by_area(found)} == {*areas, 9}


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(-79.83, -79.78), st.floats(36.18, 36.22)), min_size=1, max_size=30))
def test_any_projection_gives_the_same_counts(points) -> None:
    # A tenth of a millimeter to and fro must not decide.
    points = [(x, y) for x, y in points if min(abs(x + at) for at in (79.82, 79.81, 79.80, 79.79)) > 1e-6]
    points = [(x, y) for x, y in points if min(abs(y - 36.19), abs(y - 36.21)) > 1e-6]
    there = pyproj.Transformer.from_crs(4326, 2264, always_xy=True)
    degrees = count(*(f"1/5/2026,THEFT,{x!r},{y!r}," for x, y in points))
    feet = (there.transform(x, y) for x, y in points)
    same = ColumnMapping("Day", "Type", "Lon", "Lat", epsg=2264)
    projected = count(*(f"1/5/2026,THEFT,{x!r},{y!r}," for x, y in feet), reading=same)
    assert projected["cells"] == degrees["cells"]
    expected = Counter(
        area for x, y in points for area, box in ((1, WEST), (2, EAST)) if box.covers(shapely.Point(x, y))
    )
    assert {area: number for _kind, area, _month, number in degrees["cells"] if area != 9} == expected


def test_any_encoding_and_delimiter_is_read_to_the_end() -> None:
    for encoding, delimiter in product(("utf-8", "utf-8-sig", "cp1252", "utf-16"), ",;\t|"):
        lines = [line.replace(",", delimiter) for line in (HEAD, "3/1/2026,Agresión,-79.815,36.2,")]
        found = count(lines[1], head=lines[0], encoding=encoding)
        assert by_area(found) == {("Agresión", 1, "2026-03"): 1, ("Agresión", 9, "2026-03"): 1}
    lines = [f"1/{day % 28 + 1}/2026,THEFT,-79.815,36.2," for day in range(5000)]
    content = "\n".join([HEAD, *lines]).encode() + "\n1/2/2026,Agresión,-79.815,36.2,".encode("cp1252")
    found = count_file(io.BytesIO(content), options())
    assert found["types"] == [["THEFT", 5000], ["Agresión", 1]]


def test_what_is_odd_is_told_by_line_and_column() -> None:
    found = count(
        "soon,THEFT,-79.815,36.2,",
        ",THEFT,-79.815,36.2,",
        "1/5/2027,THEFT,-79.815,36.2,",
        "1/5/2026,THEFT,0,0,",
        "1/5/2026,THEFT,here,36.2,",
        "1/5/2026,THEFT",
        "1/5/2026,THEFT,-79.815,36.2,",
    )
    assert found["odd"] == {
        "no_date": [1, [(2, "A", "soon")]],
        "date_missing": [1, [(3, "A", "")]],
        "odd_date": [1, [(4, "A", "1/5/2027")]],
        "no_place": [3, [(5, "C", "0"), (6, "C", "here"), (7, "C", "")]],
    }
    assert by_area(found) == {("THEFT", 1, "2026-01"): 1, ("THEFT", 9, "2026-01"): 4}
    number, examples = count(*["x,THEFT,,,"] * 50)["odd"]["no_date"]
    assert (number, len(examples)) == (50, 20)


def test_both_coordinates_may_stand_in_one_column() -> None:
    head = "Day;Type;Location"
    both = ColumnMapping("Day", "Type", "Location", "Location")
    found = count("2026-01-05;THEFT;POINT (-79.815 36.2)", "2026-01-05;THEFT;(36.2, -79.815)", head=head, reading=both)
    assert by_area(found)[("THEFT", 1, "2026-01")] == 2


def test_a_workbook_is_counted_by_its_days() -> None:
    rows = [HEAD.split(","), [46027, "THEFT", -79.815, 36.2, ""], ["1/5/2026", "THEFT", "-79.815", 36.2]]
    found = count_file(io.BytesIO(workbook(rows)), options())
    assert by_area(found)[("THEFT", 1, "2026-01")] == 2
    for is_1904 in (False, True):
        serial = JANUARY + 30.99 - BEGINS_1904 * is_1904
        rows = [HEAD.split(","), [serial, "THEFT", -79.815, 36.2, ""]]
        found = count_file(io.BytesIO(styled(rows, {"A2": DATES[-1]}, is_1904)), options())
        assert (found["first"], found["last"], found["odd"]) == ("2026-01-31", "2026-01-31", {})


def with_settings(settings: bytes, rows: list[Any]) -> bytes:
    """A workbook that says something of itself, such as where its days begin."""
    tag = b'<workbookPr codeName="x" %s/><sheets>' % settings
    return changed("xl/workbook.xml", lambda there: there.replace(b"<sheets>", tag), workbook(rows))


def test_bare_numbers_of_workbook_are_days_it_would_show() -> None:
    for is_1904, said in (
        *((False, one) for one in (b"", b'date1904="0"', b'date1904="false"')),
        *((True, one) for one in (b'date1904="1"', b"date1904='true'")),
    ):
        serial = JANUARY + 30 - BEGINS_1904 * is_1904
        for cell in (serial, str(serial)):
            content = with_settings(said, [HEAD.split(","), [cell, "THEFT", -79.815, 36.2, ""]])
            found = count_file(io.BytesIO(content), options())
            assert (found["first"], found["last"], found["odd"]) == ("2026-01-31", "2026-01-31", {})


def test_bare_numbers_without_knowable_day_are_told_by_cell() -> None:
    # 2020-06-18 or, on an older Mac, 2024-06-19; and one that would lie in the future there.
    found = count("44000,THEFT,-79.815,36.2,", "44000.75,THEFT,-79.815,36.2,", f"{JANUARY},THEFT,-79.815,36.2,")
    assert found["odd"] == {"numbered_date": [2, [(2, "A", "44000"), (3, "A", "44000.75")]]}
    assert (found["first"], found["last"]) == ("2026-01-01", "2026-01-01")


def test_rows_that_come_twice_are_told_with_first_line(monkeypatch) -> None:
    once, other = "1/5/2026,THEFT,-79.815,36.2,", "1/6/2026,THEFT,-79.815,36.2,"
    expected = {"row_again": [3, [(4, "", "2"), (6, "", "2"), (7, "", "3")]]}
    for chunk in (1, 2, 3, 20_000):
        monkeypatch.setattr(program, "CHUNK", chunk)
        found = count(once, other, once, "", once, other)
        assert (found["odd"], found["rows"]) == (expected, 5)


def test_what_cannot_be_read_says_why() -> None:
    for content, problem in [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"\x00\x01\x02\x03", "unreadable"),
        (b"PK\x03\x04 no", "unreadable"),
        (b"%PDF-1.7\nDate,Type\n", "unreadable"),
        (b"<html><table>", "unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1", "locked"),
        (b"a,b\n1,2", "other_columns"),
        (f"{HEAD}\n".encode() + b'1/5/2026,"drug\n1/6/2026,drug\n', "broken_line"),
        (f"{HEAD}\n".encode() + b'1/5/2026,"' + b"x" * 200_000, "broken_line"),
        ("\n".join([HEAD, *(f"1/5/2026,TYPE {number},,," for number in range(MOST_TYPES + 1))]).encode(), "many_types"),
    ]:
        with pytest.raises(UnreadableWorkbook) as refused:
            count_file(io.BytesIO(content), options())
        assert refused.value.key == problem
    assert count_apart(options(), [b""], lambda _bytes: True)["problem"] == "empty", "so says the program"
    with pytest.raises(UnreadableWorkbook):
        count("1/5/2026,THEFT,1,1,", reading=ColumnMapping("Day", "Type", "Lon", "Lat", epsg=1025))


def test_the_first_rows_are_shown() -> None:
    seen = look_at(io.BytesIO(b"\n\nA;B;A\n1;2\n\n3"))
    assert seen == {"head": ["A", "B", "A (2)"], "rows": [["1", "2"], [], ["3"]], "left_out": []}
    # Of a large file only the beginning is looked at, wherever that ends.
    assert look_at(io.BytesIO(b'A;B\n1;2\n3;"4\n'))["rows"] == [["1", "2"], ["3", "4\n"]]
    two = two_sheets("visible", [["A", "B"], [1, 2]], [["A", "B"], [1, 2]])
    assert look_at(io.BytesIO(two))["left_out"] == ["T"]
    assert list(rows_of(io.BytesIO(two_sheets("hidden"))).each) == [["second"]]
    assert count_apart({}, [b"A;B\n" + b"1;2\n" * 100_000], lambda _bytes: True)["head"] == ["A", "B"]


def test_a_program_that_is_told_to_stop_says_nothing() -> None:
    pieces = [f"{HEAD}\n".encode(), b"1/5/2026,THEFT,,,\n" * 1000]
    assert count_apart(options(), pieces, lambda so_far: so_far < 100) == {"problem": "too_much"}


@settings(max_examples=40)
@given(st.binary(max_size=300))
def test_no_file_breaks_the_program(content: bytes) -> None:
    for start in (b"", f"{HEAD}\n".encode()):
        try:
            found = count_file(io.BytesIO(start + content), options())
        except UnreadableWorkbook:
            continue
        assert found["rows"] >= sum(number for _kind, area, _month, number in found["cells"] if area == 9)
        assert found["first"] is None or date.fromisoformat(found["first"]) <= date(2026, 3, 20)
