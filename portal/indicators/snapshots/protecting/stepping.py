"""What the months of a sum give that are not looked at with it: so a sum over years needs no question about years.

Two tables that are other in other months, and in each of which every sum that is shown is the same, are together a
third one. So months are looked at by themselves, a few at a time, and what is found there is added: those of a season
first, which is quick, or all that sums tie together, which leaves nothing out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from portal.indicators.snapshots.protecting.reckoning import Beyond, Demand, Proof, System, together
from portal.indicators.snapshots.protecting.solving import Effort
from portal.indicators.snapshots.rules.table import Table

SEASON = 6
"""Months of a season."""
Months = frozenset[int]


class Step(NamedTuple):
    """How far counts, taken together, can move one way, and the table that shows it."""

    moved: int
    proof: Proof


def season(month: int) -> Months:
    """The months that a month is looked at with when it has to be quick."""
    first = month - month % SEASON
    return frozenset(range(first, first + SEASON))


class Steps:
    """How far the counts of some months can move while those of all others stay as they are."""

    def __init__(self, table: Table, asked: Effort) -> None:
        self.table, self.asked = table, asked
        self.lines: dict[int, list[list[int]]] = defaultdict(list)
        """The series of each area of which sums are published."""
        for spot, line in table.series.items():
            if table.has_sum(line[0]):
                self.lines[spot.area].append(line)
        self.deciding = -1
        self.runs: dict[tuple[int, ...], dict[int, Months]] = {}
        self.found: dict[tuple[tuple[int, ...], int, Months, tuple[int, ...]], Step | None] = {}
        """By the counts, the way, the months, the areas."""

    def begin(self, deciding: int, tied: np.ndarray) -> None:
        """Forget what holds no more with the sums of a month: `tied` says in which of them each count is, or -1."""
        self.deciding, self.runs = deciding, {}
        self.found = {key: step for key, step in self.found.items() if step is not None and step.proof.holds(tied)}

    def run(self, month: int, near: Sequence[int]) -> Months:
        """All months that sums of some areas tie to one. Of the month that is decided every count may yet be hidden."""
        key = tuple(near)
        if key not in self.runs:
            runs: dict[int, Months] = {}
            for tied in (tied for area in near for line in self.lines[area] for tied in self._tied(line)):
                whole = tied.union(*(runs.get(other, tied) for other in tied))
                runs |= dict.fromkeys(whole, whole)
            self.runs[key] = runs
        return self.runs[key].get(month, frozenset((month,)))

    def _tied(self, line: Sequence[int]) -> Iterable[Months]:
        """The months between two sums that are shown whose counts are not."""
        months: set[int] = set()
        for one in (self.table.counts[number] for number in line):
            if not one.shown or (one.is_open and one.spot.month == self.deciding):
                months.add(one.spot.month)
            if one.sum_shown:
                yield frozenset(months)
                months = set()

    def beyond(self, demand: Demand, inside: Collection[int], near: Sequence[int], *, whole: bool) -> Beyond:
        """What the months of a sum give that are not `inside`, by seasons or (`whole`) with all they are tied to."""
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

    def _step(self, numbers: tuple[int, ...], way: int, months: Months, near: Sequence[int]) -> Step | None:
        key = numbers, way, months, tuple(near)
        if key not in self.found and not self.asked.is_over:
            system = System(self.table, near, sorted(months), effort=self.asked)
            columns = [system.at[number] for number in numbers]
            table = system.farthest([(columns, way)])
            moved = 0 if table is None else round(way * float(table[columns].sum()))
            self.found[key] = None if table is None or moved <= 0 else Step(moved, system.proof(table))
        return self.found.get(key)
