"""Adding, changing and deleting calendars of others, for everybody who plans meetings."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.errors import NotFound
from portal.core.web import Room, members
from portal.markets.naming import names_hidden_place
from portal.meetings.calendars import actions
from portal.meetings.calendars.forms import FORMS, AddressForm, CalendarForm, DaysForm, FileForm, HoursForm
from portal.meetings.calendars.importing import MOST_BYTES
from portal.meetings.calendars.models import SOURCES, OutsideCalendar, Source
from portal.meetings.calendars.queries import calendars, events_of, outside_calendar
from portal.meetings.calendars.rules.hours import restored
from portal.meetings.calendars.texts import KIND_NAMES, PROBLEMS, SOURCE_NAMES, days_in_words, hours_in_words

Answer = Response | str | tuple[str, int]
SHOWN = 12
room = Room(
    "meetings_calendars",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/calendars",
    # Twice a file that is too large still gets an answer that keeps what was typed.
    largest=2 * MOST_BYTES + 64 * 1024,
)


@room.teardown_request
def let_go(_error: BaseException | None) -> None:
    """Close the temporary files that large uploads are kept in meanwhile; nothing of them stays on the disk."""
    request.close()


@room.get("/")
def index() -> str:
    """Every calendar, what it holds and whether something is wrong with it."""
    return render_template(
        "meetings/calendars/index.html",
        calendars=[(one, _about(one)) for one in calendars()],
        kinds=KIND_NAMES,
        sources=SOURCE_NAMES,
        problems=PROBLEMS,
    )


@room.get("/new/<source>")
def new(source: str) -> str:
    """An empty form."""
    chosen = _source(source)
    return _page(_form(chosen), chosen)


@room.post("/new/<source>")
def create(source: str) -> Answer:
    """Add a calendar with what it holds."""
    chosen = _source(source)
    form = _form(chosen)
    if not form.validate() or names_hidden_place(form, current_user.id):
        return _page(form, chosen), 422
    calendar = actions.add_calendar(form.name, form.chosen_kind, chosen, current_user.id)
    _fill(calendar, form)
    flash(_added(calendar), "success")
    return redirect(url_for("meetings_calendars.edit", calendar_id=calendar.id))


@room.get("/<int:calendar_id>")
def edit(calendar_id: int) -> str:
    """What it holds, and the form."""
    calendar = outside_calendar(calendar_id)
    form = _form(Source(calendar.source), calendar)
    form.version.data = str(calendar.version)
    return _page(form, Source(calendar.source), calendar)


@room.post("/<int:calendar_id>")
def save(calendar_id: int) -> Answer:
    """Change it."""
    calendar = outside_calendar(calendar_id, to_change=True)
    form = _form(Source(calendar.source), calendar)
    if form.is_behind(calendar.version):
        form.version.data = str(calendar.version)
        form.complain("name_en", _("Somebody else changed it meanwhile. Look at it and save again."))
        return _page(form, Source(calendar.source), calendar), 409
    if not form.validate() or names_hidden_place(form, current_user.id):
        return _page(form, Source(calendar.source), calendar), 422
    actions.change_calendar(calendar, form.name, current_user.id)
    _fill(calendar, form)
    flash(_("Saved."), "success")
    return redirect(url_for("meetings_calendars.edit", calendar_id=calendar.id))


@room.post("/<int:calendar_id>/days/<int:event_id>/remove")
def remove_days(calendar_id: int, event_id: int) -> Response:
    """Take days out again."""
    calendar = outside_calendar(calendar_id, to_change=True)
    if calendar.source == Source.DAYS:
        actions.remove_days(calendar, event_id)
    return redirect(url_for("meetings_calendars.edit", calendar_id=calendar.id))


@room.post("/<int:calendar_id>/look")
def look(calendar_id: int) -> Response:
    """Ask its address again soon."""
    calendar = outside_calendar(calendar_id, to_change=True)
    if calendar.source == Source.ADDRESS:
        actions.look_soon(calendar)
        flash(_("We look at it within a minute or two. Open this page again then."), "info")
    return redirect(url_for("meetings_calendars.edit", calendar_id=calendar.id))


@room.post("/<int:calendar_id>/delete")
def delete(calendar_id: int) -> Response:
    """Erase it, once somebody said that they are sure."""
    calendar = outside_calendar(calendar_id, to_change=True)
    if "sure" not in request.form:
        flash(_("Please check the box first."), "warning")
        return redirect(url_for("meetings_calendars.edit", calendar_id=calendar.id))
    actions.delete_calendar(calendar, current_user.id)
    flash(_("The calendar is deleted, with everything that it held."), "success")
    return redirect(url_for("meetings_calendars.index"))


def _source(named: str) -> Source:
    if named not in SOURCES:
        raise NotFound
    return Source(named)


def _form(source: Source, stored: OutsideCalendar | None = None) -> CalendarForm:
    form = FORMS[source](source, stored)
    if stored is not None:
        del form.kind
    return form


def _fill(calendar: OutsideCalendar, form: CalendarForm) -> None:
    """What it holds, as far as that was given now."""
    if isinstance(form, HoursForm):
        actions.set_hours(calendar, form.weekly)
    elif isinstance(form, DaysForm) and form.first_on.data:
        actions.add_days(calendar, form.first_on.data, form.last_on.data)
    elif isinstance(form, FileForm) and form.held is not None:
        actions.take_entries(calendar, form.held)
    elif isinstance(form, AddressForm) and form.address.data:
        actions.set_address(calendar, form.address.data)


def _added(calendar: OutsideCalendar) -> str:
    if calendar.source == Source.ADDRESS:
        return str(_("Added. We look at it within a minute or two. Open this page again then."))
    return str(_("Added. From now on you are warned when a meeting falls on the same evening."))


def _about(calendar: OutsideCalendar) -> list[str]:
    """What it holds, in a few lines."""
    if calendar.source == Source.HOURS:
        return hours_in_words(restored(calendar.hours))
    if calendar.source == Source.DAYS:
        return [days_in_words(one.starts_at, one.ends_at) for one in events_of(calendar.id, SHOWN)]
    return []


def _page(form: CalendarForm, source: Source, calendar: OutsideCalendar | None = None) -> str:
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
