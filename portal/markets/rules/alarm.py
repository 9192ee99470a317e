"""When neighbors have sounded the alarm: a Poisson CUSUM on weekly signals, and a rule that can be said aloud.

An alarm opens a dated review. It never changes how a place stands.

The CUSUM is that of Lucas (1985), "Counted data CUSUM's", Technometrics 27: S = max(0, S + x - k), alarm at S >= h.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import log

TWO_SOURCES_WITHIN = timedelta(days=14)


class SignalKind(StrEnum):
    """Where a signal came from: a resident's report, or somebody of the team who saw it."""

    REPORT = "report"
    TEAM = "team"


class Cause(StrEnum):
    """Why a review is held."""

    WEEKLY = "weekly"
    CUSUM = "cusum"
    TWO_SOURCES = "two_sources"


SIGNAL_KINDS = tuple(kind.value for kind in SignalKind)
CAUSES = tuple(cause.value for cause in Cause)


@dataclass(frozen=True)
class Baseline:
    """Signals a week that are usual while a place holds (`quiet`) and once it slips (`slipping`), and the limit."""

    quiet: float = 0.2
    slipping: float = 1.2
    limit: float = 2.5

    @property
    def reference(self) -> float:
        """k: what a week may bring without raising the sum."""
        return (self.slipping - self.quiet) / log(self.slipping / self.quiet)


@dataclass(frozen=True)
class Week:
    """One week: how many unrelated sources were corroborated, the sum after it, and whether outreach was about."""

    begins_on: date
    signals: int
    total: float
    is_alarm: bool
    outreach: bool


def cusum(signals: Iterable[int], baseline: Baseline) -> list[float]:
    """The sums after each week; it starts over from 0 after an alarm."""
    total, sums = 0.0, []
    for count in signals:
        total = max(0.0, total + count - baseline.reference)
        sums.append(total)
        if total >= baseline.limit:
            total = 0.0
    return sums


def weeks(counts: Sequence[tuple[date, int]], outreach: Iterable[date], baseline: Baseline) -> list[Week]:
    """Each week with its sum. Weeks of outreach are marked, not left out: more people to talk to, more reports."""
    about = set(outreach)
    sums = cusum((count for _day, count in counts), baseline)
    return [
        Week(day, count, total, total >= baseline.limit, day in about)
        for (day, count), total in zip(counts, sums, strict=True)
    ]


def two_sources(seen: Iterable[tuple[date, str]], today: date) -> bool:
    """Whether two unrelated sources spoke within the last fourteen days: enough for a review, said in one sentence."""
    return len({source for day, source in seen if today - TWO_SOURCES_WITHIN < day <= today}) >= 2


def weeks_since(last: date | None, today: date) -> int | None:
    """Whole weeks since the last corroborated signal; None if there never was one."""
    return None if last is None else max(0, (today - last).days // 7)
