"""How the files of a source are read, and what is proposed for one that nobody has seen before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from portal.core.cells import heading
from portal.indicators.imports.rules.dates import Order, propose_order
from portal.indicators.imports.rules.numbers import number_in, pair_in

IGNORED, TOTAL_ONLY = "-ignored", "-total"
"""What a type may count as besides a measure: nothing at all, or only as one more of the total."""
LON_LAT = 4326
NONE = ""
# What headings of published files contain, the most telling first.
TELLING = {
    "date": (
        *(
            "occurred",
            "incident date",
            "call date",
            "date_rept",
            "report date",
            "reported",
            "datetime",
            "date",
            "fecha",
        ),
        *("created", "time"),
    ),
    "kind": (
        *(
            "offense",
            "nature",
            "crime type",
            "incident type",
            "call type",
            "problem",
            "category",
            "type",
            "description",
        ),
        *("delito", "tipo", "crime", "descr"),
    ),
    "x": ("longitude", "longitud", "lon", "lng", "long", "x_coord", "xcoord", "point_x", "geox", "x", "easting"),
    "y": ("latitude", "latitud", "lat", "y_coord", "ycoord", "point_y", "geoy", "y", "northing"),
    "block": ("block", "address", "direccion", "dirección", "cuadra", "location", "street"),
    "case": (
        *("case number", "casenum", "case nbr", "case id", "caseid", "incident number", "incidentnum", "incident id"),
        *("report number", "event number", "call number", "dr no", "número de caso", "numero de caso", "expediente"),
    ),
}
POINTS = ("location", "geom", "point", "georeference", "the_geom", "coordinates", "wkt", "shape")
SHORT = 3
"""Headings as short as x or lat must be the whole heading."""
EXAMPLES = 200


@dataclass(frozen=True)
class Reading:
    """Which columns hold what (by their headings), how they are written, and what each type counts as.

    `x` and `y` may be one column that holds both. `epsg`: the projection. `total`: the measure of which every row is
    one more. `types`: a measure's key, or `IGNORED` or `TOTAL_ONLY`, by the type in small letters. `case`: the
    number of the case, if there is one, by which rows are known that come again.
    """

    date: str = NONE
    kind: str = NONE
    x: str = NONE
    y: str = NONE
    block: str = NONE
    order: str = Order.MDY
    epsg: int = LON_LAT
    total: str = NONE
    types: Mapping[str, str] = field(default_factory=dict)
    case: str = NONE

    @property
    def columns(self) -> dict[str, str]:
        """The headings that are needed, by what they hold."""
        named = {name: getattr(self, name) for name in ("date", "kind", "x", "y", "block", "case")}
        return {name: said for name, said in named.items() if said}

    def fits(self, head: Sequence[str]) -> bool:
        """Whether a file with these headings can be read so, without asking anybody."""
        is_placed = bool(self.x and self.y) or bool(self.block)
        return bool(self.date and self.kind and is_placed) and set(self.columns.values()) <= set(head)

    def measures_of(self, kind: str) -> list[str] | None:
        """The keys of the measures as which a type counts; None while nobody has said."""
        said = self.types.get(type_key(kind))
        if said is None:
            return None
        if said == IGNORED:
            return []
        own = [] if said == TOTAL_ONLY else [said]
        return own + [self.total] * (bool(self.total) and self.total not in own)

    @property
    def measures(self) -> set[str]:
        """The keys of all measures that such files count."""
        keys = {key for key in self.types.values() if not key.startswith("-")}
        return keys | ({self.total} if self.total else set())


def type_key(kind: str) -> str:
    """A type however it is written."""
    return " ".join(kind.casefold().split())


def as_json(reading: Reading) -> dict[str, Any]:
    """To be kept."""
    return asdict(reading)


def from_json(kept: Mapping[str, Any]) -> Reading:
    """What was kept; fields that are not known any more are left out."""
    known = {name: kept[name] for name in Reading.__dataclass_fields__ if name in kept}
    return Reading(**known)


def unique(head: Sequence[object]) -> list[str]:
    """Headings that differ from each other: the second "Date" is "Date (2)", an empty one "(3)"."""
    found: list[str] = []
    for number, cell in enumerate(head, 1):
        name = " ".join(str(cell or "").split()) or f"({number})"
        again = sum(one == name or one.startswith(f"{name} (") for one in found)
        found.append(f"{name} ({again + 1})" if again else name)
    return found


def propose(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Reading:
    """What a file with these headings and first rows probably holds; a person looks at it."""
    found: dict[str, Any] = {name: _column(head, signs) for name, signs in TELLING.items()}
    if not (found["x"] and found["y"]):
        both = _point_column(head, rows)
        found |= {"x": both, "y": both}
    if found["block"] and found["block"] in (found["x"], found["y"]):
        found["block"] = NONE
    dates = _cells(head, rows, found["date"])
    reading = Reading(**found, order=propose_order(dates))
    return replace(reading, epsg=_projection(head, rows, reading))


def _column(head: Sequence[str], signs: Sequence[str]) -> str:
    for sign in signs:
        for name in head:
            plain = heading(name).replace("_", " ").replace("-", " ")
            is_it = plain == sign if len(sign) <= SHORT else sign.replace("_", " ") in plain
            if is_it:
                return name
    return NONE


def _point_column(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A column that holds both coordinates, as "POINT (-79.8 36.2)" or "(36.2, -79.8)"."""
    for name in head:
        if any(sign in heading(name) for sign in POINTS):
            cells = [cell for cell in _cells(head, rows, name) if cell not in (None, "")]
            if cells and all(pair_in(cell) for cell in cells):
                return name
    return NONE


def _cells(head: Sequence[str], rows: Sequence[Sequence[object]], name: str) -> list[object]:
    if not name:
        return []
    index = list(head).index(name)
    return [row[index] for row in rows[:EXAMPLES] if index < len(row)]


def _projection(head: Sequence[str], rows: Sequence[Sequence[object]], reading: Reading) -> int:
    """Degrees if the numbers can be degrees; else 0: a person has to say."""
    if not reading.x:
        return LON_LAT
    if reading.x == reading.y:
        pairs = [pair for cell in _cells(head, rows, reading.x) if (pair := pair_in(cell))]
    else:
        columns = (_cells(head, rows, name) for name in (reading.x, reading.y))
        numbers = ((number_in(x), number_in(y)) for x, y in zip(*columns, strict=False))
        pairs = [(x, y) for x, y in numbers if x is not None and y is not None]
    return LON_LAT if all(abs(x) <= 180 and abs(y) <= 90 for x, y in pairs) else 0
