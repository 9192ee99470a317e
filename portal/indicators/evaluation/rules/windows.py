"""Which months count: before, left out, after; and which are complete."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.indicators.evaluation.rules.plans import Plan, looks
from portal.indicators.rules.months import between, month_of, plus, span

YEAR = 12


@dataclass(frozen=True)
class Window:
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


def window(plan: Plan, delivered_on: date, counted: Collection[date]) -> Window:
    """The plan's months, of those that were counted: after the call-in, those through the last look that has come."""
    zero = month_of(delivered_on)
    before = span(plus(zero, -plan.months_before), plus(zero, -1))
    first = plus(zero, plan.wash_out)
    newest = max(counted, default=zero)
    come = [months for months in looks(plan) if plus(first, months - 1) <= newest]
    after = span(first, plus(first, come[-1] - 1)) if come else ()
    ahead = next((months for months in looks(plan) if months not in come), None)
    kept = [tuple(month for month in side if month in counted) for side in (before, after)]
    return Window(zero, kept[0], kept[1], ahead)


def counted_in_all(series: Collection[Mapping[date, int]]) -> frozenset[date]:
    """The months that were counted in every one of these areas."""
    months = [frozenset(one) for one in series]
    return frozenset.intersection(*months) if months else frozenset()


def of_equal_length(whole: Window) -> Window:
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


def peak(counts: Mapping[date, int], whole: Window) -> float | None:
    """How much more there was in the last year before than in the years before that, as a ratio.

    A place is often chosen after a bad year, and bad years are followed by better ones by themselves.
    """
    last, earlier = whole.before[-YEAR:], whole.before[:-YEAR]
    if len(earlier) < YEAR or not sum(counts[month] for month in earlier):
        return None
    return _mean(counts, last) / _mean(counts, earlier)


def _mean(counts: Mapping[date, int], months: Collection[date]) -> float:
    return sum(counts[month] for month in months) / len(months)
