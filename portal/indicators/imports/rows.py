"""Reading of uploaded files as rows: CSV in common encodings as a stream, XLSX as a whole; and geometry to count in.

Used by the counting process only; loads numpy, shapely and pyproj.
"""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import pyproj
import shapely
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from portal.core import sheets
from portal.core.sheets import UTF_16, UnreadableWorkbook, day_zero
from portal.indicators.imports.cells import number_in
from portal.indicators.imports.mapping import LON_LAT

MOST_WORKBOOK = 40 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
"""Bytes: about 400,000 rows of eight columns; the library needs two and a half times as much memory."""
START = 4096


class UnreadableRows(Exception):
    """The file is no table, or cannot be read beyond `line`."""

    def __init__(self, problem: str, line: int = 0) -> None:
        super().__init__(problem)
        self.problem, self.line = problem, line


@dataclass(frozen=True)
class Rows:
    """The rows of a file in order; empty lines are empty rows. Iterating may raise `UnreadableRows`."""

    each: Iterator[list[object]]
    left_out: tuple[str, ...] = ()
    """The names of sheets that are not read."""
    day_zero: date | None = None
    """The day from which serial numbers count; None if the file does not say."""


def rows_of(file: IO[bytes]) -> Rows:
    """Return the rows of a file. Raise `UnreadableRows` if it is no table."""
    start = file.read(START)
    if sheets.is_workbook(start):
        return _workbook(start, file)
    try:
        sheets.refuse_no_table(start)
    except UnreadableWorkbook as reason:
        raise UnreadableRows(reason.key) from reason
    if b"\x00" in start and not start.startswith(UTF_16):
        raise UnreadableRows("unreadable")
    return Rows(_text(io.BufferedReader(_Joined(start, file), START * 16), start.startswith(UTF_16)))


class _Joined(io.RawIOBase):
    """A file whose beginning was already read."""

    def __init__(self, start: bytes, file: IO[bytes]) -> None:
        self._start, self._file = start, file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._start or self._file.read(len(buffer))
        part, self._start = piece[: len(buffer)], piece[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _as_older_machines(error: UnicodeError) -> tuple[str, int]:
    """Decode bytes that are not UTF-8 as Windows-1252, wherever in the file they occur."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("as_older_machines", _as_older_machines)


def _text(file: io.BufferedReader, wide: bool) -> Iterator[list[object]]:
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
        raise UnreadableRows(reason.key, line + reason.line) from reason


def _workbook(start: bytes, file: IO[bytes]) -> Rows:
    content = start + file.read(MOST_WORKBOOK + 1 - len(start))
    if len(content) > MOST_WORKBOOK:
        raise UnreadableRows("workbook_too_large")
    try:
        with ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise UnreadableRows("workbook_too_large")
            begins = day_zero(packed)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(sheets.visible_index(book))
        return Rows(_rows_of_sheet(sheet), tuple(sheets.names_beside(book)), begins)
    except PasswordError as error:
        raise UnreadableRows("locked") from error
    except (BadZipFile, CalamineError, EOFError, IndexError, OSError, RuntimeError, ValueError, zlib.error) as error:
        raise UnreadableRows("unreadable") from error


def _rows_of_sheet(sheet: CalamineSheet) -> Iterator[list[object]]:
    # The library leaves out the empty rows above the first cell with content; line numbers must include them.
    yield from ([] for _line in range(sheet.start[0] if sheet.start else 0))
    yield from sheet.iter_rows()  # type: ignore[misc]


Array = Any


@dataclass(frozen=True)
class CountingShape:
    """An area to count in, with its bounds as a fast test."""

    area_id: int
    geometry: Any
    bounds: tuple[float, float, float, float]


def shape(area_id: int, outline: str) -> CountingShape:
    """Return the shape of an area from its GeoJSON outline."""
    geometry = shapely.from_geojson(outline)
    shapely.prepare(geometry)
    return CountingShape(area_id, geometry, geometry.bounds)


def inside(shape: CountingShape, x: Array, y: Array, placed: Array) -> Array:
    """Return the indices of the points in an area, boundary included. A point in several areas counts in each."""
    west, south, east, north = shape.bounds
    near = np.flatnonzero(placed & (x >= west) & (x <= east) & (y >= south) & (y <= north))
    return near[shapely.intersects_xy(shape.geometry, x[near], y[near])] if len(near) else near


def to_degrees(epsg: int) -> Any:
    """Return a function that converts x and y from a projection to degrees. Raise `UnreadableRows` if it is unknown."""
    if epsg == LON_LAT:
        return lambda x, y: (x, y)
    try:
        change = pyproj.Transformer.from_crs(epsg, LON_LAT, always_xy=True)
    except pyproj.exceptions.CRSError:
        raise UnreadableRows("no_projection") from None
    return lambda x, y: tuple(np.where(np.isfinite(side), side, np.nan) for side in change.transform(x, y))


def numbers(cells: Sequence[object]) -> Array:
    """Return the numbers in cells, NaN where there is none."""
    try:
        # Fast path: usually all cells are plain numbers.
        found = np.fromiter(map(float, cells), float, len(cells))  # type: ignore[arg-type,type-var]
    except (ValueError, TypeError):
        found = np.array([np.nan if number is None else number for number in map(number_in, cells)])
    return np.where(np.isfinite(found), found, np.nan)
