"""The chart of a place's weekly signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.markets.reviews import Week

WIDTH, HEIGHT = 1000, 420
TOP, FLOOR = 50, 350
GAP = 5
LEAST_SCALE = 3.0


@dataclass(frozen=True)
class Bar:
    """The signals of one week."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Chart:
    """A chart in a view box of 1000 by 420."""

    bars: Sequence[Bar]
    line: str
    """The cumulative sum, as the points of a polyline."""
    limit: int
    alarms: Sequence[tuple[int, int]]
    outreach: Sequence[int]
    first: date
    last: date


def chart(weeks: Sequence[Week], limit: float) -> Chart:
    """Return the chart of at least one week; signals and their sum share a scale, as the sum is built from them."""
    most = max(LEAST_SCALE, limit * 1.1, *(week.total for week in weeks), *(week.signals for week in weeks))
    slot = WIDTH / len(weeks)

    def height(value: float) -> int:
        return round(FLOOR - value / most * (FLOOR - TOP))

    def middle(number: int) -> int:
        return round((number + 0.5) * slot)

    return Chart(
        bars=[
            Bar(round(number * slot) + GAP, height(week.signals), round(slot) - 2 * GAP, FLOOR - height(week.signals))
            for number, week in enumerate(weeks)
            if week.signals
        ],
        line=" ".join(f"{middle(number)},{height(week.total)}" for number, week in enumerate(weeks)),
        limit=height(limit),
        alarms=[(middle(number), height(week.total)) for number, week in enumerate(weeks) if week.is_alarm],
        outreach=[middle(number) for number, week in enumerate(weeks) if week.outreach],
        first=weeks[0].begins_on,
        last=weeks[-1].begins_on,
    )
