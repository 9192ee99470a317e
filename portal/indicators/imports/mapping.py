"""Addresses by their block, made alike: "1200 BLK OF Elm Street" and "12XX elm st" are the same place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from portal.core.cells import Wrong, heading, letter, said
from portal.indicators.imports.cells import DateOrder, number_in, pair_in, propose_order
from portal.indicators.measures import month_of, plus, span

LEFT_OUT = frozenset("block blk of cuadra de la el del".split())
SHORT = {
    "street": "st",
    "str": "st",
    "avenue": "ave",
    "av": "ave",
    "boulevard": "blvd",
    "road": "rd",
    "drive": "dr",
    "lane": "ln",
    "court": "ct",
    "place": "pl",
    "highway": "hwy",
    "parkway": "pkwy",
    "circle": "cir",
    "terrace": "ter",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "and": "&",
}
MOST_BLOCKS = 100_000
LONGEST = 200
TEXT, X, Y = "block", "x", "y"
Block = tuple[str, float, float]


def plain_block(text: str) -> str:
    """What two ways to write the same block have in common."""
    bare = unicodedata.normalize("NFKD", text[:LONGEST]).encode("ascii", "ignore").decode().casefold()
    words = re.findall(r"[a-z0-9]+|&", bare)
    if words and re.fullmatch(r"\d*xx", words[0]):
        # Some cities hide the last two digits in this way.
        words[0] = words[0].replace("x", "0")
    elif words and re.fullmatch(r"\d{3,5}", words[0]):
        words[0] = words[0][:-2] + "00"
    return " ".join(SHORT.get(word, word) for word in words if word not in LEFT_OUT)


def read_blocks(rows: Sequence[Sequence[object]], headings: Mapping[str, str]) -> tuple[list[Block], list[Wrong]]:
    """A table of blocks with where each is; `headings` says what a column with such a heading holds."""
    first = next((number for number, row in enumerate(rows) if any(said(cell) for cell in row)), None)
    if first is None or len(rows) > MOST_BLOCKS:
        return [], [Wrong("empty" if first is None else "too_large")]
    columns = {headings[heading(cell)]: index for index, cell in enumerate(rows[first]) if heading(cell) in headings}
    missing = [Wrong(f"no_{name}_column", first + 1) for name in (TEXT, X, Y) if name not in columns]
    if missing:
        return [], missing
    blocks: list[Block] = []
    wrong: list[Wrong] = []
    for line, row in enumerate(rows[first + 1 :], first + 2):
        cells = {name: row[index] if index < len(row) else "" for name, index in columns.items()}
        if not said(cells[TEXT]):
            continue
        numbers = [_number(cells[name]) for name in (X, Y)]
        for name, value in zip((X, Y), numbers, strict=True):
            if value is None:
                wrong.append(Wrong("no_number", line, letter(columns[name]), said(cells[name])))
        if numbers[0] is not None and numbers[1] is not None:
            blocks.append((plain_block(said(cells[TEXT])), numbers[0], numbers[1]))
    return blocks, wrong or ([] if blocks else [Wrong("empty")])


def _number(cell: object) -> float | None:
    value = number_in(cell)
    return value if value is not None and abs(value) < 1e9 else None


def by_text(blocks: Iterable[Sequence[object]]) -> dict[str, tuple[float, float]]:
    """Where each block is; of two with the same name the first."""
    found: dict[str, tuple[float, float]] = {}
    for text, x, y in blocks:
        found.setdefault(str(text), (float(str(x)), float(str(y))))
    return found


@dataclass(frozen=True)
class Coverage:
    """The months in a file that are over, and those of them that it seems to cover whole; None: not one."""

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
    """What a file covers whose first and last days are these. A month that is not over is never whole."""
    if first is None or last is None:
        return Coverage((), None, None)
    over = plus(month_of(today), -1)
    months = tuple(span(month_of(first), min(month_of(last), over)))
    begins = month_of(first) if first.day == 1 else plus(month_of(first), 1)
    ends = month_of(last) if (last + timedelta(days=1)).day == 1 else plus(month_of(last), -1)
    ends = min(ends, over)
    return Coverage(months, begins, ends) if begins <= ends else Coverage(months, None, None)


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
SHORT_NAMES = 3
"""Headings as short as x or lat must be the whole heading."""
EXAMPLES = 200


@dataclass(frozen=True)
class ColumnMapping:
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
    order: str = DateOrder.MDY
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


def as_json(reading: ColumnMapping) -> dict[str, Any]:
    """To be kept."""
    return asdict(reading)


def from_json(kept: Mapping[str, Any]) -> ColumnMapping:
    """What was kept; fields that are not known any more are left out."""
    known = {name: kept[name] for name in ColumnMapping.__dataclass_fields__ if name in kept}
    return ColumnMapping(**known)


def unique(head: Sequence[object]) -> list[str]:
    """Headings that differ from each other: the second "Date" is "Date (2)", an empty one "(3)"."""
    found: list[str] = []
    for number, cell in enumerate(head, 1):
        name = " ".join(str(cell or "").split()) or f"({number})"
        again = sum(one == name or one.startswith(f"{name} (") for one in found)
        found.append(f"{name} ({again + 1})" if again else name)
    return found


def propose(head: Sequence[str], rows: Sequence[Sequence[object]]) -> ColumnMapping:
    """What a file with these headings and first rows probably holds; a person looks at it."""
    found: dict[str, Any] = {name: _column(head, signs) for name, signs in TELLING.items()}
    if not (found["x"] and found["y"]):
        both = _point_column(head, rows)
        found |= {"x": both, "y": both}
    if found["block"] and found["block"] in (found["x"], found["y"]):
        found["block"] = NONE
    dates = _cells(head, rows, found["date"])
    reading = ColumnMapping(**found, order=propose_order(dates))
    return replace(reading, epsg=_projection(head, rows, reading))


def _column(head: Sequence[str], signs: Sequence[str]) -> str:
    for sign in signs:
        for name in head:
            plain = heading(name).replace("_", " ").replace("-", " ")
            is_it = plain == sign if len(sign) <= SHORT_NAMES else sign.replace("_", " ") in plain
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


def _projection(head: Sequence[str], rows: Sequence[Sequence[object]], reading: ColumnMapping) -> int:
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


class Fate(StrEnum):
    """What becomes of the figures of a measure of which a type is missing."""

    LEAVE = "leave"
    """They stay as they are."""
    COUNT = "count"
    """They are counted all the same: zero, or from the other types of the measure."""


@dataclass(frozen=True)
class Missing:
    """The types of a measure that are not in a file."""

    types: tuple[str, ...]
    is_whole: bool
    """No other type in the file counts as this measure."""

    @property
    def usual(self) -> Fate:
        """What is done unless somebody says otherwise: that nothing was sent is no zero."""
        return Fate.LEAVE if self.is_whole else Fate.COUNT


def missing(reading: ColumnMapping, names: Collection[str]) -> dict[str, Missing]:
    """By measure, what is missing in a file that holds the types `names`. Of the total nothing can be missing."""
    there = {type_key(name) for name in names}
    counted = {key for name in there for key in reading.measures_of(name) or ()}
    found: dict[str, list[str]] = {}
    for name, key in reading.types.items():
        if name not in there and not key.startswith("-") and key != reading.total:
            found.setdefault(key, []).append(name)
    return {key: Missing(tuple(sorted(types)), key not in counted) for key, types in found.items()}


def left_alone(found: Mapping[str, Missing], said: Mapping[str, tuple[str, bool]]) -> frozenset[str]:
    """The measures whose figures stay. `said`: by measure a fate, and whether all of it was missing when it was chosen.

    A choice does not hold on when a type was sorted anew since, and another question would have to be asked.
    """
    fates = {key: one.usual for key, one in found.items()}
    fates |= {key: Fate(fate) for key, (fate, was) in said.items() if key in found and found[key].is_whole == was}
    return frozenset(key for key, fate in fates.items() if fate == Fate.LEAVE)


# Looked for in this order: "drug paraphernalia" is equipment, "robbery" is no "theft".
WORDS = (
    ("drug_equipment", r"paraphernalia|drug equip|utensilios"),
    ("narcotics", r"\bdrugs?\b|narc|controlled sub|cocaine|heroin|marij|opioid|\bcds\b|drogas?|estupefac"),
    ("violent", r"homicide|murder|manslaughter|robbery|agg\w*\.? ?\w* ?assault|shooting|rape|homicidio|agresi|asesin"),
    ("property", r"burglar|theft|larceny|stolen|auto ?theft|shoplift|break\w* ?(and|&) ?enter|robo|hurto"),
    ("nuisance", r"vandal|trespass|disorder|nuisance|loud|noise|loiter|prostit|public (intox|drunk)|graffiti|desorden"),
)
OF_CALLS = {"narcotics": "drug_calls", "drug_equipment": "drug_calls"}


def propose_type(kind: str, total: str) -> str:
    """The key of a measure, or that it is only one more of the total, or nothing when no word of it tells."""
    low = kind.casefold()
    found = next((key for key, words in WORDS if re.search(words, low)), "")
    if total == "calls":
        # A call about something is not yet that something.
        return OF_CALLS.get(found, TOTAL_ONLY)
    return found or (TOTAL_ONLY if total else "")


class UploadState(StrEnum):
    """How far a file is."""

    SENT = "sent"
    """Nobody has looked into it yet."""
    ASKING = "asking"
    """Its first rows are known; a person says what the columns are."""
    WAITING = "waiting"
    """The columns are known; a worker counts."""
    COUNTED = "counted"
    """A person decides whether it is taken over."""
    FAILED = "failed"


STATES = tuple(state.value for state in UploadState)
FOR_WORKERS = (UploadState.SENT, UploadState.WAITING)
