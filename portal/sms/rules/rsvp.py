"""Answers to meetings by text: "MEET 4821 3", "NO VOY 4821". The whole message, or it is none.

Right after such an answer shorter words belong to the meeting too: "2", "somos 5", "si". YES and CANCEL are never
offered: the provider acts upon both by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from portal.meetings.rsvp.rules.answers import LETTERS
from portal.sms.rules.keywords import fold
from portal.sms.rules.language import Language

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
MANY = {
    **{str(number): number for number in range(100)},
    **{word: number for number, word in enumerate("one two three four five six seven eight nine ten".split(), 1)},
    **{word: number for number, word in enumerate("uno dos tres cuatro cinco seis siete ocho nueve diez".split(), 1)},
    "una": 1,
}
_WE_ARE = re.compile(
    r"(?:(?:no |si |yes )?(?:we are|were|we will be|well be|make it|party of|for"
    r"|somos|seremos|vamos|iremos|mejor|para) )?"
    r"(\w+)(?: (?:people|person|persons|of us|in all|coming|persona|personas|en total))?"
)
_SHAPE = re.compile(r"([a-z ]{2,20}?) ?(\d{4})((?: [a-z0-9]{1,9}){0,3})")
BESIDE = frozenset(
    {"people", "person", "persons", "persona", "personas", "family", "familia", "for", "para", "of", "us", "de"}
    | {"please", "thanks", "thank", "you", "gracias", "por", "favor"}
)
"""What may stand beside a number of people and says nothing more."""


@dataclass(frozen=True)
class Said:
    """What somebody texted about a meeting. Without a `code` it is about the one meeting this phone answered to."""

    comes: bool
    language: Language
    code: str | None = None
    party: int | None = None
    letter: str | None = None
    sure: bool = False
    """It is about a meeting although it names none, even if this phone answered to none."""
    asks: bool = False
    """Nothing is to be done: how the answer stands is said again."""
    is_thanks: bool = False
    """Nothing is to be done, and nothing said."""


def read_meeting_text(text: str, spoke_of: Language | None = None) -> Said | None:
    """What the whole message says about a meeting, or None.

    `spoke_of` is given right after an answer to a meeting, which was in this language: then more words belong to it.
    """
    folded = fold(text)
    if folded in STAY:
        return Said(comes=False, language=STAY[folded], sure=spoke_of is not None)
    return _with_code(folded) or _without_code(folded) or (_further(folded, spoke_of) if spoke_of else None)


def read_later(text: str) -> Said | None:
    """What a lone "sí" or "gracias" says from a phone that answered to a meeting and is spoken with about nothing else.

    We asked it something: whether it wants to be reminded, whether it takes a seat.
    """
    folded = fold(text)
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


def _further(folded: str, language: Language) -> Said | None:
    """Short words right after an answer to a meeting."""
    if folded in _THANKS:
        return Said(comes=True, language=language, is_thanks=True, sure=True)
    if folded in _UNCLEAR:
        return Said(comes=True, language=language, asks=True, sure=True)
    if folded in _YES or folded in COME:
        return Said(comes=True, language=COME.get(folded, language), sure=True)
    if re.fullmatch(r"\d{4}(?: .*)?", folded):
        # The figures that were asked for.
        found = _with_code(f"meet {folded}")
        return replace(found, language=language) if found else None
    found_many = _WE_ARE.fullmatch(folded)
    if found_many is None or found_many[1] not in MANY:
        return None
    return Said(comes=True, language=language, party=MANY[found_many[1]], sure=True)


def _with_code(folded: str) -> Said | None:
    shape = _SHAPE.fullmatch(folded)
    words = shape[1].strip() if shape else ""
    if shape is None or (words not in COME and words not in STAY):
        return None
    rest = [word for word in shape[3].split() if word not in BESIDE]
    numbers = [MANY[word] if word in MANY else int(word) for word in rest if _is_number(word)]
    letters = [word.upper() for word in rest if word.upper() in LETTERS]
    if len(numbers) > 1 or len(letters) > 1 or len(numbers) + len(letters) != len(rest):
        return None
    comes = words in COME
    return Said(
        comes=comes,
        language=COME[words] if comes else STAY[words],
        code=shape[2],
        party=numbers[0] if numbers else None,
        letter=letters[0] if letters else None,
    )


def _is_number(word: str) -> bool:
    return word in MANY or (word.isascii() and word.isdigit())
