"""The forms of circles: description, promise, founding, invitations, roles, notes and leads."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField, SelectChoice, SelectField
from wtforms.validators import DataRequired

from portal.accounts.sign_in_pages import LONGEST_NAME, email_field, language_field
from portal.accounts.users import Member
from portal.core.clock import today
from portal.core.editing import EditorForm, WholeForm, in_both, line, lines
from portal.core.forms import ProtectedForm, long_text, take_mail, text
from portal.partners.circle_rules import LIFETIMES as DAYS
from portal.partners.circle_rules import USUAL_LIFETIME, CircleKind, CircleRole, last_day, may_hold
from portal.partners.members import Founding
from portal.partners.texts import CIRCLE_ROLES, KINDS, LIFETIMES, NOT_SURE

NAME, PURPOSE, PROMISE = _l("Name"), _l("What it is for"), _l("What we promise each other")
LONGEST_NOTE = 20_000
TO_BEGIN_WITH = _l("Everybody accepts this before they see anything. These are words to begin with.")
FOR_GOOD = _l(
    "Everybody is told before they come in. It can never be changed afterwards: a circle that began without police "
    "stays without them."
)


def _name() -> tuple[Any, Any]:
    return in_both(line, NAME, 80, _l("Not locked: name no person and no place that is not public."))


def _purpose() -> tuple[Any, Any]:
    return in_both(lines, PURPOSE, 600, rows=4)


class DescriptionForm(WholeForm):
    """The form of a circle's name and purpose."""

    PAIRS: tuple[str, ...] = ("name", "purpose")
    name_en, name_es = _name()
    purpose_en, purpose_es = _purpose()


class PromiseForm(WholeForm):
    """The form of a circle's promise."""

    PAIRS = ("words",)
    words_en, words_es = in_both(lines, PROMISE, 4_000, rows=10)


class FoundingForm(WholeForm):
    """The form of a new circle."""

    PAIRS = ("name", "purpose", "words")
    kind = RadioField(
        _l("What kind of circle"),
        choices=[SelectChoice(kind.value, KINDS[kind]) for kind in CircleKind],
        default=CircleKind.MORAL_VOICE.value,
    )
    name_en, name_es = _name()
    purpose_en, purpose_es = _purpose()
    with_police = BooleanField(_l("Police will sit in this circle"), description=FOR_GOOD)
    words_en, words_es = in_both(lines, PROMISE, 4_000, TO_BEGIN_WITH, rows=8)

    @property
    def founding(self) -> Founding:
        """The submitted circle."""
        name, purpose, words = (self.pair(pair) for pair in self.PAIRS)
        return Founding(CircleKind(self.kind.data), name, purpose, words, bool(self.with_police.data))


class AgreeForm(ProtectedForm):
    """Acceptance of a circle's promise."""

    agree = BooleanField(_l("I promise this"), validators=[DataRequired(NOT_SURE)])


class SureForm(ProtectedForm):
    """Confirmation of an action that cannot be undone."""

    sure = BooleanField(_l("I am sure"), validators=[DataRequired(NOT_SURE)])


def _role_choices(roles: Iterable[CircleRole]) -> list[SelectChoice]:
    return [SelectChoice(role.value, CIRCLE_ROLES[role]) for role in roles]


class CircleInviteForm(ProtectedForm):
    """The form of an invitation to a circle."""

    email = email_field()
    name = line(_l("Name"), LONGEST_NAME)
    language = language_field()
    role = RadioField(
        _l("As what"),
        choices=_role_choices(role for role in CircleRole if role is not CircleRole.LEAD),
        default=CircleRole.MEMBER.value,
    )

    def validate_email(self, field: Field) -> None:
        """Catch typing errors in the address."""
        take_mail(field)


class RoleForm(ProtectedForm):
    """The form of a member's role; leads are made only by `answer_offer` or `name_lead`, not here."""

    role = SelectField(_l("As what"))

    def __init__(self, now: CircleRole, roles: Collection[str], **kwargs: Any) -> None:
        super().__init__(role=now.value, **kwargs)
        may = (role for role in CircleRole if may_hold(role, roles) and (role is not CircleRole.LEAD or role is now))
        self.role.choices = _role_choices(may)


def _body() -> Any:
    return long_text(_l("What you write"), LONGEST_NOTE, rows=10)


class NoteForm(EditorForm):
    """The form of an answer in a notebook."""

    body = _body()


class TopicWordsForm(NoteForm):
    """The form of an existing topic, whose last day does not change."""

    title, body = text(_l("Topic"), 120), _body()


class TopicForm(TopicWordsForm):
    """The form of a new topic."""

    days = RadioField(
        _l("How long it stays, with all answers"),
        choices=[SelectChoice(str(days), LIFETIMES[days]) for days in DAYS],
        default=str(USUAL_LIFETIME),
    )

    @property
    def expires_on(self) -> Any:
        """The last day of the topic."""
        return last_day(int(self.days.data), today())


class LeadForm(ProtectedForm):
    """The choice of a member as lead."""

    member = SelectField(_l("Who"), coerce=str)

    def __init__(self, people: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.member.choices = [SelectChoice(str(one.id), one.name) for one in people]
