"""A series gets another rhythm, another end, or none of its dates is held any more."""

from __future__ import annotations

from datetime import date

from portal.core.clock import today
from portal.core.db import session
from portal.core.errors import Refused
from portal.core.i18n import Bilingual
from portal.meetings.actions import cancel_meeting, change_meeting, delete_draft, edit_draft
from portal.meetings.models import Meeting
from portal.meetings.series.actions.making import extend_series, leave_out, take_rhythm
from portal.meetings.series.models import Occurrence, Series, plan_of, shape_of
from portal.meetings.series.queries import Wanted, ahead_of, change_begins, rows_of, what_becomes
from portal.meetings.series.rules import Rehung


def change_rhythm(series: Series, wanted: Wanted, reason: Bilingual, editor_id: int) -> Rehung:
    """Hold it on other days from some day on: dates are moved, called off or made, as `what_becomes` showed.

    Raises `Refused` when people were told of one of them and there is no reason for them in both languages.
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
            # Whether it is left out is said anew.
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
    """Call off everything ahead and make nothing more; how many dates. Raises `Refused`."""
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
