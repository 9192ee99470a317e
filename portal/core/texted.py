"""Codes that people type from a slip or read out over the telephone, and paper slips that are answered by text.

Find possible codes in a text, and parse answers in digits or words; the length of a text as carriers count it (GSM
03.38). Pure: rules may import it. Only the features that print slips know which codes exist.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeVar

CODE_LETTERS = "23456789bcdfghjkmnpqrstvwxyz"
"""No letters that are confused when read out, and no vowel that could form a word."""
CODE_LENGTH = 8


def unaccented(text: str) -> str:
    if text.isascii():
        return text
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def code_from(numbers: bytes) -> str:
    """Return a code from at least eight random bytes; every letter is (nearly) equally likely."""
    whole = int.from_bytes(numbers, "big")
    code = ""
    for _ in range(CODE_LENGTH):
        whole, place = divmod(whole, len(CODE_LETTERS))
        code += CODE_LETTERS[place]
    return code


def show_code(code: str) -> str:
    """Return the code as printed on a slip and read out: "k7f2-qd3m"."""
    return f"{code[:4]}-{code[4:]}"


def read_code(typed: str) -> str | None:
    """Return the code that a person typed in its stored form, or None if it cannot be one."""
    plain = "".join(sign for sign in typed.casefold() if sign.isalnum())
    return plain if len(plain) == CODE_LENGTH and set(plain) <= set(CODE_LETTERS) else None


MOST_CODES = 6
"""At most this many codes per text are looked up: a phone gets a dozen replies per hour, so guessing is hopeless."""
YES_WORDS = ("yes", "y", "yeah", "yep", "si", "s")
NO_WORDS = ("no", "n", "nope")
UNSURE_WORDS = ("i dont know", "dont know", "not sure", "unsure", "idk", "no se", "no lo se", "no estoy seguro")
_APART = frozenset(",;:.|/\n()")
_POLITE = frozenset("please thanks thank you and hello hi porfavor gracias hola".split())
_BEFORE = frozenset({"code", "codigo"})
_APOSTROPHES = str.maketrans("", "", "'’‘´`")
_HALF = CODE_LENGTH // 2

T = TypeVar("T")


@dataclass(frozen=True)
class Spotted:
    """Words that may be a code. `rest` is the other text, folded, with " , " at separators."""

    code: str
    rest: str
    leads: bool
    """It comes first, as on a slip: the sender meant a code."""


@dataclass(frozen=True)
class SlipAnswer:
    """The reply to a slip, rendered in the current language; and the slip's own language, if it has one."""

    words: Callable[[], str]
    language: str | None = None
    is_done: bool = False
    """The answer was counted; otherwise the reply explains the problem."""


@dataclass(frozen=True)
class SlipKind:
    """How a feature handles its slips. `take` gets a code and the rest of the text; None: there is no such slip."""

    knows: Callable[[str], bool]
    take: Callable[[str, str], SlipAnswer | None]
    reads: Callable[[str], bool]
    """Whether a text consists only of answers, however many."""


def spotted(text: str) -> list[Spotted]:
    """Return possible codes in a text, the likeliest first: eight letters and digits, however they are spaced."""
    words = _plain(text).split()
    by_code: dict[str, _Run] = {}
    for run in sorted(_runs(words), key=lambda run: not run.is_usual):
        by_code.setdefault(run.code, run)
    spots = []
    for run in list(by_code.values())[:MOST_CODES]:
        before = [word for word in words[: run.start] if word not in _BEFORE]
        rest = " ".join([*before, ",", *run.figures, *words[run.end :]])
        spots.append(Spotted(run.code, rest, run.is_usual and set(before) <= {","}))
    return spots


def listed(phrases: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in phrases.split(",")]


def read_says(rest: str, figures: Mapping[str, T], phrases: Mapping[str, T]) -> tuple[T, ...] | None:
    """Parse answers in order, all in digits or all in words ("yes no yes", "1 sí 2 no"); None if there is more.

    Phrases are folded; the longest match counts ("not kept" is not "no"), and none spans a comma.
    """
    parts = [[word for word in part.split() if word not in _POLITE] for part in rest.split(",")]
    words = [word for part in parts for word in part]
    signs = "".join(words)
    if signs.isdecimal():
        return tuple(figures[sign] for sign in signs) if set(signs) <= set(figures) else None
    answers = _numbered(parts, phrases) if words and words[0].isdecimal() else _phrases(parts, phrases)
    return None if answers is None or _is_doubtful(answers) else tuple(phrases[phrase] for phrase in answers)


def _plain(text: str) -> str:
    """Return lower case without accents; separators become a comma, other symbols a space."""
    plain = text.translate(_APOSTROPHES)
    # Twice: lower-case letters may need decomposition, and decomposed parts may be capitals.
    for _ in range(2):
        plain = unaccented(plain.casefold())
    return "".join(sign if sign.isalnum() else " , " if sign in _APART else " " for sign in plain)


class _Run(NamedTuple):
    """The words `start` to `end` (exclusive) that are a code, perhaps followed by digits."""

    code: str
    figures: str
    start: int
    end: int
    is_usual: bool
    """Written as on a slip, in one piece or in two halves."""


def _runs(words: list[str]) -> Iterator[_Run]:
    letters = [(place, word) for place, word in enumerate(words) if word != ","]
    for first, (start, word) in enumerate(letters):
        joined, last = word, first
        while len(joined) < CODE_LENGTH and last + 1 < len(letters):
            last += 1
            joined += letters[last][1]
        code, figures = joined[:CODE_LENGTH], joined[CODE_LENGTH:]
        is_code = len(code) == CODE_LENGTH and set(code) <= set(CODE_LETTERS)
        if is_code and (not figures or figures.isdecimal()):
            is_usual = last == first or (last == first + 1 and len(word) == _HALF)
            yield _Run(code, figures, start, letters[last][0] + 1, is_usual)


def _phrases(parts: list[list[str]], phrases: Mapping[str, T]) -> list[str] | None:
    longest = max(len(phrase.split()) for phrase in phrases)
    answers: list[str] = []
    for part in parts:
        place = 0
        while place < len(part):
            tries = (" ".join(part[place : place + size]) for size in range(min(longest, len(part) - place), 0, -1))
            phrase = next((one for one in tries if one in phrases), None)
            if phrase is None:
                return None
            answers.append(phrase)
            place += len(phrase.split())
    return answers or None


def _numbered(parts: list[list[str]], phrases: Mapping[str, T]) -> list[str] | None:
    """Parse numbered answers ("1 yes 2 no"): numbers in sequence, and one answer after each."""
    answers: list[list[str]] = []
    for word in (word for part in parts for word in part):
        if not word.isdecimal():
            answers[-1].append(word)
        elif int(word) != len(answers) + 1:
            return None
        else:
            answers.append([])
    return [" ".join(one) for one in answers] if all(" ".join(one) in phrases for one in answers) else None


def _is_doubtful(said: list[str]) -> bool:
    """A Spanish "y" between answers means "and", an English one "yes"; a lone "s" is a typing slip."""
    in_letters = all(len(phrase) == 1 for phrase in said)
    if "s" in said and not in_letters:
        return True
    between = zip(said, said[1:], said[2:], strict=False)
    is_and = any(middle == "y" and len(left) > 1 and len(right) > 1 for left, middle, right in between)
    return "y" in said and (is_and or "si" in said)


_GSM_ONE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("\f^{}\\[~]|€")


class Encoding(StrEnum):
    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True)
class TextLength:
    """Length of a text. `units` are septets in GSM-7 and 16-bit units in UCS-2; `segments` are billed."""

    encoding: Encoding
    units: int
    segments: int


def segments(text: str) -> TextLength:
    """Count a text as carriers do: one segment up to 160 (70) units, else parts of 153 (67), no character split."""
    gsm = all(character in _GSM_ONE or character in _GSM_TWO for character in text)
    costs = [
        (2 if character in _GSM_TWO else 1) if gsm else (2 if ord(character) > 0xFFFF else 1) for character in text
    ]
    alone, room = (160, 153) if gsm else (70, 67)
    parts = min(1, len(costs))
    if sum(costs) > alone:
        left = room
        for cost in costs:
            if cost > left:
                parts, left = parts + 1, room
            left -= cost
    return TextLength(Encoding.GSM7 if gsm else Encoding.UCS2, sum(costs), parts)


def wide_signs(text: str) -> str:
    """Return the signs that GSM-7 lacks, each once: they alone make a text longer."""
    return " ".join(sign for sign in dict.fromkeys(text) if sign not in _GSM_ONE and sign not in _GSM_TWO)


def in_gsm7(text: str) -> str:
    """Return a text without the accents that GSM-7 lacks: á, í, ó and ú, but not é, ñ or ü."""
    return "".join(sign if sign in _GSM_ONE else unicodedata.normalize("NFD", sign)[0] for sign in text)
