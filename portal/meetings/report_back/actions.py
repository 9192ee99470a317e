"""Counting heads, drafting a report-back, publishing it and each later version."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete

from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import Refused
from portal.markets.actions.places import publish_about
from portal.meetings.models import Meeting
from portal.meetings.report_back.models import Account, Decision, HeadCount, ReportBack, SaidAndDone
from portal.meetings.report_back.queries import drafted
from portal.meetings.report_back.rules import Side, gaps, is_empty_answer, is_empty_decision


def has_begun(meeting: Meeting) -> bool:
    """Whether there can be anything to tell of it."""
    held = not meeting.is_draft and not meeting.is_cancelled
    return held and meeting.starts_at is not None and meeting.starts_at <= now()


def require_begun(meeting: Meeting) -> None:
    """Raise `Refused` for a meeting that nobody can have come to yet."""
    if not has_begun(meeting):
        raise Refused("report_back_early")


def count_heads(meeting: Meeting, heads: Mapping[Side, int | None], editor_id: int) -> None:
    """Say how many came in each role; None means that nobody counted. Raises `Refused`."""
    require_begun(meeting)
    session.execute(delete(HeadCount).where(HeadCount.meeting_id == meeting.id))
    for side, count in heads.items():
        if count is not None:
            session.add(HeadCount(meeting_id=meeting.id, side=side, heads=count))
    record("meeting.counted", "meeting", meeting.id, editor_id)
    publish_about(meeting.market_id)


def draft_report(meeting: Meeting, account: Account, author_id: int) -> ReportBack:
    """Keep what is being written; the public goes on seeing what was published before. Raises `Refused`."""
    require_begun(meeting)
    version = drafted(meeting.id)
    if version is None:
        version = ReportBack(meeting_id=meeting.id)
        session.add(version)
    # The places of the lines are taken once only: the old lines go before the new ones come.
    version.decisions, version.answers = [], []
    _take(version, account, author_id)
    session.flush()
    version.decisions = [
        Decision(position=place, what=one.what, who=one.who, by_on=one.by_on)
        for place, one in enumerate(one for one in account.decisions if not is_empty_decision(one))
    ]
    version.answers = [
        SaidAndDone(position=place, said=one.said, done=one.done)
        for place, one in enumerate(one for one in account.answers if not is_empty_answer(one))
    ]
    session.flush()
    record("meeting.report_drafted", "meeting", meeting.id, author_id)
    return version


def publish_report(meeting: Meeting, author_id: int) -> None:
    """Show the draft to everybody, in place of an earlier version, which stays. Raises `Refused`."""
    version = drafted(meeting.id)
    if version is None or gaps(version.account):
        raise Refused("report_back_gaps")
    version.author_id, version.published_at = author_id, now()
    record("meeting.reported_back", "meeting", meeting.id, author_id)
    publish_about(meeting.market_id)


def _take(version: ReportBack, account: Account, author_id: int) -> None:
    version.next_steps, version.minutes = account.next_steps, account.minutes
    version.author_id, version.written_at = author_id, now()
