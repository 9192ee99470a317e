"""Answers by text, for whoever takes texts in: `app.extensions["texted"]` holds functions that know a kind of them."""

from __future__ import annotations

from portal.commitments.rules.ballots import slip_code
from portal.indicators.surveys.actions import answer, survey_for
from portal.indicators.surveys.rules import read_text
from portal.indicators.surveys.texts import how_to_answer, thanks


def take_text(text: str) -> str | None:
    """Take an answer that came by text; the reply to it, or None when it is of no survey.

    Whoever calls it limits how often one sender may try: an unknown code is None as well. The number is not asked for.
    """
    folded = " ".join(text.casefold().replace("ó", "o").split())
    read, code = read_text(folded), slip_code(folded)
    if read and answer(read.code, read.says, "sms"):
        return thanks()
    # The slip is good, only what follows is not: it stays good, and is no report.
    return how_to_answer() if code and survey_for(code) else None
