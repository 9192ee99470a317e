"""Answers to meetings by text: "MEET 4821 3", "NO VOY 4821". The whole message, or it is none.

YES and CANCEL are not among the words: the provider acts upon both by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from portal.meetings.rsvp.rules.answers import LETTERS
from portal.sms.rules.keywords import fold
from portal.sms.rules.language import Language

_COME: dict[str, Language] = {
    **dict.fromkeys(("meet", "meeting", "coming", "im coming", "we are coming", "were coming"), "en"),
    **dict.fromkeys(("reunion", "junta", "voy", "voy a ir", "vamos", "si voy"), "es"),
}
_STAY: dict[str, Language] = {
    **dict.fromkeys(("not coming", "im not coming", "were not coming", "cant come", "no meet", "no meeting"), "en"),
    **dict.fromkeys(("no voy", "no voy a ir", "no vamos", "no puedo ir", "no reunion", "ya no voy"), "es"),
}
_SHAPE = re.compile(r"([a-z ]{2,20}?) ?(\d{4})((?: [a-z0-9]{1,9}){0,3})")
_PEOPLE = frozenset({"people", "person", "persons", "persona", "personas", "family", "familia", "for", "para"})


@dataclass(frozen=True)
class Said:
    """What somebody texted about a meeting. Without a `code` it is about the one meeting this phone answered to."""

    comes: bool
    language: Language
    code: str | None = None
    party: int | None = None
    letter: str | None = None


def read_meeting_text(text: str) -> Said | None:
    """What the whole message says about a meeting, or None."""
    folded = fold(text)
    if folded in _STAY:
        return Said(comes=False, language=_STAY[folded])
    shape = _SHAPE.fullmatch(folded)
    words = shape[1].strip() if shape else ""
    if shape is None or (words not in _COME and words not in _STAY):
        return None
    rest = [word for word in shape[3].split() if word not in _PEOPLE]
    numbers = [int(word) for word in rest if word.isascii() and word.isdigit()]
    letters = [word.upper() for word in rest if word.upper() in LETTERS]
    if len(numbers) > 1 or len(letters) > 1 or len(numbers) + len(letters) != len(rest):
        return None
    comes = words in _COME
    return Said(
        comes=comes,
        language=_COME[words] if comes else _STAY[words],
        code=shape[2],
        party=numbers[0] if numbers else None,
        letter=letters[0] if letters else None,
    )
