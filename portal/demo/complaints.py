"""The months in which complaints about police conduct were counted in the demonstration, as if each had been frozen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from portal.core.clock import today
from portal.core.db import session
from portal.reports.complaints.jobs import filed_in
from portal.reports.complaints.models import ComplaintMonth
from portal.reports.complaints.rules import to_freeze


def load_complaints(counts: Sequence[int]) -> None:
    """Freeze the months that are due, the latest first: these numbers, and what else came in then."""
    month_on = to_freeze(today())[0]
    for count in counts:
        session.add(ComplaintMonth(month_on=month_on, filed=count + filed_in(month_on)))
        month_on = (month_on - timedelta(days=1)).replace(day=1)
    session.flush()
