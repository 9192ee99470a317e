"""Wording of findings, caveats, deviations, studies and their results; `sentences` decides what a finding may say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log
from typing import Any

from flask_babel import format_decimal, gettext as _, lazy_gettext as _l, ngettext

from portal.core.i18n import date_words, language, number, percent
from portal.indicators import studies
from portal.indicators.areas import month_words
from portal.indicators.statistics import sentences
from portal.indicators.statistics.closed_form import Blind, Foresight, HalfYear
from portal.indicators.statistics.schema import Deviation, ModelFinding
from portal.indicators.statistics.sentences import Amount, Caveat, Doubt, Refusal, SentenceKey
from portal.indicators.statistics.terms import MeasureKind
from portal.indicators.studies import Study

FRACTIONS = {
    "tenth": _l("a tenth"),
    "fifth": _l("a fifth"),
    "quarter": _l("a quarter"),
    "third": _l("a third"),
    "two_fifths": _l("two fifths"),
    "half": _l("half"),
    "three_fifths": _l("three fifths"),
    "two_thirds": _l("two thirds"),
    "three_quarters": _l("three quarters"),
}
AGAINST = {
    "did": _l("compared with similar areas"),
    "its": _l("compared with what the months before let us expect"),
}
SURE = {
    SentenceKey.FELL: _l(
        "In the first %(months)s months after the call-in, %(measure)s fell by about %(about)s "
        "%(against)s. We are fairly sure it was between %(low)s and %(high)s."
    ),
    SentenceKey.ROSE: _l(
        "In the first %(months)s months after the call-in, %(measure)s rose by about %(about)s "
        "%(against)s. We are fairly sure it was between %(low)s and %(high)s."
    ),
    SentenceKey.UNCLEAR: _l(
        "In the first %(months)s months after the call-in, we can't tell yet whether %(measure)s went up "
        "or down, %(against)s. It may have fallen by as much as %(low)s or risen by as much as %(high)s."
    ),
    SentenceKey.UNCLEAR_OF_FEW: _l(
        "In the first %(months)s months after the call-in, we can't tell yet whether %(measure)s went up "
        "or down, %(against)s: it may have fallen by as much as %(low)s or risen by as much as %(high)s, and there are "
        "too few similar areas to be sure."
    ),
    SentenceKey.FELL_OR_CHANCE: _l(
        "In the first %(months)s months after the call-in, %(measure)s fell by about %(about)s "
        "%(against)s, but we can't tell yet whether that means anything: %(doubts)s."
    ),
    SentenceKey.ROSE_OR_CHANCE: _l(
        "In the first %(months)s months after the call-in, %(measure)s rose by about %(about)s "
        "%(against)s, but we can't tell yet whether that means anything: %(doubts)s."
    ),
}
DOUBTS = {
    Doubt.NOT_COMPARED: _l("nobody looked at similar areas for it"),
    Doubt.FEW_AREAS: _l("there are too few similar areas to be sure"),
    Doubt.FEW_PLACEBOS: _l("only %(areas)s similar areas could be tried in its place"),
    Doubt.LITTLE_KNOWN: _l("we know too little of the months before the call-in; more months after it would tell"),
    Doubt.PEAK: _l("the year before the call-in was unusually high, and high numbers often come down by themselves"),
}
ALREADY = {
    SentenceKey.FELL_OR_CHANCE: _l("it was falling here already before the call-in, more than there"),
    SentenceKey.ROSE_OR_CHANCE: _l("it was rising here already before the call-in, more than there"),
}
BEFORE = {
    SentenceKey.FELL: _l("Before the call-in it was falling here by about %(trend)s a year more than there."),
    SentenceKey.ROSE: _l("Before the call-in it was rising here by about %(trend)s a year more than there."),
}
WHY_NOT = {
    Refusal.TOO_FEW_MONTHS: _l("No result yet: it takes 12 months before the call-in and 6 after."),
    Refusal.NOT_YET: _l("No result yet: it comes once %(look)s months after the call-in are counted."),
    Refusal.TOO_FEW_EVENTS: _l("No result: too little happens here for a percentage."),
    Refusal.NO_COMPARISON: _l("No result: nothing was counted in similar areas in the same months."),
    Refusal.TOO_FEW_AREAS: _l("No result this way: it takes at least three similar areas."),
    Refusal.TOO_WIDE: _l("No result this way: it may have fallen by half or doubled, and that says nothing."),
    Refusal.NO_FIT: _l("No result: these numbers are too uneven for this calculation."),
}
CAVEATS = {
    Caveat.NO_COMPARISON: _l(
        "This does not look at other areas. The whole city may have changed in the same way at the same time."
    ),
    Caveat.NO_RING: _l("Nothing was counted in the streets around, so nobody can say whether some of it moved there."),
    Caveat.MAY_HAVE_MOVED: _l(
        "In the streets around it rose, compared with streets around similar areas. Some of it may have moved there."
    ),
    Caveat.FELL_AROUND: _l(
        "In the streets around it fell, compared with streets around similar areas: it did not move there."
    ),
    Caveat.RING_UNCLEAR: _l("We can't tell yet whether it changed in the streets around."),
    Caveat.FEW_PLACEBOS: _l(
        "Of %(of)s places one always changes most, and by chance alone it is this one once in %(of)s times. By a rank, "
        "“fairly sure” takes once in 20, and so at least 19 similar areas."
    ),
    Caveat.TRUST: _l("Calls can also rise because people trust us more, and fall because they gave up."),
    Caveat.LATE_PLAN: _l(
        "How it would be calculated was only fixed after the call-in, when the numbers could already be known."
    ),
}
MODEL_NAMES = {
    "did:newey_west": _l("Similar areas, robust (Newey-West)"),
    "did:quasi_poisson": _l("Similar areas, plain (quasi-Poisson)"),
    "did:placebo": _l("Similar areas, by placebos"),
    "its:newey_west": _l("Months before, robust (Newey-West)"),
}
REFUSALS = {
    "study_locked": _l("The plan is locked. What is done otherwise is noted as a deviation."),
    "study_not_locked": _l("The plan has to be locked first."),
    "study_gaps": _l("Something is missing in the plan. Fill it in and save it, then lock it."),
    "study_overlaps": _l(
        "Areas of this plan lie over each other. Draw them anew under Figures, then lock it; nothing is lost."
    ),
    "study_day": _l("This cannot be the day: it is in the future, or the portal knows another day on which it ended."),
    "study_deviation": _l("Say in both languages what was done otherwise and why; the day cannot be in the future."),
}
AUDITED = {
    "study.planned": _l("changed the plan of a study"),
    "study.locked": _l("locked the plan of a study"),
    "study.day_entered": _l("entered the day of a call-in for a study"),
    "study.deviation_noted": _l("noted a deviation from a plan"),
}


def finding_sentence(finding: ModelFinding, name: str, beside: Sequence[ModelFinding] = ()) -> str:
    """`name`: that of the measure; `beside`: the findings of its other models."""
    claim, numbers = sentences.said(finding, beside), _numbers(finding)
    if claim.key is SentenceKey.REFUSED:
        return str(WHY_NOT[Refusal(claim.why)] % numbers)
    words = {"measure": inside(name)}
    sizes = {"about": claim.about, "low": claim.low, "high": claim.high}
    words |= {name: amount_words(size) for name, size in sizes.items() if size is not None}
    if claim.key in (SentenceKey.FELL, SentenceKey.ROSE) and claim.low and claim.low.number and not claim.low.fraction:
        # "Between 28 and 58 percent": the unit once.
        words["low"] = number(claim.low.number)
    doubts = (ALREADY[claim.key] if doubt is Doubt.TREND_BEFORE else DOUBTS[doubt] for doubt in claim.doubts)
    words["doubts"] = "; ".join(str(doubt % {"areas": claim.areas}) for doubt in doubts)
    words |= {"months": str(finding.months_after), "against": str(AGAINST[finding.design])}
    earlier = sentences.before(finding.diagnostics)
    return " ".join(map(str, [SURE[claim.key] % words, *([BEFORE[earlier] % numbers] if earlier else [])]))


def caveat_sentences(finding: ModelFinding, kind: str, *, planned_late: bool = False) -> list[str]:
    caveats = sentences.caveats(finding)
    caveats += [Caveat.TRUST] if finding.refusal is None and kind == MeasureKind.CALLS else []
    caveats += [Caveat.LATE_PLAN] if planned_late else []
    return [str(CAVEATS[caveat] % _numbers(finding)) for caveat in caveats]


def elsewhere_sentences(finding: ModelFinding) -> list[str]:
    """Return the caveats that no sentence of a change may stand without: nothing to compare with, a change around."""
    needed = (Caveat.NO_COMPARISON, Caveat.MAY_HAVE_MOVED, Caveat.FELL_AROUND)
    return [str(CAVEATS[caveat]) for caveat in sentences.caveats(finding) if caveat in needed]


def _numbers(finding: ModelFinding) -> dict[str, str]:
    look, trend = (finding.diagnostics.get(key, 0.0) for key in ("next_look", "trend_before"))
    areas = sentences.too_few_placebos(finding.model, finding.diagnostics)
    size = amount_words(Amount(round(abs(trend))))
    return {"look": number(round(look)), "trend": size, "areas": str(areas), "of": str(areas + 1)}


def amount_words(size: Amount) -> str:
    if size.fraction is not None:
        return str(FRACTIONS[size.fraction])
    return str(_("%(number)s percent", number=number(size.number)) if size.number else _("less than 1 percent"))


def signed_percent(percents: float) -> str:
    rounded = round(percents)
    return percent(f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{number(abs(rounded))}")


def inside(name: str) -> str:
    """Return a name for use inside a sentence: first letter in lower case, unless it begins with several capitals."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def deviation_sentence(one: Deviation) -> str:
    lang = language()
    day = date_words(date.fromisoformat(one.on))
    words = [_("Done otherwise than planned, since %(day)s:", day=day), one.what[lang]]
    return " ".join(map(str, [*words, *([_("Why:"), one.why[lang]] if one.why else [])]))


BLIND = {
    Blind.TOO_FEW_MONTHS: _l("Too few months were counted in every area: it takes twelve."),
    Blind.NO_COMPARISON: _l("There is no similar area to compare with, so nobody can be fairly sure of a change."),
    Blind.TOO_FEW_AREAS: _l("With fewer than five similar areas nobody can be fairly sure of a change."),
    Blind.TOO_FEW_EVENTS: _l("There are too few events: no change in percent will be said. Judge by another measure."),
}


def foresight_sentences(foreseen: Foresight, areas: Mapping[str, str]) -> list[str]:
    def words(share: float) -> str:
        return percent(number(round(100 * share)))

    lines = [str(BLIND[foreseen.blind])] if foreseen.blind else []
    if foreseen.blind is Blind.TOO_FEW_AREAS and any(look.power is not None for look in foreseen.outlooks):
        lines.append(_("With five like these:"))
    for look in foreseen.outlooks:
        if look.smallest_fall is not None and look.power is not None:
            visible = {"months": look.months, "fall": words(look.smallest_fall)}
            lines.append(_("After %(months)s months: a fall of %(fall)s or more would show.", **visible))
    if foreseen.odd:
        odd = {"area": areas[foreseen.odd[0]], "fall": words(foreseen.odd[1])}
        hides = _(
            "%(area)s changes otherwise than the others and hides much: without it a fall of %(fall)s would show."
        )
        lines.append(str(hides) % odd)
    return list(map(str, lines))


WIDTH, HEIGHT, EDGE = 1000, 420, 30
MARKS = (log(1.5), log(2), log(4))
LEAST_REACH, MOST_REACH = log(1.6), log(8)
"""A band that goes further is cut at the edge of the drawing."""


@dataclass(frozen=True)
class Drawing:
    bars: list[tuple[float, ...]]
    """Where each half year stands; the heights of its change and of the ends of its band."""
    marks: list[tuple[float, str]]
    ends: tuple[str, str]
    call_in: float | None
    """Where the call-in stands; None if there are no months after it yet."""
    words: str


def drawing(halves: Sequence[HalfYear]) -> Drawing:
    reach = min(MOST_REACH, max(LEAST_REACH, *(abs(half.change) + half.reach for half in halves)))
    step, before = WIDTH / len(halves), [half for half in halves if not half.is_after]

    def height(value: float) -> float:
        return round(HEIGHT / 2 - max(-1.0, min(1.0, value / reach)) * (HEIGHT / 2 - EDGE), 1)

    mark = max(line for line in MARKS if line < reach)
    words = _("Before the call-in no half year differs by more than chance: no sign of another way here.")
    if outside := sum(abs(half.change) > half.reach for half in before):
        words = ngettext(
            "Of %(of)s half years before the call-in, %(num)s differs by more than chance.",
            "Of %(of)s half years before the call-in, %(num)s differ by more than chance.",
            outside,
            of=len(before),
        )
    return Drawing(
        bars=[
            (round(step * (place + 0.5), 1), *(height(half.change + end) for end in (0.0, -half.reach, half.reach)))
            for place, half in enumerate(halves)
        ],
        marks=[(height(line), signed_percent(100 * exp(line) - 100)) for line in (-mark, mark)],
        ends=(month_words(halves[0].first), month_words(halves[-1].last)),
        call_in=round(step * len(before), 1) if len(before) < len(halves) else None,
        words=str(words),
    )


SHORT_REFUSALS = {
    Refusal.TOO_FEW_MONTHS: _l("too few months"),
    Refusal.NOT_YET: _l("no verdict yet"),
    Refusal.TOO_FEW_EVENTS: _l("too few events"),
    Refusal.NO_COMPARISON: _l("nothing to compare with"),
    Refusal.TOO_FEW_AREAS: _l("too few similar areas"),
    Refusal.TOO_WIDE: _l("too wide to say anything"),
    Refusal.NO_FIT: _l("no fit"),
}
DIAGNOSTICS = {
    "observed": (_l("Counted after the call-in"), "#,##0"),
    "expected": (_l("Expected without the effort"), "#,##0.0"),
    "dispersion": (_l("Dispersion (1 is chance alone)"), "#,##0.00"),
    "autocorrelation": (_l("Autocorrelation of neighboring months (0 is none)"), "#,##0.00"),
    "ljung_box_p": (_l("Ljung-Box p (small means autocorrelation)"), "#,##0.000"),
    "placebo_rank": (_l("Rank among placebos (1 changed most)"), "#,##0"),
    "placebos": (_l("Areas tried as placebos"), "#,##0"),
    "trend_before": (_l("Trend before, beside similar areas (percent a year)"), "#,##0.0"),
    "trend_before_p": (_l("p of that trend"), "#,##0.000"),
    "bent_low": (_l("Beside a trend, the change is at least (percent)"), "#,##0.0"),
    "bent_high": (_l("Beside a trend, the change is at most (percent)"), "#,##0.0"),
    "next_look": (_l("Next verdict after so many months"), "#,##0"),
    "peak": (_l("Last year before, by the years before it"), "#,##0.00"),
}
LEAST_P = 0.001
HEAD = (_l("Model"), _l("Change found"), _l("Lower end"), _l("Upper end"), _l("p"), _l("Months"))


def result_rows(findings: Iterable[ModelFinding]) -> list[list[str]]:
    """Return a row per model: estimate, interval, p, months before and after; and one for the ring, in events."""
    rows, ring = [], None
    for finding in findings:
        name = MODEL_NAMES[f"{finding.design}:{finding.model}"]
        name = _("%(model)s: the main one", model=name) if finding.is_main else name
        if finding.refusal is not None:
            numbers = [str(SHORT_REFUSALS[Refusal(finding.refusal)]), "–", "–", "–"]
        else:
            percents = (finding.percent, finding.percent_low, finding.percent_high)
            # A placebo's p is that of its rank and says nothing of its interval.
            p = _("%(p)s by rank", p=_p(finding.p)) if finding.model == "placebo" else _p(finding.p)
            numbers = [*(percent(_signed(end)) for end in percents), str(p)]
        rows.append([str(name), *numbers, f"{finding.months_before} + {finding.months_after}"])
        ring = ring or (finding.diagnostics if "ring_count" in finding.diagnostics else None)
    if ring is not None:
        ends = (_signed(ring[key]) for key in ("ring_count", "ring_low", "ring_high"))
        rows.append([str(_("In the streets around, in events")), *ends, "–", "–"])
    return rows


def _signed(value: float | None) -> str:
    return str(format_decimal(value or 0.0, format="+#,##0.0;−#,##0.0"))


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    number = format_decimal(max(value, LEAST_P), format="0.000")
    return f"< {number}" if value < LEAST_P else str(number)


ROLES = {
    (True, False): _l("The measure we said beforehand we would judge by"),
    (True, True): _l("The measure we said we would judge by, after the call-in"),
    (False, False): _l("Also looked at"),
}
"""By whether a measure is judged, and whether the plan was late."""


def results_of(study: Study) -> list[dict[str, Any]] | None:
    """By measure, the one to judge by first; None before the day of the call-in."""
    plan = studies.registration_of(study)
    if plan is None or plan.delivered_on is None:
        return None
    primary, is_late, every, results = study.planned.primary, not plan.before_call_in, studies.findings_of(study), []
    for measure in sorted(studies.measures_to_study(), key=lambda measure: measure.key != primary):
        findings = [finding for finding in every if finding.measure == measure.key]
        if not findings:
            continue
        main = next((finding for finding in findings if finding.is_main), findings[0])
        is_judged = measure.key == primary
        deviations = [one for one in plan.deviations if one.hits(measure.key)]
        caveats = caveat_sentences(main, measure.kind, planned_late=is_late)
        diagnostics = [(key, label, form) for key, (label, form) in DIAGNOSTICS.items() if key in main.diagnostics]
        results.append(
            {
                "name": str(measure.name),
                "is_judged": is_judged,
                "role": str(ROLES[is_judged, is_judged and is_late]),
                "sentence": finding_sentence(main, str(measure.name), findings),
                "caveats": [*map(deviation_sentence, deviations), *caveats],
                "level": str(format_decimal(main.level or 95)),
                "rows": result_rows(findings) if any(finding.refusal is None for finding in findings) else [],
                "diagnostics": [
                    (label, str(format_decimal(main.diagnostics[key], format=f"{form};−{form}")))
                    for key, label, form in diagnostics
                ],
            }
        )
    return results
