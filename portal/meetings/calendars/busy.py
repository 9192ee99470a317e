"""What is in the way of a time that somebody else thinks about, in sentences: `app.extensions["busy_with"]`."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.core.clock import zone
from portal.meetings.calendars.queries import ahead
from portal.meetings.calendars.rules.evenings import Span
from portal.meetings.calendars.texts import evening_lines

AROUND = timedelta(days=1)


def held_then(starts_at: datetime, ends_at: datetime, member_id: int) -> list[str]:
    """What congregations, schools and others hold then, as far as this member may know."""
    first, last = ((moment.astimezone(zone()).date()) for moment in (starts_at - AROUND, ends_at + AROUND))
    return evening_lines(ahead(first, last, member_id).against(Span(starts_at, ends_at)))
