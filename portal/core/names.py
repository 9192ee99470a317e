"""Find words that may be a person's name, although nothing announces one.

Candidates are two capitalised words in a row; a common first name before a common family name, in any case; and the
words after "my neighbor", "mi primo" or "don". It only raises a question; a person decides. Other names of one word are
not found, nor rare ones in lower case. Every word is examined a bounded number of times, so that no text can keep
people waiting.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from pathlib import Path

from portal.core.texted import unaccented

_LISTS = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))


def _words(name: str) -> frozenset[str]:
    return frozenset(_LISTS[name].split())


PARTICLES = _words("particles")
ORDINARY = _words("ordinary")
OPENING = _words("opening")
THINGS = _words("things")
AMBIGUOUS = _words("ambiguous")
BEFORE_NAMES = _words("before_names")
AFTER_NAMES = _words("after_names")
CORNERS = _words("corners")
FIRST_NAMES = _words("first_names")
GIVEN = FIRST_NAMES | _words("given")
SHORT_NAMES = _words("short_names")
FAMILY = _words("family")
WHOSE = _words("whose")
TITLES = _words("titles")
PLAIN_ENDINGS = ("ing", "mente", "iendo", "ieron", "tion", "cion", "ness")
"""Endings of words that begin a sentence and are hardly ever names."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SPACE = re.compile(r"[^\S\n]{1,3}")
_AFTER_INITIAL = re.compile(r"\.?[^\S\n]{0,3}")
LONGEST = 8
"""Most words of a name that ends with the family name."""
_SENTENCE_ENDS = frozenset(".!?:;\n•")
Phrases = Mapping[str, Sequence[tuple[str, ...]]]
"""Names of places and firms by their first word."""


class _Kind(Enum):
    NAME = auto()
    INITIAL = auto()
    LINK = auto()
    END = auto()
    """A word that ends a possible name."""


@dataclass(frozen=True)
class _Token:
    text: str
    folded: str
    start: int
    end: int
    is_joined: bool
    """Only a space, or the point of an initial, separates it from the word before."""
    begins_sentence: bool
    has_point: bool


def bare_names(text: str, places: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the possible names in `text`, each once, as written; `places` are the city's own names."""
    text = unicodedata.normalize("NFC", text)
    tokens = list(_tokens(text))
    kinds, in_places = _kinds(tokens, _phrases(places))
    spans = (*_runs(tokens, kinds), *_in_any_letters(tokens, in_places), *_after_relations(tokens, kinds, in_places))
    # Of overlapping spans keep the longest: the first that begins there, and none inside it.
    names, end = [], 0
    for first, last in sorted(spans, key=lambda span: (span[0], -span[1])):
        if last > end:
            names.append(text[tokens[first].start : tokens[last - 1].end])
            end = last
    return tuple(dict.fromkeys(names))


def names_somebody(text: str, places: Callable[[], Iterable[str]]) -> bool:
    """Return whether `text` has `bare_names()`; the city's names are only read if a first look finds any."""
    return bool(bare_names(text)) and bool(bare_names(text, places()))


def _tokens(text: str) -> Iterator[_Token]:
    end, initial = 0, False
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        joined = bool((_AFTER_INITIAL if initial else _SPACE).fullmatch(between))
        begins = end == 0 or (not joined and not _SENTENCE_ENDS.isdisjoint(between))
        point = text[match.end() : match.end() + 1] == "."
        yield _Token(match[0], fold(match[0]), match.start(), match.end(), joined, begins, point)
        end, initial = match.end(), len(match[0]) == 1 and match[0].isupper()


def _kinds(tokens: Sequence[_Token], places: Phrases) -> tuple[list[_Kind], set[int]]:
    """Return the kind of each word, and the positions of words that belong to a famous name or one in `places`."""
    kinds, in_phrases = [_kind(token) for token in tokens], set[int]()
    for at, token in enumerate(tokens):
        if kinds[at] is _Kind.LINK and token.is_joined and kinds[at - 1] in (_Kind.NAME, _Kind.LINK):
            # "Rosa de la Cruz" is a person, even where a place is called La Cruz.
            continue
        phrases = (*places.get(token.folded, ()), *_famous().get(token.folded, ()))
        for phrase in sorted(phrases, key=len, reverse=True):
            part = tokens[at : at + len(phrase)]
            if tuple(one.folded for one in part) == phrase:
                kinds[at : at + len(phrase)] = [_Kind.END] * len(phrase)
                in_phrases |= set(range(at, at + len(phrase)))
                break
    return kinds, in_phrases


def _kind(token: _Token) -> _Kind:
    if len(token.text) == 1 and token.text.isupper():
        return _Kind.INITIAL if token.has_point or token.folded not in ORDINARY else _Kind.END
    if token.folded in PARTICLES:
        return _Kind.LINK
    if token.folded in ORDINARY or not token.text[0].isupper() or token.text.isupper():
        return _Kind.END
    return _Kind.NAME


def _runs(tokens: Sequence[_Token], kinds: Sequence[_Kind]) -> Iterator[tuple[int, int]]:
    """Yield spans (first, end) of adjacent words that may be a name, with the particles between them."""
    at = 0
    while at < len(tokens):
        end = _end(tokens, kinds, at)
        first = _without_opening(tokens, kinds, at, end)
        if first < end and _may_be_name(tokens, kinds, first, end):
            yield first, end
        at = max(end, at + 1)


def _in_any_letters(tokens: Sequence[_Token], known: Container[int]) -> Iterator[tuple[int, int]]:
    """Yield spans of a common first name before a common family name, in lower or upper case."""
    for at, token in enumerate(tokens):
        if token.folded not in GIVEN or at in known:
            continue
        end, has_family = at + 1, False
        while end < len(tokens) and tokens[end].is_joined and end not in known and end - at < LONGEST:
            word = tokens[end].folded
            if word in FAMILY:
                has_family = True
            elif has_family or not (word in GIVEN or word in PARTICLES):
                break
            end += 1
        if has_family and not _is_place(tokens, at, end):
            yield at, end


def _after_relations(
    tokens: Sequence[_Token], kinds: Sequence[_Kind], known: Container[int]
) -> Iterator[tuple[int, int]]:
    """Yield spans of names after a word of relation ("neighbor", "cousin") or a title."""
    for at, token in enumerate(tokens[:-1]):
        first = at + 1
        if token.folded not in WHOSE and token.folded not in TITLES:
            continue
        if tokens[first].folded in ("el", "la") and tokens[first].is_joined and first + 1 < len(tokens):
            first += 1
        if not tokens[first].is_joined and not (token.folded in TITLES and token.has_point):
            continue
        if first not in known and _follows_a_relation(tokens[first], kinds[first], token):
            end = max(_end(tokens, kinds, first), first + 1)
            words = {one.folded for one in tokens[first:end]}
            if words.isdisjoint(THINGS) and not _is_followed_by_place(tokens, end):
                yield first, end


def _follows_a_relation(token: _Token, kind: _Kind, relation: _Token) -> bool:
    if token.folded in ORDINARY:
        return False
    if kind is _Kind.NAME:
        return token.folded not in OPENING
    may_be_family = relation.folded in TITLES and token.folded in FAMILY
    return token.folded in GIVEN or token.folded in SHORT_NAMES or may_be_family


def _is_place(tokens: Sequence[_Token], first: int, end: int) -> bool:
    before = tokens[first - 1].folded if first and tokens[first].is_joined else ""
    corner = first > 1 and tokens[first - 1].is_joined and tokens[first - 2].folded in CORNERS
    return before in BEFORE_NAMES or corner or _is_followed_by_place(tokens, end)


def _end(tokens: Sequence[_Token], kinds: Sequence[_Kind], at: int) -> int:
    """Return the end of the name that begins at `at`, without trailing particles; `at` if none begins."""
    # "Group A. Later …" ends a sentence.
    if kinds[at] not in (_Kind.NAME, _Kind.INITIAL) or tokens[at].folded in ORDINARY:
        return at
    end = at + 1
    for here in range(at + 1, len(tokens)):
        if not tokens[here].is_joined or kinds[here] is _Kind.END:
            break
        if kinds[here] is not _Kind.LINK:
            end = here + 1
    return end


def _without_opening(tokens: Sequence[_Token], kinds: Sequence[_Kind], at: int, end: int) -> int:
    """Skip a color, and a word that is only capitalised because it begins the sentence."""
    while at < end:
        token, word = tokens[at], tokens[at].folded
        is_plain = token.begins_sentence and len(word) > 5 and word not in GIVEN and word.endswith(PLAIN_ENDINGS)
        if not (kinds[at] is _Kind.LINK or word in OPENING or is_plain):
            break
        at += 1
    return at


def _may_be_name(tokens: Sequence[_Token], kinds: Sequence[_Kind], first: int, end: int) -> bool:
    large = [at for at in range(first, end) if kinds[at] is not _Kind.LINK]
    if len(large) < 2 or not any(kinds[at] is _Kind.NAME for at in large):
        return False
    words = {tokens[at].folded for at in large}
    is_given = tokens[first].folded in GIVEN
    if not words.isdisjoint(THINGS) or not (is_given or words.isdisjoint(AMBIGUOUS)):
        return False
    return not _is_announced_as_place(tokens, kinds, first) and not _is_followed_by_place(tokens, end)


def _is_announced_as_place(tokens: Sequence[_Token], kinds: Sequence[_Kind], first: int) -> bool:
    """As in "calle Ana Ruiz", "parque de la Reina Ana", "corner of Ana Ruiz"."""
    at = first
    while at > 0 and tokens[at].is_joined and kinds[at - 1] is _Kind.LINK:
        at -= 1
    if at == 0 or not tokens[at].is_joined:
        return False
    before = [one.folded for one in tokens[max(at - 2, 0) : at]]
    return before[-1] in BEFORE_NAMES or (before[0] in CORNERS and tokens[at - 1].is_joined)


def _is_followed_by_place(tokens: Sequence[_Token], end: int) -> bool:
    """As in "Maple Grove street"."""
    return end < len(tokens) and tokens[end].is_joined and tokens[end].folded in AFTER_NAMES


@cache
def _famous() -> Phrases:
    """Return the famous phrases, split once: every report is compared with them."""
    return _phrases(_LISTS["famous"])


def _phrases(names: Iterable[str]) -> Phrases:
    by_first: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for name in names:
        words = tuple(fold(match[0]) for match in _WORD.finditer(unicodedata.normalize("NFC", name)))
        if len(words) > 1:
            by_first[words[0]].append(words)
    return by_first


def fold(word: str) -> str:
    """Return a word in lower case without accents, as `names.toml` lists them."""
    if word.isascii():
        return word.lower().removesuffix("'s")
    return unaccented(word.casefold().replace("’", "'").removesuffix("'s"))
