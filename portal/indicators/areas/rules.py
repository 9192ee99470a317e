"""What the areas of a place are called by programs, and which may still be added."""

from __future__ import annotations

from collections.abc import Collection

from portal.indicators.rules.measures import Part

MOST_COMPARISONS = 20
MOST_METERS, LEAST_METERS = 5_000, 20
ADDABLE = (Part.PLACE, Part.COMPARISON, Part.RING, Part.COMPARISON_RING)


def key_of(part: str, rank: int) -> str:
    """As files and snapshots name it within its place: "place", "comparison-2", "ring-1", "city"."""
    return part if part in (Part.PLACE, Part.CITY) else f"{part}-{rank}"


def next_rank(part: Part, taken: Collection[tuple[str, int]]) -> int | None:
    """The number of the next area of this part, or None if there can be no more.

    A place has one area of its own and one ring; each comparison area has at most one ring.
    """
    most = {Part.PLACE: 1, Part.RING: 1, Part.COMPARISON: MOST_COMPARISONS}.get(part)
    if most is not None:
        return next((rank for rank in range(1, most + 1) if (part, rank) not in taken), None)
    around = sorted(rank for other, rank in taken if other == Part.COMPARISON)
    return next((rank for rank in around if (part, rank) not in taken), None)
