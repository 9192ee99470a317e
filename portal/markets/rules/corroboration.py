"""What makes a sign of selling count: somebody of the team checked it, or a second source spoke of the place too."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from portal.markets.rules.alarm import TWO_SOURCES_WITHIN

SOURCE_KEPT = timedelta(weeks=5)
"""After this long it is forgotten who spoke; what they said has long been counted."""


@dataclass(frozen=True)
class Heard:
    """Somebody noticed selling. `checked`: a person of the team saw it, or acted on it, or works on it."""

    source: str
    seen_on: date
    checked: bool = False


def is_corroborated(one: Heard, others: Collection[Heard]) -> bool:
    """Whether a sign counts for the alarm.

    It does when it was checked, or when another source spoke less than fourteen days before or after it. The same
    source twice is one source; a report that nobody checked and nobody joined is heard and does not count.
    """
    return one.checked or any(
        other.source != one.source and abs(other.seen_on - one.seen_on) < TWO_SOURCES_WITHIN for other in others
    )


def is_fresh(seen_on: date, today: date) -> bool:
    """Whether something seen that day may still be counted or taken back. Later nobody could tell it from another."""
    return today - SOURCE_KEPT < seen_on <= today
