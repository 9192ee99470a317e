"""Rules of announcements: states, the second person, counts that may be shown, cost, and what carriers filter. Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise

from portal.core.suppression import FEWEST_SHOWN

ALONE_UP_TO = 50
"""One person may send to so many; beyond, a second one must agree."""
MOST_SEGMENTS = 3
"""Longer texts are refused: they are costly, and carriers take them for advertising."""
STEP = 10


class AnnouncementState(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"
    """A second person has to agree."""
    SENDING = "sending"
    PAUSED = "paused"
    RECALLED = "recalled"


class AnnouncementStep(StrEnum):
    SUBMIT = "submit"
    APPROVE = "approve"
    TAKE_BACK = "withdraw"
    PAUSE = "pause"
    RESUME = "resume"
    RECALL = "recall"


STOPPABLE = (AnnouncementState.SENDING, AnnouncementState.PAUSED)
STEPS = {
    AnnouncementStep.SUBMIT: ((AnnouncementState.DRAFT,), AnnouncementState.WAITING, "submitted"),
    AnnouncementStep.APPROVE: ((AnnouncementState.WAITING,), AnnouncementState.SENDING, "approved"),
    AnnouncementStep.TAKE_BACK: ((AnnouncementState.WAITING,), AnnouncementState.DRAFT, "taken_back"),
    AnnouncementStep.PAUSE: ((AnnouncementState.SENDING,), AnnouncementState.PAUSED, "paused"),
    AnnouncementStep.RESUME: ((AnnouncementState.PAUSED,), AnnouncementState.SENDING, "resumed"),
    AnnouncementStep.RECALL: (STOPPABLE, AnnouncementState.RECALLED, "recalled"),
}
"""The states in which a step is possible, the state after it, and how the audit log names it."""


def needs_second_person(followers: int) -> bool:
    return followers > ALONE_UP_TO


def may_approve(member_id: int, wrote_id: int, submitted_id: int | None) -> bool:
    """Return whether a member may agree: they neither wrote the words last nor asked for the sending."""
    return member_id not in (wrote_id, submitted_id)


def shown_count(followers: int) -> int | None:
    """Return the number to show, or None for one that is too small to be shown, none included."""
    return followers if followers >= FEWEST_SHOWN else None


def same_words(one: str, other: str) -> bool:
    """Return whether both languages hold the same words, capitals and spaces aside: one of them was forgotten."""
    return bool(one) and " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def shown_share(done: int, of: int) -> int:
    """Return the share of followers who have been told, in steps of ten percent so that no single one shows."""
    return 0 if of == 0 else done * 100 // of // STEP * STEP


def cost(followers: int, segments: int, price: float) -> float:
    """Return the highest cost in dollars; a number too small to be shown counts as the smallest that is."""
    return max(followers, FEWEST_SHOWN) * segments * price


class FilterTrait(StrEnum):
    """What makes carriers hold a text back."""

    SHORTENER = "shortener"
    CAPITALS = "capitals"
    FREE = "free"
    DRUGS = "drugs"
    MONEY = "money"
    MARKS = "marks"


_PATTERNS = {
    FilterTrait.SHORTENER: re.compile(
        r"\b(?:bit\.ly|bitly\.com|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd|buff\.ly|rebrand\.ly|cutt\.ly|rb\.gy|t\.ly|tiny\.cc"
        r"|shorturl\.at|lnkd\.in|qrco\.de|wa\.me)\b",
        re.IGNORECASE,
    ),
    FilterTrait.FREE: re.compile(r"\b(?:free|gratis)\b", re.IGNORECASE),
    FilterTrait.DRUGS: re.compile(
        r"\b(?:drugs?|drogas?|cocaine|coca[ií]na|crack|heroin|hero[ií]na|fentanyl|fentanilo|meth|weed|marijuana|mari[hj]uana"
        r"|dealers?|dealing|traffickers?|traficantes?|narcos?|reports?|tips?|denuncias?|soplos?|snitch(?:es)?|police|polic[ií]a)\b",
        re.IGNORECASE,
    ),
    FilterTrait.MONEY: re.compile(
        r"[$€]\s?\d|\b(?:cash|prizes?|winners?|win|premios?|gane|ganador\w*|gift cards?|loans?|pr[eé]stamos?)\b",
        re.IGNORECASE,
    ),
    FilterTrait.MARKS: re.compile(r"[!?¡¿]{2,}|\${2,}"),
}
_WORD = re.compile(r"[^\W\d_]{4,}")


def filtered(text: str) -> tuple[FilterTrait, ...]:
    traits = [trait for trait, pattern in _PATTERNS.items() if pattern.search(text)]
    return tuple(sorted([*traits, *([FilterTrait.CAPITALS] if shouts(text) else [])]))


def shouts(text: str) -> bool:
    """Return whether two words in a row, or most of a longer text, are written in capitals."""
    words = [word.isupper() for word in _WORD.findall(text)]
    in_a_row = any(first and second for first, second in pairwise(words))
    return in_a_row or (len(words) > 1 and sum(words) * 2 > len(words))
