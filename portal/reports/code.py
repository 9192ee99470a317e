"""Code words of a report: derived from a nonce, recognised in what residents type or dictate. It knows no codes."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from itertools import combinations, count
from typing import NamedTuple

LANGUAGES = ("en", "es")
NONCE_SIZE = 32
CODE_WORDS = 8
PREFIX = 4
LONGEST_TEXT = 1000
LINKING_WORDS = {"and", "y"}
AROUND_A_CODE = frozenset(
    """
    a an the my me mine our your i im ive we it its is are was were be this that these those here heres there
    or then next after also plus with of for to in on at so ok okay yes no hi hey hello please thanks thank you
    word words code codes key keys password secret number numbers one two three four five six seven eight
    first second third fourth fifth sixth seventh eighth last comma period dot dash hyphen space point
    have has had got get only just half rest other part think guess know want check read see open look find
    any news answer reply report status update again try what now uh um er like sorry can could do did not dont s
    un una el la los las lo mi mis su sus yo nos es son era eran esta este estos estas ese esa eso esto aqui ahi ahora
    e o luego despues sigue siguiente tambien con de del para por en al pues bueno si hola oye buenas buenos dias
    tardes noches favor gracias palabra palabras clave claves codigo codigos contrasena numero numeros uno dos tres
    cuatro cinco seis siete ocho primera primero segunda segundo tercera tercero cuarta cuarto quinta quinto sexta sexto
    septima septimo octava octavo ultima ultimo coma punto guion espacio tengo tenia solo mitad resto otra otro parte
    creo quiero ver leer abrir revisar respuesta aviso reporte que paso hay noticias eh me dieron dio
    lunes martes jueves viernes domingo tarde enero febrero agosto octubre rojo azul verde gris
    """.split()
)
"""What people say or dictate before, between and after code words, and days, months and colors, of which a report can
be a row; some of these words are in a list too."""

NAMES_A_CODE = frozenset("code codes password words codigo codigos contrasena palabras clave claves".split())

Candidate = tuple[str, ...]


class CodeProblem(StrEnum):
    EMPTY = "empty"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    UNKNOWN_WORDS = "unknown_words"


class UnknownWord(NamedTuple):
    """A typed word that is in no list, with the one word it may have been meant for."""

    typed: str
    suggestion: str | None


def words_from(nonce: bytes, language: str) -> Candidate:
    """Return the eight distinct code words of a nonce, always the same: a form that is sent twice files one report."""
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
    for block in count():
        person = f"code-words-{language}".encode()
        stream = blake2b(block.to_bytes(8, "big"), key=nonce, person=person).digest()
        yield from (int.from_bytes(stream[place : place + 2], "big") for place in range(0, len(stream), 2))


@cache
def word_list(language: str) -> Candidate:
    """Return the sorted words of a language: plain ASCII, and more than one slip away from each other."""
    lines = files(__package__).joinpath(f"words_{language}.txt").read_text("ascii").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


def read_code(text: str) -> tuple[Candidate, ...]:
    """Return the possible meanings of a typed code in list spelling: none, one, or one per language."""
    return _readings(_typed_words(text))


def _readings(typed: list[str]) -> tuple[Candidate, ...]:
    if len(typed) != CODE_WORDS:
        return ()
    readings = (tuple(filter(None, (_find(word, language) for word in typed))) for language in LANGUAGES)
    return tuple(dict.fromkeys(reading for reading in readings if len(reading) == CODE_WORDS))


LIKELY_WORDS = 7
"""So many words of a list among eight in a row are a code with a slip or a missing word, and no sentence."""
LIKELY_SPELT = 5
"""So many of them must be spelt as in the list: by their first four letters many words of a sentence are in one."""
ALONE_SPELT = 3
"""So many must be spelt as in the list where a text is eight words, all but one at most a slip away from the list."""
HALF_SPELT = 4
"""So many words of a list, and beside them only what people say around a code, are a part of one."""
MOST_SLIPS = 2
"""So many of them may be spelt otherwise where more was said, and no code is named: with more slips many a sentence is
a code."""
MOST_STRANGE = 2
"""So many words that nobody can make out may stand in a text that is a code otherwise."""
SHORTEST_RUN, SHORTEST_WORD, LONGEST_WORD = 6, 3, 8
"""In letters. Shorter words are not taken for several that were run together."""
LONGEST_PART = 200
"""In letters, of a text that is a few code words and nothing else."""
MOST_READINGS = 12
"""Of a long text that holds many words of a list; each one that is tried takes a part of a millisecond."""


class CodeFound(NamedTuple):
    """A code inside a text, or most or half of one."""

    rest: str
    """The text without it."""
    typed: str
    """The words of the code, each apart, without those around them."""
    is_part: bool = False
    """Words are missing and nothing else was written, so they may come in another text."""


def find_code(text: str) -> CodeFound | None:
    """Return the code that a text holds, or most or half of one, or None.

    It is meant as one if nearly all of eight words in a row are in a list, or if four or more are and all others are
    what people say around a code. Whoever stores the text must leave it out: most of a code is nearly a code.
    """
    text = text[:LONGEST_TEXT]
    tokens = list(_tokens(text))
    words = [word for _span, word in tokens]
    for language in LANGUAGES:
        spelt = {word for _at, _typed, word in _sifted(words, language, _spelt, around=True)}
        if len(spelt) < HALF_SPELT or len(spelt - AROUND_A_CODE) < HALF_SPELT - 1:
            continue
        known = _sifted(words, language, _meant)
        strange = _said_around(words, known)
        meant = {word for _at, _typed, word in known}
        is_named = not NAMES_A_CODE.isdisjoint(words)
        if len(words) > len(known) and len(meant - spelt) > MOST_SLIPS and not is_named:
            continue
        if not strange or (strange <= MOST_STRANGE and len(spelt - AROUND_A_CODE) >= LIKELY_SPELT):
            typed = " ".join(typed for _at, typed, _word in known)
            return CodeFound("", typed, is_part=not strange and not readings(text))
    likely, first, last = max(_likely_run(words, language) for language in LANGUAGES)
    if likely < LIKELY_WORDS:
        return None
    start, end = tokens[first][0][0], tokens[last][0][1]
    before, after = text[:start].strip(), text[end:].strip()
    is_said = any(word not in AROUND_A_CODE for _span, word in _tokens(f"{before} {after}"))
    rest = f"{before} {after}".strip() if is_said else ""
    return CodeFound(rest, " ".join(words[first : last + 1]))


def words_alone(text: str) -> int:
    """Return how many words of a list a text is, if it says nothing else; otherwise 0."""
    words = [word for _span, word in _tokens(text[:LONGEST_TEXT])] if len(text) < LONGEST_PART else []
    sifted = (_sifted(words, language, _meant) for language in LANGUAGES)
    return max(0 if _said_around(words, known) else len(known) for known in sifted)


def holds_code(text: str) -> bool:
    """Return whether a text of any length holds a code, or most of one; whoever stores texts must refuse it."""
    dense = " ".join(text.split())
    # Each piece begins in the middle of the one before: no code is cut in two.
    return any(find_code(dense[at : at + LONGEST_TEXT]) for at in range(0, len(dense), LONGEST_TEXT // 2))


def meant_code(text: str) -> str:
    """Return the part of a text that is meant as the code: all of it, unless other words stand around eight or more."""
    code = find_code(text)
    return code.typed if code and len(code.typed.split()) >= CODE_WORDS else text


def readings(text: str) -> tuple[Candidate, ...]:
    """Return what eight words of a text may mean as a code, whatever stands between; the closest together first."""
    words = [word for _span, word in _tokens(text[:LONGEST_TEXT])]
    codes = dict.fromkeys(_readings(words), 0)
    for sifted in _ways(words):
        for at in range(len(sifted) - CODE_WORDS + 1):
            window = sifted[at : at + CODE_WORDS]
            codes.setdefault(tuple(word for _at, _typed, word in window), window[-1][0] - window[0][0])
    # The words of a code are all different.
    codes = {code: apart for code, apart in codes.items() if len(set(code)) == CODE_WORDS}
    return tuple(sorted(codes, key=codes.__getitem__)[:MOST_READINGS])


def tries(text: str) -> Iterator[Candidate]:
    """Yield the codes that a text may mean: as it stands, and in other orders if it is meant as a code."""
    given = readings(text)
    yield from given
    if given and find_code(text):
        yield from in_other_orders(given[0])


def in_other_orders(code: Candidate) -> Iterator[Candidate]:
    """Yield the orders in which people give words that they have: all, forty thousand, would be too many."""
    # Second half first, backwards, or by columns; two words changed about; one forgotten and given at the end.
    half = CODE_WORDS // 2
    yield from (code[half:] + code[:half], code[::-1], code[::2] + code[1::2])
    yield tuple(word for pair in zip(code[:half], code[half:], strict=True) for word in pair)
    for one, other in combinations(range(CODE_WORDS), 2):
        yield (*code[:one], code[other], *code[one + 1 : other], code[one], *code[other + 1 :])
    for place in range(CODE_WORDS - 2):
        yield (*code[:place], code[-1], *code[place:-1])


def without_code(text: str, code: Candidate) -> str:
    """Return a text without the words of `code`; nothing if it says hardly more, one word again and again or none."""
    kept, end, others = [], 0, set()
    for (start, stop), word in _tokens(text):
        if any(_meant(word, language) in code for language in LANGUAGES):
            kept.append(text[end:start])
            end = max(end, stop)
        else:
            others.add(word)
    return " ".join("".join((*kept, text[end:])).split()) if len(others - AROUND_A_CODE) > 1 else ""


Sifted = list[tuple[int, str, str]]
"""Words of a list in a text: their places, how they were typed, and how the list spells them."""


def _ways(words: list[str]) -> Iterator[Sifted]:
    """Yield the words of each list in a text, in the ways in which they can be told from the others."""
    for language in LANGUAGES:
        spelt = _sifted(words, language, _spelt, around=True)
        if len(spelt) >= ALONE_SPELT:
            yield _sifted(words, language, _spelt)
            yield _sifted(words, language, _find)
            yield _sifted(words, language, _meant)
            yield spelt


def _said_around(words: list[str], known: Sifted) -> int:
    """Return how many words are neither known nor what people say around a code."""
    return sum(word not in AROUND_A_CODE for word in words) - len(known)


def _sifted(words: list[str], language: str, find: Callable[[str, str], str | None], *, around: bool = False) -> Sifted:
    """Return the words of a list, without those that people say around a code, which may be in it too."""
    tried = ((at, typed) for at, typed in enumerate(words) if around or typed not in AROUND_A_CODE)
    return [(at, typed, word) for at, typed in tried if (word := find(typed, language))]


def _spelt(typed: str, language: str) -> str | None:
    return typed if typed in _index(language).words else None


def _meant(typed: str, language: str) -> str | None:
    return _find(typed, language) or _suggestion(typed, language)


def _tokens(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield every word with its place in the text; words that were run together one by one, with the same place."""
    for token in re.finditer(r"\w+", text):
        is_plain = token[0].isascii() and token[0].isalpha()
        typed = [token[0].lower()] if is_plain else _typed_words(token[0])
        if typed and typed[0] not in LINKING_WORDS:
            yield from ((token.span(), word) for word in _apart(typed[0]))


def _apart(letters: str) -> Candidate:
    """Return the fewest words of one list that make up the letters, or the letters as one word."""
    lists, ways = [_index(language).words for language in LANGUAGES], list[Candidate]()
    if len(letters) < SHORTEST_RUN or any(letters in words for words in lists):
        return (letters,)
    for words in lists:
        best: dict[int, Candidate] = {0: ()}
        for start in range(len(letters)):
            ends = range(start + SHORTEST_WORD, min(start + LONGEST_WORD, len(letters)) + 1)
            for end in ends if start in best else ():
                made = (*best[start], letters[start:end])
                if letters[start:end] in words and (end not in best or len(made) < len(best[end])):
                    best[end] = made
        ways.append(best.get(len(letters), ()))
    return min(filter(None, ways), key=len, default=(letters,))


def _likely_run(words: list[str], language: str) -> tuple[int, int, int]:
    """Return how many of eight words in a row are in the list, and the first and last of the run that they are in."""
    spelt = [word in _index(language).words and word not in AROUND_A_CODE for word in words]
    best, alone = (0, 0, 0), len(words) == CODE_WORDS
    for first in range(len(words)):
        here = range(first, min(first + CODE_WORDS, len(words)))
        right = sum(spelt[at] for at in here)
        # Typing slips are looked for only where most words are right: it takes long.
        if right < (ALONE_SPELT if alone else LIKELY_SPELT):
            continue
        known = [at for at in here if _meant(words[at], language)]
        if len(known) > best[0] and (right >= LIKELY_SPELT or len(known) >= CODE_WORDS - 1):
            best = (len(known), known[0], known[-1])
    count, first, last = best
    while first and _find(words[first - 1], language):
        first -= 1
    while last + 1 < len(words) and _find(words[last + 1], language):
        last += 1
    return count, first, last


def problem(text: str) -> CodeProblem | None:
    typed = _typed_words(text)
    if _readings(typed):
        return None
    if len(typed) < CODE_WORDS:
        return CodeProblem.TOO_FEW if typed else CodeProblem.EMPTY
    return CodeProblem.TOO_MANY if len(typed) > CODE_WORDS else CodeProblem.UNKNOWN_WORDS


class CodeSlip(NamedTuple):
    """A word that was understood although its spelling differs from the list; `place` counts from 1."""

    place: int
    typed: str
    right: str


def slips(text: str, code: Candidate) -> tuple[CodeSlip, ...]:
    """Return words of a code that are spelt differently from the list: nobody is to note a wrong spelling."""
    words = [word for _span, word in _tokens(text[:LONGEST_TEXT])]
    windows = (way[at : at + CODE_WORDS] for way in _ways(words) for at in range(len(way)))
    meant = ([typed for _at, typed, _word in one] for one in windows if tuple(word for *_, word in one) == code)
    typed_for = words if code in _readings(words) else next(meant, [])
    pairs = enumerate(zip(typed_for, code, strict=False), start=1)
    return tuple(CodeSlip(place, typed, right) for place, (typed, right) in pairs if typed != right)


def differences(text: str, code: Candidate) -> tuple[CodeSlip, ...]:
    """Return the words that do not mean the word of `code` in their place; none if there are more words, or fewer."""
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
    return next(language for language in LANGUAGES if set(code) <= _index(language).words)


def unknown_words(text: str, language: str) -> tuple[UnknownWord, ...]:
    """Return the words not in the list of the language to which most of the words belong; `language` breaks a tie."""
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
    by_sound = {sound(word, language): word for word in words}
    return _Index(frozenset(words), {word[:PREFIX]: word for word in words}, by_sound, by_slip)


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
        *(("ch", "C"), ("h", ""), ("v", "b"), ("ll", "y"), ("y$", "i"), ("qu(?=[ei])", "k"), ("gu(?=[ei])", "G")),
        *(("g(?=[ei])", "j"), ("c(?=[ei])|z|x", "s"), ("c", "k"), ("n(?=[bp])", "m")),
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
