"""Parsing of tables of monthly counts: a line for each count, or a column for each month. No part exceeds its whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from portal.core.cells import Wrong, count_of, heading, letter, said
from portal.indicators.files.mapping import century
from portal.indicators.statistics.terms import month_of

MOST_BYTES = 2 * 1024 * 1024
MOST_LINES, MOST_COLUMNS, MOST_COUNT = 20_000, 400, 10_000_000
AREA, MEASURE, MONTH, VALUE, IGNORED = "area", "measure", "month", "value", "ignored"
FIRST_YEAR = 1980
LONGEST = 40
MONTH_NAMES = (
    "january february march april may june july august september october november december",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "- - - - - - - - setiembre - - -",
)
Rows = Sequence[Sequence[object]]


class CountCell(NamedTuple):
    line: int
    column: str
    area: str
    measure: str
    month_on: date
    value: int


@dataclass
class MonthsTable:
    cells: list[CountCell] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    lines: int = 0
    """Those that are not empty, without the header."""
    area_column: str = ""
    measure_column: str = ""


class Head(NamedTuple):
    """The columns by what they hold; `months` are those of a table with a column for each month, by index."""

    columns: Mapping[str, int]
    ignored: frozenset[int]
    months: Mapping[int, date]


def read_months(rows: Rows, headings: Mapping[str, str], today: date) -> MonthsTable:
    """Read rows of cells. `headings`: the meaning of a column by its heading in lower case."""
    table = MonthsTable()
    first = next((number for number, row in enumerate(rows) if any(said(cell) for cell in row)), None)
    if first is None:
        table.wrong.append(Wrong("empty"))
    elif len(rows) > MOST_LINES or max(len(row) for row in rows) > MOST_COLUMNS:
        table.wrong.append(Wrong("too_large"))
    else:
        head = _head(rows[first], first + 1, headings, table)
        table.area_column, table.measure_column = (letter(head.columns.get(holds, 0)) for holds in (AREA, MEASURE))
        for number, row in enumerate(rows[first + 1 :] if not table.wrong else (), first + 2):
            if any(said(cell) for cell in row):
                table.lines += 1
                _read_line(row, number, head, table, today)
        if not table.wrong and not table.cells:
            table.wrong.append(Wrong("no_counts"))
    return table


def month_in(cell: object) -> date | None:
    """Return the month in a cell: "2026-03", "202603", "3/2026", "03/01/2026", "Mar-26", "marzo de 2026", or a date."""
    if isinstance(cell, datetime | date):
        return month_of(cell.date() if isinstance(cell, datetime) else cell)
    text = said(cell)[:LONGEST].casefold()
    if parts := re.fullmatch(r"(\d{4})[-/]?(\d\d)|(\d{4})[-/](\d{1,2})(?:[-/]0?1)?(?:[t ]00:00(?::00)?)?", text):
        return _month(int(parts[1] or parts[3]), int(parts[2] or parts[4]))
    if parts := re.fullmatch(r"(\d{1,2})[-/](?:0?1[-/])?(\d{4})", text):
        return _month(int(parts[2]), int(parts[1]))
    # Spreadsheets turn the "2026-03" of our template into "Mar-26".
    if parts := re.fullmatch(r"([a-z]{3,10})\.?(?:[-/ ,]|del?){1,4}['’]?(\d{4}|\d\d)", text):
        name, year = parts.groups()
        every = (names.split() for names in MONTH_NAMES)
        numbers = {number for names in every for number, month in enumerate(names, 1) if month.startswith(name)}
        if len(numbers) == 1:
            return _month(int(year) if len(year) == 4 else century(int(year)), numbers.pop())
    return None


def _month(year: int, month: int) -> date | None:
    return date(year, month, 1) if FIRST_YEAR <= year <= 2999 and 1 <= month <= 12 else None


def _head(row: Sequence[object], line: int, headings: Mapping[str, str], table: MonthsTable) -> Head:
    columns: dict[str, int] = {}
    months: dict[date, int] = {}
    ignored: set[int] = set()
    for index, cell in enumerate(row):
        if not said(cell):
            continue
        holds, month = headings.get(heading(cell)), month_in(cell)
        # Ignored columns may repeat.
        first = columns.get(holds) if holds else months.get(month) if month else None
        if holds is None and month is None:
            table.wrong.append(Wrong("unknown_column", line, letter(index), said(cell)))
        elif first is not None:
            more = {"first_column": letter(first), "first": said(row[first])}
            table.wrong.append(Wrong("column_twice", line, letter(index), said(cell), more))
        elif holds == IGNORED:
            ignored.add(index)
        elif holds is not None:
            columns[holds] = index
        elif month is not None:
            months[month] = index
    if not table.wrong:
        needed = (AREA, MEASURE) if months else (AREA, MEASURE, MONTH, VALUE)
        table.wrong += [Wrong(f"no_{name}_column", line) for name in needed if name not in columns]
    return Head(columns, frozenset(ignored), {index: month for month, index in months.items()})


def _read_line(row: Sequence[object], number: int, head: Head, table: MonthsTable, today: date) -> None:
    names = {}
    for holds in (AREA, MEASURE):
        index = head.columns.get(holds, 0)
        names[holds] = said(row[index]) if index < len(row) else ""
    counts = list(_months_of(row, number, head, table))
    for holds, name in names.items():
        if counts and not name:
            table.wrong.append(Wrong(f"no_{holds}", number, letter(head.columns.get(holds, 0))))
    for index, month in counts:
        value = count_of(row[index])
        if value is None or not 0 <= value <= MOST_COUNT:
            table.wrong.append(Wrong("no_count", number, letter(index), said(row[index])))
        elif month >= month_of(today):
            table.wrong.append(Wrong("month_to_come", number, letter(index), f"{month:%Y-%m}"))
        elif names[AREA] and names[MEASURE]:
            table.cells.append(CountCell(number, letter(index), names[AREA], names[MEASURE], month, value))


def _months_of(row: Sequence[object], number: int, head: Head, table: MonthsTable) -> list[tuple[int, date]]:
    named = {*head.columns.values(), *head.ignored, *head.months}
    for index, cell in enumerate(row):
        if said(cell) and index not in named:
            table.wrong.append(Wrong("no_heading", number, letter(index), said(cell)))
    if head.months:
        return [(index, month) for index, month in head.months.items() if index < len(row) and said(row[index])]
    at, value = head.columns.get(MONTH, 0), head.columns.get(VALUE, 0)
    if value >= len(row):
        table.wrong.append(Wrong("short_line", number))
    elif said(row[value]):
        cell = row[at] if at < len(row) else ""
        if (month := month_in(cell)) is not None:
            return [(value, month)]
        table.wrong.append(Wrong("no_month" if said(cell) else "month_missing", number, letter(at), said(cell)))
    return []


def counted_twice(first: CountCell, again: CountCell) -> Wrong:
    """Both lines are named, since only the sender knows which one is right."""
    return Wrong(
        "count_twice", again.line, again.column, f"{again.area}, {again.measure}", {"first_line": str(first.line)}
    )


Spot = tuple[int, int, date]


def more_than_whole(
    new: Mapping[Spot, int], standing: Mapping[Spot, int], whole_of: Mapping[int, int]
) -> Iterator[tuple[Spot, int, int]]:
    """Yield (spot, part, whole), each once, where a part would exceed its whole. `whole_of`: its id by the part's."""
    after = {**standing, **new}
    for spot, value in new.items():
        area, measure, month = spot
        whole = after.get((area, whole_of[measure], month)) if measure in whole_of else None
        if whole is not None and value > whole:
            yield spot, value, whole
        for part in (key for key, of in whole_of.items() if of == measure):
            of_it = (area, part, month)
            if of_it not in new and standing.get(of_it, 0) > value:
                yield spot, standing[of_it], value


def groups_over_whole(
    new: Mapping[Spot, int], standing: Mapping[Spot, int], whole_of: Mapping[int, int]
) -> Iterator[tuple[Spot, int, int]]:
    """Yield (spot, sum, whole) where parts that exclude each other would add up to more than their whole, each once."""
    after = {**standing, **new}
    seen: set[Spot] = set()
    for area, measure, month in new:
        whole = (area, whole_of.get(measure, measure), month)
        spots = [(area, part, month) for part, of in whole_of.items() if of == whole[1]]
        parts = [after[spot] for spot in spots if spot in after]
        if whole not in seen and whole in after and max(parts, default=0) <= after[whole] < sum(parts):
            yield (area, measure, month), sum(parts), after[whole]
        seen.add(whole)
