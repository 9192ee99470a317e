"""Paper slips that residents answer by text: the code and what they say, about promises, in surveys and for a date.

They touch no report, and nothing is kept that ties the phone to the slip or to what it said. The code of a slip of ours
never becomes a report, whatever else stands in the text: the desk would read who thinks what.
"""

from __future__ import annotations

from flask import current_app

from portal.commitments.texts import SlipWord, slip_answer
from portal.core.i18n import LANGUAGES, speaking
from portal.core.limits import give_back, may_try
from portal.core.texted import SlipKind, Spotted, Told, spotted
from portal.sms.actions.rsvp import reply
from portal.sms.actions.scene import Incoming, Talking
from portal.sms.rules.language import Language
from portal.sms.rules.segments import clean
from portal.sms.senders import Purpose, sender_hash
from portal.sms.texts import not_kept

QUARTER = 900


def take_slip(text: Incoming, talking: Talking, language: Language | None) -> bool:
    """Count what a slip says and answer. False if the text holds no slip's code and may be a report.

    A code that opens nothing is one all the same where only answers follow it: slips that are used up are erased, and
    who sends one twice is told so.
    """
    may_be = [] if text.provider_did else spotted(clean(text.body))
    if not may_be:
        return False
    tries = _tries(text.sender)
    is_free = may_try(*tries)
    # Looked up also when it is not free: else a code would be read at the desk. It tells nobody more, because by then a
    # phone has had all automatic answers of its hour.
    found = next(((kind, one) for one in may_be for kind in _kinds() if kind.knows(one.code)), None)
    if found is None and (text.picture_urls or not _is_only_answers(may_be[0])):
        return False
    if not is_free:
        told, rest = _word(SlipWord.WAIT), ""
    elif found is None:
        told, rest = _word(SlipWord.UNKNOWN), ""
    else:
        # It was no guess: a family may send all its slips from one phone.
        give_back(*tries)
        kind, slip = found
        told, rest = kind.take(slip.code, slip.rest) or _word(SlipWord.UNKNOWN), slip.rest
    _answer(text, talking, told, language, says_more=_says_more(rest) or bool(text.picture_urls))
    return True


def _answer(text: Incoming, talking: Talking, told: Told, language: str | None, *, says_more: bool) -> None:
    """In the phone's language, else in the slip's own, else in both."""
    spoken = language or told.language
    sentences = []
    for lang in (spoken,) if spoken else LANGUAGES:
        with speaking(lang):
            sentences.append(told.words() + (f" {not_kept()}" if says_more and not told.is_done else ""))
    reply(text, talking, " / ".join(sentences))


def _kinds() -> list[SlipKind]:
    kinds: list[SlipKind] = current_app.extensions["slips"]
    return kinds


def _is_only_answers(slip: Spotted) -> bool:
    return slip.leads and any(kind.reads(slip.rest) for kind in _kinds())


def _says_more(rest: str) -> bool:
    """Whether a text says something that is no answer of any slip."""
    return any(word.isalpha() for word in rest.split()) and not any(kind.reads(rest) for kind in _kinds())


def _word(word: SlipWord) -> Told:
    return Told(lambda: slip_answer(word))


def _tries(number: str) -> tuple[str, str, int, int]:
    most: int = current_app.extensions["settings"].codes_per_address
    return "promise slip by text", sender_hash(Purpose.TALK, number), most, QUARTER
