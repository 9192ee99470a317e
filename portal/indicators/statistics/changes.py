"""Shares of published counts, and changes between surveys: what a snapshot says beside its counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import NamedTuple

from portal.indicators.statistics.protection import NOISE_VARIANCE
from portal.indicators.statistics.schema import Document, MeasureShown, SnapshotSeries, SurveyChange

Shown = int | str | None
"""A published value: a count; "hidden" or None where there is none."""


def whole_percent(part: Shown, whole: Shown) -> int | None:
    """Return a share in whole percent, half rounded up; None unless both counts are shown and the whole is not zero.

    It is 0 or 100 only if exactly none or all: a rounded "100 %" would deny that the others exist.
    """
    if not isinstance(part, int) or not isinstance(whole, int) or whole == 0:
        return None
    near = (200 * part + whole) // (2 * whole)
    return near if part in (0, whole) else min(max(near, 1), 99)


class MonthPair(NamedTuple):
    earlier: int
    later: int


def pair(parts: Sequence[Shown], wholes: Sequence[Shown], delivered: int | None) -> MonthPair | None:
    """Return the last month before the message and the newest one since; else the first and the newest month.

    `delivered`: the index of the month of the message, if it is known. Only months with both counts shown are
    considered; None if there are fewer than two.
    """
    places = [
        place
        for place, (part, whole) in enumerate(zip(parts, wholes, strict=True))
        if isinstance(part, int) and isinstance(whole, int) and 0 <= part <= whole and whole > 0
    ]
    if len(places) < 2:
        return None
    before = [place for place in places if delivered is not None and place < delivered]
    if before and places[-1] > before[-1]:
        return MonthPair(before[-1], places[-1])
    return MonthPair(places[0], places[-1])


DIGITS = 4
HERE = ("place", "city")
Counts = tuple[int, int]


def with_changes(document: Document) -> Document:
    def found(series: Sequence[SnapshotSeries], day: str | None = None) -> tuple[SurveyChange, ...]:
        return tuple(_changes(document.measures, series, document.months, day[:7] if day else None))

    places = [one.model_copy(update={"changes": found(one.series, one.delivered_on)}) for one in document.places]
    return document.model_copy(update={"places": tuple(places), "city_changes": found(document.city)})


def _changes(
    measures: Sequence[MeasureShown], series: Sequence[SnapshotSeries], months: Sequence[str], month: str | None
) -> Iterator[SurveyChange]:
    here = [line for line in series if line.area in HERE]
    values = {line.measure: line.values for line in here}
    moved_from = min((line.moved_from for line in here if line.moved_from), default="9999-12")
    delivered = months.index(month) if month in months else None
    for measure in measures:
        parts, wholes = values.get(measure.key), values.get(measure.of or "")
        if measure.kind != "survey" or not parts or not wholes or not (two := pair(parts, wholes, delivered)):
            continue
        both = ((parts[at], wholes[at]) for at in two)
        shown = [(part, whole) for part, whole in both if isinstance(part, int) and isinstance(whole, int)]
        points, low, high = difference(*shown)
        moved = [count for at, count in zip(two, shown, strict=True) if months[at] >= moved_from]
        if moved:
            # Of counts that were moved by chance the interval is wider.
            noise = sum(NOISE_VARIANCE * (1 + (part / whole) ** 2) / whole**2 for part, whole in moved)
            down, up = (sqrt((points - end) ** 2 + (196 * sqrt(noise)) ** 2) for end in (low, high))
            low, high = round(max(points - down, -100.0), DIGITS), round(min(points + up, 100.0), DIGITS)
        yield SurveyChange(
            measure=measure.key,
            earlier=months[two.earlier],
            later=months[two.later],
            points=points,
            points_low=low,
            points_high=high,
        )


def difference(earlier: Counts, later: Counts) -> tuple[float, float, float]:
    """Return the change per 100 respondents with its 95 % interval, by method 10 of Newcombe (1998)."""
    # Imported only where a snapshot is made: it takes a second and 140 MB.
    from statsmodels.stats.proportion import confint_proportions_2indep

    (part, whole), (part_before, whole_before) = later, earlier
    ends = confint_proportions_2indep(part, whole, part_before, whole_before, method="newcomb", compare="diff")
    points = part / whole - part_before / whole_before
    low, high = (round(100 * float(one), DIGITS) + 0.0 for one in ends)
    return round(100 * points, DIGITS) + 0.0, low, high
