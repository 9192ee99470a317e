"""Letting a meeting come again, and looking after its dates."""

from __future__ import annotations

from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.clock import now, today, zone
from portal.core.errors import Refused
from portal.core.web import Room, members
from portal.markets.naming import names_hidden_place, texts_name_hidden_place
from portal.meetings.desk.evening import taken_on
from portal.meetings.models import Meeting
from portal.meetings.queries import editable_meeting
from portal.meetings.rsvp.reach import Reach, reach_in_words, standing_reach
from portal.meetings.series import actions
from portal.meetings.series.forms import EndForm, RhythmForm
from portal.meetings.series.models import Series
from portal.meetings.series.queries import (
    Wanted,
    ahead_of,
    all_series,
    change_begins,
    dates_of,
    editable_series,
    slot_of,
    what_becomes,
)
from portal.meetings.series.rules import Rehung
from portal.meetings.series.texts import REFUSALS

Answer = Response | str | tuple[str, int]
room = Room(
    "meetings_series",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/series",
)


@room.record_once
def name_refusals(state: BlueprintSetupState) -> None:
    """Give the error page the sentences of this feature."""
    state.app.extensions.setdefault("refusals", {}).update(REFUSALS)


@room.get("/")
def index() -> str:
    """Every series, with its next date."""
    rows = []
    for series in all_series(current_user.id):
        dates = ahead_of(series)
        rows.append((series, dates[0][1] if dates else None))
    return render_template("meetings/series/index.html", rows=rows)


@room.get("/from/<int:meeting_id>")
def ask(meeting_id: int) -> str:
    """How often a meeting is to come again."""
    meeting, first_on = _beginning(editable_meeting(meeting_id, current_user.id))
    return render_template("meetings/series/begin.html", form=RhythmForm(first_on), meeting=meeting, days=())


@room.post("/from/<int:meeting_id>")
def begin(meeting_id: int) -> Answer:
    """Show the dates, and when they are what is wanted, make them."""
    meeting, first_on = _beginning(editable_meeting(meeting_id, current_user.id, to_change=True))
    form = RhythmForm(first_on)
    form.first_on.data = first_on
    if not form.validate():
        return render_template("meetings/series/begin.html", form=form, meeting=meeting, days=()), 422
    wanted = form.wanted
    if _then() != "save" or not form.was_shown:
        form.show(wanted, taken_on(wanted.days(), meeting, current_user.id), fixed=True)
        return render_template("meetings/series/begin.html", form=form, meeting=meeting, days=wanted.days())
    series = actions.begin_series(meeting, wanted, current_user.id)
    flash(_("The dates are made. Each one is a meeting of its own."), "success")
    return redirect(url_for("meetings_series.page", series_id=series.id))


@room.get("/<int:series_id>")
def page(series_id: int) -> str:
    """Its dates: which differ, which are left out, which are called off."""
    series = editable_series(series_id, current_user.id)
    dates = dates_of(series)
    held = [one for one in dates if one.meeting is not None and (one.meeting.ends_at or now()) >= now()]
    left_out = [one.slot_on for one in dates if one.meeting is None and one.slot_on >= today()]
    return render_template(
        "meetings/series/team.html",
        series=series,
        dates=held,
        left_out=left_out,
        drafts=sum(one.meeting.is_draft for one in held if one.meeting),
    )


@room.post("/<int:series_id>/publish")
def publish(series_id: int) -> Response:
    """Show all dates to everybody."""
    series = editable_series(series_id, current_user.id, to_change=True)
    words = [word for _day, meeting in ahead_of(series) if meeting.is_draft for word in meeting.words]
    if texts_name_hidden_place(words, current_user.id, series.market_id):
        raise Refused("series_names_hidden")
    left = actions.publish_series(series, current_user.id)
    flash(_("Published in both languages."), "success")
    if left:
        flash(ngettext("%(num)s date still lacks something.", "%(num)s dates still lack something.", left), "warning")
    return redirect(url_for("meetings_series.page", series_id=series_id))


@room.get("/<int:series_id>/rhythm")
def ask_rhythm(series_id: int) -> str:
    """Another rhythm or another end, from the next date on."""
    series = editable_series(series_id, current_user.id)
    form = RhythmForm(_next_day(series))
    form.take(series)
    return _rhythm_page(form, series)


@room.post("/<int:series_id>/rhythm")
def change_rhythm(series_id: int) -> Answer:
    """Show what becomes of each date, then do it."""
    series = editable_series(series_id, current_user.id, to_change=True)
    form = RhythmForm(_next_day(series))
    if not form.validate():
        return _rhythm_page(form, series), 422
    wanted = form.wanted
    becomes = what_becomes(series, wanted)
    if _then() != "save" or not form.was_shown:
        form.show(wanted, fixed=False)
        return _rhythm_page(form, series, becomes)
    if (_told_of(series, wanted, becomes) and form.lacks_reason()) or _betrays(form, series):
        form.show(wanted, fixed=False)
        return _rhythm_page(form, series, becomes), 422
    touched = _told_of(series, wanted, becomes)
    actions.change_rhythm(series, wanted, form.reason, current_user.id)
    flash(_("Saved. The page and the calendars are up to date."), "success")
    if touched:
        flash(reach_in_words(sum(map(standing_reach, touched), Reach())))
    return redirect(url_for("meetings_series.page", series_id=series_id))


@room.get("/<int:series_id>/end")
def ask_why(series_id: int) -> str:
    """Ask for the reason."""
    series = editable_series(series_id, current_user.id)
    return render_template("meetings/series/end.html", form=EndForm(), series=series, count=len(ahead_of(series)))


@room.post("/<int:series_id>/end")
def end(series_id: int) -> Answer:
    """Call off everything that is still to come."""
    series = editable_series(series_id, current_user.id, to_change=True)
    form, dates = EndForm(), ahead_of(series)
    told = any(not meeting.is_draft for _day, meeting in dates)
    if not form.validate() or (told and form.lacks_reason()) or _betrays(form, series):
        return render_template("meetings/series/end.html", form=form, series=series, count=len(dates)), 422
    actions.end_series(series, form.pair("reason"), current_user.id)
    flash(_("The series has ended."), "success")
    if told:
        flash(reach_in_words(sum((standing_reach(one) for _day, one in dates), Reach())))
    return redirect(url_for("meetings_series.page", series_id=series_id))


def _beginning(meeting: Meeting) -> tuple[Meeting, date]:
    """A meeting that can come again, and its day. Raises `Refused`."""
    if meeting.starts_at is None or meeting.starts_at <= now() or meeting.is_cancelled or slot_of(meeting) is not None:
        raise Refused("series_no_start")
    return meeting, meeting.starts_at.astimezone(zone()).date()


def _next_day(series: Series) -> date:
    dates = [day for day, _meeting in ahead_of(series) if day > today()]
    return dates[0] if dates else today() + timedelta(days=1)


def _told_of(series: Series, wanted: Wanted, becomes: Rehung) -> list[Meeting]:
    """The dates that people were told of and that are moved or called off."""
    meetings = dict(ahead_of(series, change_begins(wanted)))
    touched = [*becomes.dropped, *(old for old, _new in becomes.moved)]
    return [meetings[day] for day in touched if not meetings[day].is_draft]


def _betrays(form: RhythmForm | EndForm, series: Series) -> bool:
    return names_hidden_place(form, current_user.id, series.market_id)


def _then() -> str:
    return request.form.get("then", "")


def _rhythm_page(form: RhythmForm, series: Series, becomes: Rehung | None = None) -> str:
    return render_template("meetings/series/rhythm.html", form=form, series=series, becomes=becomes)
