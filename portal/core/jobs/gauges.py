"""What the monitoring learns of outbox, timetable and workers, coarse enough that no single message shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select, true

from portal.core.clock import now, today, waking, zone
from portal.core.db import session
from portal.core.hours import is_waking
from portal.core.jobs.engine import NEVER, Turn, current_engine
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import UNSETTLED, DeliveryState
from portal.core.metrics import Gauge, at_least

LATE = timedelta(minutes=15)
MINUTES_APART = 15
SETTLED = tuple(state for state in DeliveryState if state not in UNSETTLED)
SWEEP = "sweep"
LATE_NAME, SETTLED_NAME = "portal_outbox_late", "portal_outbox_settled_yesterday"
LATE_HELP = "Messages late by more than 15 minutes, by state, rounded up to tens."
SETTLED_HELP = "Messages that came to their end yesterday, by state, rounded up to tens."
OLDEST_HELP = "Age of the oldest late message, in quarters of an hour."


def gauges() -> Iterator[Gauge]:
    """Yield late and settled messages by state, and when timetable and worker were last at work.

    An answer to a text is a message: what waits for less than a quarter of an hour, or ended today, is left out.
    """
    late, oldest = _late()
    for state in UNSETTLED:
        yield Gauge(LATE_NAME, LATE_HELP, at_least(late.get(state, 0)), {"state": state})
    quarters = (now() - oldest) // timedelta(minutes=MINUTES_APART) if oldest else 0
    yield Gauge("portal_outbox_oldest_late_minutes", OLDEST_HELP, quarters * MINUTES_APART)
    settled = _settled_yesterday()
    for state in SETTLED:
        yield Gauge(SETTLED_NAME, SETTLED_HELP, at_least(settled.get(state, 0)), {"state": state})
    yield from _turns()
    is_reachable = current_engine().is_reachable()
    yield Gauge("portal_jobs_engine_up", "Whether the queue of jobs can be reached.", is_reachable)


def _late() -> tuple[dict[str, int], datetime | None]:
    """Return the late messages by state, and since when the oldest should have gone."""
    may_go = true() if is_waking(now(), zone(), waking()) else ~OutboundMessage.by_day
    counted = select(OutboundMessage.state, func.count(), func.min(OutboundMessage.due_at)).where(
        OutboundMessage.state.in_(UNSETTLED), OutboundMessage.due_at < now() - LATE, may_go
    )
    rows = session.execute(counted.group_by(OutboundMessage.state)).all()
    return {row[0]: row[1] for row in rows}, min((row[2] for row in rows), default=None)


def _settled_yesterday() -> dict[str, int]:
    yesterday = today() - timedelta(days=1)
    counted = select(OutboundMessage.state, func.count()).where(
        # The index on state and due_at bounds what is read.
        OutboundMessage.state.in_(SETTLED),
        OutboundMessage.due_at > now() - timedelta(days=4),
        OutboundMessage.settled_on == yesterday,
    )
    return {row[0]: row[1] for row in session.execute(counted.group_by(OutboundMessage.state))}


def _turns() -> Iterator[Gauge]:
    for name, done_for in session.execute(select(Turn.name, Turn.done_for).where(Turn.done_for > NEVER)):
        age = (now() - done_for).total_seconds()
        if name == SWEEP:
            yield Gauge("portal_worker_silent_seconds", "Seconds since a worker was last at work.", age)
        yield Gauge("portal_timetable_age_seconds", "Seconds since an entry was last done.", age, {"entry": name})
