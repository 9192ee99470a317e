"""How likely each meaning of a text is, by a model that learned it from examples.

Pure, and without a numeric library: web and worker have none loaded. `make model` makes the file of weights.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from operator import add, mul

from portal.core.reading.grams import HERE, grams


class Meaning(StrEnum):
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
"""Bytes of a row: half a byte each for the weight of a meaning and for that of a hidden unit, of which there are as
many; then how rare the row's owner is, and a mark by which the row is recognised."""
ZERO = 8
RARE = 2
"""The byte of the rarity is this many times its square."""
_AT_ONCE = 17
"""So many half bytes add up within a byte."""
_LOWER = int.from_bytes(b"\x0f" * LANES, "little")


def places_of(gram: str) -> tuple[int, tuple[int, int]]:
    """Return the mark of what is seen of a text, and the two places where its row may stand."""
    checksum = zlib.crc32(gram.encode())
    return checksum >> 24, (checksum % SIZE, checksum // 7 % SIZE)


@dataclass(frozen=True)
class Model:
    """The mean of a linear model and of one with a layer of hidden units (ReLU), which see the same."""

    weights: bytes
    steps: tuple[float, float]
    """The value of one step of a weight for a meaning, and for a hidden unit."""
    bias: tuple[float, ...]
    thresholds: tuple[float, ...]
    """What is added to each hidden unit."""
    upper: tuple[tuple[float, ...], ...]
    """For each meaning the weights of the hidden units."""
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

    def sums(self, seen: set[str]) -> tuple[list[int], list[int], float]:
        """Return the sums of the weights for the meanings and for the hidden units, and what all are divided by."""
        # A row is added as one long number; every other half byte at a time, so that the sums have room to grow.
        rows = [int.from_bytes(row, "little") for row in map(self.row_of, seen) if row]
        lower, upper = [0] * LANES, [0] * LANES
        for first in range(0, len(rows), _AT_ONCE):
            some = rows[first : first + _AT_ONCE]
            lower = [*map(add, lower, sum([row & _LOWER for row in some]).to_bytes(LANES, "little"))]
            upper = [*map(add, upper, sum([row >> 4 & _LOWER for row in some]).to_bytes(LANES, "little"))]
        rare, zero = lower[-2] + 16 * upper[-2], ZERO * len(rows)
        for_meanings, for_units = ([half - zero for half in halves[:-2]] for halves in (lower, upper))
        return for_meanings, for_units, math.sqrt(max(rare, 1) / RARE)

    def read(self, text: str, after: str = After.NOTHING) -> Likely:
        for_meanings, for_units, length = self.sums(grams(text, after))
        units = self._units(for_units, length)
        step = self.steps[0] / length
        scores = [
            (bias + step * total + sum(map(mul, units, upper))) * self.sharpness
            for bias, total, upper in zip(self.bias, for_meanings, self.upper, strict=True)
        ]
        top = max(scores)
        powers = [math.exp(score - top) for score in scores]
        return Likely(dict(zip(MEANINGS, (power / sum(powers) for power in powers), strict=True)))

    def _units(self, sums: Sequence[int], length: float) -> list[float]:
        step = self.steps[1] / length
        return [max(0.0, at + step * total) for at, total in zip(self.thresholds, sums, strict=True)]

    def weighed(self, text: str, after: str, meaning: Meaning) -> list[tuple[str, float]]:
        """Return what spoke most for a meaning of a text, with its weight, the heaviest first."""
        seen = grams(text, after)
        _for_meanings, for_units, length = self.sums(seen)
        lane = MEANINGS.index(meaning)
        upper = [
            weight if unit else 0 for weight, unit in zip(self.upper[lane], self._units(for_units, length), strict=True)
        ]
        weights = []
        for gram in seen:
            if row := self.row_of(gram):
                through = sum(weight * ((half >> 4) - ZERO) for weight, half in zip(upper, row, strict=False))
                own = self.steps[0] * ((row[lane] & 15) - ZERO) + self.steps[1] * through
                weights.append((gram, own / length * self.sharpness))
        return sorted(weights, key=lambda each: (-each[1], each[0]))


@dataclass(frozen=True)
class Likely:
    """How likely each meaning is; together 1."""

    of: dict[Meaning, float]

    @cached_property
    def best(self) -> Meaning:
        return max(self.of, key=self.of.__getitem__)

    def any_of(self, *meanings: Meaning) -> float:
        """Return how likely it is that one of these is meant."""
        return sum(self.of[meaning] for meaning in meanings)


_in_use: list[Model] = []


def model() -> Model:
    if not _in_use:
        made = json.loads((HERE / "model.json").read_text())
        weights, upper = (HERE / "model.bin").read_bytes(), tuple(map(tuple, made["upper"]))
        use(Model(weights, made["steps"], made["bias"], made["thresholds"], upper, made["sharpness"]))
    return _in_use[0]


def use(other: Model) -> None:
    """Read with another model from now on: one is measured with one that has not seen what it reads."""
    _in_use[:] = [other]
