"""The forms for a rhythm, for how far an edit reaches, and for templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.clock import now, today, zone
from portal.core.editing import EditorForm, english, line, lines, spanish
from portal.core.fields import DateField, IntegerField, TimeField
from portal.core.forms import RoomForm
from portal.core.hours import NoSuchHour, moment_in
from portal.core.i18n import Bilingual
from portal.meetings.forms import TITLE, WHY, need_field
from portal.meetings.rules import PROMISED_BY_PEOPLE, to_ask_anew
from portal.meetings.series.holidays import holiday_name
from portal.meetings.series.models import Series, Template
from portal.meetings.series.queries import Wanted
from portal.meetings.series.rules import MOST_TIMES, Rhythm, Scope, rhythm_named, rhythms_from
from portal.meetings.series.texts import REFUSALS, SCOPES, rhythm_words
from portal.meetings.texts import MISSING, WRONG_DATES
from portal.meetings.texts import REFUSALS as MEETING_REFUSALS

OPEN, UNTIL, TIMES = "open", "until", "times"
ENDS = {
    OPEN: _l("It goes on until we end it"),
    UNTIL: _l("On a day"),
    TIMES: _l("After so many meetings"),
}
NAME, WHY_OTHER_DATES = _l("Name of the template"), _l("Why the dates change")


class RhythmForm(EditorForm):
    """How often a meeting comes again. What is saved is what was shown: another choice shows its dates first."""

    first_on = DateField(_l("First day"), validators=[Optional()])
    rhythm = RadioField(_l("How often"), validators=[Optional()])
    ends = RadioField(
        _l("When does it end?"), choices=[SelectChoice(key, label) for key, label in ENDS.items()], default=OPEN
    )
    until_on = DateField(_l("Last day"), validators=[Optional()])
    times = IntegerField(
        _l("How many meetings"),
        validators=[
            Optional(),
            NumberRange(2, MOST_TIMES, _l("Please write a number from %(min)d to %(max)d.")),
        ],
    )
    skips_holidays = BooleanField(_l("Leave out holidays, later too"))
    hold = SelectMultipleField(
        _l("These are the dates. Uncheck what you want to leave out."),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validate_choice=False,
    )
    reason_en, reason_es = lines(english(WHY_OTHER_DATES), 500), lines(spanish(WHY_OTHER_DATES), 500)
    shown = HiddenField()

    def __init__(self, first_on: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.first_on.data is None:
            self.first_on.data = first_on
        rhythms = rhythms_from(self.first_on.data)
        self.rhythm.choices = [SelectChoice(one.key, rhythm_words(one)) for one in rhythms]
        self.hold.choices = []

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if not self.rhythm.errors and not self.rhythm.data:
            self.complain("rhythm", _l("Please choose how often."))
        if self.first_on.data and self.first_on.data <= today():
            self.complain("first_on", REFUSALS["series_in_past"])
        if self.ends.data == UNTIL and not self.until_on.errors and not self._ends_later():
            self.complain("until_on", _l("Please choose a day after the first one."))
        if self.ends.data == TIMES and not self.times.errors and not self.times.data:
            self.complain("times", _l("Please say how many."))
        return whole and not self.errors

    def _ends_later(self) -> bool:
        return self.until_on.data is not None and self.until_on.data > self.first_on.data

    def take(self, series: Series) -> None:
        """Begin with what holds so far."""
        self.rhythm.data = series.rhythm.key
        self.ends.data = UNTIL if series.until_on else TIMES if series.times else OPEN
        self.until_on.data, self.times.data = series.until_on, series.times
        self.skips_holidays.data = series.skips_holidays

    @property
    def chosen(self) -> Rhythm:
        found = rhythm_named(self.rhythm.data, self.first_on.data)
        if found is None:
            raise ValueError("the form must be valid")
        return found

    @property
    def wanted(self) -> Wanted:
        """What was chosen. The form must be valid."""
        whole = Wanted(
            self.chosen,
            self.first_on.data,
            self.until_on.data if self.ends.data == UNTIL else None,
            self.times.data if self.ends.data == TIMES else None,
            bool(self.skips_holidays.data),
        )
        return Wanted(**vars(whole) | {"left_out": self._left_out(whole.days())})

    def _left_out(self, days: Sequence[date]) -> frozenset[date]:
        if self.was_shown:
            return frozenset(day for day in days if day.isoformat() not in (self.hold.data or ()))
        return frozenset(day for day in days if self.skips_holidays.data and holiday_name(day))

    @property
    def was_shown(self) -> bool:
        """Whether somebody saw the dates of just this choice."""
        return bool(self.shown.data) and self.shown.data == self._choice

    @property
    def _choice(self) -> str:
        parts = (self.first_on, self.rhythm, self.ends, self.until_on, self.times, self.skips_holidays)
        return " ".join(str(part.data) for part in parts)

    def show(self, wanted: Wanted, taken: Mapping[date, Sequence[str]] | None = None, *, fixed: bool) -> None:
        """Put the dates below, each with a box and what else is on it; `fixed`: the first one is there already."""
        days = wanted.days()[1:] if fixed else wanted.days()
        taken = taken or {}
        self.hold.choices = [SelectChoice(day.isoformat(), _day_words(day, taken.get(day, ()))) for day in days]
        self.hold.data = [day.isoformat() for day in days if day not in wanted.left_out]
        self.shown.data = self._choice

    @property
    def reason(self) -> Bilingual:
        return self.pair("reason")

    def lacks_reason(self) -> bool:
        """Say beside the fields that people need a reason, in both languages."""
        return _lacks_reason(self)


def _day_words(day: date, taken: Sequence[str]) -> str:
    """A date, and what else is on it, at least that it is a holiday."""
    holiday = holiday_name(day)
    return " · ".join([format_date(day, "full"), *(taken or ([holiday] if holiday else []))])


def _lacks_reason(form: EditorForm) -> bool:
    for name in ("reason_en", "reason_es"):
        if not form[name].data:
            form.complain(name, MEETING_REFUSALS["meeting_reason"])
    return bool(form.errors)


class EndForm(EditorForm):
    """Why a series ends; not needed while all of it are drafts."""

    reason_en, reason_es = lines(english(WHY), 500), lines(spanish(WHY), 500)

    def lacks_reason(self) -> bool:
        return _lacks_reason(self)


class ScopeForm(RoomForm):
    """How far an edit reaches; it stands inside the form of the meeting."""

    scope = RadioField(
        _l("What you changed holds for"),
        choices=[SelectChoice(scope.value, label) for scope, label in SCOPES.items()],
        default=Scope.THIS.value,
    )
    overwrite = BooleanField(_l("Also change dates where this was changed by hand"))

    @property
    def reach(self) -> Scope:
        return Scope(self.scope.data) if self.scope.data in set(Scope) else Scope.THIS


class KeepForm(EditorForm):
    """Under which name a meeting is kept as a template."""

    name_en, name_es = line(english(NAME), 80), line(spanish(NAME), 80)
    instead = SelectField(_l("In place of"), validators=[Optional()])

    def __init__(self, templates: Sequence[Template], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.instead.choices = [
            SelectChoice("", _l("None: it is a new template")),
            *(SelectChoice(str(one.id), str(one.name)) for one in templates),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for field in (self.name_en, self.name_es):
            if not field.data:
                self.complain(field.name, _l("Please give it a name in both languages."))
        return whole and not self.errors


class BeginForm(EditorForm):
    """What a new meeting needs when the rest is in a template: a title, a day, and the hour."""

    title_en, title_es = line(english(TITLE), 120), line(spanish(TITLE), 120)
    held_on = DateField(_l("Day"), validators=[Optional()])
    starts = TimeField(_l("Starts at"), validators=[Optional()])
    interpreter, childcare, ride = (need_field(need) for need in PROMISED_BY_PEOPLE)

    def __init__(self, template: Template, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for need in PROMISED_BY_PEOPLE:
            if not to_ask_anew(need, getattr(template, need)):
                del self[need]

    @property
    def needs(self) -> dict[str, str | None]:
        """What people were asked for that day; None for what nobody said."""
        return {need: self[need].data or None for need in PROMISED_BY_PEOPLE if need in self}

    def lacks_answers(self) -> bool:
        """Whether a question about that day is open; says so beside each. Only what is published must answer them."""
        for need, answer in self.needs.items():
            if answer is None:
                self.complain(need, MISSING)
        return bool(self.errors)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for field in (self.title_en, self.title_es):
            if not field.data:
                self.complain(field.name, _l("Please write a title in both languages."))
        for field in (self.held_on, self.starts):
            if not field.errors and field.data is None:
                self.complain(field.name, _l("Please fill this in."))
        if not self.errors:
            self._check_hour()
        return whole and not self.errors

    def _check_hour(self) -> None:
        try:
            if moment_in(zone(), self.held_on.data, self.starts.data) <= now():
                self.complain("held_on", WRONG_DATES["in_past"][1])
        except NoSuchHour:
            self.complain("starts", _l("The clocks change on that day: this hour does not exist."))
