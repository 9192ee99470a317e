"""Results of studies: the jobs that compute them, and their presentation on the study's page.

`published_findings` gives a snapshot the findings as of its day. Statistics libraries are imported in the job only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Update, and_, or_, select, update

from portal.core.clock import now
from portal.core.db import db, session
from portal.core.i18n import Bilingual, percent
from portal.core.jobs.engine import each_row
from portal.indicators.counts import Measure
from portal.indicators.evaluation.half_years import EventStudyDrawn, event_study_drawn
from portal.indicators.evaluation.plans import LEASE, MOST_TRIES, Fixed, Material, ResultState, fixed
from portal.indicators.evaluation.sentences import Refusal
from portal.indicators.evaluation.studies import (
    FINDINGS,
    Study,
    StudyResult,
    ask_for_results,
    call_in_day,
    delivered_studies,
    findings_of,
    is_stale,
    judged_by,
    material_of,
    measures_to_study,
    must_be_computed,
    note_drawn_anew,
    registration_by,
    registration_of,
    study_of,
)
from portal.indicators.evaluation.texts import (
    MODEL_NAMES,
    caveat_sentences,
    deviation_sentence,
    finding_sentence,
    hits,
)
from portal.indicators.measures import written
from portal.indicators.snapshots.snapshots import (
    DocumentText,
    IntendedFinding,
    MeasureShown,
    ModelFinding,
    Registration,
)
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


def model_name(finding: ModelFinding) -> str:
    """Return a model's name, marked if it is the main one or not in the plan."""
    name = MODEL_NAMES[f"{finding.design}:{finding.model}"]
    if finding.is_main:
        return str(_("%(model)s: the main one", model=name))
    return str(name)


def result_rows(findings: Iterable[ModelFinding]) -> list[list[str]]:
    """Return a table row per model: estimate, interval, p, months before and after; and one for the ring, in events."""
    found = list(findings)
    rows = [[model_name(one), *_numbers(one), f"{one.months_before} + {one.months_after}"] for one in found]
    ring = next((one.diagnostics for one in found if "ring_count" in one.diagnostics), None)
    if ring is None:
        return rows
    ends = (_signed(ring[key]) for key in ("ring_count", "ring_low", "ring_high"))
    return [*rows, [str(_("In the streets around, in events")), *ends, "–", "–"]]


def _numbers(finding: ModelFinding) -> list[str]:
    if finding.refusal is not None:
        return [str(SHORT_REFUSALS[Refusal(finding.refusal)]), "–", "–", "–"]
    percents = (finding.percent, finding.percent_low, finding.percent_high)
    # A placebo's p is that of its rank and says nothing of its interval.
    p = str(_("%(p)s by rank", p=_p(finding.p))) if finding.model == "placebo" else _p(finding.p)
    return [*(percent(_signed(one)) for one in percents), p]


def _signed(value: float | None) -> str:
    return str(format_decimal(value or 0.0, format="+#,##0.0;−#,##0.0"))


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    number = format_decimal(max(value, LEAST_P), format="0.000")
    return f"< {number}" if value < LEAST_P else str(number)


def diagnostic_facts(finding: ModelFinding) -> list[tuple[Any, str]]:
    """Return the diagnostics of a model and the change in the ring, as labels and formatted numbers."""
    return [
        (label, str(format_decimal(finding.diagnostics[key], format=f"{pattern};−{pattern}")))
        for key, (label, pattern) in DIAGNOSTICS.items()
        if key in finding.diagnostics
    ]


class MeasureRole(StrEnum):
    """The role of a measure in the plan."""

    PRIMARY = "primary"
    """The measure by which the place is judged."""
    LATE = "late"
    """The primary measure of a plan that was locked after the call-in."""
    BESIDE = "beside"


@dataclass(frozen=True)
class MeasureResult:
    """The results of one measure."""

    name: str
    role: MeasureRole
    sentence: str
    caveats: list[str]
    level: str
    """The level of all intervals, in percent."""
    rows: list[list[str]]
    diagnostics: list[tuple[Any, str]]
    half_years: EventStudyDrawn | None


@dataclass(frozen=True)
class StudyFindings:
    """The results of a study, whether they are older than the figures, and the progress of a running computation."""

    measures: list[MeasureResult]
    stale: bool
    state: str
    progress: int


def results_of(study: Study) -> StudyFindings | None:
    """Return the results of a study; None before the day of the call-in is known."""
    if study.delivered_on is None:
        return None
    registration = registration_of(study)
    late = registration is not None and not registration.before_call_in
    found, named = findings_of(study), fixed(study.text or "")
    shown = [
        _result(
            one,
            of_it,
            registration,
            role=_role(one.key, named, late=late),
            delivered_on=study.delivered_on,
        )
        for one in sorted(measures_to_study(), key=lambda one: one.key != named.primary)
        if (of_it := [each for each in found if each.measure == one.key])
    ]
    state, progress = (study.result.state, study.result.progress) if study.result else ("due", 0)
    return StudyFindings(shown, bool(found) and is_stale(study), state, progress)


def _role(key: str, named: Fixed, *, late: bool) -> MeasureRole:
    if key != named.primary:
        return MeasureRole.BESIDE
    return MeasureRole.LATE if late else MeasureRole.PRIMARY


@dataclass(frozen=True)
class Judgement:
    """Names of the primary measure (empty if there is none) and of the other measures of a plan."""

    primary: str
    others: list[str]


def judgement_of(study: Study) -> Judgement:
    """Return the measures that the plan is judged by, whether it is locked or not."""
    plan, names = study.planned, _names()
    others = [str(names.get(key, key)) for key in plan.measures if key != plan.primary]
    return Judgement(str(names.get(plan.primary, plan.primary)), others)


def measures_to_judge_by(study: Study) -> list[tuple[str, str]]:
    """Return key and name of each measure of a locked plan, except the one by which it is judged now."""
    names, now = _names(), judged_by(study)
    return [(key, str(names.get(key, key))) for key in fixed(study.text or "").measures if key != now]


def measures_planned(study: Study) -> list[tuple[str, str]]:
    """Return key and name of each measure of a locked plan."""
    names = _names()
    return [(key, str(names.get(key, key))) for key in fixed(study.text or "").measures]


def _names() -> dict[str, Bilingual]:
    return {one.key: one.name for one in measures_to_study()}


def _result(
    measure: Measure,
    found: list[ModelFinding],
    plan: Registration | None,
    *,
    role: MeasureRole,
    delivered_on: date,
) -> MeasureResult:
    main = next((one for one in found if one.is_main), found[0])
    return MeasureResult(
        name=str(measure.name),
        role=role,
        sentence=finding_sentence(main, shown(measure), found),
        caveats=[
            *(deviation_sentence(one) for one in (plan.deviations if plan else ()) if hits(one, measure.key)),
            *caveat_sentences(main, measure.kind, planned_late=plan is not None and not plan.before_call_in),
        ],
        level=str(format_decimal(main.level or 95)),
        rows=result_rows(found) if any(one.refusal is None for one in found) else [],
        diagnostics=diagnostic_facts(main),
        half_years=event_study_drawn(main.event_study, written(delivered_on)),
    )


def shown(measure: Measure) -> MeasureShown:
    """Return a measure in the form used in snapshots."""
    texts = {name: getattr(measure, name) for name in ("name", "about", "source", "unit")}
    facts = {name: getattr(measure, name) for name in ("key", "kind", "direction", "guarded")}
    words = {name: DocumentText(en=text.en, es=text.es) for name, text in texts.items()}
    return MeasureShown.model_validate(facts | words | {"of": measure.of_key})


STEP = 10


def compute_asked() -> None:
    """Compute the results that are due and those that a lost worker left unfinished."""
    with db.work():
        _give_up()
        waiting = session.scalars(select(StudyResult.study_id).where(_is_free())).all()
    each_row(waiting, compute)


def ask_where_stale() -> None:
    """Request results for every study whose figures have changed, and record redrawn areas as deviations."""
    with db.work():
        locked = session.scalars(select(Study.id).where(Study.locked_at.is_not(None))).all()
        delivered = delivered_studies()
    each_row(locked, lambda study_id: note_drawn_anew(session.get_one(Study, study_id)))
    each_row(delivered, _ask_if_stale)


def _ask_if_stale(study_id: int) -> None:
    study = session.get_one(Study, study_id)
    if must_be_computed(study):
        ask_for_results(study)


def bring_up_to_date() -> None:
    """Compute all results that have changed, before a snapshot is frozen."""
    ask_where_stale()
    compute_asked()


def published_findings(market: Market, day: date) -> tuple[Registration | None, tuple[ModelFinding, ...]]:
    """Return the plan and findings of a place's study as of a snapshot's day.

    They are based on the months complete on that day, which the same snapshot contains, even if it is frozen late. The
    stored results are used if their inputs are the same; otherwise they are computed here and not stored.
    """
    study = study_of(market)
    registration = registration_by(study, day) if study else None
    material = material_of(study, day) if study and registration else None
    if study is None or registration is None:
        return None, ()
    if material is None:
        return registration.model_copy(update={"intended": _intended(market, study, registration, day)}), ()
    if study.result and study.result.inputs == material.digest:
        return registration, findings_of(study)
    from portal.indicators.evaluation.findings import findings

    return registration, findings(material)


def _intended(market: Market, study: Study, plan: Registration, day: date) -> tuple[IntendedFinding, ...]:
    """Return what changed at a place where no call-in was held, from the month of the lock on."""
    begins_on = call_in_day(market) or date.fromisoformat(plan.locked_on)
    material = material_of(study, day, begins_on)
    if material is None:
        return ()
    from portal.indicators.evaluation.findings import intended

    return intended(material)


def compute(study_id: int) -> None:
    """Compute and store the results of a study, unless another worker does. No transaction is open meanwhile."""
    material = _begin(study_id)
    if material is None:
        return
    findings = _findings(study_id, material)
    content = FINDINGS.dump_json(findings).decode()
    with db.work():
        session.execute(_of(study_id).values(content=content, inputs=material.digest, computed_at=now()))
        # Only if still running: a request made meanwhile has set the state to due and must be computed again.
        ended = {"state": ResultState.DONE.value, "progress": 100, "tries": 0, "taken_until": None}
        session.execute(_of(study_id).where(StudyResult.state == ResultState.RUNNING).values(**ended))


def _findings(study_id: int, material: Material) -> tuple[ModelFinding, ...]:
    # Imported only here, in a worker: it takes a second and 140 MB.
    from portal.indicators.evaluation.findings import findings

    said = 0

    def say(progress: int) -> None:
        nonlocal said
        if progress >= said + STEP and progress < 100:
            said = progress
            with db.work():
                session.execute(_of(study_id).where(StudyResult.state == ResultState.RUNNING).values(progress=progress))

    return findings(material, say)


def _begin(study_id: int) -> Material | None:
    """Claim a study's computation and return its inputs; None if there is nothing to do."""
    with db.work():
        taken = {"state": ResultState.RUNNING.value, "progress": 0, "tries": StudyResult.tries + 1}
        claim = _of(study_id).where(_is_free()).values(**taken, taken_until=now() + LEASE)
        if session.execute(claim.returning(StudyResult.study_id)).scalar() is None:
            return None
        return material_of(session.get_one(Study, study_id))


def _give_up() -> None:
    """Mark computations as failed after `MOST_TRIES`: one that killed its worker that often would do so again."""
    hopeless = and_(_is_lost(), StudyResult.tries >= MOST_TRIES)
    session.execute(_change().where(hopeless).values(state=ResultState.FAILED.value, taken_until=None))


def _is_free() -> ColumnElement[bool]:
    return or_(StudyResult.state == ResultState.DUE, and_(_is_lost(), StudyResult.tries < MOST_TRIES))


def _is_lost() -> ColumnElement[bool]:
    """A computation whose worker has exceeded its lease."""
    return and_(StudyResult.state == ResultState.RUNNING, StudyResult.taken_until <= now())


def _of(study_id: int) -> Update:
    return _change().where(StudyResult.study_id == study_id)


def _change() -> Update:
    return update(StudyResult).execution_options(synchronize_session=False)
