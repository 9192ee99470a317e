"""Streets as people see them: pieces between crossings joined where they go straight on. Pure.

Long streets matter most on a small map, and a joined street takes far fewer bytes than its pieces. The idea is that of
"strokes" (Thomson and Richardson 1999, "The 'good continuation' principle of perceptual organization applied to the
generalization of road networks"); names go before angles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import atan2, dist, pi

from portal.markets.map.frame import Point

STRAIGHT_ON = pi / 4
End = tuple[int, bool]
"""A piece and one of its ends: True is the last point."""


@dataclass(frozen=True)
class Line:
    """A piece of a street, or a street."""

    points: Sequence[Point]
    name: tuple[str, str] = ("", "")

    @property
    def length(self) -> float:
        return sum(dist(here, there) for here, there in pairwise(self.points))


def strokes(pieces: Sequence[Line]) -> list[Line]:
    """The streets that these pieces make; every piece is in exactly one. The longest come first."""
    partner = _partners(pieces)
    free = [(index, end) for index in range(len(pieces)) for end in (False, True) if (index, end) not in partner]
    # What is left after those with a free end goes round in circles.
    starts = [*free, *((index, False) for index in range(len(pieces)))]
    used: set[int] = set()
    found = [_joined(pieces, chain) for start in starts if (chain := list(_walk(start, partner, used)))]
    return sorted(found, key=lambda line: (-line.length, line.points[0], line.points[-1]))


def _walk(start: End, partner: dict[End, End], used: set[int]) -> Iterator[End]:
    """Pieces in order, each with the end at which it is entered."""
    here: End | None = start
    while here is not None and here[0] not in used:
        used.add(here[0])
        yield here
        here = partner.get((here[0], not here[1]))


def _joined(pieces: Sequence[Line], chain: Sequence[End]) -> Line:
    points: list[Point] = []
    for index, from_last in chain:
        piece = pieces[index].points
        points += (piece[::-1] if from_last else piece)[1 if points else 0 :]
    name = max((pieces[index] for index, _end in chain), key=lambda piece: (any(piece.name), piece.length)).name
    return Line(points, name)


def _partners(pieces: Sequence[Line]) -> dict[End, End]:
    """Which end goes on into which, at every crossing."""
    crossings: dict[Point, list[End]] = defaultdict(list)
    for index, piece in enumerate(pieces):
        for end in (False, True):
            x, y = piece.points[-1 if end else 0]
            crossings[round(x, 1), round(y, 1)].append((index, end))
    partner: dict[End, End] = {}
    for ends in crossings.values():
        partner |= _pairs(pieces, ends)
    return partner


def _pairs(pieces: Sequence[Line], ends: Sequence[End]) -> dict[End, End]:
    paired: dict[End, End] = {}
    for _bend, one, other in sorted(_candidates(pieces, ends)):
        if one not in paired and other not in paired:
            paired |= {one: other, other: one}
    return paired


def _candidates(pieces: Sequence[Line], ends: Iterable[End]) -> Iterator[tuple[tuple[bool, float], End, End]]:
    for one, other in combinations(ends, 2):
        names = pieces[one[0]].name, pieces[other[0]].name
        is_named = names[0] == names[1] and any(names[0])
        bend = abs(pi - abs(_turn(_heading(pieces, one) - _heading(pieces, other))))
        if one[0] != other[0] and (is_named or (bend < STRAIGHT_ON and not all(map(any, names)))):
            yield (not is_named, round(bend, 6)), one, other


def _heading(pieces: Sequence[Line], end: End) -> float:
    """The direction in which a piece leaves the crossing."""
    points = pieces[end[0]].points
    (x, y), (next_x, next_y) = (points[-1], points[-2]) if end[1] else (points[0], points[1])
    return atan2(next_y - y, next_x - x)


def _turn(angle: float) -> float:
    return (angle + pi) % (2 * pi) - pi
