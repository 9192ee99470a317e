"""Which sentence a finding deserves, as a key with numbers; the words are in `texts.py`, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from portal.indicators.evaluation.rules.plans import LEAST_TO_BE_SURE
from portal.indicators.evaluation.rules.refusals import too_few_placebos


class Key(StrEnum):
    """What is said."""

    FELL = "fell"
    ROSE = "rose"
    UNCLEAR = "unclear"
    """The interval has 0 inside: it cannot be told yet."""
    UNCLEAR_OF_FEW = "unclear_of_few"
    """The same, and there are too few similar areas to be sure of anything."""
    FELL_OR_CHANCE = "fell_or_chance"
    """The interval leaves 0 out, but there is a reason why nobody can be fairly sure (`Doubt`)."""
    ROSE_OR_CHANCE = "rose_or_chance"
    FEWER = "fewer"
    MORE = "more"
    FEWER_OR_CHANCE = "fewer_or_chance"
    MORE_OR_CHANCE = "more_or_chance"
    UNCLEAR_COUNT = "unclear_count"
    REFUSED = "refused"


OR_CHANCE = {
    Key.FELL: Key.FELL_OR_CHANCE,
    Key.ROSE: Key.ROSE_OR_CHANCE,
    Key.FEWER: Key.FEWER_OR_CHANCE,
    Key.MORE: Key.MORE_OR_CHANCE,
    Key.UNCLEAR: Key.UNCLEAR_OF_FEW,
}
"""What is said instead where there is a `Doubt`."""


class Doubt(StrEnum):
    """Why nobody can be fairly sure although the interval leaves 0 out."""

    NOT_COMPARED = "not_compared"
    """Only with the place's own months before."""
    FEW_AREAS = "few_areas"
    """How much similar areas differ by themselves is not known of so few."""
    FEW_PLACEBOS = "few_placebos"
    """A rank among so few is too often chance."""
    TREND_BEFORE = "trend_before"
    """It may have gone that way already before the call-in."""


class Against(StrEnum):
    """What it is held against."""

    AREAS = "areas"
    MONTHS = "months"


class Fraction(StrEnum):
    """Parts that people say in words."""

    TENTH = "tenth"
    FIFTH = "fifth"
    QUARTER = "quarter"
    THIRD = "third"
    TWO_FIFTHS = "two_fifths"
    HALF = "half"
    THREE_FIFTHS = "three_fifths"
    TWO_THIRDS = "two_thirds"
    THREE_QUARTERS = "three_quarters"


PERCENT = {
    Fraction.TENTH: 10.0,
    Fraction.FIFTH: 20.0,
    Fraction.QUARTER: 25.0,
    Fraction.THIRD: 100 / 3,
    Fraction.TWO_FIFTHS: 40.0,
    Fraction.HALF: 50.0,
    Fraction.THREE_FIFTHS: 60.0,
    Fraction.TWO_THIRDS: 200 / 3,
    Fraction.THREE_QUARTERS: 75.0,
}
NEAR = 2.0
"""By how many percentage points a number may differ from the part that is said for it."""


@dataclass(frozen=True)
class Amount:
    """A size without a sign: a part in words where one is near, else whole percent. Of counts, the count."""

    number: int
    fraction: Fraction | None = None


@dataclass(frozen=True)
class Said:
    """A sentence: its key and what stands in it. `low` and `high` are the ends of the interval.

    For what fell or rose they are sizes, the smaller one first; for what is unclear, `low` is how far it may have
    fallen and `high` how far it may have risen.
    """

    key: Key
    months: int
    against: Against
    about: Amount | None = None
    low: Amount | None = None
    high: Amount | None = None
    why: str = ""
    """The key of the refusal."""
    doubts: tuple[Doubt, ...] = ()
    areas: int = 0
    """Of a rank that may be chance: how many similar areas were tried in the place of this one."""


class Told(Protocol):
    """What is needed of a finding (`snapshots.document.Finding` has it)."""

    @property
    def design(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def diagnostics(self) -> Mapping[str, float]: ...
    @property
    def refusal(self) -> str | None: ...
    @property
    def percent(self) -> float | None: ...
    @property
    def percent_low(self) -> float | None: ...
    @property
    def percent_high(self) -> float | None: ...
    @property
    def count(self) -> float | None: ...
    @property
    def count_low(self) -> float | None: ...
    @property
    def count_high(self) -> float | None: ...


def said(finding: Told, months: int, beside: Sequence[Told] = ()) -> Said:
    """The sentence for a finding. This decides what is said anywhere, and how surely.

    `beside`: what other models say of the same measure. The interval is the widest of the finding's own, of Newey-West
    and of placebos: errors by month are too sure where areas shift or drift, by area where these are few.
    """
    against = Against.MONTHS if finding.design == "its" else Against.AREAS
    percents = (finding.percent, finding.percent_low, finding.percent_high)
    counts = (finding.count, finding.count_low, finding.count_high)
    if finding.refusal is None and None not in percents:
        found = _in_percent(percents[0], *widest(finding, beside), months, against)  # type: ignore[arg-type]
    elif finding.refusal is None and None not in counts:
        found = _in_counts(*counts, months, against)  # type: ignore[arg-type]
    else:
        return Said(Key.REFUSED, months, against, why=finding.refusal or "no_fit")
    doubts = _doubts(finding, beside, found.key) if found.key in OR_CHANCE else ()
    areas = too_few_placebos(finding.model, finding.diagnostics)
    return replace(found, key=OR_CHANCE[found.key], doubts=doubts, areas=areas) if doubts else found


def widest(finding: Told, beside: Sequence[Told]) -> tuple[float, float]:
    """The ends of the widest interval of a change in percent: that of a finding or of careful models like it.

    Placebos among few areas widen nothing: their interval goes anywhere, and it is said that there are too few.
    """
    models = ("newey_west", "placebo") if _areas_tried(finding, beside) >= LEAST_TO_BE_SURE else ("newey_west",)
    careful = [one for one in beside if one.design == finding.design and one.model in models]
    intervals = [(one.percent_low, one.percent_high) for one in (finding, *careful) if one.refusal is None]
    known = [(low, high) for low, high in intervals if low is not None and high is not None]
    return min(low for low, _high in known), max(high for _low, high in known)


def _doubts(finding: Told, beside: Sequence[Told], key: Key) -> tuple[Doubt, ...]:
    """Why nobody can be fairly sure of a change, the plainest reason first."""
    if finding.design == "its":
        return () if key is Key.UNCLEAR else (Doubt.NOT_COMPARED,)
    found = []
    if _areas_tried(finding, beside) < LEAST_TO_BE_SURE:
        found.append(Doubt.FEW_AREAS)
    if key is Key.UNCLEAR:
        return tuple(found)
    if not found and too_few_placebos(finding.model, finding.diagnostics):
        found.append(Doubt.FEW_PLACEBOS)
    if finding.design == "did" and _may_have_gone_on(finding, beside):
        found.append(Doubt.TREND_BEFORE)
    return tuple(found)


def _may_have_gone_on(finding: Told, beside: Sequence[Told]) -> bool:
    """Whether the trend of the months before, if it just went on, would leave nothing that is surely a change.

    A trend the other way takes nothing away. One that is not known may be any.
    """
    carried, (low, high) = finding.diagnostics.get("trend_carried"), widest(finding, beside)
    if carried is None:
        return True
    return carried < 0 and high >= carried if high <= 0 else carried > 0 and low <= carried


def _areas_tried(finding: Told, beside: Sequence[Told]) -> int:
    """How many similar areas the interval by placebos comes from; 0 without one."""
    found = [one for one in (finding, *beside) if one.model == "placebo" and one.refusal is None]
    return max((round(one.diagnostics.get("placebos", 0)) for one in found), default=0)


class Verdict(StrEnum):
    """Which way it went, as far as one model can tell."""

    LESS = "less"
    MORE = "more"
    UNCLEAR = "unclear"


VERDICTS = {
    **dict.fromkeys((Key.FELL, Key.FEWER), Verdict.LESS),
    **dict.fromkeys((Key.ROSE, Key.MORE), Verdict.MORE),
    **dict.fromkeys((Key.UNCLEAR, Key.UNCLEAR_COUNT, *OR_CHANCE.values()), Verdict.UNCLEAR),
}


def verdict(finding: Told, beside: Sequence[Told] = ()) -> Verdict | None:
    """What a finding comes to; None if nothing is said. `beside`: as of `said`."""
    return VERDICTS.get(said(finding, 0, beside).key)


def disagreement(main: Told, others: Sequence[Told], beside: Sequence[Told] = ()) -> tuple[int, int] | None:
    """Of how many other models that say something how many come to something else; None if none does.

    What can never be sure, as a rank among few areas, agrees with nobody and contradicts nobody. `beside`: as of
    `said`; `others` are those of them that are asked.
    """
    every = [main, *(beside or others)]
    keys = [said(one, 0, every).key for one in others]
    may_be_chance = (Key.FELL_OR_CHANCE, Key.ROSE_OR_CHANCE, Key.FEWER_OR_CHANCE, Key.MORE_OR_CHANCE)
    found = [one for key in keys if key not in may_be_chance and (one := VERDICTS.get(key)) is not None]
    ours = verdict(main, every)
    other = sum(one is not ours for one in found)
    return (other, len(found)) if other and ours is not None else None


def _in_percent(middle: float, low: float, high: float, months: int, against: Against) -> Said:
    if low < 0 < high or low == high == 0:
        # "As much as 1 percent" is said of anything smaller too.
        down, up = (replace(one, number=one.number or 1) for one in _told_apart(low, high))
        return Said(Key.UNCLEAR, months, against, amount(middle), down, up)
    key = Key.FELL if high <= 0 else Key.ROSE
    ends = _told_apart(*sorted((abs(low), abs(high))))
    return Said(key, months, against, amount(middle), *ends)


def _in_counts(middle: float, low: float, high: float, months: int, against: Against) -> Said:
    about, *ends = (Amount(round(abs(one))) for one in (middle, low, high))
    if low < 0 < high or low == high == 0:
        return Said(Key.UNCLEAR_COUNT, months, against, about, ends[0], ends[1])
    key = Key.FEWER if high <= 0 else Key.MORE
    smaller, larger = sorted(ends, key=lambda one: one.number)
    return Said(key, months, against, about, smaller, larger)


def amount(percent: float) -> Amount:
    """A change in percent as people say it."""
    size = abs(percent)
    near = min(PERCENT, key=lambda one: abs(PERCENT[one] - size))
    return Amount(round(size), near if abs(PERCENT[near] - size) <= NEAR else None)


def _told_apart(low: float, high: float) -> tuple[Amount, Amount]:
    """Both ends of an interval: in the same manner, and never "between a third and a third"."""
    ends = amount(low), amount(high)
    if all(one.fraction for one in ends) and ends[0].fraction is not ends[1].fraction:
        return ends
    return Amount(ends[0].number), Amount(ends[1].number)
