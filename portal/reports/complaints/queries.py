"""What may be said of complaints about police conduct. No page asks for anything else."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.db import session
from portal.reports.complaints.models import ComplaintMonth
from portal.reports.complaints.rules import Complaints, said_of


def complaints() -> Complaints | None:
    """A span of ten for up to twelve frozen months; None before the first is frozen."""
    rows = session.execute(select(ComplaintMonth.month_on, ComplaintMonth.filed))
    return said_of({row.month_on: row.filed for row in rows})
