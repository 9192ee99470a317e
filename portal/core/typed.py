"""Text typed into a form that could not be taken, by a member who was signed out or while nothing can be saved.

It is shown once more, and can be sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from wtforms import BooleanField, FileField, HiddenField, PasswordField

from portal.core.forms import BaseForm

NOT_TYPED = frozenset({"version", "ticket", "token", "then", "stop", "next", "week", "sealed", "username", "sure"})
"""Fields that a page fills in by itself, and buttons."""
SECRET_FIELDS = frozenset({"password", "old", "new", "again", "phrase", "first", "second", "code", "credential", "prf"})
"""Fields that are never shown again, whatever happens."""
MOST_KEPT = 60_000
KEPT_SECONDS = 24 * 3600
NO_WORDS = (BooleanField, FileField, HiddenField, PasswordField)


class Typed(NamedTuple):
    """A value with its field's label; the label is None if no form of ours is known to have the field."""

    label: str | None
    text: str


def typed() -> list[Typed]:
    """Return the values typed or chosen in the submitted form, without secrets; empty if all are defaults."""
    form = _form_of(frozenset(request.form))
    found = [(name, form.get(name), text) for name, text in request.form.items(multi=True) if text.strip()]
    kept = [
        (field, text)
        for name, field, text in found
        if name not in NOT_TYPED | SECRET_FIELDS | {"csrf_token"} and not (field and _has_no_words(field))
    ]
    # Default choices alone are not worth interrupting a member for, but are shown along with words.
    if all(field and text == _usual(field) for field, text in kept):
        return []
    return [Typed(_label(field), _in_words(field, text)) for field, text in kept]


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


def _form_of(names: frozenset[str]) -> dict[str, Any]:
    """Return the fields of the form that shares most of these names; of several, the smallest."""
    forms = [_fields(form) for form in _all_below(BaseForm)]
    return max(forms, key=lambda fields: (len(names & fields.keys()), -len(fields)), default={})


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


def _label(field: Any) -> str | None:
    label = field and (field.args[0] if field.args else field.kwargs.get("label"))
    return str(label) if label else None


def _in_words(field: Any, text: str) -> str:
    """Return a choice by its label, if the form class declares its choices."""
    choices = field.kwargs.get("choices") if field else None
    listed = () if choices is None or callable(choices) else choices
    labels = {str(one.value): str(one.label) for one in listed if hasattr(one, "value") and hasattr(one, "label")}
    return labels.get(text, text)
