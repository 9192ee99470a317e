"""Telling a place that a report speaks of selling there: a count for its alarm, and nothing of the report itself."""

from __future__ import annotations

from portal.core.db import session
from portal.markets.rules import SignalKind
from portal.markets.watch.actions import note_signal, source_of, withdraw_elsewhere, withdraw_signal
from portal.reports.models import Thread
from portal.reports.rules.selling import Says, says
from portal.reports.rules.triage import Category, Disposition


def tell_place(thread: Thread) -> None:
    """Let the place know what the report says now; call it after every act of a person at the desk.

    It counts from when somebody has read or sorted it, in the week in which it came in, as a source of its own: two
    reports of one resident are two, for nobody can know. Complaints about police conduct are never counted.
    """
    # Whoever was slower with this thread fails here, before anything else is written.
    session.flush()
    source = source_of(SignalKind.REPORT, thread.id)
    withdraw_elsewhere(source, thread.market_id)
    if thread.market_id is None:
        return
    disposition = Disposition(thread.disposition) if thread.disposition else None
    said = says(Category(thread.category), disposition, has_place=True)
    if said is Says.NOTHING:
        withdraw_signal(thread.market_id, source)
    else:
        checked = said is Says.CHECKED
        note_signal(thread.market_id, source, thread.received_on, SignalKind.REPORT, checked=checked)
