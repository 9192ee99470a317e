"""The event study on pages: its drawing without a script, its table, and its words; and a mix of areas as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from types import MappingProxyType

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from portal.core.i18n import number, percent
from portal.indicators.areas import month_words
from portal.indicators.evaluation.event_study import HalfYear
from portal.indicators.evaluation.mixing import Mix
from portal.indicators.evaluation.texts import signed_percent
from portal.indicators.measures import read, written
from portal.indicators.snapshots.snapshots import AreaWeight, HalfYearShown

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


def half_years_shown(found: Sequence[HalfYear]) -> tuple[HalfYearShown, ...]:
    """Return half years as a snapshot holds them, in percent."""
    return tuple(
        HalfYearShown(
            first=written(one.first),
            last=written(one.last),
            percent=round(100 * one.change, 2),
            percent_low=round(100 * one.low, 2),
            percent_high=round(100 * one.high, 2),
        )
        for one in found
    )


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


def mix_shown(keys: Sequence[str], mix: Mix) -> tuple[AreaWeight, ...]:
    """Return a mix of areas as a snapshot holds it; `keys` are those of the areas."""
    found = zip(keys, mix.weights, mix.times, strict=True)
    return tuple(
        AreaWeight(area=key, percent=round(100 * part, 4), times=round(times, 6)) for key, part, times in found
    )


LEAST_SHOWN = 1.0
"""Percent; areas that count for less stand together."""


def mix_rows(weights: Sequence[AreaWeight], names: Mapping[str, str] = MappingProxyType({})) -> list[list[str]]:
    """Return how much each area counts in a mix, as rows of a table, the largest part first.

    `names`: of areas by key; without them they have numbers, as in public.
    """
    ordered = sorted(weights, key=lambda one: -one.percent)
    large = [one for one in ordered if one.percent >= LEAST_SHOWN]
    rows = [[names.get(one.area) or area_number(one.area), _part(one.percent)] for one in large]
    if small := ordered[len(large) :]:
        words = ngettext("%(num)s other area", "%(num)s other areas together", len(small))
        rows.append([words, _part(sum(one.percent for one in small))])
    return rows


def area_number(key: str) -> str:
    """Return a comparison area without a name: "Similar area 2"."""
    return str(_("Similar area %(number)s", number=key.rpartition("-")[2]))


def _part(share: float) -> str:
    return percent(number(round(share)))
