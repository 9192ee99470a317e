"""Rules that read answers to meetings: "MEET 4821 3 ride", "NO VOY 4821", and texts that are nearly such answers.

Pure. The whole message has to be an answer; a single further word makes it a report. Right after such an answer shorter
texts belong to the meeting too: "2", "si", "kids 3 5". YES and CANCEL are never offered: the provider acts upon both. A
near miss leads to a question and is not filed: the desk would read it, and the family would not be counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from portal.core.reading.danger import by_rule
from portal.core.reading.reader import After, Meaning, model
from portal.reports.code import one_slip_apart
from portal.sms import policy
from portal.sms.keywords import Keyword, Language, fold, guess, keyword
from portal.sms.needs import MANY, NOTHING, MissingNeed, Needs, read_ages_only, read_beside

COME: dict[str, Language] = {
    **dict.fromkeys(("meet", "meeting", "coming", "im coming", "we are coming", "were coming"), "en"),
    **dict.fromkeys(("reunion", "junta", "voy", "voy a ir", "vamos", "si voy"), "es"),
}
STAY: dict[str, Language] = {
    **dict.fromkeys(
        ("not coming", "im not coming", "were not coming", "cant come", "i cant come", "no meet", "no meeting"), "en"
    ),
    **dict.fromkeys(("no voy", "no voy a ir", "no vamos", "no puedo ir", "no reunion", "ya no voy"), "es"),
}
_PHRASES = STAY | COME
"""Not coming first: "no voi" is nearer to "no voy" than to any phrase for coming."""
_ASKS: dict[str, Language] = {"meet": "en", "meeting": "en", "reunion": "es", "junta": "es"}
"""Alone or with a number of people, these are about a meeting whose code was forgotten."""
_YES = frozenset("yes yeah yep si sip claro y s".split())
_UNCLEAR = frozenset({"no", "nope", "n"})
""""No" may answer anything, and cancelling would erase the number. So it is asked about."""
_THANKS = frozenset(
    {"ok", "okay", "thanks", "thank you", "ok thanks", "ok thank you", "thx", "great"}
    | {"gracias", "ok gracias", "muchas gracias", "esta bien", "bueno", "de acuerdo", "vale"}
)
_COME_IN: dict[Language, str] = {"en": "meet", "es": "reunion"}
_WE_ARE = re.compile(
    r"(?:(?:no |si |yes )?(?:we are|were|we r|we will be|well be|make it|party of|for"
    r"|somos|seremos|vamos|iremos|mejor|para) )?"
    r"(\w+)(?: (?:people|person|persons|of us|in all|coming|persona|personas|en total))?"
)
_SHAPE = re.compile(r"(\D{2,30}?)([0-9]{4})(?![0-9])(.*)", re.DOTALL)
_ODD_NUMBER = re.compile(r"(?<![\d.,-])(?:\d[.,]\d|-\d)(?![\d])")
"""No number of people: asked for again."""
_COMMANDS = frozenset(Keyword) - {Keyword.SKIP}
"""Keywords that are obeyed whatever the current subject is."""


@dataclass(frozen=True)
class RsvpReading:
    """A text about a meeting. Without a `code` it is about the one meeting that this phone has an RSVP for."""

    comes: bool
    language: Language
    code: str | None = None
    party: int | None = None
    letter: str | None = None
    needs: Needs = NOTHING
    sure: bool = False
    """It is about a meeting although it names none, even if this phone has no RSVP."""
    asks: bool = False
    """Nothing is changed: the state of the RSVP is repeated, or without `comes` it is asked whether they stay away."""
    is_thanks: bool = False
    """Nothing is changed and nothing is answered."""


def read_meeting_text(
    text: str, spoke_of: Language | None = None, asked: MissingNeed | None = None
) -> RsvpReading | None:
    """Return the meaning of the whole message for a meeting, or None.

    `spoke_of`: the language of our last answer, if about a meeting: then more words count. `asked`: our question.
    """
    if keyword(text) in _COMMANDS:
        return None
    folded = fold(text)
    if folded in STAY:
        return RsvpReading(comes=False, language=STAY[folded], sure=spoke_of is not None)
    if rsvp := _with_code(text):
        return rsvp
    word, _space, party = folded.partition(" ")
    if word in _ASKS and (not party or party in MANY):
        # "MEET" or "REUNION 2" is better answered with how to write it than filed as a report.
        return RsvpReading(comes=True, language=_ASKS[word], party=MANY.get(party), sure=True)
    return _further(text, folded, spoke_of, asked) if spoke_of else None


def _further(text: str, folded: str, language: Language, asked: MissingNeed | None) -> RsvpReading | None:
    """Read short texts right after an answer to a meeting."""
    ages = read_ages_only(text, language) if asked is MissingNeed.AGES else None
    if ages:
        return RsvpReading(comes=True, language=language, needs=Needs(ages=ages), sure=True)
    if folded in _THANKS:
        return RsvpReading(comes=True, language=language, is_thanks=True, sure=True)
    if folded in _UNCLEAR or keyword(text) is Keyword.SKIP:
        stays = folded in _UNCLEAR and asked is None
        return RsvpReading(comes=not stays, language=language, asks=True, sure=True)
    if folded in _YES or folded in COME:
        return RsvpReading(comes=True, language=COME.get(folded, language), sure=True)
    if re.fullmatch(r"\d{4}(?: .*)?", folded):
        # The code that we asked for.
        return _with_code(f"{_COME_IN[language]} {text}")
    counted = _WE_ARE.fullmatch(folded)
    if counted is not None and counted[1] in MANY:
        return RsvpReading(comes=True, language=language, party=MANY[counted[1]], sure=True)
    # Needs without code or letter, "ride" or "kids 3 5"; a number of people may stand beside them.
    beside = None if by_rule(text) else read_beside(text, language)
    if beside is None or beside.needs == NOTHING or beside.letter:
        return None
    return RsvpReading(comes=True, language=language, party=beside.party, needs=beside.needs, sure=True)


def _with_code(text: str) -> RsvpReading | None:
    shape = _SHAPE.fullmatch(text)
    words = fold(shape[1]) if shape else ""
    if shape is None or words not in _PHRASES:
        return None
    comes, language = words in COME, _PHRASES[words]
    if _ODD_NUMBER.search(shape[3]):
        return RsvpReading(comes, language, shape[2], 0 if comes else None)
    beside = read_beside(shape[3], language)
    if beside is None or (not comes and beside.needs != NOTHING):
        return None
    return RsvpReading(comes, language, shape[2], beside.party, beside.letter, beside.needs)


@dataclass(frozen=True)
class SentenceReading:
    """A known code inside a sentence; `words` are for the host, or the question. If unclear, its sender is asked."""

    rsvp: RsvpReading
    words: str = ""
    is_question: bool = False
    is_unclear: bool = False


_KIN = frozenset(
    """mom mother dad father husband wife son daughter sister brother friend neighbor cousin aunt uncle nephew niece
    grandma grandson granddaughter partner boyfriend girlfriend baby kid child mama papa esposo esposa hijo hija hermana
    hermano amiga amigo vecina vecino prima primo tia tio sobrina sobrino abuela abuelo suegra suegro nuera novio novia
    pareja senora bebe nino nina comadre compadre cunada cunado nieta nieto""".split()
)
_CHILDREN = frozenset("kids children sons daughters hijos hijas ninos ninas friends amigos amigas".split())
_ADULTS = frozenset("adults adult adultos adulto grownups".split())
_MEETS = r"(?:meet|meeting|reunion|junta|coming|voy|vamos)"
_NAMED_BEFORE = re.compile(rf"\b{_MEETS}(?: (?:code|codigo|number|numero|num|no))?$")
_NAMED_AFTER = re.compile(rf"^{_MEETS}\b")
IN_DOUBT = re.compile(
    r"\b(?:maybe(?! n\w*xt)|might|nvm|never ?mind|forget it|not sure|depends"
    r"|quiza\w*(?! el prox)|tal vez|depend\w+|a lo mejor|no se)\b"
)
_ADDRESS = re.compile(
    r"\b(?:[nsew] )?\w{1,20} (?:street|st|avenue|ave|road|rd|drive|dr|lane|ln|court|ct|boulevard|blvd|way|place|pl)\b"
)
_SIGNED = re.compile(r"\b(?:sent from my|enviado desde mi) \w+(?: \w+)?$")
_BETWEEN = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
_ALONE = re.compile(
    r"\b(?:just|only|solo|nomas|solamente) (?:me|yo|myself)\b|\b(?:yo|voy) (?:sol[oa]|nomas)\b|^(?:me|yo)$"
)
LONGEST_SENTENCE = 160
MOST_WORDS_BESIDE = 6
FIGURES = 4
LONGEST_PHRASE = 5
"""In words: "no voy a ir", and one more for a misplaced space."""
_LOOKS_LIKE = str.maketrans("oliszb", "011528")
"""Letters that are typed for digits."""
_FIRST_FIGURE = re.compile(r"^([a-z ]{2,}?)(?=\d)")
_TORN = re.compile(r"(?<=[a-z] )(\d) (\d{3})(?= |$)")
"""A space inside the digits: "meet1 601"."""


def read_sentence(text: str, codes: Callable[[], Iterable[str]], *, in_report: bool = False) -> SentenceReading | None:
    """Return what a text with a meeting's code says of that meeting: "vamos a ir a la reunion 1601".

    It is about something else only if it calls for help or speaks of the street, or if a report is the current subject,
    and no word for a meeting stands beside the code.
    """
    words = _SIGNED.sub("", _BETWEEN.sub(" ", fold(text))).split()
    figures = [word for word in words if len(word) == FIGURES and word.isdigit()]
    ahead = set(codes()) if figures else set()
    at = next((at for at, word in enumerate(words) if word in ahead), None)
    if at is None or len(words) == 1 or len(text) > LONGEST_SENTENCE or by_rule(text):
        return None
    before, after = " ".join(words[:at]), " ".join(words[at + 1 :])
    is_named = _NAMED_BEFORE.search(before) or _NAMED_AFTER.search(after)
    # A code is an answer to a notice, whoever has seen it.
    likely = model().read(text, After.REMINDER)
    of_street, for_host = likely.any_of(*policy.OF_STREET), likely.any_of(*policy.ASKS_HOST)
    if (in_report or of_street > policy.SURE) and not is_named:
        return None
    rest = f"{before} {after}".split()
    language: Language = guess(text) or next((COME[word] for word in rest if word in COME), None) or "en"
    rsvp = RsvpReading(True, language, words[at], 0 if _ODD_NUMBER.search(text) else party_among(rest))
    is_address = _ADDRESS.match(after) is not None
    in_doubt = is_address or IN_DOUBT.search(" ".join(rest)) is not None
    is_sure = bool(is_named) and of_street <= policy.SURE
    # Few words hold no more than the answer: of many, or beside what may be a report, nothing may be lost.
    is_short = len(rest) <= MOST_WORDS_BESIDE and of_street <= policy.BESIDE
    attends = None if in_doubt else policy.attends(likely)
    if attends is Meaning.RSVP_NO and (is_short or is_sure):
        return SentenceReading(RsvpReading(False, language, words[at]))
    if attends in (Meaning.RSVP_YES, Meaning.RSVP_NUMBER) and is_short:
        return SentenceReading(rsvp, text if for_host > policy.BESIDE else "")
    if for_host > policy.SURE and not is_address:
        return SentenceReading(rsvp, after) if is_sure else SentenceReading(rsvp, text, is_question=True)
    return SentenceReading(rsvp, text, is_unclear=in_doubt or not is_sure)


def party_among(words: list[str]) -> int | None:
    """Return how many people the words of an answer count: "con mi esposo y 2 ninos" is four."""
    pairs = list(pairwise([*words, ""]))
    children = sum(MANY[word] for word, following in pairs if word in MANY and following in _CHILDREN)
    kin = sum(word in _KIN for word in words)
    counted = [
        (MANY[word], following) for word, following in pairs if word in MANY and following not in _CHILDREN | _KIN
    ]
    if not counted and not kin and _ALONE.search(" ".join(words)):
        return 1
    if not counted:
        return 1 + kin + children if kin or children else None
    total, following = counted[-1]
    return total + kin + children if following in _ADULTS else total


@dataclass(frozen=True)
class Near:
    """A probable answer. `language` is None if no word shows it; `figures` are three to five digits."""

    comes: bool
    language: Language | None
    figures: str
    party: int | None = None


def read_near(text: str, *, in_report: bool) -> Near | None:
    """Return the meeting answer that the whole message nearly is, or None.

    `in_report`: a report is the current subject, so four digits alone belong to it: an hour, a house or a plate.
    """
    words = _TORN.sub(r"\1\2", " ".join(_FIRST_FIGURE.sub(r"\1 ", fold(text)).split())).split()
    at = next((place for place, word in enumerate(words[: LONGEST_PHRASE + 1]) if _figures(word)), None)
    if at is None:
        return None
    figures, beside = _figures(words[at]) or "", words[at + 1 :]
    if _is_half(words[at]) and beside and _is_half(beside[0]):
        figures, beside = words[at] + beside[0], beside[1:]
    # Several numbers or single letters are ambiguous and lead to a question, too.
    is_plain = all(word in MANY or re.fullmatch(r"[a-z]", word) for word in beside)
    if len(figures) < FIGURES - 1 or not (is_plain or read_beside(" ".join(beside), "en")):
        return None
    party = next((MANY[word] for word in beside if word in MANY), None)
    if at == 0:
        bare = not in_report and words[0].isdigit() and len(figures) == FIGURES
        return Near(True, None, figures, party) if bare else None
    phrase, letters = " ".join(words[:at]), "".join(words[:at])
    joined = {each.replace(" ", ""): each for each in _PHRASES}
    near = (each for closed, each in joined.items() if letters == closed or one_slip_apart(letters, closed))
    meant = phrase if phrase in _PHRASES else next(near, None)
    return Near(meant in COME, _PHRASES[meant], figures, party) if meant else None


def suggest(figures: str, known: Iterable[str]) -> str | None:
    """Return the one code that was probably meant; None if none or several are equally near."""
    codes = set(known)
    if figures in codes:
        return figures
    near = [code for code in codes if one_slip_apart(figures, code)]
    return near[0] if len(near) == 1 else None


def _figures(word: str) -> str | None:
    """Return the digits of a word, with look-alike letters replaced; two digits may be half of a code."""
    if _is_half(word):
        return word
    read = word.translate(_LOOKS_LIKE)
    is_code = sum(sign.isdigit() for sign in word) > 1 and read.isascii() and read.isdigit()
    return read if is_code and abs(len(read) - FIGURES) <= 1 and read != "911" else None


def _is_half(word: str) -> bool:
    return re.fullmatch(r"\d\d", word, re.ASCII) is not None
