"""Which sentence a finding deserves, as a key with numbers; the words are in `texts.py`, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from portal.indicators.evaluation.rules.refusals import too_few_placebos


class Key(StrEnum):
    """What is said."""

    FELL = "fell"
    ROSE = "rose"
    UNCLEAR = "unclear"
    """The interval has 0 inside: it cannot be told yet."""
    FELL_OR_CHANCE = "fell_or_chance"
    """The interval leaves 0 out, but it comes from so few areas that nobody can be fairly sure."""
    ROSE_OR_CHANCE = "rose_or_chance"
    FEWER = "fewer"
    MORE = "more"
    UNCLEAR_COUNT = "unclear_count"
    REFUSED = "refused"


OR_CHANCE = {Key.FELL: Key.FELL_OR_CHANCE, Key.ROSE: Key.ROSE_OR_CHANCE}


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
    areas: int = 0
    """Of what may be chance: how many similar areas were tried in the place of this one."""


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


def said(finding: Told, months: int) -> Said:
    """The sentence for a finding."""
    against = Against.MONTHS if finding.design == "its" else Against.AREAS
    percents = (finding.percent, finding.percent_low, finding.percent_high)
    counts = (finding.count, finding.count_low, finding.count_high)
    if finding.refusal is None and None not in percents:
        found = _in_percent(*percents, months, against)  # type: ignore[arg-type]
        areas = too_few_placebos(finding.model, finding.diagnostics)
        return replace(found, key=OR_CHANCE.get(found.key, found.key), areas=areas) if areas else found
    if finding.refusal is None and None not in counts:
        return _in_counts(*counts, months, against)  # type: ignore[arg-type]
    return Said(Key.REFUSED, months, against, why=finding.refusal or "no_fit")


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


def verdict(finding: Told) -> Verdict | None:
    """What a finding comes to; None if nothing is said."""
    return VERDICTS.get(said(finding, 0).key)


def disagreement(main: Told, others: Sequence[Told]) -> tuple[int, int] | None:
    """Of how many other models that say something how many come to something else; None if none does.

    A rank among so few areas that it can never be sure agrees with nobody and contradicts nobody.
    """
    found = [one for other in others if not _may_be_chance(other) and (one := verdict(other)) is not None]
    other = sum(one is not verdict(main) for one in found)
    return (other, len(found)) if other and verdict(main) is not None else None


def _may_be_chance(finding: Told) -> bool:
    return said(finding, 0).key in OR_CHANCE.values()


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
