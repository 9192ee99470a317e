"""Rows that came before in the same file: told by numbers that stand for them, of which a million take 12 MB."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

Array = Any


class Seen:
    """What came so far, by the hash that this process makes of it, and the first line of each.

    Two that differ are taken for the same once in some ten million files of a million rows.
    """

    def __init__(self) -> None:
        self._hashes = np.empty(0, np.int64)
        self._lines = np.empty(0, np.int32)

    def again(self, things: Sequence[Hashable], lines: Array) -> tuple[Array, Array]:
        """Which of these came before, by their places, and the line of the first of each."""
        hashes = np.fromiter(map(hash, things), np.int64, len(things))
        new, firsts, which = np.unique(hashes, return_index=True, return_inverse=True)
        first_lines = lines[firsts].astype(np.int32)
        spots = np.searchsorted(self._hashes, new)
        is_known = np.zeros(len(new), bool)
        inside = spots < len(self._hashes)
        is_known[inside] = self._hashes[spots[inside]] == new[inside]
        first_lines[is_known] = self._lines[spots[is_known]]
        places = np.arange(len(hashes))
        repeated = np.flatnonzero(is_known[which] | (firsts[which] != places))
        self._hashes = np.insert(self._hashes, spots[~is_known], new[~is_known])
        self._lines = np.insert(self._lines, spots[~is_known], first_lines[~is_known])
        return repeated, first_lines[which[repeated]]
