"""Mappings of incident files: months covered, columns and types, and measures with missing types."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from portal.core.cells import heading
from portal.indicators.files.cells import DateOrder, number_in, pair_in, propose_order
from portal.indicators.statistics.terms import month_of, plus, span, type_key


@dataclass(frozen=True)
class Coverage:
    """The ended months of a file, and the first and last month that it seems to cover fully (None if there is none)."""

    months: tuple[date, ...]
    first: date | None
    last: date | None

    @property
    def partial(self) -> tuple[date, ...]:
        """Months that begin before the first day of the file or end after its last one."""
        return tuple(
            month
            for month in self.months
            if self.first is None or self.last is None or not self.first <= month <= self.last
        )


def coverage(first: date | None, last: date | None, today: date) -> Coverage:
    """Return the coverage of a file with these first and last days. A month that has not ended is never complete."""
    if first is None or last is None:
        return Coverage((), None, None)
    over = plus(month_of(today), -1)
    months = tuple(span(month_of(first), min(month_of(last), over)))
    begins = month_of(first) if first.day == 1 else plus(month_of(first), 1)
    ends = month_of(last) if (last + timedelta(days=1)).day == 1 else plus(month_of(last), -1)
    ends = min(ends, over)
    return Coverage(months, begins, ends) if begins <= ends else Coverage(months, None, None)


IGNORED, TOTAL_ONLY = "-ignored", "-total"
"""Choices for a type besides a measure: not counted, or counted in the total only."""
LON_LAT = 4326
NONE = ""
# Fragments of headings in published files, the most specific first.
TELLING = {
    "date": (
        *("occurred", "incident date", "call date", "date_rept", "report date", "reported", "datetime", "date"),
        *("fecha", "created", "time"),
    ),
    "kind": (
        *("offense", "nature", "crime type", "incident type", "call type", "problem", "category", "type"),
        *("description", "delito", "tipo", "crime", "descr"),
    ),
    "x": ("longitude", "longitud", "lon", "lng", "long", "x_coord", "xcoord", "point_x", "geox", "x", "easting"),
    "y": ("latitude", "latitud", "lat", "y_coord", "ycoord", "point_y", "geoy", "y", "northing"),
}
POINTS = ("location", "geom", "point", "georeference", "the_geom", "coordinates", "wkt", "shape")
SHORT_NAMES = 3
"""Headings of at most this length, such as x or lat, must match entirely."""
EXAMPLES = 200


@dataclass(frozen=True)
class ColumnMapping:
    """The column headings of an incident file by meaning, their formats, and the measure of each type.

    `x` and `y` may name one column with both coordinates. `epsg`: the projection. `total`: the measure that every row
    also counts in. `types`: a measure's key, `IGNORED` or `TOTAL_ONLY`, by the type in lower case.
    """

    date: str = NONE
    kind: str = NONE
    x: str = NONE
    y: str = NONE
    order: str = DateOrder.MDY
    epsg: int = LON_LAT
    total: str = NONE
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, str]:
        named = {name: getattr(self, name) for name in ("date", "kind", "x", "y")}
        return {name: said for name, said in named.items() if said}

    def fits(self, head: Sequence[str]) -> bool:
        """Return whether a file with these headings can be read without asking the member again."""
        return len(self.columns) == 4 and set(self.columns.values()) <= set(head)

    def measures_of(self, kind: str) -> list[str] | None:
        """Return the keys of the measures that a type counts in; None while it is undecided."""
        choice = self.types.get(type_key(kind))
        if choice is None:
            return None
        if choice == IGNORED:
            return []
        own = [] if choice == TOTAL_ONLY else [choice]
        return own + [self.total] * (bool(self.total) and self.total not in own)

    @property
    def measures(self) -> set[str]:
        keys = {key for key in self.types.values() if not key.startswith("-")}
        return keys | ({self.total} if self.total else set())


def from_json(kept: Mapping[str, Any]) -> ColumnMapping:
    """Return a mapping that was stored by `asdict`; fields that no longer exist are dropped."""
    fields = {name: kept[name] for name in ColumnMapping.__dataclass_fields__ if name in kept}
    return ColumnMapping(**fields)


def unique(head: Sequence[object]) -> list[str]:
    """Return unique headings: a second "Date" becomes "Date (2)", an empty one in column 3 "(3)"."""
    names: list[str] = []
    for number, cell in enumerate(head, 1):
        name = " ".join(str(cell or "").split()) or f"({number})"
        again = sum(known == name or known.startswith(f"{name} (") for known in names)
        names.append(f"{name} ({again + 1})" if again else name)
    return names


def propose(head: Sequence[str], rows: Sequence[Sequence[object]]) -> ColumnMapping:
    """Propose a mapping from headings and first rows, for a member to check."""
    columns: dict[str, Any] = {name: _column(head, signs) for name, signs in TELLING.items()}
    if not (columns["x"] and columns["y"]):
        # One column may have both coordinates, as "POINT (-79.8 36.2)" or "(36.2, -79.8)".
        columns["x"] = columns["y"] = NONE
        for name in (name for name in head if any(sign in heading(name) for sign in POINTS)):
            cells = [cell for cell in _cells(head, rows, name) if cell not in (None, "")]
            if cells and all(map(pair_in, cells)):
                columns["x"] = columns["y"] = name
                break
    xs, ys = (_cells(head, rows, columns[name]) for name in ("x", "y"))
    if columns["x"] == columns["y"]:
        pairs = [pair for cell in xs if (pair := pair_in(cell))]
    else:
        numbers = ((number_in(x), number_in(y)) for x, y in zip(xs, ys, strict=False))
        pairs = [(x, y) for x, y in numbers if x is not None and y is not None]
    # Numbers that can be no degrees are in a projection, which the member has to choose.
    epsg = LON_LAT if all(abs(x) <= 180 and abs(y) <= 90 for x, y in pairs) else 0
    return ColumnMapping(**columns, order=propose_order(_cells(head, rows, columns["date"])), epsg=epsg)


def _column(head: Sequence[str], signs: Sequence[str]) -> str:
    for sign in signs:
        for name in head:
            plain = heading(name).replace("_", " ").replace("-", " ")
            is_it = plain == sign if len(sign) <= SHORT_NAMES else sign.replace("_", " ") in plain
            if is_it:
                return name
    return NONE


def _cells(head: Sequence[str], rows: Sequence[Sequence[object]], name: str) -> list[object]:
    if not name:
        return []
    index = list(head).index(name)
    return [row[index] for row in rows[:EXAMPLES] if index < len(row)]


def left_alone(reading: ColumnMapping, names: Collection[str]) -> set[str]:
    """Return the measures of which a file has no row though files of its source have types of them.

    Their figures stay as they are: what was not sent is not taken for zero. `names`: the types in the file.
    """
    there = {key for name in names for key in reading.measures_of(name) or ()}
    return {key for key in reading.types.values() if not key.startswith("-") and key not in there | {reading.total}}


# Order matters: "drug paraphernalia" is equipment, not narcotics; "robbery" is violent, not "theft".
WORDS = (
    ("drug_equipment", r"paraphernalia|drug equip|utensilios"),
    ("narcotics", r"\bdrugs?\b|narc|controlled sub|cocaine|heroin|marij|opioid|\bcds\b|drogas?|estupefac"),
    ("violent", r"homicide|murder|manslaughter|robbery|agg\w*\.? ?\w* ?assault|shooting|rape|homicidio|agresi|asesin"),
    ("property", r"burglar|theft|larceny|stolen|auto ?theft|shoplift|break\w* ?(and|&) ?enter|robo|hurto"),
    ("nuisance", r"vandal|trespass|disorder|nuisance|loud|noise|loiter|prostit|public (intox|drunk)|graffiti|desorden"),
)
OF_CALLS = {"narcotics": "drug_calls", "drug_equipment": "drug_calls"}


def propose_type(kind: str, total: str) -> str:
    """Propose a measure's key or `TOTAL_ONLY` for a type; "" if no word matches and there is no total."""
    low = kind.casefold()
    measure = next((key for key, words in WORDS if re.search(words, low)), "")
    if total == "calls":
        # A call about an offense is not yet a recorded offense.
        return OF_CALLS.get(measure, TOTAL_ONLY)
    return measure or (TOTAL_ONLY if total else "")


@dataclass(frozen=True)
class DrawingTask:
    """The placebo areas to draw for a place: similar to `outline`, clear of all areas in `clear_of`, by this seed."""

    market: int
    outline: str
    clear_of: Sequence[str]
    seed: str
    inputs: str
    measure: str
    until: str | None = None
    """The month of the call-in, which is no longer before."""


class UploadState(StrEnum):
    SENT = "sent"
    """Not yet read by a worker."""
    ASKING = "asking"
    """The first rows are known; the member maps the columns."""
    WAITING = "waiting"
    COUNTED = "counted"
    FAILED = "failed"


FOR_WORKERS = (UploadState.SENT, UploadState.WAITING)
