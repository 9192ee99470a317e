"""Actions on meetings: draft, copy, publish, change, cancel and delete."""

from __future__ import annotations

from uuid import uuid4

from portal.core.audit import record
from portal.core.clock import now, zone
from portal.core.db import session
from portal.core.i18n import NOTHING, Bilingual
from portal.core.statuses import Refused
from portal.markets.place_actions import publish_about
from portal.markets.places import new_slug
from portal.markets.publishing import erase_draft
from portal.meetings import readiness
from portal.meetings.agenda import points_of, write_points
from portal.meetings.meeting import Meeting, MeetingChange, MeetingPlan, can_be_seen
from portal.meetings.readiness import ChangeKind, MeetingState
from portal.meetings.rsvp import answering
from portal.meetings.rsvp.hosting import copy_seats, open_seats
from portal.meetings.rsvp.outgoing import tell
from portal.meetings.rsvp.reminder_times import RsvpNews
from portal.meetings.rsvp.rsvp import answers_of, is_known


def draft_meeting(plan: MeetingPlan, author_id: int, *, by_itself: bool = False) -> Meeting:
    """Create a draft, which may have gaps; `by_itself`: the timetable did, so the audit event names no member."""
    moment = now()
    meeting = Meeting(uid=str(uuid4()), author_id=author_id, created_at=moment, updated_at=moment)
    meeting.change_reason = NOTHING
    meeting.take_values(vars(plan))
    session.add(meeting)
    session.flush()
    record("meeting.drafted", "meeting", meeting.id, None if by_itself else author_id)
    return meeting


def copy_meeting(meeting: Meeting, author_id: int) -> Meeting:
    """Create a draft like an earlier meeting, for another day; texts whose translation is stale stay marked."""
    twin = draft_meeting(meeting.plan.for_another_day, author_id)
    twin.stale = meeting.stale
    copy_seats(meeting, twin)
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
    open_seats(meeting)
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
    _must_be_allowed(meeting, plan, same=same)
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
    if moved:
        answering.tell_moved(meeting, before.starts_at)
    answering.recall_withdrawn(meeting, offered_again)
    if gone:
        answering.tell_withdrawn(meeting, gone)
    record("meeting.moved" if moved else "meeting.edited", "meeting", meeting.id, editor_id)
    publish_about(before.market_id, meeting.market_id)


def _must_be_allowed(meeting: Meeting, plan: MeetingPlan, *, same: bool) -> None:
    """Raise `Refused` for a change that would leave people without a date, a door or a page."""
    before = meeting.plan
    if meeting.is_cancelled:
        raise Refused("meeting_cancelled")
    if readiness.missing(plan) or readiness.wrong_changes(before, plan, now(), zone()):
        raise Refused("meeting_gaps")
    if would_hide(meeting, plan):
        raise Refused("meeting_hidden")
    if not same and readiness.one_language_left_behind(before, plan):
        raise Refused("meeting_one_language")


def would_hide(meeting: Meeting, plan: MeetingPlan) -> bool:
    """Return whether a meeting that people know would go to a hidden place, and its page, links and code with it."""
    goes = plan.market_id != meeting.market_id
    return goes and not can_be_seen(plan.market_id, plan.ends_at) and is_known(meeting)


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
