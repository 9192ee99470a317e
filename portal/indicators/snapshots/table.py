"""The table of guarded counts: its dimensions and relations, consistency checks, needs of protection, and weights.

A line is a total, a language or a channel; counts by both language and channel are never published. The table also has
the differences that follow from published counts: the city without its places, a whole without its part, people of no
known language. They are never published and need the same protection. Also here: the days and months of snapshots, and
shares of published counts.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from hashlib import sha256
from typing import NamedTuple

from portal.core.suppression import FEWEST_SHOWN
from portal.indicators.measures import between, is_complete, month_of, plus

SMALL = FEWEST_SHOWN - 1
"""Counts up to this are suppressed, and everything from which they could be derived."""
CITY = 0
"""The area number of the whole city; all other numbers are places."""
ELSEWHERE = -1
"""The area number of the city without its published places."""


class CountLine(NamedTuple):
    """The total, one language, or one channel."""

    language: str = ""
    channel: str = ""


ALL = CountLine()


def has_sum(line: CountLine) -> bool:
    """Return whether cumulative sums are published for a line: for totals and languages, not for channels."""
    return not line.channel


class Spot(NamedTuple):
    """A count's position: measure, area, line and month (any number that increases with time)."""

    measure: str
    area: int
    line: CountLine
    month: int


class CountDecision(NamedTuple):
    """The decision on a count when it was frozen: whether it and the sum through its month are shown."""

    value: int
    shown: bool
    sum_shown: bool


Counts = Mapping[Spot, int]
Parents = Mapping[str, str]
"""The whole by each measure that is a part."""


def guarded_with_family(guarded: Collection[str], of: Parents) -> set[str]:
    """Return the guarded measures with their parts and wholes, whose differences reveal people of guarded measures."""
    found: set[str] = set(guarded)
    while more := {one for pair in of.items() if found & set(pair) for one in pair} - found:
        found |= more
    return found


def that_fit(counts: Counts, parents: Parents, fixed: Collection[Spot] = ()) -> dict[Spot, int]:
    """Return the counts without those that contradict others. Counts in `fixed` stay, as they are published.

    Lines without a total get their sum as the total. Left out are lines that exceed their total, parts that exceed
    their whole, and a city total below the sum of its places: such errors have to be corrected first.
    """
    kept = _with_totals({spot: value for spot, value in counts.items() if not all(spot.line)})
    out = set(_lines_too_large(kept)) | {one for one in kept if _is_more_than_whole(one, kept, parents)}
    kept = _without(kept, out - set(fixed))
    return _without(kept, set(_cities_too_small(kept)) - set(fixed))


def _with_totals(counts: Counts) -> dict[Spot, int]:
    sums: dict[Spot, dict[bool, int]] = defaultdict(lambda: defaultdict(int))
    for spot, value in counts.items():
        if spot.line != ALL:
            sums[spot._replace(line=ALL)][bool(spot.line.language)] += value
    totals = {spot: by_kind.get(True, by_kind.get(False, 0)) for spot, by_kind in sums.items() if spot not in counts}
    return dict(counts) | totals


def _lines_too_large(counts: Counts) -> Iterable[Spot]:
    lines: dict[tuple[Spot, bool], list[Spot]] = defaultdict(list)
    for spot in counts:
        if spot.line != ALL:
            lines[spot._replace(line=ALL), bool(spot.line.language)].append(spot)
    for (whole, _kind), spots in lines.items():
        if sum(counts[one] for one in spots) > counts[whole]:
            yield from spots


def _is_more_than_whole(spot: Spot, counts: Counts, parents: Parents) -> bool:
    whole = counts.get(spot._replace(measure=parents.get(spot.measure, "")))
    return whole is not None and counts[spot] > whole


def _cities_too_small(counts: Counts) -> Iterable[Spot]:
    sums: dict[Spot, int] = defaultdict(int)
    for spot, value in counts.items():
        if spot.area != CITY:
            sums[spot._replace(area=CITY)] += value
    return (spot for spot, value in sums.items() if spot in counts and counts[spot] < value)


def _without(counts: Counts, out: Collection[Spot]) -> dict[Spot, int]:
    whole = {spot for spot in out if spot.line == ALL}
    return {spot: value for spot, value in counts.items() if spot not in out and spot._replace(line=ALL) not in whole}


FREEZE_AT = time(9)
"""The time of day at which snapshots are frozen, in the city's zone; fixed, so that it reveals no event."""
BASELINE = 48
"""The number of months in the first snapshot, unless the settings say otherwise."""


def due_on(day_of_month: int, local: datetime) -> date:
    """Return the day on which the last snapshot was due, in the city's time."""
    this_month = local.date().replace(day=day_of_month)
    is_due = (local.date(), local.time()) >= (this_month, FREEZE_AT)
    return this_month if is_due else plus(month_of(this_month), -1).replace(day=day_of_month)


def next_on(day_of_month: int, local: datetime) -> date:
    """Return the day on which the next snapshot is due."""
    return plus(month_of(due_on(day_of_month, local)), 1).replace(day=day_of_month)


def frozen_at(day: date, local: datetime) -> datetime:
    """Return the time of freezing on a day, in the city's zone."""
    return datetime.combine(day, FREEZE_AT, local.tzinfo)


def last_month(lags: Iterable[int], day: date) -> date:
    """Return the last month of a snapshot: that of the fastest measure. Slower ones have no value for it yet."""
    month = plus(month_of(day), -1)
    quickest = min(lags, default=0)
    while not is_complete(month, quickest, day):
        month = plus(month, -1)
    return month


def first_month(given: date | None, before: date | None, last: date) -> date:
    """Return the first month of a snapshot: as in earlier ones, else from the settings, else `BASELINE` months back."""
    return before or given or plus(last, 1 - BASELINE)


def is_within(month: date, first: date, last: date) -> bool:
    """Return whether a month belongs to a snapshot."""
    return 0 <= between(first, month) <= between(first, last)


Shown = int | str | None
"""A published value: a count; "hidden" or None where there is none."""


def percent(part: Shown, whole: Shown) -> int | None:
    """Return a share in whole percent, half rounded up; None unless both counts are shown and the whole is not zero.

    It is 0 or 100 only if exactly none or all: a rounded "100 %" would deny that the others exist.
    """
    if not isinstance(part, int) or not isinstance(whole, int) or whole == 0:
        return None
    near = (200 * part + whole) // (2 * whole)
    return near if part in (0, whole) else min(max(near, 1), 99)


class MonthPair(NamedTuple):
    """Indices of two months in a series."""

    earlier: int
    later: int


def pair(parts: Sequence[Shown], wholes: Sequence[Shown], delivered: int | None) -> MonthPair | None:
    """Return the last month before the message and the newest one since; else the first and the newest month.

    `delivered`: the index of the month of the message, if it is known. Only months with both counts shown are
    considered; None if there are fewer than two.
    """
    known = [place for place, both in enumerate(zip(parts, wholes, strict=True)) if _is_shown(*both)]
    if len(known) < 2:
        return None
    before = [place for place in known if delivered is not None and place < delivered]
    if before and known[-1] > before[-1]:
        return MonthPair(before[-1], known[-1])
    return MonthPair(known[0], known[-1])


def _is_shown(part: Shown, whole: Shown) -> bool:
    return isinstance(part, int) and isinstance(whole, int) and 0 <= part <= whole and whole > 0


OTHERS = "not "
"""The key prefix for those in the whole who are not in a part."""
REST = {True: CountLine("?", ""), False: CountLine("", "?")}
"""The lines of people of no known language (True) or no known channel (False)."""


class Need(NamedTuple):
    """The range of values that must remain possible for the attacker."""

    low: int
    high: int
    either: bool = False
    """For a count suppressed to protect others: nine possible values, in either direction."""


class Relation(NamedTuple):
    """A linear relation: the sum of count times sign is zero."""

    counts: tuple[int, ...]
    signs: tuple[int, ...]


@dataclass
class TableCount:
    """A count, and the sum of its series through its month. `shown` and `sum_shown` hold the decision so far."""

    spot: Spot
    value: int
    total: int
    series: list[int]
    """The counts of its series in the order of months."""
    place: int
    """Its index in the series."""
    is_published: bool
    is_whole: bool
    """Not a part of another measure: of these, even a zero is suppressed."""
    shown: bool = False
    sum_shown: bool = False
    is_open: bool = False
    """Whether it has not been published in an earlier snapshot."""
    is_decided: bool = False

    def is_small(self, value: int) -> bool:
        """Return whether a count, or its sum, is suppressed because of its own value."""
        return value <= SMALL and (value > 0 or (self.is_published and self.is_whole))

    def need(self, value: int) -> Need | None:
        """Return the values that must remain possible for the count or its sum while it is suppressed."""
        if self.is_small(value) or (value == 0 and self.is_published):
            return Need(0 if self.is_published and (self.is_whole or value == 0) else 1, SMALL)
        return Need(value - SMALL + 1, value + SMALL - 1, either=True) if self.is_published else None


@dataclass
class CountTable:
    """All counts by number, with their series and the relations within each month."""

    parents: Parents
    counts: list[TableCount] = field(default_factory=list)
    numbers: dict[Spot, int] = field(default_factory=dict)
    series: dict[Spot, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The counts of each series in the order of months, by its spot with month 0."""
    relations: list[Relation] = field(default_factory=list)
    bound: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The indices of the relations that contain each count."""
    there: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    """The counts of each month and area."""
    months: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The counts of each month."""

    def add(self, spot: Spot, value: int, told: CountDecision | None, *, is_published: bool) -> int:
        """Add a count and return its number. Months must be added in order."""
        number = len(self.counts)
        line = self.series[spot._replace(month=0)]
        total = value + (self.counts[line[-1]].total if line else 0)
        is_whole = spot.measure not in self.parents and not spot.measure.startswith(OTHERS)
        one = TableCount(
            spot, value, total, line, len(line), is_published, is_whole, is_open=is_published and told is None
        )
        if told is not None:
            one.shown, one.sum_shown, one.is_decided = told.shown, told.sum_shown, True
        self.counts.append(one)
        self.numbers[spot] = number
        self.there[spot.month, spot.area].append(number)
        self.months[spot.month].append(number)
        line.append(number)
        return number

    def batch(self, number: int) -> tuple[list[int], bool]:
        """Return the counts of a series between two shown sums, and whether the second sum exists.

        Readers can subtract the first sum from the second, so they know the total of these counts.
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
        """Return whether cumulative sums are published for a count's series."""
        one = self.counts[number]
        return one.is_published and has_sum(one.spot.line)

    def bind(self, counts: Iterable[tuple[int, int]]) -> None:
        """Add the relation that these counts, each with its sign, sum to zero."""
        numbers, signs = zip(*counts, strict=True)
        for number in numbers:
            self.bound[number].append(len(self.relations))
        self.relations.append(Relation(numbers, signs))

    def spots_of(self, month: int) -> list[Spot]:
        """Return the spots of a month, in the order in which they were added."""
        return [self.counts[number].spot for number in self.months[month]]

    def value(self, spot: Spot) -> int | None:
        """Return the value of a count, if it exists."""
        number = self.numbers.get(spot)
        return None if number is None else self.counts[number].value


def table_of(counts: Counts, told: Mapping[Spot, CountDecision], parents: Parents) -> CountTable:
    """Return the table of consistent counts. `told` holds those frozen before, with their values at that time."""
    table = CountTable(parents)
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


def _add_rests(table: CountTable, spots: list[Spot]) -> None:
    """Add people of no known language or channel, for every area with such lines, if there are any in the month."""
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


def _add_others(table: CountTable, spots: list[Spot]) -> None:
    for spot in spots:
        whole = spot._replace(measure=table.parents.get(spot.measure, ""))
        if whole in table.numbers:
            others = spot._replace(measure=OTHERS + spot.measure)
            left = _value(table, whole) - _value(table, spot)
            number = table.add(others, left, None, is_published=False)
            table.bind([(table.numbers[whole], 1), (table.numbers[spot], -1), (number, -1)])


def _add_elsewhere(table: CountTable, spots: list[Spot]) -> None:
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


def _value(table: CountTable, spot: Spot) -> int:
    return table.counts[table.numbers[spot]].value


OF_CITY = 8.0
OF_ALL = 4.0
OF_LANGUAGE = 2.0
OF_SUM = 1.5


def weight(spot: Spot, of_sum: bool, secret: bytes) -> float:
    """Return the loss from suppressing a count: more for the city, totals, languages and sums.

    It depends on the position of the count, never on its value, and on a secret of the server. An attacker who knows
    the rules therefore cannot derive from the suppressed counts which others would be suppressed if a count had been
    larger.
    """
    line = OF_ALL if spot.line == ALL else OF_LANGUAGE if spot.line.language else 1.0
    plain = line * (OF_CITY if spot.area == CITY else 1.0) * (OF_SUM if of_sum else 1.0)
    return plain * (1 + _chance(f"{spot} {of_sum}", secret) / 2)


def _chance(text: str, secret: bytes) -> float:
    return int.from_bytes(hmac.digest(secret, text.encode(), sha256)[:4]) / 2**32
