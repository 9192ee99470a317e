"""How often the people change on whom the work at a place depends, and how long a seat stood empty. Pure rules.

Turnover is among the causes that RAND found (RR-1001; see fidelity.py): whoever had agreed to the plan was gone, and
the next one had other plans. The two thresholds are ours, not of the source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Seat(StrEnum):
    """Who has to be there."""

    OWNER = "owner"
    DEPUTY = "deputy"
    SPONSOR = "sponsor"
    COMMUNITY_LEAD = "community_lead"


SEATS = tuple(seat.value for seat in Seat)
YEAR = timedelta(days=365)
MOST_CHANGES = 1
"""One change a year is life; two are a pattern."""
MOST_EMPTY_DAYS = 30


@dataclass(frozen=True)
class Sat:
    """From this day on a seat was taken by somebody new, or empty."""

    on: date
    is_filled: bool


@dataclass(frozen=True)
class Turnover:
    """What the last twelve months say of a seat."""

    changes: int = 0
    """How often somebody new took it after somebody else."""
    empty_days: int = 0
    """For how many days nobody had it, after somebody had; before the first there is nothing to lose."""
    is_filled: bool = False

    @property
    def is_unsteady(self) -> bool:
        """Whether to warn."""
        return self.changes > MOST_CHANGES or self.empty_days > MOST_EMPTY_DAYS


def turnover(history: Iterable[Sat], today: date) -> Turnover:
    """What a seat's history says of the twelve months before `today`; days to come are left out."""
    past = [one for one in sorted(history, key=lambda one: one.on) if one.on <= today]
    while past and not past[0].is_filled:
        past = past[1:]
    since = today - YEAR
    ends = [one.on for one in past[1:]] + [today]
    return Turnover(
        changes=sum(one.is_filled and one.on > since for one in past[1:]),
        empty_days=sum(
            max((end - max(one.on, since)).days, 0) for one, end in zip(past, ends, strict=False) if not one.is_filled
        ),
        is_filled=bool(past) and past[-1].is_filled,
    )
