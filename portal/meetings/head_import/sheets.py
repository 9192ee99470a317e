"""The cells of a CSV or XLSX file. What somebody sends may be broken, huge or meant to harm: nothing of it is run."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from zipfile import BadZipFile, ZipFile

MOST_BYTES = 512 * 1024
MOST_UNPACKED = 20 * 1024 * 1024
"""A file of some kilobytes can hold gigabytes of nothing."""


class Unreadable(Exception):
    """This is no table."""


def cells_of(content: bytes) -> list[list[object]]:
    """The cells of the first sheet, row by row. Raises `Unreadable`."""
    if len(content) > MOST_BYTES:
        raise Unreadable
    return _workbook(content) if content.startswith(b"PK\x03\x04") else _text(content)


def _workbook(content: bytes) -> list[list[object]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with ZipFile(BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise Unreadable
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
        return [list(row) for row in sheet.to_python(skip_empty_area=False)]
    except (BadZipFile, CalamineError, IndexError, ValueError, OSError) as error:
        raise Unreadable from error


def _text(content: bytes) -> list[list[object]]:
    if b"\x00" in content:
        raise Unreadable
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What programs for tables write on older machines.
        text = content.decode("cp1252", "replace")
    head = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        return [list(row) for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise Unreadable from error
