"""Words that may be a person's name although nothing announces it: two with a large letter, one after the other.

It only asks; a person decides. It does not see what is written in small letters or in large ones only, nor a name of
one word. Every word is looked at a few times at most, so no text can keep the desk waiting.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from portal.reports.rules.name_words import (
    AFTER_NAMES,
    AMBIGUOUS,
    BEFORE_NAMES,
    CORNERS,
    FAMOUS,
    GIVEN,
    OPENING,
    ORDINARY,
    PARTICLES,
    PLAIN_ENDINGS,
    THINGS,
)

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SPACE = re.compile(r"[^\S\n]{1,3}")
_AFTER_INITIAL = re.compile(r"\.?[^\S\n]{0,3}")
_SENTENCE_ENDS = frozenset(".!?:;\n•")
Phrases = Mapping[str, Sequence[tuple[str, ...]]]
"""Names of places and firms by their first word, the longest first."""


class _Kind(Enum):
    NAME = auto()
    INITIAL = auto()
    LINK = auto()
    END = auto()
    """It ends what may be a name."""


@dataclass(frozen=True)
class _Token:
    text: str
    folded: str
    start: int
    end: int
    is_joined: bool
    """Nothing but a space, or the point of an initial, stands between it and the word before."""
    begins_sentence: bool
    has_point: bool


def bare_names(text: str, places: Iterable[str] = ()) -> tuple[str, ...]:
    """What in `text` may be a person's name, each once, as it is written; `places` are the city's own names."""
    text = unicodedata.normalize("NFC", text)
    tokens = list(_tokens(text))
    kinds = _kinds(tokens, _phrases((*FAMOUS, *places)))
    found = [text[run[0].start : run[-1].end] for run in _runs(tokens, kinds)]
    return tuple(dict.fromkeys(found))


def _tokens(text: str) -> Iterator[_Token]:
    end, initial = 0, False
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        joined = bool((_AFTER_INITIAL if initial else _SPACE).fullmatch(between))
        begins = end == 0 or (not joined and not _SENTENCE_ENDS.isdisjoint(between))
        point = text[match.end() : match.end() + 1] == "."
        yield _Token(match[0], _fold(match[0]), match.start(), match.end(), joined, begins, point)
        end, initial = match.end(), len(match[0]) == 1 and match[0].isupper()


def _kinds(tokens: Sequence[_Token], phrases: Phrases) -> list[_Kind]:
    kinds = [_kind(token) for token in tokens]
    for at, token in enumerate(tokens):
        if kinds[at] is _Kind.LINK and token.is_joined and kinds[at - 1] in (_Kind.NAME, _Kind.LINK):
            # "Rosa de la Cruz" is somebody, also where a place is called La Cruz.
            continue
        for phrase in phrases.get(token.folded, ()):
            part = tokens[at : at + len(phrase)]
            if tuple(one.folded for one in part) == phrase:
                kinds[at : at + len(phrase)] = [_Kind.END] * len(phrase)
                break
    return kinds


def _kind(token: _Token) -> _Kind:
    if len(token.text) == 1 and token.text.isupper():
        return _Kind.INITIAL if token.has_point or token.folded not in ORDINARY else _Kind.END
    if token.folded in PARTICLES:
        return _Kind.LINK
    if token.folded in ORDINARY or not token.text[0].isupper() or token.text.isupper():
        return _Kind.END
    return _Kind.NAME


def _runs(tokens: Sequence[_Token], kinds: Sequence[_Kind]) -> Iterator[list[_Token]]:
    """Words in a row that may be a name, with what links them."""
    at = 0
    while at < len(tokens):
        end = _end(tokens, kinds, at)
        first = _without_opening(tokens, kinds, at, end)
        if first < end and _may_be_name(tokens, kinds, first, end):
            yield list(tokens[first:end])
        at = max(end, at + 1)


def _end(tokens: Sequence[_Token], kinds: Sequence[_Kind], at: int) -> int:
    """Where what begins here with a name or an initial ends, links at its end left out; `at` if nothing begins."""
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
    """Past a color, and past a word that has its large letter from the beginning of the sentence only."""
    while at < end and (kinds[at] is _Kind.LINK or tokens[at].folded in OPENING or _is_plain(tokens[at])):
        at += 1
    return at


def _is_plain(token: _Token) -> bool:
    is_long = len(token.folded) > 5
    return token.begins_sentence and is_long and token.folded not in GIVEN and token.folded.endswith(PLAIN_ENDINGS)


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


def _phrases(names: Iterable[str]) -> Phrases:
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for name in names:
        words = tuple(_fold(match[0]) for match in _WORD.finditer(unicodedata.normalize("NFC", name)))
        if len(words) > 1:
            found[words[0]].append(words)
    return {first: sorted(phrases, key=len, reverse=True) for first, phrases in found.items()}


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold().replace("’", "'").removesuffix("'s"))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
