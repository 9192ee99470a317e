"""From how many on a count of people is shown; a text of `DeliveryState.SUPPRESSED`, not sent, is something else."""

from __future__ import annotations

FEWEST_SHOWN = 10
"""A smaller count than this may point to one person, and is not published."""


def tens(count: float) -> int:
    """Return a count rounded down to tens, so that no single event changes it visibly."""
    return int(count) // FEWEST_SHOWN * FEWEST_SHOWN


def at_least(count: int) -> int:
    """Return a number of waiting things rounded up to tens; 0 if there are none."""
    return -(-count // FEWEST_SHOWN) * FEWEST_SHOWN
