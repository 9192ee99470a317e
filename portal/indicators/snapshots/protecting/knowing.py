"""What of the rule is met by a table as it is decided so far: whether somebody could still reckon otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum

import numpy as np

from portal.indicators.snapshots.protecting.reckoning import Demand, Proofs, System, unmet
from portal.indicators.snapshots.protecting.solving import Effort
from portal.indicators.snapshots.protecting.stepping import SEASON, Steps, season
from portal.indicators.snapshots.rules.counts import ALL, CITY, ELSEWHERE, Spot, has_sum
from portal.indicators.snapshots.rules.table import Table

NEAR = 3
"""Months in which somebody's other reckoning is looked for in many areas; that there is one is proof enough."""
HELPERS, MANY = 6, 6
"""Other places that are looked at for a few demands; for more than so many all of them are, at once."""


class Reach(StrEnum):
    """In which months somebody's other reckoning is looked for."""

    NEAR = "near"
    SEASONS = "seasons"
    WHOLE = "whole"
    """All that shown sums tie together: where there is none here, there is none in these areas."""


FIRST = 3
"""In how many of these it is looked for before something is hidden; in the last it takes long."""
Weigh = Callable[[Spot, bool], float]
"""How much is lost with a count (or with its sum: True). It may not depend on how large the count is."""


class Outsider:
    """Somebody who knows everything that is published, and what was proved about them so far."""

    def __init__(self, table: Table, weigh: Weigh) -> None:
        self.table, self.weigh = table, weigh
        self.asked = Effort()
        self.steps = Steps(table, self.asked)
        self.proofs: Proofs = {}
        self.lost: set[Demand] = set()
        """Demands that cannot be met."""
        self.areas = sorted({one.spot.area for one in table.counts})

    def demand(self, number: int, of_sum: bool) -> Demand | None:
        """What must remain possible of a count or its sum; None if it is shown, or nothing must."""
        one = self.table.counts[number]
        if (one.sum_shown if of_sum else one.shown) or (one.is_published and not one.is_decided):
            return None
        if of_sum and not has_sum(one.spot.line):
            return None
        value = one.total if of_sum else one.value
        need = one.need(value)
        return Demand(number, of_sum, value, need) if need else None

    def demands(self, here: Collection[int], month: int) -> list[Demand]:
        """All of this month, and of earlier ones those that may be met no more once the new sums are shown."""
        counts, tied = self.table.counts, np.full(len(self.table.counts), -1)
        for number in here:
            if counts[number].is_open and counts[number].sum_shown:
                # Each count is in one batch at most.
                tied[self.table.batch(number)[0]] = number
        self.steps.begin(month, tied)
        months = {counts[number].spot.month for number in np.flatnonzero(tied >= 0) if not counts[number].shown}
        earlier = [number for other in sorted(months - {month}) for number in self.table.months[other]]
        demands = [self.demand(number, of_sum) for number in (*here, *earlier) for of_sum in (False, True)]
        asked = [one for one in demands if one is not None and one not in self.lost]
        return [one for one in asked if counts[one.number].spot.month == month or not self._holds(one, tied)]

    def _holds(self, demand: Demand, tied: np.ndarray) -> bool:
        proofs = self.proofs.get(demand)
        return proofs is not None and all(one.holds(tied) for one in proofs.values())

    def unmet_at_first(self, demands: Collection[Demand]) -> list[Demand]:
        """Those not seen to be met when many are looked at at once: of each area, then of a whole month."""
        months: dict[int, list[Demand]] = defaultdict(list)
        for one in demands:
            months[self.spot(one).month].append(one)
        left: list[Demand] = []
        for month, theirs in months.items():
            some: list[Demand] = []
            for area, own in self.by_area(theirs).items():
                some += self.unmet_of(area, own)
            if len(some) > MANY and not self.asked.is_over:
                some = list(unmet(self.system(self.areas, month, some, Reach.NEAR), some, self.proofs, singly=False))
            left += some
        return left

    def unmet_of(self, area: int, demands: Collection[Demand]) -> list[Demand]:
        """Those about an area that are not seen to be met when all of a month are looked at at once."""
        months: dict[int, list[Demand]] = defaultdict(list)
        for one in demands:
            months[self.spot(one).month].append(one)
        left: list[Demand] = []
        for month, own in months.items():
            if self.asked.is_over:
                left += own
            else:
                system = self.system(_near(area), month, own, Reach.SEASONS)
                left += unmet(system, own, self.proofs, singly=False)
        return left

    def unmet(self, demands: Iterable[Demand]) -> dict[Demand, int]:
        """Those that are not met, with the way in which they are not; few, or of one area."""
        months: dict[tuple[int, int], list[Demand]] = defaultdict(list)
        for one in demands:
            months[self.spot(one).month, self.spot(one).area].append(one)
        left: dict[Demand, int] = {}
        for (month, area), own in months.items():
            found = dict.fromkeys(own, -1)
            for scope, reach in self.scopes(area, month)[:FIRST] if not self.asked.is_over else ():
                found = found and unmet(self.system(scope, month, found, reach), found, self.proofs)
            left |= found
        return left

    def is_met(self, demand: Demand) -> bool:
        """Whether a demand is met, all areas taken together."""
        return not unmet(self.system(self.areas, self.spot(demand).month, [demand], Reach.WHOLE), [demand], self.proofs)

    def spot(self, demand: Demand) -> Spot:
        """What a demand is about."""
        return self.table.counts[demand.number].spot

    def by_area(self, demands: Iterable[Demand]) -> dict[int, list[Demand]]:
        """Demands by the area that they are about."""
        areas: dict[int, list[Demand]] = defaultdict(list)
        for one in demands:
            areas[self.spot(one).area].append(one)
        return areas

    def scopes(self, area: int, month: int) -> list[tuple[list[int], Reach]]:
        """Where other reckonings are looked for one after the other: its own area and the city, then a few more."""
        near = _near(area)
        others = [other for other in self.areas if other not in near]
        # Not by how large anything is: from what is hidden besides nobody is to learn that.
        others.sort(key=lambda other: (-self._hidden_in(month, other), self.weigh(Spot("", other, ALL, 0), False)))
        more = near + others[:HELPERS]
        far = [(more, Reach.NEAR), (more, Reach.WHOLE)] if others else []
        return [(near, Reach.SEASONS), (near, Reach.WHOLE), *far]

    def _hidden_in(self, month: int, area: int) -> int:
        return sum(not self.table.counts[number].shown for number in self.table.there.get((month, area), ()))

    def system(
        self,
        areas: Sequence[int],
        month: int,
        demands: Collection[Demand],
        reach: Reach,
        may_hide: int | None = None,
    ) -> System:
        """The counts of a month in some areas, and of those other months that a sum ties to it."""
        months = self._months(areas, month, demands, reach)
        whole = reach is Reach.WHOLE
        beyond = {one: self.steps.beyond(one, months, areas, whole=whole) for one in demands if one.of_sum}
        return System(self.table, areas, months, may_hide, self.asked, beyond)

    def _months(self, areas: Sequence[int], month: int, demands: Iterable[Demand], reach: Reach) -> list[int]:
        if reach is Reach.WHOLE:
            return sorted(self.steps.run(month, areas))
        counts, months = self.table.counts, {month}
        tied = [number for area in areas for number in self.table.there.get((month, area), ())]
        batches = [batch for number in tied for batch, is_closed in (self.table.batch(number),) if is_closed]
        sums = (self.table.batch(one.number)[0] for one in demands if one.of_sum)
        batches += [[number for number in batch if counts[number].spot.month <= month] for batch in sums]
        for batch in batches:
            months |= {counts[number].spot.month for number in batch if not counts[number].shown}
        near = sorted(months, key=lambda other: (abs(other - month), other))
        if reach is Reach.NEAR:
            return near[:NEAR]
        around = season(month - SEASON) | season(month) | season(month + SEASON)
        return [other for other in near if other in around]


def _near(area: int) -> list[int]:
    return list(dict.fromkeys((area, CITY, ELSEWHERE)))
