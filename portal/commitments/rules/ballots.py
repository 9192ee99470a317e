"""What residents say of promises: one paper slip, one answer, and nothing that ties the one to the other.

A slip's code proves that somebody was at the session and nothing else. What is kept of an answer is that a count grew
by one; which slip it came from is known to nobody, and the counts are shown when the answering is over, never before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.core.codes import read_code

MOST_SLIPS = 500
MOST_PROMISES = 9
"""So that each has one figure on the slip and in a text."""
LONGEST = timedelta(days=60)
FEWEST_SHOWN = 10


class Say(StrEnum):
    """What a resident can say of a promise."""

    KEPT = "kept"
    PARTLY = "partly"
    BROKEN = "broken"
    UNSURE = "unsure"


SAYS = tuple(say.value for say in Say)
FIGURES = {"1": Say.KEPT, "2": Say.PARTLY, "3": Say.BROKEN, "0": Say.UNSURE}
"""As they stand on the slip, for a text: 1 kept, 2 partly, 3 not kept, 0 I don't know."""


@dataclass(frozen=True)
class Texted:
    """A slip's code, and for each promise on the slip, in its order, what was said."""

    code: str
    says: tuple[Say, ...]


@dataclass(frozen=True)
class Shown:
    """What may be shown of the answers about one promise. None for a count that is not shown."""

    rows: tuple[tuple[Say, int | None], ...]
    total: int


def slip_code(folded: str) -> str | None:
    """The code in a text that is nothing but a code, perhaps with figures, too few or wrong ones; else None."""
    found = re.fullmatch(r"(?:(?:code|codigo)[ :]*)?([a-z0-9]{4})[ -]?([a-z0-9]{4})(?:[ ,.;:-]*[0-9])*[ .]*", folded)
    return read_code(found[1] + found[2]) if found else None


def read_text(folded: str) -> Texted | None:
    """The whole text message "k7f2-qd3m 1 3 2", or None. `folded`: small letters without accents, single spaces."""
    found = re.fullmatch(r"(?:(?:code|codigo) )?([a-z0-9]{4})[ -]?([a-z0-9]{4})((?: ?[0-3])+)", folded)
    code = read_code(found[1] + found[2]) if found else None
    if found is None or code is None or not any(sign.isdigit() for sign in code + found[3]):
        return None
    return Texted(code, tuple(FIGURES[sign] for sign in found[3] if sign != " "))


def is_open(opens_on: date, closes_on: date, today: date) -> bool:
    """Whether slips are taken; the last day counts."""
    return opens_on <= today <= closes_on


def shown(counts: Mapping[str, int]) -> Shown | None:
    """What may be shown, once the answering is over; None while fewer than ten answered.

    The sum is never a secret: every slip answers for every promise. So counts from 1 to 9 are hidden together with the
    next smallest, until at least two are hidden and make ten: then each of them can still be anything from 1 to 9.
    """
    full = {say: counts.get(say, 0) for say in Say}
    total = sum(full.values())
    if total < FEWEST_SHOWN:
        return None
    hidden = {say for say, count in full.items() if 0 < count < FEWEST_SHOWN}
    # An empty answer goes last: that nobody said something tells of nobody.
    spare = sorted((say for say in full if say not in hidden), key=lambda say: (full[say] == 0, full[say]))
    while hidden and spare and (len(hidden) < 2 or sum(full[say] for say in hidden) < FEWEST_SHOWN):
        hidden.add(spare.pop(0))
    return Shown(tuple((say, None if say in hidden else count) for say, count in full.items()), total)
