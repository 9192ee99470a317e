"""Invented counts, snapshots of them, and the question whether anything follows from what was published."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from portal.indicators.measures import plus, written
from portal.indicators.snapshots.protection import protect
from portal.indicators.snapshots.snapshots import AreaShown, Document, DocumentText, MeasureShown, PlaceShown, series
from portal.indicators.snapshots.table import ALL, CITY, CountDecision, CountLine, Spot
from tests.indicators.snapshots.attacker import Attacker, Known

START = date(2026, 1, 1)
W = DocumentText(en="x", es="x")
PARENTS = {"safe": "asked"}
LANGUAGES = (CountLine("en"), CountLine("es"))
CHANNELS = (CountLine("", "web"), CountLine("", "sms"), CountLine("", "paper"))
Truth = dict[Spot, int]


def month(number: int) -> str:
    return written(plus(START, number - 1))


def evenly(spot: Spot, of_sum: bool) -> float:
    return (20.0 if spot.area == CITY else 1.0) * (4.0 if spot.line == ALL else 1.0) * (2.0 if of_sum else 1.0)


def frozen(
    truth: Truth, told: Mapping[Spot, CountDecision], parents: Mapping[str, str] = PARENTS
) -> dict[Spot, CountDecision]:
    """What is told of all counts once those are decided that are new."""
    return protect(truth, told, parents, evenly).told


def document(told: Mapping[Spot, CountDecision], months: int, parents: Mapping[str, str] = PARENTS) -> Document:
    """The snapshot in which it stands."""
    measures = sorted({spot.measure for spot in told})
    places: dict[int, list[Spot]] = {}
    for spot in sorted({spot._replace(month=0) for spot in told}):
        places.setdefault(spot.area, []).append(spot)
    listed = [plus(START, number) for number in range(months)]

    def lines(area: int, spots: Iterable[Spot]):
        key = "city" if area == CITY else "place"
        for one in spots:
            by_month = {
                plus(START, n - 1): told[one._replace(month=n)]
                for n in range(1, months + 1)
                if one._replace(month=n) in told
            }
            yield series(one.measure, key, one.line, listed, by_month, guarded=True)

    return Document(
        site="x",
        frozen_on="2026-12-15",
        previous=None,
        months=tuple(written(one) for one in listed),
        measures=tuple(
            MeasureShown(
                key=key,
                name=W,
                about=W,
                source=W,
                unit=W,
                kind="survey",
                direction="up",
                of=parents.get(key),
                guarded=True,
            )
            for key in measures
        ),
        places=tuple(
            PlaceShown(
                slug=f"p{area}",
                name=W,
                delivered_on=None,
                status=None,
                areas=(AreaShown(key="place", part="place"),),
                series=tuple(lines(area, spots)),
            )
            for area, spots in places.items()
            if area != CITY
        ),
        city=tuple(lines(CITY, places.get(CITY, ()))),
    )


def known(spot: Spot) -> Known:
    return Known(spot.measure, "" if spot.area == CITY else f"p{spot.area}", *spot.line, month(spot.month))


def breaches(
    documents: Sequence[Document], truth: Truth, parents: Mapping[str, str] = PARENTS, *, exhaustive: bool = True
) -> list[str]:
    """Everything of which the attacker knows more than the rule allows."""
    attacker = Attacker(documents, exhaustive=exhaustive)
    spots = {known(spot): spot for spot in truth}
    found = []

    def ask(name: str, terms, is_whole: bool) -> None:
        value = sum(sign * truth[spots[one]] for one, sign in terms)
        low, high = attacker.bounds(terms)
        assert low - 1e-6 <= value <= high + 1e-6, f"the attacker believes what is not so: {name}"
        is_small = value <= 9 and (value > 0 or is_whole)
        if is_small and (low > (0 if is_whole else 1) + 1e-6 or high < 9 - 1e-6):
            found.append(f"{name} = {value:g} is in [{low:g}, {high:g}]")
        elif not is_small and 1e-6 < high - low < 8 - 1e-6:
            found.append(f"{name} = {value:g} has few values: [{low:g}, {high:g}]")

    for one in attacker.columns:
        whole = one.measure not in parents
        ask(f"{one}", ((one, 1.0),), whole)
        if one in attacker.sums:
            ask(f"sum through {one}", attacker.sums[one], whole)
        if one in attacker.others:
            ask(f"others of {one}", attacker.others[one], False)
            past = [attacker.others.get(other) for other, _sign in attacker.sums.get(one, ())]
            if all(past):
                ask(f"sum of others through {one}", [term for others in past for term in others], False)
        if one in attacker.rest:
            ask(f"rest of the city, {one}", attacker.rest[one], False)
    return found


def invented(
    rng: random.Random, *, places: int, months: int, mean: float, parts: bool = True, elsewhere: bool = True
) -> Truth:
    """Counts of people who each have an area, a language and a channel."""
    truth: Truth = {}
    for number in range(1, months + 1):
        for area in range(1, places + 1 + elsewhere):
            rate = mean * rng.choice((0.1, 0.6, 1, 3))
            for _person in range(max(0, round(rng.gauss(rate, rate**0.5)))):
                lines = (ALL, rng.choices(LANGUAGES, (3, 1))[0], rng.choices(CHANNELS, (4, 2, 1))[0])
                measures = ("asked", "safe") if parts and rng.random() < 0.7 else ("asked",)
                for measure in measures:
                    for one in lines:
                        for where in (area, CITY):
                            spot = Spot(measure, where, one, number)
                            truth[spot] = truth.get(spot, 0) + 1
            for measure in ("asked", "safe") if parts else ("asked",):
                for one in (ALL, *LANGUAGES, *CHANNELS):
                    for where in (area, CITY):
                        truth.setdefault(Spot(measure, where, one, number), 0)
    return {spot: value for spot, value in truth.items() if spot.area <= places}
