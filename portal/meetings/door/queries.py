"""What was counted at the doors of a meeting. Whoever asks has been let through to the meeting itself before."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.core.db import session
from portal.meetings.door.models import DoorCount
from portal.meetings.door.rules import added_up, heads_of


def doors_of(meeting_id: int) -> Sequence[DoorCount]:
    """Every door that was heard of."""
    mine = select(DoorCount).where(DoorCount.meeting_id == meeting_id)
    return session.scalars(mine.order_by(DoorCount.door).execution_options(populate_existing=True)).all()


def counted(meeting_id: int) -> dict[str, int]:
    """The counts of all doors together."""
    return added_up(door.counts for door in doors_of(meeting_id))


def heads_at_door(meeting_id: int) -> dict[str, int]:
    """How many came in each role, as the doors counted; empty when nobody did."""
    return heads_of(counted(meeting_id))
