"""What an offer of help that led to help cost: the city's amount of a year by the count that is published of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from portal.indicators.snapshots.protection import REACH
from portal.indicators.snapshots.snapshots import Document, OfferCostShown, SnapshotSeries

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
