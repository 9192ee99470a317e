"""Cover: a hidden place must not be the only one for which the team meets."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

WITHIN = timedelta(days=42)
"""How far ahead we look for what else is planned."""


def exposed(gatherings: Iterable[int | None], public: Collection[int]) -> frozenset[int]:
    """The hidden places for which people come together while they do so for no public one.

    `gatherings` has the place of each meeting or session to come, drafts too; None for one that is about no place,
    which is no cover. Whoever watches where the team goes in these weeks could learn of such a place.
    """
    places = {place for place in gatherings if place is not None}
    return frozenset() if places & set(public) else frozenset(places - set(public))
