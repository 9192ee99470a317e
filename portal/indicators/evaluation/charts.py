"""The residuals of a fit as a drawing: where dots lie far off, or in waves, the model says more than it knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT, EDGE = 1000, 420, 40
USUAL = 2.0
"""Nineteen of twenty lie within two."""


class Residuals(NamedTuple):
    """Dots, the line of nothing, the two lines within which most should lie, and where the call-in was."""

    dots: list[tuple[float, float]]
    middle: float
    high: float
    low: float
    call_in: float


def residual_plot(residuals: Sequence[float], months_before: int) -> Residuals:
    """Where everything stands in a drawing of 1000 by 420."""
    reach = max(3.0, *(abs(one) for one in residuals))
    step = WIDTH / max(1, len(residuals))

    def height(value: float) -> float:
        return round(HEIGHT / 2 - value / reach * (HEIGHT / 2 - EDGE), 1)

    dots = [(round(step * (number + 0.5), 1), height(value)) for number, value in enumerate(residuals)]
    return Residuals(dots, height(0), height(USUAL), height(-USUAL), round(step * months_before, 1))
