"""Whether two addresses can be told apart by how long their answers take: statistics without a database.

Asked in turns, so that whatever else the machine does falls on both. One round on a busy machine can mislead; so only
what every round says again, in the same direction and by a difference that counts, is believed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

SAMPLES = 60
ROUNDS = 3
SURE = 4.0
"""Standard deviations in each round: by chance one round in sixteen thousand has them, three alike never."""
NEAR = 1.25
"""Within this ratio of the medians a difference is too small to be used over a network."""
Pair = tuple[list[float], list[float]]


def told_apart_in_time(one: Callable[[], object], other: Callable[[], object]) -> bool:
    """Whether `one` and `other` can be told apart by the time that they take."""
    ways = set()
    for _round in range(ROUNDS):
        way = differ(*measured(one, other))
        if way == 0:
            return False
        ways.add(way)
    return len(ways) == 1


def measured(one: Callable[[], object], other: Callable[[], object], samples: int = SAMPLES) -> Pair:
    """How long each took, in seconds, asked in turns."""
    found: Pair = ([], [])
    for turn in range(samples):
        for which in (0, 1) if turn % 2 else (1, 0):
            start = time.perf_counter()
            (one, other)[which]()
            found[which].append(time.perf_counter() - start)
    return found


def differ(ones: list[float], others: list[float]) -> int:
    """-1 or 1 when one side surely takes longer than the other, by a difference that counts; else 0."""
    sure, ratio = surprise(ones, others), median(ones) / median(others)
    if abs(sure) < SURE or 1 / NEAR < ratio < NEAR:
        return 0
    return 1 if sure > 0 else -1


def surprise(ones: list[float], others: list[float]) -> float:
    """Mann and Whitney's U as standard deviations from what equal distributions give."""
    ranked = sorted([(value, 0) for value in ones] + [(value, 1) for value in others])
    ranks = sum(rank for rank, (_value, group) in enumerate(ranked, 1) if group == 0)
    n, m = len(ones), len(others)
    u = ranks - n * (n + 1) / 2
    return float((u - n * m / 2) / (n * m * (n + m + 1) / 12) ** 0.5)
