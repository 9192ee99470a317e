"""Results of studies: the jobs that compute them, and their presentation on the study's page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import format_decimal, gettext as _, lazy_gettext as _l
from sqlalchemy import select, update

from portal.core.clock import now
from portal.core.db import db, session
from portal.core.i18n import percent
from portal.core.jobs.engine import each_row
from portal.indicators import studies, studies_texts
from portal.indicators.snapshots import measure_shown
from portal.indicators.statistics.plans import fixed
from portal.indicators.statistics.schema import ModelFinding, Registration
from portal.indicators.statistics.sentences import Refusal
from portal.indicators.studies import FINDINGS, Study, StudyResult
from portal.markets.places import Market

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
        name = studies_texts.MODEL_NAMES[f"{finding.design}:{finding.model}"]
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


ROLE_PRIMARY = _l("The measure we said beforehand we would judge by")
ROLE_LATE = _l("The measure we said we would judge by, after the call-in")
ROLE_BESIDE = _l("Also looked at")


def results_of(study: Study) -> list[dict[str, Any]] | None:
    """Return the results by measure, the one to judge by first; None before the day of the call-in."""
    if study.delivered_on is None:
        return None
    plan, primary = studies.registration_of(study), fixed(study.text or "").primary
    is_late, every, results = plan is not None and not plan.before_call_in, studies.findings_of(study), []
    for measure in sorted(studies.measures_to_study(), key=lambda measure: measure.key != primary):
        findings = [finding for finding in every if finding.measure == measure.key]
        if not findings:
            continue
        main = next((finding for finding in findings if finding.is_main), findings[0])
        is_judged = measure.key == primary
        deviations = [one for one in (plan.deviations if plan else ()) if one.hits(measure.key)]
        caveats = studies_texts.caveat_sentences(main, measure.kind, planned_late=is_late)
        diagnostics = [(key, label, form) for key, (label, form) in DIAGNOSTICS.items() if key in main.diagnostics]
        results.append(
            {
                "name": str(measure.name),
                "is_judged": is_judged,
                "role": str((ROLE_LATE if is_late else ROLE_PRIMARY) if is_judged else ROLE_BESIDE),
                "sentence": studies_texts.finding_sentence(main, measure_shown(measure), findings),
                "caveats": [*map(studies_texts.deviation_sentence, deviations), *caveats],
                "level": str(format_decimal(main.level or 95)),
                "rows": result_rows(findings) if any(finding.refusal is None for finding in findings) else [],
                "diagnostics": [
                    (label, str(format_decimal(main.diagnostics[key], format=f"{form};−{form}")))
                    for key, label, form in diagnostics
                ],
            }
        )
    return results


def judgement_of(study: Study) -> tuple[str, list[str]]:
    """Return the names of the measure that the plan is judged by ("" if there is none yet) and of its others."""
    plan, names = study.planned, _names()
    return names.get(plan.primary, plan.primary), [names.get(key, key) for key in plan.measures if key != plan.primary]


def measures_planned(study: Study) -> list[tuple[str, str]]:
    """Return key and name of each measure of a locked plan."""
    names = _names()
    return [(key, names.get(key, key)) for key in fixed(study.text or "").measures]


def _names() -> dict[str, str]:
    return {measure.key: str(measure.name) for measure in studies.measures_to_study()}


def compute_stale() -> None:
    with db.work():
        locked = session.scalars(select(Study.id).where(Study.locked_at.is_not(None))).all()
    each_row(locked, lambda study_id: studies.note_drawn_anew(session.get_one(Study, study_id)))
    each_row(locked, compute)


def compute(study_id: int) -> None:
    """Compute and store the results of a study, unless its figures are those of the last time. Twice is harmless."""
    with db.work():
        study = session.get(Study, study_id)
        material = studies.material_of(study) if study and studies.is_stale(study) else None
        if material and study and study.result:
            study.result.unfinished_since = study.result.unfinished_since or now()
    if material is None:
        return
    # Imported only here, in a worker: it takes a second and 140 MB.
    from portal.indicators.statistics.findings import findings

    content = FINDINGS.dump_json(findings(material)).decode()
    with db.work():
        store = update(StudyResult).where(StudyResult.study_id == study_id)
        store = store.execution_options(synchronize_session=False)
        session.execute(store.values(content=content, inputs=material.digest, unfinished_since=None))


def published_findings(market: Market, day: date) -> tuple[Registration | None, tuple[ModelFinding, ...]]:
    """Return the plan and findings of a place's study as of a snapshot's day.

    They are based on the months complete on that day, which the same snapshot contains, even if it is frozen late. The
    stored results are used if their inputs are the same; otherwise they are computed here and not stored.
    """
    study = studies.study_of(market)
    registration = studies.registration_of(study, day) if study else None
    if study is None or registration is None:
        return None, ()
    material = studies.material_of(study, day)
    if material is not None and study.result and study.result.inputs == material.digest:
        return registration, studies.findings_of(study)
    from portal.indicators.statistics import findings

    if material is not None:
        return registration, findings.findings(material)
    # No call-in was held: what changed from the month of the lock on.
    since = studies.material_of(study, day, studies.call_in_day(market) or date.fromisoformat(registration.locked_on))
    return registration.model_copy(update={"intended": findings.intended(since) if since else ()}), ()
