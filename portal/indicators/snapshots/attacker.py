"""The attacker's model: whether suppressed counts could, given all that is published, also have other values.

The attacker knows every published number and relation. Two alternative tables that differ from the true one in
different months, with every published sum unchanged, combine to a third. So months are solved separately, a few at a
time, and the results added: either by season, which is quick, or by all months that sums connect, which is complete.
The solver is slow to load, so only jobs and tests import this module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from highspy import Highs, HighsVarType

from portal.indicators.snapshots.solving import Effort, Row, solved, solver_of
from portal.indicators.snapshots.table import ALL, CITY, ELSEWHERE, CountTable, Need, Spot, has_sum

MUCH = 1_000.0
"""An upper bound on the amount by which a suppressed count is moved."""
ALMOST = 1e-6
HALF = 0.5


class Demand(NamedTuple):
    """The values that must remain possible for a suppressed count, or for the sum through its month."""

    number: int
    of_sum: bool
    value: int
    need: Need

    @property
    def ends(self) -> dict[int, int]:
        """The required distance in each direction: 1 is up, -1 is down."""
        ends = {1: self.need.high - self.value, -1: self.value - max(self.need.low, 0)}
        return {way: end for way, end in ends.items() if end > 0}

    def is_met(self, seen: Mapping[int, float]) -> bool:
        """Return whether the distances found so far in each direction are enough."""
        if self.need.either:
            return sum(seen.values()) >= max(self.ends.values()) - ALMOST
        return all(seen[way] >= end - ALMOST for way, end in self.ends.items())


@dataclass(frozen=True, eq=False)
class Proof:
    """An alternative table that fits the publication: the numbers of the counts that differ, and by how much."""

    numbers: np.ndarray
    moves: np.ndarray

    def holds(self, tied: np.ndarray) -> bool:
        """Return whether the table still fits if more sums are published; `tied` gives the sum of each count, or -1."""
        sums = tied[self.numbers]
        return not np.bincount(sums[sums >= 0], self.moves[sums >= 0]).any()


Proofs = dict[Demand, dict[int, Proof]]
"""The proofs of demands that are met, by direction."""
Beyond = Mapping[int, tuple[int, Proof]]
"""How far a sum can move in each direction through other months than those being solved, with the proof."""


def together(proofs: Sequence[Proof]) -> Proof:
    """Combine alternative tables that differ in different months."""
    numbers, moves = ([getattr(one, name) for one in proofs] for name in ("numbers", "moves"))
    return Proof(np.concatenate(numbers), np.concatenate(moves))


class System:
    """The ways in which suppressed counts of some areas and months can vary without changing any published number.

    With `may_hide`, the counts of that month that could still be suppressed vary too; `cheapest` chooses among them.
    """

    def __init__(
        self,
        table: CountTable,
        areas: Collection[int],
        months: Collection[int],
        may_hide: int | None = None,
        effort: Effort | None = None,
        beyond: Mapping[Demand, Beyond] | None = None,
    ) -> None:
        self.table, self.may_hide, self.effort = table, may_hide, effort or Effort()
        self.beyond = beyond or {}
        """How far sums can move through other months."""
        inside = [number for month in months for area in areas for number in table.there.get((month, area), ())]
        self.free = [number for number in inside if not table.counts[number].shown or self._could_be_hidden(number)]
        self.at = {number: column for column, number in enumerate(self.free)}
        self.lowest = [-float(table.counts[number].value) for number in self.free]
        self.loose: dict[int, Row] = {}
        """Constraints from published sums that could still be suppressed, by the number of their last count."""
        self.rows = self._bound()
        self._solver: Highs | None = None

    def _could_be_hidden(self, number: int) -> bool:
        one = self.table.counts[number]
        return one.is_open and one.spot.month == self.may_hide

    def _bound(self) -> list[Row]:
        table, rows = self.table, dict[tuple[int, bool], Row]()
        for number in self.free:
            for relation in table.bound[number]:
                if (relation, False) not in rows:
                    found = zip(table.relations[relation].counts, table.relations[relation].signs, strict=True)
                    rows[relation, False] = [(self.at[one], float(sign)) for one, sign in found if one in self.at]
            batch, is_closed = table.batch(number) if table.counts[number].is_published else ([], False)
            if is_closed:
                columns = [(self.at[one], 1.0) for one in batch if one in self.at]
                if self._could_be_hidden(batch[-1]):
                    self.loose[batch[-1]] = columns
                else:
                    rows[batch[-1], True] = columns
        return list(rows.values())

    def moves(self, demand: Demand) -> list[int]:
        """Return the columns whose sum a demand is about."""
        if not demand.of_sum:
            return [self.at[demand.number]] if demand.number in self.at else []
        batch, _is_closed = self.table.batch(demand.number)
        return [self.at[one] for one in batch[: batch.index(demand.number) + 1] if one in self.at]

    def more(self, demand: Demand, way: int) -> float:
        """Return how far other months move the sum of a demand."""
        moved, _proof = self.beyond.get(demand, {}).get(way, (0, None))
        return float(moved)

    def proof(self, found: np.ndarray) -> Proof:
        """Return a solution as a proof for storage."""
        moves = np.round(found).astype(np.int32)
        there = np.flatnonzero(moves)
        return Proof(np.array(self.free, dtype=np.int32)[there], moves[there])

    @property
    def solver(self) -> Highs:
        """The solver, which starts each problem from the last solution."""
        if self._solver is None:
            self._solver = solver_of(self.lowest, [MUCH] * len(self.free), [*self.rows, *self.loose.values()])
        return self._solver

    def together(self, aims: Sequence[tuple[Sequence[int], int]], way: int) -> np.ndarray | None:
        """Like `farthest`, for many aims at once.

        Each is limited to the distance that it needs, so that as many as possible are met by one table.
        """
        single = {columns[0]: float(end) for columns, end in aims if len(columns) == 1}
        for column, end in single.items():
            self.solver.changeColBounds(column, *((self.lowest[column], end) if way > 0 else (-end, MUCH)))
        found = self.farthest([(columns, way) for columns, _end in aims])
        for column in single:
            self.solver.changeColBounds(column, self.lowest[column], MUCH)
        return found

    def farthest(self, aims: Iterable[tuple[Sequence[int], int]]) -> np.ndarray | None:
        """Return the table, in whole numbers, that moves these sums of columns farthest up (1) or down (-1)."""
        cost = np.zeros(len(self.free))
        for columns, way in aims:
            np.add.at(cost, list(columns), -float(way))
        every = np.arange(len(cost), dtype=np.int32)
        self.solver.changeColsCost(len(cost), every, cost)
        found = solved(self.solver, self.effort)
        if found is not None and np.abs(found - np.round(found)).max(initial=0) > ALMOST:
            # Counts of people are whole numbers, and an attacker who uses that must not learn more.
            self.solver.changeColsIntegrality(len(cost), every, np.full(len(cost), HighsVarType.kInteger))
            found = solved(self.solver, self.effort)
            self.solver.changeColsIntegrality(len(cost), every, np.full(len(cost), HighsVarType.kContinuous))
        return found


def unmet(
    system: System, demands: Collection[Demand], proofs: Proofs | None = None, *, singly: bool = True
) -> dict[Demand, int]:
    """Return the demands for which no sufficient alternative table was found, with the direction that falls short.

    The direction is 1 for up, -1 for down. Without `singly`, demands are tried together only, so some of those returned
    may be met when tried alone. Proofs of demands that are met are added to `proofs`.
    """
    seen = _Seen(system, demands, {} if proofs is None else proofs)
    for way in (-1, 1) if system.free else ():
        # As many as possible at once, then the remaining ones separately.
        while aims := [(seen.columns[one], one.ends[way]) for one in seen.waiting(way)]:
            if system.effort.is_over or not seen.look(system.together(aims, way)):
                break
    for way in (-1, 1) if system.free and singly else ():
        for one in seen.waiting(way):
            if one in seen.left and not system.effort.is_over:
                seen.look(system.farthest([(seen.columns[one], way)]))
    return {one: seen.missing(one) for one in seen.left}


class _Seen:
    """How far the counts of demands move in each direction, over all alternative tables found so far."""

    def __init__(self, system: System, demands: Collection[Demand], proofs: Proofs) -> None:
        self.system, self.proofs = system, proofs
        self.columns = {one: system.moves(one) for one in demands}
        self.left = {one: {way: min(system.more(one, way), end) for way, end in one.ends.items()} for one in demands}
        for one in [one for one, seen in self.left.items() if one.is_met(seen)]:
            self.proofs[one] = {way: proof for way, (_moved, proof) in system.beyond[one].items()}
            del self.left[one]

    def waiting(self, way: int) -> list[Demand]:
        """Return the unmet demands that need to move farther in this direction."""
        far = ((one, seen.get(way, MUCH), one.ends.get(way, 0)) for one, seen in self.left.items() if self.columns[one])
        return [one for one, moved, end in far if moved < end - ALMOST]

    def missing(self, one: Demand) -> int:
        """Return the first direction in which a demand falls short."""
        return next((way for way, end in sorted(one.ends.items()) if self.left[one][way] < end - ALMOST), -1)

    def look(self, found: np.ndarray | None) -> bool:
        """Take another table into account. Return whether it moved any demand farther than before."""
        if found is None:
            return False
        is_news, proof = False, self.system.proof(found)
        for one in list(self.left):
            moved = float(found[self.columns[one]].sum())
            for way, before in self.left[one].items():
                self.left[one][way] = max(before, min(way * moved + self.system.more(one, way), one.ends[way]))
                if self.left[one][way] > before + ALMOST:
                    is_news = True
                    beyond = self.system.beyond.get(one, {}).get(way)
                    self.proofs.setdefault(one, {})[way] = together([proof, beyond[1]]) if beyond else proof
            if one.is_met(self.left[one]):
                del self.left[one]
        return is_news


def cheapest(system: System, demand: Demand, way: int, weights: Sequence[float]) -> tuple[list[int], list[int]] | None:
    """Return the counts and the sums whose suppression meets a demand at the least loss; None if there are none.

    `weights` are the losses: of the counts that may be suppressed, in the order of `free`, then of the `loose` sums.
    """
    hideable = [column for column, one in enumerate(system.free) if system.table.counts[one].shown]
    first, last = len(system.free), len(system.free) + len(hideable)
    gates = len(hideable) + len(system.loose)
    moved = [(hideable[row], first + row) for row in range(len(hideable))]
    tied = list(enumerate(system.loose.values(), last))
    more: list[Row] = [
        *([(column, 1.0), (gate, -system.lowest[column])] for column, gate in moved),
        *([(column, -1.0), (gate, MUCH)] for column, gate in moved),
        *([*columns, (gate, MUCH)] for gate, columns in tied),
        *([*((column, -sign) for column, sign in columns), (gate, MUCH)] for gate, columns in tied),
    ]
    goal: Row = [(column, float(way)) for column in system.moves(demand)]
    low, high = [*system.lowest, *[0.0] * gates], [MUCH] * first + [1.0] * gates
    solver = solver_of(low, high, system.rows, [*more, goal], demand.ends[way] - system.more(demand, way))
    every = np.arange(first + gates, dtype=np.int32)
    solver.changeColsCost(len(every), every, np.array([*[0.0] * first, *weights]))
    solver.changeColsIntegrality(gates, every[first:], np.full(gates, HighsVarType.kInteger))
    found = solved(solver, system.effort, choice=True)
    if found is not None and not (found[first:] > HALF).any():
        # Fractional solutions would meet it without suppression, but counts of people are whole numbers.
        solver.changeColsIntegrality(len(every), every, np.full(len(every), HighsVarType.kInteger))
        found = solved(solver, system.effort, choice=True)
    if found is None:
        return None
    chosen = found[first:] > HALF
    counts = [system.free[column] for column, is_hidden in zip(hideable, chosen, strict=False) if is_hidden]
    return counts, [one for one, is_hidden in zip(system.loose, chosen[len(hideable) :], strict=True) if is_hidden]


SEASON = 6
"""Months per season."""
Months = frozenset[int]


class AttackStep(NamedTuple):
    """How far the sum of some counts can move in one direction, with the proof."""

    moved: int
    proof: Proof


def season(month: int) -> Months:
    """Return the months solved together with a month in the quick mode."""
    first = month - month % SEASON
    return frozenset(range(first, first + SEASON))


class Steps:
    """How far the counts of some months can move while those of all other months stay fixed."""

    def __init__(self, table: CountTable, asked: Effort) -> None:
        self.table, self.asked = table, asked
        self.lines: dict[int, list[list[int]]] = defaultdict(list)
        """The series with published sums, by area."""
        for spot, line in table.series.items():
            if table.has_sum(line[0]):
                self.lines[spot.area].append(line)
        self.deciding = -1
        self.runs: dict[tuple[int, ...], dict[int, Months]] = {}
        self.found: dict[tuple[tuple[int, ...], int, Months, tuple[int, ...]], AttackStep | None] = {}
        """Cached steps by counts, direction, months and areas."""

    def begin(self, deciding: int, tied: np.ndarray) -> None:
        """Discard steps that the new sums of a month invalidate; `tied` gives the sum of each count, or -1."""
        self.deciding, self.runs = deciding, {}
        self.found = {key: step for key, step in self.found.items() if step is not None and step.proof.holds(tied)}

    def run(self, month: int, near: Sequence[int]) -> Months:
        """Return all months connected to one by sums of these areas.

        In the month being decided, every open count is included, since it may still be suppressed.
        """
        key = tuple(near)
        if key not in self.runs:
            runs: dict[int, Months] = {}
            for tied in (tied for area in near for line in self.lines[area] for tied in self._tied(line)):
                whole = tied.union(*(runs.get(other, tied) for other in tied))
                runs |= dict.fromkeys(whole, whole)
            self.runs[key] = runs
        return self.runs[key].get(month, frozenset((month,)))

    def _tied(self, line: Sequence[int]) -> Iterable[Months]:
        """Yield the months with suppressed counts between each two consecutive published sums."""
        months: set[int] = set()
        for one in (self.table.counts[number] for number in line):
            if not one.shown or (one.is_open and one.spot.month == self.deciding):
                months.add(one.spot.month)
            if one.sum_shown:
                yield frozenset(months)
                months = set()

    def beyond(self, demand: Demand, inside: Collection[int], near: Sequence[int], *, whole: bool) -> Beyond:
        """Return how far a sum moves through months not `inside`, by season or (`whole`) by connected months."""
        batch, _is_closed = self.table.batch(demand.number)
        groups: dict[Months, list[int]] = defaultdict(list)
        for number in batch[: batch.index(demand.number) + 1]:
            one = self.table.counts[number]
            if not one.shown and one.spot.month not in inside:
                groups[self.run(one.spot.month, near) if whole else season(one.spot.month)].append(number)
        found: dict[int, tuple[int, Proof]] = {}
        for way, end in demand.ends.items():
            moved, proofs = 0, list[Proof]()
            for months, numbers in groups.items():
                step = self._step(tuple(numbers), way, months.difference(inside), near) if moved < end else None
                if step is not None:
                    moved += step.moved
                    proofs.append(step.proof)
            if proofs:
                found[way] = moved, together(proofs)
        return found

    def _step(self, numbers: tuple[int, ...], way: int, months: Months, near: Sequence[int]) -> AttackStep | None:
        key = numbers, way, months, tuple(near)
        if key not in self.found and not self.asked.is_over:
            system = System(self.table, near, sorted(months), effort=self.asked)
            columns = [system.at[number] for number in numbers]
            table = system.farthest([(columns, way)])
            moved = 0 if table is None else round(way * float(table[columns].sum()))
            self.found[key] = None if table is None or moved <= 0 else AttackStep(moved, system.proof(table))
        return self.found.get(key)


NEAR = 3
"""The number of months used when searching many areas; one alternative table is proof enough."""
HELPERS, MANY = 6, 6
"""Other places searched for a few demands, and the number of demands above which all places are searched at once."""


class MonthReach(StrEnum):
    """The months in which an alternative table is searched."""

    NEAR = "near"
    SEASONS = "seasons"
    WHOLE = "whole"
    """All months connected by published sums: if there is no alternative here, there is none in these areas."""


FIRST = 3
"""The number of `scopes` tried before suppressing more; the last scopes are slow."""
Weigh = Callable[[Spot, bool], float]
"""The loss of information from suppressing a count (or its sum: True). It must not depend on the size of the count."""


class Outsider:
    """The attacker, who knows everything published, and the proofs of what remains hidden so far."""

    def __init__(self, table: CountTable, weigh: Weigh) -> None:
        self.table, self.weigh = table, weigh
        self.asked = Effort()
        self.steps = Steps(table, self.asked)
        self.proofs: Proofs = {}
        self.lost: set[Demand] = set()
        """Demands that cannot be met."""
        self.areas = sorted({one.spot.area for one in table.counts})

    def demand(self, number: int, of_sum: bool) -> Demand | None:
        """Return the demand of a count or its sum; None if it is published or needs no protection."""
        one = self.table.counts[number]
        if (one.sum_shown if of_sum else one.shown) or (one.is_published and not one.is_decided):
            return None
        if of_sum and not has_sum(one.spot.line):
            return None
        value = one.total if of_sum else one.value
        need = one.need(value)
        return Demand(number, of_sum, value, need) if need else None

    def demands(self, here: Collection[int], month: int) -> list[Demand]:
        """Return the demands of this month, and those of earlier months that the new sums may violate."""
        counts, tied = self.table.counts, np.full(len(self.table.counts), -1)
        for number in here:
            if counts[number].is_open and counts[number].sum_shown:
                # Each count belongs to at most one batch.
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
        """Return the demands not met when many are tried at once: by area, then by month."""
        months: dict[int, list[Demand]] = defaultdict(list)
        for one in demands:
            months[self.spot(one).month].append(one)
        left: list[Demand] = []
        for month, theirs in months.items():
            some: list[Demand] = []
            for area, own in self.by_area(theirs).items():
                some += self.unmet_of(area, own)
            if len(some) > MANY and not self.asked.is_over:
                some = list(
                    unmet(self.system(self.areas, month, some, MonthReach.NEAR), some, self.proofs, singly=False)
                )
            left += some
        return left

    def unmet_of(self, area: int, demands: Collection[Demand]) -> list[Demand]:
        """Return the demands of an area that are not met when all of a month are tried at once."""
        months: dict[int, list[Demand]] = defaultdict(list)
        for one in demands:
            months[self.spot(one).month].append(one)
        left: list[Demand] = []
        for month, own in months.items():
            if self.asked.is_over:
                left += own
            else:
                system = self.system(_near(area), month, own, MonthReach.SEASONS)
                left += unmet(system, own, self.proofs, singly=False)
        return left

    def unmet(self, demands: Iterable[Demand]) -> dict[Demand, int]:
        """Return the unmet demands, each tried alone, with the direction that falls short.

        Only for few demands, or for those of one area.
        """
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
        """Return whether a demand is met, considering all areas together."""
        return not unmet(
            self.system(self.areas, self.spot(demand).month, [demand], MonthReach.WHOLE), [demand], self.proofs
        )

    def spot(self, demand: Demand) -> Spot:
        """Return the spot of a demand."""
        return self.table.counts[demand.number].spot

    def by_area(self, demands: Iterable[Demand]) -> dict[int, list[Demand]]:
        """Return demands by area."""
        areas: dict[int, list[Demand]] = defaultdict(list)
        for one in demands:
            areas[self.spot(one).area].append(one)
        return areas

    def scopes(self, area: int, month: int) -> list[tuple[list[int], MonthReach]]:
        """Return the scopes of the search in order: the demand's own area and the city, then a few more places."""
        near = _near(area)
        others = [other for other in self.areas if other not in near]
        # Not ordered by size: otherwise the choice of suppressed counts would reveal something about their values.
        others.sort(key=lambda other: (-self._hidden_in(month, other), self.weigh(Spot("", other, ALL, 0), False)))
        more = near + others[:HELPERS]
        far = [(more, MonthReach.NEAR), (more, MonthReach.WHOLE)] if others else []
        return [(near, MonthReach.SEASONS), (near, MonthReach.WHOLE), *far]

    def _hidden_in(self, month: int, area: int) -> int:
        return sum(not self.table.counts[number].shown for number in self.table.there.get((month, area), ()))

    def system(
        self,
        areas: Sequence[int],
        month: int,
        demands: Collection[Demand],
        reach: MonthReach,
        may_hide: int | None = None,
    ) -> System:
        """Return the system of a month's counts in some areas, with the other months that sums connect to it."""
        months = self._months(areas, month, demands, reach)
        whole = reach is MonthReach.WHOLE
        beyond = {one: self.steps.beyond(one, months, areas, whole=whole) for one in demands if one.of_sum}
        return System(self.table, areas, months, may_hide, self.asked, beyond)

    def _months(self, areas: Sequence[int], month: int, demands: Iterable[Demand], reach: MonthReach) -> list[int]:
        if reach is MonthReach.WHOLE:
            return sorted(self.steps.run(month, areas))
        counts, months = self.table.counts, {month}
        tied = [number for area in areas for number in self.table.there.get((month, area), ())]
        batches = [batch for number in tied for batch, is_closed in (self.table.batch(number),) if is_closed]
        sums = (self.table.batch(one.number)[0] for one in demands if one.of_sum)
        batches += [[number for number in batch if counts[number].spot.month <= month] for batch in sums]
        for batch in batches:
            months |= {counts[number].spot.month for number in batch if not counts[number].shown}
        near = sorted(months, key=lambda other: (abs(other - month), other))
        if reach is MonthReach.NEAR:
            return near[:NEAR]
        around = season(month - SEASON) | season(month) | season(month + SEASON)
        return [other for other in near if other in around]


def _near(area: int) -> list[int]:
    return list(dict.fromkeys((area, CITY, ELSEWHERE)))
