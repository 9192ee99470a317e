"""How likely each meaning of a text is, by a model that learned it from examples.

Pure, and without a numeric library: web and worker have none loaded. `make model` makes the file of weights.
"""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import islice

from portal.core.reading.grams import HERE, grams


class Meaning(StrEnum):
    """What a text may mean."""

    REPORT = "report"
    DANGER = "danger"
    CRISIS = "crisis"
    """Self-harm, suicide, an overdose."""
    THREAT = "threat"
    """Somebody threatens those who report, or the team."""
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    ERASE = "erase"
    HELP = "help"
    """What can I do here?"""
    ABOUT = "about"
    """Who is this, is it safe, do the police read it?"""
    MEETING = "meeting"
    HOST = "host"
    """A question or a need for the host of a meeting."""
    RSVP_YES = "rsvp_yes"
    RSVP_NO = "rsvp_no"
    RSVP_NUMBER = "rsvp_number"
    RSVP_LATE = "rsvp_late"
    LANG_EN = "lang_en"
    LANG_ES = "lang_es"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    THANKS = "thanks"
    GREETING = "greeting"
    ANSWER = "answer"
    """Where is our answer? Also lost code words."""
    TREATMENT = "treatment"
    NOT_FOR_US = "not_for_us"


class After(StrEnum):
    """What a phone got last."""

    NOTHING = ""
    REMINDER = "reminder"
    NEWS = "news"
    QUESTION = "question"
    """It reported and was asked for more."""
    ANSWER = "answer"
    STOPPED = "stopped"


SIZE = 115_001
"""Rows of weights. Each belongs to one thing that is seen of texts, and stands in one of two places by its checksum."""
MEANINGS = tuple(Meaning)
LANES = len(MEANINGS) + 2
"""Bytes of a row: a weight for each meaning, then how rare its owner is, and a mark by which the row is recognised."""
ZERO = 128
RARE = 2
"""The byte of the rarity is this many times its square."""
_AT_ONCE = 256
"""So many bytes add up within sixteen bits."""
_EVERY_OTHER = int.from_bytes(b"\xff\x00" * LANES, "little")


def places_of(gram: str) -> tuple[int, tuple[int, int]]:
    """Return the mark of what is seen of a text, and the two places where its row may stand."""
    checksum = zlib.crc32(gram.encode())
    return checksum >> 24, (checksum % SIZE, checksum // 7 % SIZE)


@dataclass(frozen=True)
class Model:
    """Weights in bytes, with what turns their sums into probabilities."""

    weights: bytes
    bias: tuple[float, ...]
    step: float
    """The value of one step of a weight."""
    sharpness: float
    """Chosen so that of the texts read with a certainty of 0.8 about eight in ten are right."""

    def row_of(self, gram: str) -> bytes:
        """Return the weights of what is seen of a text, or nothing if it has none of its own."""
        mark, places = places_of(gram)
        for place in places:
            end = (place + 1) * LANES
            if self.weights[end - 1] == mark:
                return self.weights[end - LANES : end]
        return b""

    def sums(self, seen: set[str]) -> tuple[list[int], float]:
        """Return the sum of the weights of each meaning, and the length that all are divided by."""
        # All lanes of a row are added at once, as one long number; every other byte, so that they have room to grow.
        sums, many, rows = [0] * LANES, 0, filter(None, map(self.row_of, seen))
        while some := list(islice(rows, _AT_ONCE)):
            even = odd = 0
            many += len(some)
            for row in some:
                lanes = int.from_bytes(row, "little")
                even += lanes & _EVERY_OTHER
                odd += lanes >> 8 & _EVERY_OTHER
            for first, added in enumerate((even, odd)):
                packed = added.to_bytes(2 * LANES, "little")
                for lane in range(first, LANES, 2):
                    at = lane - first
                    sums[lane] += packed[at] + 256 * packed[at + 1]
        return [total - ZERO * many for total in sums[: len(MEANINGS)]], math.sqrt(max(sums[-2], 1) / RARE)

    def read(self, text: str, after: str = After.NOTHING) -> Likely:
        """Return how likely each meaning of a text is."""
        sums, length = self.sums(grams(text, after))
        scores = [
            (bias + self.step * total / length) * self.sharpness for bias, total in zip(self.bias, sums, strict=True)
        ]
        top = max(scores)
        powers = [math.exp(score - top) for score in scores]
        return Likely(dict(zip(MEANINGS, (power / sum(powers) for power in powers), strict=True)))

    def weighed(self, text: str, after: str, meaning: Meaning) -> list[tuple[str, float]]:
        """Return what spoke most for a meaning of a text, with its weight, the heaviest first."""
        seen = grams(text, after)
        length, lane = self.sums(seen)[1], MEANINGS.index(meaning)
        found = [(gram, row[lane] - ZERO) for gram in seen if (row := self.row_of(gram))]
        heavy = sorted(found, key=lambda each: (-each[1], each[0]))
        return [(gram, weight * self.step / length * self.sharpness) for gram, weight in heavy]


@dataclass(frozen=True)
class Likely:
    """How likely each meaning is; together 1."""

    of: dict[Meaning, float]

    @cached_property
    def best(self) -> Meaning:
        """The likeliest meaning."""
        return max(self.of, key=self.of.__getitem__)

    def any_of(self, *meanings: Meaning) -> float:
        """Return how likely it is that one of these is meant."""
        return sum(self.of[meaning] for meaning in meanings)


_in_use: list[Model] = []


def model() -> Model:
    """Return the model, loaded at its first use."""
    if not _in_use:
        use(_loaded())
    return _in_use[0]


def use(other: Model) -> None:
    """Read with another model from now on: one is measured with one that has not seen what it reads."""
    _in_use[:] = [other]


def _loaded() -> Model:
    made = json.loads((HERE / "model.json").read_text())
    weights = (HERE / "model.bin").read_bytes()
    return Model(weights, tuple(made["bias"]), made["step"], made["sharpness"])
