"""The plan of a study: what is fixed before the day of the call-in is entered, its text and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from portal.indicators.evaluation.rules.designs import KNOWN, Choice, choice

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
class Plan:
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
    def main_choice(self) -> Choice:
        return choice(self.main)


def looks(plan: Plan) -> tuple[int, ...]:
    """After how many counted months a verdict is given: at the usual looks, and when the study ends."""
    return (*(months for months in LOOKS if months < plan.months_after), plan.months_after)


def default_plan(place: str, measures: Collection[str], comparison: Collection[int]) -> Plan:
    """What a form begins with: similar areas if there are any, else the months before."""
    plan = Plan(place, tuple(measures), tuple(comparison))
    return plan if comparison else replace(plan, main="its:newey_west")


def gaps(plan: Plan) -> list[str]:
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


def feasible(plan: Plan, areas: Collection[str]) -> Plan:
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


def written(plan: Plan) -> str:
    """The plan as it is kept: JSON with sorted keys."""
    return json.dumps(asdict(plan), sort_keys=True)


def read(text: str) -> Plan:
    """The plan that `written` wrote."""
    kept: dict[str, Any] = json.loads(text)
    values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in kept.items()}
    return Plan(**values)


def canonical(plan: Plan, names: Mapping[str, str], outlines: Mapping[str, str], there: Collection[str] = ()) -> str:
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


def _of_verdicts(plan: Plan) -> list[str]:
    """When a verdict is given, and what it takes."""
    return [
        f"Verdict only after so many counted months: {', '.join(map(str, looks(plan)))}",
        "Fairly sure only by the widest of the intervals of the main model, of Newey-West and of placebos,",
        f"with at least {LEAST_TO_BE_SURE} comparison areas, and no trend of its own the same way before.",
    ]


def _counted(plan: Plan) -> str:
    return "counted" if plan.with_ring else "not counted"


def _ring(plan: Plan, there: Collection[str]) -> str:
    if not _has(there, RING):
        return "there is none, so nothing is said of whether it moved"
    if plan.with_ring and not _has(there, COMPARISON_RING):
        return "counted; no ring is around a comparison area, so nothing is said of whether it moved"
    return _counted(plan)


def _marks(plan: Plan, outlines: Mapping[str, str], there: Collection[str]) -> dict[str, str]:
    """A mark for each area that is used, also for one that is drawn nowhere and so could be drawn later."""
    rings = (RING, COMPARISON_RING) if plan.with_ring else ()
    used = [f"comparison-{rank}" for rank in plan.comparison] + [key for key in there if key.startswith(rings)]
    return (dict.fromkeys([PLACE, *used], UNDRAWN) if there else {}) | dict(outlines)


def _of_models(plan: Plan, there: Collection[str]) -> list[str]:
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
