"""What was reported of meetings. Whoever asks has been let through to the meeting itself before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from portal.accounts.models import Member
from portal.core.clock import now, today
from portal.core.db import session
from portal.meetings.models import Change, Meeting
from portal.meetings.queries import public_meetings
from portal.meetings.report_back.models import HeadCount, ReportBack
from portal.meetings.report_back.rules import Standing, standing
from portal.meetings.rules import LATE_HOURS

YEAR = timedelta(days=365)


def published_versions(meeting_id: int) -> Sequence[ReportBack]:
    """Everything that was ever published of a meeting, the newest first."""
    mine = select(ReportBack).where(ReportBack.meeting_id == meeting_id, ReportBack.published_at.is_not(None))
    return session.scalars(mine.order_by(ReportBack.published_at.desc())).all()


def public_reports(*conditions: ColumnElement[bool]) -> Select[ReportBack]:
    """The one way to what was reported without asking for its meeting first: the newest published version of each.

    Only of meetings that the public may know of; a revision hides what it replaced.
    """
    shown = public_meetings(Meeting.id == ReportBack.meeting_id).with_only_columns(Meeting.id).correlate(ReportBack)
    newer = aliased(ReportBack)
    replaced = select(newer.id).where(
        newer.meeting_id == ReportBack.meeting_id, newer.published_at > ReportBack.published_at
    )
    return select(ReportBack).where(
        ReportBack.published_at.is_not(None), shown.exists(), ~replaced.correlate(ReportBack).exists(), *conditions
    )


def drafted(meeting_id: int) -> ReportBack | None:
    """The version that is being written, if there is one."""
    mine = select(ReportBack).where(ReportBack.meeting_id == meeting_id, ReportBack.published_at.is_(None))
    return session.scalars(mine).one_or_none()


def versions_with_authors(meeting_id: int) -> Sequence[tuple[ReportBack, str]]:
    """Every published version with the name of who wrote it, for the team."""
    versions = published_versions(meeting_id)
    authors = select(Member).where(Member.id.in_([version.author_id for version in versions]))
    names = {member.id: member.name for member in session.scalars(authors)}
    return [(version, names[version.author_id]) for version in versions]


def heads(meeting_id: int) -> dict[str, int]:
    """How many came, by role; empty when nobody counted."""
    rows = session.scalars(select(HeadCount).where(HeadCount.meeting_id == meeting_id))
    return {row.side: row.heads for row in rows}


def standings(meetings: Iterable[Meeting]) -> dict[int, Standing]:
    """How the promise to report back stands, by the id of the meeting."""
    listed = list(meetings)
    told = _told(meeting.id for meeting in listed)
    return {meeting.id: _standing(meeting, meeting.id in told) for meeting in listed}


def standing_of(meeting: Meeting) -> Standing:
    """How the promise for one meeting stands."""
    return standings([meeting])[meeting.id]


def late_changes() -> tuple[int, int]:
    """Of the public meetings of the last twelve months, how many were called off or moved too late, and all."""
    year = public_meetings(Meeting.starts_at <= now(), Meeting.starts_at > now() - YEAR)
    late = select(Change.meeting_id).where(Change.notice_hours < LATE_HOURS)
    return _count(year.where(Meeting.id.in_(late)).subquery()), _count(year.subquery())


def _told(meeting_ids: Iterable[int]) -> frozenset[int]:
    condition: ColumnElement[bool] = ReportBack.published_at.is_not(None)
    found = select(ReportBack.meeting_id).where(condition, ReportBack.meeting_id.in_(list(meeting_ids)))
    return frozenset(session.scalars(found))


def _standing(meeting: Meeting, is_told: bool) -> Standing:
    is_over = not meeting.is_draft and meeting.ends_at is not None and meeting.ends_at <= now()
    return standing(
        is_over=is_over,
        is_cancelled=meeting.is_cancelled,
        due_on=None if meeting.is_draft else meeting.report_back_on,
        is_told=is_told,
        today=today(),
    )


def _count(rows: object) -> int:
    return session.scalar(select(func.count()).select_from(rows)) or 0  # type: ignore[arg-type]
