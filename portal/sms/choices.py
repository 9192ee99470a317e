"""Rules that read a choice: one of two that we offered, or a place by its number or name. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from portal.core.parity import BilingualText
from portal.sms.keywords import fold


class EitherChoice(StrEnum):
    """The answer to "the meeting, or something else?" and to "your seat, or all texts?"."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


_CHOICES = {
    EitherChoice.FIRST: """1|one|uno|first|the first|el primero|la primera|1 meeting|meeting|the meeting
        |about the meeting|its about the meeting|reunion|la reunion|de la reunion|sobre la reunion|junta|la junta
        |seat|the seat|my seat|lugar|mi lugar|asiento|mi asiento|just the meeting|just the seat
        |solo la reunion|solo el lugar""",
    EitherChoice.SECOND: """2|two|dos|second|the second|el segundo|la segunda|2 report|report|a report|its a report
        |aviso|un aviso|es un aviso|something else|else|otra cosa|es otra cosa|texts|all texts|all|everything|mensajes
        |todos los mensajes|todos|todo""",
    EitherChoice.BOTH: "3|three|tres|both|all of it|los dos|las dos|ambos|ambas|las dos cosas",
}
_CHOICE = {words.strip(): choice for choice, several in _CHOICES.items() for words in several.split("|")}
_CHOICE_DRESS = re.compile(
    r"^(?:its |number |numero |option |opcion |el |la )+|(?: please| por favor| gracias| thanks)+$"
)


def read_choice(text: str) -> EitherChoice | None:
    folded = fold(text)
    return _CHOICE.get(folded) or _CHOICE.get(_CHOICE_DRESS.sub("", folded).strip())


MOST_LISTED = 6
OTHER = 0
"""The number of "another place" in the texted list."""

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
"""Words in names that do not distinguish places: "near the church" is not yet Church Street."""
_AT = r"(?:at|on|by|near|around|along|behind|in|en|por|sobre|junto a|cerca de|detras de)"
_GOES_ON = frozenset(
    """and at on by near in after before again all every each now today tonight yesterday since when where with they
    y en por cerca cada hoy ahora anoche ayer desde cuando donde con todos todas despues otra siempre de""".split()
)
"""Words that may follow a short name; with any other word it may be a different name ("Birch Tavern")."""
_DOUBTFUL = frozenset("not isnt arent no from moved move used before antes ya mudaron movieron fueron".split())
"""With one of these words a text may say where something is not."""
_NEAR = 0.84
"""Similarity from which a name counts as misspelt and not as a different name ("Mapel Street" for "Maple Street")."""


@dataclass(frozen=True)
class PlaceChoice:
    """An answer to "where": an index into the given sequence of places, or None for somewhere else."""

    index: int | None
    says_more: bool = False
    """The text says more than the choice, or spells it differently: its words are worth keeping."""


def choose(text: str, places: Sequence[BilingualText], listed: int | None = None) -> PlaceChoice | None:
    """Return the place that a text chooses, or None. Only the first `listed` places had a number."""
    folded = fold(text)
    words = [word for word in folded.split() if word not in _BEFORE_A_NUMBER]
    number = _NUMBERS.get(words[0]) if len(words) == 1 else None
    if folded in _OTHER_WORDS or number == OTHER:
        return PlaceChoice(None)
    if number is not None and number <= (len(places) if listed is None else listed):
        return PlaceChoice(number - 1)
    likeness = [max((_likeness(folded, name) for name in _names(place)), default=0.0) for place in places]
    best = max(likeness, default=0.0)
    # Two places that match equally well are not an answer.
    if best < _NEAR or likeness.count(best) > 1:
        return None
    index = likeness.index(best)
    return PlaceChoice(index, says_more=folded not in _names(places[index]))


def _likeness(folded: str, name: str) -> float:
    """Return 1 if the whole name occurs in the text, else the similarity of the two."""
    if _stands_in(name, folded):
        return 1.0
    return SequenceMatcher(None, folded, name, autojunk=False).ratio() if len(folded) < 2 * len(name) else 0.0


def mentioned(text: str, places: Sequence[BilingualText]) -> int | None:
    """Return the one place that a text names beyond doubt, or None if it has to be asked for."""
    folded = fold(text)
    called = [(*_names(place), *_short_names(place)) for place in places]
    named = [index for index, names in enumerate(called) if any(_stands_in(name, folded) for name in names)]
    if len(named) != 1 or _DOUBTFUL.intersection(folded.split()):
        return None
    place = places[named[0]]
    is_plain = any(_stands_in(name, folded) for name in _names(place))
    return named[0] if is_plain or any(_is_where(short, folded) for short in _short_names(place)) else None


def _is_where(short: str, folded: str) -> bool:
    """Whether a short name ("Birch" for "Birch Street") follows a preposition of place, with no other name part."""
    place = re.search(rf"\b{_AT} {re.escape(short)}\b ?(\w*)", folded)
    return place is not None and (not place[1] or place[1] in _GOES_ON)


def _names(place: BilingualText) -> tuple[str, ...]:
    return tuple(name for name in (fold(place.en), fold(place.es)) if name)


def _short_names(place: BilingualText) -> set[str]:
    shorts = (" ".join(word for word in name.split() if word not in _KINDS) for name in _names(place))
    return {short for short in shorts if len(short) > 2 and not short.isdigit()}


def _stands_in(name: str, folded: str) -> bool:
    return f" {name} " in f" {folded} "
