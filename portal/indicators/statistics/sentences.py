"""The choice of a sentence for a finding, as a key with numbers. The wording in both languages is in `texts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from portal.indicators.statistics.plans import HIGH, LEAST_TO_BE_SURE, SHORTEST_AFTER, SHORTEST_BEFORE
from portal.indicators.statistics.schema import IntendedFinding, ModelFinding

LEAST_EXPECTED = 20
LEAST_IN_A_CELL = 5
"""For a weighted displacement difference, which assumes nearly normal counts; our own choice."""
SURE_OF = 20
""""Fairly sure" excludes results that chance alone produces more often than once in this many times."""
OFTEN = 0.2
"""A trend before the call-in is said with its size if its p value is below this."""


class Refusal(StrEnum):
    TOO_FEW_MONTHS = "too_few_months"
    NOT_YET = "not_yet"
    """The first planned look has not been reached. Testing every month finds effects by chance."""
    TOO_FEW_EVENTS = "too_few_events"
    NO_COMPARISON = "no_comparison"
    TOO_FEW_AREAS = "too_few_areas"
    TOO_WIDE = "too_wide"
    NO_FIT = "no_fit"


class Caveat(StrEnum):
    NO_COMPARISON = "no_comparison"
    NO_RING = "no_ring"
    MAY_HAVE_MOVED = "may_have_moved"
    FELL_AROUND = "fell_around"
    RING_UNCLEAR = "ring_unclear"
    LATE_PLAN = "late_plan"
    TRUST = "trust"
    """Calls are made by people: more of them can mean more trust."""
    FEW_PLACEBOS = "few_placebos"


def refusal(
    months_before: int, months_after: int, next_look: int | None, areas: int | None = None, least: int = 1
) -> Refusal | None:
    """Return why no model is tried, or None. No month of the window is after before its first look (`next_look`)."""
    if areas is not None and areas < 1:
        return Refusal.NO_COMPARISON
    if areas is not None and areas < least:
        return Refusal.TOO_FEW_AREAS
    if not months_after and next_look and months_before >= SHORTEST_BEFORE:
        return Refusal.NOT_YET
    is_short = months_before < SHORTEST_BEFORE or months_after < SHORTEST_AFTER
    return Refusal.TOO_FEW_MONTHS if is_short else None


def too_few_placebos(model: str, diagnostics: Mapping[str, float]) -> int:
    """Return how many placebo areas if under 19, else 0: among so few even the first rank is too often chance."""
    areas = round(diagnostics.get("placebos", 0))
    return areas if model == "placebo" and areas + 1 < SURE_OF else 0


EMPTY = 4.0
"""An interval whose upper end is this many times its lower one, such as from half to double, says nothing."""


def says_nothing(low: float, high: float) -> bool:
    """Return whether the interval of a ratio, 1 for no change, holds no information: no direction, and no size."""
    return low < 1 < high and high >= EMPTY * low


def caveats(finding: ModelFinding) -> list[Caveat]:
    """Return a result's caveats. Interval, comparison and displacement belong together: what is missing is said."""
    if finding.refusal:
        return []
    diagnostics, shown = finding.diagnostics, [Caveat.NO_COMPARISON] if finding.design == "its" else []
    if too_few_placebos(finding.model, diagnostics):
        shown.append(Caveat.FEW_PLACEBOS)
    if "ring_low" not in diagnostics:
        shown.append(Caveat.NO_RING)
    elif diagnostics["ring_low"] > 0:
        shown.append(Caveat.MAY_HAVE_MOVED)
    elif diagnostics["ring_high"] < 0:
        shown.append(Caveat.FELL_AROUND)
    else:
        shown.append(Caveat.RING_UNCLEAR)
    return shown


class SentenceKey(StrEnum):
    FELL = "fell"
    ROSE = "rose"
    UNCLEAR = "unclear"
    """The interval contains 0: the direction is unknown."""
    UNCLEAR_OF_FEW = "unclear_of_few"
    FELL_OR_CHANCE = "fell_or_chance"
    """The interval excludes 0, but a `Doubt` prevents "fairly sure"."""
    ROSE_OR_CHANCE = "rose_or_chance"
    REFUSED = "refused"


OR_CHANCE = {
    SentenceKey.FELL: SentenceKey.FELL_OR_CHANCE,
    SentenceKey.ROSE: SentenceKey.ROSE_OR_CHANCE,
    SentenceKey.UNCLEAR: SentenceKey.UNCLEAR_OF_FEW,
}
"""The sentences used instead if there is a `Doubt`."""


class Doubt(StrEnum):
    NOT_COMPARED = "not_compared"
    FEW_AREAS = "few_areas"
    FEW_PLACEBOS = "few_placebos"
    TREND_BEFORE = "trend_before"
    """It was already moving in that direction before the call-in, and that may account for the change."""
    LITTLE_KNOWN = "little_known"
    """Such a trend is not seen, but too little is known to rule it out."""
    PEAK = "peak"
    """The last year before was unusually high: part of a fall may be regression to the mean."""


def before(diagnostics: Mapping[str, float]) -> SentenceKey | None:
    """Return how it went before, if a trend was seen. That none is seen does not prove that there was none."""
    trend, p = diagnostics.get("trend_before", 0.0), diagnostics.get("trend_before_p", 1.0)
    if p >= OFTEN or not round(trend):
        return None
    return SentenceKey.FELL if trend < 0 else SentenceKey.ROSE


FRACTIONS = {
    "tenth": 10.0,
    "fifth": 20.0,
    "quarter": 25.0,
    "third": 100 / 3,
    "two_fifths": 40.0,
    "half": 50.0,
    "three_fifths": 60.0,
    "two_thirds": 200 / 3,
    "three_quarters": 75.0,
}
"""Fractions that are written in words, in percent."""
NEAR = 2.0
"""Percentage points by which a number may differ from the fraction that replaces it."""


@dataclass(frozen=True)
class Amount:
    """A size without sign: a fraction if one is near, else whole percent."""

    number: int
    fraction: str | None = None


@dataclass(frozen=True)
class Sentence:
    """A key and values: `low` is the smaller end of a fall or rise; if unclear, the largest fall, `high` the rise."""

    key: SentenceKey
    about: Amount | None = None
    low: Amount | None = None
    high: Amount | None = None
    why: str = ""
    doubts: tuple[Doubt, ...] = ()
    areas: int = 0
    """The number of placebo areas if the rank may be chance, else 0."""


def said(finding: ModelFinding, beside: Sequence[ModelFinding] = ()) -> Sentence:
    """Return the sentence for a finding. Nothing else decides which claim is made, and how surely."""
    if finding.refusal is not None or None in (finding.percent, finding.percent_low, finding.percent_high):
        return Sentence(SentenceKey.REFUSED, why=finding.refusal or "no_fit")
    low, high = widest(finding, beside)
    middle, first, second = amounts(finding.percent or 0.0, low, high)
    key = SentenceKey.FELL if high <= 0 else SentenceKey.ROSE
    if low < 0 < high or low == high == 0:
        key = SentenceKey.UNCLEAR
        # Smaller ends are also stated as "as much as 1 percent".
        first, second = (replace(end, number=end.number or 1) for end in (first, second))
    doubts = _doubts(finding, beside, key)
    areas = too_few_placebos(finding.model, finding.diagnostics) if doubts else 0
    return Sentence(OR_CHANCE[key] if doubts else key, middle, first, second, doubts=doubts, areas=areas)


def widest(finding: ModelFinding, beside: Sequence[ModelFinding]) -> tuple[float, float]:
    """Return the widest interval in percent of a finding and the cautious models of its design.

    Errors by month are too small if areas drift, those by area if there are few; placebos of few can be too wide.
    """
    models = ("newey_west", "placebo") if _areas_tried(finding, beside) >= LEAST_TO_BE_SURE else ("newey_west",)
    careful = [one for one in beside if one.design == finding.design and one.model in models]
    intervals = [(one.percent_low, one.percent_high) for one in (finding, *careful) if one.refusal is None]
    ends = [(low, high) for low, high in intervals if low is not None and high is not None]
    return min(low for low, _high in ends), max(high for _low, high in ends)


def by_widest(main: ModelFinding, beside: Sequence[ModelFinding]) -> IntendedFinding:
    """Return a change as it counts in the result of all places: by the widest interval, without any count."""
    about: dict[str, Any] = {"measure": main.measure, "refusal": main.refusal}
    if main.refusal is None:
        low, high = widest(main, beside)
        about |= {"percent": main.percent, "percent_low": low, "percent_high": high, "level": main.level or 95.0}
    return IntendedFinding(**about, next_look=round(main.diagnostics.get("next_look", 0)) or None)


def _doubts(finding: ModelFinding, beside: Sequence[ModelFinding], key: SentenceKey) -> tuple[Doubt, ...]:
    diagnostics, is_fall = finding.diagnostics, key is SentenceKey.FELL
    peak = [Doubt.PEAK] if diagnostics.get("peak", 1.0) >= HIGH and is_fall else []
    if finding.design == "its":
        return () if key is SentenceKey.UNCLEAR else (Doubt.NOT_COMPARED, *peak)
    doubts = [Doubt.FEW_AREAS] if _areas_tried(finding, beside) < LEAST_TO_BE_SURE else []
    if key is SentenceKey.UNCLEAR:
        return tuple(doubts)
    if not doubts and too_few_placebos(finding.model, diagnostics):
        doubts.append(Doubt.FEW_PLACEBOS)
    # A trend that goes on could account for the whole change; one that is unknown is assumed to. It is said to have
    # been there only if it shows; else too little is known of the months before.
    is_beyond = diagnostics.get("bent_high", 0.0) < 0 if is_fall else diagnostics.get("bent_low", 0.0) > 0
    if not is_beyond:
        shows = diagnostics.get("trend_before_p", 1.0) < OFTEN and (diagnostics.get("trend_before", 0.0) < 0) is is_fall
        doubts.append(Doubt.TREND_BEFORE if shows else Doubt.LITTLE_KNOWN)
    return (*doubts, *peak)


def _areas_tried(finding: ModelFinding, beside: Sequence[ModelFinding]) -> int:
    """Return the number of similar areas used by the placebo model; 0 if there is none."""
    placebos = [one for one in (finding, *beside) if one.model == "placebo" and one.refusal is None]
    return max((round(one.diagnostics.get("placebos", 0)) for one in placebos), default=0)


def amount(percent: float) -> Amount:
    size = abs(percent)
    near = min(FRACTIONS, key=lambda one: abs(FRACTIONS[one] - size))
    return Amount(round(size), near if abs(FRACTIONS[near] - size) <= NEAR else None)


def amounts(middle: float, low: float, high: float) -> tuple[Amount, Amount, Amount]:
    """Return the sizes of a change in percent and of the ends of its interval, as `Sentence` has them."""
    ends = (low, high) if low < 0 < high else sorted((low, high), key=abs)
    return amount(middle), *_told_apart(*ends)


def _told_apart(low: float, high: float) -> tuple[Amount, Amount]:
    """Return both ends of an interval in the same style, and never as "between a third and a third"."""
    ends = amount(low), amount(high)
    if all(one.fraction for one in ends) and ends[0].fraction != ends[1].fraction:
        return ends
    return Amount(ends[0].number), Amount(ends[1].number)
