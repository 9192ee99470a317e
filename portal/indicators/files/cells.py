"""Parsing of cells: days, numbers and coordinate pairs; and the check that no part exceeds its whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from math import isfinite

from portal.core.cells import SINCE_1900, SINCE_1904

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
    """A cache of the day in each cell, as its ordinal or a negative reason why it is none.

    `day_zero` is the day from which the file counts serial numbers. If the file does not say, a number is accepted only
    if it is a valid day in one system alone: a date wrong by four years would look like any other.
    """

    def __init__(self, order: DateOrder, zone: tzinfo, today: date, day_zero: date | None = None) -> None:
        super().__init__()
        self._order, self._zone, self._today = order, zone, today
        self._zeros = (day_zero,) if day_zero else (SINCE_1900, SINCE_1904)

    def __missing__(self, cell: object) -> int:
        # A number in a cell that a spreadsheet would display as a day may be counted from either day.
        is_numbered = isinstance(cell, int | float) and not isinstance(cell, bool)
        is_numbered = is_numbered or (isinstance(cell, str) and SERIAL.fullmatch(cell.strip()) is not None)
        zeros = self._zeros if is_numbered else self._zeros[:1]
        days = {read_day(cell, self._order, self._zone, zero) for zero in zeros} - {None}
        right = [day.toordinal() for day in days if day and FIRST <= day <= self._today]
        if len(right) > 1:
            value = UNSURE
        elif days:
            value = right[0] if right else ODD
        else:
            value = UNREADABLE if cell is not None and str(cell).strip() else EMPTY
        if len(self) >= MOST_KEPT:
            self.clear()
        self[cell] = value
        return value


def read_day(cell: object, order: DateOrder, zone: tzinfo, day_zero: date = SINCE_1900) -> date | None:
    """Return the day in a cell, or None. A time with a UTC offset is converted to the city's zone."""
    if isinstance(cell, datetime):
        return (cell.astimezone(zone) if cell.tzinfo else cell).date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _numbered(float(cell), zone, day_zero)
    text = "" if cell is None else str(cell)[:LONGEST].strip()
    if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d.*(Z|[+-]\d\d:?\d\d)", text):
        try:
            return datetime.fromisoformat(text).astimezone(zone).date()
        except (ValueError, OverflowError):
            return None
    if parts := re.match(r"(\d{4})(\d\d)(\d\d)(?!\d)", text):
        return _day(int(parts[1]), int(parts[2]), int(parts[3]))
    if parts := re.match(r"(\d{1,4})([-/. ])(\d{1,2})\2(\d{1,4})(?!\d)", text):
        return _ordered(parts[1], parts[3], parts[4], order)
    if SERIAL.fullmatch(text) or re.fullmatch(r"\d{9,13}(\.0+)?", text):
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
    """Return a day written with a month name: 5-MAR-2024; March 5, 2024; 5 de marzo de 2024."""
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
    """Return a day from a spreadsheet's serial number, or from seconds or milliseconds since 1970 (UTC)."""
    if number != number or abs(number) > 1e15:
        return None
    if (FIRST - day_zero).days <= int(number) <= (LAST - day_zero).days:
        return day_zero + timedelta(days=int(number))
    for seconds in (number, number / 1000):
        if int(seconds) in LIKELY_SECONDS:
            return datetime.fromtimestamp(seconds, UTC).astimezone(zone).date()
    # Such as 20240305.
    text = str(int(number))
    return _day(int(text[:4]), int(text[4:6]), int(text[6:])) if len(text) == 8 else None


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
    """Return the number in a cell: 1234.5, "1,234.5", "1234,5". None if there is none or it is not finite."""
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


Spot = tuple[int, int, date]
"""Area id, measure id and month."""


def more_than_whole(
    new: Mapping[Spot, int], standing: Mapping[Spot, int], whole_of: Mapping[int, int]
) -> Iterator[tuple[Spot, int, int]]:
    """Yield (spot, part, whole) where a part would exceed its whole among new and existing figures.

    `whole_of`: the id of the whole by the id of its part. Each contradiction is yielded once, at the part if that is
    new.
    """
    after = {**standing, **new}
    for spot, value in new.items():
        area, measure, month = spot
        whole = after.get((area, whole_of[measure], month)) if measure in whole_of else None
        if whole is not None and value > whole:
            yield spot, value, whole
        for part in (key for key, of in whole_of.items() if of == measure):
            of_it = (area, part, month)
            if of_it not in new and standing.get(of_it, 0) > value:
                yield spot, standing[of_it], value


def groups_over_whole(
    new: Mapping[Spot, int], standing: Mapping[Spot, int], whole_of: Mapping[int, int]
) -> Iterator[tuple[Spot, int, int]]:
    """Yield (spot, sum, whole) where parts that exclude each other would add up to more than their whole.

    Each contradiction is yielded once, at a spot that is new. One part alone is `more_than_whole`'s matter.
    """
    after = {**standing, **new}
    seen: set[Spot] = set()
    for area, measure, month in new:
        whole = (area, whole_of.get(measure, measure), month)
        spots = [(area, part, month) for part, of in whole_of.items() if of == whole[1]]
        parts = [after[spot] for spot in spots if spot in after]
        if whole not in seen and whole in after and max(parts, default=0) <= after[whole] < sum(parts):
            yield (area, measure, month), sum(parts), after[whole]
        seen.add(whole)
