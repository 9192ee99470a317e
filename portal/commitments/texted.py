"""Answers by text, for whoever takes texts in: `app.extensions["slips"]` holds what each kind of slip knows."""

from __future__ import annotations

from functools import partial

from portal.commitments.actions.hearings import answer, hash_of, hearing_for
from portal.commitments.queries import slip
from portal.commitments.rules.ballots import is_only_answers, says_of
from portal.commitments.texts import SlipWord, how_to_answer, slip_answer
from portal.core.texted import SlipKind, Told


def _knows(code: str) -> bool:
    return slip(hash_of(code)) is not None


def _take(code: str, rest: str) -> Told | None:
    if not _knows(code):
        return None
    hearing = hearing_for(code)
    if hearing is None:
        return Told(partial(slip_answer, SlipWord.TOO_LATE))
    promises = len(hearing.items)
    says = says_of(rest, promises)
    if says is None:
        # The slip is good, only what follows is not: it stays good, and is no report.
        return Told(partial(how_to_answer, promises))
    done = answer(code, dict(enumerate(says, 1)))
    return Told(partial(slip_answer, SlipWord.COUNTED), is_done=True) if done else None


PROMISE_SLIPS = SlipKind(_knows, _take, is_only_answers)
