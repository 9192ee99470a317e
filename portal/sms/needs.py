"""Rules that read needs from a text about a meeting: "ride", "kids 3 5", "interpreter spanish", "access wheelchair".

Pure. Every word has to be known, otherwise nothing is read; only after ACCESS or ACCESO free text may follow. None of
these words is a keyword that the provider or we act upon: SPANISH alone changes the language of our texts, INTERPRETER
SPANISH asks for an interpreter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from portal.core.reading.danger import by_rule
from portal.meetings.rsvp.seats import LETTERS, MOST_CHILDREN, MOST_RIDE_SEATS, OLDEST_CHILD, Ride
from portal.sms.keywords import Language, fold

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
"""Languages that ask for an interpreter without the word."""
BEFORE_TONGUE = ("for", "in", "de", "en", "al", "to", "a")


LONGEST_ACCESS = 300
LONGEST_PHRASE = 4


class MissingNeed(StrEnum):
    """A detail that is missing before the need can be met."""

    AGES = "ages"
    LANGUAGE = "language"
    ACCESS = "access"


@dataclass(frozen=True)
class Needs:
    """The needs in a text.

    None means not mentioned, so the earlier value still holds; "" and () mean no longer needed.
    """

    ages: tuple[int, ...] | None = None
    interpreter: str | None = None
    ride: Ride | None = None
    ride_seats: int = 0
    access: str | None = None
    asks: MissingNeed | None = None


NOTHING = Needs()


@dataclass(frozen=True)
class Beside:
    """The words beside a meeting's code: number of people, letter of the family, and needs."""

    party: int | None = None
    letter: str | None = None
    needs: Needs = NOTHING


_OWN_WORDS = re.compile(r"\b(?:access|acceso)\b\W*", re.IGNORECASE)


def read_beside(text: str, language: Language) -> Beside | None:
    """Return the number of people, the letter and the needs in a text without its code.

    None if one word is unknown, or one thing is said twice.
    """
    head, own = _own_words(text)
    if own and by_rule(own):
        return None
    found = _Reading(fold(head).split(), language).read()
    if found is None or own is None:
        return found
    access = own[:LONGEST_ACCESS].strip() or found.needs.access
    asks = found.needs.asks or (None if access else MissingNeed.ACCESS)
    return replace(found, needs=replace(found.needs, access=access, asks=asks))


def read_ages_only(text: str, language: Language) -> tuple[int, ...] | None:
    """Return the ages in "3 and 5", after we asked for them; None if the text says anything else."""
    found = _Reading(["kids", *fold(text).split()], language).read()
    ages = found.needs.ages if found else None
    return ages if ages and found == Beside(needs=Needs(ages=ages)) else None


def people_with(children: int, said: int | None, before: int) -> int:
    """Return the number of people: as stated, or one more than the children, who do not come alone."""
    return said if said is not None else max(before, children + 1 if children else 0)


def _number_in(word: str) -> int | None:
    """Return the number that a word stands for; four digits are a code, a house or a year."""
    return int(word) if re.fullmatch(r"[0-9]{1,3}", word) else MANY.get(word)


def _own_words(text: str) -> tuple[str, str | None]:
    head, *rest = _OWN_WORDS.split(text, maxsplit=1)
    return head, rest[0] if rest else None


Known = TypeVar("Known")
_PLAINLY: dict[Word | None, dict[str, Any]] = {
    Word.NO_KIDS: {"ages": ()},
    Word.BABY: {"ages": (0,)},
    Word.NO_INTERPRETER: {"interpreter": ""},
    Word.RIDE: {"ride": Ride.NEEDS, "ride_seats": 0},
    Word.NO_RIDE: {"ride": Ride.NONE, "ride_seats": 0},
}


class _Reading:
    """Consumes the words from left to right, each time the longest known phrase."""

    def __init__(self, words: Sequence[str], language: Language) -> None:
        self._words, self._language = words, language
        self._at = 0
        self._found = Beside()
        self._says_twice = False

    def read(self) -> Beside | None:
        while self._at < len(self._words):
            if not (self._number() or self._tongue(plain=True) or self._letter() or self._phrase()):
                return None
        return None if self._says_twice else self._found

    def _number(self) -> bool:
        number = _number_in(self._words[self._at])
        if number is None:
            return False
        self._at += 1
        if self._next_is(Word.KIDS):
            self._counted_kids(number)
        else:
            self._skip(Word.PEOPLE)
            self._say_party(number)
        return True

    def _counted_kids(self, number: int) -> None:
        """Read "3 kids 4 7" as three people with two children, and "2 kids 4 7" as two children."""
        self._skip(Word.KIDS)
        ages = self._ages()
        self._say_ages(ages)
        if ages and len(ages) != number:
            self._say_party(number)

    def _say_party(self, number: int) -> None:
        self._says_twice = self._says_twice or self._found.party is not None
        self._found = replace(self._found, party=number)

    def _letter(self) -> bool:
        word = self._words[self._at].upper()
        if len(word) != 1 or word not in LETTERS or self._found.letter is not None or self._phrase_here():
            return False
        self._at += 1
        self._found = replace(self._found, letter=word)
        return True

    def _tongue(self, *, plain: bool = False) -> bool:
        length, code = self._longest(TONGUE)
        if not length or (plain and " ".join(self._words[self._at : self._at + length]) not in PLAIN_TONGUES):
            return False
        self._at += length
        self._say(interpreter=code)
        return True

    def _phrase(self) -> bool:
        length, meant = self._longest(MEANT)
        if not length:
            return False
        self._at += length
        if meant is Word.KIDS:
            self._say_ages(self._ages())
        elif meant is Word.INTERPRETER:
            self._interpreter()
        elif meant is Word.DRIVE:
            self._drive()
        elif meant is Word.WHEELS:
            self._say(access=" ".join(self._words[self._at - length : self._at]))
        elif meant in _PLAINLY:
            self._say(**_PLAINLY[meant])
        return True

    def _drive(self) -> None:
        word = self._words[self._at] if self._at < len(self._words) else ""
        self._at += word in MANY
        self._say(ride=Ride.OFFERS, ride_seats=min(MANY.get(word, 1), MOST_RIDE_SEATS))
        self._skip(Word.PEOPLE)

    def _interpreter(self) -> None:
        here = self._at
        if self._at < len(self._words) and self._words[self._at] in BEFORE_TONGUE:
            self._at += 1
        if self._at < len(self._words) and self._tongue():
            return
        self._at = here
        if self._found.needs.interpreter:
            return
        if self._language == "es":
            self._say(interpreter="es")
        else:
            self._ask(MissingNeed.LANGUAGE)

    def _ages(self) -> tuple[int, ...] | None:
        """Return the ages that follow, or None if they are missing or out of range."""
        ages: list[int] = []
        while self._at < len(self._words):
            if self._skip(Word.BABY):
                ages.append(0)
            elif not self._skip(Word.AGED) and not self._age(ages):
                break
        return tuple(sorted(ages)) if ages and len(ages) <= MOST_CHILDREN and max(ages) <= OLDEST_CHILD else None

    def _age(self, ages: list[int]) -> bool:
        age = MANY.get(self._words[self._at])
        if age is None:
            return False
        self._at += 1
        if self._next_is(Word.PEOPLE) or self._next_is(Word.KIDS):
            self._at -= 1
            return False
        ages.append(0 if self._skip(Word.MONTHS) else age)
        return True

    def _say_ages(self, ages: tuple[int, ...] | None) -> None:
        if ages is None:
            self._ask(MissingNeed.AGES)
        else:
            self._say(ages=tuple(sorted((*(self._found.needs.ages or ()), *ages)))[:MOST_CHILDREN])

    def _say(self, **said: Any) -> None:
        self._found = replace(self._found, needs=replace(self._found.needs, **said))

    def _ask(self, asked: MissingNeed) -> None:
        self._say(asks=self._found.needs.asks or asked)

    def _skip(self, meant: Word) -> bool:
        length = self._next_is(meant)
        self._at += length
        return length > 0

    def _next_is(self, meant: Word) -> int:
        for length in range(LONGEST_PHRASE, 0, -1):
            phrase = " ".join(self._words[self._at : self._at + length])
            if MEANT.get(phrase) is meant and len(phrase.split()) == length:
                return length
        return 0

    def _phrase_here(self) -> bool:
        return self._longest(MEANT)[0] > 1

    def _longest(self, known: Mapping[str, Known]) -> tuple[int, Known | None]:
        for length in range(min(LONGEST_PHRASE, len(self._words) - self._at), 0, -1):
            phrase = " ".join(self._words[self._at : self._at + length])
            if phrase in known:
                return length, known[phrase]
        return 0, None
