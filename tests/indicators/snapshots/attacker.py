"""Somebody who has every snapshot that was ever published, knows how counts add up, and can solve linear programs.

Written from the documents alone: nothing of how counts are hidden is used here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from portal.indicators.snapshots.document import Document


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
        equal, equals = self.matrix(self.equal)
        more, least = self.matrix(self.at_least)
        aim = np.zeros(len(self.columns))
        for known, sign in wanted:
            aim[self.columns[known]] += sign
        found = []
        for way in (1, -1):
            answer = linprog(way * aim, A_ub=-more, b_ub=-least, A_eq=equal, b_eq=equals, method="highs")
            assert answer.status in (0, 3), answer.message
            found.append(way * answer.fun if answer.status == 0 else float("inf"))
        return found[0], found[1]

    def matrix(self, rows: list[tuple[Sum, float]]):
        entries = [(row, self.columns[one], sign) for row, (left, _right) in enumerate(rows) for one, sign in left]
        rows_, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(rows), len(self.columns))
        return coo_matrix((signs, (rows_, columns)), shape=shape).tocsr(), np.array([right for _left, right in rows])
