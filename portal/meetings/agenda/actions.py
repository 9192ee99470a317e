"""Setting the agenda of a meeting, and taking it over into a copy."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete

from portal.core.audit import record
from portal.core.db import session
from portal.core.errors import Refused
from portal.markets.actions.places import publish_about
from portal.meetings.agenda.models import AgendaPoint, PointLine
from portal.meetings.agenda.queries import points_of
from portal.meetings.agenda.rules import gaps, is_empty
from portal.meetings.models import Meeting


def set_agenda(meeting: Meeting, points: Sequence[PointLine], editor_id: int) -> None:
    """Put these points in place of those so far; empty lines are left out. Raises `Refused`."""
    if meeting.is_cancelled:
        raise Refused("meeting_cancelled")
    if gaps(points):
        raise Refused("agenda_gaps")
    _write(meeting.id, [point for point in points if not is_empty(point)])
    record("meeting.agenda_set", "meeting", meeting.id, editor_id)
    if not meeting.is_draft:
        publish_about(meeting.market_id)


def copy_agenda(meeting: Meeting, twin: Meeting) -> None:
    """The same agenda for another meeting."""
    _write(twin.id, [PointLine(point.what, point.minutes) for point in points_of(meeting.id)])


def _write(meeting_id: int, points: Sequence[PointLine]) -> None:
    session.execute(delete(AgendaPoint).where(AgendaPoint.meeting_id == meeting_id))
    session.add_all(
        AgendaPoint(meeting_id=meeting_id, position=place, what=point.what, minutes=point.minutes)
        for place, point in enumerate(points)
    )
    session.flush()
