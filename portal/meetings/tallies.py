"""How many public meetings were planned for a month, and how many of them were called off too late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from portal.core.clock import zone
from portal.core.db import session
from portal.core.tallies import Tally
from portal.markets.queries import public_names
from portal.meetings.models import Change, Meeting
from portal.meetings.queries import public_meetings
from portal.meetings.rules import ChangeKind

LATE = timedelta(days=2)


def monthly_meetings(month_on: date) -> Iterable[Tally]:
    """Meetings whose day came in a month, and those called off less than two days before; by place and of the city."""
    next_month = (month_on + timedelta(days=31)).replace(day=1)
    first, last = (datetime.combine(day, time(), zone()) for day in (month_on, next_month))
    late = select(Change.meeting_id).where(
        Change.kind == ChangeKind.CANCELLED, Change.notice_hours < LATE.total_seconds() / 3600
    )
    called_off = set(session.scalars(late))
    planned, too_late = Counter[int | None](), Counter[int | None]()
    for meeting in session.scalars(public_meetings(Meeting.starts_at >= first, Meeting.starts_at < last)):
        for place in {None, meeting.market_id}:
            planned[place] += 1
            too_late[place] += meeting.is_cancelled and meeting.id in called_off
    for place in (None, *(market.id for market in public_names())):
        yield Tally("meetings_held", place, planned[place])
        yield Tally("late_cancellations", place, too_late[place])
