"""The cells of a CSV or XLSX file. What somebody sends may be broken, huge or meant to harm: nothing of it is run."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain
from typing import NamedTuple

from portal.core.cells import Wrong
from portal.core.workbooks import Unreadable, sheet_of, sheets_beside

__all__ = (
    "Cells",
    "Unreadable",
    "cells_of",
    "decoded",
    "delimiter_of",
    "is_workbook",
    "left_out",
    "refuse_no_table",
    "rows_in",
    "told_delimiter",
    "workbook",
)

MOST_BYTES = 512 * 1024
MOST_UNPACKED = 20 * 1024 * 1024
"""A file of some kilobytes can hold gigabytes of nothing."""
DELIMITERS = ",;\t|"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


OF_A_DOCUMENT = (b"%PDF-", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
"""A locked XLSX is packed like the files of programs before 2007."""
SEP = re.compile(r"\"?sep=([,;\t|])\"?(?=\r?\n|\r)", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


class Cells(NamedTuple):
    """A table row by row, and its cells whose content is not in the file; those are read as empty ones."""

    rows: list[list[object]]
    lost: Sequence[Wrong] = ()

    def all_wrong(self, *others: Iterable[Wrong]) -> list[Wrong]:
        """What is lost and what else is wrong, each place once: a cell that is lost is not said to be empty too."""
        lost = {(one.line, one.column) for one in self.lost}
        rest = [one for one in chain(*others) if not one.line or (one.line, one.column) not in lost]
        return sorted([*self.lost, *rest], key=lambda one: (one.line, len(one.column), one.column))


def cells_of(content: bytes, most_bytes: int = MOST_BYTES, most_unpacked: int = MOST_UNPACKED) -> Cells:
    """The cells of the first sheet. Raises `Unreadable`."""
    if len(content) > most_bytes:
        raise Unreadable("file_too_large")
    return workbook(content, most_unpacked) if is_workbook(content) else Cells(_text(content))


def is_workbook(start: bytes) -> bool:
    """Whether a file that starts like this is an XLSX."""
    return start.startswith(b"PK\x03\x04")


def workbook(content: bytes, most_unpacked: int = MOST_UNPACKED) -> Cells:
    """The cells of the first sheet of an XLSX that is not hidden. Raises `Unreadable`."""
    sheet, lost = sheet_of(content, most_unpacked)
    return Cells([list(row) for row in sheet.to_python(skip_empty_area=False)], lost)


def left_out(content: bytes) -> list[str]:
    """The sheets of an XLSX that are not read, though whoever opens it can see them; nothing of what cannot be read."""
    return sheets_beside(content) if is_workbook(content) else []


def refuse_no_table(start: bytes) -> None:
    """Raise `Unreadable` for what begins like another kind of file, whatever it is called."""
    if start.startswith(OLD_OFFICE):
        raise Unreadable("locked")
    plain = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if plain.startswith(OF_A_DOCUMENT) or plain[:1] == b"<":
        raise Unreadable


def delimiter_of(head: str) -> str:
    """What parts the cells of a line: whichever of the usual signs is there most often."""
    return max(DELIMITERS, key=head.count)


def told_delimiter(text: str) -> tuple[str, str]:
    """What parts the cells, if the first line says so for Excel ("sep=;"), and that line without its end."""
    found = SEP.match(text)
    return (found[1], found[0]) if found else ("", "")


def _text(content: bytes) -> list[list[object]]:
    refuse_no_table(content)
    text = decoded(content)
    if CONTROL.search(text):
        raise Unreadable
    delimiter, said_so = told_delimiter(text)
    # The line that says so stays as an empty one: people count lines in their program.
    text = text[len(said_so) :]
    delimiter = delimiter or delimiter_of(text.lstrip().partition("\n")[0])
    return [list(row) for row in rows_in(StringIO(text, newline=""), delimiter)]


def rows_in(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Row by row. Raises `Unreadable` where a quotation mark is missing: all that is below it would be in one cell."""
    record: list[str] = []
    number, last = 0, ""
    try:
        for row in csv.reader(_kept(lines, record), delimiter=delimiter):
            number, last = number + 1, record[0] if len(record) == 1 else "".join(record)
            record.clear()
            yield row
    except csv.Error as error:
        raise Unreadable("broken_line", number + 1) from error
    if _is_open(last, delimiter):
        raise Unreadable("broken_line", number)


def _kept(lines: Iterable[str], record: list[str]) -> Iterator[str]:
    for line in lines:
        record.append(line)
        yield line


def _is_open(record: str, delimiter: str) -> bool:
    """Whether the last row ends within quotation marks, as only a strict reader says."""
    try:
        list(csv.reader([record], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return str(error) == "unexpected end of data"
    return False


def decoded(content: bytes) -> str:
    """The text of a file of any program for tables. Raises `Unreadable`."""
    if content.startswith(UTF_16):
        return content.decode("utf-16", "replace")
    if b"\x00" in content:
        raise Unreadable
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What programs for tables write on older machines.
        return content.decode("cp1252", "replace")
