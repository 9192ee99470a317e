"""How long what a circle writes down may stay."""

from __future__ import annotations

from datetime import date, timedelta

LIFETIMES = (30, 90, 365)
USUAL_LIFETIME = 90
"""Days."""


def last_day(days: int, today: date) -> date:
    """The last day of a note that may stay so many days."""
    return today + timedelta(days=days)
