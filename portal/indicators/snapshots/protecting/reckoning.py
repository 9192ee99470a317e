"""What somebody can reckon who knows everything that is published: another table that would look the same.

The solver takes its time to load: only jobs and tests import this module.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from highspy import Highs, HighsVarType

from portal.indicators.snapshots.protecting.solving import Effort, Row, solved, solver_of
from portal.indicators.snapshots.rules.table import Need, Table

MUCH = 1_000.0
"""More than any hidden count is ever moved."""
ALMOST = 1e-6
HALF = 0.5


class Demand(NamedTuple):
    """What must remain possible of a count (or of the sum through its month) while it is hidden."""

    number: int
    of_sum: bool
    value: int
    need: Need

    @property
    def ends(self) -> dict[int, int]:
        """How far it must be able to move each way: 1 is up, -1 is down."""
        ends = {1: self.need.high - self.value, -1: self.value - max(self.need.low, 0)}
        return {way: end for way, end in ends.items() if end > 0}

    def is_met(self, seen: Mapping[int, float]) -> bool:
        """Whether it is enough that it was seen to move so far each way."""
        if self.need.either:
            return sum(seen.values()) >= max(self.ends.values()) - ALMOST
        return all(seen[way] >= end - ALMOST for way, end in self.ends.items())


@dataclass(frozen=True, eq=False)
class Proof:
    """Another table that would look the same: which counts are other in it, by their numbers, and by how much."""

    numbers: np.ndarray
    moves: np.ndarray

    def holds(self, tied: np.ndarray) -> bool:
        """Whether it would still look the same if more sums were shown: `tied` says in which each count is, or -1."""
        sums = tied[self.numbers]
        return not np.bincount(sums[sums >= 0], self.moves[sums >= 0]).any()


Proofs = dict[Demand, dict[int, Proof]]
"""For demands that are met, by the way that was looked for."""
Beyond = Mapping[int, tuple[int, Proof]]
"""How far a sum can move each way in months that are not looked at, and what shows it."""


def together(proofs: Sequence[Proof]) -> Proof:
    """Tables that are other in other months each, as one."""
    numbers, moves = ([getattr(one, name) for one in proofs] for name in ("numbers", "moves"))
    return Proof(np.concatenate(numbers), np.concatenate(moves))


class System:
    """How the hidden counts of some areas and months can move so that nothing that is published changes.

    With `may_hide` also those counts of that month may move that could still be hidden: `cheapest` chooses among them.
    """

    def __init__(
        self,
        table: Table,
        areas: Collection[int],
        months: Collection[int],
        may_hide: int | None = None,
        effort: Effort | None = None,
        beyond: Mapping[Demand, Beyond] | None = None,
    ) -> None:
        self.table, self.may_hide, self.effort = table, may_hide, effort or Effort()
        self.beyond = beyond or {}
        """What other months give to sums besides."""
        inside = [number for month in months for area in areas for number in table.there.get((month, area), ())]
        self.free = [number for number in inside if not table.counts[number].shown or self._could_be_hidden(number)]
        self.at = {number: column for column, number in enumerate(self.free)}
        self.lowest = [-float(table.counts[number].value) for number in self.free]
        self.loose: dict[int, Row] = {}
        """What the sums say that are shown and could still be hidden, by the number of their last count."""
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
        """The columns that a demand is about."""
        if not demand.of_sum:
            return [self.at[demand.number]] if demand.number in self.at else []
        batch, _is_closed = self.table.batch(demand.number)
        return [self.at[one] for one in batch[: batch.index(demand.number) + 1] if one in self.at]

    def more(self, demand: Demand, way: int) -> float:
        """How far other months move what a demand is about."""
        moved, _proof = self.beyond.get(demand, {}).get(way, (0, None))
        return float(moved)

    def proof(self, found: np.ndarray) -> Proof:
        """A table that was found, as it is kept."""
        moves = np.round(found).astype(np.int32)
        there = np.flatnonzero(moves)
        return Proof(np.array(self.free, dtype=np.int32)[there], moves[there])

    @property
    def solver(self) -> Highs:
        """The solver, which begins each question where the last one ended."""
        if self._solver is None:
            self._solver = solver_of(self.lowest, [MUCH] * len(self.free), [*self.rows, *self.loose.values()])
        return self._solver

    def together(self, aims: Sequence[tuple[Sequence[int], int]], way: int) -> np.ndarray | None:
        """As `farthest`, for many: none of them takes more than it needs, so that as many as possible come through."""
        single = {columns[0]: float(end) for columns, end in aims if len(columns) == 1}
        for column, end in single.items():
            self.solver.changeColBounds(column, *((self.lowest[column], end) if way > 0 else (-end, MUCH)))
        found = self.farthest([(columns, way) for columns, _end in aims])
        for column in single:
            self.solver.changeColBounds(column, self.lowest[column], MUCH)
        return found

    def farthest(self, aims: Iterable[tuple[Sequence[int], int]]) -> np.ndarray | None:
        """Another table in which these sums of columns are as far up (1) or down (-1) as can be, in whole numbers."""
        cost = np.zeros(len(self.free))
        for columns, way in aims:
            np.add.at(cost, list(columns), -float(way))
        every = np.arange(len(cost), dtype=np.int32)
        self.solver.changeColsCost(len(cost), every, cost)
        found = solved(self.solver, self.effort)
        if found is not None and np.abs(found - np.round(found)).max(initial=0) > ALMOST:
            # People come in whole numbers: who knows that must not learn more.
            self.solver.changeColsIntegrality(len(cost), every, np.full(len(cost), HighsVarType.kInteger))
            found = solved(self.solver, self.effort)
            self.solver.changeColsIntegrality(len(cost), every, np.full(len(cost), HighsVarType.kContinuous))
        return found


def unmet(
    system: System, demands: Collection[Demand], proofs: Proofs | None = None, *, singly: bool = True
) -> dict[Demand, int]:
    """Those demands for which no other tables are found that would be published in the same form.

    With each the way that it cannot be seen to move far enough: 1 is up, -1 is down. Not `singly`: many are looked at
    at once, and of those that are left perhaps each by itself is met. What shows it is kept in `proofs`.
    """
    seen = _Seen(system, demands, {} if proofs is None else proofs)
    for way in (-1, 1) if system.free else ():
        # As many as possible at once, then those that are left, each by itself.
        while aims := [(seen.columns[one], one.ends[way]) for one in seen.waiting(way)]:
            if system.effort.is_over or not seen.look(system.together(aims, way)):
                break
    for way in (-1, 1) if system.free and singly else ():
        for one in seen.waiting(way):
            if one in seen.left and not system.effort.is_over:
                seen.look(system.farthest([(seen.columns[one], way)]))
    return {one: seen.missing(one) for one in seen.left}


class _Seen:
    """How far the counts of demands were seen to move each way, in all other tables that were found."""

    def __init__(self, system: System, demands: Collection[Demand], proofs: Proofs) -> None:
        self.system, self.proofs = system, proofs
        self.columns = {one: system.moves(one) for one in demands}
        self.left = {one: {way: min(system.more(one, way), end) for way, end in one.ends.items()} for one in demands}
        for one in [one for one, seen in self.left.items() if one.is_met(seen)]:
            self.proofs[one] = {way: proof for way, (_moved, proof) in system.beyond[one].items()}
            del self.left[one]

    def waiting(self, way: int) -> list[Demand]:
        """The demands that are not met and could have been seen farther that way."""
        far = ((one, seen.get(way, MUCH), one.ends.get(way, 0)) for one, seen in self.left.items() if self.columns[one])
        return [one for one, moved, end in far if moved < end - ALMOST]

    def missing(self, one: Demand) -> int:
        """The first way that a demand was not seen to move far enough."""
        return next((way for way, end in sorted(one.ends.items()) if self.left[one][way] < end - ALMOST), -1)

    def look(self, found: np.ndarray | None) -> bool:
        """Take another table into account; whether it showed something new."""
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
    """Which counts, and which sums, to hide besides so that a demand is met; None if there is no such choice.

    `weights` are the losses: of the counts that may be hidden, in the order of `free`, then of the `loose` sums.
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
        # In halves it would be met already, but people come in whole numbers.
        solver.changeColsIntegrality(len(every), every, np.full(len(every), HighsVarType.kInteger))
        found = solved(solver, system.effort, choice=True)
    if found is None:
        return None
    chosen = found[first:] > HALF
    counts = [system.free[column] for column, is_hidden in zip(hideable, chosen, strict=False) if is_hidden]
    return counts, [one for one, is_hidden in zip(system.loose, chosen[len(hideable) :], strict=True) if is_hidden]
