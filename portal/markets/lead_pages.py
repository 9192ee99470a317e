"""Forms and views of the community lead: texts and boundary of a place, admissions, status, evidence, the call-in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField
from wtforms.validators import DataRequired, Optional, ValidationError

from portal.accounts.sign_in import current_user
from portal.accounts.users import Member, member
from portal.core import editing, forms
from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.editing import Both, EditorForm, ParityForm, PublicWordsForm, WholeForm, line, lines, on_from
from portal.core.forms import SHORT, DateField, FormFrame, FormPage, ProtectedForm
from portal.core.i18n import date_words
from portal.core.statuses import NotFound, Refused, existing
from portal.core.web import AudienceBlueprint, members
from portal.markets import call_in as call_ins, gate, place_actions, places, team_pages, texts
from portal.markets.gate_rules import EvidenceItem, EvidenceState, is_public, telling_word
from portal.markets.map.importing import MOST_BOUNDARY_BYTES, sent_area, set_boundary
from portal.markets.map.sheets import has_boundary
from portal.markets.places import CallIn, Evidence, Market, StatusDecision, admitted_market, known_market
from portal.markets.publishing import asks_before_public
from portal.markets.status import CALL_IN, Status, gaps, missing, offered, problems
from portal.markets.team_pages import FILL_IN, CallInEndForm, evening_page
from portal.markets.texts import names_hidden_place


class CallInResultForm(ParityForm):
    """The texts that are public from the minute in which the call-in has ended."""

    ROW = CallIn
    message = Both(lines, _l("The message that was given"), 4_000)
    services = Both(lines, _l("The help that is on offer"), 4_000)
    tonight = Both(lines, _l("What residents can do tonight and in the next days"), 4_000)


REVIEW_WITHIN = timedelta(days=28)


class PlaceForm(ParityForm):
    ROW = Market
    name = Both(forms.text, _l("Name of the place"), 80)
    own_name = Both(line, _l("What the residents call it themselves"), 80)
    about = Both(lines, _l("What residents can do now"), 4_000)
    services = Both(lines, _l("Help that is on offer there"), 4_000)
    why_here = Both(lines, _l("Why this place was chosen"), 4_000)
    owner_id, deputy_id = (
        SelectField(label, validators=[Optional()], coerce=lambda chosen: int(chosen) if chosen else None)
        for label in (_l("Owner: who looks after the place"), _l("Deputy: who does when the owner cannot"))
    )

    def __init__(self, people: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        choices = forms.choices_of({person.id: person.name for person in people}, _l("Nobody yet"))
        self.owner_id.choices = self.deputy_id.choices = choices

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for name in ("name_en", "name_es", "own_name_en", "own_name_es"):
            if telling_word(self[name].data or ""):
                self.complain(name, texts.TELLING)
        if self.owner_id.data and self.owner_id.data == self.deputy_id.data:
            self.complain("deputy_id", texts.REFUSALS["place_two_people"])
        return whole and not self.errors

    def asks(self, stored: Market | None = None) -> bool:
        """Return whether the words need a second look; the place's own names are meant."""
        before = stored.texts.values() if stored else ()
        return asks_before_public(self, [*before, self.pair("name"), self.pair("own_name")])


class BoundaryForm(ProtectedForm):
    file = FileField(_l("Boundary as a GeoJSON file"), validators=[FileRequired(_l("Please choose a file."))])
    area: Any = None
    """The uploaded area, once the form is valid."""

    def validate_file(self, field: FileField) -> None:
        try:
            self.area = sent_area(field.data.stream.read(MOST_BOUNDARY_BYTES + 1))
        except Refused as refusal:
            raise ValidationError(texts.REFUSALS[refusal.key]) from None


DECIDED_BY = _l("Who decided")
EVIDENCE = _l("On what evidence")
NEIGHBORS = _l("What neighbors and the team saw. No names, no numbers of reports.")


class DecisionWordsForm(PublicWordsForm, WholeForm):
    ROW = StatusDecision
    decided_by, evidence = Both(line, DECIDED_BY), Both(lines, EVIDENCE, 1_000, NEIGHBORS, rows=4)


class StatusForm(DecisionWordsForm):
    status = RadioField(_l("How it stands"), coerce=Status, validators=[DataRequired(FILL_IN)])
    since_on = DateField(_l("Since"), validators=[Optional()])
    review_on = DateField(_l("Next review"), validators=[DataRequired(FILL_IN)])
    # Once more, so that errors are listed in the order of the page.
    decided_by, evidence = Both(line, DECIDED_BY), Both(lines, EVIDENCE, 1_000, NEIGHBORS, rows=4)

    def __init__(self, market: Market, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        before = self._before = market.standing.status if market.standing else None
        self._history = place_actions.history(market)
        names = dict(texts.NAMES)
        if before:
            names[before] = _l("%(status)s (as before: a review)", status=texts.NAMES[before])
        self.status.choices = forms.choices_of({one: names[one] for one in offered(self._history, today())})

    def validate(self, extra_validators: Any = None) -> bool:
        """Report all errors at once: a lead who decides at night should not be sent back three times."""
        whole: bool = super().validate(extra_validators)
        if not self.status.errors:
            status = self.status.data
            if status != self._before and not (self.since_on.data or self.since_on.errors):
                self.complain("since_on", FILL_IN)
            for wrong in problems(self._history, status, self.since_on.data, self.review_on.data, today()):
                self.complain(WHERE[wrong], texts.REFUSALS[wrong])
        return whole and not self.errors


WHERE = {
    "status_order": "status",
    "status_months": "status",
    "status_since": "since_on",
    "status_review": "review_on",
    "evidence_words": "said",
    "evidence_date": "done_on",
    "evidence_link": "link",
}
"""The field that shows the error of a refusal."""


class GateEvidenceForm(EditorForm):
    ROW = Evidence
    state = RadioField(
        _l("How far it is"),
        choices=forms.choices_of(texts.STATE_NAMES),
        coerce=EvidenceState,
        default=EvidenceState.OPEN,
        validators=[DataRequired(FILL_IN)],
    )
    said = lines(_l("What shows it"), 2_000, rows=5, optional=True)
    link = line(_l("Where more of it lies, as a web address"), 500, type="url", inputmode="url", optional=True)
    done_on = DateField(_l("Since when"), validators=[Optional()], render_kw=SHORT | {"optional": True})


evening_blueprint = AudienceBlueprint(
    "places_evening", __name__, audience=members("community_lead"), url_prefix="/<lang:lang>/lead/places"
)


@evening_blueprint.route("/<int:market_id>/call-in", methods=["GET", "POST"])
def prepare(market_id: int) -> ResponseReturnValue:
    """Edit the texts of the call-in; gaps are allowed until it has ended."""
    market = admitted_market(market_id, current_user.id, to_change=request.method == "POST")
    stored, form = places.call_in(market.id), CallInResultForm()
    form.stale = stored.stale_fields if stored else frozenset()
    is_whole = form.validate_row(stored)
    if is_whole and stored is not None and stored.ended_at is not None:
        for name in missing(form.values, CALL_IN):
            form.complain(name, texts.GAPS)
        is_whole = not form.errors
    before = stored.texts.values() if stored else ()
    if not is_whole or names_hidden_place(form, current_user.id, market.id) or asks_before_public(form, before):
        shown = {"market": market, "form": form, "voids": voids(market), "exists": stored is not None}
        return render_template("markets/team/call_in_edit.html", **shown), form.http_status
    turned = bool(gate.keys_turned(market.id))
    kept = call_ins.prepare_call_in(market, form.values, current_user.id, same=bool(form.same.data))
    say_saved(market, turned)
    shelf = url_for("places_team.call_in_page", market_id=market.id)
    return on_from(kept.stale_fields, shelf, url_for("places_evening.prepare", market_id=market.id))


@evening_blueprint.post("/<int:market_id>/call-in/end")
def end(market_id: int) -> ResponseReturnValue:
    market = admitted_market(market_id, current_user.id, to_change=True)
    form = CallInEndForm()
    if not form.validate():
        return evening_page(market, form), 422
    call_ins.end_call_in(market, current_user.id)
    words = _("It is public now, in both languages.")
    return editing.done(url_for("places_team.call_in_page", market_id=market.id), words)


def voids(market: Market) -> bool:
    return not is_public(market.released_at, now()) and bool(gate.keys_turned(market.id))


def say_saved(market: Market, turned: bool) -> None:
    """Flash that the texts are saved, and whether that voided turned keys."""
    flash(_("Saved."), "success")
    if turned and not gate.keys_turned(market.id):
        flash(_("Both keys must be turned again: the texts have changed."), "warning")


lead_blueprint = AudienceBlueprint(
    "places_lead",
    __name__,
    audience=members("community_lead"),
    url_prefix="/<lang:lang>/lead/places",
    # A file that is too large still gets an error message.
    largest=4 * MOST_BOUNDARY_BYTES,
)


@lead_blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = PlaceForm([current_user.member])
    if not form.validate_on_submit() or names_hidden_place(form, current_user.id) or form.asks():
        return _form_page(form), form.http_status
    market = place_actions.begin_market(form.values, current_user.id)
    flash(_("The place is begun. Only you know of it: admit those who work on it."), "success")
    return redirect(url_for("places_team.place", market_id=market.id, _anchor="people"))


@lead_blueprint.route("/<int:market_id>/edit", methods=["GET", "POST"])
def edit(market_id: int) -> ResponseReturnValue:
    """Edit the texts of a place; gaps are allowed while it is hidden and no key is turned."""
    market = known_market(market_id, current_user.id, to_change=request.method == "POST")
    form = PlaceForm(_candidates(market))
    form.stale = market.stale_fields
    if not form.validate_row(market):
        return _form_page(form, market), form.http_status
    turned = bool(gate.keys_turned(market.id))
    if is_public(market.released_at, now()) or turned:
        for name in gaps(form.values):
            form.complain(name, texts.GAPS)
    # A hidden place is released automatically at its hour, with the texts it has then.
    if form.errors or names_hidden_place(form, current_user.id, market.id) or form.asks(market):
        return _form_page(form, market), 422
    place_actions.describe_market(market, form.values, current_user.id, same=bool(form.same.data))
    say_saved(market, turned)
    for sentence in team_pages.warnings_of_others(market.id):
        flash(sentence, "warning")
    shelf = url_for("places_team.place", market_id=market.id)
    return on_from(market.stale_fields, shelf, url_for("places_lead.edit", market_id=market.id))


@lead_blueprint.post("/<int:market_id>/boundary")
def draw_boundary(market_id: int) -> ResponseReturnValue:
    market = known_market(market_id, current_user.id, to_change=True)
    boundary = BoundaryForm()
    if not boundary.validate():
        form = PlaceForm(_candidates(market), formdata=None)
        form.process(data={**form.shown(market), "version": str(market.version)})
        form.stale = market.stale_fields
        return _form_page(form, market, boundary=boundary), 422
    set_boundary(market, boundary.area)
    record("market.boundary_set", "market", market.id, current_user.id)
    flash(_("The boundary is set. The public sees it when it sees the place."), "success")
    return redirect(url_for("places_lead.edit", market_id=market.id))


@lead_blueprint.post("/<int:market_id>/people")
def admit(market_id: int) -> ResponseReturnValue:
    market = admitted_market(market_id, current_user.id, to_change=True)
    form = team_pages.AdmitForm(market)
    if not form.validate():
        return team_pages.overview(market, admission=form), 422
    place_actions.admit(market, member(int(form.member.data)), current_user.id)
    flash(_("They are admitted. Tell them yourself: the portal sends no message about a hidden place."), "success")
    return redirect(url_for("places_team.place", market_id=market.id, _anchor="people"))


@lead_blueprint.post("/<int:market_id>/people/<int:member_id>/out")
def end_admission(market_id: int, member_id: int) -> ResponseReturnValue:
    market = admitted_market(market_id, current_user.id, to_change=True)
    place_actions.end_admission(market, member_id, current_user.id)
    if member_id == current_user.id:
        return editing.done(url_for("places_team.index"), _("You are no longer admitted there."))
    flash(_("They are no longer admitted. What they know they still know."), "success")
    for sentence in team_pages.warnings_of_others(market.id):
        flash(sentence, "warning")
    return redirect(url_for("places_team.place", market_id=market.id, _anchor="people"))


@lead_blueprint.route("/<int:market_id>/status", methods=["GET", "POST"])
def judge(market_id: int) -> ResponseReturnValue:
    market = known_market(market_id, current_user.id, to_change=request.method == "POST")
    form, latest = StatusForm(market), market.standing
    begun: dict[str, Any] = {"review_on": today() + REVIEW_WITHIN, "since_on": today()}
    if latest:
        same = ("status", "decided_by_en", "decided_by_es")
        begun = {"review_on": begun["review_on"], **{name: getattr(latest, name) for name in same}}
    is_whole = form.validate_over(begun, latest.id if latest else 0)
    before = (latest.decided_by, latest.evidence) if latest else ()
    if not is_whole or names_hidden_place(form, current_user.id, market.id) or asks_before_public(form, before):
        return render_template("markets/team/status.html", market=market, form=form), form.http_status
    place_actions.decide_status(market, form.values, current_user.member)
    return editing.done(url_for("places_team.place", market_id=market.id), _("The decision stands, in both languages."))


@lead_blueprint.route("/<int:market_id>/decisions/<int:decision_id>", methods=["GET", "POST"])
def correct_decision(market_id: int, decision_id: int) -> ResponseReturnValue:
    market = known_market(market_id, current_user.id, to_change=request.method == "POST")
    decision = existing(next((one for one in market.decisions if one.id == decision_id), None))
    form = DecisionWordsForm()
    is_whole = form.validate_row(decision)
    if not is_whole or names_hidden_place(form, current_user.id, market.id) or asks_before_public(form):
        about = [
            f"{texts.status_name(decision.status)} · {date_words(decision.since_on)}",
            _(
                "The new words take the place of the old ones, which are erased. The status and its days stay. Who "
                "reads the page sees that words were corrected, and on which day."
            ),
        ]
        return _form_of(market, _("Correct these words"), about).show(form)
    place_actions.correct_decision(market, decision, form.values, current_user.member)
    words = _("Corrected. The words from before are gone.")
    return editing.done(url_for("places_team.place", market_id=market.id), words)


@lead_blueprint.route("/<int:market_id>/steps/<item>", methods=["GET", "POST"])
def note_evidence(market_id: int, item: str) -> ResponseReturnValue:
    market = admitted_market(market_id, current_user.id, to_change=request.method == "POST")
    if item not in set(EvidenceItem):
        raise NotFound
    step, form = EvidenceItem(item), GateEvidenceForm()
    words = _(
        "Those who are admitted read this. Never write the name of somebody who sells, of a family, or of anybody who "
        "was visited."
    )
    page = _form_of(market, str(texts.ITEM_NAMES[step]), [words])
    if not form.validate_row(places.evidence(market.id).get(step)):
        return page.show(form)
    try:
        gate.note_evidence(market, step, current_user.id, **form.values)
    except Refused as refusal:
        form.complain(WHERE[refusal.key], texts.REFUSALS[refusal.key])
        return page.show(form)
    return editing.done(url_for("places_team.place", market_id=market.id, _anchor="steps"), _("Saved."))


def _candidates(market: Market) -> list[Member]:
    """Return possible owners and deputies: members validly admitted to the place, and the present ones."""
    able = {market.owner_id, market.deputy_id, *places.key_holders(market.id)}
    return [person for person in places.admitted_people(market.id) if person.id in able]


def _form_page(form: PlaceForm, market: Market | None = None, boundary: BoundaryForm | None = None) -> str:
    return render_template(
        "markets/team/edit.html",
        form=form,
        market=market,
        voids=market is not None and voids(market),
        boundary=boundary or BoundaryForm(formdata=None),
        has_boundary=market is not None and has_boundary(market.id),
    )


def _form_of(market: Market, title: str, words: Sequence[str]) -> FormPage:
    # The name of a hidden place must not stand in a tab or a history.
    frame = FormFrame("markets/team/frame.html", {"market": market})
    return FormPage(title, _("Save"), words, frame, tab=_("Place"), keep=True, busy=_("Saving…"))
