"""XLSX files, opened without trusting them: a few bytes can say that they hold a million rows, or unpack to gigabytes.

The library sets aside room for every cell between the first and the last one, and ends the process if it gets none.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from portal.core.cells import SINCE_1900, SINCE_1904, Wrong

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MOST_CELLS = 4_000_000
"""In the rectangle that a sheet takes up: some 100 MB."""
MOST_LOST = 1_000
"""So many cells whose content is lost are told."""
PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,8})(\d{1,12})["']""")
# Attributes hold no "<", and few signs: so that no file, however it is made, is searched again and again.
EMPTY_FORMULA = re.compile(
    rb"""<(?:\w{1,20}:)?c\s[^<>]{0,200}?\br\s{0,9}=\s{0,9}["']([A-Z]{1,8})(\d{1,12})["'][^<>]{0,200}>\s{0,99}"""
    rb"""<(?:\w{1,20}:)?f\b[^<>]{0,500}?(?:/>|>[^<]*</(?:\w{1,20}:)?f>)\s{0,99}"""
    rb"""(?:<(?:\w{1,20}:)?v\s{0,9}/>|<(?:\w{1,20}:)?v>\s{0,99}</(?:\w{1,20}:)?v>)?\s{0,99}</"""
)
ERROR = re.compile(
    rb"""<(?:\w{1,20}:)?c\s(?=[^<>]{0,200}\bt\s{0,9}=\s{0,9}["']e["'])[^<>]{0,200}?"""
    rb"""\br\s{0,9}=\s{0,9}["']([A-Z]{1,8})(\d{1,12})["']"""
)
SHEET = re.compile(rb"<(?:\w{1,20}:)?sheet\s[^<>]*>")
RELATION = re.compile(rb"<(?:\w{1,20}:)?Relationship\s[^<>]*>")
PROPERTIES = re.compile(rb"<(?:\w{1,20}:)?workbookPr\s[^<>]*>")
ROOT = re.compile(rb"<(?:\w{1,20}:)?workbook\b")
BEFORE_SHEETS = 1024 * 1024
"""So far into its own part a workbook says what holds for all of it."""


class Unreadable(Exception):
    """This is no table that can be read: why, and where if that is known."""

    def __init__(self, key: str = "unreadable", line: int = 0, column: str = "") -> None:
        super().__init__(key)
        self.key, self.line, self.column = key, line, column


def sheet_of(content: bytes, most_unpacked: int, most_cells: int = MOST_CELLS) -> tuple[CalamineSheet, Sequence[Wrong]]:
    """The first sheet that is not hidden, and its cells whose content is lost. Raises `Unreadable`."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    parts = _unpacked(content, most_unpacked)
    if any(_cells(part) > most_cells for part in parts.values()):
        raise Unreadable("file_too_large")
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        index = visible_index(book)
        return book.get_sheet_by_index(index), _lost_cells(_part_of(parts, index))
    except PasswordError as error:
        raise Unreadable("locked") from error
    except (CalamineError, IndexError, ValueError, OSError) as error:
        raise Unreadable from error


def visible_index(book: CalamineWorkbook) -> int:
    """Which sheet is read: the first that somebody who opens the file can see."""
    return next(iter(_shown(book)), 0)


def sheets_beside(content: bytes) -> list[str]:
    """The names of the sheets with cells that somebody who opens a file can see beside the one that is read."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return names_beside(CalamineWorkbook.from_filelike(BytesIO(content)))
    except (CalamineError, ValueError, OSError):
        return []


def names_beside(book: CalamineWorkbook) -> list[str]:
    """The same of a workbook that is open."""
    return [book.sheet_names[at] for at in _shown(book)[1:] if book.get_sheet_by_index(at).start is not None]


def day_zero(packed: ZipFile) -> date | None:
    """The day that is 0 in a workbook, which a bare number counts from; None for a kind of file that we cannot ask."""
    name = next((one for one in packed.namelist() if one.lower() == "xl/workbook.xml"), None)
    if name is None:
        return None
    with packed.open(name) as part:
        said = part.read(BEFORE_SHEETS)
    if not ROOT.search(said):
        return None
    properties = PROPERTIES.search(said)
    is_1904 = properties is not None and _attribute(properties[0], b"date1904") in (b"1", b"true")
    return SINCE_1904 if is_1904 else SINCE_1900


def _shown(book: CalamineWorkbook) -> list[int]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    wanted = (SheetVisibleEnum.Visible, SheetTypeEnum.WorkSheet)
    return [at for at, one in enumerate(book.sheets_metadata) if (one.visible, one.typ) == wanted]


def _unpacked(content: bytes, most: int) -> dict[str, bytes]:
    """All parts, as large as they really are, whatever the file says."""
    parts: dict[str, bytes] = {}
    try:
        with ZipFile(BytesIO(content)) as packed:
            for one in packed.infolist():
                # Read on until it really ends: what it says of its size may be a lie.
                one.file_size = most + 2
                with packed.open(one) as part:
                    parts[one.filename] = part.read(most + 1)
                most -= len(parts[one.filename])
                if most < 0:
                    raise Unreadable("file_too_large")
    except (BadZipFile, EOFError, OSError, RuntimeError, ValueError, zlib.error) as error:
        raise Unreadable from error
    return parts


def _cells(part: bytes) -> int:
    """How many cells lie between the first one and the farthest that a part names."""
    rows, letters = 1, {b"A"}
    for column, row in PLACE.findall(part):
        rows = max(rows, int(row))
        letters.add(column.upper())
    return rows * max(map(_number, letters))


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _lost_cells(part: bytes) -> list[Wrong]:
    """Formulas whose result is not in the file, and errors such as #N/A: they would be read as empty cells."""
    kinds = (("formula", EMPTY_FORMULA), ("error_cell", ERROR))
    found = (Wrong(key, int(one[2]), one[1].decode()) for key, kind in kinds for one in kind.finditer(part))
    return list(islice(found, MOST_LOST))


def _part_of(parts: dict[str, bytes], index: int) -> bytes:
    sheets = SHEET.findall(parts.get("xl/workbook.xml", b""))
    wanted = _attribute(sheets[index], rb"\w+:id") if index < len(sheets) else b""
    for one in RELATION.findall(parts.get("xl/_rels/workbook.xml.rels", b"")):
        if wanted and _attribute(one, rb"Id") == wanted:
            target = _attribute(one, rb"Target").decode("utf-8", "replace")
            return parts.get(target.removeprefix("/"), parts.get(f"xl/{target}", b""))
    return b""


def _attribute(tag: bytes, name: bytes) -> bytes:
    found = re.search(rb"\s" + name + rb"""\s*=\s*["']([^"']*)["']""", tag)
    return found[1] if found else b""
