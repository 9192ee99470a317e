"""The cells of an uploaded CSV or XLSX file, and sentences about its errors.

The file may be broken, huge or malicious: nothing in it is executed. The XLSX library allocates every cell between the
first and the last one, and aborts the process if memory runs out, so sizes are checked before it is called.
"""

from __future__ import annotations

import codecs
import csv
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import reduce
from io import BytesIO, StringIO
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple
from zipfile import BadZipFile, ZipFile

from portal.core.cells import SINCE_1900, SINCE_1904, Wrong

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

MOST_CELLS = 4_000_000
"""Limit for the rectangle that a sheet spans: some 100 MB."""
MOST_LOST = 1_000
"""At most this many cells with lost content are reported."""
PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,8})(\d{1,12})["']""")
# Attributes contain no "<", and repetitions are bounded, so that no crafted file causes repeated searches.
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
"""Bytes of the workbook's part within which its global properties stand."""


class UnreadableWorkbook(Exception):
    """The file is no readable table: the reason's key, and the line if it is known."""

    def __init__(self, key: str = "unreadable", line: int = 0) -> None:
        super().__init__(key)
        self.key, self.line = key, line


def visible_index(book: CalamineWorkbook) -> int:
    return next(iter(_shown(book)), 0)


def names_beside(book: CalamineWorkbook) -> list[str]:
    """Return the names of visible sheets with cells besides the one that is read."""
    return [book.sheet_names[at] for at in _shown(book)[1:] if book.get_sheet_by_index(at).start is not None]


def day_zero(packed: ZipFile) -> date | None:
    """Return the day that is 0 in a workbook, from which bare numbers count; None for unknown kinds of files."""
    name = next((one for one in packed.namelist() if one.lower() == "xl/workbook.xml"), None)
    if name is None:
        return None
    with packed.open(name) as part:
        beginning = part.read(BEFORE_SHEETS)
    if not ROOT.search(beginning):
        return None
    properties = PROPERTIES.search(beginning)
    is_1904 = properties is not None and _attribute(properties[0], b"date1904") in (b"1", b"true")
    return SINCE_1904 if is_1904 else SINCE_1900


def _shown(book: CalamineWorkbook) -> list[int]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    wanted = (SheetVisibleEnum.Visible, SheetTypeEnum.WorkSheet)
    return [at for at, one in enumerate(book.sheets_metadata) if (one.visible, one.typ) == wanted]


def _unpacked(content: bytes, most: int) -> dict[str, bytes]:
    """Return all parts, limited by their actual size, whatever the file declares."""
    parts: dict[str, bytes] = {}
    try:
        with ZipFile(BytesIO(content)) as packed:
            for one in packed.infolist():
                # Read to the actual end: the declared size may be a lie.
                one.file_size = most + 2
                with packed.open(one) as part:
                    parts[one.filename] = part.read(most + 1)
                most -= len(parts[one.filename])
                if most < 0:
                    raise UnreadableWorkbook("file_too_large")
    except (BadZipFile, EOFError, OSError, RuntimeError, ValueError, zlib.error) as error:
        raise UnreadableWorkbook from error
    return parts


def _cells(part: bytes) -> int:
    """Return the number of cells between the first one and the farthest that a part names."""
    rows, columns = 1, {b"A"}
    for column, row in PLACE.findall(part):
        rows = max(rows, int(row))
        columns.add(column.upper())
    return rows * max(reduce(lambda number, letter: number * 26 + letter - 64, column, 0) for column in columns)


def _part_of(parts: dict[str, bytes], index: int) -> bytes:
    sheets = SHEET.findall(parts.get("xl/workbook.xml", b""))
    wanted = _attribute(sheets[index], rb"\w+:id") if index < len(sheets) else b""
    for one in RELATION.findall(parts.get("xl/_rels/workbook.xml.rels", b"")):
        if wanted and _attribute(one, rb"Id") == wanted:
            target = _attribute(one, rb"Target").decode("utf-8", "replace")
            return parts.get(target.removeprefix("/"), parts.get(f"xl/{target}", b""))
    return b""


def _attribute(tag: bytes, name: bytes) -> bytes:
    value = re.search(rb"\s" + name + rb"""\s*=\s*["']([^"']*)["']""", tag)
    return value[1] if value else b""


MOST_BYTES = 512 * 1024
MOST_UNPACKED = 20 * 1024 * 1024
"""A file of some kilobytes can unpack to gigabytes."""
DELIMITERS = ",;\t|"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

OF_A_DOCUMENT = (b"%PDF-", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
"""A locked XLSX is packed like the files of Office before 2007."""
SEP = re.compile(r"\"?sep=([,;\t|])\"?(?=\r?\n|\r)", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


class Cells(NamedTuple):
    """The rows of a table, and its cells whose content is not in the file; those are read as empty ones.

    `beside` has the names of the sheets that are not read.
    """

    rows: list[list[object]]
    lost: Sequence[Wrong] = ()
    beside: Sequence[str] = ()

    def all_wrong(self, *others: Iterable[Wrong]) -> list[Wrong]:
        """Return the lost cells and the other errors, one per place: a lost cell is not also reported as empty."""
        lost = {(one.line, one.column) for one in self.lost}
        rest = [one for one in chain(*others) if not one.line or (one.line, one.column) not in lost]
        return sorted([*self.lost, *rest], key=lambda one: (one.line, len(one.column), one.column))


def cells_of(content: bytes, most_bytes: int = MOST_BYTES) -> Cells:
    """Return the cells of the first sheet. Raises `UnreadableWorkbook`."""
    if len(content) > most_bytes:
        raise UnreadableWorkbook("file_too_large")
    if is_workbook(content):
        return workbook(content)
    refuse_no_table(content)
    text = decoded(content)
    if CONTROL.search(text):
        raise UnreadableWorkbook
    delimiter, declaration = told_delimiter(text)
    # The declaring line stays as an empty one, since people count lines in their program.
    text = text[len(declaration) :]
    delimiter = delimiter or delimiter_of(text.lstrip().partition("\n")[0])
    return Cells([list(row) for row in rows_in(StringIO(text, newline=""), delimiter)])


def is_workbook(start: bytes) -> bool:
    return start.startswith(b"PK\x03\x04")


def workbook(content: bytes) -> Cells:
    """Return the cells of the first visible sheet of an XLSX. Raises `UnreadableWorkbook`."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    parts = _unpacked(content, MOST_UNPACKED)
    if any(_cells(part) > MOST_CELLS for part in parts.values()):
        raise UnreadableWorkbook("file_too_large")
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        index = visible_index(book)
        sheet, part, beside = book.get_sheet_by_index(index), _part_of(parts, index), names_beside(book)
    except PasswordError as error:
        raise UnreadableWorkbook("locked") from error
    except (CalamineError, IndexError, ValueError, OSError) as error:
        raise UnreadableWorkbook from error
    # Formulas without a stored result, and errors such as #N/A: they would be read as empty cells.
    kinds = (("formula", EMPTY_FORMULA), ("error_cell", ERROR))
    lost = (Wrong(key, int(cell[2]), cell[1].decode()) for key, kind in kinds for cell in kind.finditer(part))
    return Cells([list(row) for row in sheet.to_python(skip_empty_area=False)], list(islice(lost, MOST_LOST)), beside)


def refuse_no_table(start: bytes) -> None:
    """Raise `UnreadableWorkbook` for content that begins like another kind of file, whatever its name."""
    if start.startswith(OLD_OFFICE):
        raise UnreadableWorkbook("locked")
    plain = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if plain.startswith(OF_A_DOCUMENT) or plain[:1] == b"<":
        raise UnreadableWorkbook


def delimiter_of(head: str) -> str:
    return max(DELIMITERS, key=head.count)


def told_delimiter(text: str) -> tuple[str, str]:
    """Return the delimiter that a first line declares for Excel ("sep=;"), and that line without its end."""
    declared = SEP.match(text)
    return (declared[1], declared[0]) if declared else ("", "")


def rows_in(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Yield rows. Raises `UnreadableWorkbook` at an unclosed quotation mark: all below would be in one cell."""
    record: list[str] = []
    number, last = 0, ""
    try:
        for row in csv.reader(_kept(lines, record), delimiter=delimiter):
            number, last = number + 1, record[0] if len(record) == 1 else "".join(record)
            record.clear()
            yield row
    except csv.Error as error:
        raise UnreadableWorkbook("broken_line", number + 1) from error
    if _is_open(last, delimiter):
        raise UnreadableWorkbook("broken_line", number)


def _kept(lines: Iterable[str], record: list[str]) -> Iterator[str]:
    for line in lines:
        record.append(line)
        yield line


def _is_open(record: str, delimiter: str) -> bool:
    """Return whether the last row ends within quotation marks, which only a strict reader reports."""
    try:
        list(csv.reader([record], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return str(error) == "unexpected end of data"
    return False


def decoded(content: bytes) -> str:
    """Return the text of a file of any spreadsheet program. Raises `UnreadableWorkbook`."""
    if content.startswith(UTF_16):
        return content.decode("utf-16", "replace")
    if b"\x00" in content:
        raise UnreadableWorkbook
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # The encoding of spreadsheet programs on older machines.
        return content.decode("cp1252", "replace")
