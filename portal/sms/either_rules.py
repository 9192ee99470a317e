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

from portal.core.patterns import LazyPattern
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
_CHOICE_DRESS = LazyPattern(
    r"^(?:its |number |numero |option |opcion |el |la )+|(?: please| por favor| gracias| thanks)+$"
)

_POLITE = (
    r"(?:sorry|sry|srry|so sorry|hi|hello|hey|pls|plz|thanks|thank you|ok|okay|please|but|yes|yeah|yep|sure"
    r"|of course|no|oh"
    r"|unfortunately|good (?:morning|evening|afternoon)|god bless|perdon|disculpen?|lo siento|lo sentimos|hola|gracias"
    r"|simon|orale|muchas gracias|buenos dias|buenas tardes|buenas noches|buenas|pero|si|claro|claro que si"
    r"|por favor|que pena"
    r"|lamentablemente|dios mediante|si dios quiere)"
)
_WHEN = (
    r"(?:tonight|2nite|2night|2day|2morrow|today|tomorrow|anymore|any more|this time|this year|then|soon|there"
    r"|to (?:it|the meeting|this)"
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
    |todavia (?:voy|vamos)|(?:ahi|alla) (?:caigo|caemos|le caigo)|(?:vamos|voy|estamos|estoy) en camino"""
_NOT = (
    r"(?:cant|cannot|can not|can t|wont|will not|wont be able to|will not be able to|not able to|unable to|am not|not"
    r"|not going to|not gonna|dont think (?:i|we) can|couldnt)"
)
_STAYS = rf"""no nos vemos|(?:{_I} )?(?:am |are )?{_NOT}(?: be able to)?
    (?: make it| make| come| go| attend| be there| coming| going| be coming| be going)
    |(?:{_I} )?(?:cant|wont)
    |(?:ya |al final )?no (?:voy|vamos|puedo|podemos|podre|podremos|ire|iremos|vendre|vendremos|asistire|asistiremos
    |alcanzo|alcanzamos|estare|estaremos)(?: a)?(?: poder)?(?: ir| venir| asistir| llegar| estar)?
    |(?:no )?(?:me|nos) (?:es|sera) imposible (?:ir|asistir)|no (?:me|nos) es posible (?:ir|asistir)"""
_MIDDLE = rf"(?:{_POLITE} )*"
_END = rf"(?: {_WHEN}| {_POLITE})*"


def _whole(pattern: str) -> LazyPattern:
    return LazyPattern(_MIDDLE + "(?:" + re.sub(r"\n\s*", "", pattern) + ")" + _END)


_READS = ((Attends.STAYS, _whole(_STAYS)), (Attends.COMES, _whole(_COMES)))
_STAYS_BESIDE = LazyPattern(
    rf"{_MIDDLE}(?:{_I} )?(?:am |are )?(?:{_NOT}(?: be able to)?(?: make it| come(?! (?:out|in|home|near))"
    r"| attend| be there)|not coming"
    r"|(?:ya )?no (?:puedo|podemos|podre|podremos|voy a poder|vamos a poder)(?: (?:ir|asistir|llegar|venir)"
    r"|(?= (?:mi|mis|tengo|estoy|hoy|manana|porque)))"
    r"|(?:ya )?no (?:voy|vamos)(?: a ir)?)(?! a (?:dormir|salir|comer))\b"
)
_YES = LazyPattern(
    r"(?:yes|yes yes|yeah|yea|yep|yup|ya|god willing yes|con gusto|yes sir|yes maam|sure|of course|si|sip|claro"
    r"|claro que si|simon|y|s)" + _END
)
_NO = LazyPattern(r"(?:no|nope|nah|n|no can do)" + _END)
_THANKS = LazyPattern(
    r"(?:ok|okay|k|kk|thanks|thank you|thx|ty|great|got it|will do|noted|perfect|see you|gracias|muchas gracias|bueno"
    r"|esta bien|de acuerdo|vale|sale|perfecto|enterad[oa]|recibido|igualmente|amen|bendiciones|god bless(?: you)?)"
    + _END
)
_THUMBS = frozenset("👍👌🙏❤🙂😊✅👏🙌💪😀😃🥰")
_TONES = frozenset("\ufe0f🏻🏼🏽🏾🏿")
_PLAIN_REPORT = LazyPattern(
    r"\b(?:sell|sells|selling|sold|sellers?|drugs?|druggies|dealers?|dealing|crack|meth|heroin|fentanyl|weed|pills"
    r"|needles?|syringes?|smoking|shooting up|prostitut\w*|robbed|stole|stolen|stealing|vandal\w*|fights?|fighting"
    r"|vend(?:e|en|er|ia|ian|iendo|edor|edores)|drogas?|drogad\w*|cristal|mota|jeringas?|agujas?|fumando|fuman"
    r"|pandillas?|pandilleros?|rob(?:o|an|aron|ando|aba)|pelea(?:s|n|ndo)?)\b"
)
_CANCELS = LazyPattern(
    rf"(?:{_POLITE} )*(?:cancel|cancle|cancell|cancelar|canselar|cancelo|cancela|cancele|cancelen)"
    rf"(?: (?:todo|all|everything|it|this|that|{_POLITE}))*"
    rf"|(?:{_POLITE} )*(?:stop|quit|dont|do not|no more|never|end|please stop)(?: (?:the|these|those|your|send"
    rf"|sending|me))*"
    rf" (?:remind(?:ing|ers?)?)(?: (?:me|us|about|it|this|anymore|again|{_POLITE}))*"
    rf"|(?:(?:ya|que|{_POLITE}) )*no(?: (?:me|nos|mas|quiero|quiero mas))*"
    rf" (?:(?:recuerd|avis)(?:en|e|es)|(?:manden?|envien?) (?:mas )?(?:recordatorios?|avisos?)"
    rf"|recordatorios?)(?: (?:mas|nada|ya|de|la|junta|reunion|{_POLITE}))*"
)


_LATE = LazyPattern(
    r"(?:\w+ ){0,4}(?:running|be|coming|come|little|bit|min|mins|minutes|get there|arrive|way but"
    r"|but) (?:a )?(?:little |bit |few )*late\b.*|late|(?:\w+ ){0,3}(?:be there|there) in (?:like "
    r"|about )?\w+(?: min\w*| hour)?"
    r"|(?:\w+ ){0,3}(?:stuck|caught) in traffic.*|running behind.*"
    r"|(?:\w+ ){0,5}(?:tarde|retrasad[oa]s?|demorad[oa]s?)(?! (?:en|de) la noche)(?: \w+){0,3}"
    r"|(?:\w+ ){0,2}(?:atorad|atascad)[oa]s? en (?:el )?trafico.*"
)
_HOST = LazyPattern(
    r"(?:(?:hi|hello|hey|hola|ok|okay|thanks|gracias|buenas|and|y|but|pero|sorry|perdon|please|disculpe|also"
    r"|tambien|one question|una pregunta) )*(?:"
    r"(?:at )?what (?:time|hour|day|date|address|place|room|door|floor|else|is the (?:address|time|place|date)"
    r"|should (?:i|we) bring)\b.*|whats the (?:address|time|place|date)\b.*"
    r"|when (?:is|does|will) (?:it|the meeting)\b.*|where (?:is|will|do (?:i|we) (?:park|go|enter))\b.*"
    r"|wheres (?:it|the)\b.*"
    r"|which (?:door|room|church|day|entrance|building)\b.*"
    r"|(?:is|are|will) there (?:be )?(?:\w+ ){0,2}(?:parking|food|dinner|lunch|snacks|childcare|child care|daycare"
    r"|babysit\w*|kids|interpreter|translat\w*|wheelchair|bus|ride|rides|police|cops|a bathroom|security"
    r"|someone)\b.*"
    r"|(?:will|are|is) (?:the )?(?:police|cops|ice|immigration|migra)\b.*"
    r"|(?:can|may|could|should) (?:i|we|my|kids|someone|somebody|they|you)(?: \w+){0,2} (?:bring|take|come|park|eat"
    r"|pick (?:me|us) up|get a ride|sit|join|wait)\b.*"
    r"|(?:do|does) (?:i|we|it|you) (?:need|have|cost|start|end)\b.*|how (?:long|many people|much|do (?:i"
    r"|we) get there)\b.*"
    r"|who (?:is|will|all is|else is)(?: going to| gonna)? (?:be there|be coming|going|coming|there)\b.*|is (?:it"
    r"|this|the meeting) (?:still|in|at|about|for|on|today|tonight|tomorrow|free)\b.*"
    r"|(?:i |we )?(?:need|needs) (?:a |un )?(?:ride|rides|childcare|interpreter|lift)\b.*"
    r"|(?:a )?(?:que|k|ke) (?:hora|dia|fecha|direccion|lugar|puerta|salon|iglesia)\b.*|(?:a donde|en donde"
    r"|donde)(?: (?:es|sera|queda|esta|va|hay que|nos|me))\b.*"
    r"|(?:por )?cual (?:puerta|es la (?:direccion|hora|puerta|iglesia))\b.*|cuando (?:es|sera|empieza)\b.*"
    r"|cuanto (?:dura|tiempo|cuesta)\b.*"
    r"|(?:puedo|podemos|puede|pueden|se puede|podria|debo|tengo que|hay que) (?:llevar|traer|ir con|venir con|pasar"
    r"|estacionar\w*|entrar|recoger\w*)\b.*"
    r"|(?:puede|pueden|va a|van a) (?:ir|venir|estar|haber) (?!a vender)(?:mi|mis|los|la|el|comida|policia"
    r"|inmigracion|la policia|migra|interprete|cuidado|junta|reunion|en|alguien|estacionamiento|mama|ninos)\b.*"
    r"|(?:va|van) a (?:ser|dar|ir)\b.*|hay (?:comida|cena|estacionamiento|parking|cuidado|guarderia|interprete"
    r"|transporte|raite|alguien que (?:cuide|recoja|traduzca)|donde)\b.*"
    r"|todavia (?:va a haber|hay|es|sigue)\b.*|sigue (?:en pie|siendo)\b.*|(?:necesito|necesitamos|ocupo"
    r"|ocupamos) (?:un |una )?(?:ride|raite|transporte|aventon|interprete|quien)\b.*"
    r"|quien(?:es)? (?:va|van|estara|estaran)\b.*|es (?:en|hoy|manana|gratis) (?:espanol|ingles|\w+)\b.*)"
)
_PARTY = LazyPattern(
    r"(?:(?:yes|yeah|yep|si|ok|okay|sure|hi|hola|claro|now|ahora|thanks|gracias|sorry|perdon) )*"
    r"(?:(?:we are|were|we will be|well be|there will be|there are|there is|it will be|its|make it|party of"
    r"|for|put (?:me|us) down for"
    r"|only|just"
    r"|somos|seremos|vamos|iremos|vamos a ser|vamos a ir|mejor|para|solo|nomas|solamente|seriamos|vienen|van) )*"
    r"(\w+)(?: (?:people|person|persons|of us|in all|in total|coming|persona|personas|en total|nada mas|nomas|now"
    r"|ahora|total|adults|adultos))*(?: (?:please|thanks|gracias|por favor))*"
)
_COUNTS = {
    **{str(number): number for number in range(1, 100)},
    **{word: number for number, word in enumerate("one two three four five six seven eight nine ten".split(), 1)},
    **{word: number for number, word in enumerate("uno dos tres cuatro cinco seis siete ocho nueve diez".split(), 1)},
}
_ALONE = LazyPattern(
    r"(?:(?:yes|si|ok|its|it is|only|solo) )*(?:just me|only me|only myself|me alone|solo yo|yo solo|yo sola"
    r"|nomas yo|yo nomas|voy sol[oa])"
)
_TWO = LazyPattern(
    r"(?:(?:yes|si|ok|its|just|only|solo) )*(?:me and my (?:mom|dad|wife|husband|son|daughter|sister|brother|friend"
    r"|kid)|my (?:mom|wife|husband|son|daughter|sister|friend) and (?:me|i)"
    r"|mi (?:esposo|esposa|mama|papa|hijo|hija|hermana|hermano|amiga|amigo|senora) y yo|yo y mi (?:esposo|esposa"
    r"|mama|papa|hijo|hija|hermana|hermano|amiga|amigo|senora))"
)
_WITH_KIDS = LazyPattern(
    r"(?:yes |si |ok )*(?:me |yo )?(?:with|con|y|and) (?:my|mis|the) (\w+) (?:kids|children|sons|daughters|hijos"
    r"|ninos|hijas)"
)
_ADULTS = LazyPattern(
    r"(\w+) (?:adults?|adultos?|grown ups?)(?: (?:and|y|with|con))? (\w+) (?:kids?|children|child|ninos?|ninas?|hijos?)"
)


def is_late(text: str) -> bool:
    """Whether the whole message says that its sender comes late."""
    return len(text) <= LONGEST_REPLY and _LATE.fullmatch(fold(text)) is not None


def asks_host(text: str) -> bool:
    """Whether the whole message asks something that only the host of a meeting can answer."""
    return len(text) <= LONGEST_REPLY and _HOST.fullmatch(fold(text)) is not None


def party_in(text: str) -> int | None:
    """Return how many people come, if the whole message says that, or None."""
    folded = fold(text)
    if _ALONE.fullmatch(folded):
        return 1
    if _TWO.fullmatch(folded):
        return 2
    if found := _WITH_KIDS.fullmatch(folded):
        return _COUNTS[found[1]] + 1 if found[1] in _COUNTS else None
    if (found := _ADULTS.fullmatch(folded)) and found[1] in _COUNTS and found[2] in _COUNTS:
        return _COUNTS[found[1]] + _COUNTS[found[2]]
    found = _PARTY.fullmatch(folded)
    return _COUNTS.get(found[1]) if found else None


LONGEST_REPLY = 160


def read_choice(text: str) -> EitherChoice | None:
    """Return which of the two or three offered options a text chooses, or None."""
    folded = fold(text)
    return _CHOICE.get(folded) or _CHOICE.get(_CHOICE_DRESS.sub("", folded).strip())


def read_attendance(text: str) -> Attends | None:
    """Return the meaning of the whole message for attendance, or None if it says anything else."""
    folded = fold(text)
    if not folded:
        signs = {sign for sign in text if not sign.isspace()} - _TONES
        if signs == {"👎"}:
            return Attends.UNCLEAR
        return Attends.THANKS if signs and signs <= _THUMBS else None
    if _NO.fullmatch(folded):
        return Attends.UNCLEAR
    if _YES.fullmatch(folded):
        return Attends.COMES
    return next((kind for kind, pattern in _READS if pattern.fullmatch(folded)), None) or (
        Attends.THANKS if _THANKS.fullmatch(folded) else None
    )


_REASON = LazyPattern(
    r"\b(?:sick|ill|fever|flu|covid|hospital|doctor|work|working|job|shift|car|ride|babysit\w*|tired|funeral|school"
    r"|class|birthday|church|out of town"
    r"|enferm[oa]s?|malit[oa]s?|calentura|fiebre|gripa|trabaj\w*|turno|carro|ninera|cansad[oa]|velorio|escuela"
    r"|clase|cumpleanos|misa|viaje)\b"
)
_ELSE = LazyPattern(
    r"\b(?:they|them|house|street|corner|block|outside|scared|afraid|because of|neighbors?|ellos|casa|calle|esquina"
    r"|cuadra|afuera|miedo"
    r"|vecin\w+)\b"
)


def stays_away_because(text: str) -> bool:
    """Whether a message says that its sender does not come, and gives an everyday reason and nothing else."""
    folded = fold(text)
    is_reason = _REASON.search(folded) is not None and _ELSE.search(folded) is None
    return len(text) <= LONGEST_REPLY and is_reason and _STAYS_BESIDE.match(folded) is not None


def cancels_seat(text: str) -> bool:
    """Whether the whole message cancels a seat and nothing else."""
    return _CANCELS_SEAT.fullmatch(fold(text)) is not None


_CANCELS_SEAT = LazyPattern(
    r"(?:please |por favor |i want to |quiero )?(?:cancel|cancelar|cancele|cancelen|cancela) (?:my |our |the |mi "
    r"|mis |nuestro |nuestra |el |la )?"
    r"(?:seats?|spots?|reservation|place|rsvp|lugar(?:es)?|asientos?|reservacion|reserva|asistencia)(?: please"
    r"| por favor)?"
)


def refuses(text: str) -> bool:
    """Whether a text says anywhere that its sender does not come at all: "se me hizo tarde, ya no voy"."""
    return _REFUSES.search(fold(text)) is not None


_REFUSES = LazyPattern(
    r"\b(?:not coming|(?:cant|cannot|wont|not going to|not gonna) (?:come|make it|be there|attend)|ya no (?:voy"
    r"|vamos|puedo ir|podemos ir|ire|iremos)"
    r"|mejor no (?:voy|vamos)|no (?:puedo|podemos) ir)\b(?! (?:on time|before|until|till|a (?:llegar|tiempo)|temprano))"
)


def begins_with_staying_away(text: str) -> bool:
    """Whether a longer message begins with not coming.

    Once the rest is filed, the seat still has to be mentioned.
    """
    return _STAYS_BESIDE.match(fold(text)) is not None


def names_selling(text: str) -> bool:
    """Whether a text names danger, selling or theft."""
    return not is_command(text) and (_PLAIN_REPORT.search(fold(text)) is not None or bool(urgent(text)))


def is_plainly_a_report(text: str) -> bool:
    """Whether a text needs no question after a notice: it names selling, and neither asks nor says who comes."""
    return names_selling(text) and (not _may_be_about_coming(text) or bool(urgent(text)))


_MAY_BE_ABOUT_COMING = LazyPattern(
    rf"^(?:{_POLITE} )*(?:can|could|may|will|would|is|are|do|does|should|coming|ill come|we come)\b"
    r"|^(?:yes|yeah|yep|si|sure|ok) (?:but|pero|and|i|ill|we|voy|vamos)\b"
    r"|\b(?:can|cant|cannot|not|will|wont|ill|im|were|to|gonna|allowed to|they|youre) (?:come|coming|attend"
    r"|be there|go to)\b(?! (?:back|from"
    r"|home|out|by|around|here|at night|every|and|in|to (?:buy|sell)))"
    r"|^(?:(?:running|im|were|we are|be|gonna be) (?:\w+ ){0,3}late|se me hizo tarde|voy tarde)\b|\bwill (?:he"
    r"|she|they|i|we|my \w+|you|yall|it|there|the)\b|\bif i (?:come|go)\b"
    r"|\bcan (?:i|we|he|she|they|my \w+|someone|somebody)\b|^(?:i|we|im|were|not) coming\b|\bque (?:yo )?(?:voy"
    r"|vaya|vamos|vayamos)\b|\b(?:miedo (?:de )?(?:ir|que)|(?:scared|afraid) to (?:go|come))\b"
    r"|\b(?:coming with|invited|allowed|the meeting|la (?:junta|reunion))\b"
    r"|\b(?:si|no|ya no|yo) (?:voy|vamos|puedo ir|podemos ir|ire|iremos)\b(?! a (?:dormir|salir|comer|poder dormir))"
    r"|\bvan? a (?:ir|estar|hablar)\b|\b(?:puede|pueden|puedo|podemos) (?:ir|venir|llevar)\b"
)


def _may_be_about_coming(text: str) -> bool:
    is_short = len(text) <= LONGEST_REPLY
    return is_short and ("?" in text or _MAY_BE_ABOUT_COMING.search(fold(text)) is not None)


def says_cancel(text: str) -> bool:
    """Whether the whole message is "cancel" or "stop reminding me": the seat, or all texts."""
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
