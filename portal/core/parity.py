"""Parity of the two languages: which side of a text is older, and who translated it. Pure rules.

Nothing is published in one language. If one side of a text is changed later and the other is not, the other is stale:
it is marked in the same save, under the name of its form field (`body_es`), and the mark is removed when that side is
changed too or when an editor says that both say the same.

A model that is edited in two languages inherits `core.i18n.Translated`, names its texts in `PARITY` and is changed by
`take_values`; its form is a `core.editing.ParityForm`, and its public page calls `older_text` and `translation_credit`
of components/parity.html.

Texts that must never be outdated in one language (why a meeting was moved or cancelled, the status of a place) are not
marked but refused until both sides are complete: `Bilingual.is_whole`, or `left_behind` where published content is
changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

SIDES = ("en", "es")


class BilingualText(Protocol):
    @property
    def en(self) -> str: ...
    @property
    def es(self) -> str: ...


Texts = Mapping[str, BilingualText]


def stale_after(before: Texts, after: Texts, stale: frozenset[str]) -> frozenset[str]:
    """Return the marks `<name>_<side>` after a save; an empty side is missing, not stale; white space is no change."""
    return frozenset(mark for name in after for mark in _marks(name, before[name], after[name], stale))


def _marks(name: str, before: BilingualText, after: BilingualText, stale: frozenset[str]) -> frozenset[str]:
    kept = stale & {f"{name}_{side}" for side in SIDES}
    changed = [side for side in SIDES if _words(before, side) != _words(after, side)]
    if not changed:
        return kept
    if len(changed) == 2 or not all(_words(after, side) for side in SIDES):
        return frozenset()
    (side,) = changed
    if not _words(before, side) or f"{name}_{side}" in kept:
        # The side that was behind has caught up.
        return frozenset()
    return frozenset({f"{name}_{_other(side)}"})


def left_behind(before: Texts, after: Texts) -> tuple[str, ...]:
    """Return the sides, as form field names, that this save leaves unchanged while it changes their other half."""
    return tuple(
        f"{name}_{side}"
        for name in after
        for side in SIDES
        if _words(before[name], side) == _words(after[name], side)
        and _words(before[name], _other(side)) != _words(after[name], _other(side))
    )


def is_stale(stale: frozenset[str], side: str) -> bool:
    """Return whether any text in the language `side` is older than its other half."""
    return any(mark.endswith(f"_{side}") for mark in stale)


def _words(text: BilingualText, side: str) -> list[str]:
    # Browsers normalise line breaks.
    words: str = getattr(text, side)
    return words.split()


def _other(side: str) -> str:
    return "en" if side == "es" else "es"


class Translation(StrEnum):
    """How the second language was made. Readers are told if machine translation was involved."""

    PERSON = "person"
    MACHINE_CHECKED = "checked"
    MACHINE = "machine"


@dataclass(frozen=True)
class Credit:
    """The original language, and the names of translator and reviewer as the page shows them."""

    original: str = "en"
    translation: str = Translation.PERSON
    translated_by: str = ""
    reviewed_by: str = ""


NOBODY = Credit()
"""Written first in English, with no word on the translation."""


def lacks_checker(credit: Credit) -> bool:
    """Return whether a machine's translation is said to be reviewed, but the reviewer is not named."""
    return credit.translation == Translation.MACHINE_CHECKED and not credit.reviewed_by.strip()
