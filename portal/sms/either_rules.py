"""Rules for ambiguous texts: a meeting or a report, attendance in free words, and the choice of a place.

Pure. A reply to a reminder in the sender's own words counts as an answer where it is plain; where it is not, the sender
is asked. Nothing is filed as a report before the sender has said that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from portal.reports.urgency import urgent
from portal.sms.keywords import Keyword, fold, keyword


class EitherChoice(StrEnum):
    """The answer to "the meeting, or something else?" and to "your seat, or all texts?"."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


class Attends(StrEnum):
    """The meaning of a text for attendance. UNCLEAR: a lone "no", which depends on the question."""

    COMES = "comes"
    STAYS = "stays"
    UNCLEAR = "unclear"
    THANKS = "thanks"


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
_CHOICE = {
    words.strip(): choice for choice, several in _CHOICES.items() for words in several.replace("\n", "").split("|")
}
_CHOICE_DRESS = re.compile(
    r"^(?:its |number |numero |option |opcion |el |la )+|(?: please| por favor| gracias| thanks)+$"
)

_POLITE = (
    r"(?:sorry|so sorry|hi|hello|hey|thanks|thank you|ok|okay|please|but|yes|yeah|yep|sure|of course|no|oh"
    r"|unfortunately|good (?:morning|evening|afternoon)|god bless|perdon|disculpen?|lo siento|lo sentimos|hola|gracias"
    r"|muchas gracias|buenos dias|buenas tardes|buenas noches|buenas|pero|si|claro|claro que si|por favor|que pena"
    r"|lamentablemente|dios mediante|si dios quiere)"
)
_WHEN = (
    r"(?:tonight|today|tomorrow|anymore|any more|this time|this year|then|soon|there|to (?:it|the meeting|this)"
    r"|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|hoy|manana|esta vez|esta noche|ahi|alla|alli"
    r"|a la (?:reunion|junta)|el (?:lunes|martes|miercoles|jueves|viernes|sabado|domingo))"
)
_I = r"(?:i|we|ill|well|i will|we will|im|were|we are|i am|my family|we all|all of us)"
_COMES = rf"""(?:{_I} )?(?:will )?(?:be there|be coming|coming|going|going to be there|gonna be there|see (?:you|u)
    |plan to come|planning to (?:come|be there)|(?:can|will) (?:come|make it|be there|attend)|still coming
    |on (?:my|our) way|there|confirmed?)
    |count (?:me|us) in|cya|c u there|(?:si |claro |alla |ahi |alli )?(?:estare|estaremos|estamos|ire|iremos|vamos|voy
    |asistire|asistiremos|llego|llegamos|llegare|llegaremos)(?: a (?:ir|estar|llegar))?
    |(?:ahi|alla|alli) (?:nos vemos|estoy)|nos vemos|confirmo|confirmad[oa]|cuenten con(?:migo| nosotros)
    |si (?:puedo|podemos|vengo|venimos)
    |todavia (?:voy|vamos)"""
_NOT = (
    r"(?:cant|cannot|can not|can t|wont|will not|wont be able to|will not be able to|not able to|unable to|am not|not"
    r"|not going to|not gonna|dont think (?:i|we) can|couldnt)"
)
_STAYS = rf"""(?:{_I} )?(?:am |are )?{_NOT}(?: be able to)?
    (?: make it| make| come| go| attend| be there| coming| going| be coming| be going)
    |(?:{_I} )?(?:cant|wont)
    |(?:ya |al final )?no (?:voy|vamos|puedo|podemos|podre|podremos|ire|iremos|vendre|vendremos|asistire|asistiremos
    |alcanzo|alcanzamos|estare|estaremos)(?: a)?(?: poder)?(?: ir| venir| asistir| llegar| estar)?
    |(?:no )?(?:me|nos) (?:es|sera) imposible (?:ir|asistir)|no (?:me|nos) es posible (?:ir|asistir)"""
_MIDDLE = rf"(?:{_POLITE} )*"
_END = rf"(?: {_WHEN}| {_POLITE})*"


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(_MIDDLE + "(?:" + re.sub(r"\n\s*", "", pattern) + ")" + _END)


_READS = ((Attends.STAYS, _whole(_STAYS)), (Attends.COMES, _whole(_COMES)))
_STAYS_BESIDE = re.compile(
    rf"{_MIDDLE}(?:{_I} )?(?:am |are )?(?:{_NOT}(?: be able to)?(?: make it| come(?! (?:out|in|home|near))"
    r"| attend| be there)|not coming"
    r"|(?:ya )?no (?:puedo|podemos|podre|podremos|voy a poder|vamos a poder) (?:ir|asistir|llegar|venir)"
    r"|(?:ya )?no (?:voy|vamos)(?: a ir)?)(?! a (?:dormir|salir|comer))\b"
)
_YES = re.compile(r"(?:yes|yeah|yep|yup|ya|yes sir|yes maam|sure|of course|si|sip|claro|claro que si|simon|y|s)" + _END)
_NO = re.compile(r"(?:no|nope|nah|n)" + _END)
_THANKS = re.compile(
    r"(?:ok|okay|k|kk|thanks|thank you|thx|ty|great|got it|will do|noted|perfect|see you|gracias|muchas gracias|bueno"
    r"|esta bien|de acuerdo|vale|sale|perfecto|enterad[oa]|recibido|igualmente|amen|bendiciones|god bless(?: you)?)"
    + _END
)
_THUMBS = frozenset("👍👌🙏❤🙂😊✅👏🙌💪😀😃🥰")
_PLAIN_REPORT = re.compile(
    r"\b(?:sell|sells|selling|sold|sellers?|drugs?|druggies|dealers?|dealing|crack|meth|heroin|fentanyl|weed|pills"
    r"|needles?|syringes?|smoking|shooting up|prostitut\w*|robbed|stole|stolen|stealing|vandal\w*|fights?|fighting"
    r"|vend(?:e|en|er|ia|ian|iendo|edor|edores)|drogas?|drogad\w*|cristal|mota|jeringas?|agujas?|fumando|fuman"
    r"|pandillas?|pandilleros?|rob(?:o|an|aron|ando|aba)|pelea(?:s|n|ndo)?)\b"
)
_CANCELS = re.compile(
    r"(?:please |por favor )?(?:cancel|cancle|cancell|cancelar|canselar|cancelo|cancela|cancele)(?: please| por favor)?"
)


def read_choice(text: str) -> EitherChoice | None:
    """Return which of the two or three offered options a text chooses, or None."""
    folded = fold(text)
    return _CHOICE.get(folded) or _CHOICE.get(_CHOICE_DRESS.sub("", folded).strip())


def read_attendance(text: str) -> Attends | None:
    """Return the meaning of the whole message for attendance, or None if it says anything else."""
    folded = fold(text)
    if not folded:
        signs = {sign for sign in text if not sign.isspace()} - {"\ufe0f"}
        return Attends.THANKS if signs and signs <= _THUMBS else None
    if _NO.fullmatch(folded):
        return Attends.UNCLEAR
    if _YES.fullmatch(folded):
        return Attends.COMES
    return next((kind for kind, pattern in _READS if pattern.fullmatch(folded)), None) or (
        Attends.THANKS if _THANKS.fullmatch(folded) else None
    )


def begins_with_staying_away(text: str) -> bool:
    """Whether a longer message begins with not coming.

    Once the rest is filed, the seat still has to be mentioned.
    """
    return _STAYS_BESIDE.match(fold(text)) is not None


def is_plainly_a_report(text: str) -> bool:
    """Whether a text needs no question because it names danger, selling or theft."""
    return not is_command(text) and (bool(urgent(text)) or _PLAIN_REPORT.search(fold(text)) is not None)


def says_cancel(text: str) -> bool:
    """Whether the whole message is "cancel": usually an opt-out, but after a reminder mostly about the seat."""
    return _CANCELS.fullmatch(fold(text)) is not None


def is_command(text: str) -> bool:
    """Whether a text is a keyword that is obeyed whatever question is open."""
    return keyword(text) in frozenset(Keyword) - {Keyword.SKIP}


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
class PlaceName:
    """The public name of a place in both languages."""

    en: str
    es: str


@dataclass(frozen=True)
class PlaceChoice:
    """An answer to "where": an index into the given sequence of places, or None for somewhere else."""

    index: int | None
    says_more: bool = False
    """The text says more than the choice, or spells it differently: its words are worth keeping."""


def choose(text: str, places: Sequence[PlaceName], listed: int | None = None) -> PlaceChoice | None:
    """Return the place that a text chooses, or None if it does not read as a choice.

    Only the first `listed` places had a number.
    """
    folded = fold(text)
    if folded in _OTHER_WORDS:
        return PlaceChoice(None)
    number = _number(folded)
    if number is not None and number <= (len(places) if listed is None else listed):
        return PlaceChoice(None if number == OTHER else number - 1)
    return _by_name(folded, places)


def _number(folded: str) -> int | None:
    words = [word for word in folded.split() if word not in _BEFORE_A_NUMBER]
    return _NUMBERS.get(words[0]) if len(words) == 1 else None


def _by_name(folded: str, places: Sequence[PlaceName]) -> PlaceChoice | None:
    likeness = [max(_likeness(folded, fold(name)) for name in (place.en, place.es)) for place in places]
    best = max(likeness, default=0.0)
    # Two places that match equally well are not an answer.
    if best < _NEAR or likeness.count(best) > 1:
        return None
    index = likeness.index(best)
    return PlaceChoice(index, says_more=folded not in _names(places[index]))


def _likeness(folded: str, name: str) -> float:
    """Return 1 if the whole name occurs in the text, else the similarity of the two."""
    if not name or not folded:
        return 0.0
    if _stands_in(name, folded):
        return 1.0
    return SequenceMatcher(None, folded, name, autojunk=False).ratio() if len(folded) < 2 * len(name) else 0.0


def mentioned(text: str, places: Sequence[PlaceName]) -> int | None:
    """Return the one place that a text names beyond doubt, or None if it has to be asked for."""
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
    """Whether a short name ("Birch" for "Birch Street") follows a preposition of place, with no other name part."""
    found = re.search(rf"\b{_AT} {re.escape(short)}\b ?(\w*)", folded)
    return found is not None and (not found[1] or found[1] in _GOES_ON)


def _names(place: PlaceName) -> tuple[str, ...]:
    return tuple(name for name in (fold(place.en), fold(place.es)) if name)


def _short_names(place: PlaceName) -> set[str]:
    shorts = (" ".join(word for word in name.split() if word not in _KINDS) for name in _names(place))
    return {short for short in shorts if len(short) > 2 and not short.isdigit()}


def _stands_in(name: str, folded: str) -> bool:
    return f" {name} " in f" {folded} "
