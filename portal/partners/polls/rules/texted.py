"""An answer by text: after the code a figure for each time on the slip, 1 yes, 2 if need be, 0 no, or those words."""

from __future__ import annotations

from portal.core.texted import NO_WORDS, YES_WORDS, listed, read_says
from portal.partners.polls.rules.best import Choice

FIGURES = {"1": Choice.YES, "2": Choice.MAYBE, "0": Choice.NO}
_MAYBE = """if need be, if needed, if necessary, if i must, maybe, perhaps, si hace falta, si es necesario, quizas,
    quiza, tal vez, talvez, a lo mejor, puede ser"""
WORDS = {
    **dict.fromkeys(YES_WORDS, Choice.YES),
    **dict.fromkeys(listed(_MAYBE), Choice.MAYBE),
    **dict.fromkeys(NO_WORDS, Choice.NO),
}


def says_of(rest: str) -> tuple[Choice, ...] | None:
    """What is said of each time, in the order of the slip; `rest` as `portal.core.texted` leaves it."""
    return read_says(rest, FIGURES, WORDS)
