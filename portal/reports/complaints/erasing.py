"""How long the months of complaints are kept: a line of the deletion schedule."""

from __future__ import annotations

from portal.core.clock import today
from portal.core.purge import Rule
from portal.reports.complaints.models import ComplaintMonth
from portal.reports.complaints.rules import KEPT

ERASED_OF_COMPLAINTS = (
    Rule(
        "months of complaints",
        "430 days after the first of the month",
        "how many complaints about the police came in it, in the whole city",
        ComplaintMonth,
        lambda _now: ComplaintMonth.month_on <= today() - KEPT,
    ),
)
