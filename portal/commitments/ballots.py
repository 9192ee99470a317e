"""What residents say of promises: one paper slip, one answer, and nothing that ties the one to the other.

A slip's code proves that somebody was at the session and nothing else. What is kept of an answer is that a count grew
by one; which slip it came from is known to nobody, and the counts are shown when the answering is over, never before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.core.texted import NO_WORDS, UNSURE_WORDS, YES_WORDS, listed, read_says

MOST_SLIPS = 500
MOST_PROMISES = 9
"""So that each has one figure on the slip and in a text."""
LONGEST = timedelta(days=60)
FEWEST_SHOWN = 10


class BallotChoice(StrEnum):
    """What a resident can say of a promise."""

    KEPT = "kept"
    PARTLY = "partly"
    BROKEN = "broken"
    UNSURE = "unsure"


SAYS = tuple(say.value for say in BallotChoice)
FIGURES = {"1": BallotChoice.KEPT, "2": BallotChoice.PARTLY, "3": BallotChoice.BROKEN, "0": BallotChoice.UNSURE}
"""As they stand on the slip, for a text: 1 kept, 2 partly, 3 not kept, 0 I don't know."""
_KEPT = (*YES_WORDS, "kept", "it was kept", "cumplido", "cumplida", "cumplio", "se cumplio", "cumplieron")
_PARTLY = "partly, partially, in part, half, a medias, en parte, parcialmente"
_EITHER = """partly kept, kept partly, kept in part, cumplido a medias, cumplido en parte, se cumplio a medias,
    se cumplio en parte"""
_BROKEN = """not kept, it was not kept, wasnt kept, broken, incumplido, incumplida, no cumplido, no cumplida,
    no cumplio, no se cumplio, no cumplieron"""
WORDS = {
    **dict.fromkeys(_KEPT, BallotChoice.KEPT),
    **dict.fromkeys(listed(_PARTLY), BallotChoice.PARTLY),
    **dict.fromkeys((*NO_WORDS, *listed(_BROKEN)), BallotChoice.BROKEN),
    **dict.fromkeys(UNSURE_WORDS, BallotChoice.UNSURE),
}
"""The same in words, for those who write as they speak; folded."""
_TOGETHER = {**WORDS, **dict.fromkeys(listed(_EITHER), BallotChoice.PARTLY)}
"""And what can be two answers as well: "kept partly" of two promises."""


@dataclass(frozen=True)
class ShownAnswers:
    """What may be shown of the answers about one promise. None for a count that is not shown."""

    rows: tuple[tuple[BallotChoice, int | None], ...]
    total: int


def says_of(rest: str, promises: int) -> tuple[BallotChoice, ...] | None:
    """What is said of each of so many promises, in figures or in words; None if it is not one answer to each.

    `rest` as `portal.core.texted` leaves it.
    """
    readings = (read_says(rest, FIGURES, words) for words in (_TOGETHER, WORDS))
    return next((said for said in readings if said and len(said) == promises), None)


def is_only_answers(rest: str) -> bool:
    """Whether a text says nothing but answers, be they as many as they may."""
    return read_says(rest, FIGURES, _TOGETHER) is not None


def is_open(opens_on: date, closes_on: date, today: date) -> bool:
    """Whether slips are taken; the last day counts."""
    return opens_on <= today <= closes_on


def shown(counts: Mapping[str, int]) -> ShownAnswers | None:
    """What may be shown, once the answering is over; None while fewer than ten answered.

    The sum is never a secret: every slip answers for every promise. So counts from 1 to 9 are hidden together with the
    next smallest, until at least two are hidden and make ten: then each of them can still be anything from 1 to 9.
    """
    full = {say: counts.get(say, 0) for say in BallotChoice}
    total = sum(full.values())
    if total < FEWEST_SHOWN:
        return None
    hidden = {say for say, count in full.items() if 0 < count < FEWEST_SHOWN}
    # An empty answer goes last: that nobody said something tells of nobody.
    spare = sorted((say for say in full if say not in hidden), key=lambda say: (full[say] == 0, full[say]))
    while hidden and spare and (len(hidden) < 2 or sum(full[say] for say in hidden) < FEWEST_SHOWN):
        hidden.add(spare.pop(0))
    return ShownAnswers(tuple((say, None if say in hidden else count) for say, count in full.items()), total)
