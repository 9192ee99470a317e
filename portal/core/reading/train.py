"""Makes the model from the examples (`make model`), in some minutes, the same each time.

The examples are plain lines, invented, not collected: no resident wrote them. A group begins with a line such as
"# report, after question, es, or danger or threat": what its texts mean, what their phone got last, their language, and
what else would be right. A file is a voice or a range of voices, and is left out whole where the reader is measured.

Two models over all that is seen of a text, a linear one and one with hidden units, by stochastic gradient descent with
a step of its own for each weight (AdaGrad). They err in other places, so that their mean errs less. Not loaded by web
or worker: it takes numpy.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from portal.core.reading.grams import HERE, grams
from portal.core.reading.reader import LANES, MEANINGS, RARE, SIZE, ZERO, After, Meaning, Model, places_of

FOLDER = HERE / "examples"
OWN = frozenset(
    "alarms attic bakery beacon cellar choir counter country cries enough everyday ferry harbor heard-again invited"
    " islands kitchens lanterns lumber mailbox market mistaken oblique orchard porches quarry reminded strangers"
    " streets supper table terse thursday twins-danger twins-out twins-reminder wishes".split()
)
"""The project's own texts, written by those who saw what was missed: learned from, never measured on."""


@dataclass(frozen=True)
class Example:
    text: str
    meaning: Meaning
    after: str
    language: str
    also: tuple[Meaning, ...]
    source: str


def examples(folder: Path = FOLDER) -> Iterator[Example]:
    for path in sorted(folder.glob("*.txt")):
        head: tuple[Meaning, str, str, tuple[Meaning, ...]] | None = None
        for line in path.read_text().splitlines():
            if line.startswith("# "):
                head = _head(line[2:])
            elif line.strip() and head:
                yield Example(line.replace("\\n", "\n"), *head, source=path.stem)


def _head(line: str) -> tuple[Meaning, str, str, tuple[Meaning, ...]]:
    meaning, after, language, *also = line.split(", ")
    others = also[0].removeprefix("or ").split(" or ") if also else []
    return Meaning(meaning), after.removeprefix("after ").replace("nothing", ""), language, tuple(map(Meaning, others))


def digest() -> str:
    """Return the hash of all that the model is made of: examples, concepts and what is seen of a text."""
    made_of = [*sorted(FOLDER.glob("*.txt")), HERE / "concepts.txt", HERE / "grams.py"]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in made_of)).hexdigest()


SEED = 7
ROUNDS = 16
RATES = 0.4, 0.1
"""How fast the linear model learns, and the hidden units."""
LEFT_OUT = 0.2
"""So much of each example is left out each time, by chance, so that no one thing is relied on."""
FEWEST = 2
"""What fewer examples have says nothing about others."""
ALSO = 0.2
"""How much another right meaning counts beside the one that is meant."""
BALANCE = 0.5
"""Half-way to counting each meaning alike, however many examples it has."""
SHARPNESS = 1.0
WIDTH = len(MEANINGS)
"""Meanings, and hidden units."""
ASLEEP = 0.3
"""So many of the hidden units are left out each time, by chance."""
CLIPPED = 0.995
"""The share of weights that fit into half a byte; what is beyond becomes the largest."""

Seen = list[Any]
"""For each example the numbers of all that is seen of it."""


def placed(found: Sequence[Example], seen: Seen, names: Sequence[str]) -> tuple[Any, Any]:
    """Return the row of each thing seen, or -1, and the marks of the rows: what tells most is placed first."""
    counts = np.zeros((len(names), len(MEANINGS)), np.float32)
    for each, row in zip(found, seen, strict=True):
        counts[row, MEANINGS.index(each.meaning)] += 1
    many, usual = counts.sum(1, keepdims=True), (counts.sum(0) + 1) / (counts.sum() + len(MEANINGS))
    share = (counts + usual) / (many + 1)
    told = (many * share * np.log(share / usual)).sum(1)
    rows, marks = np.full(len(names), -1, np.int32), np.zeros(SIZE, np.uint8)
    free = np.ones(SIZE, bool)
    for at in np.argsort(-told, kind="stable"):
        mark, places = places_of(names[at])
        place = next((place for place in places if free[place]), None)
        if place is not None and many[at] >= FEWEST:
            rows[at], marks[place], free[place] = place, mark, False
    return rows, marks


class Learned:
    def __init__(self, value: Any, first: float) -> None:
        self.value, self._steps = value, np.full_like(value, first)

    def learn(self, slope: Any, rate: Any, at: Any = ...) -> None:
        steps = self._steps[at] + slope * slope
        self._steps[at] = steps
        self.value[at] -= rate * slope / np.sqrt(steps)


LATER = After.REMINDER, After.NEWS, After.ANSWER, After.STOPPED
"""What a phone got last where the writers of examples put few cries for help."""
FEWER = 4
"""One report in so many is repeated, too."""


def heard_later(found: Sequence[Example]) -> Iterator[Example]:
    """Repeat cries for help, and some reports, with something else as what their phone got last.

    They mean the same there, and would otherwise be taken for the answer or the opt-out that is usual.
    """
    cries = [each for each in found if each.meaning in (Meaning.DANGER, Meaning.CRISIS)]
    reports = [each for each in found if each.meaning is Meaning.REPORT]
    for at, each in enumerate([*cries, *reports[::FEWER]]):
        others = [after for after in LATER if after != each.after]
        yield replace(each, after=others[at % len(others)])


def train(found: Sequence[Example], *, sharpness: float = SHARPNESS) -> Model:
    found = [*found, *heard_later(found)]
    numbers: dict[str, int] = {}
    each = ([numbers.setdefault(gram, len(numbers)) for gram in sorted(grams(e.text, e.after))] for e in found)
    seen = [np.array(one, np.int32) for one in each]
    place, marks = placed(found, seen, list(numbers))
    rows = [row[row >= 0] for row in (place[each] for each in seen)]
    many = np.bincount(np.concatenate(rows), minlength=SIZE)
    rarity = np.where(many > 0, np.log((1 + len(rows)) / (1 + many)) + 1, 0).astype(np.float32)
    scaled = [rarity[row] / np.sqrt(np.square(rarity[row]).sum()) for row in rows]
    wanted, counts = _wanted(found), Counter(each.meaning for each in found)
    heavy = [(len(found) / len(counts) / counts[each.meaning]) ** BALANCE for each in found]
    chance = np.random.default_rng(SEED)
    table = np.zeros((SIZE, 2 * WIDTH), np.float32)
    table[:, WIDTH:] = chance.normal(0, 0.05, (SIZE, WIDTH))
    lower, upper = Learned(table, 1e-4), Learned(chance.normal(0, np.sqrt(2 / WIDTH), (WIDTH, WIDTH)), 1e-2)
    thresholds, biases = Learned(np.full(WIDTH, 0.1), 1e-2), Learned(np.zeros((2, WIDTH)), 1e-3)
    rates = np.repeat(np.array(RATES, np.float32), WIDTH)
    for done in range(ROUNDS):
        left = 1 - done / ROUNDS
        for at in chance.permutation(len(found)):
            stays = chance.random(len(rows[at])) >= LEFT_OUT
            row, values = rows[at][stays], scaled[at][stays] / np.float32(1 - LEFT_OUT)
            sums = values @ lower.value[row]
            units = thresholds.value + sums[WIDTH:]
            awake = (units > 0) * (chance.random(WIDTH) >= ASLEEP) / (1 - ASLEEP)
            units *= awake
            scores = biases.value + np.stack([sums[:WIDTH], units @ upper.value])
            powers = np.exp(scores - scores.max(1, keepdims=True))
            wrong = (powers / powers.sum(1, keepdims=True) - wanted[at]) * heavy[at]
            back = upper.value @ wrong[1] * awake
            biases.learn(wrong, 0.2 * left * np.array(RATES)[:, None])
            thresholds.learn(back, 0.2 * left * RATES[1])
            upper.learn(np.outer(units, wrong[1]), 0.3 * left * RATES[1])
            slope = values[:, None] * np.concatenate([wrong[0], back]).astype(np.float32)
            lower.learn(slope, rates * np.float32(left), row)
    return _rounded(
        lower.value * rarity[:, None], biases.value, thresholds.value, upper.value, rarity, marks, sharpness
    )


def _wanted(found: Sequence[Example]) -> Any:
    wanted = np.zeros((len(found), len(MEANINGS)))
    for at, each in enumerate(found):
        wanted[at, MEANINGS.index(each.meaning)] = 1
        for other in each.also:
            wanted[at, MEANINGS.index(other)] += ALSO / len(each.also)
    return wanted / wanted.sum(1, keepdims=True)


def _rounded(lower: Any, biases: Any, thresholds: Any, upper: Any, rarity: Any, marks: Any, sharpness: float) -> Model:
    """Return the mean of both models, with weights of half a byte."""
    halves, steps = [], []
    for own in (lower[:, :WIDTH], lower[:, WIDTH:]):
        step = float(np.quantile(np.abs(own[rarity > 0]), CLIPPED)) / (ZERO - 1)
        halves.append((np.clip(np.rint(own / step), 1 - ZERO, ZERO - 1) + ZERO).astype(np.uint8))
        steps.append(step)
    table = np.empty((SIZE, LANES), np.uint8)
    table[:, :-2] = halves[0] | halves[1] << 4
    table[:, -2] = np.clip(np.rint(RARE * np.square(rarity)), 0, 255)
    table[:, -1] = marks
    bias, above = biases.mean(0).round(4).tolist(), (upper.T / 2).round(4).tolist()
    return Model(table.tobytes(), (steps[0] / 2, steps[1]), bias, thresholds.round(4).tolist(), above, sharpness)


def main() -> None:
    made = train(list(examples()))
    (HERE / "model.bin").write_bytes(made.weights)
    about = {
        "examples": digest(),
        "weights": hashlib.sha256(made.weights).hexdigest(),
        "sharpness": made.sharpness,
        "steps": made.steps,
        "bias": made.bias,
        "thresholds": made.thresholds,
        "upper": made.upper,
    }
    (HERE / "model.json").write_text(json.dumps(about) + "\n")


if __name__ == "__main__":
    main()
