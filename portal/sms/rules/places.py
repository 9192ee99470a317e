"""Which of the places on a list somebody means who answers with a number, a word or a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from portal.sms.rules.keywords import fold

MOST_LISTED = 6
OTHER = 0
"""The number, in the list as it is texted, of a place that isn't on it."""

_NUMBERS = {
    **{str(number): number for number in range(MOST_LISTED + 1)},
    **{word: number for number, word in enumerate(("zero", "one", "two", "three", "four", "five", "six"))},
    **{word: number for number, word in enumerate(("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis"))},
}
_BEFORE_A_NUMBER = frozenset({"number", "no", "num", "numero", "option", "opcion", "el", "la", "the"})
_OTHER_WORDS = frozenset(
    {"other", "another", "elsewhere", "somewhere else", "another place", "other place"}
    | {"otro", "otra", "otro lugar", "otra parte", "otro sitio", "en otro lugar", "en otra parte"}
)
_NEAR = 0.84
"""Likeness from which a name counts as misspelt rather than as another name ("Mapel Street" for "Maple Street")."""


@dataclass(frozen=True)
class PlaceName:
    """A place by its public name in both languages."""

    en: str
    es: str


@dataclass(frozen=True)
class Choice:
    """An answer to "where": the index of a place in the sequence given, or None for somewhere else."""

    index: int | None


def choose(text: str, places: Sequence[PlaceName]) -> Choice | None:
    """What a text chooses, or None when it doesn't read as a choice."""
    folded = fold(text)
    if folded in _OTHER_WORDS:
        return Choice(None)
    number = _number(folded)
    if number is not None and number <= len(places):
        return Choice(None if number == OTHER else number - 1)
    return _by_name(folded, places)


def _number(folded: str) -> int | None:
    words = [word for word in folded.split() if word not in _BEFORE_A_NUMBER]
    return _NUMBERS.get(words[0]) if len(words) == 1 else None


def _by_name(folded: str, places: Sequence[PlaceName]) -> Choice | None:
    likeness = [max(_likeness(folded, fold(name)) for name in (place.en, place.es)) for place in places]
    best = max(likeness, default=0.0)
    # Two places that fit equally well are no answer.
    if best < _NEAR or likeness.count(best) > 1:
        return None
    return Choice(likeness.index(best))


def _likeness(folded: str, name: str) -> float:
    """1 when the name stands in the text whole; else how much of the two is the same."""
    if not name or not folded:
        return 0.0
    if f" {name} " in f" {folded} ":
        return 1.0
    return SequenceMatcher(None, folded, name, autojunk=False).ratio() if len(folded) < 2 * len(name) else 0.0
