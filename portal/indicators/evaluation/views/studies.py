"""Studies: the plan and its lock, the day of the call-in, deviations, results. For evaluators and community leads.

An evaluator knows of no hidden place, so the study of one is made by a community lead who was admitted to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response as TextResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.queries import member_names
from portal.accounts.sessions import person
from portal.core.errors import NotFound
from portal.core.i18n import date_words
from portal.core.web import Room, members
from portal.indicators.evaluation import actions
from portal.indicators.evaluation.forms import DayForm, DeviationForm, LockForm, PlanForm, PrimaryForm
from portal.indicators.evaluation.models import Study
from portal.indicators.evaluation.queries import (
    areas_to_compare,
    call_in_day,
    known_studies,
    measures_to_study,
    registration_of,
    study_of,
    text_of,
)
from portal.indicators.evaluation.results import judgement_of, measures_to_judge_by, results_of
from portal.indicators.evaluation.rules.plans import default_plan, digest
from portal.indicators.evaluation.tables import HEAD
from portal.indicators.queries import areas_of
from portal.indicators.rules.measures import Part
from portal.markets.models import Market
from portal.markets.queries import known_market

Answer = Response | str | tuple[str, int]
room = Room(
    "studies", __name__, audience=members("evaluator", "community_lead"), url_prefix="/<lang:lang>/team/studies"
)


@room.app_template_filter("iso_day")
def iso_day(day: str) -> str:
    """A day that a document holds ("2026-03-10"), in words."""
    return date_words(date.fromisoformat(day))


@room.get("/")
def index() -> str:
    """The places that somebody knows of, and how their studies stand."""
    return render_template("indicators/studies/index.html", rows=known_studies(person().id))


@room.get("/<int:market_id>")
def show(market_id: int) -> str:
    """The study of a place."""
    return _page(known_market(market_id, person().id))


@room.get("/<int:market_id>/plan")
def edit(market_id: int) -> str:
    """The form of the plan."""
    market = known_market(market_id, person().id)
    form = _plan_form(market, study_of(market), formdata=None)
    return _plan_page(market, form)


@room.post("/<int:market_id>/plan")
def keep(market_id: int) -> Answer:
    """Keep the plan."""
    market = known_market(market_id, person().id, to_change=True)
    study = study_of(market)
    form = _plan_form(market, study, formdata=request.form)
    newer = form.newer(study.planned) if study and form.is_behind(study.version) else None
    if newer is not None or not form.validate():
        if newer is not None and study is not None:
            form.version.data = str(study.version)
        return _plan_page(market, form, newer), 422 if newer is None else 409
    actions.keep_plan(market, form.plan, person().id)
    flash(_("Saved. Nothing is fixed until the plan is locked."), "success")
    return _back_to(market)


@room.post("/<int:market_id>/lock")
def lock(market_id: int) -> Answer:
    """Fix the plan for ever."""
    market, study = _study(market_id)
    form = LockForm()
    if not form.validate():
        return _page(market, Forms(lock=form)), 422
    if form.version.data != digest(text_of(market, study)):
        flash(_("Somebody changed the plan meanwhile. Read it again, then lock it."), "warning")
        return _back_to(market)
    actions.lock_plan(market, study, person().id)
    flash(_("Locked. Its hash proves from now on what was planned."), "success")
    return _back_to(market)


@room.post("/<int:market_id>/day")
def enter_day(market_id: int) -> Answer:
    """Say when the call-in was."""
    market, study = _study(market_id)
    form = DayForm()
    if not form.validate():
        return _page(market, Forms(day=form)), 422
    actions.enter_day(market, study, form.delivered_on.data, person().id)
    flash(_("Saved. The results are computed in the background."), "success")
    return _back_to(market)


@room.post("/<int:market_id>/deviation")
def deviate(market_id: int) -> Answer:
    """Note what was done otherwise."""
    market, study = _study(market_id)
    form = DeviationForm()
    if not form.validate():
        return _page(market, Forms(deviation=form)), 422
    what, why = form.pair("what"), form.pair("why")
    actions.note_deviation(market, study, what, why, form.done_on.data, person().id)
    flash(_("Noted. It is shown beside the results."), "success")
    return _back_to(market)


@room.post("/<int:market_id>/primary")
def judge_by(market_id: int) -> Answer:
    """Judge by another measure than the plan says."""
    market, study = _study(market_id)
    form = PrimaryForm(measures_to_judge_by(study))
    if not form.validate():
        return _page(market, Forms(primary=form)), 422
    actions.judge_by(market, study, form.primary.data, form.pair("reason"), person().id)
    flash(_("Noted as a deviation. What the plan says still leads."), "success")
    return _back_to(market)


@room.post("/<int:market_id>/again")
def compute_again(market_id: int) -> Response:
    """Let the results be computed anew."""
    market, study = _study(market_id)
    actions.ask_for_results(study)
    flash(_("The results are computed anew in the background."), "success")
    return _back_to(market)


@room.get("/<int:market_id>/plan.txt")
def plan_text(market_id: int) -> Response:
    """The text of a locked plan, byte for byte as it was hashed."""
    study = study_of(known_market(market_id, person().id))
    if study is None or study.text is None:
        raise NotFound
    headers = {"Content-Disposition": f'attachment; filename="plan-{(study.digest or "")[:12]}.txt"'}
    return TextResponse(study.text, mimetype="text/plain", headers=headers)


@dataclass(frozen=True)
class Forms:
    """The forms of the page that somebody has filled in; the others are made anew."""

    lock: LockForm | None = None
    day: DayForm | None = None
    deviation: DeviationForm | None = None
    primary: PrimaryForm | None = None


def _page(market: Market, given: Forms | None = None) -> str:
    given, study = given or Forms(), study_of(market)
    template = "indicators/studies/show.html"
    if study is None:
        return render_template(template, market=market, study=None, failed=None)
    lock = given.lock or LockForm(formdata=None)
    text = text_of(market, study)
    # Areas are a part of what is read and locked too.
    lock.version.data = lock.version.data or digest(text)
    known = call_in_day(market)
    return render_template(
        template,
        market=market,
        study=study,
        text=text,
        registration=registration_of(study),
        locked_by=member_names([study.locked_by_id]).get(study.locked_by_id) if study.locked_by_id else None,
        results=results_of(study),
        lock=lock,
        day=given.day or DayForm(formdata=None, data={"delivered_on": study.delivered_on or known}),
        deviation=given.deviation or DeviationForm(formdata=None),
        primary=given.primary or PrimaryForm(measures_to_judge_by(study), formdata=None),
        judged=judgement_of(study),
        failed=given.lock or given.day or given.deviation or given.primary,
        head=HEAD,
    )


def _plan_form(market: Market, study: Study | None, **kwargs: Any) -> PlanForm:
    measures, areas = measures_to_study(), areas_to_compare(market)
    plan = study.planned if study else default_plan(market.slug, [], [area.rank for area in areas])
    form = PlanForm(plan, measures, areas, **kwargs)
    if kwargs["formdata"] is None:
        form.version.data = str(study.version if study else 0)
    return form


def _plan_page(market: Market, form: PlanForm, newer: list[tuple[Any, str]] | None = None) -> str:
    study = study_of(market)
    if study is not None and study.locked_at is not None:
        raise NotFound
    has_ring = any(area.part == Part.RING for area in areas_of(market))
    return render_template("indicators/studies/plan.html", market=market, form=form, newer=newer, has_ring=has_ring)


def _study(market_id: int) -> tuple[Market, Study]:
    market = known_market(market_id, person().id, to_change=True)
    study = study_of(market)
    if study is None:
        raise NotFound
    return market, study


def _back_to(market: Market) -> Response:
    return redirect(url_for("studies.show", market_id=market.id))
