"""How far an edit of one date of a series reaches: what is asked, what is refused, what is said afterwards."""

from __future__ import annotations

from flask import flash, request
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal.meetings.forms import MeetingForm
from portal.meetings.models import Meeting
from portal.meetings.rsvp.reach import Reach, reach_in_words, standing_reach
from portal.meetings.rules import moves, taken_back
from portal.meetings.series.actions import Edit, Edited, change_others, would_change, would_hide_any
from portal.meetings.series.forms import ScopeForm
from portal.meetings.series.models import shape_of
from portal.meetings.series.queries import ahead_of, editable_series_of, slot_of
from portal.meetings.series.rules import Scope, differs
from portal.meetings.texts import REFUSALS

NOT_THE_DAY = _l("The day can be changed for this date alone. For all: change how often it repeats.")


class Spread:
    """An edit of a meeting, and of its series if it belongs to one. Begin it before the meeting is changed."""

    def __init__(self, meeting: Meeting) -> None:
        self.meeting, self.before = meeting, meeting.plan
        self.series = editable_series_of(meeting, current_user.id)
        self.form = ScopeForm() if self.series else None

    @property
    def scope(self) -> Scope:
        return self.form.reach if self.form is not None and request.method == "POST" else Scope.THIS

    @property
    def by_hand(self) -> list[Meeting]:
        """Other dates ahead that say something else than the series."""
        if self.series is None:
            return []
        shape = self.series.shape
        others = [(day, one) for day, one in ahead_of(self.series) if one.id != self.meeting.id]
        return [one for day, one in others if differs(shape, shape_of(one.plan, day))]

    def is_refused(self, form: MeetingForm) -> bool:
        """Whether this cannot be done to many dates at once; says so beside the fields."""
        if self.scope is Scope.THIS:
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
        """Another date may lose by this what the one at hand never had."""
        if form.lacks_reason(self.before) or self.series is None or form.reason.is_whole:
            return
        changed = would_change(self.series, self.meeting, self._edit(form)).changed
        if any(not one.is_draft and (moves(one.plan, plan) or taken_back(one.plan, plan)) for one, plan in changed):
            for name in ("reason_en", "reason_es"):
                form.complain(name, REFUSALS["meeting_reason"])

    def go(self, form: MeetingForm) -> None:
        """Change the others, and say how many."""
        if self.series is None or self.form is None or self.scope is Scope.THIS:
            return
        _say(change_others(self.series, self.meeting, self._edit(form), current_user.id))

    def _edit(self, form: MeetingForm) -> Edit:
        overwrite = self.form is not None and bool(self.form.overwrite.data)
        return Edit(self.before, form.plan, self.scope, form.reason, bool(form.same.data), overwrite)


def _say(edited: Edited) -> None:
    flash(ngettext("%(num)s other date was changed too.", "%(num)s other dates were changed too.", len(edited.changed)))
    if edited.told:
        flash(reach_in_words(sum(map(standing_reach, edited.told), Reach())))
    days = [format_date(one.starts_at, "medium") for one in edited.kept if one.starts_at]
    if days:
        flash(_("Kept what was changed there by hand: %(days)s", days=", ".join(days)), "warning")
