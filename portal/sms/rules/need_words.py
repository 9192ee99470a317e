"""The words in which people say by text what they need, in both languages, folded: no accents, no capitals."""

from __future__ import annotations

from enum import StrEnum

MANY = {
    **{str(number): number for number in range(100)},
    **{word: number for number, word in enumerate("one two three four five six seven eight nine ten".split(), 1)},
    **{word: number for number, word in enumerate("uno dos tres cuatro cinco seis siete ocho nueve diez".split(), 1)},
    "una": 1,
}


class Word(StrEnum):
    KIDS = "kids"
    NO_KIDS = "no kids"
    INTERPRETER = "interpreter"
    NO_INTERPRETER = "no interpreter"
    RIDE = "ride"
    NO_RIDE = "no ride"
    DRIVE = "drive"
    WHEELS = "wheels"
    PEOPLE = "people"
    AGED = "aged"
    BABY = "baby"
    MONTHS = "months"
    BESIDE = "beside"


def _phrases(said: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in said.split("|")]


_KIDS = "kid|kids|child|children|childcare|child care|ninos|nino|ninas|nina|hijos|hijo|hijas|hija|cuidado de ninos"
_RIDE = "ride|a ride|rides|transport|transportation|transporte|raite|un raite|aventon|un aventon|viaje"
_INTERPRETER = "interpreter|an interpreter|interpretation|translator|interprete|e interprete|interpretes|traductor"
_NO = ("no", "sin", "without")
_FILLING = (
    "for|para|us|please|thanks|thank|you|thank you|gracias|por favor|with|con|also|tambien|we|i|need|needs|want"
    "|necesito|necesitamos|ocupo|ocupamos|quiero|queremos|my|our|mom|mother|uses|mi|mama|usa|necesita"
)
MEANT: dict[str, Word] = {
    **dict.fromkeys(_phrases(_KIDS), Word.KIDS),
    **{f"{no} {one}": Word.NO_KIDS for no in _NO for one in _phrases(_KIDS)},
    **dict.fromkeys(_phrases(_INTERPRETER), Word.INTERPRETER),
    **{f"{no} {one}": Word.NO_INTERPRETER for no in _NO for one in _phrases(_INTERPRETER)},
    **dict.fromkeys(_phrases(_RIDE), Word.RIDE),
    **{f"{no} {one}": Word.NO_RIDE for no in _NO for one in _phrases(_RIDE)},
    **dict.fromkeys(_phrases("drive|i drive|i can drive|i can take|can take|llevo|llevo a|puedo llevar"), Word.DRIVE),
    **dict.fromkeys(_phrases("wheelchair|a wheelchair|silla de ruedas|una silla de ruedas"), Word.WHEELS),
    **dict.fromkeys(_phrases("people|person|persons|persona|personas|family|familia|of us"), Word.PEOPLE),
    **dict.fromkeys(_phrases("age|ages|aged|of|year|years|old|and|edad|edades|de|anos|ano|y"), Word.AGED),
    **dict.fromkeys(_phrases("baby|a baby|babies|bebe|un bebe|una bebe|bebes"), Word.BABY),
    **dict.fromkeys(_phrases("month|months|mo|meses|mes"), Word.MONTHS),
    **dict.fromkeys(_phrases(_FILLING), Word.BESIDE),
}
_TONGUES = {
    "es": "spanish|espanol|castellano",
    "en": "english|ingles",
    "ase": "asl|sign|sign language|american sign language|senas|lengua de senas|lenguaje de senas",
    "ar": "arabic|arabe",
    "zh": "chinese|mandarin|cantonese|chino|cantones",
    "ht": "haitian|haitian creole|creole|kreyol|haitiano|criollo|criollo haitiano",
    "vi": "vietnamese|vietnamita",
    "other": "other|another|another language|otro|otra|otra lengua|otro idioma|french|frances|portuguese|portugues"
    "|mixteco|zapoteco|nahuatl|mam|quiche|korean|coreano|russian|ruso|somali|swahili|hmong|nepali",
}
TONGUE = {phrase: code for code, said in _TONGUES.items() for phrase in _phrases(said)}
PLAIN_TONGUES = frozenset(
    _phrases(
        "spanish|espanol|english|ingles|asl|sign language|lengua de senas|arabic|arabe|vietnamese|vietnamita|kreyol"
    )
)
"""Those that stand for an interpreter without saying so."""
BEFORE_TONGUE = ("for", "in", "de", "en", "al", "to", "a")
