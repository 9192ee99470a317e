"""How long questions for a day and agreed dates are kept: lines of the deletion schedule."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_

from portal.core.purge import Rule, days_ago
from portal.partners.polls.models import CircleDate, Poll

MONTH = timedelta(days=30)

ERASED_OF_POLLS = (
    Rule(
        "questions for a day in circles",
        "30 days after the last day for answers",
        "with times, answers, slips and who was asked",
        Poll,
        lambda _now: Poll.closes_on <= days_ago(30),
    ),
    Rule(
        "dates of circles",
        "30 days after they were held or called off",
        "when, and sealed what for",
        CircleDate,
        lambda now: or_(CircleDate.ends_at <= now - MONTH, CircleDate.called_off_on <= days_ago(30)),
    ),
)
