"""Hours that may be proposed: they exist once on the city's clock, and lie behind the last day for answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from portal.core.hours import NoSuchHour, moment_in

MOST_SLOTS = 6
FEWEST_SLOTS = 1
LENGTHS = (30, 45, 60, 90, 120, 180)
"""Minutes."""
USUAL_LENGTH = 90
LONGEST_AHEAD = timedelta(days=180)


class TwiceThatHour(ValueError):
    """The clocks go back over this hour: it comes twice in that night, and people would come an hour apart."""


@dataclass(frozen=True, order=True)
class Span:
    """From and to, in UTC."""

    starts_at: datetime
    ends_at: datetime


def span_on(zone: tzinfo, day: date, clock: time, minutes: int) -> Span:
    """So many minutes from this hour of the city's clock on. Raises NoSuchHour or TwiceThatHour."""
    starts_at = moment_in(zone, day, clock)
    again = datetime.combine(day, clock.replace(fold=1), zone).astimezone(UTC)
    if again != starts_at:
        raise TwiceThatHour
    return Span(starts_at, starts_at + timedelta(minutes=minutes))


def wrong_slot(zone: tzinfo, day: date, clock: time, closes_on: date | None, today: date) -> str | None:
    """What is wrong with a slot, by a key: "no_hour", "twice", "past", "far" or "before_deadline"."""
    try:
        span_on(zone, day, clock, USUAL_LENGTH)
    except NoSuchHour:
        return "no_hour"
    except TwiceThatHour:
        return "twice"
    if day <= today:
        return "past"
    if day > today + LONGEST_AHEAD:
        return "far"
    return "before_deadline" if closes_on is not None and day <= closes_on else None


def is_last_day(closes_on: date, first_slot_on: date, today: date) -> bool:
    """Whether answers can be taken until this day: it is not over, and the first time lies behind it."""
    return today <= closes_on < first_slot_on


def is_open(closes_on: date, stopped_on: date | None, today: date) -> bool:
    """Whether answers are taken; the last day counts."""
    return stopped_on is None and today <= closes_on


def is_time_to_remind(closes_on: date, asked_on: date, today: date) -> bool:
    """On the day before the last one, or on the last; not on the day on which people were asked."""
    return closes_on - timedelta(days=1) <= today <= closes_on and asked_on < today


def in_order(spans: Sequence[Span]) -> list[Span]:
    """Each span once, the soonest first."""
    return sorted(set(spans))
