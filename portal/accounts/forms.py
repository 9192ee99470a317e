"""What we ask people who sign in, and administrators who invite them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import InputRequired, Optional

from portal.accounts.names_here import names_here
from portal.accounts.passwords import weakness
from portal.accounts.rules.email import LONGEST, is_email
from portal.accounts.rules.roles import Role
from portal.accounts.texts import ROLES, WEAKNESSES, conflict_sentence
from portal.core.forms import PublicForm, RoomForm, at_most, refuse, strip, text
from portal.core.i18n import LANGUAGES, NAMES

FILL_IN = InputRequired(_l("Please fill this in."))
CHECK = InputRequired(_l("Please check this box if it is so."))
LONGEST_PASSWORD = 1_000
LONGEST_NAME = 120


def email_field() -> StringField:
    """The address somebody signs in with."""
    return text(_l("E-mail address"), LONGEST)


def language_field() -> RadioField:
    """English or Spanish, each by its own name: for somebody who chooses theirs."""
    own = Markup('<span lang="{0}">{1}</span>')
    return RadioField(_l("Language"), choices=[SelectChoice(code, own.format(code, NAMES[code])) for code in LANGUAGES])


def language_of_somebody_field() -> RadioField:
    """English or Spanish, as whoever chooses it for somebody else calls them."""
    return RadioField(_l("Language"), choices=[SelectChoice("en", _l("English")), SelectChoice("es", _l("Spanish"))])


class SignInForm(PublicForm):
    """First step: e-mail address and password."""

    email = email_field()
    password = PasswordField(_l("Password"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])


class CodeForm(RoomForm):
    """Second step: a code of the app, or a recovery code."""

    code = text(_l("Code"), 40)


class PasskeyForm(RoomForm):
    """What the browser says about a passkey; `passkey.js` fills it in."""

    credential = HiddenField(validators=[FILL_IN, at_most(20_000)])


class NewPasskeyForm(PasskeyForm):
    """A new passkey and its name."""

    name = StringField(_l("A name for this passkey"), filters=[strip], validators=[Optional(), at_most(80)])


class NewPassword:
    """Two password fields that must agree and be hard to guess."""

    new = PasswordField(_l("New password"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])
    again = PasswordField(_l("The same password again"), validators=[FILL_IN])
    about: Sequence[str] = ()
    """Name and e-mail address of whoever chooses."""

    def validate_new(self, field: Field) -> None:
        """Refuse what is easy to guess."""
        if found := weakness(field.data, self.about, names_here()):
            refuse(WEAKNESSES[found])

    def validate_again(self, field: Field) -> None:
        """Refuse a slip of the hand."""
        if field.data != self.new.data:
            refuse(_l("The two passwords are not the same."))


class AcceptForm(NewPassword, PublicForm):
    """Somebody invited makes their account."""

    name = text(_l("Your name, as colleagues see it"), LONGEST_NAME)
    language = language_field()


class RenewForm(NewPassword, PublicForm):
    """Somebody chooses a new password by a link."""


class PasswordForm(NewPassword, RoomForm):
    """Somebody signed in changes the password."""

    old = PasswordField(_l("Your password until now"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])


class OnceMoreForm(RoomForm):
    """One's own password, before something that a stolen phone must not be enough for."""

    password = PasswordField(_l("Your password"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])


class LanguageForm(RoomForm):
    """The language of mails to this member."""

    language = language_field()


class RolesForm(RoomForm):
    """Which roles somebody holds."""

    roles = SelectMultipleField(
        _l("Roles"),
        choices=[SelectChoice(role.value, ROLES[role]) for role in Role],
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    even_last = BooleanField(_l("Close the desk if nobody else can open it"))

    @property
    def wanted(self) -> list[Role]:
        """The roles that were ticked, of those there are."""
        return [Role(value) for value in self.roles.data or () if value in ROLES]

    def validate_roles(self, field: Field) -> None:
        """Refuse none, and roles that the wall keeps apart."""
        if not field.data:
            refuse(_l("Please choose at least one role."))
        if sentence := conflict_sentence(self.wanted):
            refuse(sentence)


class InviteForm(RolesForm):
    """Whom to invite."""

    email = email_field()
    name = text(_l("Name"), LONGEST_NAME)
    language = language_of_somebody_field()
    even_last = None

    def validate_email(self, field: Field) -> None:
        """Catch a slip of the hand."""
        if not is_email(field.data):
            refuse(_l("Please write an e-mail address, like ana@example.org."))


class RemoveForm(RoomForm):
    """End an account."""

    even_last = BooleanField(_l("Close the desk if nobody else can open it"))


class ResetForm(RoomForm):
    """A link for a new password."""

    lost_all = BooleanField(_l("They also lost their phone, their passkeys and their recovery codes"))
    even_last = BooleanField(_l("Make the link even if nobody else can open the desk"))


class LostForm(RoomForm):
    """Asking that a desk is begun anew."""

    sure = BooleanField(
        _l("I looked for the paper and asked everybody who could have it. It is lost."), validators=[CHECK]
    )


class SpokenForm(RoomForm):
    """Agreeing to what somebody asked."""

    sure = BooleanField(
        _l("I spoke with them in person, or on a number that I knew before. It is really them who ask."),
        validators=[CHECK],
    )


class WordsForm(RoomForm):
    """Two words of a recovery phrase that was just written down."""

    sealed = HiddenField()
    first = text(_l("Word"), 40)
    second = text(_l("Word"), 40)

    def __init__(self, places: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first.label.text = _l("Word %(number)d", number=places[0])
        self.second.label.text = _l("Word %(number)d", number=places[1])


class PhraseForm(RoomForm):
    """The printed recovery phrase of a desk."""

    phrase = TextAreaField(_l("The 24 words"), filters=[strip], validators=[FILL_IN, at_most(1_000)])
