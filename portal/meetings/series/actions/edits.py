"""What is changed on one date and is to hold for others too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.core.errors import Refused
from portal.core.i18n import Bilingual
from portal.meetings.actions import change_meeting, edit_draft, would_hide
from portal.meetings.models import Meeting, Plan
from portal.meetings.queries import can_be_seen
from portal.meetings.rules import moves, one_language_left_behind, taken_back
from portal.meetings.series.models import Series, plan_of, shape_of
from portal.meetings.series.queries import ahead_of, is_known, slot_of
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
    """Which other dates say something else now, each with that, and which kept what had been changed by hand."""

    changed: list[tuple[Meeting, Plan]] = field(default_factory=list)
    kept: list[Meeting] = field(default_factory=list)
    told: list[Meeting] = field(default_factory=list)
    """Those of which people are written to."""


def would_change(series: Series, meeting: Meeting, edit: Edit) -> Edited:
    """What an edit of one date would do to the others."""
    slot_on, told, changed = slot_of(meeting), Edited(), _changed(meeting, edit)
    if slot_on is None or not changed:
        return told
    before = series.shape
    for day, other in ahead_of(series, slot_on if edit.scope is Scope.LATER else None):
        if other.id == meeting.id:
            continue
        own = shape_of(other.plan, day)
        merged, kept = merge(before, before | changed, own, overwrite=edit.overwrite)
        if kept:
            told.kept.append(other)
        if merged != own:
            told.changed.append((other, plan_of(merged, day)))
    return told


def would_hide_any(series: Series, meeting: Meeting, edit: Edit) -> bool:
    """Whether the page of the series, or of another date that people were told of, would be gone."""
    goes = "market_id" in _changed(meeting, edit) and not can_be_seen(edit.after.market_id, None)
    return (goes and is_known(series)) or any(would_hide(*one) for one in would_change(series, meeting, edit).changed)


def change_others(series: Series, meeting: Meeting, edit: Edit, editor_id: int) -> Edited:
    """Let other dates, and those that are not made yet, say what this one says now. Raises `Refused`.

    Each of them is changed as if by hand: people who said that they come are told, calendars take it over.
    The day itself is each date's own.
    """
    if would_hide_any(series, meeting, edit):
        raise Refused("meeting_hidden")
    changed = _changed(meeting, edit)
    if not changed:
        return Edited()
    told = would_change(series, meeting, edit)
    for other, plan in told.changed:
        if not other.is_draft and (moves(other.plan, plan) or taken_back(other.plan, plan)):
            told.told.append(other)
        _say(other, plan, edit, editor_id)
    series.take_shape(series.shape | changed, same=edit.same)
    return told


def _changed(meeting: Meeting, edit: Edit) -> dict[str, Any]:
    """What is to hold for other dates too; the day itself never is."""
    slot_on = slot_of(meeting)
    if edit.scope is Scope.THIS or slot_on is None:
        return {}
    old, new = (shape_of(plan, slot_on) for plan in (edit.before, edit.after))
    return {name: value for name, value in new.items() if value != old[name] and name != "offset"}


def _say(meeting: Meeting, plan: Plan, edit: Edit, editor_id: int) -> None:
    if meeting.is_draft:
        edit_draft(meeting, plan, editor_id, same=edit.same)
        return
    # The form asked for both languages where they must not part; one half may be new to this date alone.
    same = edit.same or bool(one_language_left_behind(meeting.plan, plan))
    change_meeting(meeting, plan, edit.reason, editor_id, same=same)
