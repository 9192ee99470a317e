"""Planning meetings: drafts, publishing, changes, calling off, copies."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.clock import now, today, zone
from portal.core.editors import draft_deleted, is_sure, kept_as_draft, not_out_yet, on_from, pressed
from portal.core.web import Room, members
from portal.markets.naming import names_hidden_place
from portal.markets.queries import is_shown, known_markets
from portal.meetings import actions
from portal.meetings.forms import CancelForm, MeetingForm, as_typed
from portal.meetings.models import Meeting
from portal.meetings.queries import editable_meeting, editable_meetings
from portal.meetings.report_back.actions import has_begun
from portal.meetings.report_back.queries import standings
from portal.meetings.report_back.rules import Standing
from portal.meetings.rules import TEXTS, missing, wrong_changes, wrong_dates
from portal.meetings.texts import warnings
from portal.meetings.week import WEEK, soon

Answer = Response | str | tuple[str, int]
room = Room(
    "meetings_editor",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings",
)


@room.get("/")
def index() -> str:
    """All meetings, drafts too, what is wrong with each, and what the week brings."""
    meetings = editable_meetings(current_user.id)
    rows = [(meeting, len(missing(meeting.plan)) if meeting.is_draft else 0) for meeting in meetings]
    promises = standings(meetings)
    owed = [meeting for meeting in meetings if promises[meeting.id] in (Standing.AWAITED, Standing.OVERDUE)]
    due_soon = [one for one in owed if one.report_back_on and one.report_back_on < today() + WEEK]
    return render_template(
        "meetings/editor_index.html",
        rows=rows,
        standings=promises,
        warnings=warnings(meetings),
        held_soon=soon(meetings, now()),
        owed=len(due_soon),
        unfinished=sum(meeting.is_draft for meeting in meetings),
    )


@room.get("/new")
def new() -> str:
    """An empty form."""
    return _page(MeetingForm(known_markets(current_user.id)))


@room.post("/new")
def create() -> Answer:
    """Keep a first draft, or publish it at once."""
    form = MeetingForm(known_markets(current_user.id))
    if not form.validate() or _is_blank(form):
        return _page(form), 422
    if pressed() == "publish" and _betrays(form):
        return _page(form), 422
    return _keep_or_publish(actions.draft_meeting(form.plan, current_user.id))


@room.get("/<int:meeting_id>")
def edit(meeting_id: int) -> str:
    """The form; with `?check` what keeps the meeting from being published stands beside the fields."""
    meeting = editable_meeting(meeting_id, current_user.id)
    form = MeetingForm(known_markets(current_user.id), meeting)
    form.version.data = str(meeting.version)
    if "check" in request.args:
        form.say_what_is_missing(missing(meeting.plan), wrong_dates(meeting.plan, now(), zone()))
    return _page(form, meeting)


@room.post("/<int:meeting_id>")
def save(meeting_id: int) -> Answer:
    """Keep what was typed: a draft with its gaps, a published meeting only when it is whole."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    form = MeetingForm(known_markets(current_user.id))
    form.stale = meeting.stale_fields
    if form.is_behind(meeting.version):
        return _page(form, meeting, newer=form.differences(as_typed(meeting))), 409
    if not form.validate():
        return _page(form, meeting), 422
    if meeting.is_draft and _is_blank(form):
        return _page(form, meeting), 422
    if (pressed() == "publish" or not meeting.is_draft) and _betrays(form):
        return _page(form, meeting), 422
    if meeting.is_draft:
        actions.edit_draft(meeting, form.plan, current_user.id, same=bool(form.same.data))
        return _keep_or_publish(meeting)
    return _change(meeting, form)


@room.get("/<int:meeting_id>/cancel")
def ask_why(meeting_id: int) -> str:
    """Ask for the reason."""
    meeting = editable_meeting(meeting_id, current_user.id)
    return render_template("meetings/cancel.html", meeting=meeting, form=CancelForm())


@room.post("/<int:meeting_id>/cancel")
def cancel(meeting_id: int) -> Answer:
    """Call the meeting off."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    form = CancelForm()
    if not form.validate() or names_hidden_place(form, current_user.id, meeting.market_id):
        return render_template("meetings/cancel.html", meeting=meeting, form=form), 422
    actions.cancel_meeting(meeting, form.pair("reason"), current_user.id)
    flash(_("The meeting is canceled. Its page and the calendars say so."), "success")
    return redirect(url_for("meetings_editor.index"))


@room.post("/<int:meeting_id>/copy")
def copy(meeting_id: int) -> Response:
    """Begin another like this one."""
    twin = actions.copy_meeting(editable_meeting(meeting_id, current_user.id), current_user.id)
    flash(_("This is a copy. It needs its own day."), "success")
    return redirect(url_for("meetings_editor.edit", meeting_id=twin.id))


@room.post("/<int:meeting_id>/delete")
def delete(meeting_id: int) -> Response:
    """Erase a draft, once somebody said that they are sure."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    if not is_sure():
        return redirect(url_for("meetings_editor.edit", meeting_id=meeting_id))
    actions.delete_draft(meeting, current_user.id)
    return draft_deleted(url_for("meetings_editor.index"))


def _is_blank(form: MeetingForm) -> bool:
    """Whether not a word was written; says beside the fields what is missing."""
    if form.says_something(TEXTS):
        return False
    if pressed() == "publish":
        form.say_what_is_missing(missing(form.plan))
    return True


def _betrays(form: MeetingForm) -> bool:
    return names_hidden_place(form, current_user.id, form.plan.market_id)


def _keep_or_publish(meeting: Meeting) -> Response:
    """The draft is kept in any case: somebody who lacks an answer at night must not lose the rest."""
    if pressed() != "publish":
        return kept_as_draft(url_for("meetings_editor.edit", meeting_id=meeting.id))
    if missing(meeting.plan) or wrong_dates(meeting.plan, now(), zone()):
        return not_out_yet(url_for("meetings_editor.edit", meeting_id=meeting.id, check=1))
    actions.publish_meeting(meeting, current_user.id)
    if is_shown(meeting.market_id):
        flash(_("Published in both languages."), "success")
    else:
        flash(_("It is ready. Everybody sees it from the hour in which its place is released."), "success")
    return _afterwards(meeting)


def _change(meeting: Meeting, form: MeetingForm) -> Answer:
    before, plan = meeting.plan, form.plan
    form.say_what_is_missing(missing(plan), wrong_changes(before, plan, now(), zone()))
    if form.errors or form.leaves_a_language_behind(before) or form.lacks_reason(before):
        return _page(form, meeting), 422
    actions.change_meeting(meeting, plan, form.reason, current_user.id, same=bool(form.same.data))
    flash(_("Saved. The page and the calendars are up to date."), "success")
    return _afterwards(meeting)


def _afterwards(meeting: Meeting) -> Response:
    shelf, form = url_for("meetings_editor.index"), url_for("meetings_editor.edit", meeting_id=meeting.id)
    return on_from(meeting.stale_fields, shelf, form)


def _page(form: MeetingForm, meeting: Meeting | None = None, newer: list[tuple[object, str]] | None = None) -> str:
    if meeting is not None and newer is not None:
        # Saving again is then a choice made with both versions in sight.
        form.version.data = str(meeting.version)
    begun = meeting is not None and has_begun(meeting)
    return render_template("meetings/edit.html", form=form, meeting=meeting, newer=newer, has_begun=begun)
