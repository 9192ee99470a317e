"""The results of a study as its page shows them: by measure, the sentence first, then every model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from portal.core.i18n import Bilingual
from portal.indicators.evaluation.charts import Residuals, residual_plot
from portal.indicators.evaluation.models import Study
from portal.indicators.evaluation.queries import (
    findings_of,
    is_stale,
    judged_by,
    measures_to_study,
    registration_of,
)
from portal.indicators.evaluation.rules.plans import Fixed, fixed
from portal.indicators.evaluation.tables import diagnostic_facts, residual_rows, residual_words, result_rows
from portal.indicators.evaluation.texts import caveat_sentences, deviation_sentence, few_placebos, finding_sentence
from portal.indicators.models import Measure
from portal.indicators.rules.months import written
from portal.indicators.snapshots.document import Finding, MeasureShown, Registration, Words


class Role(StrEnum):
    """What a measure is in the plan."""

    PRIMARY = "primary"
    """The one by which the place is judged."""
    LATE = "late"
    """The same, in a plan that was locked after the call-in."""
    FIRST = "first"
    """The first of a plan that names none: it leads."""
    BESIDE = "beside"


@dataclass(frozen=True)
class MeasureResult:
    """What was found of one measure."""

    name: str
    role: Role
    sentence: str
    caveats: list[str]
    few_areas: str
    """What the placebos in the rows cannot say, unless the caveats do."""
    rows: list[list[str]]
    diagnostics: list[tuple[Any, str]]
    plot: Residuals | None
    plot_words: str
    plot_rows: list[list[str]]
    """The same as a table."""


@dataclass(frozen=True)
class Results:
    """What was found, whether it is older than the figures, and how far a worker is with new results."""

    measures: list[MeasureResult]
    stale: bool
    state: str
    progress: int


def results_of(study: Study) -> Results | None:
    """The results of a study; None before the day of the call-in is known."""
    if study.delivered_on is None:
        return None
    registration = registration_of(study)
    late = registration is not None and not registration.before_call_in
    found, named = findings_of(study), fixed(study.text or "")
    shown = [
        _result(one, of_it, registration, role=_role(one.key, named, late=late), delivered_on=study.delivered_on)
        for one in sorted(measures_to_study(), key=lambda one: one.key != named.leads)
        if (of_it := [each for each in found if each.measure == one.key])
    ]
    state, progress = (study.result.state, study.result.progress) if study.result else ("due", 0)
    return Results(shown, bool(found) and is_stale(study), state, progress)


def _role(key: str, named: Fixed, *, late: bool) -> Role:
    if key != named.leads:
        return Role.BESIDE
    return Role.FIRST if not named.primary else Role.LATE if late else Role.PRIMARY


@dataclass(frozen=True)
class Judgement:
    """By which measure a place is judged, in words, and at what else is looked; `primary` is empty if none is named."""

    primary: str
    others: list[str]


def judgement_of(study: Study) -> Judgement:
    """What the plan says of that, locked or not."""
    plan, names = study.planned, _names()
    others = [str(names.get(key, key)) for key in plan.measures if key != plan.primary]
    return Judgement(str(names.get(plan.primary, plan.primary)), others)


def measures_to_judge_by(study: Study) -> list[tuple[str, str]]:
    """The measures of a locked plan by which it is not judged now: their keys and names."""
    names, now = _names(), judged_by(study)
    return [(key, str(names.get(key, key))) for key in fixed(study.text or "").measures if key != now]


def _names() -> dict[str, Bilingual]:
    return {one.key: one.name for one in measures_to_study()}


def _result(
    measure: Measure, found: list[Finding], plan: Registration | None, *, role: Role, delivered_on: date
) -> MeasureResult:
    main = next((one for one in found if one.is_main), found[0])
    months = main.residual_months
    before = sum(month < written(delivered_on) for month in months) if months else main.months_before
    drawn = residual_plot(main.residuals, before) if main.residuals else None
    return MeasureResult(
        name=str(measure.name),
        role=role,
        sentence=finding_sentence(main, shown(measure), found),
        caveats=[
            *(deviation_sentence(one) for one in (plan.deviations if plan else ()) if not one.primary),
            *caveat_sentences(main, planned_late=plan is not None and not plan.before_call_in),
        ],
        few_areas=few_placebos(*(one for one in found if one is not main)),
        rows=result_rows(found),
        diagnostics=diagnostic_facts(main),
        plot=drawn,
        plot_words=residual_words(main) if drawn else "",
        plot_rows=residual_rows(main),
    )


def shown(measure: Measure) -> MeasureShown:
    """A measure as a snapshot has it."""
    texts = {name: getattr(measure, name) for name in ("name", "about", "source", "unit")}
    facts = {name: getattr(measure, name) for name in ("key", "kind", "direction", "guarded")}
    words = {name: Words(en=text.en, es=text.es) for name, text in texts.items()}
    return MeasureShown.model_validate(facts | words | {"of": measure.of_key})
