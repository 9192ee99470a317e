"""What a survey asks, what a slip's text may say, and what a count typed in from paper must add up to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from portal.commitments.rules.ballots import LONGEST
from portal.core.texted import NO_WORDS, UNSURE_WORDS, YES_WORDS, listed, read_says


class Question(StrEnum):
    """What is asked; each is also the measure under which its answers are counted."""

    AWARE = "aware"
    SAFE = "safe"
    TRUST = "trust"


ASKED = "asked"
QUESTIONS = tuple(Question)
COUNTED = (ASKED, *(question.value for question in Question))
LANGUAGES = ("en", "es")
CHANNELS = ("web", "sms", "paper")
FIGURES = {"1": True, "2": False, "0": None}
"""As they stand on the slip, for a text: 1 yes, 2 no, 0 I'd rather not say."""
_SKIPPED = """skip, pass, id rather not say, rather not say, prefer not to say, prefiero no decir, prefiero no decirlo,
    saltar, paso"""
WORDS: dict[str, bool | None] = {
    **dict.fromkeys(YES_WORDS, True),
    **dict.fromkeys(NO_WORDS, False),
    **dict.fromkeys((*UNSURE_WORDS, *listed(_SKIPPED)), None),
}
"""The same in words; who does not know says neither yes nor no. Folded."""

Says = Mapping[Question, bool | None]
"""What somebody said; None for a question that was left out."""


def says_of(rest: str) -> Says | None:
    """What is said to each question, in figures or in words; None if it is not one answer to each.

    `rest` as `portal.core.texted` leaves it.
    """
    said = read_says(rest, FIGURES, WORDS)
    return dict(zip(QUESTIONS, said, strict=True)) if said and len(said) == len(QUESTIONS) else None


def days_fit(opens_on: date, closes_on: date, today: date) -> bool:
    """Whether a survey may run between these days."""
    return opens_on <= closes_on <= opens_on + LONGEST and closes_on >= today


def counted(says: Says) -> list[str]:
    """What grows by one when somebody has answered: that they were asked, and each question they said yes to."""
    return [ASKED, *(question.value for question in QUESTIONS if says.get(question))]


def adds_up(counts: Mapping[str, int]) -> bool:
    """Whether counts can be true: nobody says yes who was not asked."""
    return all(0 <= counts[question.value] <= counts[ASKED] for question in QUESTIONS)
