"""What a snapshot says beside its counts, computed from published counts only: changes between surveys, and costs.

The cost is that of an offer of help that led to help: the city's amount of a year by the count that is published of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt

from portal.indicators.snapshots.protection import NOISE_VARIANCE, REACH
from portal.indicators.snapshots.snapshots import (
    Document,
    MeasureShown,
    OfferCostShown,
    SnapshotSeries,
    SurveyChange,
    Value,
)
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
    mine = [one for one in series if one.area in HERE and not one.channel]
    known = {(one.measure, one.language): one.values for one in mine}
    moved = min((one.moved_from for one in mine if one.moved_from), default="9999-12")
    delivered = months.index(month) if month in months else None
    for measure in measures:
        for language in ("", "en", "es"):
            parts, wholes = known.get((measure.key, language)), known.get((measure.of or "", language))
            if measure.kind == "survey" and parts and wholes and (two := pair(parts, wholes, delivered)):
                earlier, later = (_counts(parts, wholes, place) for place in two)
                many_moved = sum(months[place] >= moved for place in two)
                points, low, high = _wider(difference(earlier, later), (earlier, later), many_moved)
                yield SurveyChange(
                    measure=measure.key,
                    language=language,
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


CONNECTED = "offers_connected"
YEAR = 12
LARGEST_MOVE = 0.2
"""The largest part of a sum of the city's numbers by which chance may move it, for a cost to be told by it."""


def with_costs(document: Document, dollars: Mapping[int, int]) -> Document:
    """Return the snapshot with the amounts of the years whose count it publishes; others are left out."""
    connected = published_connected(document)
    shown = (
        OfferCostShown(year=year, dollars=amount, connected=connected[year])
        for year, amount in sorted(dollars.items())
        if connected.get(year)
    )
    return document.model_copy(update={"offer_costs": tuple(shown)})


def published_connected(document: Document) -> dict[int, int]:
    """Return the offers that led to help by year, from published numbers only: the city's own, else all places'."""
    years = sorted({int(month[:4]) for month in document.months if month.endswith("-12")})
    city = [_of_year(one, document.months, years) for one in document.city if _is_it(one)]
    places = [_of_year(one, document.months, years) for place in document.places for one in place.series if _is_it(one)]
    found: dict[int, int] = {}
    for year in years:
        own, theirs = ([known[year] for known in some if year in known] for some in (city, places))
        for numbers in (own, theirs):
            if numbers and all(isinstance(one, int) for one in numbers):
                found.setdefault(year, sum(one for one in numbers if isinstance(one, int)))
    return found


def _is_it(one: SnapshotSeries) -> bool:
    return one.measure == CONNECTED and one.area in ("place", "city") and not (one.language or one.channel)


def _of_year(one: SnapshotSeries, months: Sequence[str], years: Sequence[int]) -> dict[int, int | None]:
    """Return the number of each year in which it was counted; None where it is not published whole."""
    by_year: dict[int, list[tuple[str, int | str, int]]] = defaultdict(list)
    for month, value, many in _values(one, months):
        by_year[int(month[:4])].append((month, value, many))
    is_city, is_moved = one.area == "city", one.moved_from is not None
    return {year: _whole(told, is_city=is_city, is_moved=is_moved) for year, told in by_year.items() if year in years}


def _whole(told: Sequence[tuple[str, int | str, int]], *, is_city: bool, is_moved: bool) -> int | None:
    """Return the sum of a year if all of it is told. At a place the year begins when the place became public."""
    numbers = [value for _month, value, _many in told if isinstance(value, int)]
    is_whole = sum(many for _month, _value, many in told) == YEAR if is_city else told[-1][0].endswith("-12")
    is_far_off = is_moved and LARGEST_MOVE * sum(numbers) < REACH * YEAR**0.5
    return sum(numbers) if is_whole and len(numbers) == len(told) and not is_far_off else None


def _values(one: SnapshotSeries, months: Sequence[str]) -> Iterator[tuple[str, int | str, int]]:
    for at, (month, value) in enumerate(zip(months, one.values, strict=True)):
        if value is not None:
            yield month, value, one.covers[at] if one.covers else 1
