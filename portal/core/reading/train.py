"""Makes the model from the examples (`make model`), in a minute or two, the same each time.

A linear model over all that is seen of a text, by stochastic gradient descent with a step of its own for each weight
(AdaGrad). Not loaded by web or worker: it takes numpy.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from portal.core.reading.examples import Example, digest, examples
from portal.core.reading.grams import HERE, grams
from portal.core.reading.reader import LANES, MEANINGS, RARE, SIZE, ZERO, Model, places_of

SEED = 7
ROUNDS = 16
RATE = 0.4
LEFT_OUT = 0.2
"""So much of each example is left out each time, by chance, so that no one thing is relied on."""
FEWEST = 2
"""What fewer examples have says nothing about others."""
ALSO = 0.2
"""How much another right meaning counts beside the one that is meant."""
BALANCE = 0.5
"""Half-way to counting each meaning alike, however many examples it has."""
SHARPNESS = 1.0

Seen = list[Any]
"""For each example the numbers of all that is seen of it."""


def seen_of(found: Sequence[Example]) -> tuple[Seen, list[str]]:
    """Return what is seen of each example, and what the numbers stand for."""
    numbers: dict[str, int] = {}
    each = [[numbers.setdefault(gram, len(numbers)) for gram in sorted(grams(e.text, e.after))] for e in found]
    return [np.array(one, np.int32) for one in each], list(numbers)


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


def train(found: Sequence[Example], *, sharpness: float = SHARPNESS) -> Model:
    """Return the model that learned from these examples."""
    seen, names = seen_of(found)
    place, marks = placed(found, seen, names)
    rows = [row[row >= 0] for row in (place[each] for each in seen)]
    many = np.bincount(np.concatenate(rows), minlength=SIZE)
    rarity = np.where(many > 0, np.log((1 + len(rows)) / (1 + many)) + 1, 0)
    wanted, counts = _wanted(found), Counter(each.meaning for each in found)
    usual = len(found) / len(counts)
    weights, bias = np.zeros((SIZE, len(MEANINGS)), np.float32), np.zeros(len(MEANINGS))
    steps, of_bias = np.full_like(weights, 1e-4), np.full(len(MEANINGS), 1e-3)
    chance = np.random.default_rng(SEED)
    scaled = [(rarity[row] / np.sqrt(np.square(rarity[row]).sum())).astype(np.float32) for row in rows]
    for done in range(ROUNDS):
        rate = RATE * (1 - done / ROUNDS)
        for at in chance.permutation(len(found)):
            stays = chance.random(len(rows[at])) >= LEFT_OUT
            row, values = rows[at][stays], scaled[at][stays][:, None] / np.float32(1 - LEFT_OUT)
            own = weights[row]
            scores = bias + (own * values).sum(0)
            powers = np.exp(scores - scores.max())
            wrong = (powers / powers.sum() - wanted[at]) * (usual / counts[found[at].meaning]) ** BALANCE
            of_bias += wrong * wrong
            bias -= rate * 0.2 * wrong / np.sqrt(of_bias)
            slope = values * wrong.astype(np.float32)
            size = steps[row] + slope * slope
            steps[row], weights[row] = size, own - rate * slope / np.sqrt(size)
    return _rounded(weights, bias, rarity, marks, sharpness)


def _wanted(found: Sequence[Example]) -> Any:
    wanted = np.zeros((len(found), len(MEANINGS)))
    for at, each in enumerate(found):
        wanted[at, MEANINGS.index(each.meaning)] = 1
        for other in each.also:
            wanted[at, MEANINGS.index(other)] += ALSO / len(each.also)
    return wanted / wanted.sum(1, keepdims=True)


def _rounded(weights: Any, bias: Any, rarity: Any, marks: Any, sharpness: float) -> Model:
    """Return the model in bytes."""
    whole = weights * rarity[:, None]
    step = float(np.quantile(np.abs(whole[whole != 0]), 0.9999)) / (ZERO - 1)
    table = np.empty((SIZE, LANES), np.uint8)
    table[:, :-2] = np.clip(np.rint(whole / step), 1 - ZERO, ZERO - 1) + ZERO
    table[:, -2] = np.clip(np.rint(RARE * np.square(rarity)), 0, 255)
    table[:, -1] = marks
    return Model(table.tobytes(), tuple(round(float(each), 4) for each in bias), step, sharpness)


def main() -> None:
    """Write the model and what it was made of."""
    made = train(list(examples()))
    (HERE / "model.bin").write_bytes(made.weights)
    about = {
        "examples": digest(),
        "weights": hashlib.sha256(made.weights).hexdigest(),
        "step": made.step,
        "sharpness": made.sharpness,
        "bias": made.bias,
    }
    (HERE / "model.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
