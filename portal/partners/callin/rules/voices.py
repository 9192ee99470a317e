"""Those who speak for the community: one point each, consents that can be taken back, and who speaks instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Who(StrEnum):
    """As what somebody speaks: never more than this is shown to others."""

    ELDER = "elder"
    MOTHER = "mother"
    CHANGED = "changed"
    CLERGY = "clergy"
    BUSINESS = "business"
    YOUTH = "youth"
    NEIGHBOR = "neighbor"
    OTHER = "other"


class Point(StrEnum):
    """The one point that a voice makes."""

    STORY = "story"
    HARM = "harm"
    WORTH = "worth"
    STOP = "stop"
    HELP = "help"


class Consent(StrEnum):
    """What somebody may agree to; each stands alone, has its day, and can be taken back at any time."""

    SPEAK = "speak"
    NAME = "name"
    PHOTO = "photo"
    CONTACT = "contact"


class Safety(StrEnum):
    """An answer to a question about safety."""

    UNKNOWN = ""
    YES = "yes"
    NO = "no"


class Prepared(StrEnum):
    """What is still open with somebody who is to speak."""

    ASKED = "asked"
    SPEAK = "speak"
    REHEARSAL = "rehearsal"
    SAFETY = "safety"
    POINT = "point"
    ALTERNATE = "alternate"


SAFETY_QUESTIONS = ("block", "door", "ride")
"""Lives on the block? Comes through a separate door? Is the way here and home arranged?"""


WORDS = (
    "name",
    "who",
    "point",
    "asked_by",
    "rehearsed",
    "interpreter",
    "support",
    *SAFETY_QUESTIONS,
    "safety",
    "alternate",
)
"""What is written down about somebody who speaks, besides their consents and `notes`."""


@dataclass(frozen=True)
class Matrix:
    """How many voices make each point."""

    counts: Mapping[Point, int]
    asked: Mapping[Point, int]
    """How many more would make it, and have not said yes so far."""

    @property
    def uncovered(self) -> list[Point]:
        """Points that nobody who said yes makes."""
        return [point for point in Point if not self.counts[point]]

    @property
    def doubled(self) -> list[Point]:
        """Points that several make: six voices should not say the same."""
        return [point for point in Point if self.counts[point] + self.asked[point] > 1]


def matrix(said_yes: Iterable[Point | None], asked: Iterable[Point | None] = ()) -> Matrix:
    """What these voices cover; one without a point covers none, nor does one who only was asked."""
    counts, open_yet = Counter(said_yes), Counter(asked)
    return Matrix({point: counts[point] for point in Point}, {point: open_yet[point] for point in Point})


@dataclass(frozen=True)
class Agreed:
    """Somebody's word on one thing: the day on which it was given, and the one on which it was taken back."""

    given_on: date | None = None
    taken_on: date | None = None

    @property
    def holds(self) -> bool:
        """Whether it counts today."""
        return self.given_on is not None and self.taken_on is None


def agreed(words: Mapping[str, str], consent: Consent) -> Agreed:
    """What is written down about a consent."""
    return Agreed(*(_day(words.get(f"{consent.value}_{end}", "")) for end in ("given", "taken")))


def give(words: Mapping[str, str], consent: Consent, today: date) -> dict[str, str]:
    """The words with a consent given today."""
    return {**words, f"{consent.value}_given": today.isoformat(), f"{consent.value}_taken": ""}


def take_back(words: Mapping[str, str], consent: Consent, today: date) -> dict[str, str]:
    """The words with a consent taken back today; that it was given once stays."""
    return {**words, f"{consent.value}_taken": today.isoformat()} if agreed(words, consent).given_on else dict(words)


def speaks(words: Mapping[str, str] | None) -> bool:
    """Whether somebody agrees to speak, as of now."""
    return words is not None and agreed(words, Consent.SPEAK).holds


def who_speaks(voice: int | None, voices: Mapping[int, Mapping[str, str]]) -> int | None:
    """Who speaks in the place of this voice, as of now: itself, else its alternate, else nobody."""
    words = voices.get(voice or 0)
    if words is None or speaks(words):
        return voice if words is not None else None
    alternate = int(words.get("alternate") or 0)
    return alternate if alternate != voice and speaks(voices.get(alternate)) else None


def who_is_planned(voice: int, voices: Mapping[int, Mapping[str, str]]) -> int | None:
    """Whom to count on in the place of this voice: itself until it takes its word back, whether or not it was asked."""
    return who_speaks(voice, voices) if agreed(voices[voice], Consent.SPEAK).taken_on else voice


def is_checked(words: Mapping[str, str]) -> bool:
    """Whether all questions about safety are answered."""
    return all(words.get(question) for question in SAFETY_QUESTIONS)


def unprepared(words: Mapping[str, str], spares: Collection[int], own: int) -> list[Prepared]:
    """What is still open with a voice; a spare needs no alternate."""
    done = {
        Prepared.ASKED: bool(words.get("asked_by")),
        Prepared.SPEAK: speaks(words),
        Prepared.REHEARSAL: bool(words.get("rehearsed")),
        Prepared.SAFETY: is_checked(words),
        Prepared.POINT: bool(words.get("point")),
        Prepared.ALTERNATE: bool(words.get("alternate")) or own in spares,
    }
    return [what for what, is_so in done.items() if not is_so]


def _day(written: str) -> date | None:
    return date.fromisoformat(written) if written else None
