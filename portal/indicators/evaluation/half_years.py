"""How a place went against similar areas, half year by half year: the rules, and the drawing without a script.

It shows what a single number for a trend hides. It imports no statistics library: pages of the web process compute it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log, sqrt

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from portal.indicators.areas import month_words
from portal.indicators.evaluation.foresight import NORMAL, dispersion
from portal.indicators.evaluation.plans import ERROR, ByMonth
from portal.indicators.evaluation.texts import signed_percent
from portal.indicators.measures import read, written
from portal.indicators.snapshots.snapshots import HalfYearShown

HALF_YEAR = 6
FEWEST_MONTHS = 3
"""A shorter piece at the beginning of the months before is left out."""


def event_study(
    place: ByMonth, areas: Sequence[ByMonth], before: Sequence[date], after: Sequence[date]
) -> tuple[HalfYearShown, ...]:
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
) -> HalfYearShown | None:
    ours, theirs = _sums(place, areas, months)
    if min(ours, theirs) <= 0:
        return None
    # A half year before is itself a part of what it is held against, so that less of it is left to chance.
    sign = 1 if is_after else -1
    variance = spread * sum(1 / part + sign / all_of_it for part, all_of_it in zip((ours, theirs), whole, strict=True))
    change = log(ours / theirs) - log(whole[0] / whole[1])
    reach = NORMAL.inv_cdf(1 - ERROR / of / 2) * sqrt(max(0.0, variance))
    middle, low, high = (exp(change + end) - 1 for end in (0.0, -reach, reach))
    return HalfYearShown(
        first=written(months[0]),
        last=written(months[-1]),
        percent=round(100 * middle, 2),
        percent_low=round(100 * low, 2),
        percent_high=round(100 * high, 2),
    )


WIDTH, HEIGHT, EDGE = 1000, 420, 30
LEAST_REACH = log(1.5)
ROUND_UP, ROUND_DOWN = (25.0, 50.0, 100.0, 200.0, 400.0), (-20.0, -33.0, -50.0, -75.0, -80.0)
MOST_REACH = log(8)
"""A band that goes further is cut at the edge of the drawing; the table has its ends."""
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class DrawnHalfYear:
    """A half year: where it stands, its change, and the ends of its band."""

    across: float
    middle: float
    low: float
    high: float


@dataclass(frozen=True)
class EventStudyDrawn:
    """An event study in a plot of `WIDTH` by `HEIGHT`, in words and as rows of a table."""

    half_years: list[DrawnHalfYear]
    none: float
    """The height of no change."""
    marks: list[tuple[float, str]]
    """Heights of other changes, with what they are."""
    months: tuple[str, str]
    """The first and the last month."""
    call_in: float | None
    """Where the call-in stands; None if there are no months after it yet."""
    words: str
    rows: list[list[str]]


def event_study_drawn(found: Sequence[HalfYearShown], call_in: str | None) -> EventStudyDrawn | None:
    """Return an event study with its drawing; None without any half year. `call_in`: its month, if it is known."""
    if not found:
        return None
    logs = [tuple(map(_log, (one.percent, one.percent_low, one.percent_high))) for one in found]
    reach = min(MOST_REACH, max(LEAST_REACH, *(abs(end) for ends in logs for end in ends)))
    step = WIDTH / len(found)
    drawn = [
        DrawnHalfYear(round(step * (place + 0.5), 1), *(_height(end, reach) for end in ends))
        for place, ends in enumerate(logs)
    ]
    before = sum(call_in is None or one.last < call_in for one in found)
    mark = round(step * before, 1) if before < len(found) else None
    return EventStudyDrawn(
        drawn,
        _height(0.0, reach),
        _marks(reach),
        (month_words(read(found[0].first)), month_words(read(found[-1].last))),
        mark,
        _words(found[:before]),
        [_row(one) for one in found],
    )


def _marks(reach: float) -> list[tuple[float, str]]:
    """Return the largest round changes that lie within the drawing, up and down."""
    found = []
    for some in (ROUND_UP, ROUND_DOWN):
        inside = [one for one in some if abs(_log(one)) < reach]
        found += [(_height(_log(inside[-1]), reach), signed_percent(inside[-1]))] if inside else []
    return found


def _log(percent: float) -> float:
    return log(max(1 + percent / 100, 1e-3))


def _height(value: float, reach: float) -> float:
    return round(HEIGHT / 2 - max(-1.0, min(1.0, value / reach)) * (HEIGHT / 2 - EDGE), 1)


def _words(before: Sequence[HalfYearShown]) -> str:
    outside = sum(not one.percent_low <= 0 <= one.percent_high for one in before)
    of = len(before)
    if not outside:
        words = _("Before the community meeting no half year differs by more than chance: no sign of another way here.")
        return str(words)
    return str(
        ngettext(
            "Of %(of)s half years before the community meeting, %(num)s differs by more than chance.",
            "Of %(of)s half years before the community meeting, %(num)s differ by more than chance.",
            outside,
            of=of,
        )
    )


def _row(one: HalfYearShown) -> list[str]:
    ends = (one.percent, one.percent_low, one.percent_high)
    first, last = read(one.first), read(one.last)
    begins, ends_in = (
        str(format_date(month, pattern))
        for month, pattern in (
            (first, "MMM" if first.year == last.year else "MMM y"),
            (last, "MMM y"),
        )
    )
    return [f"{begins}–{ends_in}".replace(" ", NO_BREAK), *map(signed_percent, ends)]
