"""Puts names, codes and places into the fixed texts of `portal.sms.words`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from flask_babel import gettext as _

from portal.sms.rules.effects import URGENT, Say
from portal.sms.rules.keywords import fold
from portal.sms.rules.language import Language
from portal.sms.rules.places import MOST_LISTED, OTHER, PlaceName
from portal.sms.rules.segments import Encoding, segments
from portal.sms.words import TEXTS, WHERE_IN_SHORT, WHERE_WITHOUT_LIST

MOST_SEGMENTS = 2
MOST_SEGMENTS_WITH_PLACES = 4
"""For the list of places alone, and only as far as names outside GSM-7 need it (see `_where`)."""
LONGEST_SITE = 20
LONGEST_CODE = 71
"""Eight words of eight letters."""
LONGEST_URL = 40
LONGEST_PLACE = 24

_OUR_HELP = tuple(fold(words[say].partition(": ")[2])[:60] for words in TEXTS.values() for say in (Say.HELP, *URGENT))
_ELSEWHERE = {"en": "Another place", "es": "Otro lugar", None: "Another place / Otro lugar"}


def wording(say: Say, language: Language | None) -> str:
    """The words of an answer before anybody's code words are put in: what a record of consent refers to."""
    return TEXTS[language][say]


def compose(
    say: Say,
    language: Language | None,
    *,
    site: str,
    code: str = "",
    url: str = "",
    places: Sequence[PlaceName] = (),
    notes: tuple[str, str] = ("", ""),
) -> str:
    """The text of an answer; `language` None means both.

    Every `RECEIVED…` wants `code`, `HELP` and `WHO` want `url` (without "https://"), `WHO` the
    `notes` on immigration in English and Spanish.
    """
    if say is Say.WHERE:
        return _where(language, site, tuple(places))[0]
    return TEXTS[language][say].format(site=site, code=code, url=url, note_en=notes[0], note_es=notes[1])


def repeats_us(text: str) -> bool:
    """Whether a text repeats what we say to somebody in danger: a machine sends it back, or a phone "likes" it."""
    folded = fold(text)
    return any(start in folded for start in _OUR_HELP)


def how_many_listed(language: Language | None, *, site: str, places: Sequence[PlaceName]) -> int:
    """How many places have a number when "where" is asked."""
    return _where(language, site, tuple(places))[1]


@lru_cache(maxsize=16)
def _where(language: Language | None, site: str, places: tuple[PlaceName, ...]) -> tuple[str, int]:
    """The question with as many places as there is room for, and how many those are.

    One á, í, ó or ú in a name halves what a segment holds, and most Spanish names have one. Within two segments
    whoever reads Spanish would be offered half of what others are; so such a list, and no other text, may take up to
    four. It is no text of its own: two texts can arrive in the wrong order, and numbers without their question say
    nothing. No name is misspelt to save money. Only very long names cut the list short, and a place that isn't on it
    can still be named.
    """
    names = [name.es if language == "es" else name.en for name in places[:MOST_LISTED]]
    for most in range(len(names), 0, -1):
        lines = [f"{number} {name}" for number, name in enumerate(names[:most], start=1)]
        lines.append(f"{OTHER} {_ELSEWHERE[language]}")
        listed = "\n" + "\n".join(lines)
        asked = [one.format(site=site, places=listed) for one in (TEXTS[language][Say.WHERE], WHERE_IN_SHORT[language])]
        text = min(asked, key=_cost)
        if segments(text).segments <= _most_segments(text):
            return text, most
    return WHERE_WITHOUT_LIST[language].format(site=site), 0


def _cost(text: str) -> int:
    return segments(text).segments


def _most_segments(text: str) -> int:
    return MOST_SEGMENTS if segments(text).encoding is Encoding.GSM7 else MOST_SEGMENTS_WITH_PLACES


def reply(text: str, *, site: str) -> str:
    """What a person of the desk answers, with the sender named first. Its writer sees count and cost beforehand."""
    return f"{site}: {text}"


def not_kept() -> str:
    """Said after how to answer a paper slip, to whoever wrote more than answers: it may have been meant for us."""
    return str(_("The rest was not kept. Write it again without the code."))
