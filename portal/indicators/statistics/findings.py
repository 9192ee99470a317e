"""Findings of a study from its material: every model for every measure, or a refusal where the data allow no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import isfinite
from types import MappingProxyType
from typing import Any

from portal.indicators.statistics import models, plans, sentences
from portal.indicators.statistics.closed_form import dispersion
from portal.indicators.statistics.models import Effect, NoFit
from portal.indicators.statistics.plans import ByMonth, Material, ModelChoice, StudyWindow, counted_in_all, window
from portal.indicators.statistics.schema import CourseMonth, IntendedFinding, ModelFinding
from portal.indicators.statistics.sentences import Refusal, refusal
from portal.indicators.statistics.terms import between, plus, span, written

DIGITS = 6


@dataclass(frozen=True)
class Case:
    material: Material
    measure: str
    place: ByMonth
    comparison: list[ByMonth] = field(default_factory=list)
    ring: list[ByMonth] = field(default_factory=list)
    comparison_ring: list[ByMonth] = field(default_factory=list)
    drawn: Sequence[ByMonth] = ()
    """The placebo areas of the plan, as far as the measure was counted in them."""

    def window(self, *areas: ByMonth) -> StudyWindow:
        months = counted_in_all([self.place, *areas])
        return window(self.material.plan, self.material.delivered_on, months)


def findings(material: Material) -> tuple[ModelFinding, ...]:
    return tuple(finding(case, model) for case in cases(material) for model in plans.KNOWN)


def intended(material: Material) -> tuple[IntendedFinding, ...]:
    """Return the change by each measure against similar areas, by the widest interval, without any count."""
    intended = []
    for case in cases(material):
        main, *beside = [finding(case, model) for model in plans.KNOWN if model.design is plans.Design.DID]
        intended.append(sentences.by_widest(main, beside))
    return tuple(intended)


def cases(material: Material) -> Iterator[Case]:
    for measure, areas in material.series.items():
        of = {part: [*material.areas(measure, part).values()] for part in ("comparison", "ring", "comparison_ring")}
        yield Case(material, measure, areas.get(plans.PLACE, {}), **of, drawn=material.placebos.get(measure, ()))


def finding(case: Case, model: ModelChoice) -> ModelFinding:
    return (_series if model.design is plans.Design.ITS else _against_areas)(case, model)


def _series(case: Case, model: ModelChoice) -> ModelFinding:
    whole, plan = case.window(), case.material.plan
    if why := refusal(len(whole.before), len(whole.after), whole.next_look):
        return _finding(case, model, whole, {}, refusal=why.value)
    line = {between(whole.zero, month): case.place[month] for month in whole.months}
    about: dict[str, Any] = {"season": whole.zero.month, "first_after": plan.wash_out}
    about |= {"ahead": between(whole.zero, whole.after[-1]) + 1, "level": plans.level_at(plan, whole.look)}
    return _told(case, model, whole, lambda: models.interrupted(model.model, line, **about), first=whole.zero)


def _against_areas(case: Case, model: ModelChoice) -> ModelFinding:
    whole = case.window(*case.comparison)
    drawn = case.drawn
    if drawn and model.model == "placebo":
        whole = case.window(*case.comparison, *drawn)
    elif not all(month in area for area in drawn for month in whole.months):
        drawn = ()
    least = plans.LEAST_PLACEBOS if model.model == "placebo" and not drawn else 1
    if why := refusal(len(whole.before), len(whole.after), whole.next_look, len(case.comparison), least):
        return _finding(case, model, whole, {}, refusal=why.value)
    counted, first = counted_in_all(case.comparison), whole.after[0]
    ahead = [month for month in span(first, whole.after[-1]) if month in counted]
    # A chart draws one line: it ends at the first month that was not counted.
    ahead = ahead[: next((n for n, month in enumerate(ahead) if month != plus(first, n)), len(ahead))]
    panel = models.ComparisonPanel(
        ours=[case.place[month] for month in whole.months],
        others=[[area[month] for month in whole.months] for area in case.comparison],
        after=[month >= whole.zero for month in whole.months],
        ahead=[sum(area[month] for area in case.comparison) for month in ahead],
        drawn=[[area[month] for month in whole.months] for area in drawn],
        level=plans.level_at(case.material.plan, whole.look),
    )
    # Trends go by as many months before as the plan fixes, those left out too.
    begins, counted = plus(whole.zero, -plans.TREND_MONTHS), counted_in_all([case.place, *case.comparison])
    every = [*(month for month in span(begins, plus(whole.zero, -1)) if month in counted), *whole.after]
    ours = tuple(case.place[month] for month in every)
    theirs = tuple(sum(area[month] for area in case.comparison) for month in every)
    trend = models.trends(ours, theirs, tuple(between(whole.zero, month) for month in every))
    return _told(case, model, whole, lambda: models.compared(model.model, panel), first=first, trend=trend)


def _told(
    case: Case,
    model: ModelChoice,
    whole: StudyWindow,
    fit: Callable[[], Effect],
    *,
    first: date,
    trend: Mapping[str, float] = MappingProxyType({}),
) -> ModelFinding:
    try:
        effect = fit()
    except NoFit:
        return _finding(case, model, whole, {}, refusal=Refusal.NO_FIT.value)
    diagnostics = {**effect.diagnostics, **_ring(case), **trend}
    # From all months before, those left out too.
    plan, every = replace(case.material.plan, investigation=0), frozenset(case.place)
    if (peak := plans.peak(case.place, window(plan, case.material.delivered_on, every))) is not None:
        diagnostics["peak"] = peak
    if diagnostics["expected"] < sentences.LEAST_EXPECTED:
        return _finding(case, model, whole, diagnostics, refusal=Refusal.TOO_FEW_EVENTS.value)
    if model.design is plans.Design.ITS and sentences.says_nothing(effect.low, effect.high):
        return _finding(case, model, whole, diagnostics, refusal=Refusal.TOO_WIDE.value)
    ratios = {"percent": effect.ratio, "percent_low": effect.low, "percent_high": effect.high}
    result: dict[str, Any] = {name: 100 * (ratio - 1) for name, ratio in ratios.items()}
    expected = effect.expected
    lines = {"expected": expected.middle, "expected_low": expected.low, "expected_high": expected.high}
    result |= {name: tuple(round(float(value), 3) for value in values) for name, values in lines.items()}
    result["expected_from"] = written(first) if len(expected.middle) else None
    result["course"] = _course(case, whole) if str(model) == case.material.plan.main else ()
    result["months"] = tuple(written(whole.months[place]) for place in effect.kept)
    return _finding(case, model, whole, diagnostics, p=effect.p, placebos=effect.placebos, **result)


def _ring(case: Case) -> dict[str, float]:
    """Return the change in the ring, since interval, comparison and displacement are always shown together."""
    if not (case.ring and case.comparison_ring):
        return {}
    areas = case.ring + case.comparison_ring
    whole = plans.of_equal_length(case.window(*areas))
    here, control = _pair(case.ring, whole), _pair(case.comparison_ring, whole)
    if min(*here, *control) < sentences.LEAST_IN_A_CELL:
        return {}
    sides = ([[area[month] for month in side] for area in areas] for side in (whole.before, whole.after))
    change = models.difference(here, control, 1 / len(case.comparison_ring), dispersion(*sides))
    return dict(zip(("ring_count", "ring_low", "ring_high"), change, strict=True))


def _pair(areas: Sequence[ByMonth], whole: StudyWindow) -> models.BeforeAfter:
    before, after = (sum(area[month] for area in areas for month in side) for side in (whole.before, whole.after))
    return before, after


def _course(case: Case, whole: StudyWindow) -> tuple[CourseMonth, ...]:
    counted, longest = counted_in_all(case.comparison), max(plans.TREND_MONTHS, case.material.plan.months_before)
    before = (month for month in span(plus(whole.zero, -longest), plus(whole.zero, -1)) if month in case.place)
    areas = {month: sum(area[month] for area in case.comparison) for month in counted}
    every = (*before, *whole.after)
    return tuple(CourseMonth(month=written(month), place=case.place[month], areas=areas.get(month)) for month in every)


def _finding(
    case: Case, model: ModelChoice, whole: StudyWindow, diagnostics: Mapping[str, float], **result: Any
) -> ModelFinding:
    plan = case.material.plan
    level = round(100 * plans.level_at(plan, whole.look), DIGITS)
    if whole.next_look:
        diagnostics = {**diagnostics, "next_look": float(whole.next_look)}
    result |= {name: round(value, DIGITS) for name, value in result.items() if isinstance(value, float)}
    return ModelFinding(
        measure=case.measure,
        design=model.design.value,
        model=model.model,
        is_main=str(model) == plan.main,
        months_before=len(whole.before),
        months_after=len(whole.after),
        diagnostics={name: round(value, DIGITS) for name, value in diagnostics.items() if isfinite(value)},
        level=None if "refusal" in result else level,
        **result,
    )
