"""The form for the words of an announcement."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field

from portal.core.editing import SAME, EditorForm, both, english, lines, spanish
from portal.core.i18n import Bilingual
from portal.meetings.paper.words import Words
from portal.meetings.texts import MISSING

WORDS = _l("The words")


class WordsForm(EditorForm):
    """The same in both languages; neither may be empty. Fields are named for the kind: two forms stand on one page."""

    kind: str

    def validate(self, extra_validators: Any = None) -> bool:
        """A bulletin in one language would leave half of the neighbors out."""
        whole: bool = super().validate(extra_validators)
        for lang in ("en", "es"):
            if not self[f"{self.kind}_{lang}"].data:
                self.complain(f"{self.kind}_{lang}", MISSING)
        return whole and not self.errors

    @property
    def said(self) -> Bilingual:
        """What was typed."""
        return self.pair(self.kind)

    @property
    def is_same(self) -> bool:
        """Whether the editor vouches that both languages say the same."""
        return bool(self[f"{self.kind}_same"].data)

    def mark_stale(self, words: Words) -> None:
        """Show which language is older than the other."""
        self.stale = frozenset(f"{self.kind}_{mark.removeprefix('words_')}" for mark in words.stale)

    def differing(self, words: Words) -> list[tuple[Field, str]]:
        """The fields that hold something else than what is stored now."""
        return self.differences(both(self.kind, words.said))


def posted_form(kind: str) -> WordsForm:
    """The form that was sent."""
    return _named(kind)()


def shown_form(kind: str, words: Words) -> WordsForm:
    """The form as it is opened, whatever was sent for another."""
    return _named(kind)(formdata=None, data=both(kind, words.said))


@cache
def _named(kind: str) -> type[WordsForm]:
    fields: dict[str, Any] = {
        "kind": kind,
        f"{kind}_en": lines(english(WORDS), 4_000),
        f"{kind}_es": lines(spanish(WORDS), 4_000),
        f"{kind}_same": BooleanField(SAME),
    }
    return type("WordsForm", (WordsForm,), fields)
