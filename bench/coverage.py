"""How often what is published would be wrong where nothing happened: the same code, on invented figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from bench.table import aligned
from portal.indicators.evaluation.plans import LOOKS, SHORTEST_AFTER, Design, Material, ModelChoice, StudyPlan
from portal.indicators.evaluation.sentences import ModelVerdict, verdict, widest
from portal.indicators.measures import plus
from portal.indicators.snapshots.snapshots import ModelFinding

Counts = NDArray[np.int64]
"""A row for the place, then one for each similar area; a column for each month."""
Draw = Callable[[np.random.Generator, int], Counts]

TIMES, QUICK_TIMES = 400, 40
SEED = 20261127
BEFORE, AFTER, USUAL = 36, 24, 20.0
CALL_IN = date(2024, 6, 17)
MONTHS = [plus(CALL_IN.replace(day=1), number) for number in range(-BEFORE, AFTER + 1)]
AREAS = 6
ROBUST, PLACEBO, NUMBER = (
    ModelChoice(Design.DID, "newey_west"),
    ModelChoice(Design.DID, "placebo"),
    ModelChoice(Design.WDD, "poisson"),
)


def report(quick: bool) -> str:
    """Tables of how often 0 is left out by one model alone, as before, and by what is said now."""
    times = QUICK_TIMES if quick else TIMES
    heads = ("of 100 places where nothing happened", "similar areas", "0 left out by Newey-West alone",
             "0 left out by the widest", "said to have changed")  # fmt: skip
    once = [(name, str(areas), *_once(draw, areas, times)) for name, draw, areas in SCENES]
    there = [(name, str(areas), *_once(draw, areas, times)) for name, draw, areas in THERE]
    looks = [(name, *_monthly(draw, times // 2)) for name, draw in LOOKED_AT]
    spread = [(f"{factor:g} times a Poisson's", *_displaced(factor, times)) for factor in (1.0, 2.0, 3.0)]
    return "\n\n".join(
        [
            f"{times} series each of {BEFORE} months before and {AFTER} after, {USUAL:g} events a month, seed {SEED}.",
            aligned([heads, *once]),
            aligned([("of 100 places where it fell by", *heads[1:]), *there]),
            aligned(
                [("looked at", "each month, Newey-West alone", f"after {LOOKS[0]} and {LOOKS[1]}, as said"), *looks]
            ),
            aligned([("variance of a month", "displacement difference as before", "times the dispersion"), *spread]),
        ]
    )


def _means(generator: np.random.Generator, areas: int) -> NDArray[np.float64]:
    """What is usual: seasons, and areas of about the size of the place."""
    sizes = np.concatenate([[1.0], generator.uniform(0.8, 1.25, areas)])
    season = 1 + 0.2 * np.sin(2 * np.pi * np.arange(len(MONTHS)) / 12)
    return USUAL * np.outer(sizes, season)


def _alone(generator: np.random.Generator, areas: int) -> Counts:
    return generator.poisson(_means(generator, areas))


@dataclass(frozen=True)
class Shifting:
    """Each area, the place too, goes to another level once, in any month, and stays there."""

    by: float

    def __call__(self, generator: np.random.Generator, areas: int) -> Counts:
        when = generator.integers(0, len(MONTHS), areas + 1)
        size = generator.normal(0, self.by, areas + 1)
        shifts = np.where(np.arange(len(MONTHS)) >= when[:, None], size[:, None], 0.0)
        return generator.poisson(_means(generator, areas) * np.exp(shifts))


@dataclass(frozen=True)
class Carrying:
    """Months carry so much of how unusual they were over to the next; with 1.0 areas drift for good."""

    part: float
    step: float

    def __call__(self, generator: np.random.Generator, areas: int) -> Counts:
        shocks = np.zeros((areas + 1, len(MONTHS)))
        for month in range(1, len(MONTHS)):
            shocks[:, month] = self.part * shocks[:, month - 1] + generator.normal(0, self.step, areas + 1)
        return generator.poisson(_means(generator, areas) * np.exp(shocks))


@dataclass(frozen=True)
class Falling:
    """The place alone changes by so much a year, before and after alike."""

    yearly: float

    def __call__(self, generator: np.random.Generator, areas: int) -> Counts:
        means = _means(generator, areas)
        means[0] *= (1 + self.yearly) ** (np.arange(-BEFORE, AFTER + 1) / 12)
        return generator.poisson(means)


@dataclass(frozen=True)
class Changing:
    """The place changes by so much at the call-in."""

    by: float

    def __call__(self, generator: np.random.Generator, areas: int) -> Counts:
        means = _means(generator, areas)
        means[0, BEFORE:] *= 1 + self.by
        return generator.poisson(means)


@dataclass(frozen=True)
class Varying:
    """Counts vary so many times as much as a Poisson."""

    factor: float

    def __call__(self, generator: np.random.Generator, areas: int) -> Counts:
        means = _means(generator, areas)
        if self.factor <= 1:
            return generator.poisson(means)
        shape = means / (self.factor - 1)
        return generator.poisson(generator.gamma(shape, self.factor - 1))


SCENES: tuple[tuple[str, Draw, int], ...] = (
    ("chance alone", _alone, AREAS),
    ("areas shift for good, by about a fifth", Shifting(0.2), AREAS),
    ("areas drift for good, 4 % a month", Carrying(1.0, 0.04), AREAS),
    ("a third of a month carries over", Carrying(1 / 3, 0.15), AREAS),
    ("six tenths carry over", Carrying(0.6, 0.15), AREAS),
    ("the place falls 5 % a year anyway", Falling(-0.05), AREAS),
    ("the place falls 10 % a year anyway", Falling(-0.10), AREAS),
    ("the place falls 15 % a year anyway", Falling(-0.15), AREAS),
    ("areas shift for good, by about a fifth", Shifting(0.2), 3),
    ("the place falls 10 % a year anyway", Falling(-0.10), 3),
    ("chance alone", _alone, 12),
    ("areas drift for good, 4 % a month", Carrying(1.0, 0.04), 12),
)
THERE: tuple[tuple[str, Draw, int], ...] = (
    ("a fifth", Changing(-0.2), AREAS),
    ("a third", Changing(-1 / 3), AREAS),
    ("half", Changing(-0.5), AREAS),
    ("a third", Changing(-1 / 3), 12),
)
LOOKED_AT: tuple[tuple[str, Draw], ...] = (
    ("chance alone", _alone),
    ("a third of a month carries over", Carrying(1 / 3, 0.15)),
    ("areas shift for good, by about a fifth", Shifting(0.2)),
)


def _once(draw: Draw, areas: int, times: int) -> tuple[str, ...]:
    """Of 100: 0 left out by one model, by the widest interval, and said to have changed, once all months are there."""
    generator, found = np.random.default_rng(SEED), []
    for _time in range(times):
        main, others = _findings(_material(draw(generator, areas)))
        found.append((_leaves_out(main), not _holds(*widest(main, others)), _is_claimed(main, others)))
    return tuple(f"{100 * share:.0f}" for share in np.mean(found, axis=0))


def _monthly(draw: Draw, times: int) -> tuple[str, ...]:
    """Of 100: something found in any month of two years by one model alone, and said at one of the looks."""
    generator, found = np.random.default_rng(SEED), []
    for _time in range(times):
        whole = _material(draw(generator, AREAS))
        each = any(_leaves_out(_main(_through(whole, month))) for month in range(SHORTEST_AFTER, AFTER + 1))
        found.append((each, any(_is_claimed(*_findings(_through(whole, month))) for month in LOOKS)))
    return tuple(f"{100 * share:.0f}" for share in np.mean(found, axis=0))


def _displaced(factor: float, times: int) -> tuple[str, ...]:
    """Of 100 displacement differences that leave 0 out: with the variance of a Poisson, and with what was found."""
    generator, found = np.random.default_rng(SEED), []
    for _time in range(times):
        one = _of(_material(Varying(factor)(generator, AREAS)), NUMBER)
        count, spread = one.count or 0.0, max(1.0, one.diagnostics["dispersion"])
        reach = (count - (one.count_low or 0.0)) / spread**0.5
        found.append((abs(count) > reach, not _holds(one.count_low or 0.0, one.count_high or 0.0)))
    return tuple(f"{100 * share:.0f}" for share in np.mean(found, axis=0))


def _material(counts: Counts) -> Material:
    names = ["place", *(f"comparison-{rank}" for rank in range(1, len(counts)))]
    series = {name: dict(zip(MONTHS, map(int, row), strict=True)) for name, row in zip(names, counts, strict=True)}
    plan = StudyPlan("elm-street", ("calls",), tuple(range(1, len(counts))), months_after=AFTER)
    return Material(plan, CALL_IN, {"calls": series})


def _through(whole: Material, months_after: int) -> Material:
    """The same study, ending after so many months."""
    return replace(whole, plan=replace(whole.plan, months_after=months_after))


def _findings(whole: Material) -> tuple[ModelFinding, list[ModelFinding]]:
    return _main(whole), [_of(whole, PLACEBO)]


def _main(whole: Material) -> ModelFinding:
    return _of(whole, ROBUST)


def _of(whole: Material, one: ModelChoice) -> ModelFinding:
    # Only here: loading the models is a part of what another table measures.
    from portal.indicators.evaluation.findings import cases, finding

    return finding(next(cases(whole)), one)


def _leaves_out(one: ModelFinding) -> bool:
    return (
        one.percent_low is not None and one.percent_high is not None and not _holds(one.percent_low, one.percent_high)
    )


def _holds(low: float, high: float) -> bool:
    return low < 0 < high


def _is_claimed(main: ModelFinding, others: list[ModelFinding]) -> bool:
    return verdict(main, others) in (ModelVerdict.LESS, ModelVerdict.MORE)
