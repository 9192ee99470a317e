"""Codes that people text to answer to a meeting: four figures, of which no two in use are one slip of a finger apart.

The last figure follows from the first three (the check figure of H. M. Damm): one wrong figure, or two neighbors the
other way round, never make the code of another meeting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

LEAST_APART = 2
_FIRST = range(100, 1000)
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def check_figure(figures: str) -> str:
    """The figure behind these that gives a slip away."""
    state = "0"
    for figure in figures:
        state = _DAMM[int(state)][int(figure)]
    return state


CODES = tuple(f"{first}{check_figure(str(first))}" for first in _FIRST)


def places_apart(one: str, other: str) -> int:
    """In how many places two codes of one length differ."""
    return sum(mine != its for mine, its in zip(one, other, strict=True))


def free_codes(used: Iterable[str]) -> Sequence[str]:
    """The codes that are far enough from every code in use, also from those that were given before there was a rule."""
    taken = set(used)
    others = taken.difference(CODES)
    free = [code for code in CODES if code not in taken]
    return [code for code in free if all(places_apart(code, other) >= LEAST_APART for other in others)]


def draw_code(used: Iterable[str], chance: Random) -> str | None:
    """A code for another meeting; None when they are used up, and then it cannot be answered to by text."""
    free = free_codes(used)
    return chance.choice(free) if free else None
