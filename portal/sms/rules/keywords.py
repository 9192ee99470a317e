"""Words that count only as the whole message, and wording that a reasonable person reads as an opt-out."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Keyword(StrEnum):
    STOP = "stop"
    HELP = "help"
    START = "start"
    DELETE = "delete"
    SPANISH = "spanish"
    ENGLISH = "english"
    SKIP = "skip"


class OptOutReading(StrEnum):
    """Does a text ask us to stop? DOUBT is for a human."""

    YES = "yes"
    DOUBT = "doubt"
    NO = "no"


# Folded and without spaces, so that "opt out", "OPT-OUT" and "S.T.O.P." are found too.
# The English words of STOP, HELP and START are those that the provider acts upon by itself. YES is not among ours:
# the provider reads it as START only from somebody who has opted out, and then it says so.
_WORDS = {
    Keyword.STOP: """stop stopall unsubscribe cancel end quit revoke optout
        alto parar basta baja cancelar detener salir""",
    Keyword.HELP: "help info ayuda",
    Keyword.START: "start unstop iniciar inicio comenzar alta",
    Keyword.DELETE: "delete borrar",
    Keyword.SPANISH: "spanish espanol",
    Keyword.ENGLISH: "english ingles",
    Keyword.SKIP: """skip next pass none nothing no nope nothanks
        saltar omitir siguiente pasar nada ninguno ninguna nogracias""",
}
_KEYWORDS = {word: keyword for keyword, words in _WORDS.items() for word in words.split()}
_APOSTROPHES = str.maketrans("", "", "'’‘´`")


def fold(text: str) -> str:
    """Lower case, no accents, no punctuation, single spaces: what people mean the same is the same."""
    # Twice: small letters may need taking apart, and parts may turn out to be capitals ("℠").
    plain = text.translate(_APOSTROPHES)
    for _ in range(2):
        plain = unicodedata.normalize("NFKD", plain.casefold())
    kept = plain.translate(_ASCII) if plain.isascii() else "".join(_folded(character) for character in plain)
    return " ".join(kept.split())


def _folded(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    return character if character.isalnum() else " "


# Most texts are plain, and every text is folded several times.
_ASCII = {code: _folded(chr(code)) for code in range(128)}


def keyword(text: str) -> Keyword | None:
    """The keyword that the whole message is, or None. A message with a picture character says more than a keyword."""
    if not text.isascii() and any(unicodedata.category(character) == "So" for character in text):
        return None
    return _KEYWORDS.get(fold(text).replace(" ", ""))


def provider_keyword(opt_out_type: str | None) -> Keyword | None:
    """What the provider did by itself, from the OptOutType of its request: STOP, START, HELP or nothing."""
    kinds = {"STOP": Keyword.STOP, "START": Keyword.START, "HELP": Keyword.HELP}
    return kinds.get((opt_out_type or "").strip().upper())


# ── Opt-outs in other words ──────────────────────────────────────────────────────────────────────────────────────
# Everything below is matched against folded text: no accents, no apostrophes, no capitals.

_MESSAGES = r"(?:texts?|messages?|msgs?|sms|alerts?|updates?|news)"
_MENSAJES = r"(?:mensajes?|mensajitos?|textos?|sms|alertas?|noticias)"
_SEND = r"(?:text(?:ing)?|messag(?:e|ing)|send(?:ing)?|contact(?:ing)?|writ(?:e|ing)|spam(?:ming)?)"
_NO_MORE = r"(?:stop|quit|cease|dont|do not|never|no more)(?: ever| please)?"
_ME = r"(?:me|us|my (?:phone|number|cell)|this (?:phone|number))"
_MANDEN = r"(?:manden?|mandes|envien?|envies|escriban?|escribas|texteen?|textees|contacten?|contactes)"
_MANDAR = r"(?:mandar|enviar|escribir|textear|contactar|mensajear|recibir)"

_WANT_TO = r"(?:i )?(?:want to |would like to |wish to |like to )?"
_WHAT = rf"(?: (?:any|more|these|this|those|the|your|all|such|{_MESSAGES}|anymore|again|things|stuff|to|{_ME}))*"
_QUE = rf"(?: (?:mas|estos|esos|sus|los|las|de|texto|{_MENSAJES}|nada|ya|otra|vez|nunca|a|mi|este|numero|telefono))*"

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
    rf"no quiero (?:recibir )?(?:(?:mas|estos|esos|sus) )*{_MENSAJES}",
    r"(?:quitenme|quiteme|saquenme|saqueme|borrenme|borreme|eliminenme|elimineme) de (?:la|su|esta|esa) lista",
    rf"no mas {_MENSAJES}",
)
# Means the same when it is all that the message says.
_WHOLLY = (
    *(rf"{pattern}{_WHAT}{_QUE}" for pattern in _ABOUT_TEXTS),
    rf"{_NO_MORE} {_SEND}{_WHAT}",
    rf"{_WANT_TO}(?:un ?subscribe|opt (?:me |us )?out)(?: me| us)?(?: from)?(?: of)?{_WHAT}(?: lists?)?",
    rf"(?:take|remove) {_ME}(?: off| out)?",
    rf"(?:cancel|end) (?:(?:my|the|this|these|your|all) )*(?:subscription|{_MESSAGES})",
    rf"no (?:(?:quiero|deseo|quisiera) que )?(?:me|nos) {_MANDEN}{_QUE}",
    rf"no (?:quiero|deseo|quisiera) (?:que )?(?:me |nos )?{_MANDAR}{_QUE}",
    rf"(?:dejen?|deja|paren?|para) de {_MANDAR}(?:me|nos)?{_QUE}",
    r"(?:quiero |deseo |quisiera )?(?:denme|deme|dar|darme|darse|me den|me de) de baja",
    r"(?:quitenme|quiteme|saquenme|saqueme|eliminenme|elimineme)(?: ya)?",
    r"(?:desuscribir|desuscribirme|desuscribanme|desuscribame)(?: de (?:la|su|esta) lista)?",
    rf"(?:cancelar|cancelen|cancele) (?:(?:mi|la|los|las|mis|sus|estos) )*(?:suscripcion|{_MENSAJES})",
)
_PERHAPS = (
    r"(?:stop|quit|end|cancel) (?:it|this|that|everything)",
    r"enough(?: already)?",
    r"leave (?:me|us) alone",
    r"(?:lose|forget) my number",
    r"(?:you have (?:the )?|you got (?:the )?|its (?:the )?)?wrong (?:number|person)",
    r"(?:im |i am )?not interested",
    r"no (?:more|mas)",
    r"ya basta|basta ya|ya no mas|ya no",
    r"(?:dejenme|dejeme|dejennos) en paz",
    r"no (?:me|nos) (?:moleste[ns]?|llamen?)(?: mas)?",
    r"(?:es |tiene |tienen )?(?:el )?numero equivocado",
    r"no me interesa",
)
_POLITENESS = """please pls plz hey hi hello ok okay thanks thank you now just yes sir maam guys already right asap
    immediately i said asked can could would will kindly
    por favor porfa porfavor gracias hola ya ahora mismo oiga oigan puede pueden podria podrian senor senora si"""
_POLITE = frozenset(_POLITENESS.split())


def _whole(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_IS_ONE = _whole(_WHOLLY)
_MAY_BE_ONE = _whole(_PERHAPS)
_HOLDS_ONE = re.compile(rf"\b(?:{'|'.join(_ABOUT_TEXTS)})\b")


def reads_as_opt_out(text: str) -> OptOutReading:
    """YES if the message says nothing else, DOUBT if it may mean it or says it beside something else, NO otherwise."""
    folded = fold(text)
    said = [folded, _without_politeness(folded)]
    if _MAY_BE_ONE.fullmatch(folded):
        return OptOutReading.DOUBT
    if any(_KEYWORDS.get(words.replace(" ", "")) is Keyword.STOP or _IS_ONE.fullmatch(words) for words in said):
        return OptOutReading.YES
    if any(_MAY_BE_ONE.fullmatch(words) for words in said) or _HOLDS_ONE.search(folded):
        return OptOutReading.DOUBT
    return OptOutReading.NO


def _without_politeness(folded: str) -> str:
    words = folded.split()
    while words and words[0] in _POLITE:
        words.pop(0)
    while words and words[-1] in _POLITE:
        words.pop()
    return " ".join(words)
