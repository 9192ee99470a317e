"""Study plans: what is fixed before the call-in day is entered, its canonical text and hash, and study windows."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from statistics import fmean
from typing import Any, NamedTuple

from portal.indicators.statistics.terms import between, month_of, plus, span, written


class Design(StrEnum):
    ITS = "its"
    """The place's own months before: interrupted time series."""
    DID = "did"
    """Similar areas, before and after: difference in differences."""


class ModelChoice(NamedTuple):
    design: Design
    model: str

    def __str__(self) -> str:
        return f"{self.design.value}:{self.model}"


KNOWN = (
    ModelChoice(Design.DID, "newey_west"),
    ModelChoice(Design.DID, "quasi_poisson"),
    ModelChoice(Design.DID, "placebo"),
    ModelChoice(Design.ITS, "newey_west"),
)
"""All of them are computed each time, so that results cannot be selected by selecting a model."""


FORM = 1
"""The version of the plan's text. A locked plan keeps its text."""
SHORTEST_BEFORE, LONGEST_BEFORE = 12, 120
SHORTEST_AFTER, LONGEST_AFTER = 6, 60
LOOKS = (12, 24)
"""Months after the call-in at which a verdict is given. Monthly tests would find effects by chance far too often."""
ERROR = 0.05
"""How often all looks together may leave out the truth."""
LEAST_TO_BE_SURE = 5
"""Comparison areas needed for "fairly sure": with fewer, their natural variation is not known well enough."""
TREND_MONTHS = 60
"""A trend is known twice as well over 60 months as over 36, whose levels are compared."""
BENDS = (12, 24, 36)
"""Months before the call-in at which a trend is tried that began only there."""
INVESTIGATION, LONGEST_INVESTIGATION = 6, 24
"""The months before the call-in that a new plan proposes to leave out: cases are made and people arrested in them."""
LONGEST_WASH_OUT = 6
OUTLINE, MEASURE, PRIMARY, AREAS = "Outline of ", "Measure: ", "Primary measure: ", "Comparison areas: "
BEFORE, AFTER = "Months before the call-in: ", "Months after the call-in, at most: "
LEFT_OUT = "Months left out just before the call-in, for the investigation: "
WASH_OUT = "Months left out, from the call-in's own on: "
DRAWN, DRAWN_MARK = "Placebo areas: ", "Hash of the placebo areas' outlines: "
PLACE, RING, COMPARISON_RING, UNDRAWN = "place", "ring-", "comparison_ring-", "none"


@dataclass(frozen=True)
class StudyPlan:
    """`place` is its English name, `comparison` the ranks of its comparison areas."""

    place: str
    measures: tuple[str, ...] = ()
    comparison: tuple[int, ...] = ()
    with_ring: bool = True
    main: str = str(KNOWN[0])
    months_before: int = 36
    months_after: int = 24
    investigation: int = 0
    """The number of months just before the call-in that count neither as before nor as after."""
    wash_out: int = 1
    """The number of months, starting with the call-in's, that count neither as before nor as after."""
    primary: str = ""

    @property
    def main_choice(self) -> ModelChoice:
        """Raises `ValueError` if it is unknown."""
        return KNOWN[list(map(str, KNOWN)).index(self.main)]


def looks(plan: StudyPlan | Fixed) -> tuple[int, ...]:
    """Return the numbers of counted months after which a verdict is given: `LOOKS` and the end of the study."""
    return (*(months for months in LOOKS if months < plan.months_after), plan.months_after)


def errors(plan: StudyPlan) -> dict[int, float]:
    """Return each look's part of `ERROR`, however looks depend on each other: Kim and DeMets (1987) with power 2."""
    all_looks = looks(plan)
    used = [ERROR * (months / all_looks[-1]) ** 2 for months in all_looks]
    return {months: now - before for months, now, before in zip(all_looks, used, [0.0, *used], strict=False)}


def level_at(plan: StudyPlan, look: int | None) -> float:
    return 1 - errors(plan).get(look or 0, ERROR)


def default_plan(place: str, measures: Collection[str], comparison: Collection[int]) -> StudyPlan:
    plan = StudyPlan(place, tuple(measures), tuple(comparison), investigation=INVESTIGATION)
    return plan if comparison else replace(plan, main="its:newey_west")


def gaps(plan: StudyPlan, drawn: int = 0) -> list[str]:
    """Return the names of the fields that keep a plan from being locked. `drawn`: the number of placebo areas."""
    too_few = plan.main == "did:placebo" and not drawn and len(plan.comparison) < LEAST_PLACEBOS
    is_right = {
        "measures": bool(plan.measures),
        "primary": plan.primary in plan.measures,
        "comparison": not too_few and (plan.main_choice.design == Design.ITS or bool(plan.comparison)),
    }
    return [name for name, right in is_right.items() if not right]


LEAST_PLACEBOS = 3
"""The fewest comparison areas for placebos: with fewer, variation by chance between areas cannot be estimated."""


@dataclass(frozen=True)
class DrawnAreas:
    """The placebo areas drawn for a place: how many, in which measure they are similar, and two hashes."""

    count: int
    rule: int
    measure: str
    first: date
    last: date
    """The months before in which they are similar."""
    digest: str
    seed: str
    """A hash, or whoever has the file could draw them again and see from areas passed over where a hidden place is."""


def feasible(plan: StudyPlan, areas: Collection[str]) -> StudyPlan:
    """Return the plan reduced to `areas` ("ring-1"). Later ones are out: a ring could be drawn to suit the results."""
    comparison = tuple(rank for rank in plan.comparison if f"comparison-{rank}" in areas)
    return replace(plan, comparison=comparison, with_ring=plan.with_ring and _has(areas, RING))


def _has(areas: Collection[str], part: str) -> bool:
    return any(key.startswith(part) for key in areas)


def canonical(
    plan: StudyPlan,
    names: Mapping[str, str],
    outlines: Mapping[str, str],
    there: Collection[str] = (),
    drawn: DrawnAreas | None = None,
) -> str:
    """Return the text that is hashed and published. `outlines`: a hash of each, so that redrawing is detected."""
    plan = feasible(plan, there)
    compared = [f"comparison-{rank}" for rank in plan.comparison]
    models = ["did:newey_west", "did:quasi_poisson"] if compared else []
    if compared and (drawn or len(compared) >= LEAST_PLACEBOS):
        models.append("did:placebo")
    others = [model for model in [*models, "its:newey_west"] if model != plan.main]
    rings = (RING, COMPARISON_RING) if plan.with_ring else ()
    # Areas without an outline have a mark too: one could be drawn later.
    marks = dict.fromkeys([PLACE, *compared, *(key for key in there if key.startswith(rings))], UNDRAWN)
    spent = ", ".join(f"{100 * error:.3g} after {months}" for months, error in errors(plan).items())
    lines = [
        f"Plan of a study, form {FORM}",
        f"Place: {plan.place}",
        *(f"{MEASURE}{_named(key, names)}" for key in plan.measures),
        f"{PRIMARY}{_named(plan.primary, names)}",
        f"{AREAS}{', '.join(compared) or 'none'}",
        f"Ring around the place: {_ring(plan, there)}",
        *(f"{OUTLINE}{key}: {mark}" for key, mark in sorted({**marks, **outlines}.items())),
        f"Main model: {plan.main}",
        f"Shown beside it: {', '.join(others) or 'none'}",
        *(_of_placebos(compared, drawn) if drawn or compared else ()),
        f"{BEFORE}{plan.months_before}",
        f"{AFTER}{plan.months_after}",
        f"{LEFT_OUT}{plan.investigation}",
        f"{WASH_OUT}{plan.wash_out}",
        *(line.format(spent=spent, looks=", ".join(map(str, looks(plan)))) for line in RULES),
        f"No model draws random numbers, so there is no {'other ' if drawn else ''}seed to fix.",
    ]
    return "\n".join(lines) + "\n"


HIGH = 1.25
"""The last year is a peak if its mean is at least this many times that of the years before."""
RULES = (
    "Time series: linear trend, 2 pairs of harmonics of the year, a change of level",
    "Interval: 100 percent less the error of its look. Lags for Newey-West: floor(4 * (n / 100)^(2/9)).",
    "Error of all looks together: 5 percent, used up as 5 * (months / all months)^2: {spent}",
    f"Nothing is said with fewer than {SHORTEST_BEFORE} months before or {SHORTEST_AFTER} after,",
    "and no percentage when fewer than 20 events were to be expected.",
    "Verdict only after so many counted months: {looks}",
    "Fairly sure only by the widest of the intervals of the main model, of Newey-West and of placebos,",
    f"with at least {LEAST_TO_BE_SURE} areas tried as placebos, and only if the change is more than",
    f"what a trend can account for, fitted over at most {TREND_MONTHS} months before and all after.",
    f"Trends tried: straight, and begun so many months before the call-in: {', '.join(map(str, BENDS))}.",
    f"No fall is fairly sure if the last year before had at least {HIGH:g} times the events of years before.",
)


def _ring(plan: StudyPlan, there: Collection[str]) -> str:
    if not _has(there, RING):
        return "there is none, so nothing is said of whether it moved"
    if plan.with_ring and not _has(there, COMPARISON_RING):
        return "counted; no ring is around a comparison area, so nothing is said of whether it moved"
    return "counted" if plan.with_ring else "not counted"


def _of_placebos(compared: Sequence[str], drawn: DrawnAreas | None) -> list[str]:
    """Return the lines that fix the placebo areas, and the limit that they set to a rank."""
    lines = [f"{DRAWN}none were drawn; each comparison area is tried in turn"]
    if drawn is not None:
        of = drawn.measure or "all incidents that count"
        lines = [
            f"{DRAWN}{drawn.count}, drawn from a file of incidents by rule {drawn.rule}",
            f"Similar in: {of}, {written(drawn.first)} to {written(drawn.last)}",
            f"{DRAWN_MARK}{drawn.digest}",
            f"Hash of the seed of their draw: {drawn.seed}",
        ]
    if compared and (drawn or len(compared) >= LEAST_PLACEBOS):
        places = (drawn.count if drawn else len(compared)) + 1
        lines.append(
            f"Placebos: at best the place ranks 1 of {places}, which chance alone brings about 1 time in {places}"
        )
    return lines


@dataclass(frozen=True)
class Fixed:
    """The parts of a locked text that count, parsed from it because only the text is hashed."""

    measures: tuple[str, ...]
    primary: str
    comparison: tuple[str, ...]
    drawn: str
    months_before: int
    months_after: int
    investigation: int
    wash_out: int

    @property
    def too_few_areas(self) -> bool:
        """Whether no result of it can ever be called fairly sure: too few areas show what chance does."""
        return not self.drawn and len(self.comparison) < LEAST_TO_BE_SURE


def fixed(text: str) -> Fixed:
    measures, primaries = (
        [line.partition(" (")[0] for line in _lines(text, beginning)] for beginning in (MEASURE, PRIMARY)
    )
    areas, drawn, *numbers = (
        next(iter(_lines(text, beginning)), "") for beginning in (AREAS, DRAWN_MARK, BEFORE, AFTER, LEFT_OUT, WASH_OUT)
    )
    comparison = tuple(areas.split(", ")) if areas not in ("", "none") else ()
    return Fixed(
        tuple(measures), next(iter(primaries), ""), comparison, drawn, *(int(number or 1) for number in numbers)
    )


def _named(key: str, names: Mapping[str, str]) -> str:
    """Return a measure's line; whitespace in its name is collapsed, so that a name cannot start a forged line."""
    return f"{key} ({' '.join(names.get(key, key).split())})"


def _lines(text: str, beginning: str) -> list[str]:
    return [line.removeprefix(beginning) for line in text.splitlines() if line.startswith(beginning)]


def drawn_anew(text: str, outlines: Mapping[str, str]) -> list[str]:
    marks = dict(line.split(": ", 1) for line in _lines(text, OUTLINE))
    return sorted(key for key, mark in marks.items() if outlines.get(key, UNDRAWN) != mark)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def was_before(locked_at: datetime, locked_on: date, ended_at: datetime | None, delivered_on: date | None) -> bool:
    """Return whether a plan was locked before the call-in; on the same day only if the call-in's hour proves it."""
    if ended_at is not None:
        return locked_at < ended_at
    return delivered_on is None or locked_on < delivered_on


METHOD = 6
"""Increased whenever the same figures would give a different result or more statements."""
ByMonth = Mapping[date, int]


@dataclass(frozen=True)
class Material:
    """The inputs of a study's results. `series` holds complete months only, by measure and area's key."""

    plan: StudyPlan
    delivered_on: date
    series: Mapping[str, Mapping[str, ByMonth]]
    placebos: Mapping[str, Sequence[ByMonth]] = field(default_factory=dict)
    """By measure, the series of each placebo area drawn from an incident file."""

    @property
    def digest(self) -> str:
        # The primary measure affects no number, nor does the order of areas and months.
        plan, counts = replace(self.plan, primary=""), (_in_order(self.series), _in_order(self.placebos))
        return digest(repr((METHOD, plan, self.delivered_on, counts)))

    def areas(self, measure: str, part: str) -> dict[str, ByMonth]:
        """Return the series of all areas of a part by their keys, in the order of their ranks."""
        keys = [key for key in self.series[measure] if key.startswith(f"{part}-")]
        return {key: self.series[measure][key] for key in sorted(keys, key=lambda key: int(key.rpartition("-")[2]))}


def _in_order(counts: Any) -> Any:
    return sorted((key, _in_order(one)) for key, one in counts.items()) if isinstance(counts, Mapping) else counts


YEAR = 12


@dataclass(frozen=True)
class StudyWindow:
    """The months of a study that have figures, in order. `zero` is the month of the call-in."""

    zero: date
    before: tuple[date, ...]
    after: tuple[date, ...]
    next_look: int | None = None
    """The number of months after which the next verdict is given; None if there will be none."""
    look: int | None = None

    @property
    def months(self) -> tuple[date, ...]:
        return self.before + self.after


def window(plan: StudyPlan | Fixed, delivered_on: date, counted: Collection[date]) -> StudyWindow:
    """Return the counted months of the plan; those after the call-in only up to the last look reached."""
    zero = month_of(delivered_on)
    last = plus(zero, -1 - plan.investigation)
    before = span(plus(last, 1 - plan.months_before), last)
    first = plus(zero, plan.wash_out)
    newest = max(counted, default=zero)
    come = [months for months in looks(plan) if plus(first, months - 1) <= newest]
    after = span(first, plus(first, come[-1] - 1)) if come else ()
    ahead = next((months for months in looks(plan) if months not in come), None)
    kept = [tuple(month for month in side if month in counted) for side in (before, after)]
    return StudyWindow(zero, kept[0], kept[1], ahead, come[-1] if come else None)


def counted_in_all(series: Collection[Mapping[date, int]]) -> frozenset[date]:
    months = [frozenset(one) for one in series]
    return frozenset.intersection(*months) if months else frozenset()


def of_equal_length(whole: StudyWindow) -> StudyWindow:
    """Return a window of as many months on both sides, in the same seasons: whole years, or those of a year before."""
    years = min(len(whole.before), len(whole.after)) // YEAR
    if years:
        return replace(whole, before=whole.before[-years * YEAR :], after=whole.after[: years * YEAR])
    if not (whole.before and whole.after):
        return replace(whole, before=(), after=())
    back = -YEAR * (-between(whole.before[-1], whole.after[-1]) // YEAR)
    pairs = [(plus(month, -back), month) for month in whole.after]
    kept = [(earlier, month) for earlier, month in pairs if earlier in whole.before]
    return replace(whole, before=tuple(one for one, _ in kept), after=tuple(one for _, one in kept))


def peak(counts: Mapping[date, int], whole: StudyWindow) -> float | None:
    """Return the mean of the last year before by that of earlier ones: bad years are often followed by better ones."""
    last, earlier = whole.before[-YEAR:], whole.before[:-YEAR]
    if len(earlier) < YEAR or not sum(counts[month] for month in earlier):
        return None
    return fmean(counts[month] for month in last) / fmean(counts[month] for month in earlier)
