"""An audit of everything that was ever published: what follows from it for the counts that are hidden.

The attacker has every snapshot and knows how people are counted: each month from zero, a part within its whole and
groups of people together within theirs, those who answered within those who were asked, places within the city. One who
also knows the rule knows that a hidden count of all at a place is at most `SMALL`, as is one that only the city has, or
that so few of those asked did not answer. Both ask a linear program how small and how large each hidden number can be.
Written from the documents alone, so that it shares no mistake with `protection`. That groups and parts are shown all or
none is no linear relation; tests go through all tables that would be published alike instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from portal.indicators.statistics.protection import SMALL
from portal.indicators.statistics.schema import Document, SnapshotSeries
from portal.indicators.statistics.terms import FRAMES, plus, read, written

Array = NDArray[np.float64]
ALMOST = 1e-6


class Cell(NamedTuple):
    """A count of one month; `place` is "" for the whole city."""

    measure: str
    place: str
    month: str


Terms = tuple[tuple[Cell, float], ...]


class Row(NamedTuple):
    terms: Terms
    low: float
    high: float


@dataclass(frozen=True)
class HiddenValue:
    """A hidden number: the counts that it is the sum of, and what it can be."""

    cells: tuple[Cell, ...]
    low: float
    high: float
    is_whole: bool
    """Whether its measure is no part of another, so that it may be zero too."""

    @property
    def is_open(self) -> bool:
        """Whether it may still be anything from 1 (a whole: 0) to `SMALL`, or else has as many values."""
        first = 0 if self.is_whole else 1
        has_small = self.low <= first + ALMOST and self.high >= SMALL - ALMOST
        return has_small or self.high - self.low >= SMALL - 1 - ALMOST


def audit(documents: Iterable[Document], *, knows_rule: bool = False) -> list[HiddenValue]:
    published = _Published(documents, knows_rule=knows_rule)
    return [*(one for part in published.parts() for one in part), *published.differences()]


class _Published:
    def __init__(self, documents: Iterable[Document], *, knows_rule: bool) -> None:
        self.knows_rule = knows_rule
        self.of: dict[str, str] = {}
        self.groups: set[str] = set()
        """The parts that exclude each other: arrests and stops by group of people."""
        self.columns: dict[Cell, int] = {}
        self.rows: dict[tuple[Terms, float], Row] = {}
        self.hidden: dict[tuple[Cell, ...], bool] = {}
        self.shown: dict[tuple[Cell, ...], int] = {}
        self.small: list[tuple[Cell, ...]] = []
        """Hidden counts of all at a place, or that only the city has, if the attacker knows the rule."""
        for document in sorted(documents, key=lambda document: document.frozen_on):
            self.of |= {measure.key: measure.of for measure in document.measures if measure.of}
            policing = {measure.key for measure in document.measures if measure.kind == "policing"}
            self.groups |= policing & self.of.keys()
            guarded = {measure.key for measure in document.measures if measure.guarded}
            places = ((place.slug, place.series) for place in document.places)
            for slug, line in ((slug, line) for slug, lines in (("", document.city), *places) for line in lines):
                if line.measure in guarded and line.area in ("place", "city"):
                    self._read(document.months, slug, line)
        for row in [*self._city(), *self._parts(), *self._small()]:
            self.rows[row.terms, row.low] = row

    def _read(self, months: Sequence[str], slug: str, line: SnapshotSeries) -> None:
        is_whole = line.measure not in self.of
        for at, value in enumerate(line.values):
            # A number that was moved by chance, without a bound, rules nothing out.
            if value is None or (line.moved_from and months[at] >= line.moved_from):
                continue
            many = line.covers[at] if line.covers else 1
            ago = (plus(read(months[at]), -age) for age in reversed(range(many)))
            cells = tuple(Cell(line.measure, slug, written(month)) for month in ago)
            for cell in cells:
                self.columns.setdefault(cell, len(self.columns))
            if isinstance(value, int):
                terms = tuple((cell, 1.0) for cell in cells)
                self.rows[terms, value] = Row(terms, value, value)
                self.shown[cells] = value
            else:
                self.hidden[cells] = is_whole
                self.small += [cells] if self.knows_rule and is_whole else []

    def _city(self) -> Iterator[Row]:
        places: dict[Cell, list[Cell]] = defaultdict(list)
        for cell in self.columns:
            if cell.place:
                places[cell._replace(place="")].append(cell)
        for city in [cell for cell in self.columns if not cell.place]:
            yield Row(((city, 1.0), *((place, -1.0) for place in places[city])), 0, inf)

    def _parts(self) -> Iterator[Row]:
        """Yield that parts are within their wholes, groups together, and those who answered among those asked."""
        groups: dict[Cell, list[Cell]] = defaultdict(list)
        frames = {answered: asked for asked, answered in FRAMES.items()}
        for part in self.columns:
            for of in (self.of, frames):
                whole = part._replace(measure=of.get(part.measure, ""))
                if whole in self.columns:
                    yield Row(((whole, 1.0), (part, -1.0)), 0, inf)
                    if of is self.of and part.measure in self.groups:
                        groups[whole].append(part)
        for whole, parts in groups.items():
            yield Row(((whole, 1.0), *((part, -1.0) for part in parts)), 0, inf)

    def _small(self) -> Iterator[Row]:
        for cells in self.small:
            answered = tuple(cell._replace(measure=FRAMES.get(cell.measure, "")) for cell in cells)
            terms = tuple((cell, 1.0) for cell in cells)
            if answered in self.shown:
                yield Row((*terms, *((cell, -1.0) for cell in answered)), 1, SMALL)
            else:
                yield Row(terms, 0, SMALL)

    def differences(self) -> Iterator[HiddenValue]:
        """Yield those in a whole and not in its part, and those asked who did not answer, where they are few."""
        within = {**self.of, **{answered: asked for asked, answered in FRAMES.items()}}
        for cells, value in self.shown.items():
            whole = self.shown.get(tuple(one._replace(measure=within.get(one.measure, "")) for one in cells))
            if whole is not None and 0 < whole - value <= SMALL:
                yield HiddenValue(cells, whole - value, whole - value, is_whole=False)

    def parts(self) -> Iterator[list[HiddenValue]]:
        """Yield the hidden numbers of each group of counts that nothing connects with others."""
        rows = list(self.rows.values())
        matrix = _matrix([row.terms for row in rows], self.columns)
        square = coo_matrix(abs(matrix.T @ matrix))
        _many, labels = connected_components(square, directed=False)
        groups: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            groups[labels[self.columns[row.terms[0][0]]]].append(row)
        hidden_by_group: dict[int, list[tuple[Cell, ...]]] = defaultdict(list)
        for cells in self.hidden:
            hidden_by_group[labels[self.columns[cells[0]]]].append(cells)
        for label, hidden in hidden_by_group.items():
            question = _Program(groups[label], [cell for cells in hidden for cell in cells])
            yield [HiddenValue(cells, *question.bounds(cells), self.hidden[cells]) for cells in hidden]


def _matrix(terms: Sequence[Terms], columns: Mapping[Cell, int]) -> csr_matrix:
    entries = [(row, columns[cell], sign) for row, found in enumerate(terms) for cell, sign in found]
    rows, at, signs = zip(*entries, strict=True) if entries else ((), (), ())
    return coo_matrix((signs, (rows, at)), shape=(len(terms), len(columns)), dtype=float).tocsr()


class _Program:
    def __init__(self, rows: Sequence[Row], also: Iterable[Cell]) -> None:
        cells = dict.fromkeys([*(cell for row in rows for cell, _sign in row.terms), *also])
        self.columns = {cell: number for number, cell in enumerate(cells)}
        matrix = _matrix([row.terms for row in rows], self.columns)
        ends = [row.low for row in rows], [row.high for row in rows]
        self.known = [LinearConstraint(matrix, *ends)] if rows else []
        if self._least(np.zeros(len(self.columns))) is None:
            raise ValueError("what is published contradicts itself")

    def bounds(self, cells: Sequence[Cell]) -> tuple[float, float]:
        cost = np.zeros(len(self.columns))
        cost[[self.columns[cell] for cell in cells]] = 1
        low, high = self._least(cost), self._least(-cost)
        # There is a solution, so that what has no least is without an end.
        return -inf if low is None else low, inf if high is None else -high

    def _least(self, cost: Array) -> float | None:
        solution = milp(cost, constraints=self.known, bounds=Bounds(0, inf))
        return float(solution.fun) if solution.success else None
