"""Coordinates in cells, alone or two in one."""

from __future__ import annotations

import re
from math import isfinite

NUMBER = r"[-+]?\d{1,20}(?:\.\d{1,20})?"
WKT = re.compile(rf"(?:SRID=\d{{1,6}};)?\s?POINT\s?Z?\s?\(\s?({NUMBER})\s{{1,3}}({NUMBER})", re.IGNORECASE)
LAT_LON = re.compile(rf"\(?\s?({NUMBER})\s?[,;]\s{{0,3}}({NUMBER})\s?\)?$")
LONGEST = 300


def number_in(cell: object) -> float | None:
    """A number in a cell: 1234.5, "1,234.5", "1234,5"."""
    if isinstance(cell, bool) or cell is None:
        return None
    try:
        found = float(cell if isinstance(cell, int | float) else _with_a_point(str(cell)[:LONGEST].strip()))
    except (ValueError, OverflowError):
        return None
    return found if isfinite(found) else None


def _with_a_point(text: str) -> str:
    if "," not in text:
        return text
    # One comma alone parts the decimals, as much of the world writes; several, or one before a point, part thousands.
    return text.replace(",", "") if "." in text or text.count(",") > 1 else text.replace(",", ".")


def pair_in(cell: object) -> tuple[float, float] | None:
    """Two coordinates in a cell, x first: of "POINT (-79.8 36.2)", or of "(36.2, -79.8)", where latitude is first."""
    text = "" if cell is None else str(cell)[:LONGEST].strip()
    if found := WKT.match(text):
        return float(found[1]), float(found[2])
    # Addresses may stand before it, as some portals export them.
    found = LAT_LON.search(text[text.rfind("(") :] if "(" in text else text)
    return (float(found[2]), float(found[1])) if found else None
