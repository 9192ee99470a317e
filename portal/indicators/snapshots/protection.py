"""Suppression of small guarded counts, and of other counts from which they could be derived.

The rule: assume an attacker who knows everything ever published, all relations between counts, and that counts are
whole numbers. For each count from 1 to `SMALL` (also 0, if its measure is not part of another), for its sum over time,
and for the rest when parts are subtracted, every value from 1 (or 0) to `SMALL` must remain possible. For every other
suppressed number, at least `SMALL` values must.

Complementary suppression is solved month by month: for each violated demand, a mixed-integer program finds the cheapest
counts to suppress; demands they may affect are then checked again. Earlier publications are never changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from portal.indicators.snapshots.attacker import Demand, Outsider, System, Weigh, cheapest
from portal.indicators.snapshots.table import (
    ALL,
    CITY,
    ELSEWHERE,
    OTHERS,
    SMALL,
    CountDecision,
    Counts,
    CountTable,
    Parents,
    Spot,
    TableCount,
    has_sum,
    table_of,
    that_fit,
)

EFFORT, EFFORT_EACH = 1_000_000, 300_000
"""The solver effort allowed for a month, and for each new count in it."""
Part = tuple[int, bool]
"""The number of a count, with True for the sum through its month."""


@dataclass(frozen=True)
class Protected:
    """The decisions on all counts, with figures for the warnings."""

    told: dict[Spot, CountDecision]
    known_before: int
    """Demands without a proof that they are met, since earlier snapshots may violate them."""
    unsolved: int
    """Months of an area suppressed entirely, since solving them would have taken too long."""
    cut_short: int
    """Problems that exceeded the solver's step limit; more was suppressed instead."""


def protect(
    counts: Counts,
    told: Mapping[Spot, CountDecision],
    parents: Parents,
    weigh: Weigh,
    tell: Callable[[float], None] = lambda _done: None,
    effort: float = 1.0,
) -> Protected:
    """Decide on the counts that are not in `told`. Counts that contradict others are left out.

    `tell` is called with the fraction done. `effort` scales the solver effort allowed; 1 is the default.
    """
    before = {spot: one.value for spot, one in told.items()}
    table = table_of(that_fit({**counts, **before}, parents, told), told, parents)
    work = _Protection(table, weigh, effort)
    months = sorted({one.spot.month for one in table.counts if one.is_open})
    for done, month in enumerate(months, 1):
        work.decide(month)
        tell(done / len(months))
    new = {one.spot: CountDecision(one.value, one.shown, one.sum_shown) for one in table.counts if one.is_open}
    return Protected({**told, **new}, len(work.outsider.lost), work.unsolved, work.outsider.asked.cut_short)


class _Protection:
    """The table during its month-by-month decisions."""

    def __init__(self, table: CountTable, weigh: Weigh, effort: float) -> None:
        self.table, self.weigh, self.effort = table, weigh, effort
        self.outsider = Outsider(table, weigh)
        self.areas = self.outsider.areas
        self.unsolved = 0
        self.parts: dict[str, list[str]] = defaultdict(list)
        for part, whole in table.parents.items():
            self.parts[whole].append(part)

    def decide(self, month: int) -> None:
        """Decide on the open counts of a month."""
        here = [number for area in self.areas for number in self.table.there.get((month, area), ())]
        new = [number for number in here if self.table.counts[number].is_open]
        for number in new:
            one = self.table.counts[number]
            one.is_decided, one.shown = True, not one.is_small(one.value)
            one.sum_shown = has_sum(one.spot.line) and not one.is_small(one.total)
        self._hide_what_must_be(here)
        self.outsider.asked.allow(self.effort * (EFFORT + EFFORT_EACH * len(new)))
        waiting = self.outsider.by_area(self.outsider.unmet_at_first(self.outsider.demands(here, month)))
        while waiting and not self.outsider.asked.is_over:
            _area, theirs = waiting.popitem()
            for other, more in self._hide_for_all(theirs, month).items():
                waiting[other] = waiting.get(other, []) + more
        self._give_up(waiting, month)

    def _hide_for_all(self, demands: list[Demand], month: int) -> dict[int, list[Demand]]:
        """Suppress counts until the demands of an area are met.

        Return new demands of other areas, and own ones for which the effort did not suffice, by area.
        """
        elsewhere: list[Demand] = []
        area = self.outsider.spot(demands[0]).area
        ways, is_news = self.outsider.unmet(demands), False
        demands = list(ways)
        while demands and not self.outsider.asked.is_over:
            demand, *rest = demands
            way = self.outsider.unmet([demand]).get(demand) if is_news else ways[demand]
            hidden = self._hide_for(demand, way, month) if way else None
            self.outsider.lost |= {demand} if hidden == [] else set()
            asked = [self.outsider.demand(number, of_sum) for number, of_sum in hidden or ()]
            more = self.outsider.by_area(one for one in asked if one is not None)
            elsewhere += [one for other in list(more) if other != area for one in more.pop(other)]
            # Suppression for one demand may meet others.
            is_news = is_news or bool(hidden)
            demands = self.outsider.unmet_of(area, [demand, *rest, *more.get(area, [])]) if hidden else rest
        return self.outsider.by_area([*elsewhere, *demands])

    def _hide_what_must_be(self, here: Iterable[int]) -> None:
        """Suppress counts that cannot be published in any solution, which saves solver effort."""
        counts, numbers = self.table.counts, self.table.numbers
        for number in here:
            others = counts[number]
            if others.spot.measure.startswith(OTHERS) and others.spot.area != ELSEWHERE:
                key = others.spot.measure.removeprefix(OTHERS)
                part = counts[numbers.get(others.spot._replace(measure=key), number)]
                if part.is_open:
                    part.shown = part.shown and not others.is_small(others.value)
                    part.sum_shown = part.sum_shown and not others.is_small(others.total)
        for number in here:
            one = counts[number]
            if one.is_open and one.sum_shown:
                hidden = [counts[other].value for other in self.table.batch(number)[0] if not counts[other].shown]
                one.sum_shown = not hidden or (len(hidden) > 1 and sum(hidden) >= SMALL)
        for number in here:
            self._hide_parts(number)

    def _hide_parts(self, number: int) -> list[Part]:
        """Suppress and return the parts of a suppressed count: a part would reveal that its whole is not zero."""
        one, hidden = self.table.counts[number], list[Part]()
        for part in self.parts.get(one.spot.measure, ()):
            other = self.table.numbers.get(one.spot._replace(measure=part))
            if other is None or not self.table.counts[other].is_open:
                continue
            theirs = self.table.counts[other]
            if theirs.shown and not one.shown:
                theirs.shown = False
                hidden.append((other, False))
            if theirs.sum_shown and not one.sum_shown:
                theirs.sum_shown = False
                hidden.append((other, True))
            hidden += self._hide_parts(other)
        return hidden

    def _hide_for(self, demand: Demand, way: int, month: int) -> list[Part] | None:
        """Suppress and return the cheapest counts that meet a demand; None if it is already met."""
        spot = self.outsider.spot(demand)
        scopes = self.outsider.scopes(spot.area, spot.month)
        for areas, reach in scopes:
            system = self.outsider.system(areas, spot.month, [demand], reach, may_hide=month)
            found = cheapest(system, demand, way, self._weights(system))
            touches_city = found is not None and any(
                self.table.counts[one].spot.area == CITY for one in (*found[0], *found[1])
            )
            # Suppressing the city is expensive: a search in more places may find a cheaper solution.
            if found is not None and any(found) and (areas is scopes[-1][0] or not touches_city):
                return self._hide(*found)
        if self.outsider.is_met(demand):
            return None
        if spot.month < month:
            return self._hide_sums(demand, month)
        return self._hide_whole(self._block(demand, month), month) or self._hide_whole(self.areas, month)

    def _hide_sums(self, demand: Demand, month: int) -> list[Part]:
        """Suppress new sums of more and more areas until a demand of an earlier month is met.

        It was met before there were new sums.
        """
        hidden: list[Part] = []
        own = self.outsider.spot(demand).area
        waiting = sorted(self.areas, key=lambda area: (area != own, self.weigh(Spot("", area, ALL, month), True)))
        many = 1
        while waiting and not (hidden and self.outsider.is_met(demand)):
            some, waiting, many = waiting[:many], waiting[many:], 2 * many
            hidden += self._hide((), [number for area in some for number in self.table.there.get((month, area), ())])
        return hidden

    def _give_up(self, waiting: Mapping[int, Iterable[Demand]], month: int) -> None:
        """Suppress whole areas for which finding a better solution would take too long."""
        blocks = [self._block(demand, month) for theirs in waiting.values() for demand in theirs]
        for area in sorted({area for block in blocks for area in block}):
            self.unsolved += bool(self._hide_whole([area], month))

    def _block(self, demand: Demand, month: int) -> Collection[int]:
        """Return areas such that a demand is met once the month is suppressed in all of them, counts and sums.

        These are its own area and the city: the city's suppressed counts can absorb any change in the area. They are
        all areas if part of the month was published before, or if the demand is about an earlier month, which other
        places' sums also constrain.
        """
        spot = self.outsider.spot(demand)
        own = {spot.area, CITY} - {ELSEWHERE}
        told = [number for one in own for number in self.table.there.get((month, one), ())]
        is_open = all(
            self.table.counts[number].is_open or not self.table.counts[number].is_published for number in told
        )
        return own if is_open and spot.month == month else self.areas

    def _hide_whole(self, areas: Iterable[int], month: int) -> list[Part]:
        open_ones = [number for area in areas for number in self.table.there.get((month, area), ())]
        return self._hide(open_ones, open_ones)

    def _weights(self, system: System) -> list[float]:
        counts = self.table.counts
        single = [self._weight(number, False) for number in system.free if counts[number].shown]
        return [*single, *(self._weight(number, True) for number in system.loose)]

    def _weight(self, number: int, of_sum: bool) -> float:
        spot = self.table.counts[number].spot
        with_parts = [spot, *(spot._replace(measure=part) for part in self.parts.get(spot.measure, ()))]
        return sum(self.weigh(one, of_sum) for one in with_parts if one in self.table.numbers)

    def _hide(self, single: Iterable[int], sums: Iterable[int]) -> list[Part]:
        hidden = [(number, False) for number in single if self._close(self.table.counts[number], "shown")]
        hidden += [(number, True) for number in sums if self._close(self.table.counts[number], "sum_shown")]
        return hidden + [one for number, _of_sum in list(hidden) for one in self._hide_parts(number)]

    @staticmethod
    def _close(one: TableCount, what: str) -> bool:
        is_news = one.is_open and getattr(one, what)
        if is_news:
            setattr(one, what, False)
        return is_news
