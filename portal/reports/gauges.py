"""What the monitoring learns of reports: how old the oldest unread one at a desk is, in whole days as hours.

Not how many there are. Nothing of the desk that reads complaints about the police, nor of what the police got: that
something waits there at all is told to nobody who is not at that desk.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, select

from portal.accounts.roles import RECEIVES, DeskKind
from portal.accounts.users import Desk
from portal.core.clock import today
from portal.core.db import session
from portal.core.metrics import Gauge
from portal.reports.reports import IS_LIVE, PassedOn, Thread
from portal.reports.triage import TriageState

NAME = "portal_desk_oldest_unread_hours"
HELP = "Age of the oldest unread report at a desk, in whole days; 0 on the day that it came."


def gauges() -> Iterator[Gauge]:
    """Yield the age of the oldest unread report at the triage desk, and of what was passed on at each receiving one."""
    new = select(func.min(Thread.clock_from)).join(Desk, Desk.id == Thread.desk_id)
    new = new.where(Desk.kind == DeskKind.TRIAGE, Thread.state == TriageState.NEW)
    yield Gauge(NAME, HELP, _hours(session.scalar(new)), {"desk": DeskKind.TRIAGE})
    passed = select(Desk.kind, func.min(PassedOn.passed_on)).join(Desk, Desk.id == PassedOn.desk_id)
    unread = passed.where(IS_LIVE, PassedOn.acknowledged_on.is_(None)).group_by(Desk.kind)
    since = {row[0]: row[1] for row in session.execute(unread)}
    for kind in (one for one in RECEIVES if one is not DeskKind.POLICE):
        yield Gauge(NAME, HELP, _hours(since.get(kind)), {"desk": kind})


def _hours(since: date | None) -> int:
    return 24 * max((today() - since).days, 0) if since else 0
