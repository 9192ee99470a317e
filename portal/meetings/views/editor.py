"""Planning meetings: drafts, publishing, changes, calling off, copies."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.clock import now, today, zone
from portal.core.editors import draft_deleted, is_sure, kept_as_draft, not_out_yet, on_from, pressed
from portal.core.errors import Refused
from portal.core.web import Room, members
from portal.markets.naming import names_hidden_place
from portal.markets.queries import is_shown, known_markets
from portal.meetings import actions
from portal.meetings.desk.evening import evening_of, only_looks, propose_day, was_seen
from portal.meetings.desk.texts import EVENING_TAKEN
from portal.meetings.desk.used import typed_before
from portal.meetings.forms import CancelForm, MeetingForm, as_typed
from portal.meetings.models import Meeting
from portal.meetings.queries import editable_meeting, editable_meetings
from portal.meetings.report_back.actions import has_begun
from portal.meetings.report_back.queries import standing_of, standings
from portal.meetings.report_back.rules import Standing
from portal.meetings.rsvp.reach import reach_in_words, reach_of
from portal.meetings.rsvp.texts import counted_on
from portal.meetings.rules import (
    NEEDS,
    PROMISED_BY_PEOPLE,
    TEXTS,
    missing,
    moves,
    still_promised,
    taken_back,
    wrong_changes,
    wrong_dates,
)
from portal.meetings.series.listing import listed
from portal.meetings.series.rules import Scope
from portal.meetings.texts import NEED_NAMES, REFUSALS, warnings
from portal.meetings.views.spreading import Spread
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
    shown = listed(meetings)
    rows = [(one.meeting, len(missing(one.meeting.plan)) if one.meeting.is_draft else 0) for one in shown]
    promises = standings(meetings)
    owed = [meeting for meeting in meetings if promises[meeting.id] in (Standing.AWAITED, Standing.OVERDUE)]
    due_soon = [one for one in owed if one.report_back_on and one.report_back_on < today() + WEEK]
    return render_template(
        "meetings/editor_index.html",
        rows=rows,
        series={one.meeting.id: one.series for one in shown if one.series},
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
    whole = form.validate()
    if only_looks(form, current_user.id):
        return _page(form)
    if not whole or _is_blank(form):
        return _page(form), 422
    if pressed() == "publish" and _betrays(form):
        return _page(form), 422
    return _keep_or_publish(actions.draft_meeting(form.plan, current_user.id), form)


@room.get("/<int:meeting_id>")
def edit(meeting_id: int) -> str:
    """The form; with `?check` what keeps the meeting from being published stands beside the fields.

    With `?like` it is a copy that has no day yet: one is put in, which is stored when somebody saves it.
    """
    meeting = editable_meeting(meeting_id, current_user.id)
    form = MeetingForm(known_markets(current_user.id), meeting)
    form.version.data = str(meeting.version)
    if meeting.is_draft and meeting.starts_at is None and (pattern := request.args.get("like", 0, int)):
        propose_day(form, editable_meeting(pattern, current_user.id), current_user.id)
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
    whole = form.validate()
    if only_looks(form, current_user.id):
        return _page(form, meeting)
    if not whole:
        return _page(form, meeting), 422
    if meeting.is_draft and _is_blank(form):
        return _page(form, meeting), 422
    spread = Spread(meeting)
    shown = pressed() == "publish" or not meeting.is_draft or spread.scope is not Scope.THIS
    if shown and _betrays(form):
        return _page(form, meeting, spread=spread), 422
    if spread.is_refused(form):
        return _page(form, meeting, spread=spread), 422
    if meeting.is_draft:
        actions.edit_draft(meeting, form.plan, current_user.id, same=bool(form.same.data))
        spread.go(form)
        return _keep_or_publish(meeting, form)
    return _change(meeting, form, spread)


@room.get("/<int:meeting_id>/cancel")
def ask_why(meeting_id: int) -> str:
    """Ask for the reason."""
    meeting = editable_meeting(meeting_id, current_user.id)
    _must_not_be_told(meeting)
    return render_template("meetings/cancel.html", meeting=meeting, form=CancelForm())


@room.post("/<int:meeting_id>/cancel")
def cancel(meeting_id: int) -> Answer:
    """Call the meeting off."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    _must_not_be_told(meeting)
    form = CancelForm()
    if not form.validate() or names_hidden_place(form, current_user.id, meeting.market_id):
        return render_template("meetings/cancel.html", meeting=meeting, form=form), 422
    actions.cancel_meeting(meeting, form.pair("reason"), current_user.id)
    flash(_("The meeting is canceled. Its page and the calendars say so."), "success")
    flash(reach_in_words(reach_of(meeting)))
    return redirect(url_for("meetings_editor.index"))


@room.post("/<int:meeting_id>/copy")
def copy(meeting_id: int) -> Response:
    """Begin another like this one."""
    twin = actions.copy_meeting(editable_meeting(meeting_id, current_user.id), current_user.id)
    flash(_("This is a copy. A free day is put in; look at it, then publish."), "success")
    return redirect(url_for("meetings_editor.edit", meeting_id=twin.id, like=meeting_id))


@room.post("/<int:meeting_id>/delete")
def delete(meeting_id: int) -> Response:
    """Erase a draft, once somebody said that they are sure."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    if not is_sure():
        return redirect(url_for("meetings_editor.edit", meeting_id=meeting_id))
    actions.delete_draft(meeting, current_user.id)
    return draft_deleted(url_for("meetings_editor.index"))


def _must_not_be_told(meeting: Meeting) -> None:
    """What came of a meeting is public: to cancel it now would contradict that, and spoil the rate for a year."""
    if standing_of(meeting) is Standing.DONE:
        raise Refused("meeting_held")


def _is_blank(form: MeetingForm) -> bool:
    """Whether not a word was written; says beside the fields what is missing."""
    if form.says_something(TEXTS):
        return False
    if pressed() == "publish":
        form.say_what_is_missing(missing(form.plan))
    return True


def _betrays(form: MeetingForm) -> bool:
    return names_hidden_place(form, current_user.id, form.plan.market_id)


def _keep_or_publish(meeting: Meeting, form: MeetingForm) -> Response:
    """The draft is kept in any case: somebody who lacks an answer at night must not lose the rest."""
    if pressed() != "publish":
        return kept_as_draft(url_for("meetings_editor.edit", meeting_id=meeting.id))
    if missing(meeting.plan) or wrong_dates(meeting.plan, now(), zone()):
        return not_out_yet(url_for("meetings_editor.edit", meeting_id=meeting.id, check=1))
    if not was_seen(form, evening_of(form, current_user.id, meeting)):
        flash(str(EVENING_TAKEN), "warning")
        return redirect(url_for("meetings_editor.edit", meeting_id=meeting.id, _anchor="evening"))
    actions.publish_meeting(meeting, current_user.id)
    if is_shown(meeting.market_id):
        flash(_("Published in both languages."), "success")
    else:
        flash(_("It is ready. Everybody sees it from the hour in which its place is released."), "success")
    return _afterwards(meeting)


def _change(meeting: Meeting, form: MeetingForm, spread: Spread) -> Answer:
    before, plan = meeting.plan, form.plan
    form.say_what_is_missing(missing(plan), wrong_changes(before, plan, now(), zone()))
    if actions.would_hide(meeting, plan):
        form.complain("market", REFUSALS["meeting_hidden"])
    if form.errors or form.leaves_a_language_behind(before) or form.lacks_reason(before, counted_on(meeting)):
        return _page(form, meeting, spread=spread), 422
    if moves(before, plan) and not was_seen(form, evening_of(form, current_user.id, meeting)):
        return _page(form, meeting, spread=spread, stopped=True), 422
    actions.change_meeting(meeting, plan, form.reason, current_user.id, same=bool(form.same.data))
    flash(_("Saved. The page and the calendars are up to date."), "success")
    moved, gone = moves(before, plan), taken_back(before, plan)
    if moved or gone:
        flash(reach_in_words(reach_of(meeting, () if moved else gone)))
    spread.go(form)
    doubtful = [str(NEED_NAMES[need]) for need in still_promised(before, plan, zone())]
    if doubtful:
        flash(
            _("It is another day now. Please ask again whether this still holds: %(needs)s.", needs=", ".join(doubtful))
        )
    return _afterwards(meeting)


def _afterwards(meeting: Meeting) -> Response:
    shelf, form = url_for("meetings_editor.index"), url_for("meetings_editor.edit", meeting_id=meeting.id)
    return on_from(meeting.stale_fields, shelf, form)


def _page(
    form: MeetingForm,
    meeting: Meeting | None = None,
    newer: list[tuple[object, str]] | None = None,
    *,
    spread: Spread | None = None,
    stopped: bool = False,
) -> str:
    """`stopped`: nothing was saved yet because of what else is on that evening; the same button saves it now."""
    if meeting is not None and newer is not None:
        # Saving again is then a choice made with both versions in sight.
        form.version.data = str(meeting.version)
    copied = "like" in request.args and (meeting is None or meeting.is_draft)
    evening = evening_of(form, current_user.id, meeting)
    was_seen(form, evening)
    spread = spread or (Spread(meeting) if meeting is not None else None)
    return render_template(
        "meetings/edit.html",
        form=form,
        meeting=meeting,
        newer=newer,
        has_begun=meeting is not None and has_begun(meeting),
        evening=evening,
        stopped=stopped,
        copied=copied,
        anew=[need for need in PROMISED_BY_PEOPLE if copied and meeting and getattr(meeting, need) is None],
        needs=NEEDS,
        counted=counted_on(meeting) if meeting is not None and not meeting.is_draft else {},
        used=typed_before(current_user.id),
        spread=spread,
        may_repeat=_may_repeat(meeting),
        is_told=meeting is not None and standing_of(meeting) is Standing.DONE,
    )


def _may_repeat(meeting: Meeting | None) -> bool:
    """Whether it can be the first of a series."""
    return meeting is not None and not meeting.is_cancelled and meeting.starts_at is not None and not has_begun(meeting)
