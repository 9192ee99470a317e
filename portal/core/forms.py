"""Forms: `ProtectedForm` for signed-in members, `PublicForm` for the public without a cookie, and fields for both.

The fields skip validators, including `validate_…` methods, for unreadable input: a validator is never called without a
value, and the person sees one error.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit

import wtforms
from babel.support import NullTranslations, Translations
from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.form import SUBMIT_METHODS
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from wtforms import validators
from wtforms.i18n import messages_path

from portal.core.contact import read_mail
from portal.core.db import db
from portal.core.i18n import LOCALES, can_be_read, language, number
from portal.core.limits import RateLimit, attempt, take_back
from portal.core.portal import current_portal
from portal.core.texted import read_code

TOKEN_HOURS = 12
NONCE_BYTES = 32
TO_OTHER_LANGUAGE = "to_other_language"
"""The button that shows a form in the other language, see `language_button` in components/forms.html."""


class FormReading:
    def wrap_formdata(self, form: Any, formdata: Any) -> Any:
        """Return the submitted data: files for file fields and text for all others, whatever the client sent.

        No form accepts JSON: its fields could be of any type.
        """
        if formdata is None or hasattr(formdata, "getlist"):
            return formdata
        if request.method not in SUBMIT_METHODS:
            return None
        of_files = {field.name for field in form if isinstance(field, wtforms.FileField)}
        words = [(name, value) for name, value in request.form.items(multi=True) if name not in of_files]
        files = [(name, value) for name, value in request.files.items(multi=True) if name in of_files]
        return MultiDict([*words, *files]) if words or files else None

    def get_translations(self, _form: object) -> NullTranslations:
        # Flask-WTF would read it from disk for every form.
        return _library_texts(language())


@cache
def _library_texts(lang: str) -> NullTranslations:
    texts = PlainTexts()
    texts.add_fallback(Translations.load(messages_path(), [LOCALES[lang]], domain="wtforms"))
    return texts


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

    def gettext(self, message: str) -> str:
        return str(PLAIN[message]) if message in PLAIN else super().gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return str(PLAIN[msgid1]) if msgid1 in PLAIN else super().ngettext(msgid1, msgid2, n)


class BaseForm(FlaskForm):
    @property
    def http_status(self) -> int:
        """The status of the page that shows the form: 200 when it is opened, 422 when it was submitted with errors."""
        return 422 if self.is_submitted() else 200


class ProtectedForm(BaseForm):
    """A form for signed-in members: the session carries its CSRF token."""

    Meta = FormReading


class PublicForm(BaseForm):
    """A form for anyone, without a cookie. The nonce in its signed, dated token makes submitting twice harmless."""

    class Meta(FormReading):
        csrf = False

    token = wtforms.HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = nonce_of(self.token.data)
        self.is_stale = given is None and request.method == "POST"
        self.nonce: bytes = given or secrets.token_bytes(NONCE_BYTES)
        if given is None:
            self.token.data = new_token(self.nonce)

    def validate(self, extra_validators: Any = None) -> bool:
        whole = super().validate(extra_validators)
        if self.is_stale:
            self.token.errors = [_l("This page was open for a long time. Please press the button again.")]
        return whole and not self.is_stale


def only_changes_language() -> bool:
    """Return whether a form was submitted only to be shown again in this language, with its values."""
    return TO_OTHER_LANGUAGE in request.form


@cache
def signer_of(secret: str | bytes) -> TimestampSigner:
    return TimestampSigner(secret, salt="public form")


def new_token(nonce: bytes = b"") -> str:
    signed = signer_of(current_app.secret_key or "").sign(urlsafe_b64encode(nonce or secrets.token_bytes(NONCE_BYTES)))
    return signed.decode()


def nonce_of(token: str | None) -> bytes | None:
    """Return the nonce of a token; None if it is not ours or too old."""
    signer = signer_of(current_app.secret_key or "")
    try:
        return urlsafe_b64decode(signer.unsign(token or "", max_age=TOKEN_HOURS * 3600))
    except (BadSignature, ValueError):
        return None


def strip(value: str | None) -> str | None:
    """Filter: remove surrounding spaces, and NUL, which PostgreSQL cannot hold."""
    return value.replace("\x00", "").strip() if value else value


def text(label: Any, longest: int = 200, hint: Any = "", **render_kw: Any) -> wtforms.StringField:
    wanted = [validators.DataRequired(_l("Please fill this in.")), at_most(longest)]
    return wtforms.StringField(label, filters=[strip], validators=wanted, description=hint, render_kw=render_kw)


def long_text(label: Any, longest: int = 20_000, **render_kw: Any) -> wtforms.TextAreaField:
    wanted = [validators.DataRequired(_l("Please fill this in.")), at_most(longest)]
    return wtforms.TextAreaField(label, filters=[strip], validators=wanted, render_kw=render_kw)


def at_most(longest: int) -> validators.Length:
    return validators.Length(max=longest, message=_l("Please use at most %(max)d characters."))


class Between(validators.NumberRange):
    """A validator for whole numbers whose message names both limits, formatted for the reader's language."""

    def __call__(self, form: Any, field: wtforms.Field) -> None:
        try:
            super().__call__(form, field)
        except validators.ValidationError:
            limits = {"min": number(self.min), "max": number(self.max)}
            words = _("Please give a whole number from %(min)s to %(max)s.", **limits)
            raise validators.ValidationError(words) from None


def choices_of(labels: Mapping[Any, Any], none: Any = None) -> list[wtforms.SelectChoice]:
    """Return what a field offers: labels by their values and, before them, `none` for the empty one."""
    named = [wtforms.SelectChoice(str(value), label) for value, label in labels.items()]
    return named if none is None else [wtforms.SelectChoice("", none), *named]


def refuse(message: Any) -> None:
    raise validators.ValidationError(str(message))


def take_mail(field: wtforms.Field) -> None:
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
            raise validators.StopValidation
        if self.process_errors:
            # Only spaces: treated as empty, for which `InputRequired` and `Optional` have their own messages.
            self.raw_data, self.process_errors, self.errors = [""], [], []


class DateField(_Readable, wtforms.DateField):
    """A day. One that is required and empty gets the same message everywhere."""

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data is None and self.flags.required:
            raise validators.StopValidation(_("Please give a day."))

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and self.data.year not in YEARS:
            self.data = None
            raise ValueError(_("There is no such day. Please choose one."))


class TimeField(_Readable, wtforms.TimeField):
    pass


class IntegerField(_Readable, wtforms.IntegerField):
    pass


def whole_number(
    label: Any, least: int, most: int, *, usual: int | None = None, optional: bool = False
) -> IntegerField:
    needed = validators.Optional() if optional else validators.InputRequired(_l("Please give a number."))
    return IntegerField(label, default=usual, validators=[needed, Between(least, most)])


class FloatField(_Readable, wtforms.FloatField):
    pass


def where_they_were() -> str | None:
    """Return the path of our page that sent this request, if it can be opened and is not the refused one."""
    came = urlsplit(request.headers.get("Referer", ""))
    same = came.netloc == request.host and came.path.startswith("/") and not came.path.startswith("//")
    refused = request.method in ("GET", "HEAD") and came.path == request.path
    return came.path if same and not refused and can_be_read(came.path) else None


SECRET_FIELDS = frozenset({"password", "old", "new", "again", "phrase", "first", "second", "code", "credential", "prf"})
"""Fields that are never shown again, whatever happens."""
NOT_WRITTEN = SECRET_FIELDS | {"then", "desk"}
"""Those, and buttons or marks of one page that are a field of another one."""
MOST_KEPT = 60_000
KEPT_SECONDS = 24 * 3600
NO_WORDS = (wtforms.BooleanField, wtforms.FileField, wtforms.HiddenField, wtforms.PasswordField)


class Typed(NamedTuple):
    label: str
    text: str


def typed() -> list[Typed] | None:
    """Return what the person wrote or chose in the submitted form, without secrets; None if all is as the page had it.

    What is no field of any form of ours was filled in by a page, or is a button. A choice that only the page could
    name, such as a place, is not among them; `kept_form` has it.
    """
    fields = _fields_of(frozenset(request.form))
    given = []
    for name, text in request.form.items(multi=True):
        field = fields.get(name.rpartition("-")[2])
        usual = field.kwargs.get("default", "") if field else ""
        if field and text.strip() and text != ("" if callable(usual) else str(usual)):
            label = field.args[0] if field.args else field.kwargs.get("label", "")
            given.append(Typed(str(label), _in_words(field, text)))
    return [line for line in given if line.text] if given else None


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
    forms = []
    for form in _all_below(PublicForm if "token" in names else ProtectedForm):
        attributes: dict[str, Any] = {name: getattr(form, name, None) for name in dir(form) if not name.startswith("_")}
        forms.append({name: field for name, field in attributes.items() if hasattr(field, "_formfield")})
    forms.sort(key=lambda fields: (len(names & fields.keys()), -len(fields)))
    by_name = {name: field for fields in forms for name, field in fields.items()}
    written = by_name.keys() - NOT_WRITTEN
    return {name: by_name[name] for name in written if not issubclass(by_name[name].field_class, NO_WORDS)}


def _all_below(form: type[Any]) -> Iterator[type[Any]]:
    for below in form.__subclasses__():
        yield below
        yield from _all_below(below)


def _in_words(field: Any, text: str) -> str:
    """Return a text as it is, and a choice by its label; nothing if the form class does not declare its choices."""
    if not issubclass(field.field_class, wtforms.SelectFieldBase):
        return text
    choices = field.kwargs.get("choices")
    listed = map(wtforms.SelectChoice.from_input, () if choices is None or callable(choices) else choices)
    return next((str(choice.label) for choice in listed if str(choice.value) == text), "")


@dataclass(frozen=True)
class FormFrame:
    """Where such a page stands: a template with the blocks `problems` and `form`, and the values that it needs."""

    template: str = "base_room.html"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FormPage:
    """What stands around the fields. `above` and `back` are links: an address and words; `surely` erases for good.

    `keep`: the browser holds on to what was typed. `template`: one that extends the usual one.
    """

    title: str
    button: str
    words: Sequence[str] = ()
    frame: FormFrame = FormFrame()
    template: str = "components/form_page.html"
    tab: str = ""
    lead: str = ""
    eyebrow: str = ""
    above: tuple[str, str] | None = None
    back: tuple[str, str] | None = None
    surely: tuple[str, str] | None = None
    danger: bool = False
    keep: bool = False
    busy: str | None = None

    def show(self, form: BaseForm) -> tuple[str, int]:
        wide = any(each.name.endswith("_en") or "beside" in (each.render_kw or {}) for each in form)
        shown = {"page": self, "form": form, "title": self.title, "wide": wide, **self.frame.values}
        return render_template(self.template, **shown), form.http_status


# Access by paper slip: the form that asks for its code, and a limit on guesses that stores no address.

QUARTER = 900
TOO_MANY, UNKNOWN = "too_many", "unknown"
Found = TypeVar("Found")
SLIP_CODE = [validators.DataRequired(_l("Please type the code.")), at_most(60)]


class SlipForm(PublicForm):
    slip = wtforms.StringField(_l("Code on your slip"), filters=[strip], validators=SLIP_CODE)


@dataclass(frozen=True)
class SlipEntry(Generic[Found]):
    """The pages of one kind of slip: its blueprint gets `enter`, which asks for the code, `find` and `answer`.

    `what` counts guesses separately from other kinds; `folder` holds the templates slip.html, which extends
    slip_door.html, answer.html and answered.html; `look` returns what a code asks about, `form` its questions;
    `count` counts the answers, unless the slip was used meanwhile.
    """

    blueprint: Blueprint
    what: str
    folder: str
    look: Callable[[str], Found | None]
    form: Callable[[Found], SlipForm]
    count: Callable[[str, Found, Any], bool]

    def __post_init__(self) -> None:
        self.blueprint.add_url_rule("/", "enter", self.enter)
        self.blueprint.add_url_rule("/", "find", self.find, methods=["POST"])
        self.blueprint.add_url_rule("/answer", "answer", self.answer, methods=["POST"])

    def enter(self) -> ResponseReturnValue:
        return self.ask(SlipForm())

    def find(self) -> ResponseReturnValue:
        """Show the questions of the slip whose code was typed; writes nothing."""
        db.read_only()
        form = SlipForm()
        if only_changes_language() or not form.validate():
            return self.ask(form)
        asked = self.opened(form)
        return self.ask(form, asked) if isinstance(asked, str) else self.show("answer", asked, self.form(asked))

    def answer(self) -> ResponseReturnValue:
        form = SlipForm()
        asked = self.opened(form)
        if isinstance(asked, str):
            return self.ask(form, asked)
        answers, is_turned = self.form(asked), only_changes_language()
        if is_turned or not answers.validate():
            return self.show("answer", asked, answers), 200 if is_turned else 422
        is_counted = self.count(read_code(form.slip.data or "") or "", asked, answers)
        return self.show("answered", asked, answers) if is_counted else self.ask(form, UNKNOWN)

    def ask(self, form: SlipForm, problem: str | None = None) -> tuple[str, int]:
        status = 429 if problem == TOO_MANY else 422 if problem or form.errors else 200
        find = f"{self.blueprint.name}.find"
        return render_template(f"{self.folder}/slip.html", form=form, problem=problem, find=find), status

    def show(self, page: str, asked: Found, answers: SlipForm) -> str:
        return render_template(f"{self.folder}/{page}.html", it=asked, form=answers)

    def opened(self, form: SlipForm) -> Found | str:
        """Return what the typed code asks about, else `TOO_MANY` or `UNKNOWN`, used and expired codes alike."""
        tried = attempt(self.what, guesses())
        if not tried.passed:
            return TOO_MANY
        asked = self.look(read_code(form.slip.data or "") or "")
        if asked is None:
            return UNKNOWN
        # It was not a guess: in a church hall a hundred people answer from one network.
        take_back(tried)
        return asked


def guesses() -> RateLimit:
    """Return the quota for guessing a code of eight characters: guesses from elsewhere lock no one out."""
    settings = current_portal.settings
    most: int = settings.codes_per_address
    return RateLimit(most, 4 * most, settings.codes_in_all, most, QUARTER)
