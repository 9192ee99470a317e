"""Answers by text, for whoever takes texts in: `app.extensions["slips"]` holds what each kind of slip knows."""

from __future__ import annotations

from portal.core.texted import SlipKind, Told
from portal.indicators.surveys.actions import answer, hash_of, survey_for
from portal.indicators.surveys.queries import slip
from portal.indicators.surveys.rules import says_of
from portal.indicators.surveys.texts import how_to_answer, thanks, too_late


def _knows(code: str) -> bool:
    return slip(hash_of(code)) is not None


def _take(code: str, rest: str) -> Told | None:
    found, says = slip(hash_of(code)), says_of(rest)
    if found is None:
        return None
    language = found.language
    if survey_for(code) is None:
        return Told(too_late, language)
    if says is None:
        # The slip is good, only what follows is not: it stays good, and is no report.
        return Told(how_to_answer, language)
    return Told(thanks, language, is_done=True) if answer(code, says, "sms") else None


SURVEY_SLIPS = SlipKind(_knows, _take, lambda rest: says_of(rest) is not None)
