"""The forms for what is suggested, noted, told, kept, acknowledged and promised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import InputRequired

from portal.core.clock import today
from portal.core.editing import BOTH_LANGUAGES, EditorForm, WholeForm, both, english, line, lines, spanish
from portal.core.fields import DateField
from portal.core.forms import PublicForm, RoomForm, long_text, refuse
from portal.core.giveaways import Giveaway, giveaways_and_names
from portal.core.i18n import language
from portal.markets.city_names import names_of_the_city
from portal.organisations.models import Office
from portal.partners.reconciliation.forms.planning import day_field
from portal.partners.reconciliation.models import Acknowledgement
from portal.partners.reconciliation.rules import LIFETIMES, NAMES_KEPT, Scope, may_expire_on
from portal.partners.reconciliation.texts import DAYS_KEPT, NO_CHILDREN, REFUSALS, SCOPES
from portal.partners.rules.children import names_child
from portal.partners.sealing import Words

LONGEST_SUGGESTION = 1_500
CALLED = _l("How they want to be called")


class SuggestionForm(PublicForm):
    """What somebody of the public wants to be talked about. Nothing else is asked."""

    suggestion = long_text(_l("What should be talked about?"), LONGEST_SUGGESTION)
    sure = BooleanField(_l("Send it as it is"))
    found: tuple[Giveaway, ...] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        """Whoever wrote what could show who they are looks at it once more."""
        whole = super().validate(extra_validators)
        self.found = giveaways_and_names(self.suggestion.data or "", names_of_the_city) if whole else ()
        return whole and (bool(self.sure.data) or not self.found)


class LockedNoteForm(RoomForm):
    """A note for the facilitator alone."""

    note = long_text(_l("Your note"), 10_000)
    days = RadioField(
        _l("How long it stays"),
        choices=[SelectChoice(str(days), DAYS_KEPT[days]) for days in LIFETIMES],
        validators=[InputRequired(_l("Please choose one."))],
    )


class NamesForm(RoomForm):
    """Names for rides and name tags."""

    names = long_text(_l("Names, and what each needs to get there"), 10_000)
    days = RadioField(
        _l("How long after the session they stay"),
        choices=[SelectChoice(str(days), DAYS_KEPT[days]) for days in NAMES_KEPT],
        default=str(NAMES_KEPT[0]),
    )

    def validate_names(self, field: TextAreaField) -> None:
        """No list of ours has anybody under 18."""
        if names_child(field.data or ""):
            refuse(NO_CHILDREN)


class GuestsForm(NamesForm):
    """The same of one's own guests."""

    names = long_text(_l("Your guests, and what each needs to get there"), 10_000)


class ThemeForm(WholeForm):
    """A theme in the facilitator's words."""

    PAIRS = ("title", "body")
    title_en, title_es = line(english(_l("Theme")), 120), line(spanish(_l("Theme")), 120)
    body_en, body_es = (
        lines(english(_l("What was said, in your words")), 2_000),
        lines(spanish(_l("What was said, in your words")), 2_000),
    )
    few_en, few_es = (
        lines(english(_l("How a few see it differently")), 1_000),
        lines(spanish(_l("How a few see it differently")), 1_000),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """A view of the few stands there in both languages or not at all."""
        super().validate(extra_validators)
        if bool(self.few_en.data) != bool(self.few_es.data):
            self.complain("few_es" if self.few_en.data else "few_en", BOTH_LANGUAGES)
        return not self.errors

    @property
    def words(self) -> Words:
        """What was typed."""
        return {
            name: self[name].data or "" for pair in ("title", "body", "few") for name in both(pair, self.pair(pair))
        }


class LineForm(WholeForm):
    """A line word by word, with the consent of who said it."""

    PAIRS = ("words", "by")
    words_en, words_es = lines(english(_l("The line")), 600), lines(spanish(_l("The line")), 600)
    by_en, by_es = line(english(CALLED), 80), line(spanish(CALLED), 80)
    scope = RadioField(
        _l("Who may read it"),
        choices=[SelectChoice(one.value, SCOPES[one]) for one in Scope],
        default=Scope.CIRCLE.value,
    )
    consent_on = day_field(_l("Day on which they agreed"))
    expires_on = day_field(_l("Last day of their consent"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(data={"consent_on": today(), "expires_on": today() + timedelta(days=90)}, **kwargs)

    def validate_consent_on(self, field: DateField) -> None:
        """A consent was given, and is not to be given."""
        if field.data > today():
            refuse(REFUSALS["line_days"])

    def validate_expires_on(self, field: DateField) -> None:
        """It ends."""
        if not may_expire_on(field.data, today()):
            refuse(REFUSALS["line_days"])


class SaidForm(WholeForm):
    """What an office acknowledges."""

    PAIRS = ("harm", "words")
    office = SelectField(_l("Which office speaks"), validators=[InputRequired(_l("Please choose one."))])
    harm_en, harm_es = line(english(_l("Which harm it names")), 160), line(spanish(_l("Which harm it names")), 160)
    words_en, words_es = lines(english(_l("What is said")), 4_000), lines(spanish(_l("What is said")), 4_000)
    spoken_on = day_field(_l("Day on which it was said"))

    def validate_spoken_on(self, field: DateField) -> None:
        """It was said, and is not to be said."""
        if field.data > today():
            refuse(REFUSALS["acknowledgement_day"])

    def __init__(self, offices: Sequence[Office], found: Acknowledgement | None = None, **kwargs: Any) -> None:
        super().__init__(data=_said(found), **kwargs)
        lang = language()
        self.office.choices = [
            SelectChoice(str(one.id), f"{one.organisation.name[lang]}: {one.name[lang]}") for one in offices
        ]


def _said(found: Acknowledgement | None) -> dict[str, Any]:
    if found is None:
        return {}
    values = {"office": str(found.office_id), "spoken_on": found.spoken_on, "version": str(found.version)}
    return {**values, **both("harm", found.harm), **both("words", found.words)}


class ReplyForm(WholeForm):
    """The community's answer to an acknowledgement."""

    PAIRS = ("answer", "by")
    answer_en, answer_es = lines(english(_l("The answer")), 4_000), lines(spanish(_l("The answer")), 4_000)
    by_en, by_es = line(english(_l("Who answers")), 160), line(spanish(_l("Who answers")), 160)


class PromiseMadeForm(EditorForm):
    """A promise that an office made at the session; the day and the occasion are known."""

    what_en, what_es = lines(english(_l("What is promised")), 600), lines(spanish(_l("What is promised")), 600)
    office = SelectField(_l("Which office promises it"))
    due_on = day_field(_l("By when"))

    def __init__(self, offices: Sequence[Office], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        lang = language()
        self.office.choices = [
            SelectChoice(str(one.id), f"{one.organisation.name[lang]}: {one.name[lang]}") for one in offices
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Both languages."""
        super().validate(extra_validators)
        for name in ("what_en", "what_es"):
            if not self[name].data:
                self.complain(name, BOTH_LANGUAGES)
        return not self.errors
