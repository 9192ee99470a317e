"""Shared by all editor pages: forms in both languages that detect simultaneous edits, buttons, redirects, messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, overload

from flask import flash, redirect, request
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, HiddenField, RadioField, StringField, TextAreaField

from portal.core.forms import ProtectedForm, at_most, choices_of, strip
from portal.core.i18n import LANGUAGES, NOTHING, Bilingual
from portal.core.parity import Credit, Translation, lacks_checker

TRANSLATIONS = {
    Translation.PERSON: _l("A person translated it"),
    Translation.MACHINE_CHECKED: _l("A machine translated it, and a person checked it"),
    Translation.MACHINE: _l("A machine translated it, and nobody checked it yet"),
}
WRITTEN_FIRST = {"en": _l("English"), "es": _l("Spanish")}
NOTHING_WRITTEN = _l("Please write at least this, in one language.")
NOT_SURE = _l("Please check the box first: what is deleted is gone for good.")
SAME = _l("Both languages say the same: the translation is up to date")
BOTH_LANGUAGES = _l("Please write this in both languages.")
NO_CHECKER = _l("Please say who checked the machine's text.")


class Both:
    """A text in two languages: declares the fields `<name>_en` and `<name>_es`, and is read as one `Bilingual`."""

    def __init__(self, make: Callable[..., Field], label: Any, *about: Any, **render_kw: Any) -> None:
        self.label = label
        labels = {"en": _l("%(what)s, in English", what=label), "es": _l("%(what)s, in Spanish", what=label)}
        # Made here and not when they get their names: a form has its fields in the order in which they are made.
        self._halves = {lang: make(words, *about, **render_kw) for lang, words in labels.items()}

    def __set_name__(self, form: type[Any], name: str) -> None:
        self.name = name
        for lang, half in self._halves.items():
            setattr(form, f"{name}_{lang}", half)

    @overload
    def __get__(self, form: None, owner: type[Any]) -> Both: ...
    @overload
    def __get__(self, form: EditorForm, owner: type[Any]) -> Bilingual: ...
    def __get__(self, form: EditorForm | None, owner: type[Any]) -> Both | Bilingual:
        return self if form is None else form.pair(self.name)


class EditorForm(ProtectedForm):
    """A form that remembers which version of a row it was opened with.

    Fields with the names of columns of `ROW` are filled from the row and read into `values`; a subclass says in both
    what it shows in another way.
    """

    ROW: ClassVar[type[Any]]
    version = HiddenField()
    warned = HiddenField()
    """Warnings that the writer has already seen, so that pressing the button again lets them through."""
    stale: frozenset[str] = frozenset()
    """The fields whose text is older than its other half; set by views from the stored object."""
    newer: list[tuple[Field, str]] | None = None
    """The fields whose stored value differs, each with that value, if another member saved meanwhile."""

    def pair(self, name: str) -> Bilingual:
        return Bilingual(en=self[f"{name}_en"].data or "", es=self[f"{name}_es"].data or "")

    def shown(self, row: Any) -> dict[str, Any]:
        return {name: getattr(row, name) for name in self._columns()}

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, by the attributes of a row; a line or text in which nothing was typed is an empty text."""
        typed = {name: self[name] for name in self._columns()}
        halves = {f"{name}_{lang}" for name in self._pairs() for lang in LANGUAGES}
        values: dict[str, Any] = {name: self.pair(name) for name in self._pairs() if f"{name}_en" in typed}
        for name in typed.keys() - halves:
            values[name] = typed[name].data or "" if isinstance(typed[name], StringField) else typed[name].data
        return values

    def _pairs(self) -> list[str]:
        return [name for name in dir(type(self)) if isinstance(getattr(type(self), name), Both)]

    def _columns(self) -> list[str]:
        return [field.name for field in self if field.name in self.ROW.__table__.columns and field.name != "version"]

    def validate_row(self, row: Any | None) -> bool:
        """Return whether the form was submitted on this version of a row, or for a new one, and is valid."""
        return self.validate_over(self.shown(row), row.version) if row else bool(self.validate_on_submit())

    @property
    def http_status(self) -> int:
        """Extend the base: 409 when another member has saved since the form was opened."""
        return super().http_status if self.newer is None else 409

    def validate_over(self, stored: Mapping[str, Any], version: int | str) -> bool:
        """Return whether the form was sent on this version and is valid; when opened, it takes the stored values."""
        if not self.is_submitted():
            self.process(data={**stored, "version": str(version)})
            return False
        return not self.is_behind(stored, version) and bool(self.validate())

    def is_behind(self, stored: Mapping[str, Any], version: int | str) -> bool:
        """Return whether another member has saved since this form was opened.

        The form then gets `newer` and the new version: submitting it again is a choice made with both in view.
        """
        if str(self.version.data) == str(version):
            return False
        self.version.data, self.newer = str(version), []
        for field in (self[name] for name in stored if name in self):
            typed = field.data
            field.process_data(stored[field.short_name])
            shown, field.data = field.data, typed
            if plain(typed) != plain(shown):
                self.newer.append((field, self.in_words(field, stored[field.short_name])))
        return True

    def in_words(self, field: Field, stored: Any) -> str:
        """Return a stored value as the person reads it: choices by their labels, none that is not offered to them."""
        labels = {str(choice.value): str(choice.label) for choice in getattr(field, "iter_choices", list)()}
        if not labels:
            return str(stored or "")
        return ", ".join(labels.get(str(one), "") for one in (stored if isinstance(stored, list) else [stored]))

    def says_something(self, names: Iterable[str], first: str = "en") -> bool:
        """Return whether a text is present, so that no empty draft is lost in the list; `first` is the error's side."""
        names = tuple(names)
        has_text = any(self.pair(name).en or self.pair(name).es for name in names)
        if not has_text:
            self.complain(f"{names[0]}_{first}", NOTHING_WRITTEN)
        return has_text

    def complain(self, name: str, message: Any) -> None:
        self[name].errors = [*self[name].errors, message]


def plain(value: object) -> str:
    return str(value or "").replace("\r\n", "\n")


class PublicWordsForm(EditorForm):
    """A form whose words everybody can read afterwards; see `markets.publishing.asks_before_public`."""

    may_be_public = BooleanField(_l("I looked: these words may be public"))
    passages: tuple[str, ...] = ()
    """What looks like a name, a number or an address in the words, and is not public already."""


class WholeForm(EditorForm):
    """A form whose texts must be present in both languages: its readers each read only one of them."""

    OPTIONAL_PAIRS: tuple[str, ...] = ()
    """Texts that stand in both languages or in none."""

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        needed = [pair for pair in self._pairs() if pair not in self.OPTIONAL_PAIRS or self.pair(pair) != NOTHING]
        for name in (f"{pair}_{lang}" for pair in needed for lang in LANGUAGES):
            if not self[name].data:
                self.complain(name, BOTH_LANGUAGES)
        return not self.errors


def both(name: str, text: Bilingual) -> dict[str, str]:
    return {f"{name}_{lang}": text[lang] for lang in LANGUAGES}


def line(label: Any, longest: int = 160, hint: Any = "", **render_kw: Any) -> StringField:
    """A line that a draft may leave empty."""
    return StringField(label, filters=[strip], validators=[at_most(longest)], description=hint, render_kw=render_kw)


def lines(label: Any, longest: int = 2_000, hint: Any = "", **render_kw: Any) -> TextAreaField:
    """A text of several lines that a draft may leave empty."""
    return TextAreaField(label, filters=[strip], validators=[at_most(longest)], description=hint, render_kw=render_kw)


class ParityForm(PublicWordsForm):
    """A form for an object that records which language is older and who translated it; see `core.parity`."""

    same = BooleanField(SAME)
    original = RadioField(_l("Written first in"), choices=choices_of(WRITTEN_FIRST), default="en")
    translation = RadioField(
        _l("How it came into the other language"), choices=choices_of(TRANSLATIONS), default=Translation.PERSON.value
    )
    translated_by, reviewed_by = line(_l("Who translated it"), 80), line(_l("Who checked the translation"), 80)

    def validate(self, extra_validators: Any = None) -> bool:
        """Require the name of the reviewer if a machine's translation is said to be reviewed."""
        whole: bool = super().validate(extra_validators)
        if lacks_checker(self.credit):
            self.complain("reviewed_by", NO_CHECKER)
        return whole and not self.errors

    @property
    def credit(self) -> Credit:
        return Credit(
            self.original.data or "en",
            self.translation.data or Translation.PERSON.value,
            self.translated_by.data or "",
            self.reviewed_by.data or "",
        )


LAST_PAGE = 100_000


def pressed() -> str:
    """Return the name of the pressed button: `save`, `preview`, `publish`, `schedule`."""
    return request.form.get("then", "")


def page_asked() -> int:
    """Return the requested page of a long list; the first if the argument is not a number."""
    return min(max(request.args.get("page", 1, int), 1), LAST_PAGE)


def id_asked(name: str) -> int | None:
    """Return the row id in an argument of the URL; None if there is none that a database could hold."""
    given = request.args.get(name, 0, int)
    return given if 0 < given < 2**63 else None


def is_sure() -> bool:
    """Return whether the confirmation box of an irreversible action was checked; flashes a message if not."""
    if "sure" in request.form:
        return True
    flash(NOT_SURE, "warning")
    return False


def done(url: str, message: str) -> Response:
    """Redirect with a message that says what was done."""
    flash(message, "success")
    return redirect(url)


def kept_as_draft(form: str) -> Response:
    return done(form, _("Saved as a draft."))


def not_out_yet(form: str) -> Response:
    """Redirect back to the form at the URL `form`, which shows what is missing."""
    flash(_("Saved as a draft. It can be published when nothing is missing."), "warning")
    return redirect(form)


def on_from(stale: frozenset[str], shelf: str, form: str) -> Response:
    """Redirect to the list `shelf`, or back to the form while one language is stale: it is marked there."""
    if not stale:
        return redirect(shelf)
    flash(_("One language is now older than the other. The page says so until you change that one too."), "warning")
    return redirect(form)
