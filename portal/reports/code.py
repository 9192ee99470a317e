"""Code words of a report: derived from a nonce, and recognised in the text that a resident types or dictates.

Pure, with the word lists beside it: nothing here knows which codes exist.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from itertools import count
from typing import NamedTuple

LANGUAGES = ("en", "es")
NONCE_SIZE = 32
CODE_WORDS = 8
PREFIX = 4
LONGEST_TEXT = 1000
LINKING_WORDS = {"and", "y"}

Candidate = tuple[str, ...]


class CodeProblem(StrEnum):
    """The reason why a text is not a code, as a key for the page."""

    EMPTY = "empty"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    UNKNOWN_WORDS = "unknown_words"


class UnknownWord(NamedTuple):
    """A typed word that is in no list, with the one word it may have been meant for."""

    typed: str
    suggestion: str | None


# --- making a code ---


def words_from(nonce: bytes, language: str) -> Candidate:
    """Return the eight distinct code words of a nonce.

    The same nonce always gives the same words, so a form that is sent twice files one report.
    """
    if len(nonce) != NONCE_SIZE:
        raise ValueError(f"a nonce has {NONCE_SIZE} bytes")
    words = word_list(language)
    unbiased = 2**16 - 2**16 % len(words)
    chosen: dict[str, None] = {}
    for draw in _draws(nonce, language):
        if draw < unbiased:
            chosen[words[draw % len(words)]] = None
        if len(chosen) == CODE_WORDS:
            break
    return tuple(chosen)


def _draws(nonce: bytes, language: str) -> Iterator[int]:
    """Yield an endless stream of 16-bit numbers derived from a nonce."""
    for block in count():
        person = f"code-words-{language}".encode()
        stream = blake2b(block.to_bytes(8, "big"), key=nonce, person=person).digest()
        yield from (int.from_bytes(stream[place : place + 2], "big") for place in range(0, len(stream), 2))


@cache
def word_list(language: str) -> Candidate:
    """Return the sorted words of a language: plain ASCII, and more than one slip away from each other."""
    lines = files(__package__).joinpath(f"words_{language}.txt").read_text("ascii").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


# --- reading a code ---


def read_code(text: str) -> tuple[Candidate, ...]:
    """Return the possible meanings of a typed code in list spelling: none, one, or one per language."""
    return _readings(_typed_words(text))


def _readings(typed: list[str]) -> tuple[Candidate, ...]:
    if len(typed) != CODE_WORDS:
        return ()
    readings = (_reading(typed, language) for language in LANGUAGES)
    return tuple(dict.fromkeys(reading for reading in readings if reading))


LIKELY_WORDS = 6
"""So many words of a list among eight in a row are a code with slips or a missing word, and no sentence."""
LIKELY_SPELT = 5
"""So many of them must be spelt as in the list: by their first four letters many words of a sentence are in one."""
ALONE_SPELT = 3
"""So many must be spelt as in the list where a text is eight words, all but one at most a slip away from the list."""
FEW_WORDS = 4
"""So many words of a list in a row, each spelt as in the list, are part of a code: sentences hold hardly two."""
SHORTEST_RUN, LONGEST_WORD = 6, 8
"""In letters. Shorter words are not taken for several that were run together."""


class CodeFound(NamedTuple):
    """A code inside a text: its possible meanings, none if words are missing or unknown, and the text without it.

    `typed`: the words of the code as they were typed, each apart, without those around them.
    """

    readings: tuple[Candidate, ...]
    rest: str
    typed: str


def find_code(text: str) -> CodeFound | None:
    """Return the code that a text holds, also beside other words or with a word missing, or None.

    Whoever stores the text must leave it out: most of a code is nearly a code.
    """
    if whole := read_code(text):
        return CodeFound(whole, "", text)
    tokens = list(_tokens(text[:LONGEST_TEXT]))
    words = [word for _span, word in tokens]
    likely = max(_likely_run(words, language) for language in LANGUAGES)
    known, first, last = likely if likely[0] >= LIKELY_WORDS else max(_few(words, each) for each in LANGUAGES)
    if known < FEW_WORDS:
        return None
    windows = (words[at : at + CODE_WORDS] for at in range(first, last - CODE_WORDS + 2))
    readings = tuple(reading for window in windows for reading in _readings(window))
    start, end = tokens[first][0][0], tokens[last][0][1]
    rest = f"{text[:start].strip()} {text[end:].strip()}".strip()
    return CodeFound(readings, rest, " ".join(words[first : last + 1]))


def holds_code(text: str) -> bool:
    """Return whether a text of any length holds a code, or most of one; whoever stores texts must refuse it."""
    dense = " ".join(text.split())
    # Each piece begins in the middle of the one before: no code is cut in two.
    return any(find_code(dense[at : at + LONGEST_TEXT]) for at in range(0, len(dense), LONGEST_TEXT // 2))


def meant_code(text: str) -> str:
    """Return the part of a text that is meant as the code: all of it, unless other words stand around eight or more."""
    found = find_code(text)
    return found.typed if found and len(found.typed.split()) >= CODE_WORDS else text


def _tokens(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield every word with its place in the text; words that were run together one by one, with the same place."""
    for found in re.finditer(r"\w+", text):
        if typed := _typed_words(found[0]):
            yield from ((found.span(), word) for word in _apart(typed[0]))


def _apart(letters: str) -> Candidate:
    """Return the fewest words of one list that make up the letters, or the letters as one word."""
    whole = (letters,)
    if len(letters) < SHORTEST_RUN or any(letters in _index(language).words for language in LANGUAGES):
        return whole
    return min((found for each in LANGUAGES if (found := _split(letters, each))), key=len, default=whole)


def _split(letters: str, language: str) -> Candidate:
    """Return the fewest words of the list that make up the letters, or nothing."""
    words = _index(language).words
    best: dict[int, Candidate] = {0: ()}
    for start in range(len(letters)):
        for end in range(start + 1, min(start + LONGEST_WORD, len(letters)) + 1) if start in best else ():
            made = (*best[start], letters[start:end])
            if letters[start:end] in words and (end not in best or len(made) < len(best[end])):
                best[end] = made
    return best.get(len(letters), ())


def _few(words: list[str], language: str) -> tuple[int, int, int]:
    """Return the length of the longest run of words spelt as in the list, and its first and last place."""
    best, begin = (0, 0, 0), 0
    for at, word in enumerate(words):
        if word not in _index(language).words:
            begin = at + 1
        elif at + 1 - begin > best[0]:
            best = (at + 1 - begin, begin, at)
    return best


def _likely_run(words: list[str], language: str) -> tuple[int, int, int]:
    """Return how many of eight words in a row are in the list, and the first and last of the run that they are in."""
    spelt = [word in _index(language).words for word in words]
    best, alone = (0, 0, 0), len(words) == CODE_WORDS
    for first in range(len(words)):
        here = range(first, min(first + CODE_WORDS, len(words)))
        right = sum(spelt[at] for at in here)
        # Typing slips are looked for only where most words are right: it takes long.
        if right < (ALONE_SPELT if alone else LIKELY_SPELT):
            continue
        known = [at for at in here if _find(words[at], language) or _suggestion(words[at], language)]
        if len(known) > best[0] and (right >= LIKELY_SPELT or len(known) >= CODE_WORDS - 1):
            best = (len(known), known[0], known[-1])
    count, first, last = best
    while first and _find(words[first - 1], language):
        first -= 1
    while last + 1 < len(words) and _find(words[last + 1], language):
        last += 1
    return count, first, last


def problem(text: str) -> CodeProblem | None:
    """Return the reason why `text` is not a code, or None if it is one."""
    typed = _typed_words(text)
    if _readings(typed):
        return None
    length = len(typed)
    if length == 0:
        return CodeProblem.EMPTY
    if length < CODE_WORDS:
        return CodeProblem.TOO_FEW
    return CodeProblem.TOO_MANY if length > CODE_WORDS else CodeProblem.UNKNOWN_WORDS


class CodeSlip(NamedTuple):
    """A word that was understood although its spelling differs from the list; `place` counts from 1."""

    place: int
    typed: str
    right: str


def slips(text: str, code: Candidate) -> tuple[CodeSlip, ...]:
    """Return the words of a typed code that are spelt differently from the list.

    The page corrects them, so that the resident does not learn or write down a wrong spelling. Differences in capitals,
    accents and punctuation are ignored.
    """
    pairs = enumerate(zip(_typed_for(text, code), code, strict=False), start=1)
    return tuple(CodeSlip(place, typed, right) for place, (typed, right) in pairs if typed != right)


def _typed_for(text: str, code: Candidate) -> list[str]:
    """Return the eight words of a text that mean `code`, or nothing."""
    words = [word for _span, word in _tokens(text[:LONGEST_TEXT])]
    apart = (words[at : at + CODE_WORDS] for at in range(len(words)))
    return next((typed for typed in (_typed_words(text), *apart) if code in _readings(typed)), [])


def differences(text: str, code: Candidate) -> tuple[CodeSlip, ...]:
    """Return the words of a typed text that do not mean the word of `code` in the same position.

    Empty unless the text has as many words as the code.
    """
    typed = _typed_words(text)
    if len(typed) != len(code):
        return ()
    pairs = enumerate(zip(typed, code, strict=True), start=1)
    return tuple(
        CodeSlip(place, word, right)
        for place, (word, right) in pairs
        if right not in [_find(word, each) for each in LANGUAGES]
    )


def language_of(code: Candidate) -> str:
    """Return the language whose list contains the words of `code`."""
    return next(language for language in LANGUAGES if set(code) <= _index(language).words)


def unknown_words(text: str, language: str) -> tuple[UnknownWord, ...]:
    """Return the words that are not in the list of the language to which most of the words belong.

    `language` breaks a tie. The lists are public, so a suggestion reveals nothing about which codes exist.
    """
    typed = _typed_words(text)[: 2 * CODE_WORDS]
    known = Counter({each: sum(bool(_find(word, each)) for word in typed) for each in (language, *LANGUAGES)})
    main_language = known.most_common(1)[0][0]
    return tuple(
        UnknownWord(word, _suggestion(word, main_language)) for word in typed if not _find(word, main_language)
    )


def _typed_words(text: str) -> list[str]:
    """Return the words of the first thousand characters, without case, accents, numbering or punctuation."""
    visible = text[:LONGEST_TEXT]
    if not visible.isascii():
        visible = "".join(letter for letter in visible if unicodedata.category(letter) != "Cf")
    # Composed first: with a combining accent, the "a" of "1ánimal" would be taken for an ordinal suffix.
    unnumbered = re.sub(r"\d+(?:st|nd|rd|th|[ºªoa])?\b|[ºª]", " ", unicodedata.normalize("NFC", visible))
    plain = unicodedata.normalize("NFKD", unnumbered).casefold()
    if not plain.isascii():
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word for word in re.findall("[a-z]+", plain) if word not in LINKING_WORDS]


def _reading(typed: list[str], language: str) -> Candidate | None:
    found = [word for word in (_find(each, language) for each in typed) if word]
    return tuple(found) if len(found) == len(typed) else None


class _Index(NamedTuple):
    words: frozenset[str]
    by_prefix: dict[str, str]
    by_sound: dict[str, str]
    by_slip: dict[str, list[str]]
    """The words by all that is left of them without one letter, and by themselves."""


@cache
def _index(language: str) -> _Index:
    words = word_list(language)
    by_slip: dict[str, list[str]] = {}
    for word in words:
        for left in _shortened(word):
            by_slip.setdefault(left, []).append(word)
    return _Index(
        words=frozenset(words),
        by_prefix={word[:PREFIX]: word for word in words},
        by_sound={sound(word, language): word for word in words},
        by_slip=by_slip,
    )


def _find(typed: str, language: str) -> str | None:
    """Return the list word with this spelling, these first four letters, or this sound."""
    index = _index(language)
    if typed in index.words:
        return typed
    return index.by_prefix.get(typed[:PREFIX]) or index.by_sound.get(sound(typed, language))


# Letters that sound alike in Latin American Spanish, so that "baca" and "sapato" are understood.
_SOUNDS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (),
    "es": (
        ("ch", "C"),
        ("h", ""),
        ("v", "b"),
        ("ll", "y"),
        ("y$", "i"),
        ("qu(?=[ei])", "k"),
        ("gu(?=[ei])", "G"),
        ("g(?=[ei])", "j"),
        ("c(?=[ei])|z|x", "s"),
        ("c", "k"),
        ("n(?=[bp])", "m"),
    ),
}


def sound(word: str, language: str) -> str:
    """Return one spelling for all words that sound alike; English words are returned unchanged."""
    for letters, heard in _SOUNDS[language]:
        word = re.sub(letters, heard, word)
    return word


def _suggestion(typed: str, language: str) -> str | None:
    """Return the list word one typing slip away, if there is exactly one."""
    by_slip = _index(language).by_slip
    # Two words one slip apart are alike once each has lost a letter, or one of them has.
    likely = {word for left in _shortened(typed) for word in by_slip.get(left, ())}
    near = [word for word in likely if one_slip_apart(typed, word)]
    return near[0] if len(near) == 1 else None


def _shortened(word: str) -> set[str]:
    """Return the word, and all that is left of it without one letter."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def one_slip_apart(one: str, other: str) -> bool:
    """Whether adding, dropping or changing one letter, or swapping two neighbours, makes the words equal."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    start = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    short, long = short[start:], long[start:]
    if len(short) < len(long):
        return short == long[1:]
    return short[1:] == long[1:] or (short[:2] == long[1::-1] and short[2:] == long[2:])
