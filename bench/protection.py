"""How long it takes to decide what is shown of guarded counts: a first snapshot, and one month more."""

from __future__ import annotations

import time
from random import Random

from bench.table import aligned
from portal.indicators.snapshots.protection import protect
from portal.indicators.snapshots.table import ALL, CITY, CountDecision, CountLine, Spot

SIZES = ((10, 12), (50, 3), (50, 6))
QUICK_SIZES = ((10, 3), (50, 3))
PLACES, MONTHS, EVERY = 10, 24, 6
"""A city that freezes each month, for so long; what is told of every sixth."""
QUICK_MONTHS = 6
LANGUAGES, CHANNELS = {"en": 0.65, "es": 0.35}, {"web": 0.6, "sms": 0.3, "paper": 0.1}
FAMILY = {"answered_in_time": 0.7}
WHOLE = "reports"
ELSEWHERE = 3
"""How many times as many report in the rest of the city as at all places."""


def report(quick: bool) -> str:
    """A row for each size: how many counts, how long a first snapshot and the month after it take, what is shown."""
    rows: list[tuple[str, ...]] = [
        ("places × months", "counts", "first: CPU s", "one month more", "months of all shown", "hidden unsolved")
    ]
    rows += [_row(places, months) for places, months in (QUICK_SIZES if quick else SIZES)]
    return (
        "Protection of small counts (reports and those answered in time, by language and by channel)\n"
        f"{aligned(rows)}\n\n{PLACES} places, frozen each month\n"
        f"{aligned(_each_month(QUICK_MONTHS if quick else MONTHS))}"
    )


def _each_month(months: int) -> list[tuple[str, ...]]:
    """Some of the months: what each took with all that was told before, and what is shown of it."""
    rows: list[tuple[str, ...]] = [("month", "CPU s", "counts of all shown", "sums of all shown", "hidden unsolved")]
    truth, told = _counts(PLACES, months), dict[Spot, CountDecision]()
    for month in range(1, months + 1):
        began = time.process_time()
        some = {spot: value for spot, value in truth.items() if spot.month <= month}
        made = protect(some, told, dict.fromkeys(FAMILY, WHOLE), _evenly)
        told = made.told
        of_all = [one for spot, one in told.items() if (spot.month, spot.line, spot.measure) == (month, ALL, WHOLE)]
        if month == 1 or month % EVERY == 0:
            took = f"{time.process_time() - began:.1f}"
            shown = (sum(one.shown for one in of_all), sum(one.sum_shown for one in of_all))
            rows.append((str(month), took, *(f"{many} of {len(of_all)}" for many in shown), str(made.unsolved)))
    return rows


def _row(places: int, months: int) -> tuple[str, ...]:
    truth = _counts(places, months + 1)
    parents = dict.fromkeys(FAMILY, WHOLE)
    began = time.process_time()
    first = protect({spot: value for spot, value in truth.items() if spot.month <= months}, {}, parents, _evenly)
    took, began = time.process_time() - began, time.process_time()
    more = protect(truth, first.told, parents, _evenly)
    took_more = time.process_time() - began
    of_all = [one.shown for spot, one in more.told.items() if spot.line == ALL and spot.measure == WHOLE]
    shown = f"{sum(of_all)} of {len(of_all)}"
    return f"{places} × {months}", str(len(first.told)), f"{took:.1f}", f"{took_more:.1f}", shown, str(first.unsolved)


def _evenly(spot: Spot, of_sum: bool) -> float:
    return (8.0 if spot.area == CITY else 1.0) * (4.0 if spot.line == ALL else 1.0) * (1.5 if of_sum else 1.0)


def _counts(places: int, months: int) -> dict[Spot, int]:
    """Reports of people who each have an area, a language and a channel; some places are quiet, some are not."""
    chance = Random(7)
    counts: dict[Spot, int] = {}
    usual = {place: chance.choice((3, 8, 15, 40)) for place in range(1, places + 1)}
    usual[0] = ELSEWHERE * sum(usual.values())
    for month in range(1, months + 1):
        for place, rate in usual.items():
            for _person in range(max(0, round(chance.gauss(rate, rate**0.5)))):
                lines = (ALL, CountLine(_one_of(LANGUAGES, chance)), CountLine("", _one_of(CHANNELS, chance)))
                for measure in (WHOLE, *(key for key, likely in FAMILY.items() if chance.random() < likely)):
                    for line in lines:
                        for area in {place, CITY}:
                            spot = Spot(measure, area, line, month)
                            counts[spot] = counts.get(spot, 0) + 1
            for measure in (WHOLE, *FAMILY):
                for line in (ALL, *map(CountLine, LANGUAGES), *(CountLine("", one) for one in CHANNELS)):
                    counts.setdefault(Spot(measure, place, line, month), 0)
    return counts


def _one_of(chances: dict[str, float], chance: Random) -> str:
    return chance.choices(list(chances), list(chances.values()))[0]
