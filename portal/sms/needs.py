"""Rules that read needs from a text about a meeting: "ride", "kids 3 5", "interpreter spanish", "access wheelchair".

Pure. Every word has to be known, otherwise nothing is read; free text may follow only ACCESS or ACCESO. None of these
words is a keyword: SPANISH alone changes the language of our texts, INTERPRETER SPANISH asks for an interpreter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from portal.core.reading.danger import by_rule
from portal.meetings.rsvp.rules import LETTERS, MOST_CHILDREN, MOST_RIDE_SEATS, OLDEST_CHILD, Ride
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


_SAID = {
    Word.KIDS: "kid|kids|child|children|childcare|child care|ninos|nino|ninas|nina|hijos|hijo|hijas|hija"
    "|cuidado de ninos",
    Word.INTERPRETER: "interpreter|an interpreter|interpretation|translator|interprete|e interprete|interpretes"
    "|traductor",
    Word.RIDE: "ride|a ride|rides|transport|transportation|transporte|raite|un raite|aventon|un aventon|viaje",
    Word.DRIVE: "drive|i drive|i can drive|i can take|can take|llevo|llevo a|puedo llevar",
    Word.WHEELS: "wheelchair|a wheelchair|silla de ruedas|una silla de ruedas",
    Word.PEOPLE: "people|person|persons|persona|personas|family|familia|of us",
    Word.AGED: "age|ages|aged|of|year|years|old|and|edad|edades|de|anos|ano|y",
    Word.BABY: "baby|a baby|babies|bebe|un bebe|una bebe|bebes",
    Word.MONTHS: "month|months|mo|meses|mes",
    Word.BESIDE: "for|para|us|please|thanks|thank|you|thank you|gracias|por favor|with|con|also|tambien|we|i|need|needs"
    "|want|necesito|necesitamos|ocupo|ocupamos|quiero|queremos|my|our|mom|mother|uses|mi|mama|usa|necesita",
}
_WITHOUT = {Word.KIDS: Word.NO_KIDS, Word.INTERPRETER: Word.NO_INTERPRETER, Word.RIDE: Word.NO_RIDE}
MEANT = {phrase: word for word, said in _SAID.items() for phrase in said.split("|")}
MEANT |= {
    f"{no} {phrase}": _WITHOUT[MEANT[phrase]]
    for no in ("no", "sin", "without")
    for phrase in MEANT
    if MEANT[phrase] in _WITHOUT
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
TONGUE = {phrase: code for code, said in _TONGUES.items() for phrase in said.split("|")}
_PLAIN = "spanish|espanol|english|ingles|asl|sign language|lengua de senas|arabic|arabe|vietnamese|vietnamita|kreyol"
PLAIN_TONGUES = {phrase: TONGUE[phrase] for phrase in _PLAIN.split("|")}
"""Languages that ask for an interpreter without the word."""
BEFORE_TONGUE = ("for", "in", "de", "en", "al", "to", "a")
LONGEST_ACCESS = 300
LONGEST_PHRASE = 4


class MissingNeed(StrEnum):
    AGES = "ages"
    LANGUAGE = "language"
    ACCESS = "access"


@dataclass(frozen=True)
class Needs:
    """The needs in a text. None: not mentioned, the earlier value holds; "" and (): no longer needed."""

    ages: tuple[int, ...] | None = None
    interpreter: str | None = None
    ride: Ride | None = None
    ride_seats: int = 0
    access: str | None = None
    asks: MissingNeed | None = None


NOTHING = Needs()


@dataclass(frozen=True)
class Beside:
    party: int | None = None
    letter: str | None = None
    needs: Needs = NOTHING


_OWN_WORDS = re.compile(r"\b(?:access|acceso)\b\W*", re.IGNORECASE)


def read_beside(text: str, language: Language) -> Beside | None:
    """Return what stands beside a code; None if one word is unknown, or one thing is said twice."""
    head, *rest = _OWN_WORDS.split(text, maxsplit=1)
    own = rest[0] if rest else None
    if own and by_rule(own):
        return None
    beside = _Scanner(fold(head).split(), language).read()
    if beside is None or own is None:
        return beside
    access = own[:LONGEST_ACCESS].strip() or beside.needs.access
    asks = beside.needs.asks or (None if access else MissingNeed.ACCESS)
    return replace(beside, needs=replace(beside.needs, access=access, asks=asks))


def read_ages_only(text: str, language: Language) -> tuple[int, ...] | None:
    """Return the ages in "3 and 5", after we asked for them; None if the text says anything else."""
    beside = _Scanner(["kids", *fold(text).split()], language).read()
    ages = beside.needs.ages if beside else None
    return ages if ages and beside == Beside(needs=Needs(ages=ages)) else None


def people_with(children: int, said: int | None, before: int) -> int:
    """Return the number of people: as stated, or one more than the children, who do not come alone."""
    return said if said is not None else max(before, children + 1 if children else 0)


Known = TypeVar("Known")
_PLAINLY: dict[Word | None, dict[str, Any]] = {
    Word.NO_KIDS: {"ages": ()},
    Word.BABY: {"ages": (0,)},
    Word.NO_INTERPRETER: {"interpreter": ""},
    Word.RIDE: {"ride": Ride.NEEDS, "ride_seats": 0},
    Word.NO_RIDE: {"ride": Ride.NONE, "ride_seats": 0},
}


class _Scanner:
    """Consumes the words from left to right, each time the longest known phrase."""

    def __init__(self, words: Sequence[str], language: Language) -> None:
        self._words, self._language = [*words], language
        self._party: int | None = None
        self._letter: str | None = None
        self._needs: dict[str, Any] = {}
        self._says_twice = False

    def read(self) -> Beside | None:
        while self._words:
            if not (self._take_number() or self._take_letter() or self._take_phrase()):
                return None
        return None if self._says_twice else Beside(self._party, self._letter, Needs(**self._needs))

    def _next(self, known: Mapping[str, Known], at: int = 0) -> tuple[int, Known | None]:
        """Return the length of the longest known phrase that comes next, and what it stands for."""
        for length in range(LONGEST_PHRASE, 0, -1):
            phrase = " ".join(self._words[at : at + length])
            if phrase in known:
                return length, known[phrase]
        return 0, None

    def _take(self, known: Mapping[str, Known]) -> Known | None:
        length, meant = self._next(known)
        del self._words[:length]
        return meant

    def _skip(self, word: Word) -> bool:
        length, meant = self._next(MEANT)
        if meant is word:
            del self._words[:length]
        return meant is word

    def _take_number(self) -> bool:
        # Four digits are a code, a house or a year.
        word = self._words[0]
        number = int(word) if re.fullmatch(r"[0-9]{1,3}", word) else MANY.get(word)
        if number is None:
            return False
        del self._words[0]
        if self._skip(Word.KIDS):
            # "3 kids 4 7" are three people with two children, and "2 kids 4 7" two children.
            ages = self._ages()
            self._say_ages(ages)
            if not ages or len(ages) == number:
                return True
        else:
            self._skip(Word.PEOPLE)
        self._says_twice |= self._party is not None
        self._party = number
        return True

    def _take_letter(self) -> bool:
        letter = self._words[0].upper()
        if len(letter) != 1 or letter not in LETTERS or self._letter or self._next(MEANT)[0] > 1:
            return False
        del self._words[0]
        self._letter = letter
        return True

    def _take_phrase(self) -> bool:
        if tongue := self._take(PLAIN_TONGUES):
            self._needs["interpreter"] = tongue
            return True
        length, meant = self._next(MEANT)
        phrase = " ".join(self._words[:length])
        del self._words[:length]
        match meant:
            case Word.KIDS:
                self._say_ages(self._ages())
            case Word.INTERPRETER:
                self._interpreter()
            case Word.DRIVE:
                seats = self._take(MANY)
                self._needs |= {"ride": Ride.OFFERS, "ride_seats": min(1 if seats is None else seats, MOST_RIDE_SEATS)}
                self._skip(Word.PEOPLE)
            case Word.WHEELS:
                self._needs["access"] = phrase
            case _:
                self._needs |= _PLAINLY.get(meant, {})
        return length > 0

    def _interpreter(self) -> None:
        words = [*self._words]
        if words and words[0] in BEFORE_TONGUE:
            del self._words[0]
        if tongue := self._take(TONGUE):
            self._needs["interpreter"] = tongue
            return
        self._words = words
        if self._language == "es":
            self._needs["interpreter"] = self._needs.get("interpreter") or "es"
        elif not self._needs.get("interpreter"):
            self._needs.setdefault("asks", MissingNeed.LANGUAGE)

    def _ages(self) -> tuple[int, ...] | None:
        """Return the ages that follow, or None if they are missing or out of range."""
        ages: list[int] = []
        while self._words:
            if self._skip(Word.BABY):
                ages.append(0)
            elif not self._skip(Word.AGED):
                age = MANY.get(self._words[0])
                if age is None or self._next(MEANT, at=1)[1] in (Word.PEOPLE, Word.KIDS):
                    break
                del self._words[0]
                ages.append(0 if self._skip(Word.MONTHS) else age)
        return tuple(sorted(ages)) if ages and len(ages) <= MOST_CHILDREN and max(ages) <= OLDEST_CHILD else None

    def _say_ages(self, ages: tuple[int, ...] | None) -> None:
        if ages is None:
            self._needs.setdefault("asks", MissingNeed.AGES)
        else:
            self._needs["ages"] = tuple(sorted((*self._needs.get("ages", ()), *ages)))[:MOST_CHILDREN]
