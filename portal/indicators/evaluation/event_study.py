"""The event study of a place: how it went against similar areas, half year by half year, before and after the call-in.

It shows what a single number for a trend hides. It imports no statistics library: pages of the web process compute it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log, sqrt

from portal.indicators.evaluation.foresight import NORMAL, dispersion
from portal.indicators.evaluation.plans import ERROR, ByMonth

HALF_YEAR = 6
FEWEST_MONTHS = 3
"""A shorter piece at the beginning of the months before is left out."""


@dataclass(frozen=True)
class HalfYear:
    """The place against similar areas in some months, relative to all months before; shares of 1, 0 is no change."""

    first: date
    last: date
    change: float
    low: float
    high: float
    is_after: bool = False


def event_study(
    place: ByMonth, areas: Sequence[ByMonth], before: Sequence[date], after: Sequence[date]
) -> tuple[HalfYear, ...]:
    """Return a half year for every six months, counted away from the call-in; empty without areas or events.

    The bands hold together: each leaves out the truth once in 20 times the number of half years on its side.
    """
    whole = _sums(place, areas, before)
    if not areas or min(whole) <= 0:
        return ()
    rows = [[series[month] for month in before] for series in (place, *areas)]
    spread = max(1.0, dispersion(rows))
    backwards = _pieces(before[::-1])
    found = [_half_year(place, areas, piece[::-1], whole, spread, len(backwards)) for piece in backwards[::-1]]
    pieces = _pieces(after)
    found += [_half_year(place, areas, piece, whole, spread, len(pieces), is_after=True) for piece in pieces]
    return tuple(one for one in found if one is not None)


def outside(found: Sequence[HalfYear]) -> tuple[int, int]:
    """Return how many half years before leave out no change, and how many there are."""
    before = [one for one in found if not one.is_after]
    return sum(not one.low <= 0 <= one.high for one in before), len(before)


def _pieces(months: Sequence[date]) -> list[Sequence[date]]:
    pieces = [months[start : start + HALF_YEAR] for start in range(0, len(months), HALF_YEAR)]
    return [piece for piece in pieces if len(piece) >= FEWEST_MONTHS]


def _sums(place: ByMonth, areas: Sequence[ByMonth], months: Sequence[date]) -> tuple[int, int]:
    return sum(place[month] for month in months), sum(area[month] for area in areas for month in months)


def _half_year(
    place: ByMonth,
    areas: Sequence[ByMonth],
    months: Sequence[date],
    whole: tuple[int, int],
    spread: float,
    of: int,
    *,
    is_after: bool = False,
) -> HalfYear | None:
    ours, theirs = _sums(place, areas, months)
    if min(ours, theirs) <= 0:
        return None
    # A half year before is itself a part of what it is held against, so that less of it is left to chance.
    sign = 1 if is_after else -1
    variance = spread * sum(1 / part + sign / all_of_it for part, all_of_it in zip((ours, theirs), whole, strict=True))
    change = log(ours / theirs) - log(whole[0] / whole[1])
    reach = NORMAL.inv_cdf(1 - ERROR / of / 2) * sqrt(max(0.0, variance))
    middle, low, high = (exp(change + end) - 1 for end in (0.0, -reach, reach))
    return HalfYear(months[0], months[-1], middle, low, high, is_after)
