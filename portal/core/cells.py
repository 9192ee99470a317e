"""Cells of tables: what they are called, whole numbers in them, and what is wrong where. Pure: no sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

SINCE_1900, SINCE_1904 = date(1899, 12, 30), date(1904, 1, 1)
"""From which day programs for tables number the others: those of today, and those of older Macs."""


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong, where it stands, and what stands there."""

    key: str
    line: int = 0
    column: str = ""
    said: str = ""
    more: Mapping[str, int | str] = field(default_factory=dict)
    """What else its sentence names."""


def letter(index: int) -> str:
    """What programs for tables call a column: A, B … Z, AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def said(cell: object) -> str:
    """What stands in a cell, without spaces around it. Programs for tables store 12 as 12.0 and show it as 12."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def heading(cell: object) -> str:
    """What stands in a heading, however it is written: in small letters, without accents, which many leave out."""
    bare = unicodedata.normalize("NFKD", said(cell).casefold())
    return " ".join("".join(sign for sign in bare if not unicodedata.combining(sign)).split())


def count_of(cell: object) -> int | None:
    """The whole number in a cell, or None if it is none. Programs for tables store 12 as 12.0."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e9 else None
    text = said(cell)
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3}){1,3}", text):
        return int(text.replace(",", ""))
    # What "1.000" means depends on who wrote it: one, or a thousand.
    if not re.fullmatch(r"-?[0-9]{1,9}([.,]0{1,2}|\.0{4,20})?", text):
        return None
    return int(re.split("[.,]", text)[0])
