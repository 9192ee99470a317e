"""Pages for organizers: the list of meetings, drafts, publishing, changes, cancelling, copies."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from portal.accounts.sign_in import current_user
from portal.core.clock import now, zone
from portal.core.editing import (
    draft_deleted,
    id_asked,
    is_sure,
    kept_as_draft,
    not_out_yet,
    on_from,
    page_asked,
    pressed,
)
from portal.core.forms import FormPage
from portal.core.i18n import date_words, language
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members
from portal.markets.places import known_markets
from portal.markets.publishing import say_published
from portal.markets.texts import GAPS, names_hidden_place
from portal.meetings import planning, suggestions
from portal.meetings.desk import EVENING_TAKEN, evening_of, only_looks, propose_day, typed_before, was_seen
from portal.meetings.forms import CancelForm, MeetingForm, ScopeForm
from portal.meetings.lists import at_that_time, in_brief, known_ahead, known_drafts, known_earlier
from portal.meetings.meeting import Meeting, editable_meeting
from portal.meetings.readiness import (
    NEEDS,
    PROMISED_BY_PEOPLE,
    missing,
    moves,
    still_promised,
    taken_back,
    wrong_changes,
    wrong_dates,
)
from portal.meetings.report_back import has_begun, standing_of, standings
from portal.meetings.report_back_rules import ReportBackState
from portal.meetings.rsvp.rsvp import AnswerReach, reach_in_words, reach_of, standing_reach
from portal.meetings.rsvp.texts import counted_on
from portal.meetings.series import editable_series_of, shape_of, slot_of
from portal.meetings.series_steps import Edit, Edited, change_others, would_change, would_hide_any
from portal.meetings.texts import NEED_NAMES, REFUSALS, warnings, when
from portal.meetings.venues import keep_venue_of

NOT_THE_DAY = _l("The day can be changed for this date alone. For all: change how often it repeats.")


class Spread:
    """An edit of a meeting, and of its series if it belongs to one. Create it before the meeting is changed."""

    def __init__(self, meeting: Meeting) -> None:
        self.meeting, self.before = meeting, meeting.plan
        self.series = editable_series_of(meeting, current_user.id)
        self.form = ScopeForm() if self.series else None

    @property
    def is_for_all(self) -> bool:
        return self.form is not None and request.method == "POST" and self.form.is_for_all

    def is_refused(self, form: MeetingForm) -> bool:
        """Return whether the edit cannot be applied to all dates; adds errors to the fields."""
        if not self.is_for_all:
            return False
        slot_on = slot_of(self.meeting)
        if shape_of(form.plan, slot_on)["offset"] != shape_of(self.before, slot_on)["offset"]:
            form.complain("held_on", NOT_THE_DAY)
        elif form.plan.starts_at is None:
            form.complain("held_on", _("Please fill this in."))
        elif self.series is not None and would_hide_any(self.series, self.meeting, self._edit(form)):
            form.complain("market", REFUSALS["meeting_hidden"])
        else:
            self._asks_why(form)
        return bool(form.errors)

    def _asks_why(self, form: MeetingForm) -> None:
        """Require a reason if the edit moves another published date or takes back an offer there.

        This can be so even where the date at hand loses nothing: it may never have had the offer.
        """
        if form.lacks_reason(self.before) or self.series is None or form.reason.is_whole:
            return
        changed = would_change(self.series, self.meeting, self._edit(form)).changed
        if any(not one.is_draft and (moves(one.plan, plan) or taken_back(one.plan, plan)) for one, plan in changed):
            form.asks_for_reason()

    def go(self, form: MeetingForm) -> None:
        """Apply the edit to the other dates and flash how many changed."""
        if self.series is None or not self.is_for_all:
            return
        _say(change_others(self.series, self.meeting, self._edit(form), current_user.id))

    def _edit(self, form: MeetingForm) -> Edit:
        return Edit(self.before, form.plan, form.reason, bool(form.same.data))


def _say(edited: Edited) -> None:
    flash(ngettext("%(num)s other date was changed too.", "%(num)s other dates were changed too.", len(edited.changed)))
    if edited.told:
        flash(reach_in_words(sum(map(standing_reach, edited.told), AnswerReach())))
    days = [format_date(one.starts_at, "medium") for one in edited.kept if one.starts_at]
    if days:
        flash(_("Kept what was changed there by hand: %(days)s", days=", ".join(days)), "warning")


blueprint = AudienceBlueprint(
    "meetings_editor",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings",
)


SHELVES = {"draft": known_drafts, "earlier": known_earlier}


@blueprint.get("/")
def index() -> str:
    """List meetings to come, drafts or earlier ones, with their gaps, warnings and the events of the week."""
    shelf = SHELVES.get(request.args.get("show", ""))
    page, after = page_asked(), id_asked("after")
    shown = shelf(current_user.id, page) if shelf else known_ahead(current_user.id, after)
    meetings = [one.meeting for one in shown.rows]
    return render_template(
        "meetings/editor_index.html",
        shown=shown,
        chosen=request.args["show"] if shelf else None,
        page=page,
        gaps={one.id: len(missing(one.plan)) for one in meetings if one.is_draft},
        standings=standings(meetings),
        warnings=warnings(meetings, at_that_time(current_user.id, meetings)),
        brief=in_brief(current_user.id),
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Store a first draft, or publish it at once."""
    form = MeetingForm(known_markets(current_user.id))
    is_whole = form.validate_on_submit()
    if not form.is_submitted():
        suggestions.begin(form, current_user.id)
    if _only_looks(form):
        return _page(form)
    if not is_whole or _is_blank(form) or (pressed() == "publish" and (_betrays(form) or form.stops_for_deadline())):
        return _page(form), form.http_status
    return _keep_or_publish(planning.draft_meeting(form.plan, current_user.id), form)


@blueprint.route("/<int:meeting_id>", methods=["GET", "POST"])
def edit(meeting_id: int) -> ResponseReturnValue:
    """Edit a meeting: a draft may have gaps, a published one must stay complete.

    With `?check` the gaps that prevent publishing are shown beside the fields. With `?like` it is a copy without a day:
    one is filled in, which is stored when the organizer saves the form.
    """
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    form = MeetingForm(known_markets(current_user.id), meeting)
    is_whole = form.validate_over(form.typed(meeting), meeting.version)
    if not form.is_submitted():
        _begin(form, meeting)
    if form.newer is None and _only_looks(form):
        return _page(form, meeting)
    if not is_whole or (meeting.is_draft and _is_blank(form)):
        return _page(form, meeting), form.http_status
    return _store(meeting, form)


def _only_looks(form: MeetingForm) -> bool:
    """Return whether the pressed button saves nothing, and do what it says to the form."""
    return only_looks(form, current_user.id) or suggestions.put_in(form, current_user.id)


def _begin(form: MeetingForm, meeting: Meeting) -> None:
    if meeting.is_draft and meeting.starts_at is None and (pattern := id_asked("like")):
        propose_day(form, editable_meeting(pattern, current_user.id), current_user.id)
    if "check" in request.args:
        form.say_what_is_missing(form.gaps(meeting))
        form.say_what_is_wrong(wrong_dates(meeting.plan, now(), zone()))


def _store(meeting: Meeting, form: MeetingForm) -> ResponseReturnValue:
    spread = Spread(meeting)
    shown = pressed() == "publish" or not meeting.is_draft or spread.is_for_all
    # All that stops it is said at once: each further round is one more try late at night.
    stops = [shown and _betrays(form), shown and form.stops_for_deadline()]
    if spread.is_refused(form) or (not meeting.is_draft and _is_refused(meeting, form)) or any(stops):
        return _page(form, meeting, spread=spread), 422
    if meeting.is_draft:
        planning.edit_draft(meeting, form.plan, current_user.id, same=bool(form.same.data))
        if form.asks_about_deadline and not shown and meeting.report_back_on is not None:
            flash(_("What came of it is still due on %(day)s.", day=date_words(meeting.report_back_on)), "warning")
        spread.go(form)
        return _keep_or_publish(meeting, form)
    return _change(meeting, form, spread)


@blueprint.route("/<int:meeting_id>/cancel", methods=["GET", "POST"])
def cancel(meeting_id: int) -> ResponseReturnValue:
    """Ask for the reason, then cancel the meeting."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    _must_not_be_told(meeting)
    form = CancelForm()
    if not form.validate_on_submit() or names_hidden_place(form, current_user.id, meeting.market_id):
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
    planning.cancel_meeting(meeting, form.reason, current_user.id)
    flash(_("The meeting is canceled. Its page and the calendars say so."), "success")
    flash(reach_in_words(reach_of(meeting)))
    return redirect(url_for("meetings_editor.index"))


@blueprint.post("/<int:meeting_id>/copy")
def copy(meeting_id: int) -> Response:
    """Create a draft that is a copy of this meeting."""
    twin = planning.copy_meeting(editable_meeting(meeting_id, current_user.id), current_user.id)
    flash(_("This is a copy. A free day is put in; look at it, then publish."), "success")
    return redirect(url_for("meetings_editor.edit", meeting_id=twin.id, like=meeting_id))


@blueprint.post("/<int:meeting_id>/delete")
def delete(meeting_id: int) -> Response:
    """Delete a draft once the organizer has confirmed."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    if not is_sure():
        return redirect(url_for("meetings_editor.edit", meeting_id=meeting_id))
    planning.delete_draft(meeting, current_user.id)
    return draft_deleted(url_for("meetings_editor.index"))


def _must_not_be_told(meeting: Meeting) -> None:
    """Raise `Refused` if the report-back is published.

    Cancelling now would contradict it and distort the late-cancellation rate for a year.
    """
    if standing_of(meeting) is ReportBackState.DONE:
        raise Refused("meeting_held")


def _is_blank(form: MeetingForm) -> bool:
    """Return whether no text was entered; when publishing, marks the fields to begin with."""
    if not form.is_blank():
        return False
    if pressed() == "publish":
        form.say_all_is_missing()
    return True


def _betrays(form: MeetingForm) -> bool:
    return names_hidden_place(form, current_user.id, form.market_id)


def _keep_or_publish(meeting: Meeting, form: MeetingForm) -> Response:
    """Publish the meeting if the button says so and nothing is missing.

    The draft is kept in any case: an organizer who lacks one answer at night must not lose the rest.
    """
    _keep_venue(meeting, form)
    if pressed() != "publish":
        return kept_as_draft(url_for("meetings_editor.edit", meeting_id=meeting.id))
    if missing(meeting.plan) or wrong_dates(meeting.plan, now(), zone()):
        return not_out_yet(url_for("meetings_editor.edit", meeting_id=meeting.id, check=1))
    if not was_seen(form, evening_of(form, current_user.id, meeting)):
        flash(str(EVENING_TAKEN), "warning")
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
    form.say_what_is_wrong(wrong_changes(before, plan, now(), zone()))
    if planning.would_hide(meeting, plan):
        form.complain("market", REFUSALS["meeting_hidden"])
    form.leaves_a_language_behind(before)
    form.lacks_reason(before, counted_on(meeting))
    return bool(form.errors)


def _change(meeting: Meeting, form: MeetingForm, spread: Spread) -> ResponseReturnValue:
    before, plan = meeting.plan, form.plan
    if moves(before, plan) and not was_seen(form, evening_of(form, current_user.id, meeting)):
        return _page(form, meeting, spread=spread, stopped=True), 422
    planning.change_meeting(meeting, plan, form.reason, current_user.id, same=bool(form.same.data))
    _keep_venue(meeting, form)
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
    *,
    spread: Spread | None = None,
    stopped: bool = False,
) -> str:
    """Render the editor.

    `stopped`: nothing was saved yet because of conflicts on that evening; the same button saves it now.
    """
    copied = "like" in request.args and (meeting is None or meeting.is_draft)
    evening = evening_of(form, current_user.id, meeting)
    was_seen(form, evening)
    spread = spread or (Spread(meeting) if meeting is not None else None)
    form.name_first_language()
    form.show_deadline_with_day()
    return render_template(
        "meetings/edit.html",
        form=form,
        meeting=meeting,
        has_begun=meeting is not None and has_begun(meeting),
        evening=evening,
        stopped=stopped,
        copied=copied,
        anew=[need for need in PROMISED_BY_PEOPLE if copied and meeting and getattr(meeting, need) is None],
        needs=NEEDS,
        counted=counted_on(meeting) if meeting is not None and not meeting.is_draft else {},
        used=typed_before(current_user.id),
        known=suggestions.suggestions(form, current_user.id),
        missing=GAPS,
        spread=spread,
        may_repeat=_may_repeat(meeting),
        is_told=meeting is not None and standing_of(meeting) is ReportBackState.DONE,
    )


def _may_repeat(meeting: Meeting | None) -> bool:
    """Return whether the meeting can be the first of a series."""
    return meeting is not None and not meeting.is_cancelled and meeting.starts_at is not None and not has_begun(meeting)
