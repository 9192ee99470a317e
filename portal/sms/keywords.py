"""Cleaning of a text, and its keywords and language, read from the whole message, which is folded. Pure."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Literal

from portal.core.reading.grams import LOOK_ALIKES

LONGEST_TEXT = 1_600
"""Most characters that the provider carries in one message."""

# Marks that change the direction of writing: they can make a text display differently from its content.
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# Precomposed Latin letters, so there is nothing to normalize either.
_PLAIN = re.compile(r"[ -~\n\xa0-\xff]*")
_LINES = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\t": " ", "\x85": "\n"})


def clean(body: str) -> str:
    """Return the text to store: composed, without control and direction marks or lone surrogates, cut to length."""
    if _PLAIN.fullmatch(body):
        # Most texts: there is nothing to clean, and checking each character takes two hundred times as long.
        return body[:LONGEST_TEXT].strip()
    lines = body.replace("\r\n", "\n").replace("\r", "\n").translate(_LINES)
    # Cc: control characters, NUL among them. Cs: half of a surrogate pair, which no database stores.
    hidden = {sign for sign in set(lines) if sign in _DIRECTIONS or unicodedata.category(sign) in {"Cc", "Cs"}}
    kept = "".join(sign for sign in lines if sign == "\n" or sign not in hidden)
    return unicodedata.normalize("NFC", kept)[:LONGEST_TEXT].strip()


class Keyword(StrEnum):
    STOP = "stop"
    HELP = "help"
    START = "start"
    DELETE = "delete"
    SPANISH = "spanish"
    ENGLISH = "english"
    SKIP = "skip"


# Folded and without spaces, so that "opt out", "OPT-OUT" and "S.T.O.P." are found too.
# The English words of STOP, HELP and START are those that the provider acts upon by itself. YES is not included:
# the provider reads it as START only from a phone that has opted out, and then it tells us.
_WORDS = {
    Keyword.STOP: """stop stopall unsubscribe cancel end quit revoke optout remove
        alto parar basta baja cancelar detener salir fin terminar
        sotp sstop stopp sttop stpo unsub tsop stopo stoppp st0p stop1 altoo atlo bastaa vasta vaja canselar cancelr
        unsubscibe unsuscribe unsubcribe unsubscrib unsubscirbe unsubsribe unsubscripe unsubscride unsubscribed
        unsubscribeme unsubscribir desuscribir optuot otpout cancle""",
    Keyword.HELP: "help info ayuda hlep hepl halp helpp menu commands opciones comandos hlp ayuad aiuda alluda ayda",
    Keyword.START: """start unstop iniciar inicio comenzar alta startplease pleasestart startagain restart resume
        iniciarporfavor porfavoriniciar reiniciar""",
    Keyword.DELETE: "delete borrar delet delette deleet borar borrrar",
    Keyword.SPANISH: "spanish espanol",
    Keyword.ENGLISH: "english ingles",
    Keyword.SKIP: """skip next pass none nothing no nope nothanks
        saltar omitir siguiente pasar nada ninguno ninguna nogracias""",
}
_KEYWORDS = {word: keyword for keyword, words in _WORDS.items() for word in words.split()}
_REPEATED = re.compile(r"(.{2,20}?)\1{1,5}")
"""Upset or hurried senders write "stopstop"."""
_APOSTROPHES = str.maketrans("", "", "'’‘´`")


def fold(text: str) -> str:
    """Return the text in lower case with single spaces, without accents and punctuation, for comparison."""
    # Twice: lower-case letters may still decompose, and decomposition may yield capitals ("℠").
    plain = text.translate(_APOSTROPHES)
    for _ in range(2):
        plain = unicodedata.normalize("NFKD", plain.casefold()).translate(LOOK_ALIKES)
    kept = plain.translate(_ASCII) if plain.isascii() else "".join(_folded(character) for character in plain)
    return " ".join(kept.split())


def _folded(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    return character if character.isalnum() else " "


# A fast path: most texts are ASCII, and every text is folded several times.
_ASCII = {code: _folded(chr(code)) for code in range(128)}


def keyword(text: str) -> Keyword | None:
    """Return the keyword that the whole message is, or None; a message with an emoji says more than a keyword."""
    if not text.isascii() and any(unicodedata.category(character) == "So" for character in text):
        return None
    letters = fold(text).replace(" ", "")
    repeated = _REPEATED.fullmatch(letters)
    return _KEYWORDS.get(repeated[1] if repeated else letters)


Language = Literal["en", "es"]
KNOWN_LANGUAGES: dict[str | None, Language] = {"en": "en", "es": "es"}

_ENGLISH = """the they there are is and at on in of to with for my by people men guys kids selling corner street again
    every night day please someone what where near behind house who was has have been gun guns shooting shots breathing
    overdose bleeding i want wanna myself die dying kill suicide blue help him her she theyre baby mom dad son daughter
    kid pill pills took taken ate swallowed collapsed too not responsive outside door window our dead body fire burning
    leak smell smells call police need would miss if cut his wrists life living worth threatened threatening threats
    missing hit somebody gave having got fell think stop texting texts text messages number list delete unsubscribe
    wrong nobody one even dont didnt leave you your yall do does did why how it its this that these those know can could
    will should just about from went whose here or be so because im ive youre hes shes"""
_SPANISH = """el la los las hay esta estan en de del con por para mi un una unos que y vendiendo venden esquina calle
    otra vez cada noche dia alguien donde cerca casa gente hombres ninos muchachos hola senor quien fue tienen aqui arma
    armas pistola pistolas disparos tiros balazos respira despierta sobredosis sangre auxilio quiero vivir vida morir
    matar matarme muriendo morado morada ayuda se su sus muchas demasiadas pastilla pastillas bebe nino nina hijo hija
    trago tomo comio cayo callo habla levanta responde dio violaron amenazaron amenazando amenasaron amenaza muerte
    muerto muerta metieron metio afuera puerta llevaron cadaver llamas quema quemando fuego huele fuga llamen llame
    llamar policia favor necesito nadie todo acabar terminar pena viviendo venas manden mande mandes escriban escriba
    mensaje mensajes numero borra borren borre quiten quite lista alto basta parar paren baja salir detener iniciar
    inicio comenzar borrar fin equivocado gracias nos ya mas ustedes usted como porque cuando quienes eso esto esa ese
    esas esos ellos ella muy pero hace hacen estoy soy somos tiene tengo puede pueden puedo tambien hasta desde sobre
    entre les necesitan saber quieren"""
_KREYOL = """yo vann vandè ki nan pou mwen nou li ap yap map gen genyen moun kay lari devan dèyè lekòl sou pa ak kote
    chak jou swa dwog dwòg tanpri ede m w gade jodi a mesye timoun legliz lapolis yon sa konn toujou fè te la mache"""
_ENGLISH_WORDS, _SPANISH_WORDS = frozenset(_ENGLISH.split()), frozenset(_SPANISH.split())
_KREYOL_WORDS = frozenset(fold(_KREYOL).split())
_OF_PLACES = frozenset(
    """the at on in of by to and with corner street near behind house alley between door outside
    el la los las de del en con por y esquina calle cerca casa puerta afuera un una entre""".split()
)
"""Words that names of places hold, in whatever language their sender writes."""
_MARKS = frozenset("ñÑ¿¡áÁíÍóÓúÚ")
_WEIGHT_OF_A_MARK = 2
_PLAIN_LEAD = 2
_GRAVE = frozenset("òÒèÈ")
_LEAST_KREYOL = 3

_LEADS = r"^(?:(?:hi|hello|hey|hola|sorry|perdon|disculpe|please|pls|i|im|we|yo|but|pero|in|en) ){0,4}"
_PLEASE = r"(?:please|pls|plz|por favor|porfa)"
_LACKS = (
    r"(?:(?:dont|do not|cant|cannot|no) (?:speak|understand|read|know|do)|no (?:hablo|entiendo|leo|se))"
    r"(?: (?:mucho|bien|nada|de|el|much|any|good|very)){0,3}"
)
_EN, _ES = "(?:english|ingles)", "(?:spanish|espanol)"


def _wish(own: str, other: str) -> re.Pattern[str]:
    return re.compile(rf"{_LEADS}(?:{own} {_PLEASE}|{_LACKS} {other})\b|\b(?:in|en) {own} {_PLEASE}$")


_WISHES: dict[Language, re.Pattern[str]] = {"es": _wish(_ES, _EN), "en": _wish(_EN, _ES)}


def _wished(folded: str) -> Language | None:
    """Return the language that a text asks for beside what else it says: "sorry i dont speak spanish its on 5th"."""
    return next((language for language, pattern in _WISHES.items() if pattern.search(folded)), None)


def guess(text: str) -> Language | None:
    """Return "en", "es", or None if the text does not show its language, or is in a third one."""
    folded = fold(text)
    if wished := _wished(folded):
        return wished
    words = folded.split()
    if words == ["y"]:
        # "Yes" as often as "and".
        return None
    english, spanish = _words_of_each(words)
    kreyol = sum(word in _KREYOL_WORDS for word in words) + 2 * (not _GRAVE.isdisjoint(text))
    if kreyol >= _LEAST_KREYOL and kreyol > max(english, spanish):
        return None
    spanish += _WEIGHT_OF_A_MARK * (not _MARKS.isdisjoint(text))
    if english == spanish:
        return None
    return "en" if english > spanish else "es"


def is_plain(text: str, *, of_place: bool = False) -> bool:
    """Whether a text shows its language so clearly that a conversation in the other language switches to it.

    Accents do not count: names have them in either language. Nor, in an answer `of_place`, do words of such names.
    """
    folded = fold(text)
    if _wished(folded):
        return True
    english, spanish = _words_of_each([word for word in folded.split() if not of_place or word not in _OF_PLACES])
    lead = (english > spanish) - (english < spanish)
    return abs(english - spanish) >= _PLAIN_LEAD and lead == {"en": 1, "es": -1, None: 0}[guess(text)]


def _words_of_each(words: list[str]) -> tuple[int, int]:
    return sum(word in _ENGLISH_WORDS for word in words), sum(word in _SPANISH_WORDS for word in words)
