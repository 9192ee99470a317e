"""What is changed on one date and is to hold for others too."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.core.i18n import Bilingual
from portal.meetings.actions import change_meeting, edit_draft
from portal.meetings.models import Meeting, Plan
from portal.meetings.rules import one_language_left_behind
from portal.meetings.series.models import Series, plan_of, shape_of
from portal.meetings.series.queries import ahead_of, slot_of
from portal.meetings.series.rules import Scope, merge


@dataclass(frozen=True)
class Edit:
    """What was changed on one date, how far it reaches, why, and whether it also goes over what was changed by hand."""

    before: Plan
    after: Plan
    scope: Scope
    reason: Bilingual
    same: bool = False
    overwrite: bool = False


@dataclass
class Edited:
    """How many other dates say something else now, and which kept what had been changed by hand."""

    changed: int = 0
    kept: list[Meeting] = field(default_factory=list)


def change_others(series: Series, meeting: Meeting, edit: Edit, editor_id: int) -> Edited:
    """Let other dates, and those that are not made yet, say what this one says now. Raises `Refused`.

    Each of them is changed as if by hand: people who said that they come are told, calendars take it over.
    The day itself is each date's own.
    """
    slot_on, told = slot_of(meeting), Edited()
    old, new = (shape_of(plan, slot_on) for plan in (edit.before, edit.after))
    changed = {name: value for name, value in new.items() if value != old[name] and name != "offset"}
    if edit.scope is Scope.THIS or slot_on is None or not changed:
        return told
    before = series.shape
    after = before | changed
    for day, other in ahead_of(series, slot_on if edit.scope is Scope.LATER else None):
        if other.id == meeting.id:
            continue
        own = shape_of(other.plan, day)
        merged, kept = merge(before, after, own, overwrite=edit.overwrite)
        if kept:
            told.kept.append(other)
        if merged != own:
            _say(other, plan_of(merged, day), edit, editor_id)
            told.changed += 1
    series.take_shape(after, same=edit.same)
    return told


def _say(meeting: Meeting, plan: Plan, edit: Edit, editor_id: int) -> None:
    if meeting.is_draft:
        edit_draft(meeting, plan, editor_id, same=edit.same)
        return
    # The form asked for both languages where they must not part; one half may be new to this date alone.
    same = edit.same or bool(one_language_left_behind(meeting.plan, plan))
    change_meeting(meeting, plan, edit.reason, editor_id, same=same)
