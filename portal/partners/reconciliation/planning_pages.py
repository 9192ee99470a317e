"""The pages of sessions: list, plan, ground rules, overview, head count, report back, and promises made there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from portal.accounts.sign_in import current_user
from portal.core.editing import BOTH_LANGUAGES, Both, WholeForm, line, lines
from portal.core.forms import NUMBER, FormPage, IntegerField, ProtectedForm, text
from portal.core.i18n import LANGUAGES, date_words
from portal.core.statuses import NotFound
from portal.organisations.organisations import Office
from portal.partners import circles
from portal.partners.circles import CircleSeat, SealedWords, my_keys, open_text
from portal.partners.polls.polls import agreed_start
from portal.partners.reconciliation import planning, rules, sessions, telling, texts
from portal.partners.reconciliation.rules import Component, Present
from portal.partners.reconciliation.sessions import Participation, enter_session, enter_to, in_session, to_session
from portal.partners.reconciliation.texts import COMPONENTS, PATTERNS, REFUSALS
from portal.partners.reconciliation.words_pages import day_field, office_choices

DAYS = ("community_on", "agencies_on", "held_on", "report_on")


class SessionPlanForm(SealedWords, WholeForm):
    ROW = sessions.ReconciliationSession
    PAIRS: tuple[str, ...] = tuple(
        "purpose venue community agencies languages agenda questions report report_by".split()
    )
    SEALED = (*PAIRS[1:], "recorder", "hour", "apart", "level", "length")
    purpose = Both(lines, _l("Purpose"), 600)
    held_on, hour = day_field(_l("Day of the session")), text(_l("Hour"), 40)
    length = IntegerField(
        _l("How many minutes it takes"),
        default=90,
        validators=[
            InputRequired(_l("Please give a number.")),
            NumberRange(10, 480, _l("Please give a number from %(min)s to %(max)s.")),
        ],
    )
    venue = Both(lines, _l("Place, neutral for both sides"), 300)
    apart = RadioField(
        _l("Separate entrances"), choices=[SelectChoice(*choice) for choice in texts.APART.items()], default="yes"
    )
    community_on, agencies_on = day_field(_l("Day for the community")), day_field(_l("Day for police and agencies"))
    community = Both(lines, _l("The community meets first: who, and where"), 400)
    agencies = Both(lines, _l("Police and agencies meet first: who, and where"), 400)
    facilitator = SelectField(_l("Who facilitates"))
    recorder = Both(line, _l("Who records"), 120)
    languages = Both(lines, _l("Which languages, and who interprets"), 400)
    level = RadioField(
        _l("How confidential it is"),
        choices=[SelectChoice(level.value, words) for level, words in texts.LEVELS.items()],
        default=rules.Confidentiality.THEMES.value,
    )
    agenda = Both(lines, _l("Agenda, a line for each item"), 3_000)
    questions = Both(lines, _l("Questions, a line each"), 2_000)
    report = Both(lines, _l("What is reported back"), 600)
    report_by = Both(line, _l("Which office or person reports it"), 160)
    report_on = day_field(_l("By when it is reported back"))

    def __init__(self, able: Iterable[CircleSeat], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.facilitator.choices = [SelectChoice(str(seat.member.id), seat.member.name) for seat in able]

    def validate(self, extra_validators: Any = None) -> bool:
        """Require an agenda that adds up and agrees in both languages, and days in order."""
        super().validate(extra_validators)
        if bool(self.recorder.en) != bool(self.recorder.es):
            self.complain("recorder_es" if self.recorder.en else "recorder_en", BOTH_LANGUAGES)
        self._add_up()
        days = [self[name].data for name in DAYS]
        if all(days) and not rules.days_in_order(*days):
            self.complain("held_on", REFUSALS["session_days"])
        return not self.errors

    def _add_up(self) -> None:
        agendas = {lang: rules.read_agenda(self[f"agenda_{lang}"].data or "") for lang in LANGUAGES}
        for lang, items in agendas.items():
            if items is None and not self[f"agenda_{lang}"].errors:
                self.complain(f"agenda_{lang}", texts.NOT_MINUTES)
        english, spanish = agendas["en"], agendas["es"]
        if english is None or spanish is None:
            return
        if not rules.same_minutes(english, spanish):
            self.complain("agenda_es", texts.NOT_THE_SAME)
        total = sum(item.minutes for item in english)
        if self.length.data and total != self.length.data:
            self.complain("length", texts.NOT_THE_SUM % {"sum": total, "length": self.length.data})


class NewPlanForm(SessionPlanForm):
    PAIRS = (*SessionPlanForm.PAIRS, "rules")
    rules = Both(lines, _l("Ground rules"), 3_000)


class RulesForm(WholeForm):
    PAIRS = ("rules",)
    rules = Both(lines, _l("Ground rules"), 3_000, rows=8)


class SessionHeadsForm(ProtectedForm):
    @property
    def counts(self) -> dict[str, int]:
        return {present.value: self[present.value].data or 0 for present in Present}


for _present, _words in texts.PRESENTS.items():
    _limits = NumberRange(0, rules.MOST_HEADS, _l("Please give a number from %(min)s to %(max)s."))
    _count = IntegerField(_words, validators=[Optional(), _limits], render_kw=NUMBER)
    setattr(SessionHeadsForm, _present.value, _count)

ONE_THING = _l("One thing that can be seen to be done or not, without names of persons.")


class PromiseMadeForm(WholeForm):
    PAIRS = ("what",)
    what = Both(lines, _l("What is promised"), 600, ONE_THING, rows=3)
    office = SelectField(_l("Which office promises it"), render_kw={"beside": "due_on"})
    due_on = day_field(_l("By when"))

    def __init__(self, offices: Sequence[Office], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.office.choices = office_choices(offices)


blueprint = circles.circle_blueprint("sessions", __name__, "sessions")
blueprint.add_app_template_global(vars(texts).__getitem__, "session_words")


@blueprint.get("/")
def index(circle_id: int) -> str:
    seat = sessions.enter_sessions(circle_id)
    may_plan = rules.plans(seat.role, seat.member.roles) and seat.circle.closed_on is None
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
    seat = sessions.enter_sessions(circle_id, to_plan=True)
    topic = circles.chosen(Component, component)
    able, agreed = sessions.able_to_facilitate(seat.circle), agreed_start(seat.circle)
    begun = {"facilitator": str(seat.member.id), **({"held_on": agreed.date()} if agreed else {})}
    for name in ("purpose", "agenda", "questions", "rules"):
        begun |= {f"{name}_{lang}": getattr(PATTERNS[topic], name)[lang] for lang in LANGUAGES}
    form = NewPlanForm(able, data=begun)
    if not form.validate_on_submit():
        page = render_template("reconciliation/plan.html", seat=seat, form=form, component=topic, it=None)
        return page, form.http_status
    facilitator = circles.seat_of(seat.circle, int(form.facilitator.data)).member
    values = {**form.values, "component": topic, "facilitator_id": facilitator.id}
    circle_session = planning.plan_session(seat, values, form.words, form.rules)
    return circles.done(
        _("The session is planned. Everybody accepts the ground rules before they see the agenda."),
        sessions.page_of(circle_session),
    )


@blueprint.get("/<int:session_id>/")
def show(circle_id: int, session_id: int) -> str:
    part, keys = enter_session(circle_id, session_id), my_keys()
    it, plan = part.circle_session, None
    if part.has_accepted and (words := open_text(it, keys)) is not None:
        agendas = {lang: rules.read_agenda(words[f"agenda_{lang}"]) for lang in LANGUAGES}
        # Police and agencies do not learn where the community meets.
        hidden = {"community_en": "", "community_es": ""} if part.of_agencies else {}
        plan = {**words, "items": agendas, **hidden}
    return render_template(
        "reconciliation/session.html",
        seat=part.seat,
        part=part,
        it=it,
        plan=plan,
        accepted=len(sessions.has_accepted(it)),
        themes=[(theme, open_text(theme, keys)) for theme in sessions.themes(part)],
        lines=[(quote, open_text(quote, keys)) for quote in sessions.lines(part)],
        said=sessions.acknowledgements_of(part),
        heads=sessions.heads(it),
        promises=sessions.promises_of(it),
        may_promise=_may_promise(part),
        is_writable=part.seat.circle.closed_on is None,
    )


@blueprint.post("/<int:session_id>/accept")
def accept(circle_id: int, session_id: int) -> Response:
    part = enter_session(circle_id, session_id)
    if "agree" in request.form:
        planning.accept_rules(part, request.form.get("rules", 0, type=int))
    else:
        flash(circles.NOT_SURE, "warning")
    return to_session(part)


@blueprint.route("/<int:session_id>/plan", methods=["GET", "POST"])
def plan(circle_id: int, session_id: int) -> ResponseReturnValue:
    part = enter_to("plans", circle_id, session_id)
    it, words = part.circle_session, open_text(part.circle_session, my_keys())
    if words is None or not part.seat.is_admitted:
        raise NotFound
    form = SessionPlanForm(sessions.able_to_facilitate(part.seat.circle))
    stored = {**form.opened(words), **form.shown(it), "facilitator": str(it.facilitator_id)}
    if not form.validate_over(stored, it.version):
        page = render_template("reconciliation/plan.html", seat=part.seat, form=form, component=it.component, it=it)
        return page, form.http_status
    planning.change_plan(part, form.values, form.words)
    facilitator = circles.seat_of(part.seat.circle, int(form.facilitator.data)).member
    planning.appoint(part, facilitator, current_user.private_key())
    return to_session(part, _("Saved."))


@blueprint.route("/<int:session_id>/rules", methods=["GET", "POST"], endpoint="rules")
def ground_rules(circle_id: int, session_id: int) -> ResponseReturnValue:
    part, form = enter_to("plans", circle_id, session_id), RulesForm()
    now = part.circle_session.ground_rules
    if not form.validate_over({f"rules_{lang}": now.words[lang] for lang in LANGUAGES}, now.edition):
        words = _(
            "A new version. The earlier one is kept, and everybody accepts the new one before they see the agenda "
            "again."
        )
        page = FormPage(_("Ground rules"), _("Save as a new version"), [words], in_session(part), keep=True)
        return page.show(form)
    planning.restate_rules(part, form.rules)
    return to_session(part, _("Saved. Everybody accepts them before they see the agenda again."))


@blueprint.route("/<int:session_id>/heads", methods=["GET", "POST"])
def heads(circle_id: int, session_id: int) -> ResponseReturnValue:
    part = enter_to("plans", circle_id, session_id)
    form = SessionHeadsForm(data=sessions.heads(part.circle_session))
    if not form.validate_on_submit():
        words = _("Numbers only. Who came is written down nowhere.")
        return FormPage(_("Who was there"), _("Save"), [words], in_session(part)).show(form)
    planning.count_heads(part, form.counts)
    return to_session(part, _("Saved."))


@blueprint.post("/<int:session_id>/reported")
def reported(circle_id: int, session_id: int) -> Response:
    part = enter_to("plans", circle_id, session_id)
    planning.report_back(part)
    return to_session(part, _("Noted: it was reported back."))


@blueprint.route("/<int:session_id>/promise", methods=["GET", "POST"])
def promise(circle_id: int, session_id: int) -> ResponseReturnValue:
    part = enter_session(circle_id, session_id)
    if not _may_promise(part):
        raise NotFound
    form = PromiseMadeForm(telling.offices_of(part))
    if not form.validate_on_submit():
        it = part.circle_session
        words = _(
            "It goes into the public list of promises as a draft, with the occasion and the day: %(occasion)s, "
            "%(day)s.",
            occasion=COMPONENTS[it.component],
            day=date_words(it.held_on),
        )
        page = FormPage(_("A promise made here"), _("Put it into the list"), [words], in_session(part), keep=True)
        return page.show(form)
    commitment = telling.enter_promise(part, form.what, int(form.office.data), form.due_on.data)
    return circles.done(
        _("It is in the ledger as a draft. Look at it once more, then publish it."),
        url_for("commitments_team.edit", commitment_id=commitment.id),
    )


def _may_promise(part: Participation) -> bool:
    """Return whether the session was held and the member may record a promise of at least one office."""
    if not part.circle_session.is_over or part.seat.circle.closed_on is not None:
        return False
    return bool(telling.offices_of(part))
