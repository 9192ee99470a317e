"""Text typed into a form that could not be taken, by a member who was signed out or while nothing can be saved.

It is shown once more, and can be sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from wtforms import BooleanField, FileField, HiddenField, PasswordField, SelectFieldBase

from portal.core.forms import ProtectedForm, PublicForm

SECRET_FIELDS = frozenset({"password", "old", "new", "again", "phrase", "first", "second", "code", "credential", "prf"})
"""Fields that are never shown again, whatever happens."""
NOT_WRITTEN = SECRET_FIELDS | {"then", "desk"}
"""Those, and buttons or marks of one page that are a field of another one."""
MOST_KEPT = 60_000
KEPT_SECONDS = 24 * 3600
NO_WORDS = (BooleanField, FileField, HiddenField, PasswordField)


class Typed(NamedTuple):
    """What a person wrote or chose, with the label of its field."""

    label: str
    text: str


def typed() -> list[Typed] | None:
    """Return what the person wrote or chose in the submitted form, without secrets; None if all is as the page had it.

    What is no field of any form of ours was filled in by a page, or is a button. A choice that only the page could
    name, such as a place, is not among them; `kept_form` has it.
    """
    fields = _fields_of(frozenset(request.form))
    found = [(fields.get(name.rpartition("-")[2]), text) for name, text in request.form.items(multi=True)]
    given = [(field, text) for field, text in found if field and text.strip() and text != _usual(field)]
    return (
        [Typed(_label(field), words) for field, text in given if (words := _in_words(field, text))] if given else None
    )


class FormAgain(NamedTuple):
    """A form that could not be taken: where it was sent, and its fields, without secrets."""

    path: str
    fields: list[list[str]]


def kept_form() -> str | None:
    """Return the submitted form as a signed text that the page carries, so that it can be sent again; None if large.

    It is signed because only a form that came from one of our pages may be offered again. Nothing is stored.
    """
    fields = [list(field) for field in request.form.items(multi=True) if field[0] not in SECRET_FIELDS | {"csrf_token"}]
    if sum(len(name) + len(text) for name, text in fields) > MOST_KEPT:
        return None
    return str(_keeper().dumps([request.path, fields]))


def form_again(kept: str) -> FormAgain | None:
    """Return the form that `kept_form` carried; None if it was changed, or is older than a day."""
    try:
        path, fields = _keeper().loads(kept, max_age=KEPT_SECONDS)
    except BadSignature:
        return None
    return FormAgain(path, fields)


def unsaved_form() -> FormAgain | None:
    """Return the submitted form with all its fields, to be sent again as it is; None if there is none, or with secrets.

    It carries only what this request brought, its token too, so it may do no more than that.
    """
    try:
        fields = [list(field) for field in request.form.items(multi=True)]
    except HTTPException:
        return None
    is_secret = any(name in SECRET_FIELDS for name, _text in fields)
    return FormAgain(request.full_path, fields) if fields and not is_secret else None


def _keeper() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="form again")


def _fields_of(names: frozenset[str]) -> dict[str, Any]:
    """Return the fields of all forms by name, of several those of the form that shares most of these names.

    Of several such forms it is the smallest. One page can hold the fields of several forms, each with a prefix.
    """
    forms = [_fields(form) for form in _all_below(PublicForm if "token" in names else ProtectedForm)]
    forms.sort(key=lambda fields: (len(names & fields.keys()), -len(fields)))
    known = {name: field for fields in forms for name, field in fields.items()}
    return {name: field for name, field in known.items() if name not in NOT_WRITTEN and not _has_no_words(field)}


def _all_below(form: type[Any]) -> Iterator[type[Any]]:
    for below in form.__subclasses__():
        yield below
        yield from _all_below(below)


def _fields(form: type[Any]) -> dict[str, Any]:
    found = {name: getattr(form, name, None) for name in dir(form) if not name.startswith("_")}
    return {name: field for name, field in found.items() if hasattr(field, "_formfield")}


def _has_no_words(field: Any) -> bool:
    return isinstance(field.field_class, type) and issubclass(field.field_class, NO_WORDS)


def _usual(field: Any) -> str:
    usual = field.kwargs.get("default", "")
    return "" if callable(usual) else str(usual)


def _label(field: Any) -> str:
    return str(field.args[0] if field.args else field.kwargs.get("label", ""))


def _in_words(field: Any, text: str) -> str:
    """Return a text as it is, and a choice by its label; nothing if the form class does not declare its choices."""
    if not (isinstance(field.field_class, type) and issubclass(field.field_class, SelectFieldBase)):
        return text
    choices = field.kwargs.get("choices")
    listed = () if choices is None or callable(choices) else choices
    labels = {str(one.value): str(one.label) for one in listed if hasattr(one, "value") and hasattr(one, "label")}
    return labels.get(text, "")
