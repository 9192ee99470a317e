"""Pages and forms for outside calendars: one form for each source, with a name in both languages."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import Optional

from portal.accounts.sign_in import current_user
from portal.core.clock import today, zone
from portal.core.editing import EditorForm, both, english, line, spanish
from portal.core.forms import DateField, strip
from portal.core.i18n import Bilingual
from portal.core.portal import current_portal
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.markets.texts import names_hidden_place
from portal.meetings.calendars import fetching
from portal.meetings.calendars.calendars import (
    SOURCES,
    CalendarSource,
    OutsideCalendar,
    calendars,
    events_of,
    outside_calendar,
)
from portal.meetings.calendars.fetching import MOST_BYTES, CalendarContents, NotImported, read_file
from portal.meetings.calendars.hours import (
    BadAddress,
    CalendarKind,
    CalendarProblem,
    NotUnderstood,
    Weekly,
    read_hours,
    restored,
    target,
)
from portal.meetings.calendars.texts import (
    BACKWARDS,
    BAD_PIECE,
    BOTH_NAMES,
    KIND_NAMES,
    NO_FILE,
    PROBLEMS,
    SOURCE_NAMES,
    WHICH_HALF,
    days_in_words,
    hours_in_words,
    hours_to_type,
)

NAME = _l("Name of the calendar")
USUAL = {
    CalendarSource.HOURS: CalendarKind.WORSHIP,
    CalendarSource.DAYS: CalendarKind.SCHOOL,
    CalendarSource.FILE: CalendarKind.PARTNER,
    CalendarSource.ADDRESS: CalendarKind.PARTNER,
}


class CalendarForm(EditorForm):
    """The fields that every calendar has.

    `is_new`: its content is required now; later the field may be left empty to keep it.
    """

    name_en, name_es = line(english(NAME), 80), line(spanish(NAME), 80)
    kind = RadioField(
        _l("What it tells"),
        choices=[SelectChoice(kind.value, label) for kind, label in KIND_NAMES.items()],
        validators=[Optional()],
    )

    def __init__(self, source: CalendarSource, *, is_new: bool, **kwargs: Any) -> None:
        super().__init__(data={"kind": USUAL[source].value}, **kwargs)
        self.is_new = is_new
        if not is_new:
            del self.kind

    def validate(self, extra_validators: Any = None) -> bool:
        """Require a name in both languages, so that readers of either recognize the calendar."""
        whole: bool = super().validate(extra_validators)
        for field in (self.name_en, self.name_es):
            if not field.data:
                self.complain(field.name, BOTH_NAMES)
        self.read_source()
        return whole and not self.errors

    def read_source(self) -> None:
        """Read the content from the field of the source; errors go to that field."""

    @property
    def name(self) -> Bilingual:
        return self.pair("name")

    @property
    def chosen_kind(self) -> CalendarKind:
        return CalendarKind(self.kind.data)


class HoursForm(CalendarForm):
    """Form for weekly hours."""

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
    """Form for a stretch of whole days; further ones are added later, one by one."""

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
    """Form for a calendar file, which is read at once and not kept."""

    upload = FileField(_l("File (.ics)"))
    held: CalendarContents | None = None

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
    """Form for an address that a worker fetches every few hours."""

    address = line(_l("Address of the calendar"), 1_000)

    def read_source(self) -> None:
        typed = self.address.data or ""
        # Calendar programs show webcal:// addresses for copying.
        self.address.data = typed.replace("webcal://", "https://", 1) if typed.startswith("webcal://") else typed
        if not typed and not self.is_new:
            return
        try:
            target(self.address.data, any_port=_any_port())
        except BadAddress as error:
            self.complain("address", PROBLEMS[CalendarProblem(error.key)])


def _any_port() -> bool:
    from_here: bool = current_portal.settings.calendars_from_here
    return from_here


FORMS: dict[CalendarSource, type[CalendarForm]] = {
    CalendarSource.HOURS: HoursForm,
    CalendarSource.DAYS: DaysForm,
    CalendarSource.FILE: FileForm,
    CalendarSource.ADDRESS: AddressForm,
}


SHOWN = 12
blueprint = AudienceBlueprint(
    "meetings_calendars",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/calendars",
    # A file of up to twice the limit still gets an answer that keeps the rest of the form.
    largest=2 * MOST_BYTES + 64 * 1024,
)


@blueprint.teardown_request
def let_go(_error: BaseException | None) -> None:
    """Close the temporary files in which large uploads are kept, so that nothing of them stays on the disk."""
    request.close()


@blueprint.get("/")
def index() -> str:
    """List all calendars, each with its content and its problem, if any."""
    return render_template(
        "meetings/calendars/index.html",
        calendars=[(one, _about(one)) for one in calendars()],
        kinds=KIND_NAMES,
        sources=SOURCE_NAMES,
        problems=PROBLEMS,
    )


@blueprint.route("/new/<source>", methods=["GET", "POST"])
def new(source: str) -> ResponseReturnValue:
    """Add a calendar with its content."""
    chosen = _source(source)
    form = FORMS[chosen](chosen, is_new=True)
    if not form.validate_on_submit() or names_hidden_place(form, current_user.id):
        return _page(form, chosen), form.http_status
    calendar = fetching.add_calendar(form.name, form.chosen_kind, chosen, current_user.id)
    _fill(calendar, form)
    flash(_added(calendar), "success")
    return redirect(url_for("meetings_calendars.edit", calendar_id=calendar.id))


@blueprint.route("/<int:calendar_id>", methods=["GET", "POST"])
def edit(calendar_id: int) -> ResponseReturnValue:
    """Show a calendar; change its name, and its content if the form holds any."""
    calendar = outside_calendar(calendar_id, to_change=request.method == "POST")
    source = CalendarSource(calendar.source)
    form = FORMS[source](source, is_new=False)
    if not form.validate_over(_as_typed(calendar), calendar.version) or names_hidden_place(form, current_user.id):
        if form.newer is not None:
            form.complain("name_en", _("Somebody else changed it meanwhile. Look at it and save again."))
        return _page(form, source, calendar), form.http_status
    fetching.change_calendar(calendar, form.name, current_user.id)
    _fill(calendar, form)
    flash(_("Saved."), "success")
    return redirect(url_for("meetings_calendars.edit", calendar_id=calendar.id))


@blueprint.post("/<int:calendar_id>/days/<int:event_id>/remove")
def remove_days(calendar_id: int, event_id: int) -> Response:
    """Remove a stretch of days."""
    calendar = outside_calendar(calendar_id, to_change=True)
    if calendar.source == CalendarSource.DAYS:
        fetching.remove_days(calendar, event_id)
    return redirect(url_for("meetings_calendars.edit", calendar_id=calendar.id))


@blueprint.post("/<int:calendar_id>/look")
def look(calendar_id: int) -> Response:
    """Schedule a fetch of the address."""
    calendar = outside_calendar(calendar_id, to_change=True)
    if calendar.source == CalendarSource.ADDRESS:
        fetching.look_soon(calendar)
        flash(_("We look at it within a minute or two. Open this page again then."), "info")
    return redirect(url_for("meetings_calendars.edit", calendar_id=calendar.id))


@blueprint.post("/<int:calendar_id>/delete")
def delete(calendar_id: int) -> Response:
    """Delete a calendar once the organizer has checked the box."""
    calendar = outside_calendar(calendar_id, to_change=True)
    if "sure" not in request.form:
        flash(_("Please check the box first."), "warning")
        return redirect(url_for("meetings_calendars.edit", calendar_id=calendar.id))
    fetching.delete_calendar(calendar, current_user.id)
    flash(_("The calendar is deleted, with everything that it held."), "success")
    return redirect(url_for("meetings_calendars.index"))


def _source(named: str) -> CalendarSource:
    if named not in SOURCES:
        raise NotFound
    return CalendarSource(named)


def _as_typed(stored: OutsideCalendar) -> dict[str, Any]:
    return {**both("name", stored.name), "hours": hours_to_type(restored(stored.hours))}


def _fill(calendar: OutsideCalendar, form: CalendarForm) -> None:
    """Store the content that the form holds, if any."""
    if isinstance(form, HoursForm):
        fetching.set_hours(calendar, form.weekly)
    elif isinstance(form, DaysForm) and form.first_on.data:
        fetching.add_days(calendar, form.first_on.data, form.last_on.data)
    elif isinstance(form, FileForm) and form.held is not None:
        fetching.take_entries(calendar, form.held)
    elif isinstance(form, AddressForm) and form.address.data:
        fetching.set_address(calendar, form.address.data)


def _added(calendar: OutsideCalendar) -> str:
    if calendar.source == CalendarSource.ADDRESS:
        return str(_("Added. We look at it within a minute or two. Open this page again then."))
    return str(_("Added. From now on you are warned when a meeting falls on the same evening."))


def _about(calendar: OutsideCalendar) -> list[str]:
    """Return a few lines about the content of a calendar."""
    if calendar.source == CalendarSource.HOURS:
        return hours_in_words(restored(calendar.hours))
    if calendar.source == CalendarSource.DAYS:
        return [days_in_words(one.starts_at, one.ends_at) for one in events_of(calendar.id, SHOWN)]
    return []


def _page(form: CalendarForm, source: CalendarSource, calendar: OutsideCalendar | None = None) -> str:
    return render_template(
        "meetings/calendars/edit.html",
        form=form,
        source=source,
        calendar=calendar,
        events=events_of(calendar.id, SHOWN) if calendar else (),
        hours=hours_in_words(restored(calendar.hours)) if calendar else (),
        sources=SOURCE_NAMES,
        kinds=KIND_NAMES,
        problems=PROBLEMS,
        days_in_words=days_in_words,
    )
