"""The pages of sessions: list, plan, ground rules, overview, head count, report back, and promises made there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from portal.accounts.sign_in import current_user
from portal.core.editing import BOTH_LANGUAGES, WholeForm, both, in_both, line, lines
from portal.core.forms import NUMBER, FormPage, IntegerField, ProtectedForm, text
from portal.core.i18n import LANGUAGES, date_words
from portal.core.statuses import NotFound
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.partners.circles import CircleSeat, Words, my_keys, open_text, seat_of
from portal.partners.polls.polls import agreed_start
from portal.partners.reconciliation import planning, sessions, telling
from portal.partners.reconciliation.planning import SessionPlan
from portal.partners.reconciliation.rules import (
    MOST_HEADS,
    Component,
    Confidentiality,
    Present,
    days_in_order,
    minutes_of,
    plans,
    read_agenda,
    same_minutes,
)
from portal.partners.reconciliation.sessions import (
    Participation,
    ReconciliationSession,
    enter_session,
    enter_sessions,
    enter_to,
    in_session,
)
from portal.partners.reconciliation.table_pages import PromiseMadeForm
from portal.partners.reconciliation.texts import (
    APART,
    COMPONENTS,
    LEVELS,
    NOT_MINUTES,
    NOT_THE_SAME,
    NOT_THE_SUM,
    PATTERNS,
    PRESENTS,
    REFUSALS,
    SCOPES,
    SOURCES,
    STATES,
    PlanPattern,
)
from portal.partners.reconciliation.words_pages import day_field

PURPOSE, RULES = _l("Purpose"), _l("Ground rules")
VENUE, LANGUAGE_PLAN = _l("Place, neutral for both sides"), _l("Which languages, and who interprets")
COMMUNITY = _l("The community meets first: who, and where")
AGENCIES = _l("Police and agencies meet first: who, and where")
AGENDA, QUESTIONS = _l("Agenda, a line for each item"), _l("Questions, a line each")
REPORT, REPORT_BY, RECORDER = _l("What is reported back"), _l("Which office or person reports it"), _l("Who records")
SEALED_PAIRS = ("venue", "community", "agencies", "recorder", "languages", "agenda", "questions", "report", "report_by")
DAYS = ("community_on", "agencies_on", "held_on", "report_on")
SEALED_LINES = ("hour", "apart", "level", "length")


class SessionPlanForm(WholeForm):
    """The form of a session's plan."""

    PAIRS: tuple[str, ...] = (
        "purpose",
        "venue",
        "community",
        "agencies",
        "languages",
        "agenda",
        "questions",
        "report",
        "report_by",
    )
    purpose_en, purpose_es = in_both(lines, PURPOSE, 600)
    held_on, hour = day_field(_l("Day of the session")), text(_l("Hour"), 40)
    length = IntegerField(
        _l("How many minutes it takes"),
        default=90,
        validators=[
            InputRequired(_l("Please give a number.")),
            NumberRange(10, 480, _l("Please give a number from %(min)s to %(max)s.")),
        ],
    )
    venue_en, venue_es = in_both(lines, VENUE, 300)
    apart = RadioField(
        _l("Separate entrances"), choices=[SelectChoice(key, words) for key, words in APART.items()], default="yes"
    )
    community_on, agencies_on = day_field(_l("Day for the community")), day_field(_l("Day for police and agencies"))
    community_en, community_es = in_both(lines, COMMUNITY, 400)
    agencies_en, agencies_es = in_both(lines, AGENCIES, 400)
    facilitator = SelectField(_l("Who facilitates"))
    recorder_en, recorder_es = in_both(line, RECORDER, 120)
    languages_en, languages_es = in_both(lines, LANGUAGE_PLAN, 400)
    level = RadioField(
        _l("How confidential it is"),
        choices=[SelectChoice(one.value, LEVELS[one]) for one in Confidentiality],
        default=Confidentiality.THEMES.value,
    )
    agenda_en, agenda_es = in_both(lines, AGENDA, 3_000)
    questions_en, questions_es = in_both(lines, QUESTIONS, 2_000)
    report_en, report_es = in_both(lines, REPORT, 600)
    report_by_en, report_by_es = in_both(line, REPORT_BY, 160)
    report_on = day_field(_l("By when it is reported back"))

    def __init__(self, able: Iterable[CircleSeat], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.facilitator.choices = [SelectChoice(str(one.member.id), one.member.name) for one in able]

    def validate(self, extra_validators: Any = None) -> bool:
        """Require an agenda that adds up and agrees in both languages, and days in order."""
        super().validate(extra_validators)
        if bool(self.recorder_en.data) != bool(self.recorder_es.data):
            self.complain("recorder_es" if self.recorder_en.data else "recorder_en", BOTH_LANGUAGES)
        self._add_up()
        days = [self[name].data for name in DAYS]
        if all(days) and not days_in_order(*days):
            self.complain("held_on", REFUSALS["session_days"])
        return not self.errors

    def _add_up(self) -> None:
        read = {lang: read_agenda(self[f"agenda_{lang}"].data or "") for lang in LANGUAGES}
        for lang, items in read.items():
            if items is None and not self[f"agenda_{lang}"].errors:
                self.complain(f"agenda_{lang}", NOT_MINUTES)
        english_one, spanish_one = read["en"], read["es"]
        if english_one is None or spanish_one is None:
            return
        if not same_minutes(english_one, spanish_one):
            self.complain("agenda_es", NOT_THE_SAME)
        total = minutes_of(english_one)
        if self.length.data and total != self.length.data:
            self.complain("length", NOT_THE_SUM % {"sum": total, "length": self.length.data})

    @property
    def plan(self) -> SessionPlan:
        """The submitted plan."""
        sealed: dict[str, str] = {name: str(self[name].data or "") for name in SEALED_LINES}
        for name in SEALED_PAIRS:
            sealed |= both(name, self.pair(name))
        days = {name: self[name].data for name in DAYS}
        return SessionPlan(purpose=self.pair("purpose"), sealed=sealed, **days)


def planned(circle_session: ReconciliationSession, words: Words) -> dict[str, Any]:
    """Return a session as data for the fields of the form."""
    sessions: dict[str, Any] = {**words, **both("purpose", circle_session.purpose)}
    sessions |= {name: getattr(circle_session, name) for name in DAYS}
    return sessions | {"facilitator": str(circle_session.facilitator_id), "length": int(words["length"] or 0)}


def begun(pattern: PlanPattern) -> dict[str, Any]:
    """Return the initial data for the form of a new session."""
    values: dict[str, str] = {}
    for name in ("purpose", "agenda", "questions", "rules"):
        values |= both(name, getattr(pattern, name))
    return values


class NewPlanForm(SessionPlanForm):
    """The form of a new session, with its first ground rules."""

    PAIRS = (*SessionPlanForm.PAIRS, "rules")
    rules_en, rules_es = in_both(lines, RULES, 3_000)


class RulesForm(WholeForm):
    """The form of the ground rules."""

    PAIRS = ("rules",)
    rules_en, rules_es = in_both(lines, RULES, 3_000, rows=8)


class SessionHeadsForm(ProtectedForm):
    """The form of the number of people present of each kind."""

    @property
    def counts(self) -> dict[str, int]:
        """The submitted numbers."""
        return {one.value: self[one.value].data or 0 for one in Present}


for _present in Present:
    _limits = NumberRange(0, MOST_HEADS, _l("Please give a number from %(min)s to %(max)s."))
    _count = IntegerField(PRESENTS[_present], validators=[Optional(), _limits], render_kw=NUMBER)
    setattr(SessionHeadsForm, _present.value, _count)


blueprint = AudienceBlueprint(
    "sessions", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/sessions"
)
for _name, _words in (
    ("session_component", COMPONENTS),
    ("session_level", LEVELS),
    ("session_entrances", APART),
    ("session_present", PRESENTS),
    ("theme_state", STATES),
    ("theme_source", SOURCES),
    ("line_scope", SCOPES),
):
    blueprint.add_app_template_global(_words.__getitem__, _name)


@blueprint.get("/")
def index(circle_id: int) -> str:
    """List the sessions of the circle."""
    seat = enter_sessions(circle_id)
    may_plan = plans(seat.role, seat.member.roles) and seat.circle.closed_on is None
    return render_template(
        "reconciliation/index.html",
        seat=seat,
        circle_sessions=sessions.circle_sessions(seat.circle),
        may_plan=may_plan and seat.is_admitted,
        components=COMPONENTS,
    )


@blueprint.route("/new/<component>", methods=["GET", "POST"])
def new(circle_id: int, component: str) -> ResponseReturnValue:
    """Plan a session of one component; the form starts with its pattern and the circle's agreed date."""
    seat = enter_sessions(circle_id, to_plan=True)
    if component not in COMPONENTS:
        raise NotFound
    chosen = Component(component)
    able, agreed = sessions.able_to_facilitate(seat.circle), agreed_start(seat.circle)
    day = {"held_on": agreed.date()} if agreed else {}
    form = NewPlanForm(able, data={**begun(PATTERNS[chosen]), "facilitator": str(seat.member.id), **day})
    if not form.validate_on_submit():
        return render_template(
            "reconciliation/plan.html", seat=seat, form=form, component=chosen, it=None
        ), form.http_status
    facilitator = seat_of(seat.circle, int(form.facilitator.data)).member
    circle_session = planning.plan_session(seat, chosen, form.plan, form.pair("rules"), facilitator)
    flash(
        _("The session is planned. Everybody accepts the ground rules before they see the agenda."),
        "success",
    )
    return _to(circle_id, circle_session.id)


@blueprint.get("/<int:session_id>/")
def show(circle_id: int, session_id: int) -> str:
    """Show a session, as far as the member's part in it allows."""
    part, keys = enter_session(circle_id, session_id), my_keys()
    it = part.circle_session
    return render_template(
        "reconciliation/session.html",
        seat=part.seat,
        part=part,
        it=it,
        plan=_readable(part, open_text(it, keys)) if part.has_accepted else None,
        accepted=sessions.acceptances(it),
        themes=[(one, open_text(one, keys)) for one in sessions.themes(part)],
        lines=[(one, open_text(one, keys)) for one in sessions.lines(part)],
        said=sessions.acknowledgements_of(part),
        heads=sessions.heads(it),
        promises=sessions.promises_of(it),
        may_promise=_may_promise(part),
        is_writable=part.seat.circle.closed_on is None,
    )


@blueprint.post("/<int:session_id>/accept")
def accept(circle_id: int, session_id: int) -> Response:
    """Accept the ground rules."""
    part = enter_session(circle_id, session_id)
    if "agree" not in request.form:
        flash(_("Please check the box first."), "warning")
        return _to(circle_id, session_id)
    planning.accept_rules(part, request.form.get("rules", 0, type=int))
    return _to(circle_id, session_id)


@blueprint.route("/<int:session_id>/plan", methods=["GET", "POST"])
def plan(circle_id: int, session_id: int) -> ResponseReturnValue:
    """Edit the plan; a concurrent change is shown beside the form (409)."""
    part = enter_to("plans", circle_id, session_id)
    it, words = part.circle_session, _opened(part)
    form = SessionPlanForm(sessions.able_to_facilitate(part.seat.circle))
    if not form.validate_over(planned(it, words), it.version):
        component = Component(it.component)
        page = render_template("reconciliation/plan.html", seat=part.seat, form=form, component=component, it=it)
        return page, form.http_status
    planning.change_plan(part, form.plan)
    facilitator = seat_of(part.seat.circle, int(form.facilitator.data)).member
    planning.appoint(part, facilitator, current_user.private_key())
    flash(_("Saved."), "success")
    return _to(circle_id, session_id)


@blueprint.route("/<int:session_id>/rules", methods=["GET", "POST"])
def rules(circle_id: int, session_id: int) -> ResponseReturnValue:
    """Edit the ground rules."""
    part, form = enter_to("plans", circle_id, session_id), RulesForm()
    now = part.circle_session.ground_rules
    if not form.validate_over(both("rules", now.words), now.edition):
        words = _(
            "A new version. The earlier one is kept, and everybody accepts the new one before they see the agenda "
            "again."
        )
        page = FormPage(_("Ground rules"), _("Save as a new version"), [words], in_session(part), keep=True)
        return page.show(form)
    planning.restate_rules(part, form.pair("rules"))
    flash(_("Saved. Everybody accepts them before they see the agenda again."), "success")
    return _to(circle_id, session_id)


@blueprint.route("/<int:session_id>/heads", methods=["GET", "POST"])
def heads(circle_id: int, session_id: int) -> ResponseReturnValue:
    """Edit the number of people present of each kind."""
    part = enter_to("plans", circle_id, session_id)
    form = SessionHeadsForm(data=sessions.heads(part.circle_session))
    if not form.validate_on_submit():
        words = _("Numbers only. Who came is written down nowhere.")
        return FormPage(_("Who was there"), _("Save"), [words], in_session(part)).show(form)
    planning.count_heads(part, form.counts)
    flash(_("Saved."), "success")
    return _to(circle_id, session_id)


@blueprint.post("/<int:session_id>/reported")
def reported(circle_id: int, session_id: int) -> Response:
    """Record that the results were reported back."""
    planning.report_back(enter_to("plans", circle_id, session_id))
    flash(_("Noted: it was reported back."), "success")
    return _to(circle_id, session_id)


@blueprint.route("/<int:session_id>/promise", methods=["GET", "POST"])
def promise(circle_id: int, session_id: int) -> ResponseReturnValue:
    """Add a promise to the commitments ledger, with the day and occasion of the session."""
    part = enter_session(circle_id, session_id)
    if not _may_promise(part):
        raise NotFound
    form = PromiseMadeForm(telling.offices_of(part))
    if not form.validate_on_submit():
        it = part.circle_session
        words = _(
            "It goes into the public list of promises as a draft, with the occasion and the day: %(occasion)s, "
            "%(day)s.",
            occasion=COMPONENTS[Component(it.component)],
            day=date_words(it.held_on),
        )
        page = FormPage(_("A promise made here"), _("Put it into the list"), [words], in_session(part), keep=True)
        return page.show(form)
    made = telling.enter_promise(part, form.pair("what"), int(form.office.data), form.due_on.data)
    flash(_("It is in the ledger as a draft. Look at it once more, then publish it."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=made.id))


def _may_promise(part: Participation) -> bool:
    """Return whether the session was held and the member may record a promise of at least one office."""
    if not part.circle_session.is_over or part.seat.circle.closed_on is not None:
        return False
    return bool(telling.offices_of(part))


def _readable(part: Participation, words: Words | None) -> dict[str, object] | None:
    """Return the plan as the member may read it: police and agencies do not learn where the community meets."""
    if words is None:
        return None
    found: dict[str, object] = {**words, "items": {lang: read_agenda(words[f"agenda_{lang}"]) for lang in ("en", "es")}}
    if part.of_agencies:
        found |= {"community_en": "", "community_es": ""}
    return found


def _opened(part: Participation) -> Words:
    words = open_text(part.circle_session, my_keys())
    if words is None or not part.seat.is_admitted:
        raise NotFound
    return words


def _to(circle_id: int, session_id: int) -> Response:
    return redirect(url_for("sessions.show", circle_id=circle_id, session_id=session_id))
