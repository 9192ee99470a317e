"""Pages for organizers: the list of meetings, drafts, publishing, changes, cancelling, copies."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext as _, lazy_gettext as _l, ngettext
from werkzeug.wrappers import Response

from portal.accounts.sign_in import current_user
from portal.core import editing
from portal.core.clock import now, zone
from portal.core.db import session
from portal.core.editing import id_asked, page_asked, pressed
from portal.core.forms import FormPage
from portal.core.i18n import date_words, language
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members
from portal.markets.publishing import say_published
from portal.markets.texts import GAPS, names_hidden_place
from portal.meetings import door, fortnight, lists, planning, readiness, suggestions
from portal.meetings.forms import CancelForm, MeetingForm, ScopeForm
from portal.meetings.meeting import PLANNERS, Meeting, editable_meeting
from portal.meetings.readiness import NEEDS, PROMISED_BY_PEOPLE, MeetingState, ReportBackState
from portal.meetings.report_back import standing_of, standings
from portal.meetings.rsvp.rsvp import reach_in_words, reach_of, standing_reach
from portal.meetings.rsvp.texts import counted_on
from portal.meetings.series import has_date, known_series, shape_of, slot_of
from portal.meetings.suggestions import evening_of, was_seen
from portal.meetings.texts import NEED_NAMES, REFUSALS, WRONG_DATES, when
from portal.meetings.venues import keep_venue_of

NOT_THE_DAY = _l("The day can be changed for this date alone. For all: change how often it repeats.")


class Spread:
    """An edit of a meeting, and of its series if it belongs to one. Create it before the meeting is changed."""

    def __init__(self, meeting: Meeting) -> None:
        self.meeting, self.before = meeting, meeting.plan
        self.series = session.scalars(known_series(current_user.id, has_date(meeting))).one_or_none()
        self.form = ScopeForm() if self.series else None
        self.is_for_all = self.form is not None and request.method == "POST" and self.form.scope.data == "all"

    def is_refused(self, form: MeetingForm) -> bool:
        """Return whether the edit cannot be applied to all dates; adds errors to the fields."""
        if self.series is None or not self.is_for_all:
            return False
        slot_on, edit = slot_of(self.meeting), self._edit(form)
        if shape_of(form.plan, slot_on)["offset"] != shape_of(self.before, slot_on)["offset"]:
            form.complain("held_on", NOT_THE_DAY)
        elif form.plan.starts_at is None:
            form.complain("held_on", _("Please fill this in."))
        elif planning.would_hide_any(self.series, self.meeting, edit):
            form.complain("market", REFUSALS["meeting_hidden"])
        elif not form.lacks_reason(self.before) and planning.would_change(self.series, self.meeting, edit).told:
            # Another published date is moved, or loses an offer that the date at hand may never have had.
            form.asks_for_reason()
        return bool(form.errors)

    def go(self, form: MeetingForm) -> None:
        if self.series is None or not self.is_for_all:
            return
        edited = planning.change_others(self.series, self.meeting, self._edit(form), current_user.id)
        changed = len(edited.changed)
        flash(ngettext("%(num)s other date was changed too.", "%(num)s other dates were changed too.", changed))
        if edited.told:
            flash(reach_in_words(*map(standing_reach, edited.told)))
        days = [format_date(meeting.starts_at, "medium") for meeting in edited.kept if meeting.starts_at]
        if days:
            flash(_("Kept what was changed there by hand: %(days)s", days=", ".join(days)), "warning")

    def _edit(self, form: MeetingForm) -> planning.Edit:
        return planning.Edit(self.before, form.plan, form.given_reason, bool(form.same.data))


blueprint = AudienceBlueprint(
    "meetings_editor", __name__, audience=members(*PLANNERS), url_prefix="/<lang:lang>/team/meetings"
)


@blueprint.get("/")
def index() -> str:
    chosen = request.args.get("show") if request.args.get("show") in ("draft", "earlier") else None
    page, after = page_asked(), id_asked("after")
    member_id = current_user.id
    shown = lists.known_shelf(member_id, chosen, page) if chosen else lists.known_ahead(member_id, after)
    meetings = [listed.meeting for listed in shown.rows]
    ahead = (meeting for meeting in meetings if not (meeting.is_over or meeting.is_cancelled))
    spans = {meeting.id: (meeting.span, meeting.id) for meeting in ahead if meeting.span}
    return render_template(
        "meetings/editor_index.html",
        shown=shown,
        chosen=chosen,
        gaps={meeting.id: len(readiness.missing(meeting.plan)) for meeting in meetings if meeting.is_draft},
        standings=standings(meetings),
        conflicts=suggestions.conflicts(spans, member_id),
        drafts=lists.drafts_of(member_id),
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = MeetingForm()
    is_whole = form.validate_on_submit()
    if not form.is_submitted():
        suggestions.begin(form, current_user.id)
    if suggestions.only_fills_in(form, current_user.id):
        return _page(form)
    stops = pressed() == "publish" and (
        names_hidden_place(form, current_user.id, form.market_id) or form.stops_for_deadline()
    )
    if not is_whole or _is_blank(form) or stops:
        return _page(form), form.http_status
    return _keep_or_publish(planning.draft_meeting(form.plan, current_user.id), form)


@blueprint.route("/<int:meeting_id>", methods=["GET", "POST"])
def edit(meeting_id: int) -> ResponseReturnValue:
    """Edit a meeting: a draft may have gaps, which `?check` shows beside the fields, a published one must stay whole.

    With `?like` it is a copy without a day: one is filled in, which is stored when the organizer saves the form.
    """
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    form = MeetingForm(meeting)
    is_whole = form.validate_row(meeting)
    if not form.is_submitted():
        if meeting.is_draft and meeting.starts_at is None and (pattern := id_asked("like")):
            suggestions.propose_day(form, editable_meeting(pattern, current_user.id), current_user.id)
        if "check" in request.args:
            form.say_what_is_missing(form.gaps(meeting))
            for key in readiness.wrong_dates(meeting.plan, now(), zone()):
                form.complain(*WRONG_DATES[key])
    if form.newer is None and suggestions.only_fills_in(form, current_user.id):
        return _page(form, meeting)
    if not is_whole or (meeting.is_draft and _is_blank(form)):
        return _page(form, meeting), form.http_status
    spread = Spread(meeting)
    shown = pressed() == "publish" or not meeting.is_draft or spread.is_for_all
    # All that stops it is said at once: each further round is one more try late at night.
    betrays = shown and names_hidden_place(form, current_user.id, form.market_id)
    stops = [betrays, shown and form.stops_for_deadline()]
    if spread.is_refused(form) or (not meeting.is_draft and _is_refused(meeting, form)) or any(stops):
        return _page(form, meeting, spread=spread), 422
    if not meeting.is_draft:
        return _change(meeting, form, spread)
    planning.edit_draft(meeting, form.plan, current_user.id, same=bool(form.same.data))
    if form.asks_about_deadline and not shown and meeting.report_back_on is not None:
        flash(_("What came of it is still due on %(day)s.", day=date_words(meeting.report_back_on)), "warning")
    spread.go(form)
    return _keep_or_publish(meeting, form)


@blueprint.route("/<int:meeting_id>/cancel", methods=["GET", "POST"])
def cancel(meeting_id: int) -> ResponseReturnValue:
    """Ask why, then cancel. Raises `Refused` if what came of it is told: the rate of late changes would be wrong."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    if standing_of(meeting) is ReportBackState.DONE:
        raise Refused("meeting_held")
    form = CancelForm()
    is_whole = form.validate_on_submit() and not form.asks_for_reason()
    if not is_whole or names_hidden_place(form, current_user.id, meeting.market_id):
        words = _("Its page stays and says that it is canceled and why; so do calendars. This cannot be undone.")
        return FormPage(
            _("Cancel this meeting"),
            _("Cancel the meeting"),
            [words],
            template="meetings/reason.html",
            lead=meeting.title[language()],
            eyebrow=when(meeting),
            back=(url_for("meetings_editor.edit", meeting_id=meeting_id), _("Back, do not cancel")),
            danger=True,
        ).show(form)
    planning.cancel_meeting(meeting, form.given_reason, current_user.id)
    flash(_("The meeting is canceled. Its page and the calendars say so."), "success")
    flash(reach_in_words(reach_of(meeting)))
    return redirect(url_for("meetings_editor.index"))


@blueprint.post("/<int:meeting_id>/copy")
def copy(meeting_id: int) -> Response:
    twin = planning.copy_meeting(editable_meeting(meeting_id, current_user.id), current_user.id)
    form = url_for("meetings_editor.edit", meeting_id=twin.id, like=meeting_id)
    return editing.done(form, _("This is a copy. A free day is put in; look at it, then publish."))


@blueprint.post("/<int:meeting_id>/delete")
def delete(meeting_id: int) -> Response:
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    if not editing.is_sure():
        return redirect(url_for("meetings_editor.edit", meeting_id=meeting_id))
    planning.delete_draft(meeting, current_user.id)
    return editing.done(url_for("meetings_editor.index"), _("The draft is deleted."))


def _is_blank(form: MeetingForm) -> bool:
    """Return whether no text was entered; when publishing, marks the fields to begin with."""
    if not form.is_blank():
        return False
    if pressed() == "publish":
        # Each once: the way in and the host come with the place.
        form[f"title_{form.first}"].errors = []
        form.say_what_is_missing([gap for gap in form.gaps() if not gap.startswith(("access", "host"))])
    return True


def _keep_or_publish(meeting: Meeting, form: MeetingForm) -> Response:
    """Keep the draft, lest an organizer who lacks one answer at night lose the rest; then publish it if asked to."""
    _keep_venue(meeting, form)
    if pressed() != "publish":
        return editing.kept_as_draft(url_for("meetings_editor.edit", meeting_id=meeting.id))
    if not planning.is_ready(meeting.plan):
        return editing.not_out_yet(url_for("meetings_editor.edit", meeting_id=meeting.id, check=1))
    if not was_seen(form, evening_of(form, current_user.id, meeting)):
        flash(str(suggestions.EVENING_TAKEN), "warning")
        return redirect(url_for("meetings_editor.edit", meeting_id=meeting.id, _anchor="evening"))
    planning.publish_meeting(meeting, current_user.id)
    say_published(meeting.market_id)
    return _afterwards(meeting)


def _keep_venue(meeting: Meeting, form: MeetingForm) -> None:
    if form.keep_venue.data and keep_venue_of(meeting, current_user.id) is None:
        flash(_("The venue was not kept: all organizers would read the name of a hidden place."), "warning")


def _is_refused(meeting: Meeting, form: MeetingForm) -> bool:
    """Return whether the change of a published meeting lacks something; adds errors to the fields."""
    before, plan = meeting.plan, form.plan
    form.say_what_is_missing(form.gaps())
    for key in readiness.wrong_changes(before, plan, now(), zone()):
        form.complain(*WRONG_DATES[key])
    if planning.would_hide(meeting, plan):
        form.complain("market", REFUSALS["meeting_hidden"])
    for name in () if form.same.data else readiness.one_language_left_behind(before, plan):
        form.complain(name, REFUSALS["meeting_one_language"])
    form.lacks_reason(before, counted_on(meeting))
    return bool(form.errors)


def _change(meeting: Meeting, form: MeetingForm, spread: Spread) -> ResponseReturnValue:
    before, plan = spread.before, form.plan
    moved, gone = readiness.moves(before, plan), readiness.taken_back(before, plan)
    if moved and not was_seen(form, evening_of(form, current_user.id, meeting)):
        return _page(form, meeting, spread=spread, stopped=True), 422
    planning.change_meeting(meeting, plan, form.given_reason, current_user.id, same=bool(form.same.data))
    _keep_venue(meeting, form)
    flash(_("Saved. The page and the calendars are up to date."), "success")
    if moved or gone:
        flash(reach_in_words(reach_of(meeting, () if moved else gone)))
    spread.go(form)
    doubtful = [str(NEED_NAMES[need]) for need in readiness.still_promised(before, plan, zone())]
    if doubtful:
        needs = ", ".join(doubtful)
        flash(_("It is another day now. Please ask again whether this still holds: %(needs)s.", needs=needs))
    return _afterwards(meeting)


def _afterwards(meeting: Meeting) -> Response:
    shelf, form = url_for("meetings_editor.index"), url_for("meetings_editor.edit", meeting_id=meeting.id)
    return editing.on_from(meeting.stale_fields, shelf, form)


def _page(
    form: MeetingForm, meeting: Meeting | None = None, *, spread: Spread | None = None, stopped: bool = False
) -> str:
    """Render the editor; `stopped`: what else is on that evening is said first, the same button saves it now."""
    copied = "like" in request.args and (meeting is None or meeting.is_draft)
    evening = evening_of(form, current_user.id, meeting)
    was_seen(form, evening)
    form.name_first_language()
    form.show_deadline_with_day()
    has_begun = meeting is not None and meeting.has_begun
    is_new = meeting is None and not form.is_submitted()
    last = suggestions.latest(current_user.id, Meeting.state == MeetingState.PUBLISHED) if is_new else None
    is_ahead = meeting is not None and meeting.state == MeetingState.PUBLISHED and not meeting.is_over
    return render_template(
        "meetings/edit.html",
        form=form,
        meeting=meeting,
        shows_form=bool(form.errors or form.is_submitted() or form.stale or "check" in request.args),
        glance=fortnight.glance(meeting) if is_ahead and meeting is not None else None,
        need_names=NEED_NAMES,
        latest=last,
        has_begun=has_begun,
        is_door_open=meeting is not None and door.is_open(meeting),
        evening=evening,
        stopped=stopped,
        copied=copied,
        anew=[need for need in PROMISED_BY_PEOPLE if copied and meeting and getattr(meeting, need) is None],
        needs=NEEDS,
        counted=counted_on(meeting) if meeting is not None and not meeting.is_draft else {},
        known=suggestions.suggestions(form, current_user.id),
        missing=GAPS,
        spread=spread or (Spread(meeting) if meeting is not None else None),
        may_repeat=meeting is not None and not meeting.is_cancelled and meeting.held_on is not None and not has_begun,
        is_told=meeting is not None and standing_of(meeting) is ReportBackState.DONE,
    )
