"""How long numbers for reminders and the ledger of them are kept: lines of the deletion schedule."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, exists, or_

from portal.accounts.models import Member
from portal.accounts.reminders.models import Reach, Reminded
from portal.core.purge import Rule, days_ago

ERASED_OF_REMINDERS = (
    Rule(
        "numbers for reminders",
        "a day, if nobody proved that it is theirs; the night after an account was ended",
        "the number, its hash, and what was agreed to",
        Reach,
        lambda now: or_(
            exists().where(Member.id == Reach.member_id, Member.left_at.is_not(None)),
            and_(Reach.proved_on.is_(None), Reach.asked_at <= now - timedelta(days=1)),
        ),
    ),
    Rule(
        "reminders of days",
        "60 days after the day",
        "who was reminded of which day; no words",
        Reminded,
        lambda _now: Reminded.due_on <= days_ago(60),
    ),
)
