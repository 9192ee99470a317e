"""Which of the places on a list somebody means: by a number, a word or a name, asked or by the way."""

from __future__ import annotations

import re
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
_KINDS = frozenset(
    """street st avenue ave road rd drive dr lane ln court ct place plaza park corner corners square block boulevard
    blvd way alley terrace heights village garden gardens apartments apts homes house houses school church store shop
    market station bridge river creek lake hill hills center mall lot field library tower towers
    the of and a at on calle avenida carretera camino parque esquina esquinas cuadra edificio apartamentos casa casas
    escuela iglesia tienda mercado estacion puente rio arroyo lago cerro centro lote campo biblioteca torre torres
    el la los las de del y en""".split()
)
"""Words in names that do not tell one place from another: "near the church" is not yet Church Street."""
_AT = r"(?:at|on|by|near|around|along|behind|in|en|por|sobre|junto a|cerca de|detras de)"
_GOES_ON = frozenset(
    """and at on by near in after before again all every each now today tonight yesterday since when where with they
    y en por cerca cada hoy ahora anoche ayer desde cuando donde con todos todas despues otra siempre de""".split()
)
"""Words that may follow a short name; with any other one it may be another name ("Birch Tavern")."""
_DOUBTFUL = frozenset("not isnt arent no from moved move used before antes ya mudaron movieron fueron".split())
"""With these in it a text may say where it is not."""
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
    says_more: bool = False
    """There is more in the text than the choice, or it was spelt otherwise: the words are worth keeping."""


def choose(text: str, places: Sequence[PlaceName], listed: int | None = None) -> Choice | None:
    """What a text chooses, or None when it doesn't read as a choice. Only the first `listed` places had a number."""
    folded = fold(text)
    if folded in _OTHER_WORDS:
        return Choice(None)
    number = _number(folded)
    if number is not None and number <= (len(places) if listed is None else listed):
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
    index = likeness.index(best)
    return Choice(index, says_more=folded not in _names(places[index]))


def _likeness(folded: str, name: str) -> float:
    """1 when the name stands in the text whole; else how much of the two is the same."""
    if not name or not folded:
        return 0.0
    if _stands_in(name, folded):
        return 1.0
    return SequenceMatcher(None, folded, name, autojunk=False).ratio() if len(folded) < 2 * len(name) else 0.0


def mentioned(text: str, places: Sequence[PlaceName]) -> int | None:
    """The one place that a text names by the way, beyond doubt; None means that it has to be asked for."""
    folded = fold(text)
    named = [index for index, place in enumerate(places) if _is_named(folded, place)]
    if len(named) != 1 or _DOUBTFUL.intersection(folded.split()):
        return None
    place = places[named[0]]
    is_plain = any(_stands_in(name, folded) for name in _names(place)) or any(
        _is_where(short, folded) for short in _short_names(place)
    )
    return named[0] if is_plain else None


def _is_named(folded: str, place: PlaceName) -> bool:
    return any(_stands_in(name, folded) for name in (*_names(place), *_short_names(place)))


def _is_where(short: str, folded: str) -> bool:
    """Whether a short name ("Birch" for "Birch Street") stands behind a word of place, with nothing added to it."""
    found = re.search(rf"\b{_AT} {re.escape(short)}\b ?(\w*)", folded)
    return found is not None and (not found[1] or found[1] in _GOES_ON)


def _names(place: PlaceName) -> tuple[str, ...]:
    return tuple(name for name in (fold(place.en), fold(place.es)) if name)


def _short_names(place: PlaceName) -> set[str]:
    shorts = (" ".join(word for word in name.split() if word not in _KINDS) for name in _names(place))
    return {short for short in shorts if len(short) > 2 and not short.isdigit()}


def _stands_in(name: str, folded: str) -> bool:
    return f" {name} " in f" {folded} "
