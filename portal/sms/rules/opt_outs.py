"""Wording that a reasonable person reads as an opt-out, in both languages. In doubt a human decides.

A message is read from its first word to its last: if it consists of nothing but such wordings ("wrong number, please
stop texting me"), it is one. One that says anything else may be a report and is never dropped: "Stop them selling".
Everything is matched against folded text: no accents, no apostrophes, no capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from portal.sms.rules.keywords import Keyword, fold, keyword


class OptOutReading(StrEnum):
    """Does a text ask us to stop? ERASE also asks that the number be erased. DOUBT is for a human."""

    YES = "yes"
    ERASE = "erase"
    DOUBT = "doubt"
    NO = "no"


LONGEST = 200
"""Characters of a text that may be nothing but an opt-out."""
_MESSAGES = r"(?:te?xts?|messages?|mesages?|msgs?|sms|alerts?|updates?|news|notifications?|reminders?)"
_MENSAJES = r"(?:mensajes?|mensages?|mensajitos?|textos?|sms|alertas?|noticias|notificaciones|recordatorios?)"
_SEND = (
    r"(?:te?xt(?:ing?|in)?|messag(?:e|ing)|msg(?:ing)?|send(?:ing?|in)?|contact(?:ing)?|writ(?:e|ing)|spam(?:ming)?)"
)
_NO_MORE = r"(?:stop|quit|cease|dont|do not|never|no more)(?: ever| please)?"
_ME = r"(?:me|us|my (?:phone|number|cell)|this (?:phone|number))"
_MANDEN = r"(?:manden?|mandes|envien?|envies|escriban?|escribas|texteen?|textees|contacten?|contactes)"
_MANDAR = r"(?:mandar|enviar|escribir|textear|contactar|mensajear|recibir)"
_QUIERO = r"(?:[qk]u?iero|deseo|quisiera|necesito)"
_NUMBER = r"(?:phone number|(?:cell ?)?phone|n[uo]mb?e?r|nunber|cell|contact(?: info)?|info|information|data|details)"
_NUMERO = r"(?:numeros?|num|telefono|celular|cel|contacto|datos|informacion)(?: de (?:telefono|celular|cel))?"

_WANT_TO = r"(?:i )?(?:want to |wanna |would like to |wish to |like to |need to )?"
_WHAT = rf"(?: (?:any|more|these|this|those|the|your|all|such|{_MESSAGES}|anymore|again|things|stuff|to|{_ME}))*"
_QUE = rf"(?: (?:mas|estos|esos|sus|los|las|de|texto|{_MENSAJES}|nada|ya|otra|vez|nunca|a|mi|este|numero|telefono))*"
_LISTS = rf"(?: (?:of|your|ur|this|the|that|all|lists?|system|records?|database|files?|phone|{_MESSAGES}))*"

# The number is to be erased.
_ERASING = (
    (
        rf"(?:delete?|deleting|erase|erace|remove|wipe|clear|get rid of|forget|lose|scrub|drop|take (?:off|out)) "
        rf"(?:my|this|our|the) {_NUMBER}(?: (?:from|off|out))?{_LISTS}"
    ),
    rf"take (?:my|this|our) {_NUMBER} (?:off|out|from){_LISTS}",
    rf"(?:delete?|erase) (?:me|us)(?: (?:from|off|out))?{_LISTS}",
    rf"(?:i )?(?:want|need) (?:my|this) {_NUMBER} (?:deleted|erased|removed|gone)(?: (?:from|off))?{_LISTS}",
    r"(?:delete?|erase) (?:everything|all)(?: (?:about|on|of|you have on|my|me|info|data|messages))*",
    (
        rf"(?:borr(?:a|e|en|ar|o)|bor(?:a|en|ar)|elimin(?:a|e|en|ar)|quit(?:a|e|en|ar)|sa(?:ca|car|que|quen)|remuev(?:a|e|an)|remover"
        rf"|olvid(?:a|e|en)|supriman?)(?:me)? (?:ya )?(?:de (?:la|su|sus) listas? )?(?:mi|mis|este|ese|el|nuestro) "
        rf"{_NUMERO}(?: (?:de|la|su|sus|ahi|alli|esta|lista|listas|sistema|registros?|ya))*"
    ),
    r"(?:borrenme|borreme|borrame|borrarme|eliminarme)(?: (?:de|la|su|sus|lista|listas|sistema|todo|ya))*",
    r"(?:borr(?:en?|a|ar)|eliminen?) (?:todo|todos)(?: (?:lo|que|tienen|de|mi|mis|mio|datos|mensajes))*",
)
# Asks us to stop and is about texts to this person: found inside a longer message it leaves a doubt.
_ABOUT_TEXTS = (
    rf"{_NO_MORE} {_SEND} (?:{_ME}|(?:(?:any|more|these|this|those|the|your|all) )*{_MESSAGES})",
    rf"no more {_MESSAGES}",
    rf"(?:dont|do not) want (?:to (?:get|receive|have) )?(?:(?:any|more|these|this|your|the|anymore) )*{_MESSAGES}",
    rf"(?:take|remove|get|delete) {_ME} (?:off|out of|from) (?:(?:of|your|this|the|that) )*(?:lists?|{_MESSAGES})",
    r"un ?subscribe me",
    r"opt (?:me |us )?out of",
    rf"no (?:me|nos) {_MANDEN} (?:mas )?{_MENSAJES}",
    r"no (?:me|nos) (?:escriban?|escribas|texteen?|contacten?|contactes)",
    rf"(?:dejen?|deja|paren?|para) de (?:mandar|enviar|escribir|textear|contactar)(?:me|nos)(?: {_MENSAJES})?",
    rf"no {_QUIERO} (?:recibir )?(?:(?:mas|estos|esos|sus) )*{_MENSAJES}",
    r"(?:quit|sa[cq]u?|borr|elimin)(?:en|e|a|ar)me de (?:la|su|esta|esa) lista",
    rf"no mas {_MENSAJES}",
)
# Means the same when it is all that the message says.
_WHOLLY = (
    *(rf"{pattern}{_WHAT}{_QUE}" for pattern in _ABOUT_TEXTS),
    rf"{_NO_MORE} {_SEND}{_WHAT}",
    rf"{_NO_MORE} call(?:ing)? {_ME}{_WHAT}",
    rf"(?:stop|end|cancel|quit|no more|enough) (?:with )?(?:(?:all|the|these|those|your|of|sending) )*{_MESSAGES}",
    (
        rf"{_WANT_TO}(?:un ?subscribe|unsubscibe|unsuscribe|opt (?:me |us )?out)(?: me| us)?(?: from)?(?: of)?{_WHAT}"
        r"(?: lists?)?"
    ),
    rf"how (?:do|can) i (?:stop|unsubscribe|opt out|get off|cancel)(?: (?:from|of|getting)){{0,2}}{_WHAT}(?: lists?)?",
    rf"(?:take|remove) {_ME}(?: (?:off|out|from))?{_LISTS}",
    rf"(?:cancel|end) (?:(?:my|the|this|these|your|all) )*(?:subscription|{_MESSAGES})",
    rf"(?:i )?(?:dont|do not|didnt) (?:want|need) (?:(?:any|more|these|this|your|the|to|get|receive) )*{_MESSAGES}",
    r"i (?:never|didnt|did not) (?:sign(?:ed)? up|signup|ask|subscribed?)(?: (?:for|to) (?:this|these|it|texts?))?",
    rf"no (?:(?:{_QUIERO}) que )?(?:me|nos) {_MANDEN}{_QUE}",
    rf"no (?:mas )?{_MANDEN} (?:(?:mas|tantos|estos|sus) )*{_MENSAJES}",
    rf"no {_QUIERO} (?:que )?(?:me |nos )?{_MANDAR}{_QUE}",
    rf"(?:dejen?|deja|paren?|para) de {_MANDAR}(?:me|nos)?{_QUE}",
    rf"(?:paren?|alto|stop|basta|no mas|nomas|no) (?:(?:con|a|de|los|las|mas|sus|estos) )*{_MENSAJES}",
    r"(?:quiero |deseo |quisiera )?(?:denme|deme|dar|darme|darse|me den|me de) de baja",
    r"como (?:me doy de baja|me salgo|cancelo|me quito)(?: (?:de|esto|estos|la|lista|mensajes))*",
    r"(?:quit|sa[cq]u?|elimin)(?:en|e|a|ar)me(?: (?:de|la|su|sus|esta|esa|lista|listas|ya))*",
    r"(?:me )?quiero salir(?:me)?(?: de (?:la|su|esta) lista)?",
    r"(?:desuscribir|desuscribirme|desuscribanme|desuscribame)(?: de (?:la|su|esta) lista)?",
    rf"(?:cancelar|cancelen|cancele) (?:(?:mi|la|los|las|mis|sus|estos) )*(?:suscripcion|{_MENSAJES})",
)
# May mean it when it is all that the message says; beside one that does it says nothing more.
_PERHAPS = (
    r"(?:stop|quit|end|cancel) (?:it|this|that|everything|bothering me|bothering us|harassing me)",
    r"enough(?: already)?",
    r"leave (?:me|us) alone",
    (
        r"(?:you have (?:the )?|you got (?:the )?|u got (?:the )?|its (?:the )?|this is (?:the )?)?"
        rf"w?rong (?:{_NUMBER}|person|guy|one)"
    ),
    r"(?:im |i am )?not interested",
    r"no (?:more|mas)",
    r"ya basta|basta ya|ya no mas|ya no|ya paren|paren ya|paren?|parenle",
    r"(?:dejenme|dejeme|dejennos) en paz",
    r"no (?:me|nos) (?:molesten?|llamen?|marquen?|busquen?)(?: mas)?|(?:dejen?|deja) de molestar(?:me|nos)?",
    r"(?:es |tiene |tienen |este es )?(?:el |un )?numero (?:equivocado|incorrecto)",
    r"(?:se |esta |estan )(?:equivoco|equivocaron|equivocado|equivocados)(?: de (?:numero|persona))?",
    r"no me interesa",
)
# Says nothing of its own beside an opt-out.
_BESIDE = (
    r"and|so|but|from|to|y|e|pero|or|i|u|you|que|quiero que|quisiera que|necesito que|i want you to|i need you to",
    r"who (?:is|are) (?:this|you)|i (?:dont|do not) (?:know|no) (?:you|who this is)",
    r"quien (?:es|habla)|no (?:los|lo|la) conozco",
    r"(?:this is |im |i am )?not (?:me|him|her|the person)|no soy (?:yo|esa persona|la persona)",
)
_POLITENESS = """please pls plz plez hey hi hello ok okay thanks thank you now just yes no sir maam guys already right
    asap immediately i said asked can could would will kindly
    sorry perdon disculpe disculpen
    por favor porfa porfavor gracias hola ya ahora mismo oiga oigan puede pueden podria podrian senor senora si"""
_POLITE = frozenset(_POLITENESS.split())


def _each(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"(?:{pattern})(?= |$)") for pattern in patterns)


_MAY_BE_ONE = _each(_PERHAPS)
# The sooner in this list, the more it says.
_PARTS = (
    (OptOutReading.ERASE, _each(_ERASING)),
    (OptOutReading.YES, _each(_WHOLLY)),
    (OptOutReading.DOUBT, _MAY_BE_ONE),
    (OptOutReading.NO, _each(_BESIDE)),
)
_ORDER = tuple(kind for kind, _patterns in _PARTS)
_HOLDS_ONE = re.compile(rf"\b(?:{'|'.join((*_ABOUT_TEXTS, *_ERASING))})(?= |$)")


def reads_as_opt_out(text: str) -> OptOutReading:
    """What the message says if it says nothing else; DOUBT if it may mean it, or says it beside something else."""
    folded = fold(text)
    if any(pattern.fullmatch(folded) for pattern in _MAY_BE_ONE):
        return OptOutReading.DOUBT
    said = _all_of(folded, 0, {}) if len(folded) <= LONGEST else None
    if said is not None and said is not OptOutReading.NO:
        return said
    return OptOutReading.DOUBT if _HOLDS_ONE.search(folded) else OptOutReading.NO


def _all_of(folded: str, at: int, known: dict[int, OptOutReading | None]) -> OptOutReading | None:
    """The most that the text says from here on if it consists of such wordings alone, else None."""
    if at >= len(folded):
        return OptOutReading.NO
    if at not in known:
        found = [(kind, _all_of(folded, end + 1, known)) for kind, end in _parts_at(folded, at)]
        whole = [min(kind, rest, key=_ORDER.index) for kind, rest in found if rest is not None]
        known[at] = min(whole, key=_ORDER.index, default=None)
    return known[at]


def _parts_at(folded: str, at: int) -> Iterator[tuple[OptOutReading, int]]:
    """Each wording that begins here, and where it ends."""
    for kind, patterns in _PARTS:
        for found in filter(None, (pattern.match(folded, at) for pattern in patterns)):
            yield kind, found.end()
    word = folded[at:].partition(" ")[0]
    if keyword(word) is Keyword.STOP:
        yield OptOutReading.YES, at + len(word)
    elif word in _POLITE:
        yield OptOutReading.NO, at + len(word)
