"""What is usual in a month: a control chart for counts, for the team. It says when to look, and proves no effect.

Limits lie on the square root, where counts spread alike whatever their mean, as those of a single month in the
evaluation: (√mean ± 3/2 · √(φ (1 + 1/n)))². φ is how much more the months vary than a Poisson count would, taken from
the differences of neighboring months as in Laney's u′ chart (2002), but never below 1; n is the number of months that
the mean comes from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from math import sqrt

from portal.indicators.measures import MeasureKind, between

LEAST_MONTHS = 12
"""Months needed to say what is usual."""
FIRST_MONTHS = 24
"""The months that say what is usual where no call-in is known, or too few were counted before it."""
MOST_BEFORE = 36
"""Months before the call-in that say what is usual, those next to it."""
LEAST_MEAN = 2.0
"""With fewer events a month no month could be too low, and eight in a row below the middle are nothing unusual."""
LEAST_LOW = 0.5
"""The least lower limit; below it there is none."""
REACH = 3.0
"""Standard deviations from the middle to a limit."""
IN_A_ROW = 8
"""Months in a row on one side of the middle that are worth a look."""
RANGE = 1.128
"""The mean difference of two normal values, in standard deviations."""


class MonthSignal(StrEnum):
    """Why a month is worth a look."""

    HIGH = "high"
    """It lies above the upper limit."""
    LOW = "low"
    LONG_HIGH = "long_high"
    """It is the eighth or a later month in a row above the middle."""
    LONG_LOW = "long_low"


@dataclass(frozen=True)
class JudgedMonth:
    """A month with its count, its signals, and how many months in a row end with it on its side of the middle."""

    month: date
    value: int
    in_a_row: int = 0
    signals: tuple[MonthSignal, ...] = ()


@dataclass(frozen=True)
class ControlChart:
    """Months against what is usual."""

    months: tuple[JudgedMonth, ...]
    mean: float
    low: float
    high: float
    dispersion: float
    first: date
    last: date
    """The first and last of the months that say what is usual."""
    of: int
    """The number of these months."""
    is_before: bool
    """Whether these are months before the call-in."""


def is_charted(kind: str, of_key: str | None, is_weighted: bool) -> bool:
    """Return whether a measure counts events: a survey counts as many as were asked, and harm sums weights."""
    return kind != MeasureKind.SURVEY and of_key is None and not is_weighted


def control_chart(counts: Mapping[date, int], call_in: date | None) -> ControlChart | None:
    """Return the chart of monthly counts; None with too few months or events. `call_in`: its month, if known."""
    months = sorted(counts)
    before = [month for month in months if call_in and month < call_in][-MOST_BEFORE:]
    is_before = len(before) >= LEAST_MONTHS
    usual = before if is_before else months[:FIRST_MONTHS]
    mean = sum(counts[month] for month in usual) / len(usual) if usual else 0.0
    if len(usual) < LEAST_MONTHS or mean < LEAST_MEAN:
        return None
    dispersion = _dispersion([(month, counts[month]) for month in usual])
    reach = REACH / 2 * sqrt(dispersion * (1 + 1 / len(usual)))
    low, high = max(0.0, sqrt(mean) - reach) ** 2, (sqrt(mean) + reach) ** 2
    # A month without any event is no sign where the square root is no normal value.
    low = low if low >= LEAST_LOW else 0.0
    judged = _judged([(month, counts[month]) for month in months], mean, low, high)
    return ControlChart(judged, mean, low, high, dispersion, usual[0], usual[-1], len(usual), is_before)


def _dispersion(counts: Sequence[tuple[date, int]]) -> float:
    """Return the variance of a month relative to that of a Poisson count, from neighboring months; at least 1."""
    ranges = [abs(2 * (sqrt(one) - sqrt(other))) for (a, one), (b, other) in pairwise(counts) if between(a, b) == 1]
    return max(1.0, (sum(ranges) / len(ranges) / RANGE) ** 2) if ranges else 1.0


def _judged(counts: Sequence[tuple[date, int]], mean: float, low: float, high: float) -> tuple[JudgedMonth, ...]:
    found: list[JudgedMonth] = []
    for month, value in counts:
        side = (value > mean) - (value < mean)
        past = found[-1] if found and between(found[-1].month, month) == 1 else None
        goes_on = past is not None and side != 0 and (past.value > mean) - (past.value < mean) == side
        in_a_row = (past.in_a_row + 1 if past and goes_on else 1) if side else 0
        found.append(JudgedMonth(month, value, in_a_row, tuple(_signals(value, side, in_a_row, low, high))))
    return tuple(found)


def _signals(value: int, side: int, in_a_row: int, low: float, high: float) -> list[MonthSignal]:
    found = [MonthSignal.HIGH] if value > high else [MonthSignal.LOW] if value < low else []
    if in_a_row >= IN_A_ROW:
        found.append(MonthSignal.LONG_HIGH if side > 0 else MonthSignal.LONG_LOW)
    return found
