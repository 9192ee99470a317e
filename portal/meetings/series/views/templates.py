"""Templates: what many meetings have in common, shared among organizers."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.clock import now, today, zone
from portal.core.editing import NOT_SURE
from portal.core.errors import Refused
from portal.core.web import Room, members
from portal.markets.naming import names_hidden_place, texts_name_hidden_place
from portal.markets.queries import is_shown
from portal.meetings.actions import publish_meeting
from portal.meetings.desk.evening import taken_on
from portal.meetings.desk.texts import EVENING_TAKEN
from portal.meetings.queries import editable_meeting
from portal.meetings.rules import missing, wrong_dates
from portal.meetings.series import actions
from portal.meetings.series.forms import BeginForm, KeepForm
from portal.meetings.series.models import Template, plan_of
from portal.meetings.series.queries import all_templates, template_by_id

Answer = Response | str | tuple[str, int]
room = Room(
    "meetings_templates",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/templates",
)


@room.get("/")
def index() -> str:
    """What new meetings can begin from."""
    return render_template("meetings/series/templates.html", templates=all_templates())


@room.get("/from/<int:meeting_id>")
def ask_name(meeting_id: int) -> str:
    """Ask for a name."""
    meeting = editable_meeting(meeting_id, current_user.id)
    if not is_shown(meeting.market_id):
        raise Refused("template_hidden")
    form = KeepForm(all_templates())
    form.name_en.data, form.name_es.data = meeting.title.en, meeting.title.es
    return render_template("meetings/series/keep.html", form=form, meeting=meeting)


@room.post("/from/<int:meeting_id>")
def keep(meeting_id: int) -> Answer:
    """Keep what a meeting says, for others like it."""
    meeting = editable_meeting(meeting_id, current_user.id)
    form = KeepForm(all_templates())
    if not form.validate() or names_hidden_place(form, current_user.id, None):
        return render_template("meetings/series/keep.html", form=form, meeting=meeting), 422
    if texts_name_hidden_place(meeting.words, current_user.id):
        raise Refused("template_hidden")
    instead = template_by_id(int(form.instead.data)) if form.instead.data else None
    actions.keep_template(meeting, form.pair("name"), current_user.id, instead)
    flash(_("The template is kept. Every organizer can begin with it."), "success")
    return redirect(url_for("meetings_templates.index"))


@room.get("/<int:template_id>")
def ask(template_id: int) -> str:
    """A title and a day; all else is there."""
    template = template_by_id(template_id)
    form = BeginForm(template)
    form.title_en.data, form.title_es.data = template.title.en, template.title.es
    form.starts.data = template.starts
    return _page(form, template)


@room.post("/<int:template_id>")
def begin(template_id: int) -> Answer:
    """Make the meeting: published when nothing is missing, else a draft that says what is."""
    template = template_by_id(template_id)
    form = BeginForm(template)
    wants_all = request.form.get("then") == "publish"
    whole = form.validate()
    if (wants_all and form.lacks_answers()) or not whole or names_hidden_place(form, current_user.id, None):
        return _page(form, template), 422
    day, starts = form.held_on.data, form.starts.data
    meeting = actions.begin_from(template, form.pair("title"), day, starts, form.needs, current_user.id)
    whole = wants_all and not missing(meeting.plan) and not wrong_dates(meeting.plan, now(), zone())
    if whole and taken_on([day], meeting, current_user.id):
        flash(str(EVENING_TAKEN), "warning")
        return redirect(url_for("meetings_editor.edit", meeting_id=meeting.id, _anchor="evening"))
    if whole:
        publish_meeting(meeting, current_user.id)
        flash(_("Published in both languages."), "success")
        return redirect(url_for("meetings_editor.edit", meeting_id=meeting.id))
    flash(_("Saved as a draft. It can be published when nothing is missing.") if wants_all else _("Saved as a draft."))
    return redirect(url_for("meetings_editor.edit", meeting_id=meeting.id, check=1 if wants_all else None))


@room.post("/<int:template_id>/delete")
def delete(template_id: int) -> Response:
    """Forget a template, once somebody said that they are sure."""
    template = template_by_id(template_id)
    if "sure" not in request.form:
        flash(NOT_SURE, "warning")
        return redirect(url_for("meetings_templates.ask", template_id=template_id))
    actions.drop_template(template)
    flash(_("The template is deleted. Meetings that began with it stay."), "success")
    return redirect(url_for("meetings_templates.index"))


def _page(form: BeginForm, template: Template) -> str:
    asked = ("held_on", *form.needs)
    gaps = [name for name in missing(plan_of(template.shape, today())) if name not in asked]
    return render_template("meetings/series/from_template.html", form=form, template=template, gaps=len(gaps))
