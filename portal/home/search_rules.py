"""Rules of the search: words of a text, the question, words that mean the same or are misspelled, passages. Pure."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from portal.core.reading.danger import is_sought
from portal.core.texted import unaccented

# A reader who needs more results adds a word; so no query costs more than another.
PAGE, MOST_PAGES = 20, 10
MOST_ASKED, MOST_WORDS, LONGEST_WORD = 200, 8, 40
BEFORE, PASSAGE, LONGEST_PASSAGE = 9, 28, 400
"""Words of a passage before the one that was asked for, and in all; and its most letters."""
WORD = re.compile(r"[^\W_]+")
MARKDOWN = re.compile(r"\]\([^)\s]*\)|^[ \t]*(?:[#>]+|[-*+])[ \t]|[*`\[\]]", re.MULTILINE)
ALIKE = 0.75  # from which likeness on (of `difflib`) a word is taken for a misspelled one
_DATA = tomllib.loads(Path(__file__).with_name("search_words.toml").read_text(encoding="utf-8"))
SMALL, TELLING_EXACTLY = frozenset(_DATA["small"].split()), frozenset(_DATA["telling_exactly"].split())
TELLING, HELP = tuple(_DATA["telling"].split()), tuple(_DATA["help"].split())
GROUPS = tuple(frozenset(words.split()) for words in _DATA["groups"].values())
PHRASES: dict[str, str] = _DATA["phrases"]
_GROUP_OF = {word: group for group in GROUPS for word in group}


def same_as(word: str) -> frozenset[str]:
    """Return a folded word and all others that mean the same."""
    return _GROUP_OF.get(word, frozenset((word,)))


@dataclass(frozen=True)
class SearchQuestion:
    """Folded query words, all required, each or a word that means the same; the last may be the beginning of a word."""

    words: tuple[str, ...]
    speaks_of_danger: bool = False

    def __bool__(self) -> bool:
        return bool(self.words)

    @property
    def choices(self) -> list[list[str]]:
        """For each query word, it and those that mean the same, sorted."""
        return [[word, *sorted(same_as(word) - {word})] for word in self.words]

    def asks_for(self, word: str) -> bool:
        plain = fold(word)
        return any(plain in same_as(asked) for asked in self.words) or plain.startswith(self.words[-1])

    @property
    def wants_to_tell(self) -> bool:
        """Whether the reader may be looking for the way to report something or to complain."""
        return any(word in TELLING_EXACTLY or word.startswith(TELLING) for word in self.words)

    @property
    def asks_for_help(self) -> bool:
        """Whether the reader may need help now; danger is read as in reports and texts."""
        return self.speaks_of_danger or any(word.startswith(HELP) for word in self.words)

    def is_in(self, words: Iterable[str]) -> bool:
        theirs = set(words)
        *whole, begun = self.words
        is_begun = bool(theirs & same_as(begun)) or any(word.startswith(begun) for word in theirs)
        return is_begun and all(theirs & same_as(word) for word in whole)

    def respelled(self, known: Iterable[str]) -> SearchQuestion:
        """Return the query with each word that is not among `known` replaced by the one there that is most like it."""
        spelled = {*known, *_GROUP_OF}
        words: list[str] = []
        for word in self.words:
            near = [other for other in spelled if other[0] == word[0] and abs(len(other) - len(word)) <= 2]
            words += [word] if word in spelled else get_close_matches(word, sorted(near), 1, ALIKE) or [word]
        return SearchQuestion(tuple(words), self.speaks_of_danger)


def fold(text: str) -> str:
    """Return `text` in lower case without accents: "Reunión" and "REUNION" are one word."""
    if text.isascii():
        return text.lower()
    return unaccented(unicodedata.normalize("NFKD", text).casefold())


def words_of(text: str) -> list[str]:
    """Return the folded words of a text without punctuation; very long ones are cut."""
    return [word[:LONGEST_WORD] for word in WORD.findall(fold(text))]


def question_of(text: str) -> SearchQuestion:
    """Return the query for any input; no character has a special meaning."""
    text = text[:MOST_ASKED]
    words = words_of(text)
    asked: list[str] = []
    for word in [word for word in words if word not in SMALL] or words:
        phrase = PHRASES.get(f"{asked[-1]} {word}") if asked else None
        asked[-1:] = [phrase] if phrase else [*asked[-1:], word]
    # What is a cry for help alone needs it beside other words, too: a search is a few words, no sentence.
    speaks_of_danger = any(is_sought(part) for part in (text, *set(words)))
    return SearchQuestion(tuple(dict.fromkeys(asked))[:MOST_WORDS], speaks_of_danger)


def shown_again(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text[:MOST_ASKED]).strip()


def snippet(texts: Sequence[str], question: SearchQuestion) -> list[tuple[str, bool]]:
    """Return a passage around the first matching word in parts: (part, whether it matches); Markdown is left out."""
    plain = [unicodedata.normalize("NFC", MARKDOWN.sub("", text)).split() for text in texts if text.strip()] or [[]]
    hits = [[at for at, word in enumerate(words) if any(map(question.asks_for, WORD.findall(word)))] for words in plain]
    words, hit = next(((words, hit[0]) for words, hit in zip(plain, hits, strict=True) if hit), (plain[0], 0))
    begin = max(0, hit - BEFORE)
    parts = re.split(f"({WORD.pattern})", " ".join(words[begin : begin + PASSAGE])[:LONGEST_PASSAGE])
    marked = [(part, bool(at % 2) and question.asks_for(part)) for at, part in enumerate(parts) if part]
    return [*[("… ", False)] * (begin > 0), *marked, *[(" …", False)] * (begin + PASSAGE < len(words))]
