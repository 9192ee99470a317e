"""What a report says about selling at a place, once a person of the desk has looked at it."""

from __future__ import annotations

from enum import StrEnum

from portal.reports.rules.triage import Category, Disposition

CHECKED = frozenset({Disposition.ACTED, Disposition.ONGOING})
"""Closed like this, somebody went and looked, or works on it."""
TAKEN_BACK = frozenset({Disposition.DUPLICATE, Disposition.NOT_OURS})


class Says(StrEnum):
    """Nothing; that somebody noticed selling; that this was checked."""

    NOTHING = "nothing"
    NOTICED = "noticed"
    CHECKED = "checked"


def says(category: Category, disposition: Disposition | None, has_place: bool) -> Says:
    """A report counts where it is sorted as selling at a place, unless it is a duplicate or not ours."""
    if category is not Category.SELLING or not has_place or disposition in TAKEN_BACK:
        return Says.NOTHING
    return Says.CHECKED if disposition in CHECKED else Says.NOTICED
