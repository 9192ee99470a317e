"""How often what is published would be wrong where nothing happened: the same code, on invented figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from bench.table import aligned
from portal.indicators.statistics.plans import (
    INVESTIGATION,
    LOOKS,
    SHORTEST_AFTER,
    ByMonth,
    Design,
    Material,
    ModelChoice,
    StudyPlan,
)
from portal.indicators.statistics.schema import ModelFinding
from portal.indicators.statistics.sentences import SentenceKey, said, widest
from portal.indicators.statistics.terms import month_of, plus

Counts = NDArray[np.int64]
"""A row for the place, then one for each similar area and one for each placebo area; a column for each month."""
Means = NDArray[np.float64]
Rates = Callable[[np.random.Generator, int], Means]

TIMES, QUICK_TIMES = 400, 40
SEED = 20261127
SURE = (SentenceKey.FELL, SentenceKey.ROSE)
BEFORE, SHORT, AFTER, USUAL, FEW = 60, 36, 24, 20.0, 8.0
CALL_IN = date(2024, 6, 17)
MONTHS = [plus(CALL_IN.replace(day=1), number) for number in range(-BEFORE, AFTER + 1)]
AREAS, DRAWN = 6, 56
ROBUST, PLACEBO = ModelChoice(Design.DID, "newey_west"), ModelChoice(Design.DID, "placebo")
GOAL_COVERED, GOAL_FALSE = 93, 5
LATE_TIMES, GOAL_LATE = 100, 7
HEADS = (
    *("areas", "drawn", "a month", "before", "after"),
    *("covered by Newey-West alone", "by the widest", "fell", "rose", "wrong and sure", "goal"),
)


def report(quick: bool) -> str:
    """Tables of how often an interval holds what is true, and of what is said, in worlds unlike the models."""
    times = QUICK_TIMES if quick else TIMES
    looks = [(name, *_monthly(draw, times // 2)) for name, draw in LOOKED_AT]
    goal = f"{GOAL_COVERED} of 100 covered or said not to be sure, at most {GOAL_FALSE} falsely said to have fallen"
    return "\n\n".join(
        [
            f"{times} series each, seed {SEED}. Goal where nothing happened: {goal}.",
            aligned([("of 100 places where nothing happened", *HEADS), *(one.row(times) for one in SCENES)]),
            aligned([("of 100 places where it fell by", *HEADS[:-1]), *(one.row(times)[:-1] for one in THERE)]),
            late(min(times, LATE_TIMES)),
            aligned(
                [("looked at", "each month, Newey-West alone", f"after {LOOKS[0]} and {LOOKS[1]}, as said"), *looks]
            ),
        ]
    )


def _means(generator: np.random.Generator, areas: int) -> Means:
    """What is usual: seasons, and areas of about the size of the place, which has one event a month."""
    sizes = np.concatenate([[1.0], generator.uniform(0.8, 1.25, areas)])
    season = 1 + 0.2 * np.sin(2 * np.pi * np.arange(len(MONTHS)) / 12)
    return np.outer(sizes, season)


@dataclass(frozen=True)
class World:
    """What happens: `rates` of every area and month, and by how much the place changed at the call-in."""

    name: str
    rates: Rates
    areas: int = AREAS
    drawn: int = DRAWN
    usual: float = USUAL
    after: int = AFTER
    fell: float = 0.0
    factor: float = 1.0
    """The variance of a count by that of a Poisson."""
    history: int = BEFORE
    """The months before that were counted; `SHORT` of them are compared."""
    investigation: int = 0
    """The months before that the plan leaves out."""

    def material(self, generator: np.random.Generator) -> Material:
        means = self.usual * self.rates(generator, self.areas + self.drawn)
        means[0, BEFORE:] *= 1 - self.fell
        if self.factor > 1:
            means = generator.gamma(means / (self.factor - 1), self.factor - 1)
        whole = _through(study_of(generator.poisson(means), self.areas, self.history), self.after)
        return replace(whole, plan=replace(whole.plan, investigation=self.investigation))

    def row(self, times: int) -> tuple[str, ...]:
        """Of 100: what both intervals hold, what is said, and whether the goal is met."""
        generator, truth = np.random.default_rng(SEED), -100 * self.fell
        found = np.array([self._once(generator, truth) for _time in range(times)])
        alone, by_widest, fell, rose, wrong = 100 * found.mean(axis=0)
        goal = "met" if 100 - wrong >= GOAL_COVERED and (truth or fell <= GOAL_FALSE) else "missed"
        numbers = (f"{share:.0f}" for share in (alone, by_widest, fell, rose, wrong))
        return (
            self.name,
            str(self.areas),
            str(self.drawn),
            f"{self.usual:g}",
            str(self.history),
            str(self.after),
            *numbers,
            goal,
        )

    def _once(self, generator: np.random.Generator, truth: float) -> tuple[bool, ...]:
        main, others = _findings(self.material(generator))
        key = said(main, others).key
        by_widest = _holds(*widest(main, others), truth)
        is_sure = key in SURE
        return (
            _holds(main.percent_low or 0.0, main.percent_high or 0.0, truth),
            by_widest,
            key is SentenceKey.FELL,
            key is SentenceKey.ROSE,
            is_sure and not by_widest,
        )


def chance_alone(generator: np.random.Generator, areas: int) -> Means:
    return _means(generator, areas)


@dataclass(frozen=True)
class Shifting:
    """Each area, the place too, goes to another level once, in any month, and stays there."""

    by: float

    def __call__(self, generator: np.random.Generator, areas: int) -> Means:
        when = generator.integers(0, len(MONTHS), areas + 1)
        size = generator.normal(0, self.by, areas + 1)
        shifts = np.where(np.arange(len(MONTHS)) >= when[:, None], size[:, None], 0.0)
        return _means(generator, areas) * np.exp(shifts)


@dataclass(frozen=True)
class Carrying:
    """Months carry so much of how unusual they were over to the next; with 1.0 areas drift for good."""

    part: float
    step: float

    def __call__(self, generator: np.random.Generator, areas: int) -> Means:
        shocks = np.zeros((areas + 1, len(MONTHS)))
        for month in range(1, len(MONTHS)):
            shocks[:, month] = self.part * shocks[:, month - 1] + generator.normal(0, self.step, areas + 1)
        return _means(generator, areas) * np.exp(shocks)


@dataclass(frozen=True)
class Falling:
    """The place alone changes by so much a year, before and after alike."""

    yearly: float

    def __call__(self, generator: np.random.Generator, areas: int) -> Means:
        means = _means(generator, areas)
        means[0] *= (1 + self.yearly) ** (np.arange(-BEFORE, AFTER + 1) / 12)
        return means


@dataclass(frozen=True)
class Late:
    """The place alone changes by `yearly` from one month to another, counted from the call-in, or is higher in them."""

    first: int
    last: int = AFTER
    yearly: float = 0.0
    higher: float = 0.0

    def __call__(self, generator: np.random.Generator, areas: int) -> Means:
        means, months = _means(generator, areas), np.arange(-BEFORE, AFTER + 1)
        means[0] *= (1 + self.yearly) ** (np.clip(months - self.first, 0, self.last - self.first) / 12)
        means[0, (months >= self.first) & (months < self.last)] *= 1 + self.higher
        return means


SHIFTS, DRIFTS, DRIFTS_FAR = Shifting(0.2), Carrying(1.0, 0.03), Carrying(1.0, 0.04)
THIRD, SIX_TENTHS = Carrying(1 / 3, 0.15), Carrying(0.6, 0.15)
SCENES = (
    *(World("chance alone", chance_alone, areas, drawn) for areas, drawn in ((6, 0), (6, 56), (3, 56))),
    World("chance alone", chance_alone, usual=FEW),
    World("twice a Poisson's variance", chance_alone, factor=2),
    World("three times a Poisson's variance", chance_alone, factor=3),
    *(World("areas drift for good, 3 % a month", DRIFTS, areas, drawn) for areas, drawn in ((6, 0), (6, 56), (3, 56))),
    World("areas drift for good, 4 % a month", DRIFTS_FAR),
    *(World("areas shift for good, by about a fifth", SHIFTS, *n) for n in ((6, 0), (6, 56), (3, 56), (3, 0))),
    *(World("a third of a month carries over", THIRD, 6, drawn) for drawn in (0, 56)),
    *(World("six tenths carry over", SIX_TENTHS, 6, drawn) for drawn in (0, 56)),
    *(
        World(f"the place falls {fall:g} % a year anyway", Falling(-fall / 100), 6, drawn, usual)
        for fall in (5, 10, 15)
        for drawn, usual in ((0, USUAL), (56, USUAL), (56, FEW))
    ),
    *(
        World(f"the place falls {fall:g} % a year anyway", Falling(-fall / 100), usual=usual, history=SHORT)
        for fall in (5, 10, 15)
        for usual in (USUAL, FEW)
    ),
)
THERE = (
    *(World("30 %", chance_alone, 6, drawn, FEW, after, 0.3) for after in (12, 24) for drawn in (0, 56)),
    World("30 %", chance_alone, 3, 56, FEW, 24, 0.3),
    *(World("30 %", chance_alone, 6, 56, FEW, after, 0.3, history=SHORT) for after in (12, 24)),
    World("30 %, twice the variance", chance_alone, 6, 0, FEW, 24, 0.3, 2),
    World("30 %, twice the variance", chance_alone, 6, 56, FEW, 24, 0.3, 2),
    *(World("30 %, areas drift, 3 % a month", DRIFTS, 6, drawn, USUAL, 24, 0.3) for drawn in (0, 56)),
    *(World("30 %, areas shift, by about a fifth", SHIFTS, 6, drawn, USUAL, 24, 0.3) for drawn in (0, 56)),
    *(World("a fifth", chance_alone, 6, drawn, USUAL, 24, 0.2) for drawn in (0, 56)),
    *(World("a third", chance_alone, 6, drawn, USUAL, 24, 1 / 3) for drawn in (0, 56)),
    World("half", chance_alone, 6, 56, USUAL, 24, 0.5),
)
LOOKED_AT: tuple[tuple[str, Rates], ...] = (
    ("chance alone", chance_alone),
    ("a third of a month carries over", THIRD),
    ("areas shift for good, by about a fifth", SHIFTS),
)


LATE: tuple[tuple[str, Rates], ...] = (
    *((f"falls {fall} % a year from a year before", Late(-12, yearly=-fall / 100)) for fall in (10, 20)),
    *((f"falls {fall} % a year from two years before", Late(-24, yearly=-fall / 100)) for fall in (10, 20)),
    *((f"fell {fall} % in the last year, and stays", Late(-12, 0, yearly=-fall / 100)) for fall in (20, 30)),
    ("had a last year at +40 %", Late(-12, 0, higher=0.4)),
    ("had a year at +40 % before the half year before", Late(-18, -6, higher=0.4)),
)
"""Where nothing happened at the call-in, but the months before bend late."""
ARRESTS = Late(-6, 0, higher=-0.2)


def late(times: int) -> str:
    """Of 100 places that bend late before the call-in, and of those where it fell: what is said, by months left out."""
    spans = [(BEFORE, 0), (BEFORE, INVESTIGATION), (SHORT, INVESTIGATION)]
    fell: list[tuple[str, Rates, float]] = [
        (f"fell by {fall:.0%}", chance_alone, fall) for fall in (0.2, 0.3, 0.4, 0.5)
    ]
    fell.append(("fell by 30%, and by 20 % in the half year before", ARRESTS, 0.3))
    rows = []
    for name, rates, fall in [*((name, rates, 0.0) for name, rates in LATE), *fell]:
        for usual in (USUAL, FEW) if fall else (USUAL,):
            found = [
                World(name, rates, usual=usual, fell=fall, history=history, investigation=left_out).row(times)
                for history, left_out in spans
            ]
            said = [one[8] for one in found]
            goal = "" if fall else "met" if max(map(int, said)) <= GOAL_LATE else "missed"
            rows.append((name, f"{usual:g}", *said, goal))
    heads = (f"{history} months before, {left_out} left out" for history, left_out in spans)
    return aligned([("of 100 said to have fallen where the place", "a month", *heads, f"at most {GOAL_LATE}"), *rows])


def _monthly(rates: Rates, times: int) -> tuple[str, ...]:
    """Of 100: something found in any month of two years by one model alone, and said at one of the looks."""
    generator, found = np.random.default_rng(SEED), []
    for _time in range(times):
        whole = World("", rates).material(generator)
        each = any(_leaves_out(_main(_through(whole, month))) for month in range(SHORTEST_AFTER, AFTER + 1))
        found.append((each, any(_is_claimed(*_findings(_until(whole, month))) for month in LOOKS)))
    return tuple(f"{100 * share:.0f}" for share in np.mean(found, axis=0))


def study_of(counts: Counts, areas: int, history: int) -> Material:
    """A study of these figures: the place, so many similar areas, and placebo areas in the other rows."""
    names = ["place", *(f"comparison-{rank}" for rank in range(1, areas + 1))]
    first = BEFORE - history
    each = [dict(zip(MONTHS[first:], map(int, row[first:]), strict=True)) for row in counts]
    series = dict(zip(names, each, strict=False))
    plan = StudyPlan("elm-street", ("calls",), tuple(range(1, areas + 1)), months_after=AFTER)
    drawn = {"calls": each[len(names) :]} if len(each) > len(names) else {}
    return Material(plan, CALL_IN, {"calls": series}, placebos=drawn)


def _through(whole: Material, months_after: int) -> Material:
    """The same study by a plan that ends after so many months."""
    return replace(whole, plan=replace(whole.plan, months_after=months_after))


def _until(whole: Material, months_after: int) -> Material:
    """The same study as it is when so many months after the call-in are counted."""
    end = plus(month_of(whole.delivered_on), whole.plan.wash_out + months_after)

    def cut(counts: ByMonth) -> ByMonth:
        return {month: count for month, count in counts.items() if month < end}

    series = {key: {area: cut(one) for area, one in areas.items()} for key, areas in whole.series.items()}
    placebos = {key: [cut(one) for one in some] for key, some in whole.placebos.items()}
    return replace(whole, series=series, placebos=placebos)


def _findings(whole: Material) -> tuple[ModelFinding, list[ModelFinding]]:
    return _of(whole, ROBUST), [_of(whole, PLACEBO)]


def _main(whole: Material) -> ModelFinding:
    return _of(whole, ROBUST)


def _of(whole: Material, one: ModelChoice) -> ModelFinding:
    # Only here: loading the models is a part of what another table measures.
    from portal.indicators.statistics.findings import cases, finding

    return finding(next(cases(whole)), one)


def _leaves_out(one: ModelFinding) -> bool:
    return (
        one.percent_low is not None and one.percent_high is not None and not _holds(one.percent_low, one.percent_high)
    )


def _holds(low: float, high: float, truth: float = 0.0) -> bool:
    return low < truth < high


def _is_claimed(main: ModelFinding, others: list[ModelFinding]) -> bool:
    return said(main, others).key in SURE
