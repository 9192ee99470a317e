"""Texts that are nearly an answer to a meeting: "MEAT 4821", "NO BOY 4821", "MEET 482". They are asked about.

Only when the whole message is such a word and such figures, and at most how many come: whatever says more, be it one
word, is a report. Asking is safe, filing is not: a desk would read it, and a family would not be counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from portal.sms.rules.keywords import fold
from portal.sms.rules.language import Language
from portal.sms.rules.need_words import MANY
from portal.sms.rules.needs import read_beside
from portal.sms.rules.rsvp import COME, STAY

FIGURES = 4
LONGEST_PHRASE = 5
"""Words: "no voy a ir", and one more where a space slipped."""
_LOOKS_LIKE = str.maketrans("oliszb", "011528")
"""Letters that are typed or read for figures."""
_FIRST_FIGURE = re.compile(r"^([a-z ]{2,}?)(?=\d)")
_TORN = re.compile(r"(?<=[a-z] )(\d) (\d{3})(?= |$)")
"""The space slipped into the figures: "meet1 601"."""
_EMERGENCY = "911"


@dataclass(frozen=True)
class Near:
    """What somebody probably meant. `language` is None where no word shows it; `figures` are three to five."""

    comes: bool
    language: Language | None
    figures: str
    party: int | None = None


def read_near(text: str, *, in_report: bool) -> Near | None:
    """What the whole message nearly says about a meeting, or None.

    It is no exact answer: that has been looked for before (`read_meeting_text`). `in_report`: a report of this phone
    is being spoken of; four figures alone then belong to it, they may be an hour, a house or a plate.
    """
    words = _TORN.sub(r"\1\2", " ".join(_FIRST_FIGURE.sub(r"\1 ", fold(text)).split())).split()
    at = next((place for place, word in enumerate(words[: LONGEST_PHRASE + 1]) if _figures(word)), None)
    if at is None:
        return None
    figures, beside = _figures(words[at]) or "", words[at + 1 :]
    if _is_half(words[at]) and beside and _is_half(beside[0]):
        figures, beside = words[at] + beside[0], beside[1:]
    if len(figures) < FIGURES - 1 or not (all(map(_is_slip, beside)) or read_beside(" ".join(beside), "en")):
        return None
    party = next((MANY[word] for word in beside if word in MANY), None)
    if at == 0:
        bare = not in_report and words[0].isdigit() and len(figures) == FIGURES
        return Near(True, None, figures, party) if bare else None
    return _with_phrase(" ".join(words[:at]), figures, party)


def suggest(figures: str, known: Iterable[str]) -> str | None:
    """The one code that was probably meant; None if none or several are as near."""
    codes = set(known)
    if figures in codes:
        return figures
    near = [code for code in codes if within_one_edit(figures, code)]
    return near[0] if len(near) == 1 else None


def within_one_edit(one: str, other: str) -> bool:
    """Whether one sign more, less, another, or two neighbours the other way round make them the same."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    same = next((place for place, sign in enumerate(short) if sign != long[place]), len(short))
    if len(short) != len(long):
        return len(long) - len(short) == 1 and short[same:] == long[same + 1 :]
    swapped = short[same : same + 2] == long[same : same + 2][::-1] and short[same + 2 :] == long[same + 2 :]
    return short[same + 1 :] == long[same + 1 :] or swapped


def _with_phrase(phrase: str, figures: str, party: int | None) -> Near | None:
    # Staying away first: "no voi" is nearer to "no voy" than it is to anything that comes.
    for known, comes in ((STAY, False), (COME, True)):
        if phrase in known:
            return Near(comes, known[phrase], figures, party)
    letters = phrase.replace(" ", "")
    for known, comes in ((STAY, False), (COME, True)):
        meant = next((word for word in known if within_one_edit(letters, word.replace(" ", ""))), None)
        if meant is not None:
            return Near(comes, known[meant], figures, party)
    return None


def _figures(word: str) -> str | None:
    """The figures that a word is, also with letters for some of them; two may be the half of four."""
    if _is_half(word):
        return word
    read = word.translate(_LOOKS_LIKE)
    is_code = sum(sign.isdigit() for sign in word) > 1 and read.isascii() and read.isdigit()
    return read if is_code and abs(len(read) - FIGURES) <= 1 and read != _EMERGENCY else None


def _is_half(word: str) -> bool:
    return re.fullmatch(r"\d\d", word, re.ASCII) is not None


def _is_slip(word: str) -> bool:
    """Figures and single letters: more than one of them says nothing, and is asked about."""
    return word in MANY or re.fullmatch(r"[a-z]", word) is not None
