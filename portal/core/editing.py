"""Forms for what the team writes in both languages, where two people may be at one text at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, StringField, TextAreaField

from portal.core.forms import RoomForm, at_most, strip
from portal.core.i18n import LANGUAGES, Bilingual


class EditorForm(RoomForm):
    """A form that remembers which version of a thing it was opened with."""

    version = HiddenField()

    def pair(self, name: str) -> Bilingual:
        """What was typed into `<name>_en` and `<name>_es`."""
        return Bilingual(en=self[f"{name}_en"].data or "", es=self[f"{name}_es"].data or "")

    def is_behind(self, version: int | str) -> bool:
        """Whether somebody else saved since this form was opened."""
        return str(self.version.data) != str(version)

    def differences(self, stored: Mapping[str, Any]) -> list[tuple[Field, str]]:
        """The fields that hold something else than what is stored now, each with what is stored."""
        changed = [name for name, value in stored.items() if (self[name].data or "") != (value or "")]
        return [(self[name], str(stored[name] or "")) for name in changed]

    def complain(self, name: str, message: Any) -> None:
        """Add an error to a field after validation."""
        self[name].errors = [*self[name].errors, message]


def both(name: str, text: Bilingual) -> dict[str, str]:
    """`text` under the names of the two fields that hold it."""
    return {f"{name}_{lang}": text[lang] for lang in LANGUAGES}


def line(label: Any, longest: int = 160) -> StringField:
    """A line that a draft may leave empty."""
    return StringField(label, filters=[strip], validators=[at_most(longest)])


def lines(label: Any, longest: int = 2_000) -> TextAreaField:
    """A text of several lines that a draft may leave empty."""
    return TextAreaField(label, filters=[strip], validators=[at_most(longest)])


def english(what: Any) -> Any:
    """The label of the English half of a pair."""
    return _l("%(what)s, in English", what=what)


def spanish(what: Any) -> Any:
    """The label of the Spanish half of a pair."""
    return _l("%(what)s, in Spanish", what=what)
