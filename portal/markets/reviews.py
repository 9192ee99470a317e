"""Rules of the alarm and the reviews: a Poisson CUSUM on weekly signals, and the rule of two sources.

An alarm opens a dated review. It never changes the status of a place.

The CUSUM is that of Lucas (1985), "Counted data CUSUM's", Technometrics 27: S = max(0, S + x - k), alarm at S >= h.

All reviews are due on one weekday, those opened by an alarm too, and the public sees only the day of a review. A due
day of its own would tell observers of the page that a report came in during the days before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import takewhile
from math import log

TWO_SOURCES_WITHIN = timedelta(days=14)


class SignalKind(StrEnum):
    """The origin of a signal: a resident's report, or a team member's own sighting."""

    REPORT = "report"
    TEAM = "team"


class Cause(StrEnum):
    WEEKLY = "weekly"
    CUSUM = "cusum"
    TWO_SOURCES = "two_sources"


@dataclass(frozen=True)
class Baseline:
    """Signals per week that are usual while a place holds (`quiet`) and once it slips (`slipping`), and the limit."""

    quiet: float = 0.2
    slipping: float = 1.2
    limit: float = 2.5

    @property
    def reference(self) -> float:
        """k: signals per week that do not raise the sum."""
        return (self.slipping - self.quiet) / log(self.slipping / self.quiet)


@dataclass(frozen=True)
class Week:
    """One week: corroborated signals, the sum after it, whether that is an alarm, and whether there was outreach."""

    begins_on: date
    signals: int
    total: float
    is_alarm: bool
    outreach: bool


def cusum(signals: Iterable[int], baseline: Baseline) -> list[float]:
    """Return the sums after each week; the sum restarts at 0 after an alarm."""
    total, sums = 0.0, []
    for count in signals:
        total = max(0.0, total + count - baseline.reference)
        sums.append(total)
        if total >= baseline.limit:
            total = 0.0
    return sums


def weeks(counts: Sequence[tuple[date, int]], outreach: Iterable[date], baseline: Baseline) -> list[Week]:
    """Return each week with its sum. Weeks of outreach are marked, not left out: more conversations, more reports."""
    about, sums = set(outreach), cusum((count for _day, count in counts), baseline)
    return [
        Week(day, count, total, total >= baseline.limit, day in about)
        for (day, count), total in zip(counts, sums, strict=True)
    ]


def two_sources(seen: Iterable[tuple[date, str]], today: date) -> bool:
    """Return whether two unrelated sources gave a signal within the last fourteen days: enough for a review."""
    return len({source for day, source in seen if today - TWO_SOURCES_WITHIN < day <= today}) >= 2


THURSDAY = 3
"""The weekday of reviews unless the city chose another: the week that ended on Sunday is complete, and Monday's
reports have been read."""
LEAST_APART = timedelta(days=4)
"""How far two weekly reviews of a place are apart at least, should the weekday change."""
OPENS_BEFORE = timedelta(days=3)
"""The weekly review can be held from Monday on."""
LEAST_NOTICE = timedelta(days=2)
"""A review opened by an alarm leaves at least this long to prepare it."""
LATELY = timedelta(weeks=5)
"""How long a late review is shown as late, and how far back an alarm still opens a review."""
MOST_MISSED = 6
"""Missed reviews that are listed one by one; of older ones the public reads only the number."""


@dataclass(frozen=True)
class HeldReview:
    """The reviews of one due day: held when the last of them was signed, None while one is not."""

    due_on: date
    held_on: date | None


@dataclass(frozen=True)
class Record:
    """The public record: the last review, the next, the missed ones, and those held late."""

    last_on: date | None
    next_on: date | None
    missed: tuple[date, ...]
    missed_before: int
    late: tuple[HeldReview, ...]


def review_day(earliest: date, weekday: int = THURSDAY) -> date:
    return earliest + timedelta(days=(weekday - earliest.weekday()) % 7)


def rested_until(last: date, weekday: int) -> date:
    """Return the day after which the next weekly review may be due: the last one, or later if the weekday changed."""
    return last if last.weekday() == weekday else last + LEAST_APART - timedelta(days=1)


def weekly_days(after: date, today: date, weekday: int = THURSDAY) -> list[date]:
    """Return the due days after `after` whose reviews should be open by today; several if the job ran late."""
    days, day = [], review_day(after + timedelta(days=1), weekday)
    while day <= today + OPENS_BEFORE:
        days.append(day)
        day += timedelta(days=7)
    return days


def cusum_asks(weeks: Iterable[Week], last_opened_on: date | None, today: date) -> bool:
    """Return whether an alarm of the last weeks has had no review yet, opened in its week or later."""
    alarms = [week.begins_on for week in weeks if week.is_alarm and week.begins_on > today - LATELY]
    return bool(alarms) and (last_opened_on is None or max(alarms) > last_opened_on)


def by_day(reviews: Iterable[tuple[date, date | None]]) -> list[HeldReview]:
    """Return reviews given as (due, signed), grouped by the day they were due, the newest first."""
    days: dict[date, list[date | None]] = {}
    for due_on, signed_on in reviews:
        days.setdefault(due_on, []).append(signed_on)
    return [
        HeldReview(due_on, None if None in signed else max(filter(None, signed)))
        for due_on, signed in sorted(days.items(), reverse=True)
    ]


def record_of(days: Sequence[HeldReview], today: date) -> Record:
    """Return the public record of these days, which are sorted, the newest first."""
    missed = [day.due_on for day in days if day.held_on is None and day.due_on < today]
    late = [day for day in days if day.held_on is not None and day.held_on > day.due_on > today - LATELY]
    return Record(
        last_on=max((day.held_on for day in days if day.held_on is not None), default=None),
        next_on=min((day.due_on for day in days if day.held_on is None and day.due_on >= today), default=None),
        missed=tuple(missed[:MOST_MISSED]),
        missed_before=len(missed[MOST_MISSED:]),
        late=tuple(late),
    )


def missed_in_a_row(days: Sequence[HeldReview], today: date) -> int:
    """Return how many of the last due days in a row passed without a review."""
    past = (day for day in days if day.due_on < today)
    return sum(1 for _day in takewhile(lambda day: day.held_on is None, past))
