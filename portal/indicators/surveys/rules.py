"""What a survey asks, what a slip's text may say, and what a count typed in from paper must add up to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.commitments.rules.ballots import LONGEST
from portal.core.codes import read_code


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

Says = Mapping[Question, bool | None]
"""What somebody said; None for a question that was left out."""


@dataclass(frozen=True)
class Texted:
    """A slip's code, and what was said."""

    code: str
    says: Says


def read_text(folded: str) -> Texted | None:
    """The whole text "k7f2-qd3m 1 2 1", or None. `folded`: small letters without accents, single spaces."""
    found = re.fullmatch(r"(?:(?:code|codigo) )?([a-z0-9]{4})[ -]?([a-z0-9]{4})((?: ?[0-2]){3})", folded)
    code = read_code(found[1] + found[2]) if found else None
    if found is None or code is None:
        return None
    figures = [FIGURES[sign] for sign in found[3] if sign != " "]
    return Texted(code, dict(zip(QUESTIONS, figures, strict=True)))


def days_fit(opens_on: date, closes_on: date, today: date) -> bool:
    """Whether a survey may run between these days."""
    return opens_on <= closes_on <= opens_on + LONGEST and closes_on >= today


def counted(says: Says) -> list[str]:
    """What grows by one when somebody has answered: that they were asked, and each question they said yes to."""
    return [ASKED, *(question.value for question in QUESTIONS if says.get(question))]


def adds_up(counts: Mapping[str, int]) -> bool:
    """Whether counts can be true: nobody says yes who was not asked."""
    return all(0 <= counts[question.value] <= counts[ASKED] for question in QUESTIONS)
