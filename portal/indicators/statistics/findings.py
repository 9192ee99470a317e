"""Findings of a study from its material: every model for every measure, or a refusal where the data allow no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from math import isfinite
from types import MappingProxyType
from typing import Any

from portal.indicators.statistics import models, plans, sentences
from portal.indicators.statistics.closed_form import dispersion
from portal.indicators.statistics.models import BeforeAfter, ComparisonPanel, Effect, NoFit
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
    return tuple(finding(case, one) for case in cases(material) for one in plans.KNOWN)


def intended(material: Material) -> tuple[IntendedFinding, ...]:
    return tuple(map(_intended, cases(material)))


def _intended(case: Case) -> IntendedFinding:
    main, *beside = [finding(case, one) for one in plans.KNOWN if one.design is plans.Design.DID]
    next_look = round(main.diagnostics.get("next_look", 0)) or None
    if main.refusal or main.percent is None:
        return IntendedFinding(measure=case.measure, refusal=main.refusal or Refusal.NO_FIT.value, next_look=next_look)
    low, high = sentences.widest(main, beside)
    return IntendedFinding(
        measure=case.measure,
        percent=main.percent,
        percent_low=low,
        percent_high=high,
        level=main.level or 95.0,
        next_look=next_look,
    )


def cases(material: Material) -> Iterator[Case]:
    for measure, areas in material.series.items():
        parts = {part: material.areas(measure, part) for part in ("comparison", "ring", "comparison_ring")}
        yield Case(material, measure, areas.get(plans.PLACE, {}), **parts, drawn=material.placebos.get(measure, ()))


def finding(case: Case, one: ModelChoice) -> ModelFinding:
    return (_series if one.design is plans.Design.ITS else _against_areas)(case, one)


def _series(case: Case, one: ModelChoice) -> ModelFinding:
    whole, plan = case.window(), case.material.plan
    if why := refusal(len(whole.before), len(whole.after), whole.next_look):
        return _refused(case, one, whole, why)
    counts = [case.place[month] for month in whole.months]
    times = [between(whole.zero, month) for month in whole.months]
    line = models.InterruptedSeries(times, counts, whole.zero.month)
    level, ahead = plans.level_at(plan, whole.look), between(whole.zero, whole.after[-1]) + 1
    form = models.Form(first_after=plan.wash_out, ahead=ahead, level=level)
    return _told(case, one, whole, whole.zero, lambda: models.interrupted(one.model, line, form))


def _against_areas(case: Case, one: ModelChoice) -> ModelFinding:
    whole = case.window(*case.comparison)
    drawn = case.drawn
    if drawn and one.model == "placebo":
        whole = case.window(*case.comparison, *drawn)
    elif not all(month in area for area in drawn for month in whole.months):
        drawn = ()
    sides = len(whole.before), len(whole.after), whole.next_look
    least = plans.LEAST_PLACEBOS if one.model == "placebo" and not drawn else 1
    if why := refusal(*sides, len(case.comparison), least):
        return _refused(case, one, whole, why)
    panel = _panel(case, whole, drawn)
    return _told(case, one, whole, whole.after[0], lambda: models.compared(one.model, panel), _trend(case, whole))


def _panel(case: Case, whole: StudyWindow, drawn: Sequence[ByMonth]) -> ComparisonPanel:
    return ComparisonPanel(
        [case.place[month] for month in whole.months],
        [[area[month] for month in whole.months] for area in case.comparison],
        [month >= whole.zero for month in whole.months],
        [sum(area[month] for area in case.comparison) for month in _ahead(case, whole)],
        [[area[month] for month in whole.months] for area in drawn],
        plans.level_at(case.material.plan, whole.look),
    )


def _ahead(case: Case, whole: StudyWindow) -> list[date]:
    """Return the months for which counts are to be expected from the comparison areas."""
    counted = counted_in_all(case.comparison)
    ahead = [month for month in span(whole.after[0], whole.after[-1]) if month in counted]
    # A chart draws one line: it ends at the first month that was not counted.
    return ahead[: next((n for n, month in enumerate(ahead) if month != plus(whole.after[0], n)), len(ahead))]


def _trend(case: Case, whole: StudyWindow) -> dict[str, float]:
    """Return the diagnostics of trends, over as many months before as the plan fixes, those left out too."""
    counted = counted_in_all([case.place, *case.comparison])
    months = (month for month in span(plus(whole.zero, -plans.TREND_MONTHS), plus(whole.zero, -1)) if month in counted)
    every = [*months, *whole.after]
    ours, times = (tuple(map(one, every)) for one in (case.place.__getitem__, partial(between, whole.zero)))
    theirs = tuple(sum(area[month] for area in case.comparison) for month in every)
    return dict(models.trends(ours, theirs, times))


def _pair(areas: Sequence[ByMonth], whole: StudyWindow, *, mean: bool = False) -> BeforeAfter:
    """Return the counts of these areas together; with `mean`, weighted so that they amount to one average area."""
    before, after = (sum(area[month] for area in areas for month in side) for side in (whole.before, whole.after))
    return BeforeAfter(before, after, 1 / len(areas) if mean else 1.0)


def _dispersion(areas: Sequence[ByMonth], whole: StudyWindow) -> float:
    return dispersion(*([[area[month] for month in side] for area in areas] for side in (whole.before, whole.after)))


def _told(
    case: Case,
    one: ModelChoice,
    whole: StudyWindow,
    first: date,
    fit: Callable[[], Effect],
    before: Mapping[str, float] = MappingProxyType({}),
) -> ModelFinding:
    try:
        effect = fit()
    except NoFit:
        return _refused(case, one, whole, Refusal.NO_FIT)
    diagnostics = effect.diagnostics | _ring(case) | _before(case) | dict(before)
    if not sentences.says_percent(diagnostics["expected"]):
        return _refused(case, one, whole, Refusal.TOO_FEW_EVENTS, diagnostics)
    if one.design is plans.Design.ITS and sentences.says_nothing(effect.low, effect.high):
        return _refused(case, one, whole, Refusal.TOO_WIDE, diagnostics)
    percents = {"percent": effect.ratio, "percent_low": effect.low, "percent_high": effect.high}
    shown = effect.expected
    return _finding(
        case,
        one,
        whole,
        **{name: 100 * (ratio - 1) for name, ratio in percents.items()},
        p=effect.p,
        expected=_rounded(shown.middle),
        expected_low=_rounded(shown.low),
        expected_high=_rounded(shown.high),
        expected_from=written(first) if len(shown.middle) else None,
        diagnostics=diagnostics,
        course=_course(case, whole) if str(one) == case.material.plan.main else (),
        placebos=effect.placebos,
        months=tuple(written(whole.months[place]) for place in effect.kept),
    )


def _ring(case: Case) -> dict[str, float]:
    """Return the change in the ring, since interval, comparison and displacement are always shown together."""
    if not (case.ring and case.comparison_ring):
        return {}
    whole = plans.of_equal_length(case.window(*case.ring, *case.comparison_ring))
    here, control = _pair(case.ring, whole), _pair(case.comparison_ring, whole, mean=True)
    if min(here.before, here.after, control.before, control.after) < sentences.LEAST_IN_A_CELL:
        return {}
    found = models.difference(here, control).spread(_dispersion([*case.ring, *case.comparison_ring], whole))
    return dict(zip(("ring_count", "ring_low", "ring_high"), (found.count, *found.interval), strict=True))


def _before(case: Case) -> dict[str, float]:
    """Return the ratio from `peak` as a diagnostic, from all months before, those left out too."""
    plan = replace(case.material.plan, investigation=0)
    found = plans.peak(case.place, window(plan, case.material.delivered_on, frozenset(case.place)))
    return {} if found is None else {"peak": found}


def _course(case: Case, whole: StudyWindow) -> tuple[CourseMonth, ...]:
    counted, longest = counted_in_all(case.comparison), max(plans.TREND_MONTHS, case.material.plan.months_before)
    before = (month for month in span(plus(whole.zero, -longest), plus(whole.zero, -1)) if month in case.place)
    return tuple(
        CourseMonth(
            month=written(month),
            place=case.place[month],
            areas=sum(area[month] for area in case.comparison) if month in counted else None,
        )
        for month in (*before, *whole.after)
    )


def _refused(
    case: Case, one: ModelChoice, whole: StudyWindow, why: Refusal, diagnostics: dict[str, float] | None = None
) -> ModelFinding:
    return _finding(case, one, whole, refusal=why.value, diagnostics=diagnostics or {})


def _finding(
    case: Case, one: ModelChoice, whole: StudyWindow, diagnostics: dict[str, float], **said: Any
) -> ModelFinding:
    plan = case.material.plan
    is_main, level = str(one) == plan.main, round(100 * plans.level_at(plan, whole.look), DIGITS)
    if whole.next_look:
        diagnostics = diagnostics | {"next_look": float(whole.next_look)}
    numbers: dict[str, Any] = {
        name: round(value, DIGITS) if isinstance(value, float) else value for name, value in said.items()
    }
    return ModelFinding(
        measure=case.measure,
        design=one.design.value,
        model=one.model,
        is_main=is_main,
        months_before=len(whole.before),
        months_after=len(whole.after),
        diagnostics={name: round(value, DIGITS) for name, value in diagnostics.items() if isfinite(value)},
        level=None if said.get("refusal") else level,
        **numbers,
    )


def _rounded(values: Sequence[float] | Any) -> tuple[float, ...]:
    return tuple(round(float(value), 3) for value in values)
