"""What a snapshot says beside its counts, computed from published counts only: changes between surveys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt

from portal.indicators.snapshots.protection import NOISE_VARIANCE
from portal.indicators.snapshots.snapshots import Document, MeasureShown, SnapshotSeries, SurveyChange, Value
from portal.indicators.snapshots.table import pair

DIGITS = 4
HERE = ("place", "city")
Counts = tuple[int, int]
"""The number of yes answers and the number of respondents."""


def with_changes(document: Document) -> Document:
    """Return the snapshot with the survey changes, computed from published counts only."""

    def found(series: Sequence[SnapshotSeries], day: str | None = None) -> tuple[SurveyChange, ...]:
        return tuple(_changes(document.measures, series, document.months, day[:7] if day else None))

    places = [one.model_copy(update={"changes": found(one.series, one.delivered_on)}) for one in document.places]
    return document.model_copy(update={"places": tuple(places), "city_changes": found(document.city)})


def _changes(
    measures: Sequence[MeasureShown], series: Sequence[SnapshotSeries], months: Sequence[str], month: str | None
) -> Iterator[SurveyChange]:
    mine = [one for one in series if one.area in HERE]
    known = {one.measure: one.values for one in mine}
    moved = min((one.moved_from for one in mine if one.moved_from), default="9999-12")
    delivered = months.index(month) if month in months else None
    for measure in measures:
        parts, wholes = known.get(measure.key), known.get(measure.of or "")
        if measure.kind == "survey" and parts and wholes and (two := pair(parts, wholes, delivered)):
            earlier, later = (_counts(parts, wholes, place) for place in two)
            many_moved = sum(months[place] >= moved for place in two)
            points, low, high = _wider(difference(earlier, later), (earlier, later), many_moved)
            yield SurveyChange(
                measure=measure.key,
                earlier=months[two.earlier],
                later=months[two.later],
                points=points,
                points_low=low,
                points_high=high,
            )


def _counts(parts: Sequence[Value], wholes: Sequence[Value], place: int) -> Counts:
    part, whole = parts[place], wholes[place]
    return (part, whole) if isinstance(part, int) and isinstance(whole, int) else (0, 0)


def difference(earlier: Counts, later: Counts) -> tuple[float, float, float]:
    """Return the change per 100 respondents, with the ends of its 95 % interval.

    Newcombe's hybrid score interval for independent proportions: method 10 of Newcombe (1998), *Statistics in Medicine*
    17:873-890.
    """
    # Imported only where a snapshot is made: it takes a second and 140 MB.
    from statsmodels.stats.proportion import confint_proportions_2indep

    (part, whole), (part_before, whole_before) = later, earlier
    ends = confint_proportions_2indep(part, whole, part_before, whole_before, method="newcomb", compare="diff")
    points = part / whole - part_before / whole_before
    low, high = (round(100 * float(one), DIGITS) + 0.0 for one in ends)
    return round(100 * points, DIGITS) + 0.0, low, high


def _wider(found: tuple[float, float, float], counts: tuple[Counts, Counts], moved: int) -> tuple[float, float, float]:
    """Return a change with a wider interval, since the last `moved` of its two months were moved by chance."""
    points, low, high = found
    noise = sum(NOISE_VARIANCE * (1 + (part / whole) ** 2) / whole**2 for part, whole in counts[2 - moved :])
    down, up = (sqrt((points - end) ** 2 + (196 * sqrt(noise)) ** 2) for end in (low, high))
    return points, round(max(points - down, -100.0), DIGITS), round(min(points + up, 100.0), DIGITS)
