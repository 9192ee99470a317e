"""The pages of sessions: list, plan, ground rules, overview, head count, promises; and what the public sees of them.

The public pages for anonymous suggestions set no cookie and ask for no name; of the time only the week is kept, and a
single person reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import Optional

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core import forms
from portal.core.clock import today, zone
from portal.core.db import session
from portal.core.editing import Both, WholeForm, done, line, lines
from portal.core.feature import PublicLink
from portal.core.forms import NUMBER, Between, FormPage, IntegerField, choices_of
from portal.core.i18n import LANGUAGES, date_words, language
from portal.core.limits import RateLimit, attempt
from portal.core.pii import PersonalDetail, personal_details_and_names
from portal.core.statuses import NotFound
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.markets.map.sheets import names_of_the_city
from portal.organisations.organisations import Office
from portal.organisations.pages import office_names
from portal.partners import circles
from portal.partners.circle_rules import Act, CircleKind
from portal.partners.circles import CircleSeat, SealedWords, my_keys, open_text
from portal.partners.polls.polls import agreed_start
from portal.partners.reconciliation import planning, rules, sessions
from portal.partners.reconciliation.sessions import enter_session, in_session, to_session
from portal.partners.reconciliation.words_pages import day_field

DAYS = ("community_on", "agencies_on", "held_on", "report_on")
NOT_IN_ORDER = _l("Each side meets by itself before the session, and what came of it is told after it.")
NOT_MINUTES = _l("Each line begins with its minutes, for example: 10 Welcome.")
NOT_THE_SAME = _l("Both languages must have the same minutes, line by line.")
NOT_THE_SUM = _l("The lines add up to %(sum)s minutes, and the session takes %(length)s.")


class SessionPlanForm(SealedWords, WholeForm):
    ROW = sessions.ReconciliationSession
    OPTIONAL_PAIRS = ("recorder",)
    SEALED = tuple(
        "venue community agencies languages agenda questions report report_by recorder hour apart level length".split()
    )
    purpose = Both(lines, _l("Purpose"), 600)
    held_on, hour = day_field(_l("Day of the session")), forms.text(_l("Hour"), 40)
    length = forms.whole_number(_l("How many minutes it takes"), 10, 480, usual=90)
    venue = Both(lines, _l("Place, neutral for both sides"), 300)
    apart = RadioField(_l("Separate entrances"), choices=choices_of(sessions.APART), default="yes")
    community_on, agencies_on = day_field(_l("Day for the community")), day_field(_l("Day for police and agencies"))
    community = Both(lines, _l("The community meets first: who, and where"), 400)
    agencies = Both(lines, _l("Police and agencies meet first: who, and where"), 400)
    facilitator = SelectField(_l("Who facilitates"))
    recorder = Both(line, _l("Who records"), 120)
    languages = Both(lines, _l("Which languages, and who interprets"), 400)
    level = RadioField(
        _l("How confidential it is"), choices=choices_of(sessions.LEVELS), default=rules.Confidentiality.THEMES.value
    )
    agenda = Both(lines, _l("Agenda, a line for each item"), 3_000)
    questions = Both(lines, _l("Questions, a line each"), 2_000)
    report = Both(lines, _l("What is reported back"), 600)
    report_by = Both(line, _l("Which office or person reports it"), 160)
    report_on = day_field(_l("By when it is reported back"))

    def __init__(self, able: Iterable[CircleSeat], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.facilitator.choices = choices_of({seat.member.id: seat.member.name for seat in able})

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        agendas = {lang: rules.read_agenda(self[f"agenda_{lang}"].data or "") for lang in LANGUAGES}
        for lang, items in agendas.items():
            if items is None and not self[f"agenda_{lang}"].errors:
                self.complain(f"agenda_{lang}", NOT_MINUTES)
        english, spanish = agendas["en"], agendas["es"]
        if english is not None and spanish is not None:
            if not rules.same_minutes(english, spanish):
                self.complain("agenda_es", NOT_THE_SAME)
            total = sum(item.minutes for item in english)
            if self.length.data and total != self.length.data:
                self.complain("length", NOT_THE_SUM % {"sum": total, "length": self.length.data})
        days = [self[name].data for name in DAYS]
        if all(days) and not rules.days_in_order(*days):
            self.complain("held_on", NOT_IN_ORDER)
        return not self.errors


class NewPlanForm(SessionPlanForm):
    rules = Both(lines, _l("Ground rules"), 3_000)


class RulesForm(WholeForm):
    rules = Both(lines, _l("Ground rules"), 3_000, rows=8)


_counts = {
    present.value: IntegerField(words, validators=[Optional(), Between(0, rules.MOST_HEADS)], render_kw=NUMBER)
    for present, words in sessions.PRESENTS.items()
}
SessionHeadsForm: type[forms.ProtectedForm] = type("SessionHeadsForm", (forms.ProtectedForm,), _counts)

ONE_THING = _l("One thing that can be seen to be done or not, without names of persons.")


class PromiseMadeForm(WholeForm):
    what = Both(lines, _l("What is promised"), 600, ONE_THING, rows=3)
    office = SelectField(_l("Which office promises it"), render_kw={"beside": "due_on"})
    due_on = day_field(_l("By when"))

    def __init__(self, offices: Sequence[Office]) -> None:
        super().__init__()
        self.office.choices = choices_of(office_names(offices))


blueprint = circles.circle_blueprint("sessions", __name__, "sessions")
blueprint.add_app_template_global(vars(sessions).__getitem__, "session_words")


@blueprint.get("/")
def index(circle_id: int) -> str:
    seat = circles.enter(circle_id, Act.READ, CircleKind.RECONCILIATION)
    may_plan = rules.plans(seat.role, seat.member.roles) and seat.is_admitted and seat.circle.closed_on is None
    rows = sessions.circle_sessions(seat.circle)
    return render_template("reconciliation/index.html", seat=seat, circle_sessions=rows, may_plan=may_plan)


@blueprint.route("/new/<component>", methods=["GET", "POST"])
def new(circle_id: int, component: str) -> ResponseReturnValue:
    seat = circles.enter(circle_id, Act.READ, CircleKind.RECONCILIATION)
    if not rules.plans(seat.role, seat.member.roles):
        raise NotFound
    topic = circles.chosen(rules.Component, component)
    able, agreed = sessions.able_to_facilitate(seat.circle), agreed_start(seat.circle)
    begun = {"facilitator": str(seat.member.id), **({"held_on": agreed.date()} if agreed else {})}
    for name in ("purpose", "agenda", "questions", "rules"):
        begun |= {f"{name}_{lang}": sessions.PATTERNS[topic][name][lang] for lang in LANGUAGES}
    form = NewPlanForm(able, data=begun)
    if not form.validate_on_submit():
        page = render_template("reconciliation/plan.html", seat=seat, form=form, component=topic, it=None)
        return page, form.http_status
    facilitator = circles.seat_of(seat.circle, int(form.facilitator.data)).member
    values = {**form.values, "component": topic, "facilitator_id": facilitator.id}
    circle_session = planning.plan_session(seat, values, form.words, form.rules)
    words = _("The session is planned. Everybody accepts the ground rules before they see the agenda.")
    return done(sessions.page_of(circle_session), words)


@blueprint.get("/<int:session_id>/")
def show(circle_id: int, session_id: int) -> str:
    part, keys = enter_session(circle_id, session_id), my_keys()
    it, seat, plan = part.circle_session, part.seat, None
    if part.has_accepted and (words := open_text(it, keys)) is not None:
        agendas = {lang: rules.read_agenda(words[f"agenda_{lang}"]) for lang in LANGUAGES}
        # Police and agencies do not learn where the community meets.
        hidden = {"community_en": "", "community_es": ""} if part.of_agencies else {}
        plan = {**words, "items": agendas, **hidden}
    facilitators = member_names([it.facilitator_id]) if seat.may(Act.SEE_NAMES) else {}
    return sessions.session_page(
        "reconciliation/session.html",
        part,
        plan=plan,
        noon=datetime.combine(it.held_on, time(12), zone()),
        today=today(),
        facilitator=facilitators.get(it.facilitator_id, ""),
        accepted=len(sessions.has_accepted(it)),
        themes=[(theme, open_text(theme, keys)) for theme in sessions.themes(part)],
        lines=[(quote, open_text(quote, keys)) for quote in sessions.lines(part)],
        said=sessions.acknowledgements_of(part),
        heads=sessions.heads(it),
        promises=sessions.promises_of(it),
        may_promise=bool(planning.offices_of(part)),
        is_writable=seat.circle.closed_on is None,
    )


@blueprint.post("/<int:session_id>/accept")
def accept(circle_id: int, session_id: int) -> Response:
    part = enter_session(circle_id, session_id)
    if "agree" in request.form:
        planning.accept_rules(part, request.form.get("rules", 0, int))
    else:
        flash(circles.NOT_SURE, "warning")
    return to_session(part)


@blueprint.route("/<int:session_id>/plan", methods=["GET", "POST"])
def plan(circle_id: int, session_id: int) -> ResponseReturnValue:
    part = enter_session(circle_id, session_id, "plans")
    it, words = part.circle_session, open_text(part.circle_session, my_keys())
    if words is None or not part.seat.is_admitted:
        raise NotFound
    form = SessionPlanForm(sessions.able_to_facilitate(part.seat.circle))
    stored = {**form.opened(words), **form.shown(it), "facilitator": str(it.facilitator_id)}
    if not form.validate_over(stored, it.version):
        page = sessions.session_page("reconciliation/plan.html", part, form=form, component=it.component)
        return page, form.http_status
    planning.change_plan(part, form.values, form.words)
    facilitator = circles.seat_of(part.seat.circle, int(form.facilitator.data)).member
    planning.appoint(part, facilitator, current_user.private_key())
    return to_session(part, _("Saved."))


@blueprint.route("/<int:session_id>/rules", methods=["GET", "POST"], endpoint="rules")
def ground_rules(circle_id: int, session_id: int) -> ResponseReturnValue:
    part, form = enter_session(circle_id, session_id, "plans"), RulesForm()
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
    part = enter_session(circle_id, session_id, "plans")
    form = SessionHeadsForm(data=sessions.heads(part.circle_session))
    if not form.validate_on_submit():
        words = _("Numbers only. Who came is written down nowhere.")
        return FormPage(_("Who was there"), _("Save"), [words], in_session(part)).show(form)
    planning.count_heads(part, {present: form[present].data or 0 for present in rules.Present})
    return to_session(part, _("Saved."))


@blueprint.post("/<int:session_id>/reported")
def reported(circle_id: int, session_id: int) -> Response:
    part = enter_session(circle_id, session_id, "plans")
    planning.report_back(part)
    return to_session(part, _("Noted: it was reported back."))


@blueprint.route("/<int:session_id>/promise", methods=["GET", "POST"])
def promise(circle_id: int, session_id: int) -> ResponseReturnValue:
    part = enter_session(circle_id, session_id)
    it, offices = part.circle_session, planning.offices_of(part)
    if not offices:
        raise NotFound
    form = PromiseMadeForm(offices)
    if not form.validate_on_submit():
        words = _(
            "It goes into the public list of promises as a draft, with the occasion and the day: %(occasion)s, "
            "%(day)s.",
            occasion=sessions.COMPONENTS[it.component],
            day=date_words(it.held_on),
        )
        page = FormPage(_("A promise made here"), _("Put it into the list"), [words], in_session(part), keep=True)
        return page.show(form)
    commitment = planning.enter_promise(part, form.what, int(form.office.data), form.due_on.data)
    words = _("It is in the ledger as a draft. Look at it once more, then publish it.")
    return done(url_for("commitments_team.edit", commitment_id=commitment.id), words)


LONGEST_SUGGESTION = 1_500
SUGGESTIONS = RateLimit(near=10, wide=40, everybody=300, reserved=10, seconds=3600)
MOST_LINKED = 3


class SuggestionForm(forms.PublicForm):
    suggestion = forms.long_text(_l("What should be talked about?"), LONGEST_SUGGESTION)
    sure = BooleanField(_l("Send it as it is"))
    found: tuple[PersonalDetail, ...] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for confirmation if the text contains details that could identify its author."""
        whole = super().validate(extra_validators)
        self.found = personal_details_and_names(self.suggestion.data or "", names_of_the_city) if whole else ()
        return whole and (bool(self.sure.data) or not self.found)


listening_blueprint = AudienceBlueprint("listening", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/listening")


@listening_blueprint.get("/", endpoint="index")
@shared_page
def open_questions() -> str:
    return render_template("reconciliation/listening.html", notices=sessions.open_notices())


@listening_blueprint.route("/<slug>", methods=["GET", "POST"])
def ask(slug: str) -> ResponseReturnValue:
    """Take a suggestion; if it is refused, the form comes back with the text and the errors."""
    notice, form, too_many = sessions.open_notice(slug), SuggestionForm(), False
    is_sent = form.is_submitted() and not forms.only_changes_language()
    if is_sent and form.validate():
        if attempt("suggestion", SUGGESTIONS).passed:
            words = {"suggestion": form.suggestion.data or "", "lang": language()}
            circle_session = session.get_one(sessions.ReconciliationSession, notice.session_id)
            planning.suggest(circle_session, words, form.nonce)
            return render_template("reconciliation/suggested.html")
        too_many = True
    page = render_template("reconciliation/suggest.html", it=notice, form=form, too_many=too_many)
    return page, 429 if too_many else 422 if is_sent else 200


def open_links() -> Iterator[PublicLink]:
    """Yield links to the sessions that take suggestions now, and to what offices have acknowledged, if anything."""
    for notice in sessions.open_notices()[:MOST_LINKED]:
        until = _("until %(day)s", day=format_date(notice.closes_on, "long"))
        yield PublicLink(_("Suggest what should be talked about"), url_for("listening.ask", slug=notice.slug), until)
    if sessions.public_acknowledgements():
        yield PublicLink(_("What offices have acknowledged"), url_for("acknowledgements.index"))


acknowledgements_blueprint = AudienceBlueprint(
    "acknowledgements", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/acknowledgements"
)


@acknowledgements_blueprint.get("/", endpoint="index")
@shared_page
def acknowledgements() -> str:
    return render_template("reconciliation/acknowledgements.html", said=sessions.public_acknowledgements())


@acknowledgements_blueprint.get("/<slug>", endpoint="show")
def acknowledgement(slug: str) -> str:
    """Show an acknowledgement. It bypasses the page cache, so that a withdrawn quote is gone at the next request."""
    said = sessions.public_acknowledgement(slug)
    lines = sessions.public_lines(said.session_id)
    return render_template("reconciliation/acknowledgement.html", it=said, lines=lines)
