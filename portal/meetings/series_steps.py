"""Actions on series: editing all dates; beginning, publishing, extending and ending a series."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.db import db, session
from portal.core.i18n import Bilingual
from portal.core.jobs.engine import each_row
from portal.core.statuses import Refused
from portal.markets.place_actions import publish_about
from portal.markets.places import new_slug
from portal.meetings.meeting import Meeting, MeetingPlan, can_be_seen
from portal.meetings.planning import (
    cancel_meeting,
    change_meeting,
    delete_draft,
    draft_meeting,
    edit_draft,
    publish_meeting,
    would_hide,
)
from portal.meetings.readiness import (
    missing,
    moves,
    one_language_left_behind,
    taken_back,
    wrong_dates,
)
from portal.meetings.rsvp.rsvp import MeetingSeats, seats_of
from portal.meetings.series import (
    Occurrence,
    Series,
    Wanted,
    ahead_of,
    change_begins,
    holiday_name,
    is_known,
    locked_series,
    plan_of,
    rows_of,
    series_to_extend,
    shape_of,
    slot_of,
    what_becomes,
)
from portal.meetings.series_rules import HORIZON, Rehung, days_of, merge


@dataclass(frozen=True)
class Edit:
    """An edit of one date that holds for all dates to come, with its reason."""

    before: MeetingPlan
    after: MeetingPlan
    reason: Bilingual
    same: bool = False


@dataclass
class Edited:
    """The other dates that change, each with its new plan, and those that keep a manual change."""

    changed: list[tuple[Meeting, MeetingPlan]] = field(default_factory=list)
    kept: list[Meeting] = field(default_factory=list)
    told: list[Meeting] = field(default_factory=list)
    """The dates whose residents are sent a message."""


def would_change(series: Series, meeting: Meeting, edit: Edit) -> Edited:
    """Return the effect that an edit of one date would have on the others."""
    slot_on, told, changed = slot_of(meeting), Edited(), _changed(meeting, edit)
    if slot_on is None or not changed:
        return told
    before = series.shape
    for day, other in ahead_of(series):
        if other.id == meeting.id:
            continue
        own = shape_of(other.plan, day)
        merged, kept = merge(before, before | changed, own)
        if kept:
            told.kept.append(other)
        if merged != own:
            told.changed.append((other, plan_of(merged, day)))
    return told


def would_hide_any(series: Series, meeting: Meeting, edit: Edit) -> bool:
    """Return whether the public page of the series, or of another date that people were told of, would vanish."""
    goes = "market_id" in _changed(meeting, edit) and not can_be_seen(edit.after.market_id, None)
    return (goes and is_known(series)) or any(would_hide(*one) for one in would_change(series, meeting, edit).changed)


def change_others(series: Series, meeting: Meeting, edit: Edit, editor_id: int) -> Edited:
    """Apply an edit of one date to other dates and to those that are not made yet. Raises `Refused`.

    Each date is changed as if edited singly: residents who are coming are told, and calendars are updated. The day is
    never changed, since each date has its own.
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
    """Return the changed fields that apply to other dates; the day is never among them."""
    slot_on = slot_of(meeting)
    if slot_on is None:
        return {}
    old, new = (shape_of(plan, slot_on) for plan in (edit.before, edit.after))
    return {name: value for name, value in new.items() if value != old[name] and name != "offset"}


def _say(meeting: Meeting, plan: MeetingPlan, edit: Edit, editor_id: int) -> None:
    if meeting.is_draft:
        edit_draft(meeting, plan, editor_id, same=edit.same)
        return
    # The form has required both languages where they must agree; one of them may differ on this date alone.
    same = edit.same or bool(one_language_left_behind(meeting.plan, plan))
    change_meeting(meeting, plan, edit.reason, editor_id, same=same)


def begin_series(meeting: Meeting, wanted: Wanted, editor_id: int) -> Series:
    """Make a meeting the first of a series. It keeps its address, its calendar entry and its answers. Raises `Refused`.

    The other dates are drafts until they are published together.
    """
    if meeting.is_cancelled or meeting.starts_at is None or slot_of(meeting) is not None:
        raise Refused("series_no_start")
    first_on = meeting.starts_at.astimezone(zone()).date()
    series = Series(author_id=meeting.author_id, created_at=now())
    _take_pattern(series, meeting)
    take_rhythm(series, wanted)
    session.add(series)
    session.flush()
    session.add(Occurrence(series_id=series.id, slot_on=first_on, meeting_id=meeting.id))
    leave_out(series, wanted.left_out - {first_on})
    record("meeting.repeated", "meeting", meeting.id, editor_id)
    extend_series(series, editor_id, as_shown=True)
    return series


def _take_pattern(series: Series, meeting: Meeting) -> None:
    """Copy the data and seats of a meeting to a series."""
    series.take_shape(shape_of(meeting.plan, None), same=True)
    series.stale = meeting.stale
    seats = seats_of(meeting.id)
    series.capacity, series.close_hours = seats.capacity, seats.close_hours


def take_rhythm(series: Series, wanted: Wanted) -> None:
    """Store the rhythm, its first day and its end."""
    series.rule, series.first_on = wanted.rhythm.rule, wanted.first_on
    series.until_on, series.times = wanted.until_on, wanted.times
    series.skips_holidays = wanted.skips_holidays


def leave_out(series: Series, days: frozenset[date] | set[date]) -> None:
    """Record that these days have no meeting, so that the timetable does not create any."""
    for day in sorted(days):
        session.add(Occurrence(series_id=series.id, slot_on=day))
    session.flush()


def publish_series(series: Series, editor_id: int) -> int:
    """Publish all dates that are complete. Raises `Refused`.

    Return how many remain drafts because they are incomplete; if all would, nothing is published.
    """
    drafts = [meeting for _slot_on, meeting in ahead_of(series) if meeting.is_draft]
    ready = [one for one in drafts if not (missing(one.plan) or wrong_dates(one.plan, now(), zone()))]
    if not ready:
        raise Refused("meeting_gaps")
    _make_known(series)
    for meeting in ready:
        publish_meeting(meeting, editor_id)
    extend_series(series, editor_id)
    return len(drafts) - len(ready)


def _make_known(series: Series) -> None:
    if series.published_at is None:
        series.slug, series.published_at = new_slug(series.title.en, series.market_id), now()
        publish_about(series.market_id)


def extend_series(series: Series, actor_id: int | None = None, *, as_shown: bool = False) -> int:
    """Create the missing dates up to half a year ahead and return how many. Idempotent.

    `as_shown`: an organizer has just previewed the dates and chosen which to leave out, holidays included. The caller
    holds the lock on the series, so that two workers do not create the same day.
    """
    known = {row.slot_on for row in rows_of(series, series.first_on)}
    upto = max(today(), series.first_on) + HORIZON
    made = 0
    for day in days_of(series.rhythm, series.first_on, upto, until=series.until_on, times=series.times):
        if day in known or day <= today():
            continue
        if series.skips_holidays and not as_shown and holiday_name(day):
            leave_out(series, {day})
        else:
            _make(series, day, actor_id)
            made += 1
    return made


def _make(series: Series, day: date, actor_id: int | None) -> None:
    """Create a draft with the data and seats of a series; without `actor_id` the timetable creates it."""
    author_id = actor_id or series.author_id
    meeting = draft_meeting(plan_of(series.shape, day), author_id, by_itself=actor_id is None)
    meeting.stale = series.stale
    if series.capacity is not None or series.close_hours:
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=series.capacity, close_hours=series.close_hours))
    session.add(Occurrence(series_id=series.id, slot_on=day, meeting_id=meeting.id))
    session.flush()
    if series.published_at is not None and not missing(meeting.plan):
        publish_meeting(meeting, actor_id)


def change_rhythm(series: Series, wanted: Wanted, reason: Bilingual, editor_id: int) -> Rehung:
    """Change the rhythm from some day on: move, cancel or create dates as `what_becomes` previewed.

    Raises `Refused` when the new first day is not in the future, or when a published date is affected and the reason is
    not given in both languages.
    """
    if wanted.first_on <= today():
        raise Refused("series_in_past")
    planned, begins = what_becomes(series, wanted), change_begins(wanted)
    meetings = dict(ahead_of(series, begins))
    touched = [*planned.dropped, *(old for old, _new in planned.moved)]
    if not reason.is_whole and any(not meetings[day].is_draft for day in touched):
        raise Refused("meeting_reason")
    rows = {row.slot_on: row for row in rows_of(series, begins)}
    for row in rows.values():
        if row.meeting_id is None:
            # Left out days are determined again for the new rhythm.
            session.delete(row)
    session.flush()
    for old, new in planned.moved:
        _hold_on(meetings[old], old, new, reason, editor_id)
        rows[old].slot_on = new
    for day in planned.dropped:
        _call_off(meetings[day], rows[day], reason, editor_id)
    session.flush()
    take_rhythm(series, wanted)
    taken = {row.slot_on for row in rows_of(series, begins)}
    leave_out(series, set(wanted.left_out) - taken)
    extend_series(series, editor_id, as_shown=True)
    return planned


def end_series(series: Series, reason: Bilingual, editor_id: int) -> int:
    """Cancel all dates ahead and create no more. Return how many they were. Raises `Refused`."""
    dates = ahead_of(series)
    if not reason.is_whole and any(not meeting.is_draft for _day, meeting in dates):
        raise Refused("meeting_reason")
    rows = {row.slot_on: row for row in rows_of(series, date.min)}
    for day, meeting in dates:
        _call_off(meeting, rows[day], reason, editor_id)
    series.until_on = today()
    return len(dates)


def _hold_on(meeting: Meeting, old: date, new: date, reason: Bilingual, editor_id: int) -> None:
    plan = plan_of(shape_of(meeting.plan, old) | {"offset": 0}, new)
    if meeting.is_draft:
        edit_draft(meeting, plan, editor_id)
    else:
        change_meeting(meeting, plan, reason, editor_id)


def _call_off(meeting: Meeting, row: Occurrence, reason: Bilingual, editor_id: int) -> None:
    if meeting.is_draft:
        session.delete(row)
        session.flush()
        delete_draft(meeting, editor_id)
    else:
        cancel_meeting(meeting, reason, editor_id)


def make_dates() -> None:
    """Create the missing dates of each series, each in its own transaction."""
    with db.work():
        ids = series_to_extend()
    each_row(ids, _extend)


def _extend(series_id: int) -> None:
    series = locked_series(series_id)
    if series is not None:
        extend_series(series)
