"""Invented counts, snapshots of them, and the question whether anything follows from what was published."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.indicators.snapshots import series
from portal.indicators.statistics.audit import audit
from portal.indicators.statistics.protection import (
    BY_MONTH,
    CITY,
    CountDecision,
    PeriodKey,
    Rules,
    Spot,
    number,
    protect,
)
from portal.indicators.statistics.schema import AreaShown, Document, DocumentText, MeasureShown, PlaceShown
from portal.indicators.statistics.terms import FRAMES, plus, written

START = date(2026, 1, 1)
FIRST = number(START)
W = DocumentText(en="x", es="x")
PARENTS = {"safe": "asked"}
MEASURES = ("asked", "safe")
Truth = dict[Spot, int]
Told = dict[Spot, CountDecision]


@dataclass
class City:
    """A city that freezes: what it told so far, and the lengths that it fixed."""

    told: Told = field(default_factory=dict)
    lengths: dict[PeriodKey, int] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=lambda: PARENTS)
    each_time: tuple[str, ...] = ()
    means: Mapping[int, float] = field(default_factory=dict)
    """The mean count of a month before anything was published, by area."""
    begins: Mapping[int, int] = field(default_factory=dict)
    late: tuple[str, ...] = ()
    """The measures that are not complete yet."""
    apart: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    """The measures that only the whole city has."""

    def freeze(self, truth: Truth, through: int, noise: int | Callable[[Spot], int] = 0) -> Told:
        """Publish what is complete through a month (1 is the first), and return all that is told."""
        old = max((spot.month for spot, one in self.told.items() if one.rule == BY_MONTH), default=0)
        rules = Rules(
            self.parents,
            lambda measure, month: measure not in self.late and FIRST <= month < FIRST + through,
            lambda area, _measure: max(FIRST, old + 1, self.begins.get(area, 0)),
            lambda area, _measure: self.means.get(area),
            (lambda _spot: noise) if isinstance(noise, int) else noise,
            self.each_time,
            FRAMES,
            self.apart,
            self.alone,
        )
        made = protect(truth, self.told, self.lengths, rules)
        self.told |= made.told
        self.lengths |= made.lengths
        return self.told

    def document(self, through: int) -> Document:
        """Return the snapshot in which it stands."""
        return document(self.told, through, self.parents, self.apart)


def document(told: Told, months: int, parents: Mapping[str, str] = PARENTS, apart: Sequence[str] = ()) -> Document:
    """Return a snapshot of what is told, of so many months."""
    listed = [plus(START, age) for age in range(months)]
    by_area: dict[int, list[Spot]] = {}
    for spot in sorted({spot._replace(month=0) for spot in told}):
        by_area.setdefault(spot.area, []).append(spot)

    def lines(area: int, spots: Iterable[Spot]):
        for one in spots:
            at = {month: one._replace(month=number(month)) for month in listed}
            by_month = {month: told[spot] for month, spot in at.items() if spot in told}
            yield series(one.measure, "place" if area else "city", listed, by_month)

    return Document(
        site="x",
        frozen_on=plus(START, months + 1).replace(day=15).isoformat(),
        previous=None,
        months=tuple(written(one) for one in listed),
        measures=tuple(measure(key, parents, apart) for key in sorted({spot.measure for spot in told})),
        places=tuple(
            PlaceShown(
                slug=f"p{area}",
                name=W,
                delivered_on=None,
                status=None,
                areas=(AreaShown(key="place", part="place"),),
                series=tuple(lines(area, spots)),
            )
            for area, spots in by_area.items()
            if area != CITY
        ),
        city=tuple(lines(CITY, by_area.get(CITY, ()))),
    )


def measure(key: str, parents: Mapping[str, str], apart: Sequence[str] = ()) -> MeasureShown:
    texts = dict.fromkeys(("name", "about", "source", "unit"), W)
    kind = "policing" if parents.get(key, key) in apart else "survey"
    given: dict[str, Any] = {"key": key, "kind": kind, "direction": "up", "of": parents.get(key), "guarded": True}
    return MeasureShown(**given, **texts)


def breaches(documents: Sequence[Document]) -> list[str]:
    """Return every hidden number of which either attacker knows more than the rule allows."""
    return [
        f"{'with' if knows_rule else 'without'} the rule: {one.cells} in [{one.low:g}, {one.high:g}]"
        for knows_rule in (False, True)
        for one in audit(documents, knows_rule=knows_rule)
        if not one.is_open
    ]


def invented(
    rng: random.Random, *, places: int, months: int, mean: float, parts: bool = True, elsewhere: bool = True
) -> Truth:
    """Counts of people who each have an area, some of them a part; with `elsewhere`, also outside of all places."""
    truth: Truth = {}
    for month in range(FIRST, FIRST + months):
        for area in range(1, places + 1 + elsewhere):
            rate = mean * rng.choice((0.1, 0.6, 1, 3))
            keys = MEASURES if parts else MEASURES[:1]
            for key in keys:
                for where in (area, CITY):
                    truth.setdefault(Spot(key, where, month), 0)
            for _person in range(max(0, round(rng.gauss(rate, rate**0.5)))):
                for key in keys if rng.random() < 0.7 else keys[:1]:
                    for where in (area, CITY):
                        truth[Spot(key, where, month)] += 1
    return {spot: value for spot, value in truth.items() if spot.area <= places}
