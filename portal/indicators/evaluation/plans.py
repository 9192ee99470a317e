"""The plan of a study: what is fixed before the day of the call-in is entered, its text and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from portal.indicators.measures import between, month_of, plus, span
from portal.indicators.measures import written as written_measures


class Design(StrEnum):
    """What the months after the call-in are held against."""

    ITS = "its"
    """The place's own months before: interrupted time series."""
    DID = "did"
    """Similar areas, before and after: difference in differences."""
    WDD = "wdd"
    """Similar areas and the ring around: weighted displacement difference (Wheeler and Ratcliffe 2018)."""


class ModelChoice(NamedTuple):
    """A model of a design."""

    design: Design
    model: str

    def __str__(self) -> str:
        return f"{self.design.value}:{self.model}"


KNOWN = (
    ModelChoice(Design.DID, "newey_west"),
    ModelChoice(Design.DID, "quasi_poisson"),
    ModelChoice(Design.DID, "placebo"),
    ModelChoice(Design.ITS, "newey_west"),
    ModelChoice(Design.ITS, "quasi_poisson"),
    ModelChoice(Design.ITS, "negative_binomial"),
    ModelChoice(Design.ITS, "poisson"),
    ModelChoice(Design.WDD, "poisson"),
)
"""All of them are computed each time: nobody can choose among results by choosing among models."""
MAY_BE_MAIN = KNOWN[:-2]
"""Poisson alone takes too little variance for granted, and a count for a whole place is no change in percent."""


def choice(text: str) -> ModelChoice:
    """The model written as "did:newey_west". Raises `ValueError` for one that there is not."""
    design, _, model = text.partition(":")
    found = ModelChoice(Design(design), model)
    if found not in KNOWN:
        raise ValueError("no such model")
    return found


FORM = 4
"""Form 1 named no measure to judge by; a plan that names none is written in it, to the byte. Form 2 named rings and
models also where there were no areas for them. Form 3 said neither when a verdict is given nor what "fairly sure"
takes. A plan that is locked keeps its text."""
SHORTEST_BEFORE, LONGEST_BEFORE = 12, 120
SHORTEST_AFTER, LONGEST_AFTER = 6, 60
LOOKS = (12, 24)
"""So many months after the call-in a verdict is given. Looking each month finds something by chance far too often."""
LEAST_TO_BE_SURE = 5
"""With fewer comparison areas nobody is fairly sure: how much areas differ by themselves is not known then."""
LONGEST_WASH_OUT = 6
MOST_HARMONICS = 3
OUTLINE, MEASURE, PRIMARY, AREAS = "Outline of ", "Measure: ", "Primary measure: ", "Comparison areas: "
PLACE, RING, COMPARISON_RING, UNDRAWN = "place", "ring-", "comparison_ring-", "none"


@dataclass(frozen=True)
class StudyPlan:
    """What is fixed. `place` is the address of the place, `comparison` the numbers of its comparison areas."""

    place: str
    measures: tuple[str, ...] = ()
    comparison: tuple[int, ...] = ()
    with_ring: bool = True
    main: str = str(KNOWN[0])
    beside: tuple[str, ...] = tuple(map(str, KNOWN))
    """Every model that is shown: the main one too."""
    months_before: int = 36
    months_after: int = 24
    wash_out: int = 1
    """So many months from the call-in's own on belong to neither side."""
    harmonics: int = 2
    """Pairs of sine and cosine for the seasons."""
    with_slope: bool = False
    """Whether the trend may change after the call-in as well as the level."""
    primary: str = ""
    """The measure by which the effort is judged; plans of form 1 have none."""

    @property
    def main_choice(self) -> ModelChoice:
        return choice(self.main)


def looks(plan: StudyPlan) -> tuple[int, ...]:
    """After how many counted months a verdict is given: at the usual looks, and when the study ends."""
    return (*(months for months in LOOKS if months < plan.months_after), plan.months_after)


def default_plan(place: str, measures: Collection[str], comparison: Collection[int]) -> StudyPlan:
    """What a form begins with: similar areas if there are any, else the months before."""
    plan = StudyPlan(place, tuple(measures), tuple(comparison))
    return plan if comparison else replace(plan, main="its:newey_west")


def gaps(plan: StudyPlan) -> list[str]:
    """Which fields keep a plan from being locked."""
    numbers = {
        "months_before": SHORTEST_BEFORE <= plan.months_before <= LONGEST_BEFORE,
        "months_after": SHORTEST_AFTER <= plan.months_after <= LONGEST_AFTER,
        "wash_out": 0 <= plan.wash_out <= LONGEST_WASH_OUT,
        "harmonics": 0 <= plan.harmonics <= MOST_HARMONICS,
    }
    found = [name for name, is_right in numbers.items() if not is_right]
    if not plan.measures:
        found.append("measures")
    if plan.primary not in plan.measures:
        found.append("primary")
    if plan.main_choice.design != "its" and not plan.comparison:
        found.append("comparison")
    if plan.main == "did:placebo" and len(plan.comparison) < LEAST_PLACEBOS:
        found.append("comparison")
    return found


LEAST_PLACEBOS = 3
"""With fewer comparison areas nobody can say how much areas differ by chance."""


def feasible(plan: StudyPlan, areas: Collection[str]) -> StudyPlan:
    """The plan without what cannot be done with the areas that there are ("comparison-1", "ring-1").

    What is not there when a plan is fixed is not counted later either: else a ring could be drawn where it suits.
    """
    comparison = tuple(rank for rank in plan.comparison if f"comparison-{rank}" in areas)
    beside = tuple(one for one in plan.beside if _least_areas(one) <= len(comparison))
    return replace(plan, comparison=comparison, beside=beside, with_ring=plan.with_ring and _has(areas, RING))


def _least_areas(model: str) -> int:
    if model == "did:placebo":
        return LEAST_PLACEBOS
    return 0 if choice(model).design == "its" else 1


def _has(areas: Collection[str], part: str) -> bool:
    return any(key.startswith(part) for key in areas)


def written(plan: StudyPlan) -> str:
    """The plan as it is kept: JSON with sorted keys."""
    return json.dumps(asdict(plan), sort_keys=True)


def read(text: str) -> StudyPlan:
    """The plan that `written` wrote."""
    kept: dict[str, Any] = json.loads(text)
    values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in kept.items()}
    return StudyPlan(**values)


def canonical(
    plan: StudyPlan, names: Mapping[str, str], outlines: Mapping[str, str], there: Collection[str] = ()
) -> str:
    """The text that is hashed and published: the same bytes for the same plan, one line for each thing that is fixed.

    `names`: how each measure is called in English, so that people can read it. `outlines`: a mark of how each area is
    drawn, so that nobody can draw other ones afterwards unseen. `there`: the areas that there are.
    """
    is_new = bool(plan.primary)
    plan = feasible(plan, there) if is_new else plan
    areas = ", ".join(f"comparison-{rank}" for rank in plan.comparison) or "none"
    trend = "a change of level and of slope" if plan.with_slope else "a change of level"
    others = [one for one in plan.beside if one != plan.main]
    lines = [
        f"Plan of a study, form {FORM if plan.primary else 1}",
        f"Place: {plan.place}",
        *(f"{MEASURE}{_named(key, names)}" for key in plan.measures),
        *([f"{PRIMARY}{_named(plan.primary, names)}"] if plan.primary else []),
        f"{AREAS}{areas}",
        f"Ring around the place: {_ring(plan, there) if is_new else _counted(plan)}",
        *(f"{OUTLINE}{key}: {mark}" for key, mark in sorted(_marks(plan, outlines, there if is_new else ()).items())),
        f"Main model: {plan.main}",
        f"Shown beside it: {', '.join(others) or 'none'}",
        *(_of_models(plan, there) if is_new else ()),
        f"Months before the call-in: {plan.months_before}",
        f"Months after the call-in, at most: {plan.months_after}",
        f"Months left out, from the call-in's own on: {plan.wash_out}",
        f"Time series: linear trend, {plan.harmonics} pairs of harmonics of the year, {trend}",
        "Interval: 95 percent. Lags for Newey-West: floor(4 * (n / 100)^(2/9)).",
        f"Nothing is said with fewer than {SHORTEST_BEFORE} months before or {SHORTEST_AFTER} after,",
        "and no percentage when fewer than 20 events were to be expected.",
        *(_of_verdicts(plan) if is_new else ()),
        "No model draws random numbers, so there is no seed to fix.",
    ]
    return "\n".join(lines) + "\n"


def _of_verdicts(plan: StudyPlan) -> list[str]:
    """When a verdict is given, and what it takes."""
    return [
        f"Verdict only after so many counted months: {', '.join(map(str, looks(plan)))}",
        "Fairly sure only by the widest of the intervals of the main model, of Newey-West and of placebos,",
        f"with at least {LEAST_TO_BE_SURE} comparison areas, and no trend of its own the same way before.",
    ]


def _counted(plan: StudyPlan) -> str:
    return "counted" if plan.with_ring else "not counted"


def _ring(plan: StudyPlan, there: Collection[str]) -> str:
    if not _has(there, RING):
        return "there is none, so nothing is said of whether it moved"
    if plan.with_ring and not _has(there, COMPARISON_RING):
        return "counted; no ring is around a comparison area, so nothing is said of whether it moved"
    return _counted(plan)


def _marks(plan: StudyPlan, outlines: Mapping[str, str], there: Collection[str]) -> dict[str, str]:
    """A mark for each area that is used, also for one that is drawn nowhere and so could be drawn later."""
    rings = (RING, COMPARISON_RING) if plan.with_ring else ()
    used = [f"comparison-{rank}" for rank in plan.comparison] + [key for key in there if key.startswith(rings)]
    return (dict.fromkeys([PLACE, *used], UNDRAWN) if there else {}) | dict(outlines)


def _of_models(plan: StudyPlan, there: Collection[str]) -> list[str]:
    """What the areas that there are let two of the models say."""
    found, models, of = [], (plan.main, *plan.beside), len(plan.comparison) + 1
    if "did:placebo" in models:
        by_chance = f"which chance alone brings about 1 time in {of}"
        found.append(f"Placebos: at best the place ranks 1 of {of}, {by_chance}")
    if "wdd:poisson" in models:
        has_rings = plan.with_ring and _has(there, COMPARISON_RING)
        rings = "with the rings around both" if has_rings else "of the place and the comparison areas alone"
        found.append(f"Weighted displacement difference: {rings}")
    return found


@dataclass(frozen=True)
class Fixed:
    """What a locked text says of what counts: only this is hashed, so only this is believed."""

    measures: tuple[str, ...]
    primary: str
    """Empty in a plan that is older than the question."""
    comparison: tuple[str, ...]

    @property
    def leads(self) -> str:
        """The measure that leads: the one that was named, or else the first on the list. Empty without any."""
        return self.primary or next(iter(self.measures), "")


def fixed(text: str) -> Fixed:
    """What a locked plan names."""
    measures, primaries = (
        [line.partition(" (")[0] for line in _lines(text, beginning)] for beginning in (MEASURE, PRIMARY)
    )
    areas = next(iter(_lines(text, AREAS)), "none")
    named = () if areas == "none" else tuple(areas.split(", "))
    return Fixed(tuple(measures), next(iter(primaries), ""), named)


def _named(key: str, names: Mapping[str, str]) -> str:
    """A measure as a line has it; a name cannot begin a line of its own."""
    return f"{key} ({' '.join(names.get(key, key).split())})"


def _lines(text: str, beginning: str) -> list[str]:
    return [line.removeprefix(beginning) for line in text.splitlines() if line.startswith(beginning)]


def drawn_anew(text: str, outlines: Mapping[str, str]) -> list[str]:
    """The areas whose outline is no longer that of a locked plan."""
    marks = dict(line.split(": ", 1) for line in _lines(text, OUTLINE))
    return sorted(key for key, mark in marks.items() if outlines.get(key, UNDRAWN) != mark)


def digest(text: str) -> str:
    """The SHA-256 of a plan's canonical text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def was_before(locked_at: datetime, locked_on: date, ended_at: datetime | None, delivered_on: date | None) -> bool:
    """Whether a plan was locked before the call-in. On the same day nobody can tell unless its hour is known."""
    if ended_at is not None:
        return locked_at < ended_at
    return delivered_on is None or locked_on < delivered_on


METHOD = 3
"""Raised whenever the same figures would give another result, or say more of it."""
ByMonth = Mapping[date, int]


@dataclass(frozen=True)
class Material:
    """`series`: by measure and area ("place", "comparison-1", "ring-1", "comparison_ring-1"), complete months only."""

    plan: StudyPlan
    delivered_on: date
    series: Mapping[str, Mapping[str, ByMonth]]
    population: Mapping[str, int] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The SHA-256 of all of it and of the methods' number."""
        whole = {
            "method": METHOD,
            # By which measure a place is judged changes no number.
            "plan": {name: value for name, value in asdict(self.plan).items() if name != "primary"},
            "delivered_on": self.delivered_on.isoformat(),
            "population": dict(self.population),
            "series": {
                key: {
                    area: {written_measures(month): count for month, count in months.items()}
                    for area, months in areas.items()
                }
                for key, areas in self.series.items()
            },
        }
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def areas(self, measure: str, part: str) -> list[ByMonth]:
        """The series of the areas of a part, in the order of their numbers."""
        found = [(int(key.rpartition("-")[2]), one) for key, one in self.series[measure].items() if _is(key, part)]
        return [one for _rank, one in sorted(found, key=lambda pair: pair[0])]


def _is(key: str, part: str) -> bool:
    return key.rpartition("-")[0] == part


YEAR = 12


@dataclass(frozen=True)
class StudyWindow:
    """The months of a study for which there are figures, in order. `zero` is the month of the call-in."""

    zero: date
    before: tuple[date, ...]
    after: tuple[date, ...]
    next_look: int | None = None
    """After how many months a verdict is given next; None once there will be none."""

    @property
    def months(self) -> tuple[date, ...]:
        return self.before + self.after


def is_complete(month: date, lag_days: int, today: date) -> bool:
    """Whether the figures of a month are all there: `lag_days` have passed since its end."""
    return plus(month, 1) + timedelta(days=lag_days) <= today


def window(plan: StudyPlan, delivered_on: date, counted: Collection[date]) -> StudyWindow:
    """The plan's months, of those that were counted: after the call-in, those through the last look that has come."""
    zero = month_of(delivered_on)
    before = span(plus(zero, -plan.months_before), plus(zero, -1))
    first = plus(zero, plan.wash_out)
    newest = max(counted, default=zero)
    come = [months for months in looks(plan) if plus(first, months - 1) <= newest]
    after = span(first, plus(first, come[-1] - 1)) if come else ()
    ahead = next((months for months in looks(plan) if months not in come), None)
    kept = [tuple(month for month in side if month in counted) for side in (before, after)]
    return StudyWindow(zero, kept[0], kept[1], ahead)


def counted_in_all(series: Collection[Mapping[date, int]]) -> frozenset[date]:
    """The months that were counted in every one of these areas."""
    months = [frozenset(one) for one in series]
    return frozenset.intersection(*months) if months else frozenset()


def of_equal_length(whole: StudyWindow) -> StudyWindow:
    """As many months before as after, with the same seasons in both: for designs that subtract one from the other.

    Whole years that lie next to the call-in; less than a year after is held against the same months of a year before.
    """
    years = min(len(whole.before), len(whole.after)) // YEAR
    if years:
        return replace(whole, before=whole.before[-years * YEAR :], after=whole.after[: years * YEAR])
    if not whole.after:
        return replace(whole, before=(), after=())
    back = YEAR * (between(whole.zero, whole.after[-1]) // YEAR + 1)
    pairs = [(plus(month, -back), month) for month in whole.after]
    kept = [(earlier, month) for earlier, month in pairs if earlier in whole.before]
    return replace(whole, before=tuple(one for one, _ in kept), after=tuple(one for _, one in kept))


def peak(counts: Mapping[date, int], whole: StudyWindow) -> float | None:
    """How much more there was in the last year before than in the years before that, as a ratio.

    A place is often chosen after a bad year, and bad years are followed by better ones by themselves.
    """
    last, earlier = whole.before[-YEAR:], whole.before[:-YEAR]
    if len(earlier) < YEAR or not sum(counts[month] for month in earlier):
        return None
    return _mean(counts, last) / _mean(counts, earlier)


def _mean(counts: Mapping[date, int], months: Collection[date]) -> float:
    return sum(counts[month] for month in months) / len(months)


LEASE = timedelta(minutes=5)
"""How long a worker may take; after that another one tries."""
MOST_TRIES = 3


class ResultState(StrEnum):
    """Of the results of a study."""

    DUE = "due"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """Tried several times in vain: somebody has to look at the log."""


STATES = tuple(state.value for state in ResultState)
