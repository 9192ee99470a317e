"""How a place went against similar areas, half year by half year, with its drawing: what one number for a trend hides.

It imports no statistics library: pages of the web process compute it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log, sqrt

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.indicators.areas import month_words
from portal.indicators.evaluation.foresight import NORMAL, dispersion
from portal.indicators.evaluation.plans import ERROR, ByMonth, StudyWindow
from portal.indicators.evaluation.texts import signed_percent

HALF_YEAR = 6
FEWEST_MONTHS = 3
"""A shorter piece at the beginning of the months before is left out."""


@dataclass(frozen=True)
class HalfYear:
    """A half year beside similar areas, held against all months before. `change` and `reach` are logarithms."""

    first: date
    last: date
    change: float
    reach: float
    """Half the width of the band around `change`."""
    is_after: bool


def half_years(place: ByMonth, areas: Sequence[ByMonth], whole: StudyWindow) -> list[HalfYear]:
    """Return a half year for every six months, counted away from the call-in; empty without areas or events.

    The bands hold together: each leaves out the truth once in 20 times the number of half years on its side.
    """
    base, found = _sums(place, areas, whole.before), []
    if min(base) <= 0:
        return []
    spread = max(1.0, dispersion([[series[month] for month in whole.before] for series in (place, *areas)]))
    for pieces, is_after in ((_pieces(whole.before[::-1])[::-1], False), (_pieces(whole.after), True)):
        for months in pieces:
            part = _sums(place, areas, months)
            if min(part) <= 0:
                continue
            # A half year before is itself a part of what it is held against, so that less of it is left to chance.
            sign = 1 if is_after else -1
            variance = spread * sum(1 / one + sign / every for one, every in zip(part, base, strict=True))
            change = log(part[0] / part[1]) - log(base[0] / base[1])
            reach = NORMAL.inv_cdf(1 - ERROR / len(pieces) / 2) * sqrt(max(0.0, variance))
            found.append(HalfYear(min(months), max(months), change, reach, is_after))
    return found


def _pieces(months: Sequence[date]) -> list[Sequence[date]]:
    pieces = [months[start : start + HALF_YEAR] for start in range(0, len(months), HALF_YEAR)]
    return [piece for piece in pieces if len(piece) >= FEWEST_MONTHS]


def _sums(place: ByMonth, areas: Sequence[ByMonth], months: Sequence[date]) -> tuple[int, int]:
    return sum(place[month] for month in months), sum(area[month] for area in areas for month in months)


WIDTH, HEIGHT, EDGE = 1000, 420, 30
MARKS = (log(1.5), log(2), log(4))
LEAST_REACH, MOST_REACH = log(1.6), log(8)
"""A band that goes further is cut at the edge of the drawing."""


@dataclass(frozen=True)
class Drawing:
    """Half years in a plot of `WIDTH` by `HEIGHT`, in whose middle is no change, and in words."""

    bars: list[tuple[float, ...]]
    """Where each half year stands; the heights of its change and of the ends of its band."""
    marks: list[tuple[float, str]]
    """Heights of a round change down and up, with what they are."""
    ends: tuple[str, str]
    """The first and the last month."""
    call_in: float | None
    """Where the call-in stands; None if there are no months after it yet."""
    words: str


def drawing(found: Sequence[HalfYear]) -> Drawing:
    """Return half years as a drawing. There must be at least one."""
    reach = min(MOST_REACH, max(LEAST_REACH, *(abs(one.change) + one.reach for one in found)))
    step, before = WIDTH / len(found), [one for one in found if not one.is_after]

    def height(value: float) -> float:
        return round(HEIGHT / 2 - max(-1.0, min(1.0, value / reach)) * (HEIGHT / 2 - EDGE), 1)

    mark = max(one for one in MARKS if one < reach)
    return Drawing(
        bars=[
            (round(step * (place + 0.5), 1), *(height(one.change + end) for end in (0.0, -one.reach, one.reach)))
            for place, one in enumerate(found)
        ],
        marks=[(height(one), signed_percent(100 * exp(one) - 100)) for one in (-mark, mark)],
        ends=(month_words(found[0].first), month_words(found[-1].last)),
        call_in=round(step * len(before), 1) if len(before) < len(found) else None,
        words=_words(before),
    )


def _words(before: Sequence[HalfYear]) -> str:
    outside = sum(abs(one.change) > one.reach for one in before)
    words = _("Before the community meeting no half year differs by more than chance: no sign of another way here.")
    if outside:
        words = ngettext(
            "Of %(of)s half years before the community meeting, %(num)s differs by more than chance.",
            "Of %(of)s half years before the community meeting, %(num)s differ by more than chance.",
            outside,
            of=len(before),
        )
    return str(words)
