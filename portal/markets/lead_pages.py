"""Forms and views of the community lead: texts and boundary of a place, admissions, status, evidence, the call-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from portal.accounts.sign_in import current_user
from portal.accounts.users import Member, member
from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.editing import (
    EditorForm,
    ParityForm,
    PublicWordsForm,
    both,
    credit_fields,
    in_both,
    line,
    lines,
    on_from,
)
from portal.core.forms import SHORT, DateField, FloatField, FormFrame, FormPage, ProtectedForm, readable
from portal.core.i18n import Bilingual, date_words
from portal.core.parity import NOBODY, Credit
from portal.core.statuses import NotFound, Refused
from portal.core.web import AudienceBlueprint, members
from portal.markets import call_in as call_ins
from portal.markets import gate, place_actions
from portal.markets.call_in import CallInText
from portal.markets.gate import Noted, keys_turned
from portal.markets.gate_rules import EvidenceItem, EvidenceState, is_public
from portal.markets.map.importing import MOST_BOUNDARY_BYTES, NoBoundary, sent_area, set_boundary
from portal.markets.map.sheets import has_boundary
from portal.markets.names import telling_word
from portal.markets.place_actions import StatusVerdict, history
from portal.markets.places import (
    CallIn,
    DecisionWords,
    Description,
    Evidence,
    Market,
    StatusDecision,
    admitted_market,
    admitted_people,
    call_in,
    evidence,
    known_market,
    people_to_admit,
)
from portal.markets.publishing import asks_before_public
from portal.markets.status import CALL_IN, Status, gaps, may_be_admitted, missing, offered, problems
from portal.markets.team_pages import (
    FILL_IN,
    CallInEndForm,
    evening_page,
    people_in_words,
    roles_in_words,
    warnings_of_others,
)
from portal.markets.texts import (
    GAPS,
    ITEM_NAMES,
    NAMES,
    NO_BOUNDARY,
    REFUSALS,
    STATE_NAMES,
    TELLING,
    has_namesake,
    names_hidden_place,
    status_name,
)

MESSAGE, ON_OFFER = _l("The message that was given"), _l("The help that is on offer")
TONIGHT = _l("What residents can do tonight and in the next days")


class CallInResultForm(ParityForm):
    """The texts that are public from the minute in which the call-in has ended."""

    message_en, message_es = in_both(lines, MESSAGE, 4_000)
    services_en, services_es = in_both(lines, ON_OFFER, 4_000)
    tonight_en, tonight_es = in_both(lines, TONIGHT, 4_000)

    @property
    def words(self) -> CallInText:
        return CallInText(self.pair("message"), self.pair("services"), self.pair("tonight"), self.credit)

    def say_what_is_missing(self) -> bool:
        """Add an error to each empty field; return whether there is one."""
        gaps = missing(self.words, CALL_IN)
        for name in gaps:
            self.complain(name, GAPS)
        return bool(gaps)


def call_in_as_typed(stored: CallIn | None) -> dict[str, Any]:
    """Return the stored texts as form data."""
    nothing = Bilingual("", "")
    texts = {name: getattr(stored, name) if stored else nothing for name in CALL_IN}
    typed = {key: text for name, pair in texts.items() for key, text in both(name, pair).items()}
    return typed | credit_fields(stored.credit if stored else NOBODY)


NAME, OWN_NAME = _l("Name of the place"), _l("What the residents call it themselves")
ABOUT, SERVICES = _l("What residents can do now"), _l("Help that is on offer there")
WHY_HERE = _l("Why this place was chosen")
DECIDED_BY, EVIDENCE = _l("Who decided"), _l("On what evidence")
NEIGHBORS = _l("What neighbors and the team saw. No names, no numbers of reports.")
REVIEW_WITHIN = timedelta(days=28)
TEXTS = ("name", "own_name", "about", "services", "why_here")
ABOVE_ZERO = _l("Please give a number above 0.")


def _number(label: Any, usual: float) -> FloatField:
    enough = NumberRange(min=0.01, max=100, message=ABOVE_ZERO)
    return FloatField(label, default=usual, validators=[InputRequired(ABOVE_ZERO), readable, enough])


class PlaceForm(ParityForm):
    """All texts about a place, English and Spanish side by side, its owner and deputy, and its alarm."""

    name_en, name_es = in_both(line, NAME, 80)
    own_name_en, own_name_es = in_both(line, OWN_NAME, 80)
    about_en, about_es = in_both(lines, ABOUT, 4_000)
    services_en, services_es = in_both(lines, SERVICES, 4_000)
    why_here_en, why_here_es = in_both(lines, WHY_HERE, 4_000)
    owner = SelectField(_l("Owner: who looks after the place"), validators=[Optional()])
    deputy = SelectField(_l("Deputy: who does when the owner cannot"), validators=[Optional()])
    usual_signals = _number(_l("Usual signals in a week while it holds"), Description.usual_signals)
    slipping_signals = _number(_l("Signals in a week that mean it slips"), Description.slipping_signals)
    alarm_at = _number(_l("Sum at which the alarm opens a review"), Description.alarm_at)

    def __init__(self, people: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        nobody = SelectChoice("", _l("Nobody yet"))
        self.owner.choices = self.deputy.choices = [nobody, *(SelectChoice(str(one.id), one.name) for one in people)]

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for name in ("name_en", "name_es"):
            if not self[name].data:
                self.complain(name, FILL_IN)
        for name in ("name_en", "name_es", "own_name_en", "own_name_es"):
            if telling_word(self[name].data or ""):
                self.complain(name, TELLING)
        if self.owner.data and self.owner.data == self.deputy.data:
            self.complain("deputy", REFUSALS["place_two_people"])
        if not self.errors and self.slipping_signals.data <= self.usual_signals.data:
            self.complain("slipping_signals", _l("This must be more than what is usual."))
        return whole and not self.errors

    def say_what_is_missing(self, gaps: Sequence[str]) -> None:
        """Add an error to each of the fields that `status.gaps` found."""
        for name in gaps:
            self.complain(name, GAPS)

    def asks(self, stored: Market | None = None) -> bool:
        """Return whether the words need a second look; the place's own names are meant."""
        before = [getattr(stored, name) for name in TEXTS] if stored else []
        return asks_before_public(self, [*before, self.pair("name"), self.pair("own_name")])

    @property
    def description(self) -> Description:
        """The description of a valid form."""
        texts: dict[str, Any] = {name: self.pair(name) for name in TEXTS}
        return Description(
            **texts,
            owner_id=int(self.owner.data) if self.owner.data else None,
            deputy_id=int(self.deputy.data) if self.deputy.data else None,
            usual_signals=self.usual_signals.data,
            slipping_signals=self.slipping_signals.data,
            alarm_at=self.alarm_at.data,
            credit=self.credit,
        )


def as_typed(market: Market) -> dict[str, Any]:
    """Return a place as form data."""
    values: dict[str, Any] = {}
    for field in fields(Description):
        value = getattr(market, field.name)
        if isinstance(value, Bilingual):
            values |= both(field.name, value)
        elif isinstance(value, Credit):
            values |= credit_fields(value)
        elif field.name.endswith("_id"):
            values[field.name.removesuffix("_id")] = str(value) if value else ""
        else:
            values[field.name] = value
    return values


class BoundaryForm(ProtectedForm):
    """The boundary of a place, as a file."""

    file = FileField(_l("Boundary as a GeoJSON file"))
    area: Any = None
    """The uploaded area, once the form is valid."""

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        sent = self.file.data
        if not isinstance(sent, FileStorage) or not sent.filename:
            self.file.errors = [_l("Please choose a file.")]
            return False
        try:
            self.area = sent_area(sent.stream.read(MOST_BOUNDARY_BYTES + 1))
        except NoBoundary as reason:
            self.file.errors = [NO_BOUNDARY[reason.trouble]]
        return whole and not self.errors


class AdmitForm(ProtectedForm):
    """The member to admit next."""

    member = SelectField(_l("Who may know of this place too"), validators=[DataRequired(FILL_IN)])

    def __init__(self, people: Sequence[tuple[Member, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        choices = [SelectChoice(str(one.id), f"{one.name} ({roles})") for one, roles in people]
        self.member.choices = [SelectChoice("", _l("Choose somebody")), *choices]


class DecisionWordsForm(PublicWordsForm):
    """The words of a decision on the status of a place."""

    decided_by_en, decided_by_es = in_both(line, DECIDED_BY)
    evidence_en, evidence_es = in_both(lines, EVIDENCE, 1_000, NEIGHBORS, rows=4)

    def validate(self, extra_validators: Any = None) -> bool:
        """Require all four: each reader reads one language."""
        whole: bool = super().validate(extra_validators)
        for name in ("decided_by_en", "decided_by_es", "evidence_en", "evidence_es"):
            if not self[name].data:
                self.complain(name, FILL_IN)
        return whole and not self.errors


class StatusForm(DecisionWordsForm):
    """A community lead's decision on the status of a place."""

    status = RadioField(_l("How it stands"), validators=[DataRequired(FILL_IN)])
    since_on = DateField(_l("Since"), validators=[Optional()])
    review_on = DateField(_l("Next review"), validators=[readable, DataRequired(FILL_IN)])
    # Once more, so that errors are listed in the order of the page.
    decided_by_en, decided_by_es = in_both(line, DECIDED_BY)
    evidence_en, evidence_es = in_both(lines, EVIDENCE, 1_000, NEIGHBORS, rows=4)

    def __init__(self, market: Market, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        before = self._before = market.standing
        self._history = history(market)
        self.status.choices = [
            SelectChoice(status.value, _l("%(status)s (as before: a review)", status=NAMES[status]))
            if before is not None and status == before.status
            else SelectChoice(status.value, NAMES[status])
            for status in offered(self._history, today())
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Report all errors at once: a lead who decides at night should not be sent back three times."""
        whole: bool = super().validate(extra_validators)
        if not self.status.errors:
            self._judge_days(Status(self.status.data))
        return whole and not self.errors

    def _judge_days(self, status: Status) -> None:
        is_review = self._before is not None and status == self._before.status
        if not (is_review or self.since_on.data or self.since_on.errors):
            self.complain("since_on", FILL_IN)
        for wrong in problems(self._history, status, self.since_on.data, self.review_on.data, today()):
            self.complain(STATUS_WHERE[wrong], REFUSALS[wrong])

    @property
    def verdict(self) -> StatusVerdict:
        """The decision of a valid form."""
        return StatusVerdict(
            Status(self.status.data),
            # A review keeps the day from before, whatever was typed here.
            self.since_on.data or today(),
            self.review_on.data,
            self.pair("decided_by"),
            self.pair("evidence"),
        )


def decision_begun(before: StatusDecision | None) -> dict[str, Any]:
    """Return what the form of the next decision begins with."""
    review_on = today() + REVIEW_WITHIN
    if before is None:
        return {"since_on": today(), "review_on": review_on}
    return {"status": before.status, "review_on": review_on, **both("decided_by", before.decided_by)}


STATUS_WHERE = {
    "status_order": "status",
    "status_months": "status",
    "status_since": "since_on",
    "status_review": "review_on",
}
"""The field that shows the error of a refusal."""


class GateEvidenceForm(EditorForm):
    """The state of an item and the evidence for it."""

    state = RadioField(
        _l("How far it is"),
        choices=[SelectChoice(state.value, label) for state, label in STATE_NAMES.items()],
        validators=[DataRequired(FILL_IN)],
    )
    said = lines(_l("What shows it"), 2_000, rows=5, optional=True)
    link = line(_l("Where more of it lies, as a web address"), 500, type="url", inputmode="url", optional=True)
    done_on = DateField(_l("Since when"), validators=[Optional()], render_kw=SHORT | {"optional": True})

    @property
    def noted(self) -> Noted:
        """The note of a valid form."""
        return Noted(EvidenceState(self.state.data), self.said.data or "", self.link.data or "", self.done_on.data)


def evidence_as_typed(stored: Evidence | None) -> dict[str, Any]:
    """Return the stored note as form data."""
    if stored is None:
        return {"state": EvidenceState.OPEN.value, "said": "", "link": "", "done_on": None}
    return {"state": stored.state, "said": stored.said, "link": stored.link, "done_on": stored.done_on}


evening_blueprint = AudienceBlueprint(
    "places_evening", __name__, audience=members("community_lead"), url_prefix="/<lang:lang>/lead/places"
)


@evening_blueprint.route("/<int:market_id>/call-in", methods=["GET", "POST"])
def prepare(market_id: int) -> ResponseReturnValue:
    """Edit the texts of the call-in; gaps are allowed until it has ended."""
    market = admitted_market(market_id, current_user.id, to_change=request.method == "POST")
    stored, form = call_in(market.id), CallInResultForm()
    form.stale = stored.stale_fields if stored else frozenset()
    is_whole = form.validate_over(call_in_as_typed(stored), stored.version if stored else 0)
    if is_whole and stored is not None and stored.ended_at is not None:
        is_whole = not form.say_what_is_missing()
    before = [getattr(stored, name) for name in CALL_IN] if stored else []
    if not is_whole or names_hidden_place(form, current_user.id, market.id) or asks_before_public(form, before):
        names = {"market": market, "form": form, "voids": voids(market), "exists": market.call_in is not None}
        return render_template("markets/team/call_in_edit.html", **names), form.http_status
    turned = bool(keys_turned(market.id))
    kept = call_ins.prepare_call_in(market, form.words, current_user.id, same=bool(form.same.data))
    say_saved(market, turned)
    shelf = url_for("places_team.call_in_page", market_id=market.id)
    return on_from(kept.stale_fields, shelf, url_for("places_evening.prepare", market_id=market.id))


@evening_blueprint.post("/<int:market_id>/call-in/end")
def end(market_id: int) -> ResponseReturnValue:
    """End the call-in, which makes its texts public."""
    market = admitted_market(market_id, current_user.id, to_change=True)
    form = CallInEndForm()
    if not form.validate():
        return evening_page(market, form), 422
    call_ins.end_call_in(market, current_user.id)
    flash(_("It is public now, in both languages."), "success")
    return redirect(url_for("places_team.call_in_page", market_id=market.id))


def voids(market: Market) -> bool:
    """Return whether changed texts would void confirmations."""
    return not is_public(market.released_at, now()) and bool(keys_turned(market.id))


def say_saved(market: Market, turned: bool) -> None:
    """Flash that the texts are saved, and whether that voided turned keys."""
    flash(_("Saved."), "success")
    if turned and not keys_turned(market.id):
        flash(_("Both keys must be turned again: the texts have changed."), "warning")


lead_blueprint = AudienceBlueprint(
    "places_lead",
    __name__,
    audience=members("community_lead"),
    url_prefix="/<lang:lang>/lead/places",
    # A file that is too large still gets an error message.
    largest=4 * MOST_BOUNDARY_BYTES,
)


@lead_blueprint.teardown_request
def let_go(_error: BaseException | None) -> None:
    """Close the temporary files of large uploads, so that nothing of them stays on the disk."""
    request.close()


@lead_blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Create a hidden place."""
    form = PlaceForm([current_user.member])
    if not form.validate_on_submit() or names_hidden_place(form, current_user.id) or form.asks():
        return _form_page(form), form.http_status
    market = place_actions.begin_market(form.description, current_user.id)
    flash(_("The place is begun. Only you know of it: admit those who work on it."), "success")
    _warn_of_namesake(market)
    return redirect(url_for("places_lead.people", market_id=market.id))


@lead_blueprint.route("/<int:market_id>/edit", methods=["GET", "POST"])
def edit(market_id: int) -> ResponseReturnValue:
    """Edit the texts of a place; gaps are allowed while it is hidden and no key is turned."""
    market = known_market(market_id, current_user.id, to_change=request.method == "POST")
    form = PlaceForm(_candidates(market))
    form.stale = market.stale_fields
    if not form.validate_over(as_typed(market), market.version):
        return _form_page(form, market), form.http_status
    if is_public(market.released_at, now()) or keys_turned(market.id):
        form.say_what_is_missing(gaps(form.description))
    # A hidden place is released automatically at its hour, with the texts it has then.
    if form.errors or names_hidden_place(form, current_user.id, market.id) or form.asks(market):
        return _form_page(form, market), 422
    turned = bool(keys_turned(market.id))
    place_actions.describe_market(market, form.description, current_user.id, same=bool(form.same.data))
    say_saved(market, turned)
    _warn_of_namesake(market)
    _warn_of_others(market)
    shelf = url_for("places_team.place", market_id=market.id)
    return on_from(market.stale_fields, shelf, url_for("places_lead.edit", market_id=market.id))


@lead_blueprint.post("/<int:market_id>/boundary")
def draw_boundary(market_id: int) -> ResponseReturnValue:
    """Replace the boundary of a place."""
    market = known_market(market_id, current_user.id, to_change=True)
    boundary = BoundaryForm()
    if not boundary.validate():
        form = PlaceForm(_candidates(market), formdata=None, data={**as_typed(market), "version": str(market.version)})
        form.stale = market.stale_fields
        return _form_page(form, market, boundary=boundary), 422
    set_boundary(market, boundary.area)
    record("market.boundary_set", "market", market.id, current_user.id)
    flash(_("The boundary is set. The public sees it when it sees the place."), "success")
    return redirect(url_for("places_lead.edit", market_id=market.id))


@lead_blueprint.get("/<int:market_id>/people")
def people(market_id: int) -> str:
    """Show the members admitted to the place, and those who could be."""
    return _people_page(admitted_market(market_id, current_user.id))


@lead_blueprint.post("/<int:market_id>/people")
def admit(market_id: int) -> ResponseReturnValue:
    """Admit a member to the place."""
    market = admitted_market(market_id, current_user.id, to_change=True)
    form = _admit_form(market)
    if not form.validate():
        return _people_page(market, form), 422
    place_actions.admit(market, member(int(form.member.data)), current_user.id)
    flash(_("They are admitted. Tell them yourself: the portal sends no message about a hidden place."), "success")
    return redirect(url_for("places_lead.people", market_id=market.id))


@lead_blueprint.post("/<int:market_id>/people/<int:member_id>/out")
def end_admission(market_id: int, member_id: int) -> ResponseReturnValue:
    """End a member's admission to the place."""
    market = admitted_market(market_id, current_user.id, to_change=True)
    place_actions.end_admission(market, member_id, current_user.id)
    if member_id == current_user.id:
        flash(_("You are no longer admitted there."), "success")
        return redirect(url_for("places_team.index"))
    flash(_("They are no longer admitted. What they know they still know."), "success")
    _warn_of_others(market)
    return redirect(url_for("places_lead.people", market_id=market.id))


@lead_blueprint.route("/<int:market_id>/status", methods=["GET", "POST"])
def judge(market_id: int) -> ResponseReturnValue:
    """Decide on the status of a place; the decision is added to the history."""
    market = known_market(market_id, current_user.id, to_change=request.method == "POST")
    form, latest = StatusForm(market), market.standing
    is_whole = form.validate_over(decision_begun(latest), latest.id if latest else 0)
    before = [latest.decided_by, latest.evidence] if latest else []
    if not is_whole or names_hidden_place(form, current_user.id, market.id) or asks_before_public(form, before):
        return render_template("markets/team/status.html", market=market, form=form), form.http_status
    place_actions.decide_status(market, form.verdict, current_user.member)
    flash(_("The decision stands, in both languages."), "success")
    return _to_place(market)


@lead_blueprint.route("/<int:market_id>/decisions/<int:decision_id>", methods=["GET", "POST"])
def correct_decision(market_id: int, decision_id: int) -> ResponseReturnValue:
    """Correct the words of a decision; its status and its days stay."""
    market = known_market(market_id, current_user.id, to_change=request.method == "POST")
    decision = next((one for one in market.decisions if one.id == decision_id), None)
    if decision is None:
        raise NotFound
    form, stored = DecisionWordsForm(), decision.words
    typed = {**both("decided_by", stored.decided_by), **both("evidence", stored.evidence)}
    is_whole = form.validate_over(typed, stored.mark)
    if not is_whole or names_hidden_place(form, current_user.id, market.id) or asks_before_public(form):
        about = [
            f"{status_name(decision.status)} · {date_words(decision.since_on)}",
            _(
                "The new words take the place of the old ones, which are erased. The status and its days stay. Who "
                "reads the page sees that words were corrected, and on which day."
            ),
        ]
        return _form_of(market, _("Correct these words"), about).show(form)
    words = DecisionWords(form.pair("decided_by"), form.pair("evidence"))
    place_actions.correct_decision(market, decision, words, current_user.member)
    flash(_("Corrected. The words from before are gone."), "success")
    return _to_place(market)


@lead_blueprint.route("/<int:market_id>/steps/<item>", methods=["GET", "POST"])
def note_evidence(market_id: int, item: str) -> ResponseReturnValue:
    """Edit the evidence for one step."""
    market, step = admitted_market(market_id, current_user.id, to_change=request.method == "POST"), _item(item)
    stored, form = evidence(market.id).get(step), GateEvidenceForm()
    if not form.validate_over(evidence_as_typed(stored), stored.version if stored else 0):
        return _evidence_page(market, step, form)
    try:
        gate.note_evidence(market, step, form.noted, current_user.id)
    except Refused as refusal:
        form.complain(WHERE[refusal.key], REFUSALS[refusal.key])
        return _evidence_page(market, step, form)
    flash(_("Saved."), "success")
    return redirect(url_for("places_team.steps", market_id=market.id))


WHERE = {
    "evidence_words": "said",
    "evidence_date": "done_on",
    "evidence_link": "link",
}
"""The field that shows the error of a refusal."""


def _item(item: str) -> EvidenceItem:
    if item not in set(EvidenceItem):
        raise NotFound
    return EvidenceItem(item)


def _candidates(market: Market) -> list[Any]:
    """Return possible owners and deputies: members admitted to the place, and the present ones."""
    seated = {market.owner_id, market.deputy_id}
    inside = admitted_people(market.id)
    return [one for one in inside if one.id in seated or (one.left_at is None and may_be_admitted(one.roles))]


def _admit_form(market: Market) -> AdmitForm:
    return AdmitForm([(one, roles_in_words(one.roles)) for one in people_to_admit(market.id)])


def _people_page(market: Market, form: AdmitForm | None = None) -> str:
    inside = people_in_words(market)
    form = form or _admit_form(market)
    return render_template("markets/team/people.html", market=market, inside=inside, form=form)


def _form_page(form: PlaceForm, market: Market | None = None, boundary: BoundaryForm | None = None) -> str:
    return render_template(
        "markets/team/edit.html",
        form=form,
        market=market,
        voids=market is not None and voids(market),
        boundary=boundary or BoundaryForm(formdata=None),
        has_boundary=market is not None and has_boundary(market.id),
    )


def _warn_of_namesake(market: Market) -> None:
    if has_namesake(market, current_user.id):
        flash(_("Another place has this name too. Whoever reads it cannot tell them apart."), "warning")


def _warn_of_others(market: Market) -> None:
    for sentence in warnings_of_others(market.id):
        flash(sentence, "warning")


def _evidence_page(market: Market, item: EvidenceItem, form: GateEvidenceForm) -> tuple[str, int]:
    words = _(
        "Those who are admitted read this. Never write the name of somebody who sells, of a family, or of anybody who "
        "was visited."
    )
    return _form_of(market, str(ITEM_NAMES[item]), [words]).show(form)


def _form_of(market: Market, title: str, words: Sequence[str]) -> FormPage:
    # The name of a hidden place must not stand in a tab or a history.
    frame = FormFrame("markets/team/frame.html", {"market": market})
    return FormPage(title, _("Save"), words, frame, tab=_("Place"), keep=True, busy=_("Saving…"))


def _to_place(market: Market) -> Response:
    return redirect(url_for("places_team.place", market_id=market.id))
