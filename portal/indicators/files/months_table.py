"""Parsing of tables of monthly counts, with a line for each count or a column for each month."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from portal.core.cells import Wrong, count_of, heading, letter, said
from portal.indicators.files.cells import century
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


@dataclass(frozen=True)
class CountCell:
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
    """The number of lines that are not empty, without the header."""
    area_column: str = ""
    measure_column: str = ""


@dataclass(frozen=True)
class Head:
    """The meaning of the columns by index; `months` are those of a table with a column for each month."""

    columns: Mapping[int, str]
    months: Mapping[int, date]

    def index(self, holds: str) -> int | None:
        return next((index for index, held in self.columns.items() if held == holds), None)


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
        table.area_column, table.measure_column = (letter(head.index(holds) or 0) for holds in (AREA, MEASURE))
        for number, row in enumerate(rows[first + 1 :] if not table.wrong else (), first + 2):
            if any(said(cell) for cell in row):
                table.lines += 1
                _read_line(row, number, head, table, today)
        _find_twice(table)
        if not table.wrong and not table.cells:
            table.wrong.append(Wrong("no_counts"))
    return table


def month_in(cell: object) -> date | None:
    """Return the month in a cell: "2026-03", "202603", "3/2026", "03/01/2026", "Mar-26", "marzo de 2026", or a date."""
    if isinstance(cell, datetime | date):
        return month_of(cell.date() if isinstance(cell, datetime) else cell)
    text = said(cell)[:LONGEST].casefold()
    found = re.fullmatch(r"(\d{4})[-/]?(\d\d)|(\d{4})[-/](\d{1,2})(?:[-/]0?1)?(?:[t ]00:00(?::00)?)?", text)
    if found:
        return _month(int(found[1] or found[3]), int(found[2] or found[4]))
    found = re.fullmatch(r"(\d{1,2})[-/](?:0?1[-/])?(\d{4})", text)
    return _month(int(found[2]), int(found[1])) if found else _named(text)


def _named(text: str) -> date | None:
    """Return a month written by name. Spreadsheets turn the "2026-03" of our template into "Mar-26"."""
    found = re.fullmatch(r"([a-z]{3,10})\.?(?:[-/ ,]|del?){1,4}['’]?(\d{4}|\d\d)", text)
    name, year = found.groups() if found else ("", "")
    numbers = [number for names in MONTH_NAMES for number, one in enumerate(names.split(), 1) if one.startswith(name)]
    if not found or len(set(numbers)) != 1:
        return None
    return _month(int(year) if len(year) == 4 else century(int(year)), numbers[0])


def _month(year: int, month: int) -> date | None:
    return date(year, month, 1) if FIRST_YEAR <= year <= 2999 and 1 <= month <= 12 else None


def _head(row: Sequence[object], line: int, headings: Mapping[str, str], table: MonthsTable) -> Head:
    columns: dict[int, str] = {}
    months: dict[int, date] = {}
    for index, cell in enumerate(row):
        if not said(cell):
            continue
        holds, month = headings.get(heading(cell)), month_in(cell)
        if holds is None and month is None:
            table.wrong.append(Wrong("unknown_column", line, letter(index), said(cell)))
        elif (first := _column_of(holds, month, columns, months)) is not None:
            more = {"first_column": letter(first), "first": said(row[first])}
            table.wrong.append(Wrong("column_twice", line, letter(index), said(cell), more))
        elif holds is not None:
            columns[index] = holds
        elif month is not None:
            months[index] = month
    if not table.wrong:
        table.wrong += [Wrong(f"no_{name}_column", line) for name in _missing(set(columns.values()), bool(months))]
    return Head(columns, months)


def _column_of(
    holds: str | None, month: date | None, columns: Mapping[int, str], months: Mapping[int, date]
) -> int | None:
    """Return the column that already has this meaning. Ignored columns may repeat."""
    if holds is None:
        return next((index for index, one in months.items() if one == month), None)
    return next((index for index, one in columns.items() if one == holds != IGNORED), None)


def _missing(columns: set[str], has_months: bool) -> list[str]:
    needed = [AREA, MEASURE] if has_months else [AREA, MEASURE, MONTH, VALUE]
    return [name for name in needed if name not in columns]


def _read_line(row: Sequence[object], number: int, head: Head, table: MonthsTable, today: date) -> None:
    names = {}
    for holds in (AREA, MEASURE):
        index = head.index(holds) or 0
        names[holds] = said(row[index]) if index < len(row) else ""
    counts = list(_months_of(row, number, head, table))
    for holds, name in names.items():
        if counts and not name:
            table.wrong.append(Wrong(f"no_{holds}", number, letter(head.index(holds) or 0)))
    for index, month in counts:
        value = count_of(row[index])
        if value is None or not 0 <= value <= MOST_COUNT:
            table.wrong.append(Wrong("no_count", number, letter(index), said(row[index])))
        elif month >= month_of(today):
            table.wrong.append(Wrong("month_to_come", number, letter(index), f"{month:%Y-%m}"))
        elif names[AREA] and names[MEASURE]:
            table.cells.append(CountCell(number, letter(index), names[AREA], names[MEASURE], month, value))


def _months_of(row: Sequence[object], number: int, head: Head, table: MonthsTable) -> list[tuple[int, date]]:
    for index, cell in enumerate(row):
        if said(cell) and index not in head.columns and index not in head.months:
            table.wrong.append(Wrong("no_heading", number, letter(index), said(cell)))
    if head.months:
        return [(index, month) for index, month in head.months.items() if index < len(row) and said(row[index])]
    at, value = head.index(MONTH) or 0, head.index(VALUE) or 0
    if value >= len(row):
        table.wrong.append(Wrong("short_line", number))
        return []
    if not said(row[value]):
        return []
    cell = row[at] if at < len(row) else ""
    month = month_in(cell)
    if month is None:
        table.wrong.append(Wrong("no_month" if said(cell) else "month_missing", number, letter(at), said(cell)))
        return []
    return [(value, month)]


def _find_twice(table: MonthsTable) -> None:
    seen: dict[tuple[str, str, date], CountCell] = {}
    for one in table.cells:
        cell = (heading(one.area), heading(one.measure), one.month_on)
        if (first := seen.setdefault(cell, one)) is not one:
            table.wrong.append(counted_twice(first, one))


def counted_twice(first: CountCell, again: CountCell) -> Wrong:
    """Report a count that is given twice. Both lines are named, since only the sender knows which one is right."""
    return Wrong(
        "count_twice", again.line, again.column, f"{again.area}, {again.measure}", {"first_line": str(first.line)}
    )
