"""Residents' answers about promises by text: the code of a paper slip and a figure for each promise.

They touch no report, and nothing is kept that ties the phone to the slip or to what it said.
"""

from __future__ import annotations

from flask import current_app

from portal.commitments.actions import hearings
from portal.commitments.rules.ballots import Texted
from portal.commitments.texts import SlipWord, slip_answer
from portal.core.i18n import LANGUAGES, speaking
from portal.core.limits import give_back, may_still_try, may_try
from portal.sms.actions.rsvp import reply
from portal.sms.actions.scene import Incoming, Talking
from portal.sms.rules.language import Language
from portal.sms.rules.segments import clean
from portal.sms.senders import Purpose, sender_hash

QUARTER = 900


def answer_slip(text: Incoming, talking: Talking, said: Texted, language: Language | None) -> None:
    """Count what a slip says, and answer in the phone's language, or in both while it is unknown."""
    word, promises = _counted(text.sender, said)
    words = []
    for lang in (language,) if language else LANGUAGES:
        with speaking(lang):
            words.append(slip_answer(word, promises))
    reply(text, talking, " / ".join(words))


def is_known(text: Incoming, code: str) -> bool:
    """Whether a slip with this code is about promises. Whoever sends others is soon not told any more."""
    tries = _tries(text.sender)
    if not may_try(*tries) or hearings.hearing_for(code) is None:
        return False
    give_back(*tries)
    return True


def answer_others(text: Incoming, talking: Talking, language: Language | None) -> bool:
    """Whether it was the slip of another feature, which is then answered. `answer_slip` counts unknown codes."""
    with speaking(language or "en"):
        for take in current_app.extensions["texted"]:
            words = take(clean(text.body)) if may_still_try(*_tries(text.sender)) else None
            if words is not None:
                reply(text, talking, words)
                return True
    return False


def _tries(number: str) -> tuple[str, str, int, int]:
    most: int = current_app.extensions["settings"].codes_per_address
    return "promise slip by text", sender_hash(Purpose.TALK, number), most, QUARTER


def _counted(number: str, said: Texted) -> tuple[SlipWord, int]:
    tries = _tries(number)
    if not may_try(*tries):
        return SlipWord.WAIT, 0
    hearing = hearings.hearing_for(said.code)
    if hearing is None:
        return SlipWord.UNKNOWN, 0
    # It was no guess: a family may send all its slips from one phone.
    give_back(*tries)
    if len(said.says) != len(hearing.items):
        return SlipWord.HOW_MANY, len(hearing.items)
    done = hearings.answer(said.code, dict(enumerate(said.says, 1)))
    return (SlipWord.COUNTED if done else SlipWord.UNKNOWN), 0
