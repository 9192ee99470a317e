"""The sessions of a circle: planning one, its page, its ground rules, who was there, what was promised."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.phrase_pages import Answer
from portal.accounts.sessions import person
from portal.core.editing import both
from portal.core.errors import NotFound
from portal.core.web import SIGNED_IN, Room
from portal.partners.polls.queries import agreed_start
from portal.partners.queries.circles import seat_of
from portal.partners.reconciliation.actions import promises, sittings
from portal.partners.reconciliation.door import enter_session, enter_sessions, enter_to
from portal.partners.reconciliation.forms.planning import (
    HeadsForm,
    NewPlanForm,
    PlanForm,
    RulesForm,
    begun,
    planned,
)
from portal.partners.reconciliation.forms.telling import PromiseMadeForm
from portal.partners.reconciliation.queries import sittings as stored
from portal.partners.reconciliation.queries.sittings import Part
from portal.partners.reconciliation.rules import Component, Present, plans, read_agenda
from portal.partners.reconciliation.texts import APART, COMPONENTS, LEVELS, PRESENTS, SCOPES, SOURCES, STATES
from portal.partners.reconciliation.texts.patterns import PATTERNS
from portal.partners.sealing import Words, my_keys, open_text

room = Room("sessions", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/sessions")
for _name, _words in (
    ("session_component", COMPONENTS),
    ("session_level", LEVELS),
    ("session_entrances", APART),
    ("session_present", PRESENTS),
    ("theme_state", STATES),
    ("theme_source", SOURCES),
    ("line_scope", SCOPES),
):
    room.add_app_template_global(_words.__getitem__, _name)


@room.get("/")
def index(circle_id: int) -> str:
    """All sessions of the circle."""
    seat = enter_sessions(circle_id)
    may_plan = plans(seat.role, seat.member.roles) and seat.circle.closed_on is None
    return render_template(
        "reconciliation/index.html",
        seat=seat,
        sittings=stored.sittings(seat.circle),
        may_plan=may_plan and seat.is_admitted,
        components=COMPONENTS,
    )


@room.route("/new/<component>", methods=["GET", "POST"])
def new(circle_id: int, component: str) -> Answer:
    """Plan a session of one component; its form begins with what fits, and the day that the circle agreed on."""
    seat = enter_sessions(circle_id, to_plan=True)
    if component not in COMPONENTS:
        raise NotFound
    chosen = Component(component)
    able, agreed = stored.able_to_facilitate(seat.circle), agreed_start(seat.circle)
    day = {"held_on": agreed.date()} if agreed else {}
    form = NewPlanForm(able, data={**begun(PATTERNS[chosen]), "facilitator": str(seat.member.id), **day})
    if not form.is_submitted():
        return render_template("reconciliation/plan.html", seat=seat, form=form, component=chosen, it=None, newer=None)
    if not form.validate():
        page = render_template("reconciliation/plan.html", seat=seat, form=form, component=chosen, it=None, newer=None)
        return page, 422
    facilitator = seat_of(seat.circle, int(form.facilitator.data)).member
    sitting = sittings.plan_session(seat, chosen, form.plan, form.pair("rules"), facilitator)
    flash(
        _("The session is planned. Everybody accepts the ground rules before they see the agenda."),
        "success",
    )
    return _to(circle_id, sitting.id)


@room.get("/<int:session_id>/")
def show(circle_id: int, session_id: int) -> str:
    """The page of a session, as far as one's part in it goes."""
    part, keys = enter_session(circle_id, session_id), my_keys()
    it = part.sitting
    return render_template(
        "reconciliation/session.html",
        seat=part.seat,
        part=part,
        it=it,
        plan=_readable(part, open_text(it, keys)) if part.has_accepted else None,
        accepted=stored.acceptances(it),
        themes=[(one, open_text(one, keys)) for one in stored.themes(part)],
        lines=[(one, open_text(one, keys)) for one in stored.lines(part)],
        said=stored.acknowledgements_of(part),
        heads=stored.heads(it),
        promises=stored.promises_of(it),
        may_promise=_may_promise(part),
        is_writable=part.seat.circle.closed_on is None,
    )


@room.post("/<int:session_id>/accept")
def accept(circle_id: int, session_id: int) -> Response:
    """Accept the ground rules."""
    part = enter_session(circle_id, session_id)
    if "agree" not in request.form:
        flash(_("Please check the box first."), "warning")
        return _to(circle_id, session_id)
    sittings.accept_rules(part, request.form.get("rules", 0, type=int))
    return _to(circle_id, session_id)


@room.route("/<int:session_id>/plan", methods=["GET", "POST"])
def plan(circle_id: int, session_id: int) -> Answer:
    """Change what is planned."""
    part = enter_to("plans", circle_id, session_id)
    it, words = part.sitting, _opened(part)
    form = PlanForm(stored.able_to_facilitate(part.seat.circle))
    data = planned(it, words)
    if not form.is_submitted():
        form.process(data={**data, "version": str(it.version)})
        return _plan_page(part, form)
    if form.is_behind(it.version):
        form.version.data = str(it.version)
        return _plan_page(part, form, newer=form.differences({key: data[key] for key in data if key in form})), 409
    if not form.validate():
        return _plan_page(part, form), 422
    sittings.change_plan(part, form.plan)
    facilitator = seat_of(part.seat.circle, int(form.facilitator.data)).member
    sittings.appoint(part, facilitator, person().private_key())
    flash(_("Saved."), "success")
    return _to(circle_id, session_id)


@room.route("/<int:session_id>/rules", methods=["GET", "POST"])
def rules(circle_id: int, session_id: int) -> Answer:
    """Write the ground rules anew."""
    part, form = enter_to("plans", circle_id, session_id), RulesForm()
    now = part.sitting.ground_rules
    stored_rules = both("rules", now.words)
    if not form.is_submitted():
        form = RulesForm(data={**stored_rules, "version": str(now.edition)})
        return _rules_page(part, form)
    if form.is_behind(now.edition):
        form.version.data = str(now.edition)
        return _rules_page(part, form, newer=form.differences(stored_rules)), 409
    if not form.validate():
        return _rules_page(part, form), 422
    sittings.restate_rules(part, form.pair("rules"))
    flash(_("Saved. Everybody accepts them before they see the agenda again."), "success")
    return _to(circle_id, session_id)


@room.route("/<int:session_id>/heads", methods=["GET", "POST"])
def heads(circle_id: int, session_id: int) -> Answer:
    """How many of each kind were there."""
    part = enter_to("plans", circle_id, session_id)
    form = HeadsForm(data=stored.heads(part.sitting))
    if not form.is_submitted():
        return render_template("reconciliation/heads.html", seat=part.seat, it=part.sitting, form=form, kinds=Present)
    if not form.validate():
        page = render_template("reconciliation/heads.html", seat=part.seat, it=part.sitting, form=form, kinds=Present)
        return page, 422
    sittings.count_heads(part, form.counts)
    flash(_("Saved."), "success")
    return _to(circle_id, session_id)


@room.post("/<int:session_id>/reported")
def reported(circle_id: int, session_id: int) -> Response:
    """Say that it was told what came of it."""
    sittings.report_back(enter_to("plans", circle_id, session_id))
    flash(_("Noted: it was reported back."), "success")
    return _to(circle_id, session_id)


@room.route("/<int:session_id>/promise", methods=["GET", "POST"])
def promise(circle_id: int, session_id: int) -> Answer:
    """Enter a promise into the ledger, with the day and the occasion of the session."""
    part = enter_session(circle_id, session_id)
    if not _may_promise(part):
        raise NotFound
    form = PromiseMadeForm(promises.offices_of(part))
    if not form.is_submitted():
        return render_template("reconciliation/promise.html", seat=part.seat, it=part.sitting, form=form)
    if not form.validate():
        return render_template("reconciliation/promise.html", seat=part.seat, it=part.sitting, form=form), 422
    made = promises.enter_promise(part, form.pair("what"), int(form.office.data), form.due_on.data)
    flash(_("It is in the ledger as a draft. Look at it once more, then publish it."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=made.id))


def _may_promise(part: Part) -> bool:
    """Whether somebody may write down a promise of at least one office, now that the session was held."""
    if not part.sitting.is_over or part.seat.circle.closed_on is not None:
        return False
    return bool(promises.offices_of(part))


def _readable(part: Part, words: Words | None) -> dict[str, object] | None:
    """The plan as somebody may read it: police and agencies do not learn where the community meets by itself."""
    if words is None:
        return None
    found: dict[str, object] = {**words, "items": {lang: read_agenda(words[f"agenda_{lang}"]) for lang in ("en", "es")}}
    if part.of_agencies:
        found |= {"community_en": "", "community_es": ""}
    return found


def _opened(part: Part) -> Words:
    words = open_text(part.sitting, my_keys())
    if words is None or not part.seat.is_admitted:
        raise NotFound
    return words


def _plan_page(part: Part, form: PlanForm, newer: object = None) -> str:
    component = Component(part.sitting.component)
    return render_template(
        "reconciliation/plan.html", seat=part.seat, form=form, component=component, it=part.sitting, newer=newer
    )


def _rules_page(part: Part, form: RulesForm, newer: object = None) -> str:
    return render_template("reconciliation/rules.html", seat=part.seat, form=form, it=part.sitting, newer=newer)


def _to(circle_id: int, session_id: int) -> Response:
    return redirect(url_for("sessions.show", circle_id=circle_id, session_id=session_id))
