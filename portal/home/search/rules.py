"""Words of a text, what somebody asked for, and where it stands in what was found. Accents do not matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

FORM = 2
"""Grows whenever entries are made in another way: then everything is indexed anew, see `jobs`."""
PAGE = 20
MOST_PAGES = 10
"""Whoever would read on adds a word; so no question costs more than another."""
MOST_ASKED = 200
MOST_WORDS = 8
LONGEST_WORD = 40
SNIPPET = 180
WORD = re.compile(r"[^\W_]+")
# Words that stand in nearly every text and tell nothing.
EMPTY_WORDS = frozenset(
    "a an and at by for from in is it of on or the to".split()
    + "al con de del el en es la las lo los o para por que se un una y".split()
)

# How words begin, folded, of people who want to tell us something or ask about the police, in either language.
# Residents use words that we do not; these are looked for and never shown.
TELLING = tuple(
    """abus acos acus anonim anonym brutal chivat complain corrup delat delit denounc denunc denumc discrim drog drug
    emergen harass kejar maltrat misconduct polic polis poliz profiling quejar racis reclam repor sheriff snitch sopl
    tirote vend violen""".split()
)
TELLING_EXACTLY = frozenset(
    """911 agente agentes avisar aviso cop cops crime crimen dealer dealers decir informar officer officers queja quejas
    selling shooting tell tip tips""".split()
)
# And of people who need help themselves.
HELP = tuple("ayud auxili help socorr".split())
HELP_EXACTLY = frozenset("crisis danger overdose peligro sobredosis sos suicide suicidio".split())
SHORTEST_BEGINNING = 4


class ResultKind(StrEnum):
    """What can be found, in the order in which it is shown: what there is most of comes last."""

    PLACE = "place"
    WHY_HERE = "why_here"
    CALL_IN = "call_in"
    PAGE = "page"
    GUIDE = "guide"
    MEETING = "meeting"
    CAME_OF_IT = "came_of_it"
    POST = "post"


KINDS = tuple(kind.value for kind in ResultKind)


@dataclass(frozen=True)
class SearchQuestion:
    """Folded words, all of which must be there; the last may be the beginning of a longer one."""

    words: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.words)

    def asks_for(self, word: str) -> bool:
        """Whether a word of a text is one of those asked for."""
        plain = fold(word)
        return plain in self.words or plain.startswith(self.words[-1])

    @property
    def wants_to_tell(self) -> bool:
        """Whether somebody may be looking for the way to tell us something, or to complain."""
        begun = self.words[-1]
        begins = len(begun) >= SHORTEST_BEGINNING and any(word.startswith(begun) for word in TELLING)
        return begins or any(word in TELLING_EXACTLY or word.startswith(TELLING) for word in self.words)

    @property
    def asks_for_help(self) -> bool:
        """Whether somebody may need help now."""
        return any(word in HELP_EXACTLY or word.startswith(HELP) for word in self.words)

    def is_in(self, words: Iterable[str]) -> bool:
        """Whether folded words hold everything that was asked for."""
        found = set(words)
        *whole, begun = self.words
        return found.issuperset(whole) and any(word.startswith(begun) for word in found)


def fold(text: str) -> str:
    """`text` in small letters without accents: "Reunión" and "REUNION" are one word."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def words_of(text: str) -> list[str]:
    """The folded words of a text, without signs; very long ones are cut."""
    return [word[:LONGEST_WORD] for word in WORD.findall(fold(text))]


def question_of(text: str) -> SearchQuestion:
    """What somebody asked for, whatever they typed: no sign in it means anything."""
    words = words_of(text[:MOST_ASKED])
    telling = [word for word in words if word not in EMPTY_WORDS]
    return SearchQuestion(tuple(dict.fromkeys(telling or words))[:MOST_WORDS])


def shown_again(text: str) -> str:
    """What somebody typed, as the field shows it again."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:MOST_ASKED]).strip()


def page_of(text: str) -> int:
    """The number of a page; the first for anything that is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text, re.ASCII) and 1 <= int(text) <= MOST_PAGES else 1


def plain(markdown: str) -> str:
    """A text without the signs of Markdown and without addresses of links."""
    text = re.sub(r"\]\([^)\s]*\)", "", markdown)
    lines = re.sub(r"^\s*(?:[#>]+|[-*+])\s+", " ", text, flags=re.MULTILINE)
    return " ".join(re.sub(r"[*`\[\]]", "", lines).split())


def snippet(texts: Sequence[str], question: SearchQuestion) -> list[tuple[str, bool]]:
    """A passage around the first word that was asked for, in parts: (part, whether it was asked for)."""
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
    """A text in parts: (part, whether it was asked for)."""
    parts, at = [], 0
    for found in WORD.finditer(text):
        if question.asks_for(found[0]):
            parts += [(text[at : found.start()], False), (found[0], True)]
            at = found.end()
    return [part for part in (*parts, (text[at:], False)) if part[0]]


def _gap_before(text: str, at: int) -> int:
    """The last gap between words up to `at`, or the beginning; `at` itself in a text without gaps."""
    if at <= 0:
        return 0
    gap = text.rfind(" ", max(0, at - LONGEST_WORD), at)
    return gap if gap > 0 else at if at > LONGEST_WORD else 0


# An entry's key says language and kind, then how long it is until the end of time, then chance: so entries are read in
# the order in which they are shown, the newest of a kind first, and no more of them than a page has. It never leaves
# the house.
KIND_BITS, WHEN_BITS, CHANCE_BITS = 4, 26, 32
SHELF_BITS = WHEN_BITS + CHANCE_BITS


def entry_key(lang: str, kind: ResultKind, at: datetime | None, chance: int) -> int:
    """The key of an entry; of `chance`, a random number, the last bits are used."""
    minutes = int((at or datetime.fromtimestamp(0, UTC)).timestamp()) // 60
    last = (1 << WHEN_BITS) - 1
    left = last - min(max(minutes, 0), last)
    return first_key(lang, kind) + (left << CHANCE_BITS) + chance % (1 << CHANCE_BITS)


def first_key(lang: str, kind: ResultKind) -> int:
    """The smallest key of what is of this kind and in this language."""
    return ((lang == "es") << KIND_BITS | KINDS.index(kind)) << SHELF_BITS


def last_key(lang: str, kind: ResultKind) -> int:
    """The largest."""
    return first_key(lang, kind) + (1 << SHELF_BITS) - 1


def keys_in(lang: str) -> tuple[int, int]:
    """The smallest and the largest key of what is in this language."""
    return first_key(lang, ResultKind(KINDS[0])), last_key(lang, ResultKind(KINDS[-1]))
