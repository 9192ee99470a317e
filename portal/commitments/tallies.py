"""How many promises were due in a month, and how many of them were kept: those the public may see, so as to check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import select

from portal.commitments.models import Commitment
from portal.commitments.queries import shown
from portal.commitments.rules.promises import Verdict
from portal.core.db import session
from portal.core.tallies import Tally
from portal.markets.queries import public_names


def monthly_promises(month_on: date) -> Iterable[Tally]:
    """Promises whose day came in a month, and those that the other side says were kept; by place and of the city."""
    next_month = (month_on + timedelta(days=31)).replace(day=1)
    due, kept = Counter[int | None](), Counter[int | None]()
    asked = select(Commitment.market_id, Commitment.verdict).where(shown())
    for row in session.execute(asked.where(Commitment.due_on >= month_on, Commitment.due_on < next_month)):
        for place in {None, row.market_id}:
            due[place] += 1
            kept[place] += row.verdict == Verdict.KEPT
    for place in (None, *(market.id for market in public_names())):
        yield Tally("promises_due", place, due[place])
        yield Tally("promises_kept", place, kept[place])
