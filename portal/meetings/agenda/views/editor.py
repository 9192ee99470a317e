"""Writing the agenda of a meeting."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.web import Room, members
from portal.markets.naming import names_hidden_place
from portal.meetings.agenda import actions
from portal.meetings.agenda.forms import AgendaForm, as_typed, posted_form, stored_form
from portal.meetings.agenda.queries import agenda_of, points_of
from portal.meetings.agenda.rules import mark, too_long_by
from portal.meetings.agenda.texts import REFUSALS
from portal.meetings.models import Meeting
from portal.meetings.queries import editable_meeting

Answer = Response | str | tuple[str, int]
room = Room(
    "meetings_agenda",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/<int:meeting_id>/agenda",
)


@room.record_once
def name_refusals(state: BlueprintSetupState) -> None:
    """Give the error page the sentences of this feature."""
    state.app.extensions.setdefault("refusals", {}).update(REFUSALS)


@room.get("/")
def edit(meeting_id: int) -> str:
    """The points so far, with room for more."""
    meeting = editable_meeting(meeting_id, current_user.id)
    return _page(meeting, stored_form(points_of(meeting.id)))


@room.post("/")
def save(meeting_id: int) -> Answer:
    """Keep the points; of a published meeting everybody sees them at once."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    form, stored = posted_form(request.form), points_of(meeting.id)
    if form.is_behind(mark(stored)):
        known = {name: value for name, value in as_typed(stored).items() if name in form}
        return _page(meeting, form, newer=form.differences(known)), 409
    if not form.validate() or names_hidden_place(form, current_user.id, meeting.market_id):
        return _page(meeting, form), 422
    actions.set_agenda(meeting, form.lines, current_user.id)
    flash(_("Saved."), "success")
    return redirect(url_for("meetings_agenda.edit", meeting_id=meeting.id))


def _page(meeting: Meeting, form: AgendaForm, newer: list[tuple[object, str]] | None = None) -> str:
    points = points_of(meeting.id)
    if newer is not None or request.method == "GET":
        # Saving again is then a choice made with both versions in sight.
        form.version.data = mark(points)
    return render_template(
        "meetings/agenda/edit.html",
        meeting=meeting,
        form=form,
        newer=newer,
        agenda=agenda_of(meeting),
        too_long_by=too_long_by(points, meeting.starts_at, meeting.ends_at),
    )
