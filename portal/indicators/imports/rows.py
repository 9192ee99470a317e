"""The rows of a file as it comes in: a CSV in any of the usual encodings, or an XLSX, which is read as a whole."""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import IO
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from portal.core.sheets import UTF_16, delimiter_of, is_workbook, refuse_no_table, rows_in, told_delimiter
from portal.core.workbooks import Unreadable as NoTable
from portal.core.workbooks import day_zero, names_beside, visible_index

MOST_WORKBOOK = 40 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
"""About 400,000 rows of eight columns; the library takes two and a half times as much memory as that."""
START = 4096


class Unreadable(Exception):
    """This is no table, or none that can be read further than `line`."""

    def __init__(self, problem: str, line: int = 0) -> None:
        super().__init__(problem)
        self.problem, self.line = problem, line


@dataclass(frozen=True)
class Rows:
    """A file as it comes in: row by row, an empty line is an empty row; what is going on raises `Unreadable`."""

    each: Iterator[list[object]]
    left_out: tuple[str, ...] = ()
    """The sheets that are not read."""
    day_zero: date | None = None
    """From which day bare numbers count; None if the file does not say."""


def rows_of(file: IO[bytes]) -> Rows:
    """The rows, and what the file says of itself. Raises `Unreadable`."""
    start = file.read(START)
    if is_workbook(start):
        return _workbook(start, file)
    try:
        refuse_no_table(start)
    except NoTable as reason:
        raise Unreadable(reason.key) from reason
    if b"\x00" in start and not start.startswith(UTF_16):
        raise Unreadable("unreadable")
    return Rows(_text(io.BufferedReader(_Joined(start, file), START * 16), start.startswith(UTF_16)))


class _Joined(io.RawIOBase):
    """A file whose beginning was read already."""

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
    """A byte that is no UTF-8 is taken for what older machines wrote, wherever in the file it turns up."""
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
    delimiter, said_so = told_delimiter(first)
    if said_so:
        line, first = line + 1, text.readline()
        yield []
    try:
        yield from rows_in(chain([first], text), delimiter or delimiter_of(first))  # type: ignore[misc]
    except NoTable as reason:
        raise Unreadable(reason.key, line + reason.line) from reason


def _workbook(start: bytes, file: IO[bytes]) -> Rows:
    content = start + file.read(MOST_WORKBOOK + 1 - len(start))
    if len(content) > MOST_WORKBOOK:
        raise Unreadable("workbook_too_large")
    try:
        with ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise Unreadable("workbook_too_large")
            begins = day_zero(packed)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(visible_index(book))
        return Rows(_rows_of_sheet(sheet), tuple(names_beside(book)), begins)
    except PasswordError as error:
        raise Unreadable("locked") from error
    except (BadZipFile, CalamineError, EOFError, IndexError, OSError, RuntimeError, ValueError, zlib.error) as error:
        raise Unreadable("unreadable") from error


def _rows_of_sheet(sheet: CalamineSheet) -> Iterator[list[object]]:
    # Rows above the first that holds something are not told by the library.
    yield from ([] for _line in range(sheet.start[0] if sheet.start else 0))
    yield from sheet.iter_rows()  # type: ignore[misc]
