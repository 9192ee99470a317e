"""Makes the model from the examples (`make model`), in a minute or two, the same each time.

A linear model over all that is seen of a text, by stochastic gradient descent with a step of its own for each weight
(AdaGrad). Not loaded by web or worker: it takes numpy.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from portal.core.reading.examples import Example, digest, examples
from portal.core.reading.grams import HERE, grams
from portal.core.reading.reader import LANES, MEANINGS, RARE, SIZE, ZERO, Model

SEED = 7
ROUNDS = 14
RATE = 0.4
ALSO = 0.2
"""How much another right meaning counts beside the one that is meant."""
BALANCE = 0.5
"""Half-way to counting each meaning alike, however many examples it has."""
SHARPNESS = 1.0

Rows = list[Any]


def rows_of(found: Sequence[Example]) -> Rows:
    """Return the rows of weights that each example falls into."""
    seen = ({zlib.crc32(gram.encode()) % SIZE for gram in grams(each.text, each.after)} for each in found)
    return [np.fromiter(sorted(each), dtype=np.int32) for each in seen]


def rarity_of(rows: Rows) -> Any:
    """Return how rare each row is among the examples."""
    counts = np.bincount(np.concatenate(rows), minlength=SIZE)
    return np.log((1 + len(rows)) / (1 + counts)) + 1


def train(found: Sequence[Example], rows: Rows | None = None, *, sharpness: float = SHARPNESS) -> Model:
    """Return the model that learned from these examples."""
    rows = rows_of(found) if rows is None else rows
    rarity = rarity_of(rows)
    wanted, counts = _wanted(found), Counter(each.meaning for each in found)
    usual = len(found) / len(counts)
    weights, bias = np.zeros((SIZE, len(MEANINGS)), np.float32), np.zeros(len(MEANINGS))
    steps, of_bias = np.full_like(weights, 1e-4), np.full(len(MEANINGS), 1e-3)
    chance = np.random.default_rng(SEED)
    scaled = [rarity[row] / np.sqrt(np.square(rarity[row]).sum()) for row in rows]
    for done in range(ROUNDS):
        rate = RATE * (1 - done / ROUNDS)
        for at in chance.permutation(len(found)):
            row, values = rows[at], scaled[at].astype(np.float32)[:, None]
            own = weights[row]
            scores = bias + (own * values).sum(0)
            powers = np.exp(scores - scores.max())
            wrong = (powers / powers.sum() - wanted[at]) * (usual / counts[found[at].meaning]) ** BALANCE
            of_bias += wrong * wrong
            bias -= rate * 0.2 * wrong / np.sqrt(of_bias)
            slope = values * wrong.astype(np.float32)
            size = steps[row] + slope * slope
            steps[row], weights[row] = size, own - rate * slope / np.sqrt(size)
    return _rounded(weights, bias, rarity, sharpness)


def _wanted(found: Sequence[Example]) -> Any:
    wanted = np.zeros((len(found), len(MEANINGS)))
    for at, each in enumerate(found):
        wanted[at, MEANINGS.index(each.meaning)] = 1
        for other in each.also:
            wanted[at, MEANINGS.index(other)] += ALSO / len(each.also)
    return wanted / wanted.sum(1, keepdims=True)


def _rounded(weights: Any, bias: Any, rarity: Any, sharpness: float) -> Model:
    """Return the model in bytes."""
    whole = weights * rarity[:, None]
    step = float(np.quantile(np.abs(whole[whole != 0]), 0.9999)) / (ZERO - 1)
    table = np.empty((SIZE, LANES), np.uint8)
    table[:, :-1] = np.clip(np.rint(whole / step), 1 - ZERO, ZERO - 1) + ZERO
    table[:, -1] = np.clip(np.rint(RARE * np.square(rarity)), 1, 255)
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
