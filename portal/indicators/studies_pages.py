"""Team pages of a study. Evaluators see no hidden place: its study is made by a community lead admitted to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.clock import today
from portal.core.editing import Both, EditorForm, WholeForm, done, lines
from portal.core.forms import DateField, ProtectedForm, choices_of, refuse, whole_number
from portal.core.i18n import date_words, number
from portal.core.statuses import NotFound, existing
from portal.core.web import AudienceBlueprint, members
from portal.indicators import studies, studies_texts
from portal.indicators.areas import outlines, overlap_sentences
from portal.indicators.counts import Area, Measure, areas_of
from portal.indicators.statistics import plans
from portal.indicators.statistics.plans import StudyPlan, default_plan, digest, fixed
from portal.indicators.statistics.terms import AreaPart
from portal.indicators.studies import Study, measures_to_study, study_of, text_of
from portal.indicators.studies_texts import MODEL_NAMES, drawing, foresight_sentences
from portal.markets.places import Market, known_market

AN_AREA_NEEDED = _l("The main model compares with similar areas. Check at least one, or choose another model.")
AREAS_NEEDED = {"did:placebo": _l("Comparing by placebos needs at least three similar areas.")}


def _boxes(label: Any) -> SelectMultipleField:
    return SelectMultipleField(label, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))


class StudyPlanForm(EditorForm):
    measures = _boxes(_l("What is looked at"))
    primary = RadioField(_l("Which one it is judged by"), validate_choice=False)
    comparison = _boxes(_l("Similar areas, where nothing was done"))
    with_ring = BooleanField(_l("Count the ring around the place too"))
    main_model = RadioField(_l("Which one gives the sentence"), choices=choices_of(MODEL_NAMES))
    months_before = whole_number(_l("Months before"), plans.SHORTEST_BEFORE, plans.LONGEST_BEFORE)
    months_after = whole_number(_l("Months after, at most"), plans.SHORTEST_AFTER, plans.LONGEST_AFTER)
    investigation = whole_number(_l("Months of investigation, left out"), 0, plans.LONGEST_INVESTIGATION)
    wash_out = whole_number(_l("Months left out"), 0, plans.LONGEST_WASH_OUT)

    def __init__(self, measures: Sequence[Measure], areas: Sequence[Area], drawn: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._drawn = drawn
        self.measures.choices = choices_of({measure.key: str(measure.name) for measure in measures})
        self.primary.choices = self.measures.choices
        self.comparison.choices = choices_of({area.rank: area_name(area) for area in areas})

    @property
    def plan(self) -> StudyPlan:
        """Without its place, which `keep_plan` knows."""
        return StudyPlan(
            place="",
            measures=tuple(self.measures.data),
            comparison=tuple(map(int, self.comparison.data)),
            with_ring=bool(self.with_ring.data),
            main=self.main_model.data,
            primary=self.primary.data or "",
            **{name: self[name].data for name in ("months_before", "months_after", "investigation", "wash_out")},
        )

    def in_words(self, field: Field, stored: Any) -> str:
        if isinstance(stored, bool):
            return str(_l("Yes") if stored else _l("No"))
        return str(stored) if isinstance(stored, int) else super().in_words(field, stored)

    def validate(self, extra_validators: Any = None) -> bool:
        """An incomplete plan would leave decisions open until results are known."""
        if not super().validate(extra_validators):
            return False
        gaps = plans.gaps(self.plan, self._drawn)
        if "measures" in gaps:
            self.complain("measures", _("Please check at least one."))
        if "primary" in gaps:
            self.complain("primary", _("Please choose exactly one, and one of those checked above."))
        if "comparison" in gaps:
            self.complain("comparison", AREAS_NEEDED.get(self.main_model.data, AN_AREA_NEEDED))
        return not self.errors


class LockForm(ProtectedForm):
    """A confirmation of the lock, which cannot be undone. `version` is the hash of the plan text shown on the page."""

    version = HiddenField()
    sure = BooleanField(
        _l("I have read the plan above. From now on nobody can change it"),
        validators=[DataRequired(_l("Please check this first. It cannot be undone."))],
    )


def not_to_come(_form: Any, field: Field) -> None:
    if field.data > today():
        refuse(_l("This day is in the future."))


A_DAY = (InputRequired(), not_to_come)


class DayForm(ProtectedForm):
    delivered_on = DateField(_l("Day of the call-in"), validators=A_DAY)


class DeviationForm(WholeForm):
    done_on = DateField(_l("On which day"), validators=A_DAY)
    measure = RadioField(_l("Which results it concerns"), default="")
    what = Both(lines, _l("What was done otherwise"))
    why = Both(lines, _l("Why"))

    def __init__(self, study: Study, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        names, keys = _names(), fixed(study.text or "").measures
        self.measure.choices = choices_of({key: names.get(key, key) for key in keys}, _l("All of them"))


def area_name(area: Area) -> str:
    return str(area.name) or str(_l("Similar area %(number)s", number=area.rank))


blueprint = AudienceBlueprint(
    "studies", __name__, audience=members("evaluator", "community_lead"), url_prefix="/<lang:lang>/team/studies"
)


@blueprint.app_template_filter("iso_day")
def iso_day(day: str) -> str:
    return date_words(date.fromisoformat(day))


@blueprint.get("/")
def index() -> str:
    return render_template("indicators/studies/index.html", rows=studies.known_studies(current_user.id))


@blueprint.get("/<int:market_id>")
def show(market_id: int) -> str:
    return _page(known_market(market_id, current_user.id))


@blueprint.route("/<int:market_id>/plan", methods=["GET", "POST"])
def edit(market_id: int) -> ResponseReturnValue:
    market = known_market(market_id, current_user.id, to_change=request.method == "POST")
    study, areas, drawn = study_of(market), studies.areas_to_compare(market), studies.placebo_set(market)
    plan = study.planned if study else default_plan("", [], [area.rank for area in areas])
    form = StudyPlanForm(measures_to_study(), areas, drawn.areas if drawn else 0)
    choices = {"measures": list(plan.measures), "comparison": [str(rank) for rank in plan.comparison]}
    if not form.validate_over({**asdict(plan), "main_model": plan.main, **choices}, study.version if study else 0):
        if study is not None and study.locked_at is not None:
            raise NotFound
        has_ring = any(area.part == AreaPart.RING for area in areas_of(market))
        shown = {"market": market, "form": form, "has_ring": has_ring, "drawn": drawn}
        return render_template("indicators/studies/plan.html", **shown), form.http_status
    studies.keep_plan(market, form.plan, current_user.id)
    return done(_address(market), _("Saved. Nothing is fixed until the plan is locked."))


@blueprint.post("/<int:market_id>/lock")
def lock(market_id: int) -> ResponseReturnValue:
    market, study = _study(market_id)
    form = LockForm()
    if not form.validate():
        return _page(market, lock=form), 422
    if form.version.data != digest(text_of(market, study)):
        flash(_("Somebody changed the plan meanwhile. Read it again, then lock it."), "warning")
        return redirect(_address(market))
    studies.lock_plan(market, study, current_user.id)
    return done(_address(market), _("Locked. Its hash proves from now on what was planned."))


@blueprint.post("/<int:market_id>/day")
def enter_day(market_id: int) -> ResponseReturnValue:
    market, study = _study(market_id)
    form = DayForm()
    if not form.validate():
        return _page(market, day=form), 422
    studies.enter_day(market, study, form.delivered_on.data, current_user.id)
    return done(_address(market), _("Saved. The results are computed in the background."))


@blueprint.post("/<int:market_id>/deviation")
def deviate(market_id: int) -> ResponseReturnValue:
    market, study = _study(market_id)
    form = DeviationForm(study)
    if not form.validate():
        return _page(market, deviation=form), 422
    about = {"day": form.done_on.data, "member_id": current_user.id, "measure": form.measure.data or None}
    studies.note_deviation(market, study, what=form.what, why=form.why, **about)
    return done(_address(market), _("Noted. It is shown beside the results."))


@blueprint.get("/<int:market_id>/plan.txt")
def plan_text(market_id: int) -> ResponseReturnValue:
    """Download the text of a locked plan, byte for byte as it was hashed."""
    study = existing(study_of(known_market(market_id, current_user.id)))
    text = existing(study.text)
    name = f"plan-{(study.digest or '')[:12]}.txt"
    headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}
    return text, headers


def _page(
    market: Market, *, lock: LockForm | None = None, day: DayForm | None = None, deviation: DeviationForm | None = None
) -> str:
    study, failed = study_of(market), lock or day or deviation
    if study is None:
        return render_template("indicators/studies/show.html", market=market, study=None, failed=None)
    lock = lock or LockForm(formdata=None)
    text = text_of(market, study)
    # The hash covers the areas too: they are part of the text that is read and locked.
    lock.version.data = lock.version.data or digest(text)
    names, planned, used = _names(), study.planned, studies.used_areas(market, studies.lockable(market, study))
    beside = [names.get(key, key) for key in planned.measures if key != planned.primary]
    return render_template(
        "indicators/studies/show.html",
        market=market,
        study=study,
        text=text,
        registration=studies.registration_of(study),
        locked_by=member_names([study.locked_by_id]).get(study.locked_by_id) if study.locked_by_id else None,
        results=studies_texts.results_of(study),
        lock=lock,
        day=day or DayForm(formdata=None, data={"delivered_on": study.delivered_on or studies.call_in_day(market)}),
        deviation=deviation or DeviationForm(study, formdata=None),
        judged=(names.get(planned.primary, planned.primary), beside),
        is_stale=studies.stale_material(study) is not None,
        has_failed=studies.has_failed(study),
        **_outlook(market, study),
        drawn=studies.placebo_set(market),
        over=overlap_sentences(outlines(list(used.values()))) if not study.text else [],
        failed=failed,
        head=studies_texts.HEAD,
    )


def _names() -> dict[str, str]:
    return {measure.key: str(measure.name) for measure in measures_to_study()}


def _outlook(market: Market, study: Study) -> dict[str, Any]:
    """Return half years, until a verdict what the study could see, and whether it can never be fairly sure (blind)."""
    has_verdict = any(finding.refusal is None for finding in studies.findings_of(study))
    foreseen = [] if has_verdict else studies.foresights(market, study)
    plan, names = studies.lockable(market, study), _names()
    areas = {area.key: area_name(area) for area in studies.areas_to_compare(market)}
    by_series = plan.main_choice.design == plans.Design.ITS
    return {
        "is_blind": by_series or any(one.blind is not None for one in foreseen if one.measure == plan.primary),
        "foreseen": [
            (names[outlook.measure], number(round(outlook.monthly, 1)), foresight_sentences(outlook, areas))
            for outlook in foreseen
        ],
        "halves": [(names[key], drawing(halves)) for key, halves in studies.half_years_of(market, study)],
    }


def _study(market_id: int) -> tuple[Market, Study]:
    market = known_market(market_id, current_user.id, to_change=True)
    return market, existing(study_of(market))


def _address(market: Market) -> str:
    return url_for("studies.show", market_id=market.id)
