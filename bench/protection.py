"""What protecting small counts costs and what is left to see: from a city of ten places to a state of five hundred."""

from __future__ import annotations

import resource
import time
from random import Random

from bench.table import aligned
from portal.indicators.statistics.protection import CITY, CountDecision, PeriodKey, Rules, Spot, keyed_noise, protect

SIZES = ((10, 24), (50, 24), (50, 120), (500, 120))
QUICK_SIZES = ((10, 24), (50, 24))
FIRST = 2016 * 12 + 1
RATES = (3, 8, 15, 40)
FAMILY = {"answered_in_time": 0.7}
WHOLE = "reports"
ELSEWHERE = 3
"""How many times as many report in the rest of the city as at all places."""
Told = dict[Spot, CountDecision]


def report(quick: bool) -> str:
    """A row for each size: how many counts, what all months and one month more take, and what is shown at places."""
    heads = (
        *("places × months", "counts", "all at once: CPU s", "one month more: CPU s"),
        *("MB", "shown at places", "months that it covers"),
    )
    rows = [_row(places, months) for places, months in (QUICK_SIZES if quick else SIZES)]
    return f"Protection of small counts (reports and those answered in time)\n{aligned([heads, *rows])}\n"


def _row(places: int, months: int) -> tuple[str, ...]:
    truth = _counts(places, months + 1)
    before = {spot: value for spot, value in truth.items() if spot.month < FIRST + months}
    began = time.process_time()
    told, lengths = _frozen(before, {}, {}, months, places)
    took, began = time.process_time() - began, time.process_time()
    told, _lengths = _frozen(truth, told, lengths, months + 1, places)
    took_more = time.process_time() - began
    of_all = [one for spot, one in told.items() if spot.area != CITY and spot.measure == WHOLE]
    covered = sum(one.months for one in of_all if one.shown)
    return (
        f"{places} × {months}",
        f"{len(truth):,}",
        f"{took:.1f}",
        f"{took_more:.1f}",
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}",
        f"{sum(one.shown for one in of_all):,} of {len(of_all):,}",
        f"{covered:,} of {places * (months + 1):,}",
    )


def _frozen(
    truth: dict[Spot, int], told: Told, lengths: dict[PeriodKey, int], through: int, places: int
) -> tuple[Told, dict[PeriodKey, int]]:
    rules = Rules(
        dict.fromkeys(FAMILY, WHOLE),
        lambda _measure, month: FIRST <= month < FIRST + through,
        lambda _area, _measure: FIRST,
        lambda area, _measure: float(_rates(places).get(area, ELSEWHERE * places)),
        keyed_noise(b"b" * 32),
    )
    made = protect(truth, told, lengths, rules)
    return told | made.told, lengths | made.lengths


def _rates(places: int) -> dict[int, int]:
    """The usual number of reports in a month by place: some are quiet, some are not."""
    chance = Random(7)
    return {place: chance.choice(RATES) for place in range(1, places + 1)}


def _counts(places: int, months: int) -> dict[Spot, int]:
    chance, counts = Random(8), dict[Spot, int]()
    usual = _rates(places)
    usual[CITY] = ELSEWHERE * sum(usual.values())
    for month in range(FIRST, FIRST + months):
        for place, rate in usual.items():
            many = max(0, round(chance.gauss(rate, rate**0.5)))
            for measure, likely in {WHOLE: 1.0, **FAMILY}.items():
                for area in {place, CITY}:
                    spot = Spot(measure, area, month)
                    counts[spot] = counts.get(spot, 0) + round(many * likely)
    return counts
