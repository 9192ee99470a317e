"""Cells of spreadsheets: column names, whole numbers, and errors with their place. Pure; makes no sentences."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from portal.core.texted import unaccented

SINCE_1900, SINCE_1904 = date(1899, 12, 30), date(1904, 1, 1)
"""The days from which spreadsheet programs count dates: current ones, and those of older Macs."""


@dataclass(frozen=True)
class Wrong:
    """One error in a table, its place, and the text found there."""

    key: str
    line: int = 0
    column: str = ""
    said: str = ""
    more: Mapping[str, int | str] = field(default_factory=dict)
    """Further values for the error's sentence."""


def letter(index: int) -> str:
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def said(cell: object) -> str:
    """Return the text of a cell without surrounding spaces. Spreadsheets store 12 as 12.0 and show it as 12."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def heading(cell: object) -> str:
    """Return the text of a heading, normalised: lower case and without accents, which many writers leave out."""
    return " ".join(unaccented(said(cell).casefold()).split())


def count_of(cell: object) -> int | None:
    """Return the whole number in a cell, or None if it holds none. Spreadsheets store 12 as 12.0."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e9 else None
    text = said(cell)
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3}){1,3}", text):
        return int(text.replace(",", ""))
    # "1.000" is ambiguous: one or a thousand, depending on the writer.
    if not re.fullmatch(r"-?[0-9]{1,9}([.,]0{1,2}|\.0{4,20})?", text):
        return None
    return int(re.split("[.,]", text)[0])


BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV (RFC 4180). Text that begins like a formula gets an apostrophe."""
    written = io.StringIO()
    for row in rows:
        cells = (f"'{cell}" if isinstance(cell, str) and cell.startswith(BEGINS_FORMULA) else cell for cell in row)
        csv.writer(written).writerow(cells)
    return written.getvalue()
