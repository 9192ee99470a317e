"""Keywords, language and opt-outs of a text, read from the whole message.

Pure. A message counts as an opt-out only if it consists of such wordings from first word to last ("wrong number, please
stop texting me"). One that says anything else may be a report and is never dropped: "Stop them selling". Everything is
matched against folded text: no accents, no apostrophes, no capitals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from typing import Literal


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
        sotp stopp sttop stpo tsop stopo stoppp st0p stop1 altoo atlo bastaa vasta vaja canselar cancelr
        unsubscibe unsuscribe unsubcribe unsubscrib unsubscirbe unsubsribe unsubscripe unsubscride unsubscribed
        unsubscribeme unsubscribir desuscribir optuot otpout cancle""",
    Keyword.HELP: "help info ayuda hlep hepl halp helpp hlp ayuad aiuda alluda ayda",
    Keyword.START: "start unstop iniciar inicio comenzar alta",
    Keyword.DELETE: "delete borrar delet delette deleet borar borrrar",
    Keyword.SPANISH: "spanish espanol",
    Keyword.ENGLISH: "english ingles",
    Keyword.SKIP: """skip next pass none nothing no nope nothanks
        saltar omitir siguiente pasar nada ninguno ninguna nogracias""",
}
_KEYWORDS = {word: keyword for keyword, words in _WORDS.items() for word in words.split()}
MOST_TIMES = 6
_APOSTROPHES = str.maketrans("", "", "'’‘´`")


def fold(text: str) -> str:
    """Return the text in lower case with single spaces, without accents and punctuation, for comparison."""
    # Twice: lower-case letters may still decompose, and decomposition may yield capitals ("℠").
    plain = text.translate(_APOSTROPHES)
    for _ in range(2):
        plain = unicodedata.normalize("NFKD", plain.casefold())
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
    return _KEYWORDS.get(_once(fold(text).replace(" ", "")))


def _once(letters: str) -> str:
    """Return a repeated keyword once: upset or hurried senders write "stopstop"."""
    for times in range(MOST_TIMES, 1, -1):
        size, rest = divmod(len(letters), times)
        if not rest and size and letters == letters[:size] * times and letters[:size] in _KEYWORDS:
            return letters[:size]
    return letters


def provider_keyword(opt_out_type: str | None) -> Keyword | None:
    """Return the keyword the provider acted upon, from the OptOutType of its request, or None."""
    kinds = {"STOP": Keyword.STOP, "START": Keyword.START, "HELP": Keyword.HELP}
    return kinds.get((opt_out_type or "").strip().upper())


Language = Literal["en", "es"]

_ENGLISH = """the they there are is and at on in of to with for my by people men guys kids selling corner street again
    every night day please someone what where near behind house who was has have been
    gun guns shooting shots breathing overdose bleeding i want wanna myself die dying kill suicide blue help him her
    she they theyre baby mom dad son daughter kid pill pills took taken ate swallowed collapsed too not responsive
    outside door window my our dead body fire burning leak smell smells call police need would miss if cut his wrists
    life living worth threatened threatening threats missing hit please someone somebody gave having got fell think
    stop texting texts text messages number list delete unsubscribe wrong
    nobody one even dont didnt leave"""
_SPANISH = """el la los las hay esta estan en de del con por para mi un una unos que y vendiendo venden esquina calle
    otra vez cada noche dia alguien donde cerca casa gente hombres ninos muchachos hola senor quien fue tienen aqui
    arma armas pistola pistolas disparos tiros balazos respira despierta sobredosis sangre auxilio
    quiero vivir vida morir matar matarme muriendo morado morada ayuda
    se su sus muchas demasiadas pastilla pastillas bebe nino nina hijo hija trago tomo comio cayo callo habla levanta
    responde dio violaron amenazaron amenazando amenasaron amenaza muerte muerto muerta metieron metio afuera puerta
    llevaron cadaver llamas quema quemando fuego huele fuga llamen llame llamar policia favor necesito nadie todo
    acabar terminar pena viviendo venas manden mande mandes escriban escriba mensaje mensajes numero borra borren borre
    quiten quite lista alto basta parar paren baja salir
    detener terminar iniciar inicio comenzar borrar fin equivocado gracias nos ya mas"""
_ENGLISH_WORDS, _SPANISH_WORDS = frozenset(_ENGLISH.split()), frozenset(_SPANISH.split())
_MARKS = frozenset("ñÑ¿¡áÁíÍóÓúÚ")
_WEIGHT_OF_A_MARK = 2
_PLAIN_LEAD = 2


def guess(text: str) -> Language | None:
    """Return "en", "es", or None if the text does not show its language."""
    english, spanish = _words_of_each(text)
    spanish += _WEIGHT_OF_A_MARK * (not _MARKS.isdisjoint(text))
    if english == spanish:
        return None
    return "en" if english > spanish else "es"


def is_plain(text: str) -> bool:
    """Whether a text shows its language so clearly that a conversation in the other language switches to it.

    Accents do not count here: a name ("Martínez") has them in either language.
    """
    english, spanish = _words_of_each(text)
    return abs(english - spanish) >= _PLAIN_LEAD


def _words_of_each(text: str) -> tuple[int, int]:
    words = fold(text).split()
    return sum(word in _ENGLISH_WORDS for word in words), sum(word in _SPANISH_WORDS for word in words)


class OptOutReading(StrEnum):
    """Whether a text is an opt-out. ERASE also asks to erase the number. DOUBT is decided by a person."""

    YES = "yes"
    ERASE = "erase"
    DOUBT = "doubt"
    NO = "no"


LONGEST = 200
"""Most characters of a text that is read as nothing but an opt-out."""
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

# Requests to erase the number.
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
# Requests to stop texting this phone: inside a longer message they lead to DOUBT.
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
# Opt-outs only if they are the whole message.
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
# Possible opt-outs if they are the whole message; beside a certain one they add nothing.
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
# Without meaning of their own beside an opt-out.
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
# The strongest reading first.
_PARTS = (
    (OptOutReading.ERASE, _each(_ERASING)),
    (OptOutReading.YES, _each(_WHOLLY)),
    (OptOutReading.DOUBT, _MAY_BE_ONE),
    (OptOutReading.NO, _each(_BESIDE)),
)
_ORDER = tuple(kind for kind, _patterns in _PARTS)
_HOLDS_ONE = re.compile(rf"\b(?:{'|'.join((*_ABOUT_TEXTS, *_ERASING))})(?= |$)")


def reads_as_opt_out(text: str) -> OptOutReading:
    """Return the reading of a message that consists of opt-out wordings alone.

    DOUBT if it may be an opt-out, or contains one beside other words.
    """
    folded = fold(text)
    if any(pattern.fullmatch(folded) for pattern in _MAY_BE_ONE):
        return OptOutReading.DOUBT
    said = _all_of(folded, 0, {}) if len(folded) <= LONGEST else None
    if said is not None and said is not OptOutReading.NO:
        return said
    return OptOutReading.DOUBT if _HOLDS_ONE.search(folded) else OptOutReading.NO


def _all_of(folded: str, at: int, known: dict[int, OptOutReading | None]) -> OptOutReading | None:
    """Return the strongest reading of the rest of the text, or None unless it consists of such wordings alone."""
    if at >= len(folded):
        return OptOutReading.NO
    if at not in known:
        found = [(kind, _all_of(folded, end + 1, known)) for kind, end in _parts_at(folded, at)]
        whole = [min(kind, rest, key=_ORDER.index) for kind, rest in found if rest is not None]
        known[at] = min(whole, key=_ORDER.index, default=None)
    return known[at]


def _parts_at(folded: str, at: int) -> Iterator[tuple[OptOutReading, int]]:
    """Yield the reading and the end of each wording that begins here."""
    for kind, patterns in _PARTS:
        for found in filter(None, (pattern.match(folded, at) for pattern in patterns)):
            yield kind, found.end()
    word = folded[at:].partition(" ")[0]
    if keyword(word) is Keyword.STOP:
        yield OptOutReading.YES, at + len(word)
    elif word in _POLITE:
        yield OptOutReading.NO, at + len(word)


_DRESS = r"(?:hi|hey|hello|hola|oiga|sorry|perdon|disculpe|excuse me|please|por favor|but|pero|ok|y|and|wait|um)"
_WHO = r"""who(?: is|s| are| r) (?:this|u|you|it|these people|that)|who dis|who am i (?:texting|talking to)
    |who is texting me
    |what is this(?: number| about| for)?|whats this(?: number| about)?|whose number is this|do i know you
    |quien(?:es)? (?:es|son|eres|habla|escribe|me escribe)(?: usted| ustedes| este numero)?|de quien es este numero
    |con quien hablo
    |que es esto|de parte de quien
    |(?:are|r) (?:you|u|yall|this|these)(?: guys| people| the| with| from| working with)* (?:immigration|ice
    |la migra|migra|cops?
    |police|the police|feds)
    |is (?:this|it) (?:the )?(?:immigration|ice|la migra|migra|police|cops)
    |do (?:you|u) (?:work with|call|tell|report to|talk to) (?:immigration|ice|la migra|the police|police|cops)
    |(?:ustedes )?(?:son|es|eres)(?: de| con)?(?: la)? (?:migra|migracion|inmigracion|ice|policia)
    |(?:trabajan|llaman|avisan|le avisan) (?:con|a)(?: la)? (?:migra|migracion|inmigracion|ice|policia)
    |(?:do you|will you|you) ask (?:for|about) (?:papers|my papers|immigration|status)|piden papeles
    |preguntan por papeles"""
_HELLO = r"""hi|hello|hey|hiya|hola|buenas|buenos dias|buenas tardes|buenas noches|good (?:morning|evening|afternoon)
    |saludos|test|testing|prueba|hi there|hello there"""
_THANKS = r"""(?:ok |okay |muchas |many |muchisimas )?(?:thanks|thank you|thank u|thx|ty|gracias)
    (?: so much| a lot| very much| again| god bless| bendiciones)?|god bless(?: you)?|dios (?:lo|la|los|le) bendiga"""


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{_DRESS} )*(?:" + re.sub(r"\n\s*", "", pattern) + rf")(?: {_DRESS})*")


_ASKS, _GREETS, _THANKED = _whole(_WHO), _whole(_HELLO), _whole(_THANKS)


def asks_who(text: str) -> bool:
    """Whether the whole message asks who we are, or whether we are the police or immigration authorities."""
    return _ASKS.fullmatch(fold(text)) is not None


def only_greets(text: str) -> bool:
    """Whether the whole message is a greeting."""
    return _GREETS.fullmatch(fold(text)) is not None


def only_thanks(text: str) -> bool:
    """Whether the whole message is thanks."""
    return _THANKED.fullmatch(fold(text)) is not None
