"""Forms for calendars of others: one for each source, with its name in both languages."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import Optional

from portal.core.clock import today, zone
from portal.core.editing import EditorForm, english, line, spanish
from portal.core.fields import DateField
from portal.core.forms import strip
from portal.core.i18n import Bilingual
from portal.meetings.calendars.importing import Held, NotImported, read_file
from portal.meetings.calendars.models import OutsideCalendar, Source
from portal.meetings.calendars.rules.addresses import BadAddress, target
from portal.meetings.calendars.rules.evenings import Kind
from portal.meetings.calendars.rules.hours import NotUnderstood, Weekly, read_hours, restored
from portal.meetings.calendars.rules.problems import Problem
from portal.meetings.calendars.texts import (
    BACKWARDS,
    BAD_PIECE,
    BOTH_NAMES,
    KIND_NAMES,
    NO_FILE,
    PROBLEMS,
    WHICH_HALF,
    hours_to_type,
)

NAME = _l("Name of the calendar")
USUAL = {Source.HOURS: Kind.WORSHIP, Source.DAYS: Kind.SCHOOL, Source.FILE: Kind.PARTNER, Source.ADDRESS: Kind.PARTNER}


class CalendarForm(EditorForm):
    """What every calendar has. `is_new`: what it holds is asked for now; later it may be left as it is."""

    name_en, name_es = line(english(NAME), 80), line(spanish(NAME), 80)
    kind = RadioField(
        _l("What it tells"),
        choices=[SelectChoice(kind.value, label) for kind, label in KIND_NAMES.items()],
        validators=[Optional()],
    )

    def __init__(self, source: Source, stored: OutsideCalendar | None = None, **kwargs: Any) -> None:
        values: dict[str, Any] = {"kind": USUAL[source].value}
        if stored is not None:
            values = {"name_en": stored.name.en, "name_es": stored.name.es, "kind": stored.kind}
            values["hours"] = hours_to_type(restored(stored.hours))
        super().__init__(data=values, **kwargs)
        self.is_new = stored is None

    def validate(self, extra_validators: Any = None) -> bool:
        """A calendar is known by its name, also to whoever reads the other language."""
        whole: bool = super().validate(extra_validators)
        for field in (self.name_en, self.name_es):
            if not field.data:
                self.complain(field.name, BOTH_NAMES)
        self.read_source()
        return whole and not self.errors

    def read_source(self) -> None:
        """Read what the calendar holds; says beside the field what is wrong with it."""

    @property
    def name(self) -> Bilingual:
        return self.pair("name")

    @property
    def chosen_kind(self) -> Kind:
        return Kind(self.kind.data)


class HoursForm(CalendarForm):
    """Weekly hours."""

    hours = TextAreaField(_l("Every week"), filters=[strip])
    weekly: tuple[Weekly, ...] = ()

    def read_source(self) -> None:
        try:
            self.weekly = read_hours(self.hours.data or "")
        except NotUnderstood as error:
            self.complain("hours", (WHICH_HALF if error.which_half else BAD_PIECE) % {"piece": error.piece})
            return
        if not self.weekly:
            self.complain("hours", BAD_PIECE % {"piece": "…"})


class DaysForm(CalendarForm):
    """A stretch of whole days; more are added later, one by one."""

    first_on = DateField(_l("First day"), validators=[Optional()])
    last_on = DateField(_l("Last day"), validators=[Optional()])

    def read_source(self) -> None:
        if self.first_on.errors or self.last_on.errors:
            return
        self.last_on.data = self.last_on.data or self.first_on.data
        if self.first_on.data is None and (self.is_new or self.last_on.data):
            self.complain("first_on", _l("Please choose a day."))
        elif self.first_on.data and self.last_on.data < self.first_on.data:
            self.complain("last_on", BACKWARDS)


class FileForm(CalendarForm):
    """A calendar file; it is read at once, and thrown away."""

    upload = FileField(_l("File (.ics)"))
    held: Held | None = None

    def read_source(self) -> None:
        given = self.upload.data
        if not isinstance(given, FileStorage) or not given.filename:
            if self.is_new:
                self.complain("upload", NO_FILE)
            return
        try:
            self.held = read_file(given.stream.read(), zone(), today())
        except NotImported as error:
            self.complain("upload", PROBLEMS[error.problem])


class AddressForm(CalendarForm):
    """An address that a worker asks every few hours."""

    address = line(_l("Address of the calendar"), 1_000)

    def read_source(self) -> None:
        typed = self.address.data or ""
        # What calendar programs show to copy.
        self.address.data = typed.replace("webcal://", "https://", 1) if typed.startswith("webcal://") else typed
        if not typed and not self.is_new:
            return
        try:
            target(self.address.data, any_port=_any_port())
        except BadAddress as error:
            self.complain("address", PROBLEMS[Problem(error.key)])


def _any_port() -> bool:
    from_here: bool = current_app.extensions["settings"].calendars_from_here
    return from_here


FORMS: dict[Source, type[CalendarForm]] = {
    Source.HOURS: HoursForm,
    Source.DAYS: DaysForm,
    Source.FILE: FileForm,
    Source.ADDRESS: AddressForm,
}
