"""Which two months of a survey are held against each other: decided by the days alone, never by how they came out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Shown = int | str | None
"""A count; "hidden" or None where there is none to be read."""


class Pair(NamedTuple):
    """The places of the two months in the series."""

    earlier: int
    later: int


def pair(parts: Sequence[Shown], wholes: Sequence[Shown], delivered: int | None) -> Pair | None:
    """The last month before that of the message and the newest after it; of all before or all after, first and newest.

    `delivered`: the place of the month of the message, if it is known. Only months in which both counts are shown are
    there at all; None with fewer than two.
    """
    known = [place for place, both in enumerate(zip(parts, wholes, strict=True)) if _is_shown(*both)]
    if len(known) < 2:
        return None
    before = [place for place in known if delivered is not None and place < delivered]
    if before and known[-1] > before[-1]:
        return Pair(before[-1], known[-1])
    return Pair(known[0], known[-1])


def _is_shown(part: Shown, whole: Shown) -> bool:
    return isinstance(part, int) and isinstance(whole, int) and 0 <= part <= whole and whole > 0
