"""Actions on meetings and series: draft, copy, publish, change, cancel, delete; begin, extend and end a series."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import or_, select

from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.db import added, db, session
from portal.core.i18n import NOTHING, Bilingual
from portal.core.jobs.engine import each_row
from portal.core.statuses import Refused
from portal.markets.place_actions import publish_about
from portal.markets.places import new_slug
from portal.markets.publishing import erase_draft
from portal.meetings import readiness, series as all_series
from portal.meetings.agenda import points_of, write_points
from portal.meetings.meeting import DATED, Meeting, MeetingChange, MeetingPlan, can_be_seen
from portal.meetings.readiness import ChangeKind, MeetingState
from portal.meetings.rsvp import answering
from portal.meetings.rsvp.outgoing import tell
from portal.meetings.rsvp.rsvp import MeetingSeats, answers_of, is_public, seats_of
from portal.meetings.rsvp.rules import USUAL_CHOICE, RsvpNews
from portal.meetings.series import Occurrence, Series, Wanted, ahead_of, rows_of
from portal.meetings.series_rules import HORIZON, Rehung, days_of, merge


def draft_meeting(plan: MeetingPlan, author_id: int, *, by_itself: bool = False) -> Meeting:
    """Create a draft, which may have gaps; `by_itself`: the timetable did, so the audit event names no member."""
    moment = now()
    meeting = Meeting(uid=str(uuid4()), author_id=author_id, created_at=moment, updated_at=moment)
    meeting.change_reason = NOTHING
    meeting.take_values(vars(plan))
    added(meeting)
    record("meeting.drafted", "meeting", meeting.id, None if by_itself else author_id)
    return meeting


def copy_meeting(meeting: Meeting, author_id: int) -> Meeting:
    """Create a draft like an earlier meeting, for another day; texts whose translation is stale stay marked."""
    # Promises that people made for that day alone are asked for anew; a "no" stays.
    anew = (need for need in readiness.PROMISED_BY_PEOPLE if not meeting.has_no(need))
    nothing: dict[str, Any] = dict.fromkeys((*DATED, *anew))
    twin = draft_meeting(replace(meeting.plan, **nothing), author_id)
    twin.stale = meeting.stale
    seats = seats_of(meeting.id)
    if seats.capacity is not None or seats.close_hours or seats.reminders != USUAL_CHOICE:
        kept = {name: getattr(seats, name) for name in ("capacity", "close_hours", "reminders")}
        session.add(MeetingSeats(meeting_id=twin.id, **kept))
    write_points(twin.id, points_of(meeting.id))
    return twin


def edit_draft(meeting: Meeting, plan: MeetingPlan, editor_id: int, *, same: bool = False) -> None:
    """Change a draft; `same`: the editor confirms that both languages say the same."""
    meeting.take_values(vars(plan), same=same)
    meeting.updated_at = now()
    record("meeting.edited", "meeting", meeting.id, editor_id)


def delete_draft(meeting: Meeting, editor_id: int) -> None:
    """Delete a draft for good. Raises `Refused` for a meeting that is not a draft."""
    if not meeting.is_draft:
        raise Refused("meeting_not_draft")
    erase_draft(meeting, "meeting", editor_id)


def is_ready(plan: MeetingPlan) -> bool:
    return not (readiness.missing(plan) or readiness.wrong_dates(plan, now(), zone()))


def publish_meeting(meeting: Meeting, editor_id: int | None) -> None:
    """Publish a meeting. Raises `Refused` when it is cancelled or incomplete."""
    if meeting.is_cancelled:
        raise Refused("meeting_cancelled")
    if not is_ready(meeting.plan):
        raise Refused("meeting_gaps")
    meeting.state = MeetingState.PUBLISHED
    meeting.slug = new_slug(meeting.title.en, meeting.market_id)
    meeting.published_at = meeting.updated_at = now()
    answering.open_seats(meeting)
    record("meeting.published", "meeting", meeting.id, editor_id)
    publish_about(meeting.market_id)


def change_meeting(
    meeting: Meeting, plan: MeetingPlan, reason: Bilingual, editor_id: int, *, same: bool = False
) -> None:
    """Change a published meeting; to move it or to take back an offer requires a reason. Raises `Refused`.

    `same`: the editor confirms that both languages say the same. Otherwise one language may run ahead for a while, but
    not in the place and how to get in.
    """
    before = meeting.plan
    moved, gone = readiness.moves(before, plan), readiness.taken_back(before, plan)
    # A change must leave nobody without a date, a door or a page.
    if meeting.is_cancelled:
        raise Refused("meeting_cancelled")
    if readiness.missing(plan) or readiness.wrong_changes(before, plan, now(), zone()):
        raise Refused("meeting_gaps")
    if would_hide(meeting, plan):
        raise Refused("meeting_hidden")
    if not same and readiness.one_language_left_behind(before, plan):
        raise Refused("meeting_one_language")
    if (moved or gone) and not reason.is_whole:
        raise Refused("meeting_reason")
    if moved:
        _note_change(meeting, ChangeKind.MOVED)
    meeting.take_values(vars(plan), same=same)
    if reason.is_whole and (moved or (meeting.is_moved and not gone)):
        meeting.change_reason = reason
    offered_again = meeting.take_back(gone, reason)
    if readiness.changes_calendars(before, plan):
        meeting.sequence += 1
    meeting.updated_at = now()
    if moved or gone or offered_again:
        answering.tell_changed(meeting, before.starts_at if moved else None, gone, offered_again)
    record("meeting.moved" if moved else "meeting.edited", "meeting", meeting.id, editor_id)
    publish_about(before.market_id, meeting.market_id)


def would_hide(meeting: Meeting, plan: MeetingPlan) -> bool:
    """Return whether a meeting that people know would go to a hidden place, and its page, links and code with it."""
    goes = plan.market_id != meeting.market_id and not can_be_seen(plan.market_id, plan.ends_at)
    return goes and (is_public(meeting) or bool(answers_of(meeting.id)))


def cancel_meeting(meeting: Meeting, reason: Bilingual, editor_id: int) -> None:
    """Cancel a published meeting; pages and calendars keep it, with the reason. Raises `Refused`."""
    if meeting.is_draft:
        raise Refused("meeting_draft")
    if meeting.is_cancelled:
        raise Refused("meeting_cancelled")
    if not reason.is_whole:
        raise Refused("meeting_reason")
    _note_change(meeting, ChangeKind.CANCELLED)
    meeting.state = MeetingState.CANCELLED
    meeting.change_reason = reason
    meeting.sequence += 1
    meeting.updated_at = now()
    for rsvp in answers_of(meeting.id):
        tell(rsvp, meeting, RsvpNews.CANCELLED)
    record("meeting.cancelled", "meeting", meeting.id, editor_id)
    publish_about(meeting.market_id)


def _note_change(meeting: Meeting, kind: ChangeKind) -> None:
    """Record a change with its notice before the announced start. A published meeting has one."""
    if meeting.starts_at is not None:
        notice = readiness.notice_hours(meeting.starts_at, now())
        session.add(MeetingChange(meeting_id=meeting.id, kind=kind, changed_at=now(), notice_hours=notice))


@dataclass(frozen=True)
class Edit:
    """An edit of one date that holds for all dates to come, with its reason."""

    before: MeetingPlan
    after: MeetingPlan
    reason: Bilingual
    same: bool = False

    def changes_in(self, meeting: Meeting) -> dict[str, Any]:
        """Return the changed fields that apply to the other dates of a meeting; the day is never among them."""
        slot_on = all_series.slot_of(meeting)
        old, new = (all_series.shape_of(plan, slot_on) for plan in (self.before, self.after))
        return {name: value for name, value in new.items() if value != old[name] and name != "offset"}


@dataclass
class Edited:
    """The other dates that change, each with its new plan, and those that keep a manual change."""

    changed: list[tuple[Meeting, MeetingPlan]] = field(default_factory=list)
    kept: list[Meeting] = field(default_factory=list)
    told: list[Meeting] = field(default_factory=list)
    """The dates whose residents are sent a message."""


def would_change(series: Series, meeting: Meeting, edit: Edit) -> Edited:
    edited, before, changes = Edited(), series.shape, edit.changes_in(meeting)
    for day, other in ahead_of(series) if changes else ():
        own = all_series.shape_of(other.plan, day)
        merged, kept = merge(before, before | changes, own)
        if other.id == meeting.id:
            continue
        if kept:
            edited.kept.append(other)
        if merged != own:
            plan = all_series.plan_of(merged, day)
            edited.changed.append((other, plan))
            if not other.is_draft and (readiness.moves(other.plan, plan) or readiness.taken_back(other.plan, plan)):
                edited.told.append(other)
    return edited


def would_hide_any(series: Series, meeting: Meeting, edit: Edit) -> bool:
    """Return whether the public page of the series, or of another date that people were told of, would vanish."""
    goes = "market_id" in edit.changes_in(meeting) and not can_be_seen(edit.after.market_id, None)
    changed = would_change(series, meeting, edit).changed
    return (goes and all_series.is_known(series)) or any(would_hide(other, plan) for other, plan in changed)


def change_others(series: Series, meeting: Meeting, edit: Edit, editor_id: int) -> Edited:
    """Apply an edit of one date to all others, made or not, as if edited singly: people are told. Raises `Refused`."""
    if would_hide_any(series, meeting, edit):
        raise Refused("meeting_hidden")
    edited = would_change(series, meeting, edit)
    for other, plan in edited.changed:
        if other.is_draft:
            edit_draft(other, plan, editor_id, same=edit.same)
        else:
            # The form has required both languages where they must agree; one of them may differ on this date alone.
            same = edit.same or bool(readiness.one_language_left_behind(other.plan, plan))
            change_meeting(other, plan, edit.reason, editor_id, same=same)
    if changes := edit.changes_in(meeting):
        series.take_shape(series.shape | changes, same=edit.same)
    return edited


def begin_series(meeting: Meeting, wanted: Wanted, editor_id: int) -> Series:
    """Make a meeting, which keeps all it has, the first of a series; the other dates are drafts. Raises `Refused`."""
    first_on = meeting.held_on
    if meeting.is_cancelled or first_on is None or all_series.slot_of(meeting) is not None:
        raise Refused("series_no_start")
    seats = seats_of(meeting.id)
    series = Series(
        author_id=meeting.author_id, created_at=now(), capacity=seats.capacity, close_hours=seats.close_hours
    )
    series.take_shape(all_series.shape_of(meeting.plan, None), same=True)
    series.stale = meeting.stale
    _take_rhythm(series, wanted)
    added(series)
    session.add(Occurrence(series_id=series.id, slot_on=first_on, meeting_id=meeting.id))
    _leave_out(series, wanted.left_out - {first_on})
    record("meeting.repeated", "meeting", meeting.id, editor_id)
    extend_series(series, editor_id, as_shown=True)
    return series


def _take_rhythm(series: Series, wanted: Wanted) -> None:
    series.rule, series.first_on = wanted.rhythm.rule, wanted.first_on
    series.until_on, series.times = wanted.until_on, wanted.times
    series.skips_holidays = wanted.skips_holidays


def _leave_out(series: Series, days: frozenset[date]) -> None:
    """Record that these days have no meeting, so that the timetable does not create any."""
    session.add_all(Occurrence(series_id=series.id, slot_on=day) for day in sorted(days))
    session.flush()


def publish_series(series: Series, editor_id: int) -> int:
    """Publish all dates that are whole, and return how many are not. Raises `Refused` if none is."""
    drafts = [meeting for _slot_on, meeting in ahead_of(series) if meeting.is_draft]
    ready = [meeting for meeting in drafts if is_ready(meeting.plan)]
    if not ready:
        raise Refused("meeting_gaps")
    if series.published_at is None:
        series.slug, series.published_at = new_slug(series.title.en, series.market_id), now()
        publish_about(series.market_id)
    for meeting in ready:
        publish_meeting(meeting, editor_id)
    extend_series(series, editor_id)
    return len(drafts) - len(ready)


def extend_series(series: Series, actor_id: int | None = None, *, as_shown: bool = False) -> int:
    """Create the missing dates up to half a year ahead and return how many. Idempotent.

    `as_shown`: an organizer has just previewed the dates and chosen which to leave out, holidays included. The caller
    holds the lock on the series, so that two workers do not create the same day.
    """
    there = rows_of(series, series.first_on)
    upto = max(today(), series.first_on) + HORIZON
    made = 0
    for day in days_of(series.rhythm, series.first_on, upto, until=series.until_on, times=series.times):
        if day in there or day <= today():
            continue
        if series.skips_holidays and not as_shown and all_series.holiday_name(day):
            _leave_out(series, frozenset({day}))
            continue
        # Without `actor_id` the timetable creates it.
        author_id = actor_id or series.author_id
        meeting = draft_meeting(all_series.plan_of(series.shape, day), author_id, by_itself=actor_id is None)
        meeting.stale = series.stale
        if series.capacity is not None or series.close_hours:
            session.add(MeetingSeats(meeting_id=meeting.id, capacity=series.capacity, close_hours=series.close_hours))
        added(Occurrence(series_id=series.id, slot_on=day, meeting_id=meeting.id))
        if series.published_at is not None and not readiness.missing(meeting.plan):
            publish_meeting(meeting, actor_id)
        made += 1
    return made


def change_rhythm(series: Series, wanted: Wanted, reason: Bilingual, editor_id: int) -> Rehung:
    """Move, cancel or create dates as `what_becomes` previewed. Raises `Refused` for a first day that is not ahead.

    Also when a published date is affected and the reason is not given in both languages.
    """
    if wanted.first_on <= today():
        raise Refused("series_in_past")
    planned = all_series.what_becomes(series, wanted)
    meetings = dict(ahead_of(series, wanted.begins))
    rows = rows_of(series, wanted.begins)
    for row in rows.values():
        if row.meeting_id is None:
            # Left out days are determined again for the new rhythm.
            session.delete(row)
    session.flush()
    for old, new in planned.moved:
        meeting = meetings[old]
        plan = all_series.plan_of(all_series.shape_of(meeting.plan, old) | {"offset": 0}, new)
        if meeting.is_draft:
            edit_draft(meeting, plan, editor_id)
        else:
            change_meeting(meeting, plan, reason, editor_id)
        rows[old].slot_on = new
    for day in planned.dropped:
        _call_off(meetings[day], rows[day], reason, editor_id)
    session.flush()
    _take_rhythm(series, wanted)
    _leave_out(series, wanted.left_out.difference(rows_of(series, wanted.begins)))
    extend_series(series, editor_id, as_shown=True)
    return planned


def end_series(series: Series, reason: Bilingual, editor_id: int) -> int:
    """Cancel all dates ahead and create no more. Return how many they were. Raises `Refused`."""
    dates = ahead_of(series)
    rows = rows_of(series, date.min)
    for day, meeting in dates:
        _call_off(meeting, rows[day], reason, editor_id)
    series.until_on = today()
    return len(dates)


def _call_off(meeting: Meeting, row: Occurrence, reason: Bilingual, editor_id: int) -> None:
    if meeting.is_draft:
        session.delete(row)
        session.flush()
        delete_draft(meeting, editor_id)
    else:
        cancel_meeting(meeting, reason, editor_id)


def make_dates() -> None:
    with db.work():
        ids = session.scalars(select(Series.id).where(or_(Series.until_on.is_(None), Series.until_on > today()))).all()
    each_row(ids, _extend)


def _extend(series_id: int) -> None:
    # Locked until the end of the transaction, so that no other worker extends it.
    extend_series(session.get_one(Series, series_id, with_for_update={"of": Series}))
