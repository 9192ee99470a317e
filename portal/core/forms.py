"""Forms: `ProtectedForm` for signed-in members, `PublicForm` for the public without a cookie, and fields for both.

The fields skip validators, including `validate_…` methods, for unreadable input: a validator is never called without a
value, and the person sees one error.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import wtforms
from babel.support import NullTranslations, Translations
from flask import current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.form import SUBMIT_METHODS
from itsdangerous import BadSignature, TimestampSigner
from werkzeug.datastructures import MultiDict
from wtforms import Field, FileField, HiddenField, StringField, TextAreaField
from wtforms.i18n import messages_path
from wtforms.validators import DataRequired, Length, NumberRange, StopValidation, ValidationError

from portal.core.contact import read_mail
from portal.core.i18n import LOCALES, can_be_read, language, number

TOKEN_HOURS = 12
NONCE_BYTES = 32
TO_OTHER_LANGUAGE = "to_other_language"
"""The button that shows a form in the other language, see `language_button` in components/forms.html."""


class FormReading:
    """Form `Meta`: how submitted data is read, and the library's own messages."""

    def wrap_formdata(self, form: Any, formdata: Any) -> Any:
        """Return the submitted data: files for file fields and text for all others, whatever the client sent.

        No form accepts JSON: its fields could be of any type.
        """
        if formdata is None or hasattr(formdata, "getlist"):
            return formdata
        if request.method not in SUBMIT_METHODS:
            return None
        of_files = {field.name for field in form if isinstance(field, FileField)}
        words = [(name, value) for name, value in request.form.items(multi=True) if name not in of_files]
        files = [(name, value) for name, value in request.files.items(multi=True) if name in of_files]
        return MultiDict([*words, *files]) if words or files else None

    def get_translations(self, _form: object) -> NullTranslations:
        """Return a cached catalogue; Flask-WTF would read it from disk for every form."""
        return _library_texts(language())


@cache
def _library_texts(lang: str) -> NullTranslations:
    return PlainTexts(Translations.load(messages_path(), [LOCALES[lang]], domain="wtforms"))


SHORT = {"short": True}
NUMBER = {"short": True, "inputmode": "numeric"}

FROM_THE_LIST = _l("Please choose from the list.")
PLAIN = {
    "Not a valid choice.": FROM_THE_LIST,
    "Invalid Choice: could not coerce.": FROM_THE_LIST,
    "Invalid choice(s): one or more data inputs could not be coerced.": FROM_THE_LIST,
    "'%(value)s' is not a valid choice for this field.": FROM_THE_LIST,
    "Not a valid date value.": _l("There is no such day. Please choose one."),
    "Not a valid time value.": _l("This is not a time of day. Please write one such as 18:30."),
    "Not a valid integer value.": _l("Please write a whole number."),
    "Not a valid decimal value.": _l("Please write a number."),
    "Not a valid float value.": _l("Please write a number."),
    "This field is required.": _l("Please fill this in."),
}
"""Plain sentences in place of the forms library's technical ones."""


class PlainTexts(NullTranslations):
    """The library's translations, with our own sentences in place of some."""

    def __init__(self, library: NullTranslations) -> None:
        super().__init__()
        self._library = library

    def gettext(self, message: str) -> str:
        return str(PLAIN[message]) if message in PLAIN else self._library.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return str(PLAIN[msgid1]) if msgid1 in PLAIN else self._library.ngettext(msgid1, msgid2, n)


class BaseForm(FlaskForm):
    """Base of both kinds of form."""

    @property
    def http_status(self) -> int:
        """The status of the page that shows the form: 200 when it is opened, 422 when it was submitted with errors."""
        return 422 if self.is_submitted() else 200


class ProtectedForm(BaseForm):
    """A form for signed-in members: the session carries its CSRF token."""

    Meta = FormReading


class PublicForm(BaseForm):
    """A form for anyone. Its token is signed, dated and carries a random nonce; no cookie is set.

    The nonce makes submitting twice harmless: a form that is sent again is recognised by it.
    """

    class Meta(FormReading):
        csrf = False

    token = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = nonce_of(self.token.data)
        self.is_stale = given is None and request.method == "POST"
        self.nonce: bytes = given or secrets.token_bytes(NONCE_BYTES)
        if given is None:
            self.token.data = sign_nonce(self.nonce)

    def validate(self, extra_validators: Any = None) -> bool:
        whole = super().validate(extra_validators)
        if self.is_stale:
            self.token.errors = [_l("This page was open for a long time. Please press the button again.")]
        return whole and not self.is_stale


def only_changes_language() -> bool:
    """Return whether a form was submitted only to be shown again in this language, with its values."""
    return TO_OTHER_LANGUAGE in request.form


def sign_nonce(nonce: bytes) -> str:
    """Return the token of a public form."""
    return _signer().sign(urlsafe_b64encode(nonce)).decode()


def new_token() -> str:
    """Return the token of a new public form."""
    return sign_nonce(secrets.token_bytes(NONCE_BYTES))


def _signer() -> TimestampSigner:
    return signer_of(current_app.secret_key or "")


@cache
def signer_of(secret: str | bytes) -> TimestampSigner:
    """Return the signer of public forms' tokens."""
    return TimestampSigner(secret, salt="public form")


def nonce_of(token: str | None) -> bytes | None:
    """Return the nonce of a token; None if it is not ours or too old."""
    try:
        return urlsafe_b64decode(_signer().unsign(token or "", max_age=TOKEN_HOURS * 3600))
    except (BadSignature, ValueError):
        return None


def strip(value: str | None) -> str | None:
    """Filter: remove surrounding spaces, and NUL, which PostgreSQL cannot hold."""
    return value.replace("\x00", "").strip() if value else value


def text(label: Any, longest: int = 200, hint: Any = "", **render_kw: Any) -> StringField:
    """A required line."""
    wanted = [DataRequired(_l("Please fill this in.")), at_most(longest)]
    return StringField(label, filters=[strip], validators=wanted, description=hint, render_kw=render_kw)


def long_text(label: Any, longest: int = 20_000, hint: Any = "", **render_kw: Any) -> TextAreaField:
    """A required text of several lines."""
    wanted = [DataRequired(_l("Please fill this in.")), at_most(longest)]
    return TextAreaField(label, filters=[strip], validators=wanted, description=hint, render_kw=render_kw)


def at_most(longest: int) -> Length:
    """A validator for length, with the limit in the message."""
    return Length(max=longest, message=_l("Please use at most %(max)d characters."))


class Between(NumberRange):
    """A validator for whole numbers whose message names both limits, formatted for the reader's language."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(least, most)

    def __call__(self, form: Any, field: Field) -> None:
        try:
            super().__call__(form, field)
        except ValidationError:
            limits = {"min": number(self.min), "max": number(self.max)}
            raise ValidationError(_("Please give a whole number from %(min)s to %(max)s.", **limits)) from None


def readable(_form: Any, field: Field) -> None:
    """Validator: stop at input that could not be parsed, so that it gets no second message about limits."""
    if field.process_errors:
        raise StopValidation


def refuse(message: Any) -> None:
    """End the validation of a field with `message`."""
    raise ValidationError(str(message))


def take_mail(field: Field) -> None:
    """Keep only the e-mail address of what was typed, or end the validation of the field."""
    address = read_mail(field.data)
    if address is None:
        refuse(_l("Please write an e-mail address, like ana@example.org."))
    field.data = address


YEARS = range(1900, 2200)
"""Outside of these a year is certainly a slip, and date arithmetic may overflow."""


class _Readable:
    data: Any
    raw_data: list[Any] | None
    process_errors: list[Any]
    errors: Any

    def pre_validate(self, _form: Any) -> None:
        if self.process_errors and any(str(typed).strip() for typed in self.raw_data or ()):
            raise StopValidation
        if self.process_errors:
            # Only spaces: treated as empty, for which `InputRequired` and `Optional` have their own messages.
            self.raw_data, self.process_errors, self.errors = [""], [], []


class DateField(_Readable, wtforms.DateField):
    """A day. One that is required and empty gets the same message everywhere."""

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data is None and self.flags.required:
            raise StopValidation(_("Please give a day."))

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and self.data.year not in YEARS:
            self.data = None
            raise ValueError(_("There is no such day. Please choose one."))


class TimeField(_Readable, wtforms.TimeField):
    """A time of day."""


class IntegerField(_Readable, wtforms.IntegerField):
    """A whole number."""


class FloatField(_Readable, wtforms.FloatField):
    """A number."""


def where_they_were() -> str | None:
    """Return the path of our page that sent this request, if it can be opened and is not the refused one."""
    came = urlsplit(request.headers.get("Referer", ""))
    same = came.netloc == request.host and came.path.startswith("/") and not came.path.startswith("//")
    refused = request.method in ("GET", "HEAD") and came.path == request.path
    return came.path if same and not refused and can_be_read(came.path) else None
