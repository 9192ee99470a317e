"""When a month is frozen, what is said of twelve of them, and who may hear it.

Nobody shall see a complaint arrive: it is said of whole months of the whole city, it changes once a month on a fixed
day, and it is a span of ten, so that no two of them tell how many came in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from portal.accounts.rules.roles import WALLED_OFF, Role

FROZEN_ON = 8
"""The day of the month on which the last one is frozen: by then the desk has sorted what came on its last evening."""
LOOK_BACK = 2
"""Months that are counted late if need be. A report is erased 90 days after it was closed."""
MONTHS = 12
KEPT = timedelta(days=430)
"""From the first day of a month on: until none of the twelve months that are told needs it any more."""
SPAN = 10
HEARS = frozenset({Role.ORGANIZER, Role.COMMUNITY_LEAD, Role.EVALUATOR})


@dataclass(frozen=True)
class Complaints:
    """From `low` to `high` in the months from `first_on` to `last_on`; fewer than ten are not told apart from none."""

    low: int
    first_on: date
    last_on: date

    @property
    def high(self) -> int:
        return self.low + SPAN - 1


def may_hear(roles: Collection[str]) -> bool:
    """Whether somebody is told how many there were: never police, nor who runs the accounts, whatever else they are."""
    return not HEARS.isdisjoint(roles) and WALLED_OFF.isdisjoint(roles)


def to_freeze(today: date) -> list[date]:
    """The months, by their first day, that are over and sorted and may still be counted."""
    month = today.replace(day=1)
    ended = [month := _before(month) for _ in range(LOOK_BACK)]
    return [one for one in ended if today >= _after(one).replace(day=FROZEN_ON)]


def said_of(counts: Mapping[date, int]) -> Complaints | None:
    """What is said of frozen months: of the last twelve up to the last one; None as long as there is none."""
    if not counts:
        return None
    last = max(counts)
    window = _back_from(last)
    there = [month for month in window if month in counts]
    total = sum(counts[month] for month in there)
    return Complaints(total // SPAN * SPAN, min(there), last)


def _back_from(month: date) -> Iterable[date]:
    window = [month]
    while len(window) < MONTHS:
        window.append(_before(window[-1]))
    return window


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
