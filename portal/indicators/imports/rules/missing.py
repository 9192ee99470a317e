"""Types that files of a source usually have and this one has not: what would become zero only because of that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.indicators.imports.rules.mapping import Reading, type_key


class Fate(StrEnum):
    """What becomes of the figures of a measure of which a type is missing."""

    LEAVE = "leave"
    """They stay as they are."""
    COUNT = "count"
    """They are counted all the same: zero, or from the other types of the measure."""


@dataclass(frozen=True)
class Missing:
    """The types of a measure that are not in a file."""

    types: tuple[str, ...]
    is_whole: bool
    """No other type in the file counts as this measure."""

    @property
    def usual(self) -> Fate:
        """What is done unless somebody says otherwise: that nothing was sent is no zero."""
        return Fate.LEAVE if self.is_whole else Fate.COUNT


def missing(reading: Reading, names: Collection[str]) -> dict[str, Missing]:
    """By measure, what is missing in a file that holds the types `names`. Of the total nothing can be missing."""
    there = {type_key(name) for name in names}
    counted = {key for name in there for key in reading.measures_of(name) or ()}
    found: dict[str, list[str]] = {}
    for name, key in reading.types.items():
        if name not in there and not key.startswith("-") and key != reading.total:
            found.setdefault(key, []).append(name)
    return {key: Missing(tuple(sorted(types)), key not in counted) for key, types in found.items()}


def left_alone(found: Mapping[str, Missing], said: Mapping[str, tuple[str, bool]]) -> frozenset[str]:
    """The measures whose figures stay. `said`: by measure a fate, and whether all of it was missing when it was chosen.

    A choice does not hold on when a type was sorted anew since, and another question would have to be asked.
    """
    fates = {key: one.usual for key, one in found.items()}
    fates |= {key: Fate(fate) for key, (fate, was) in said.items() if key in found and found[key].is_whole == was}
    return frozenset(key for key, fate in fates.items() if fate == Fate.LEAVE)
