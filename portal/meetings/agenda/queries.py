"""The agenda of a meeting. Whoever asks has been let through to the meeting itself before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from portal.core.db import session
from portal.meetings.agenda.models import AgendaPoint
from portal.meetings.agenda.rules import timed
from portal.meetings.models import Meeting


def points_of(meeting_id: int) -> Sequence[AgendaPoint]:
    """The points in their order."""
    mine = select(AgendaPoint).where(AgendaPoint.meeting_id == meeting_id)
    return session.scalars(mine.order_by(AgendaPoint.position)).all()


def agenda_of(meeting: Meeting) -> list[tuple[datetime, AgendaPoint]]:
    """Each point with the moment in which it begins; nothing while the meeting has no time."""
    return timed(points_of(meeting.id), meeting.starts_at) if meeting.starts_at else []
