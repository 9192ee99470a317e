"""Rules of search: words of a text, the query, snippets, and keys of entries. Accents do not matter. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.home.search.synonyms import joined, same_as
from portal.reports.urgency import urgent

FORM = 2
"""Version of the entries. Increase it when they are built differently: `index.fill` then runs under a new name. It
indexes only missing entries, so a migration has to empty the index."""
PAGE = 20
MOST_PAGES = 10
"""A reader who needs more results adds a word; so no query costs more than another."""
MOST_ASKED = 200
MOST_WORDS = 8
LONGEST_WORD = 40
SNIPPET = 180
WORD = re.compile(r"[^\W_]+")
# Stop words.
EMPTY_WORDS = frozenset(
    "a an and at by for from in is it of on or the to".split()
    + "al con de del el en es la las lo los o para por que se un una y".split()
)

# Beginnings of words, folded, typed by people who want to report something or ask about the police, in both languages.
# Residents use words that we do not; these are matched and never shown.
TELLING = tuple(
    """abus acos acus anonim anonym brutal chivat complain corrup delat delit denounc denunc denumc discrim drog drug
    emergen harass kejar maltrat misconduct needl jering polic polis poliz profiling quejar racis reclam repor sheriff
    snitch sopl tirote vend violen""".split()
)
TELLING_EXACTLY = frozenset(
    """agente agentes avisar aviso cop cops crime crimen dealer dealers decir informar officer officers queja quejas
    chota narco narcos selling sells tell tip tips tirador tiradores traficante traficantes""".split()
)
# The same for people who need help themselves; danger is read as in reports and texts.
HELP = ("ayud", "help")
SHORTEST_BEGINNING = 4


@dataclass(frozen=True)
class SearchQuestion:
    """Folded query words, all required, each or a word that means the same; the last may be the beginning of a word."""

    words: tuple[str, ...]
    speaks_of_danger: bool = False

    @property
    def choices(self) -> list[list[str]]:
        """For each query word, it and those that mean the same, sorted."""
        return [[word, *sorted(same_as(word) - {word})] for word in self.words]

    def __bool__(self) -> bool:
        return bool(self.words)

    def asks_for(self, word: str) -> bool:
        """Whether a word of a text matches the query."""
        plain = fold(word)
        return any(plain in same_as(asked) for asked in self.words) or plain.startswith(self.words[-1])

    @property
    def wants_to_tell(self) -> bool:
        """Whether the reader may be looking for the way to report something or to complain."""
        begun = self.words[-1]
        begins = len(begun) >= SHORTEST_BEGINNING and any(word.startswith(begun) for word in TELLING)
        return begins or any(word in TELLING_EXACTLY or word.startswith(TELLING) for word in self.words)

    @property
    def asks_for_help(self) -> bool:
        """Whether the reader may need help now."""
        return self.speaks_of_danger or any(word.startswith(HELP) for word in self.words)

    def is_in(self, words: Iterable[str]) -> bool:
        """Whether folded words satisfy the query."""
        found = set(words)
        *whole, begun = self.words
        is_begun = bool(found & same_as(begun)) or any(word.startswith(begun) for word in found)
        return is_begun and all(found & same_as(word) for word in whole)


def fold(text: str) -> str:
    """Return `text` in lower case without accents: "Reunión" and "REUNION" are one word."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def words_of(text: str) -> list[str]:
    """Return the folded words of a text without punctuation; very long ones are cut."""
    return [word[:LONGEST_WORD] for word in WORD.findall(fold(text))]


def question_of(text: str) -> SearchQuestion:
    """Return the query for any input; no character has a special meaning."""
    text = text[:MOST_ASKED]
    words = words_of(text)
    telling = [word for word in words if word not in EMPTY_WORDS]
    return SearchQuestion(tuple(dict.fromkeys(joined(telling or words)))[:MOST_WORDS], urgent(text) is not None)


def shown_again(text: str) -> str:
    """Return the input as the search field shows it again."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:MOST_ASKED]).strip()


def page_of(text: str) -> int:
    """Return the page number, or 1 for anything that is not a valid one."""
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text, re.ASCII) and 1 <= int(text) <= MOST_PAGES else 1


def plain(markdown: str) -> str:
    """Return a text without Markdown syntax and without link targets."""
    text = re.sub(r"\]\([^)\s]*\)", "", markdown)
    lines = re.sub(r"^\s*(?:[#>]+|[-*+])\s+", " ", text, flags=re.MULTILINE)
    return " ".join(re.sub(r"[*`\[\]]", "", lines).split())


def snippet(texts: Sequence[str], question: SearchQuestion) -> list[tuple[str, bool]]:
    """Return a passage around the first matching word in parts: (part, whether it matches)."""
    cleaned = [plain(text) for text in texts if text.strip()]
    text = next((one for one in cleaned if any(map(question.asks_for, WORD.findall(one)))), " ".join(cleaned[:1]))
    text = unicodedata.normalize("NFC", text)
    first = next((found.start() for found in WORD.finditer(text) if question.asks_for(found[0])), 0)
    begin = _gap_before(text, first - SNIPPET // 3)
    end = _gap_before(text, begin + SNIPPET) if begin + SNIPPET < len(text) else len(text)
    parts = marked(text[begin:end].strip(), question)
    before, after = [("… ", False)] * (begin > 0), [(" …", False)] * (end < len(text))
    return [*before, *parts, *after]


def marked(text: str, question: SearchQuestion) -> list[tuple[str, bool]]:
    """Return a text in parts: (part, whether it matches)."""
    parts, at = [], 0
    for found in WORD.finditer(text):
        if question.asks_for(found[0]):
            parts += [(text[at : found.start()], False), (found[0], True)]
            at = found.end()
    return [part for part in (*parts, (text[at:], False)) if part[0]]


def _gap_before(text: str, at: int) -> int:
    """Return the last gap between words up to `at`, or 0; `at` itself in a text without gaps."""
    if at <= 0:
        return 0
    gap = text.rfind(" ", max(0, at - LONGEST_WORD), at)
    return gap if gap > 0 else at if at > LONGEST_WORD else 0


# An entry's key consists of language, the kind's order, inverted time, and random bits: so entries are read in
# the order in which they are shown, the newest of a kind first, and no more of them than a page has. The key is
# never published.
KIND_BITS, WHEN_BITS, CHANCE_BITS = 4, 26, 32
SHELF_BITS = WHEN_BITS + CHANCE_BITS
LAST_ORDER = (1 << KIND_BITS) - 1


def entry_key(lang: str, order: int, at: datetime | None, chance: int) -> int:
    """Return the key of an entry; the last bits of the random number `chance` are used."""
    minutes = int((at or datetime.fromtimestamp(0, UTC)).timestamp()) // 60
    last = (1 << WHEN_BITS) - 1
    left = last - min(max(minutes, 0), last)
    return first_key(lang, order) + (left << CHANCE_BITS) + chance % (1 << CHANCE_BITS)


def first_key(lang: str, order: int) -> int:
    """Return the smallest key of this language and of the kind with this order."""
    return ((lang == "es") << KIND_BITS | order) << SHELF_BITS


def last_key(lang: str, order: int) -> int:
    """Return the largest key of this language and of the kind with this order."""
    return first_key(lang, order) + (1 << SHELF_BITS) - 1


def keys_in(lang: str) -> tuple[int, int]:
    """Return the smallest and the largest key of this language."""
    return first_key(lang, 0), last_key(lang, LAST_ORDER)
