"""The guarded counts of a measure and its parts as one table: every count, what binds them, what is decided of each.

Besides what is published it has what follows from it by subtraction: the rest of the city without its places, those
of a whole who are not in a part, those of no known language. They are never published and have to be guarded as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from portal.indicators.snapshots.rules.counts import (
    ALL,
    CITY,
    ELSEWHERE,
    SMALL,
    Counts,
    Line,
    Parents,
    Spot,
    Told,
    has_sum,
)

OTHERS = "not "
"""Before a part's key: those of the whole who are not in it."""
REST = {True: Line("?", ""), False: Line("", "?")}
"""Those of no known language (True), of no known channel."""


class Need(NamedTuple):
    """What somebody who reckons with everything published must still hold possible of a hidden count."""

    low: int
    high: int
    either: bool = False
    """Of a count that is hidden for the sake of others: nine possible values, on whichever side of it."""


class Relation(NamedTuple):
    """Counts that add up: the sum of the count times its sign is zero."""

    counts: tuple[int, ...]
    signs: tuple[int, ...]


@dataclass
class Count:
    """A count, and the sum of its series through its month. `shown` and `sum_shown`: as it is decided so far."""

    spot: Spot
    value: int
    total: int
    series: list[int]
    """The counts of its series, in the order of their months."""
    place: int
    """Where among them it stands."""
    is_published: bool
    is_whole: bool
    """Not a part of anything: of these even a zero is hidden."""
    shown: bool = False
    sum_shown: bool = False
    is_open: bool = False
    """Nothing was published of it before."""
    is_decided: bool = False

    def is_small(self, value: int) -> bool:
        """Whether a count, or its sum, is hidden for its own sake."""
        return value <= SMALL and (value > 0 or (self.is_published and self.is_whole))

    def need(self, value: int) -> Need | None:
        """What must remain possible of the count or its sum while it is hidden."""
        if self.is_small(value) or (value == 0 and self.is_published):
            return Need(0 if self.is_published and (self.is_whole or value == 0) else 1, SMALL)
        return Need(value - SMALL + 1, value + SMALL - 1, either=True) if self.is_published else None


@dataclass
class Table:
    """All counts by number, the series they are in, and what binds the counts of a month."""

    parents: Parents
    counts: list[Count] = field(default_factory=list)
    numbers: dict[Spot, int] = field(default_factory=dict)
    series: dict[Spot, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The counts of each series in the order of their months, by its spot with month 0."""
    relations: list[Relation] = field(default_factory=list)
    bound: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The relations that each count is in."""
    there: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    """The counts of each month and area."""
    months: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The counts of each month."""

    def add(self, spot: Spot, value: int, told: Told | None, *, is_published: bool) -> int:
        """Add a count, after those of earlier months."""
        number = len(self.counts)
        line = self.series[spot._replace(month=0)]
        total = value + (self.counts[line[-1]].total if line else 0)
        is_whole = spot.measure not in self.parents and not spot.measure.startswith(OTHERS)
        one = Count(spot, value, total, line, len(line), is_published, is_whole, is_open=is_published and told is None)
        if told is not None:
            one.shown, one.sum_shown, one.is_decided = told.shown, told.sum_shown, True
        self.counts.append(one)
        self.numbers[spot] = number
        self.there[spot.month, spot.area].append(number)
        self.months[spot.month].append(number)
        line.append(number)
        return number

    def batch(self, number: int) -> tuple[list[int], bool]:
        """The counts of a series between two sums that are shown, and whether there is the second one.

        Whoever subtracts the first sum from the second knows what they add up to.
        """
        counts, line = self.counts, self.counts[number].series
        start = end = counts[number].place
        last = len(line) - 1
        while start > 0 and not counts[line[start - 1]].sum_shown:
            start -= 1
        while end < last and not counts[line[end]].sum_shown:
            end += 1
        return line[start : end + 1], counts[line[end]].sum_shown

    def has_sum(self, number: int) -> bool:
        """Whether sums through the months are published of a count's series."""
        one = self.counts[number]
        return one.is_published and has_sum(one.spot.line)

    def bind(self, counts: Iterable[tuple[int, int]]) -> None:
        """Say that counts, each with its sign, add up to zero."""
        numbers, signs = zip(*counts, strict=True)
        for number in numbers:
            self.bound[number].append(len(self.relations))
        self.relations.append(Relation(numbers, signs))

    def spots_of(self, month: int) -> list[Spot]:
        """The counts of a month, in the order in which they were added."""
        return [self.counts[number].spot for number in self.months[month]]

    def value(self, spot: Spot) -> int | None:
        """The value of a count, if it is there."""
        number = self.numbers.get(spot)
        return None if number is None else self.counts[number].value


def table_of(counts: Counts, told: Mapping[Spot, Told], parents: Parents) -> Table:
    """The table of the counts that fit together; `told` are those that were frozen before, with their values then."""
    table = Table(parents)
    months: dict[int, list[Spot]] = defaultdict(list)
    for spot in counts:
        months[spot.month].append(spot)
    for month in sorted(months):
        for spot in sorted(months[month]):
            table.add(spot, counts[spot], told.get(spot), is_published=True)
        _add_rests(table, months[month])
        _add_others(table, table.spots_of(month))
        _add_elsewhere(table, table.spots_of(month))
    return table


def _add_rests(table: Table, spots: list[Spot]) -> None:
    """Those of no known language or channel; of every area in which lines are counted, if there are any at all."""
    lines: dict[tuple[Spot, bool], list[Spot]] = defaultdict(list)
    for spot in spots:
        if spot.line != ALL:
            lines[spot._replace(line=ALL), bool(spot.line.language)].append(spot)
    rests = {key: _value(table, key[0]) - sum(_value(table, one) for one in found) for key, found in lines.items()}
    wanted = {kind for (_whole, kind), rest in rests.items() if rest}
    for (whole, kind), found in lines.items():
        parts = [(table.numbers[one], -1) for one in found]
        if kind in wanted:
            spot = whole._replace(line=REST[kind])
            parts.append((table.add(spot, rests[whole, kind], None, is_published=False), -1))
        table.bind([(table.numbers[whole], 1), *parts])


def _add_others(table: Table, spots: list[Spot]) -> None:
    for spot in spots:
        whole = spot._replace(measure=table.parents.get(spot.measure, ""))
        if whole in table.numbers:
            others = spot._replace(measure=OTHERS + spot.measure)
            left = _value(table, whole) - _value(table, spot)
            number = table.add(others, left, None, is_published=False)
            table.bind([(table.numbers[whole], 1), (table.numbers[spot], -1), (number, -1)])


def _add_elsewhere(table: Table, spots: list[Spot]) -> None:
    places: dict[Spot, list[int]] = defaultdict(list)
    for spot in spots:
        if spot.area != CITY:
            places[spot._replace(area=CITY)].append(table.numbers[spot])
    for spot in spots:
        if spot.area == CITY:
            theirs = places[spot]
            left = _value(table, spot) - sum(table.counts[one].value for one in theirs)
            if left >= 0:
                number = table.add(spot._replace(area=ELSEWHERE), left, None, is_published=False)
                table.bind([(table.numbers[spot], 1), (number, -1), *((one, -1) for one in theirs)])


def _value(table: Table, spot: Spot) -> int:
    return table.counts[table.numbers[spot]].value
