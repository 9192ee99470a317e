"""The text of SVG paths, as short as it can be, and how many of them fit. Pure."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Sequence

from portal.markets.map.frame import Corner


def path(lines: Sequence[Sequence[Corner]], *, closed: bool = False) -> str:
    """One `d` for all lines, each point relative to the one before."""
    here, parts = (0, 0), []
    for line in sorted(lines, key=lambda corners: (corners[0][0] // 50, corners[0])):
        start = line[0]
        steps, corner = [], start
        for following in line[1:]:
            steps.append((following[0] - corner[0], following[1] - corner[1]))
            corner = following
        # After "z" the pen stands where the line began.
        here, before = (start if closed else corner), here
        parts.append(f"m{_numbers([(start[0] - before[0], start[1] - before[1]), *steps])}{'z' if closed else ''}")
    return "".join(parts)


def _numbers(steps: Sequence[Corner]) -> str:
    text = " ".join(f"{x} {y}" for x, y in steps)
    return text.replace(" -", "-")


def packed(text: str) -> int:
    """How many bytes a page grows by, about: a little more than brotli makes of it."""
    return len(zlib.compress(text.encode(), 9))


def most_that_fit(
    lines: Sequence[Sequence[Corner]], budget: int, *, closed: bool = False
) -> Sequence[Sequence[Corner]]:
    """The first lines whose path stays within `budget` bytes."""
    if packed(path(lines, closed=closed)) <= budget:
        return lines
    sizes = _Sizes(lines, closed)
    return lines[: bisect_right(sizes, budget) - 1]


class _Sizes(Sequence[int]):
    """How large the path of the first 0, 1, 2 … lines is; asked only where the bisection looks."""

    def __init__(self, lines: Sequence[Sequence[Corner]], closed: bool) -> None:
        self._lines, self._closed = lines, closed

    def __len__(self) -> int:
        return len(self._lines) + 1

    def __getitem__(self, count: int) -> int:  # type: ignore[override]
        return packed(path(self._lines[:count], closed=self._closed)) if count else 0
