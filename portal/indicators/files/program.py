"""The program that counts a file of incidents by type, area and month, in a process that receives no secret.

From stdin JSON options and the file, to stdout JSON: only counts and a few examples. No web process imports it.
"""

from __future__ import annotations

import codecs
import io
import json
import resource
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from typing import IO, Any
from zipfile import BadZipFile, ZipFile
from zoneinfo import ZoneInfo

import numpy as np
import pyproj
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from portal.core import sheets
from portal.core.cells import letter
from portal.core.sheets import UTF_16, UnreadableWorkbook, day_zero
from portal.indicators.files import mapping
from portal.indicators.files.geometry import AreaTally, Array, Points, drawings
from portal.indicators.files.mapping import LON_LAT, DateOrder, DrawingTask
from portal.indicators.statistics.terms import type_key

MOST_WORKBOOK = 40 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
"""Bytes: about 400,000 rows of eight columns; the library needs two and a half times as much memory."""
START = 4096


@dataclass(frozen=True)
class Rows:
    """The rows of a file in order; empty lines are empty rows. Iterating may raise `UnreadableWorkbook`."""

    each: Iterator[list[object]]
    left_out: tuple[str, ...] = ()
    day_zero: date | None = None
    """The day from which serial numbers count; None if the file does not say."""


def rows_of(file: IO[bytes]) -> Rows:
    """Raises `UnreadableWorkbook` if it is no table."""
    # Its first read fills the buffer, and the whole file can still be read after a look at its start.
    whole = io.BufferedReader(file, START * 16)  # type: ignore[type-var]
    start = whole.peek()[:START]
    if sheets.is_workbook(start):
        return _workbook(whole)
    sheets.refuse_no_table(start)
    if b"\x00" in start and not start.startswith(UTF_16):
        raise UnreadableWorkbook
    return Rows(_text(whole, start.startswith(UTF_16)))


def _as_older_machines(error: UnicodeError) -> tuple[str, int]:
    """Decode bytes that are not UTF-8 as Windows-1252, wherever in the file they occur."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("as_older_machines", _as_older_machines)


def _text(file: IO[bytes], wide: bool) -> Iterator[list[object]]:
    encoding = "utf-16" if wide else "utf-8-sig"
    errors = "replace" if wide else "as_older_machines"
    text = io.TextIOWrapper(file, encoding, errors, newline="")
    blank, first = 0, text.readline()
    while first and not first.strip():
        blank, first = blank + 1, text.readline()
    yield from ([] for _line in range(blank))
    line = blank
    delimiter, said_so = sheets.told_delimiter(first)
    if said_so:
        line, first = line + 1, text.readline()
        yield []
    try:
        yield from sheets.rows_in(chain([first], text), delimiter or sheets.delimiter_of(first))  # type: ignore[misc]
    except UnreadableWorkbook as reason:
        raise UnreadableWorkbook(reason.key, line + reason.line) from reason


def _workbook(file: IO[bytes]) -> Rows:
    content = file.read(MOST_WORKBOOK + 1)
    if len(content) > MOST_WORKBOOK:
        raise UnreadableWorkbook("workbook_too_large")
    try:
        with ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise UnreadableWorkbook("workbook_too_large")
            begins = day_zero(packed)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(sheets.visible_index(book))
        # The library leaves out the empty rows above the first cell with content; line numbers must include them.
        above: Iterator[list[object]] = ([] for _line in range(sheet.start[0] if sheet.start else 0))
        rows: Iterator[Any] = chain(above, sheet.iter_rows())
        return Rows(rows, tuple(sheets.names_beside(book)), begins)
    except PasswordError as error:
        raise UnreadableWorkbook("locked") from error
    except (BadZipFile, CalamineError, EOFError, IndexError, OSError, RuntimeError, ValueError, zlib.error) as error:
        raise UnreadableWorkbook from error


def to_degrees(epsg: int) -> Any:
    """Return a function from a projection's x and y to degrees. Raises `UnreadableWorkbook` if there is no such one."""
    if epsg == LON_LAT:
        return lambda x, y: (x, y)
    try:
        change = pyproj.Transformer.from_crs(epsg, LON_LAT, always_xy=True)
    except pyproj.exceptions.CRSError:
        raise UnreadableWorkbook("no_projection") from None
    return lambda x, y: tuple(np.where(np.isfinite(side), side, np.nan) for side in change.transform(x, y))


def numbers(cells: Sequence[object]) -> Array:
    try:
        # Fast path: usually all cells are plain numbers.
        values = np.fromiter(map(float, cells), float, len(cells))  # type: ignore[arg-type,type-var]
    except (ValueError, TypeError):
        values = np.array([np.nan if number is None else number for number in map(mapping.number_in, cells)])
    return np.where(np.isfinite(values), values, np.nan)


CHUNK = 20_000
HEAD_ROWS = 200
EXAMPLES = 20
MOST_TYPES = 500
LONGEST = 80
MOST_MEMORY = 2 * 1024**3
MOST_SECONDS = 600
NO_DAY = {
    mapping.UNREADABLE: "no_date",
    mapping.EMPTY: "date_missing",
    mapping.ODD: "odd_date",
    mapping.UNSURE: "numbered_date",
}


class Kinds(dict[object, int]):
    """Indices of incident types in order of first appearance; `names` holds each type as first written."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self._keys: dict[str, int] = {}

    def __missing__(self, cell: object) -> int:
        name = " ".join(("" if cell is None else str(cell)).split())[:LONGEST]
        key = type_key(name)
        if key not in self._keys:
            if len(self.names) >= MOST_TYPES:
                raise UnreadableWorkbook("many_types")
            self._keys[key] = len(self.names)
            self.names.append(name)
        self[cell] = self._keys[key]
        return self._keys[key]


class IncidentTally:
    def __init__(self, options: dict[str, Any], head: Sequence[str], day_zero: date | None) -> None:
        self.reading = reading = mapping.from_json(options["reading"])
        self.at = {name: list(head).index(column) for name, column in reading.columns.items()}
        self.today = today = date.fromisoformat(options["today"])
        self.days = mapping.Days(DateOrder(reading.order), ZoneInfo(options["zone"]), today, day_zero)
        self.kinds = Kinds()
        self.areas = AreaTally(options["areas"])
        self.city: int | None = options["city"]
        self.to_degrees = to_degrees(reading.epsg)
        self.placebos = {key: AreaTally(enumerate(outlines)) for key, outlines in options.get("placebos", ())}
        self.tasks = [DrawingTask(**task) for task in options.get("draw", ())]
        self.points: list[Points] = []
        """Of the whole file, if areas are to be drawn among them."""
        self.by_kind: Counter[int] = Counter()
        self.by_month: Counter[int] = Counter()
        self.odd: Counter[str] = Counter()
        self.examples: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        """The first occurrences of a problem: line, column, text of the cell."""
        self.seen: dict[int, int] = {}
        """The first line of each row by its hash. Two different rows share one once in ten million large files."""
        self.rows = self.outside = self.inside = 0
        self.first = self.last = 0

    def add(self, rows: Sequence[Sequence[object]], line: int) -> None:
        numbered = [(at, row) for at, row in enumerate(rows, line) if any(cell not in (None, "") for cell in row)]
        if not numbered:
            return
        lines, rows = np.array([at for at, _row in numbered]), [row for _at, row in numbered]
        self.rows += len(rows)
        for at, row in numbered:
            first = self.seen.setdefault(hash(tuple(map(str, row))), at)
            if first != at:
                self._note("row_again", [0], [at], "", [str(first)])
        dates, kinds = self._column(rows, "date"), self._column(rows, "kind")
        days = np.fromiter(map(self.days.__getitem__, dates), np.int64, len(rows))
        types = np.fromiter(map(self.kinds.__getitem__, kinds), np.int64, len(rows))
        self.by_kind.update(dict(enumerate(np.bincount(types).tolist())))
        for reason, key in NO_DAY.items():
            self._note(key, np.flatnonzero(days == reason), lines, letter(self.at["date"]), dates)
        x, y = self._places(rows, lines)
        self._count(days, types, x, y)

    def _column(self, rows: Sequence[Sequence[object]], name: str) -> list[object]:
        index = self.at[name]
        return [row[index] if index < len(row) else "" for row in rows]

    def _note(self, key: str, where: Array, lines: Array, column: str, cells: Sequence[object]) -> None:
        if len(where):
            self.odd[key] += len(where)
            for index in where[: EXAMPLES - len(self.examples[key])]:
                text = "" if cells[index] is None else str(cells[index])
                self.examples[key].append((int(lines[index]), column, text[:LONGEST]))

    def _places(self, rows: Sequence[Sequence[object]], lines: Array) -> tuple[Array, Array]:
        cells = self._column(rows, "x")
        if self.at["x"] == self.at["y"]:
            pairs = np.array([mapping.pair_in(cell) or (np.nan, np.nan) for cell in cells], float)
            x, y = pairs[:, 0].copy(), pairs[:, 1].copy()
        else:
            x, y = numbers(cells), numbers(self._column(rows, "y"))
        # Coordinates 0, 0 are a placeholder for an unknown position.
        x[(x == 0) & (y == 0)] = np.nan
        x, y = self.to_degrees(x, y)
        lost = np.flatnonzero(~(np.isfinite(x) & np.isfinite(y)))
        self._note("no_place", lost, lines, letter(self.at["x"]), cells)
        return x, y

    def _count(self, days: Array, types: Array, x: Array, y: Array) -> None:
        dated = days > 0
        if not dated.any():
            return
        # Months since year 0, from ordinals of days.
        ago = np.where(dated, days, 1) - date(1970, 1, 1).toordinal()
        months = ago.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
        first, last = int(days[dated].min()), int(days[dated].max())
        self.first, self.last = min(self.first or first, first), max(self.last, last)
        for month, number in zip(*np.unique(months[dated], return_counts=True), strict=True):
            self.by_month[int(month)] += int(number)
        if self.city is not None:
            self.areas.put(self.city, types[dated], months[dated])
        placed = dated & np.isfinite(x) & np.isfinite(y)
        points = Points(x[placed], y[placed], types[placed], months[placed])
        for tally in self.placebos.values():
            tally.add(points)
        if self.tasks:
            self.points.append(points)
        anywhere = self.areas.add(points)
        self.inside += int(anywhere.sum())
        self.outside += int((~anywhere).sum())

    def result(self) -> dict[str, Any]:
        first, last = (date.fromordinal(day) if day else None for day in (self.first, self.last))
        whole = mapping.coverage(first, last, self.today)
        return {
            "placebos": {key: tally.packed() for key, tally in self.placebos.items()},
            "drawn": drawings(self.tasks, self.points, self.kinds.names, self.reading, whole),
            **{name: getattr(self, name) for name in ("rows", "inside", "outside")},
            "types": [[name, self.by_kind[number]] for number, name in enumerate(self.kinds.names)],
            "months": {_written(month): number for month, number in sorted(self.by_month.items())},
            "cells": [
                [kind, area_id, _written(month), number] for (area_id, kind, month), number in self.areas.cells.items()
            ],
            "areas": [*self.areas.shapes] + ([] if self.city is None else [self.city]),
            "odd": {key: [number, self.examples[key]] for key, number in self.odd.items()},
            "first": first.isoformat() if first else None,
            "last": last.isoformat() if last else None,
        }


def _written(month: int) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}"


def count_file(file: IO[bytes], options: dict[str, Any]) -> dict[str, Any]:
    """Count a whole file. Raises `UnreadableWorkbook` if it cannot be read or its columns do not fit the mapping."""
    table = rows_of(file)
    line, head = _head(table.each)
    if not mapping.from_json(options["reading"]).fits(head):
        raise UnreadableWorkbook("other_columns")
    tally = IncidentTally(options, head, table.day_zero)
    while chunk := list(islice(table.each, CHUNK)):
        tally.add(chunk, line + 1)
        line += len(chunk)
    return tally.result()


def look_at(file: IO[bytes]) -> dict[str, Any]:
    """Return headings, first rows and names of unread sheets. Raises `UnreadableWorkbook` if there are none."""
    table = rows_of(file)
    _line, head = _head(table.each)
    rows: list[list[str]] = []
    try:
        for row in islice(table.each, HEAD_ROWS):
            rows.append(["" if cell is None else str(cell)[:LONGEST] for cell in row])  # noqa: PERF401 - kept if it ends
    except UnreadableWorkbook:
        # Only the beginning of a large file is sent, and it may be cut within quotation marks.
        if not rows:
            raise
    return {"head": head, "rows": rows, "left_out": list(table.left_out)}


def _head(rows: Iterator[list[object]]) -> tuple[int, list[str]]:
    for line, row in enumerate(rows, 1):
        if any(cell not in (None, "") for cell in row):
            return line, mapping.unique(row)
    raise UnreadableWorkbook("empty")


def main() -> None:
    """Read options and file from stdin and write the result to stdout; an unreadable file is a result too."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    options = json.loads(sys.stdin.buffer.readline())
    try:
        result = count_file(sys.stdin.buffer, options) if "reading" in options else look_at(sys.stdin.buffer)
    except UnreadableWorkbook as reason:
        result = {"problem": reason.key, "line": reason.line}
    json.dump(result, sys.stdout)
