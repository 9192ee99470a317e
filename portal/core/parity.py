"""Two languages that must say the same: which side of a text has become older, and who translated it. Pure rules.

Nothing is published in one language. When later one side of a text is changed and the other is not, the other is stale:
it is marked in the same save, under the name that its form field has (`body_es`), and the mark goes when that side is
changed too or when an editor says that both say the same.

How anything that is edited in two languages takes part (posts, guides, meetings and places do):

1. the model inherits `core.translated.Translated`, names its texts in `PARITY`, adds `translation_checks()` to
   `__table_args__`, and takes changed texts over with `take_texts(said, same=…)` before anything else is set;
   one migration adds its five columns;
2. what the form hands over carries a `credit: Credit`, which the model sets like any other value;
3. the form inherits `core.editing.ParityForm`; the view gives it `form.stale = thing.stale_fields`; `as_typed` adds
   `credit_fields(thing.credit)`; the template calls `translation_fields(form)` of components/editing.html, and
   `pair(form, name)` marks the older side by itself;
4. the public page calls `older_text(thing.stale_fields, lang)` and `translation_credit(thing.credit, lang)` of
   components/parity.html.

What nobody may learn late (why a meeting was moved or called off, how a place stands) is not marked but refused until
it is whole in both languages: `Bilingual.is_whole`, or `left_behind` where something published is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

SIDES = ("en", "es")


class BilingualText(Protocol):
    """A text in both languages."""

    @property
    def en(self) -> str: ...
    @property
    def es(self) -> str: ...


Texts = Mapping[str, BilingualText]


def stale_after(before: Texts, after: Texts, stale: frozenset[str]) -> frozenset[str]:
    """The marks after a save, from those before it. Both mappings have the same names; marks are `<name>_<side>`.

    A side that is empty is missing, not stale: other rules ask for it. White space alone changes nothing.
    """
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
    """The sides, as form fields are named, that this save leaves as they are while it changes their other half."""
    return tuple(
        f"{name}_{side}"
        for name in after
        for side in SIDES
        if _words(before[name], side) == _words(after[name], side)
        and _words(before[name], _other(side)) != _words(after[name], _other(side))
    )


def is_stale(stale: frozenset[str], side: str) -> bool:
    """Whether anything in the language `side` is older than its other half."""
    return any(mark.endswith(f"_{side}") for mark in stale)


def _words(text: BilingualText, side: str) -> list[str]:
    # A browser sends other line breaks than those a text came with.
    said: str = getattr(text, side)
    return said.split()


def _other(side: str) -> str:
    return "en" if side == "es" else "es"


class Translation(StrEnum):
    """How the second language came about. Readers are told when a machine had a part in it."""

    PERSON = "person"
    MACHINE_CHECKED = "checked"
    MACHINE = "machine"


@dataclass(frozen=True)
class Credit:
    """In which language it was written first, and who brought it into the other: names as the page shows them."""

    original: str = "en"
    translation: str = Translation.PERSON
    translated_by: str = ""
    reviewed_by: str = ""


NOBODY = Credit()
"""Written first in English, and nothing said of the translation."""


def lacks_checker(credit: Credit) -> bool:
    """Whether it says that a person checked a machine's text but not who."""
    return credit.translation == Translation.MACHINE_CHECKED and not credit.reviewed_by.strip()
