"""A part cannot be more than its whole: nobody says that they feel safe who was not asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

Spot = tuple[int, int, date]
"""An area, a measure, a month."""


def more_than_whole(
    new: Mapping[Spot, int], standing: Mapping[Spot, int], whole_of: Mapping[int, int]
) -> Iterator[tuple[Spot, int, int]]:
    """Where new figures, beside those that stand already, would have a part above its whole: (spot, part, whole).

    `whole_of`: by measure, the one of which it is a part. Each contradiction is told once, at the part if that is new.
    """
    after = {**standing, **new}
    for spot, value in new.items():
        area, measure, month = spot
        whole = after.get((area, whole_of[measure], month)) if measure in whole_of else None
        if whole is not None and value > whole:
            yield spot, value, whole
        for part in (key for key, of in whole_of.items() if of == measure):
            of_it = (area, part, month)
            if of_it not in new and standing.get(of_it, 0) > value:
                yield spot, standing[of_it], value
