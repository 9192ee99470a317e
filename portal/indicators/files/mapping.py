"""Files of incidents: what their cells say (days, numbers, coordinates), the months they cover, columns and types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from math import isfinite
from typing import Any

from portal.core.cells import SINCE_1900, SINCE_1904, heading, said
from portal.indicators.statistics.terms import month_of, plus, span, type_key

FIRST = date(1980, 1, 1)
UNREADABLE, EMPTY, ODD, UNSURE = -1, -2, -3, -4
"""Values instead of a day's ordinal: unreadable, empty, before 1980 or after today, ambiguous between two days."""
MOST_KEPT = 100_000
LONGEST = 60
MONTHS = "jan|ene feb mar apr|abr may jun jul aug|ago sep|set oct nov dec|dic".split()
LAST = date(2099, 12, 31)
SERIAL = re.compile(r"\d{5}(\.\d+)?")
LIKELY_SECONDS = range(315_532_800, 4_102_444_800)


class DateOrder(StrEnum):
    YMD = "ymd"
    MDY = "mdy"
    DMY = "dmy"


class Days(dict[object, int]):
    """The day in each cell, as an ordinal or a negative reason; of two possible ones, years apart, none is taken."""

    def __init__(self, order: DateOrder, zone: tzinfo, today: date, day_zero: date | None = None) -> None:
        super().__init__()
        self._order, self._zone, self._today = order, zone, today
        self._zeros = (day_zero,) if day_zero else (SINCE_1900, SINCE_1904)

    def __missing__(self, cell: object) -> int:
        # A number in a cell that a spreadsheet would display as a day may be counted from either day.
        zeros = self._zeros if SERIAL.fullmatch(said(cell)) else self._zeros[:1]
        days = {read_day(cell, self._order, self._zone, zero) for zero in zeros} - {None}
        right = [day.toordinal() for day in days if day and FIRST <= day <= self._today]
        if len(right) > 1:
            value = UNSURE
        elif days:
            value = right[0] if right else ODD
        else:
            value = UNREADABLE if said(cell) else EMPTY
        if len(self) >= MOST_KEPT:
            self.clear()
        self[cell] = value
        return value


def read_day(cell: object, order: DateOrder, zone: tzinfo, day_zero: date = SINCE_1900) -> date | None:
    """A time with a UTC offset is converted to the city's zone."""
    if isinstance(cell, datetime):
        return (cell.astimezone(zone) if cell.tzinfo else cell).date()
    if isinstance(cell, date):
        return cell
    text = said(cell)[:LONGEST]
    if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d.*(Z|[+-]\d\d:?\d\d)", text):
        try:
            return datetime.fromisoformat(text).astimezone(zone).date()
        except (ValueError, OverflowError):
            return None
    if parts := re.match(r"(\d{4})(\d\d)(\d\d)(?!\d)", text):
        return _day(int(parts[1]), int(parts[2]), int(parts[3]))
    if parts := re.match(r"(\d{1,4})([-/. ])(\d{1,2})\2(\d{1,4})(?!\d)", text):
        return _ordered(parts[1], parts[3], parts[4], order)
    if SERIAL.fullmatch(text) or re.fullmatch(r"\d{9,13}(\.\d+)?", text):
        return _numbered(float(text), zone, day_zero)
    return _named(text)


def _ordered(one: str, two: str, three: str, order: DateOrder) -> date | None:
    numbers = int(one), int(two), int(three)
    # A year of four digits identifies its own position; after it comes the month.
    if len(one) == 4:
        return _day(*numbers)
    if order is DateOrder.YMD and len(three) < 4:
        return _day(century(numbers[0]), numbers[1], numbers[2])
    year = numbers[2] if len(three) == 4 else century(numbers[2])
    month, day = (numbers[1], numbers[0]) if order is DateOrder.DMY else numbers[:2]
    return _day(year, month, day)


def _named(text: str) -> date | None:
    low = text.casefold()
    day_first = re.match(r"(\d{1,2})(?:[-/ .]|de)+([a-z]{3})[a-z]*\.?(?:[-/ .,]|de)+(\d{4}|\d\d)(?!\d)", low)
    month_first = re.match(r"([a-z]{3})[a-z]*\.?[-/ .](\d{1,2})[-/ .,]+(\d{4}|\d\d)(?!\d)", low)
    if day_first:
        day, name, year = day_first.groups()
    elif month_first:
        name, day, year = month_first.groups()
    else:
        return None
    month = next((number for number, names in enumerate(MONTHS, 1) if name in names.split("|")), 0)
    return _day(int(year) if len(year) == 4 else century(int(year)), month, int(day)) if month else None


def _numbered(number: float, zone: tzinfo, day_zero: date) -> date | None:
    """Return the day of a spreadsheet's serial number, or of seconds or milliseconds since 1970 (UTC)."""
    if (FIRST - day_zero).days <= int(number) <= (LAST - day_zero).days:
        return day_zero + timedelta(days=int(number))
    for seconds in (number, number / 1000):
        if int(seconds) in LIKELY_SECONDS:
            return datetime.fromtimestamp(seconds, UTC).astimezone(zone).date()
    return None


def century(year: int) -> int:
    """Return a year with its century: below 70 is 2000 or later, other years of two digits are in the 1900s."""
    return year + (2000 if year < 70 else 1900) if year < 100 else year


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def propose_order(cells: Iterable[object]) -> DateOrder:
    """Return the order that fits the cells; month first, as is usual in the United States, if both fit."""
    texts = [str(cell).strip() for cell in cells if cell is not None]
    starts = [re.match(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})", text) for text in texts]
    numbers = [(start[1], int(start[2])) for start in starts if start]
    if numbers and all(len(first) == 4 for first, _second in numbers):
        return DateOrder.YMD
    is_day_first = any(len(first) < 3 and int(first) > 12 for first, _second in numbers)
    return DateOrder.DMY if is_day_first and not any(second > 12 for _first, second in numbers) else DateOrder.MDY


NUMBER = r"[-+]?\d{1,20}(?:\.\d{1,20})?"
WKT = re.compile(rf"(?:SRID=\d{{1,6}};)?\s?POINT\s?Z?\s?\(\s?({NUMBER})\s{{1,3}}({NUMBER})", re.IGNORECASE)
LAT_LON = re.compile(rf"\(?\s?({NUMBER})\s?[,;]\s{{0,3}}({NUMBER})\s?\)?$")
LONGEST_NUMBER = 300


def number_in(cell: object) -> float | None:
    """Return the number in a cell: 1234.5, "1,234.5", "1234,5"; None if there is none or it is not finite."""
    if isinstance(cell, bool) or cell is None:
        return None
    if not isinstance(cell, int | float):
        text = str(cell)[:LONGEST_NUMBER].strip()
        # One comma is a decimal comma, as in much of the world; several, or one before a point, separate thousands.
        is_decimal = text.count(",") == 1 and "." not in text
        cell = text.replace(",", "." if is_decimal else "")
    try:
        number = float(cell)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def pair_in(cell: object) -> tuple[float, float] | None:
    """Return a pair of coordinates, x first, from "POINT (-79.8 36.2)" or "(36.2, -79.8)" (latitude first)."""
    text = "" if cell is None else str(cell)[:LONGEST_NUMBER].strip()
    if point := WKT.match(text):
        return float(point[1]), float(point[2])
    # Some portals export an address before the coordinates.
    pair = LAT_LON.search(text[text.rfind("(") :] if "(" in text else text)
    return (float(pair[2]), float(pair[1])) if pair else None


@dataclass(frozen=True)
class Coverage:
    """The ended months of a file, and the first and last month that it seems to cover fully (None if there is none)."""

    months: tuple[date, ...]
    first: date | None
    last: date | None

    @property
    def partial(self) -> tuple[date, ...]:
        """Months that begin before the first day of the file or end after its last one."""
        first, last = self.first or date.max, self.last or date.min
        return tuple(month for month in self.months if not first <= month <= last)


def coverage(first: date | None, last: date | None, today: date) -> Coverage:
    """A month that has not ended is never complete."""
    if first is None or last is None:
        return Coverage((), None, None)
    over = plus(month_of(today), -1)
    months = tuple(span(month_of(first), min(month_of(last), over)))
    begins = month_of(first) if first.day == 1 else plus(month_of(first), 1)
    ends = month_of(last) if (last + timedelta(days=1)).day == 1 else plus(month_of(last), -1)
    ends = min(ends, over)
    return Coverage(months, begins, ends) if begins <= ends else Coverage(months, None, None)


IGNORED, TOTAL_ONLY = "-ignored", "-total"
"""Choices besides a measure: not counted, or in the total only."""
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
    """The headings of an incident file; by type in lower case a measure's key, `IGNORED` or `TOTAL_ONLY`."""

    date: str = NONE
    kind: str = NONE
    x: str = NONE
    y: str = NONE
    """The column of `x` again if it has both coordinates."""
    order: str = DateOrder.MDY
    epsg: int = LON_LAT
    total: str = NONE
    """The measure in which every row counts too."""
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, str]:
        named = {name: getattr(self, name) for name in ("date", "kind", "x", "y")}
        return {name: said for name, said in named.items() if said}

    def fits(self, head: Sequence[str]) -> bool:
        """Return whether a file with these headings can be read without asking the member again."""
        return len(self.columns) == 4 and set(self.columns.values()) <= set(head)

    def measures_of(self, kind: str) -> list[str] | None:
        """None while it is undecided."""
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
    """Fields that no longer exist are dropped."""
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
