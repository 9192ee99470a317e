"""Answers to meetings by text: "MEET 4821 3 ride", "NO VOY 4821". The whole message, or it is none.

Right after such an answer shorter words belong to the meeting too: "2", "somos 5", "si", "kids 3 5". YES and CANCEL
are never offered: the provider acts upon both by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from portal.reports.rules.urgency import urgent
from portal.sms.rules.keywords import Keyword, fold, keyword
from portal.sms.rules.language import Language
from portal.sms.rules.need_words import MANY
from portal.sms.rules.needs import NOTHING, Asked, Needs, read_ages_only, read_beside

COME: dict[str, Language] = {
    **dict.fromkeys(("meet", "meeting", "coming", "im coming", "we are coming", "were coming"), "en"),
    **dict.fromkeys(("reunion", "junta", "voy", "voy a ir", "vamos", "si voy"), "es"),
}
STAY: dict[str, Language] = {
    **dict.fromkeys(("not coming", "im not coming", "were not coming", "cant come", "no meet", "no meeting"), "en"),
    **dict.fromkeys(("no voy", "no voy a ir", "no vamos", "no puedo ir", "no reunion", "ya no voy"), "es"),
}
_ASKS: dict[str, Language] = {
    **dict.fromkeys(("meet", "meeting"), "en"),
    **dict.fromkeys(("reunion", "junta"), "es"),
}
"""These alone, or with a number of people, are about a meeting whose code was forgotten."""
_YES = frozenset("yes yeah yep si sip claro y s".split())
_UNCLEAR = frozenset({"no", "nope", "n"})
"""No to what? Nothing is cancelled for it: the number would be erased. How the answer stands is said again."""
_THANKS = frozenset(
    {"ok", "okay", "thanks", "thank you", "ok thanks", "ok thank you", "thx", "great"}
    | {"gracias", "ok gracias", "muchas gracias", "esta bien", "bueno", "de acuerdo", "vale"}
)
_AGREED = frozenset(
    {"ok", "okay", "ok thanks", "ok thank you", "ok gracias", "bueno", "esta bien", "de acuerdo", "vale"}
)
_COME_IN: dict[Language, str] = {"en": "meet", "es": "reunion"}
LATER: dict[str, Language] = {
    **dict.fromkeys(("ride", "a ride", "need a ride", "we need a ride", "i need a ride"), "en"),
    **dict.fromkeys(("transporte", "raite", "necesito transporte", "necesitamos transporte"), "es"),
}
_WE_ARE = re.compile(
    r"(?:(?:no |si |yes )?(?:we are|were|we will be|well be|make it|party of|for"
    r"|somos|seremos|vamos|iremos|mejor|para) )?"
    r"(\w+)(?: (?:people|person|persons|of us|in all|coming|persona|personas|en total))?"
)
_SHAPE = re.compile(r"(\D{2,30}?)([0-9]{4})(?![0-9])(.*)", re.DOTALL)
_COMMANDS = frozenset(Keyword) - {Keyword.SKIP}
"""Words that we act upon whatever is being spoken of."""


@dataclass(frozen=True)
class Said:
    """What somebody texted about a meeting. Without a `code` it is about the one meeting this phone answered to."""

    comes: bool
    language: Language
    code: str | None = None
    party: int | None = None
    letter: str | None = None
    needs: Needs = NOTHING
    sure: bool = False
    """It is about a meeting although it names none, even if this phone answered to none."""
    asks: bool = False
    """Nothing is to be done: how the answer stands is said again."""
    is_thanks: bool = False
    """Nothing is to be done, and nothing said."""


def read_meeting_text(text: str, spoke_of: Language | None = None, asked: Asked | None = None) -> Said | None:
    """What the whole message says about a meeting, or None.

    `spoke_of` is given right after an answer to a meeting, which was in this language: then more words belong to it.
    `asked`: what we asked then; bare numbers are ages, if we asked for those.
    """
    if keyword(text) in _COMMANDS:
        return None
    folded = fold(text)
    if folded in STAY:
        return Said(comes=False, language=STAY[folded], sure=spoke_of is not None)
    said = _with_code(text) or _without_code(folded)
    return said or (_further(text, folded, spoke_of, asked) if spoke_of else None)


def read_later(text: str) -> Said | None:
    """What a lone "sí" or "gracias" says from a phone that answered to a meeting and is spoken with about nothing else.

    We asked it something: whether it wants to be reminded, whether it takes a seat. And nobody texts "ride" to report.
    """
    folded = fold(text)
    if folded in LATER:
        return _needs_alone(text, LATER[folded])
    agrees = folded in _YES or folded in _AGREED
    if not agrees and folded not in _THANKS:
        return None
    return Said(comes=True, language="en", is_thanks=not agrees, sure=True)


def _without_code(folded: str) -> Said | None:
    """MEET or REUNION 2: how to write it is better told than taken for something that somebody saw."""
    word, _space, party = folded.partition(" ")
    if word not in _ASKS or (party and party not in MANY):
        return None
    return Said(comes=True, language=_ASKS[word], party=MANY.get(party), sure=True)


def _further(text: str, folded: str, language: Language, asked: Asked | None) -> Said | None:
    """Short words right after an answer to a meeting."""
    ages = read_ages_only(text, language) if asked is Asked.AGES else None
    if ages:
        return Said(comes=True, language=language, needs=Needs(ages=ages), sure=True)
    if folded in _THANKS:
        return Said(comes=True, language=language, is_thanks=True, sure=True)
    if folded in _UNCLEAR or keyword(text) is Keyword.SKIP:
        return Said(comes=True, language=language, asks=True, sure=True)
    if folded in _YES or folded in COME:
        return Said(comes=True, language=COME.get(folded, language), sure=True)
    if re.fullmatch(r"\d{4}(?: .*)?", folded):
        # The figures that were asked for.
        found = _with_code(f"{_COME_IN[language]} {text}")
        return replace(found, language=language) if found else None
    found_many = _WE_ARE.fullmatch(folded)
    if found_many is not None and found_many[1] in MANY:
        return Said(comes=True, language=language, party=MANY[found_many[1]], sure=True)
    return _needs_alone(text, language)


def _needs_alone(text: str, language: Language) -> Said | None:
    """What is needed, without code or letter: "ride", "kids 3 5"; a number of people may stand beside it."""
    beside = None if urgent(text) else read_beside(text, language)
    if beside is None or beside.needs == NOTHING or beside.letter:
        return None
    return Said(comes=True, language=language, party=beside.party, needs=beside.needs, sure=True)


def _with_code(text: str) -> Said | None:
    shape = _SHAPE.fullmatch(text)
    words = fold(shape[1]) if shape else ""
    if shape is None or (words not in COME and words not in STAY):
        return None
    comes = words in COME
    language = COME[words] if comes else STAY[words]
    beside = read_beside(shape[3], language)
    if beside is None or (not comes and beside.needs != NOTHING):
        return None
    return Said(comes, language, shape[2], beside.party, beside.letter, beside.needs)
