"""Guarded counts as they are published: whose, of what, in which line; and which of them do not fit together.

A line is of all, of one language or of one channel. What is of a language and a channel at once is never published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

SMALL = 9
"""Counts up to this are not shown, nor anything from which they follow."""
CITY = 0
"""The whole city among areas; every other one is a place."""
ELSEWHERE = -1
"""What is left of the city without the places that are published."""


class Line(NamedTuple):
    """Of all, of a language, or of a channel."""

    language: str = ""
    channel: str = ""


ALL = Line()


def has_sum(line: Line) -> bool:
    """Whether sums over time are published of a line: of all and of languages, not of channels."""
    return not line.channel


class Spot(NamedTuple):
    """One count: of a measure, in an area, in a line, in a month (any number that grows with time)."""

    measure: str
    area: int
    line: Line
    month: int


class Told(NamedTuple):
    """What was decided about a count when it was frozen: is it shown, and is the sum through its month."""

    value: int
    shown: bool
    sum_shown: bool


Counts = Mapping[Spot, int]
Parents = Mapping[str, str]
"""Measures that are a part of another one, with that one."""


def guarded_with_family(guarded: Collection[str], of: Parents) -> set[str]:
    """The guarded measures, their parts and their wholes: a whole and a part tell of those who are not in it."""
    found: set[str] = set(guarded)
    while more := {one for pair in of.items() if found & set(pair) for one in pair} - found:
        found |= more
    return found


def that_fit(counts: Counts, parents: Parents, fixed: Collection[Spot] = ()) -> dict[Spot, int]:
    """The counts without those that contradict others. What is fixed stays: it was published.

    Lines without a count of all are given their sum. Lines that are more than all, parts that are more than the
    whole, and a city that is less than its places are left out: a mistake that has to be mended before.
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
