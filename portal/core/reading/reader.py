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


SIZE = 100_003
"""Rows of weights; what is seen of a text is spread over them by a checksum, and some share a row."""
MEANINGS = tuple(Meaning)
LANES = len(MEANINGS) + 1
"""Bytes of a row: a weight for each meaning, then how rare what falls into it is."""
ZERO = 128
RARE = 2
"""The last byte is this many times the square of the rarity."""
_AT_ONCE = 256
"""So many bytes add up within sixteen bits."""
_EVERY_OTHER = int.from_bytes(b"\xff\x00" * LANES, "little")


@dataclass(frozen=True)
class Model:
    """Weights in bytes, with what turns their sums into probabilities."""

    weights: bytes
    bias: tuple[float, ...]
    step: float
    """The value of one step of a weight."""
    sharpness: float
    """Chosen so that of the texts read with a certainty of 0.8 about eight in ten are right."""

    def sums(self, seen: set[str]) -> tuple[list[int], float]:
        """Return the sum of the weights of each meaning, and the length that all are divided by."""
        # All lanes of a row are added at once, as one long number; every other byte, so that they have room to grow.
        sums, rest = [0] * LANES, iter(seen)
        while some := list(islice(rest, _AT_ONCE)):
            even = odd = 0
            for gram in some:
                at = zlib.crc32(gram.encode()) % SIZE * LANES
                row = int.from_bytes(self.weights[at : at + LANES], "little")
                even += row & _EVERY_OTHER
                odd += row >> 8 & _EVERY_OTHER
            for first, lanes in enumerate((even, odd)):
                packed = lanes.to_bytes(2 * LANES, "little")
                for lane in range(first, LANES, 2):
                    at = lane - first
                    sums[lane] += packed[at] + 256 * packed[at + 1]
        return [total - ZERO * len(seen) for total in sums[:-1]], math.sqrt(max(sums[-1], 1) / RARE)

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
        found = [(gram, self.weights[zlib.crc32(gram.encode()) % SIZE * LANES + lane] - ZERO) for gram in seen]
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
