"""Somebody who has every snapshot that was ever published, knows how counts add up, and can solve linear programs.

Written from the documents alone: nothing of how counts are hidden is used here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from math import inf
from typing import NamedTuple

import numpy as np
from highspy import Highs, HighsLp, HighsStatus, MatrixFormat
from highspy import HighsModelStatus as Status
from highspy import ObjSense as Sense
from scipy.sparse import coo_matrix, csr_matrix

from portal.indicators.snapshots.snapshots import Document

# With the primal method a new question goes on from the last answer.
OPTIONS: dict[str, bool | int | str] = {"output_flag": False, "threads": 1, "parallel": "off", "simplex_strategy": 4}


class Known(NamedTuple):
    """A count that the attacker reasons about."""

    measure: str
    place: str
    language: str
    channel: str
    month: str


Sum = tuple[tuple[Known, float], ...]


class Attacker:
    """All that can be reckoned from `documents`. `exhaustive`: every person has a known language and channel."""

    def __init__(self, documents: Iterable[Document], *, exhaustive: bool = True):
        self.columns: dict[Known, int] = {}
        self.equal: list[tuple[Sum, float]] = []
        self.at_least: list[tuple[Sum, float]] = []
        self.sums: dict[Known, Sum] = {}
        self.of: dict[str, str] = {}
        for document in documents:
            self.read(document)
        self.whole(exhaustive)
        self.city()
        self.parts()

    # ── What is published ────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, document: Document) -> None:
        self.of |= {one.key: one.of for one in document.measures if one.of}
        guarded = {one.key for one in document.measures if one.guarded}
        lists = [("", document.city), *((place.slug, place.series) for place in document.places)]
        for place, series in lists:
            for one in series:
                if one.measure not in guarded or one.area not in ("place", "city"):
                    continue
                past: list[tuple[Known, float]] = []
                for number, (month, value) in enumerate(zip(document.months, one.values, strict=True)):
                    if value is None:
                        continue
                    known = Known(one.measure, place, one.language, one.channel, month)
                    self.columns.setdefault(known, len(self.columns))
                    past.append((known, 1.0))
                    if value != "hidden":
                        self.equal.append((((known, 1.0),), value))
                    if one.sums and one.sums[number] != "hidden":
                        self.equal.append((tuple(past), one.sums[number]))
                    if one.sums:
                        self.sums[known] = tuple(past)

    # ── What everybody knows of it ───────────────────────────────────────────────────────────────────────────────────

    def whole(self, exhaustive: bool) -> None:
        lines: dict[tuple[Known, str], list[Known]] = defaultdict(list)
        for one in self.columns:
            if one.language or one.channel:
                kind = "language" if one.language else "channel"
                lines[one._replace(language="", channel=""), kind].append(one)
        for (total, _kind), parts in lines.items():
            if total in self.columns:
                left = ((total, 1.0), *((part, -1.0) for part in parts))
                (self.equal if exhaustive else self.at_least).append((left, 0))

    def city(self) -> None:
        self.rest: dict[Known, Sum] = {}
        places: dict[Known, list[Known]] = defaultdict(list)
        for one in self.columns:
            if one.place:
                places[one._replace(place="")].append(one)
        for city in [one for one in self.columns if not one.place]:
            self.rest[city] = ((city, 1.0), *((place, -1.0) for place in places[city]))
            self.at_least.append((self.rest[city], 0))

    def parts(self) -> None:
        self.others: dict[Known, Sum] = {}
        for one in self.columns:
            whole = one._replace(measure=self.of.get(one.measure, ""))
            if whole in self.columns:
                self.others[one] = ((whole, 1.0), (one, -1.0))
                self.at_least.append((self.others[one], 0))
        for rest in self.rest.values():
            theirs = [self.others.get(known) for known, _sign in rest]
            if all(theirs):
                signs = [sign for _known, sign in rest]
                left = [(known, sign * one) for sign, other in zip(signs, theirs, strict=True) for known, one in other]
                self.at_least.append((tuple(left), 0))

    # ── What follows ─────────────────────────────────────────────────────────────────────────────────────────────────

    def bounds(self, wanted: Sum) -> tuple[float, float]:
        """The least and the most that a sum of counts can be."""
        aim: dict[int, float] = defaultdict(float)
        for known, sign in wanted:
            aim[self.columns[known]] += sign
        self._aim_at(aim)
        found = [self._solved(sense, limit) for sense, limit in ((Sense.kMinimize, -inf), (Sense.kMaximize, inf))]
        self._aim_at(dict.fromkeys(aim, 0.0))
        return found[0], found[1]

    def _aim_at(self, aim: dict[int, float]) -> None:
        self.solver.changeColsCost(len(aim), np.array(list(aim), dtype=np.int32), np.array(list(aim.values())))

    def _solved(self, sense: Sense, limit: float) -> float:
        self.solver.changeObjectiveSense(sense)
        self.solver.run()
        status = self.solver.getModelStatus()
        # What is published has a solution, which the first look at it proved: infeasible it is not.
        if status in (Status.kUnbounded, Status.kUnboundedOrInfeasible):
            return limit
        assert status == Status.kOptimal, status
        return float(self.solver.getInfo().objective_function_value)

    @cached_property
    def solver(self) -> Highs:
        """What is published, as one linear program. Each question begins where the one before it ended."""
        rows = [*self.equal, *self.at_least]
        problem = HighsLp()
        problem.num_col_, problem.num_row_ = len(self.columns), len(rows)
        problem.col_cost_ = np.zeros(len(self.columns))
        problem.col_lower_, problem.col_upper_ = np.zeros(len(self.columns)), np.full(len(self.columns), inf)
        problem.row_lower_ = np.array([float(right) for _left, right in rows])
        problem.row_upper_ = np.array([*(float(right) for _left, right in self.equal), *(inf for _ in self.at_least)])
        matrix = self.matrix(rows)
        problem.a_matrix_.format_ = MatrixFormat.kRowwise
        problem.a_matrix_.start_, problem.a_matrix_.index_ = matrix.indptr, matrix.indices
        problem.a_matrix_.value_ = matrix.data
        solver = Highs()
        for option, value in OPTIONS.items():
            assert solver.setOptionValue(option, value) == HighsStatus.kOk, option
        assert solver.passModel(problem) == HighsStatus.kOk
        solver.run()
        assert solver.getModelStatus() == Status.kOptimal, "what is published contradicts itself"
        return solver

    def matrix(self, rows: list[tuple[Sum, float]]) -> csr_matrix:
        entries = [(row, self.columns[one], sign) for row, (left, _right) in enumerate(rows) for one, sign in left]
        rows_, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
        return coo_matrix((signs, (rows_, columns)), shape=(len(rows), len(self.columns)), dtype=float).tocsr()
