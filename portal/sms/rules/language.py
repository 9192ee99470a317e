"""Which of the two languages a text is probably in: a few words and the marks that only Spanish has."""

from __future__ import annotations

from typing import Literal

from portal.sms.rules.keywords import fold

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
    """'en', 'es', or None when the text doesn't show it."""
    english, spanish = _words_of_each(text)
    spanish += _WEIGHT_OF_A_MARK * (not _MARKS.isdisjoint(text))
    if english == spanish:
        return None
    return "en" if english > spanish else "es"


def is_plain(text: str) -> bool:
    """Whether a text shows its language so clearly that a conversation begun in the other one follows it.

    Marks do not count here: a name ("Martínez") has them in either language.
    """
    english, spanish = _words_of_each(text)
    return abs(english - spanish) >= _PLAIN_LEAD


def _words_of_each(text: str) -> tuple[int, int]:
    words = fold(text).split()
    return sum(word in _ENGLISH_WORDS for word in words), sum(word in _SPANISH_WORDS for word in words)
