"""The pages of a call-in: list, planning form, overview, changes of state, services and follow-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import Field, SelectChoice, SelectField
from wtforms.validators import DataRequired, NumberRange, Optional

from portal.core.clock import today
from portal.core.editing import EditorForm, is_sure, line
from portal.core.forms import (
    NUMBER,
    SHORT,
    DateField,
    FormPage,
    IntegerField,
    ProtectedForm,
    TimeField,
    readable,
    refuse,
    text,
)
from portal.core.statuses import NotAllowed, NotFound
from portal.markets.places import Market
from portal.partners import circles
from portal.partners.callin import call_ins, texts
from portal.partners.callin.call_ins import CallInOffer, page_of
from portal.partners.callin.evening import OpenedCallIn, enter_evening, enter_voices, in_evening, open_evening
from portal.partners.callin.evening_rules import AftercareStep, EveningState, VoicePoint, may_move
from portal.partners.callin.rules import Found, named_there, obvious_name
from portal.partners.circle_rules import Act
from portal.partners.circles import CircleSeat, SealedWords, SureForm, done, inside, my_keys, open_text
from portal.partners.polls.polls import agreed_start

FILL_IN = _l("Please fill this in.")
MOST_PEOPLE = 99
WRONG_NUMBER = _l("Please write a number from %(min)d to %(max)d.")
OPTIONAL = {"optional": True}
DAY_IS_SEEN = _l("Everybody in the circle sees the day.")
KNOWN_BY_NAME = _l("One person, known by name, whom families can call the next morning.")
NOT_PRIVATE = _l("An office number or a desk, nobody's private phone.")
ONLY_ADMITTED = _l("Only places to which you are admitted. Others in the circle see it only if they are admitted too.")


def count_field(label: Any, hint: Any = "") -> IntegerField:
    limits = [Optional(), readable, NumberRange(0, MOST_PEOPLE, WRONG_NUMBER)]
    return IntegerField(label, validators=limits, description=hint, render_kw=NUMBER | OPTIONAL)


def refuse_names(field: Field, rule: Callable[[str], Found | None]) -> None:
    """Refuse text that contains a name according to `rule`: people who were called in must not be named."""
    if (reason := rule(field.data or "")) is not None:
        refuse(texts.NAMES_REFUSED[reason])


class CallInForm(SealedWords, EditorForm):
    SEALED = ("begins", "where", "people", "coordinator", "reach")
    held_on = DateField(_l("Day"), [readable, DataRequired(FILL_IN)], description=DAY_IS_SEEN, render_kw=SHORT)
    begins = TimeField(_l("Begins at"), validators=[Optional(), readable], render_kw=SHORT | OPTIONAL)
    where = line(_l("Where people meet"), 160, _l("A building or a street, nobody's name."), optional=True)
    people = count_field(_l("How many people are called in"), _l("A number only. The portal never asks who they are."))
    coordinator = line(_l("Coordinator of services"), 80, KNOWN_BY_NAME, optional=True)
    reach = line(_l("How the coordinator is reached at work"), 160, NOT_PRIVATE, optional=True)
    market = SelectField(_l("Place that it belongs to"), coerce=str, description=ONLY_ADMITTED)

    def __init__(self, places: Sequence[Market], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        named = [SelectChoice(str(place.id), str(place.name)) for place in places]
        self.market.choices = [SelectChoice("", _l("None")), *named]

    def validate_where(self, field: Field) -> None:
        """Refuse names of people: the place is printed on every sheet, and may be a building or a street only."""
        if reason := named_there(field.data or ""):
            refuse(texts.NAMES_REFUSED[reason] if reason is Found.NUMBER else texts.NO_NAME_WHERE)

    @property
    def market_id(self) -> int | None:
        return int(self.market.data) if self.market.data else None


blueprint = circles.circle_blueprint("call_ins", __name__, "call-ins")
BADGES = {
    EveningState.PREPARING: "open",
    EveningState.READY: "set",
    EveningState.ENDED: "done",
    EveningState.OFF: "cancelled",
}
blueprint.add_app_template_global(BADGES.__getitem__, "call_in_badge")
blueprint.add_app_template_global(vars(texts).__getitem__, "call_in_words")
blueprint.add_app_template_global(VoicePoint, "CallInPoint")
blueprint.add_app_template_filter(texts.hour)


@blueprint.get("/")
def index(circle_id: int) -> str:
    seat, keys = enter_voices(circle_id, Act.READ), my_keys()
    evenings = [open_evening(seat, call_in, keys) for call_in in call_ins.of_circle(seat.circle)]
    return render_template("partners/callin/index.html", seat=seat, evenings=evenings)


@blueprint.route("/new", methods=["GET", "POST"])
def plan(circle_id: int) -> ResponseReturnValue:
    """Plan a call-in; the form begins with the date that the circle agreed on."""
    seat = enter_voices(circle_id, Act.LEAD)
    form = CallInForm(call_ins.my_places(seat.member.id))
    if not form.is_submitted() and (agreed := agreed_start(seat.circle)):
        form.process(data={"held_on": agreed.date(), "begins": agreed.time()})
    if not form.validate_on_submit():
        return _form_page(seat, form, _("Plan a call-in"))
    call_in = call_ins.plan_call_in(seat, form.held_on.data, form.words, form.market_id)
    return redirect(page_of(call_in, "call_ins.show"))


@blueprint.get("/<int:call_in_id>/")
def show(circle_id: int, call_in_id: int) -> str:
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    return _page(seat, evening, SureForm())


@blueprint.route("/<int:call_in_id>/edit", methods=["GET", "POST"])
def edit(circle_id: int, call_in_id: int) -> ResponseReturnValue:
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    call_in = evening.call_in
    # The complete sealed text: parts that this lead may not see are written back unchanged.
    words = circles.open_to_change(call_in)
    form = CallInForm(call_ins.my_places(seat.member.id))
    # A place that this lead may not know of is no difference either.
    place = call_ins.place_of(call_in, seat.member.id)
    stored = {**form.opened(words), "held_on": call_in.held_on, "market": str(place.id) if place else ""}
    if not form.validate_over(stored, call_in.version):
        return _form_page(seat, form, _("Change day, hour and coordinator"))
    call_ins.change_call_in(seat, call_in, form.held_on.data, {**words, **form.words}, form.market_id)
    return done(_("Saved."), page_of(call_in, "call_ins.show"))


@blueprint.post("/<int:call_in_id>/state/<state>")
def move_on(circle_id: int, call_in_id: int, state: str) -> ResponseReturnValue:
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    then = EveningState(state) if state in set(EveningState) else EveningState.PREPARING
    form = SureForm()
    if then in (EveningState.ENDED, EveningState.OFF) and not form.validate():
        return _page(seat, evening, form), 422
    # The complete sealed text: parts that this lead may not see are written back unchanged.
    words = open_text(evening.call_in, my_keys())
    call_ins.move_on(seat, evening.call_in, then, evening.lacks, words)
    return done(_("Saved."), page_of(evening.call_in, "call_ins.show"))


def _page(seat: CircleSeat, evening: OpenedCallIn, form: SureForm) -> str:
    call_in = evening.call_in
    leads = seat.may(Act.LEAD) and not seat.circle.closed_on
    return render_template(
        "partners/callin/show.html",
        seat=seat,
        evening=evening,
        form=form,
        place=call_ins.place_of(call_in, seat.member.id),
        tonight=call_ins.tonight_of(seat, call_in),
        speaks_here=evening.voice_of(seat.member.id) is not None,
        clocks=[] if seat.is_police else call_ins.clocks_of(call_in),
        may={
            then
            for then in EveningState
            if leads and may_move(call_in.state, then, held_on=call_in.held_on, today=today())
        },
    )


def _form_page(seat: CircleSeat, form: CallInForm, title: str) -> tuple[str, int]:
    return FormPage(title, _("Save"), frame=inside(seat), keep=True).show(form)


class OfferForm(SealedWords, ProtectedForm):
    SEALED = ("what", "office", "made", "delivered")
    what = text(_l("What is offered"), 120, _l("Such as: help with work, treatment, papers for housing."))
    office = line(_l("Which office gives it"), 120, optional=True)
    made = count_field(_l("Offers made"))
    delivered = count_field(_l("Offers delivered"))

    def validate_what(self, field: Field) -> None:
        """Refuse names: offers are counted, not the people to whom they are made."""
        refuse_names(field, obvious_name)

    def validate_delivered(self, field: Field) -> None:
        if (field.data or 0) > (self.made.data or 0):
            refuse(_l("More were delivered than were made. Please check both numbers."))

    @property
    def words(self) -> dict[str, str]:
        return {**super().words, **{name: str(self[name].data or 0) for name in ("made", "delivered")}}


class AftercareForm(SealedWords, ProtectedForm):
    SEALED = ("reached",)
    reached = count_field(_l("How many were reached"))


help_blueprint = circles.circle_blueprint("call_ins_help", __name__, "call-ins/<int:call_in_id>/help")


@help_blueprint.get("/", endpoint="index")
def follow_up(circle_id: int, call_in_id: int) -> str:
    return _follow_up(*_enter_help(circle_id, call_in_id, Act.READ), AftercareForm())


@help_blueprint.route("/new", methods=["GET", "POST"], endpoint="add")
def add_offer(circle_id: int, call_in_id: int) -> ResponseReturnValue:
    seat, evening = _enter_help(circle_id, call_in_id, Act.WRITE)
    form = OfferForm()
    if not form.validate_on_submit():
        return FormPage(_("Add a service"), _("Save"), frame=in_evening(seat, evening), keep=True).show(form)
    call_ins.add_line(seat, evening.call_in, CallInOffer(), form.words)
    return redirect(page_of(evening.call_in, "call_ins_help.index"))


@help_blueprint.route("/<int:offer_id>/", methods=["GET", "POST"], endpoint="edit")
def edit_offer(circle_id: int, call_in_id: int, offer_id: int) -> ResponseReturnValue:
    seat, evening = _enter_help(circle_id, call_in_id, Act.WRITE)
    row = call_ins.line_of(CallInOffer, evening.call_in, offer_id)
    words = circles.open_to_change(row)
    form = OfferForm()
    if not form.is_submitted():
        form.process(data=form.opened(words))
    if not form.validate_on_submit():
        surely = page_of(evening.call_in, "call_ins_help.drop", offer_id=offer_id), _("Take this out")
        frame = in_evening(seat, evening)
        return FormPage(_("Change a service"), _("Save"), frame=frame, surely=surely, keep=True).show(form)
    call_ins.change_line(seat, evening.call_in, row, form.words)
    return done(_("Saved."), page_of(evening.call_in, "call_ins_help.index"))


@help_blueprint.post("/<int:offer_id>/drop", endpoint="drop")
def drop_offer(circle_id: int, call_in_id: int, offer_id: int) -> Response:
    seat, evening = _enter_help(circle_id, call_in_id, Act.WRITE)
    offer = call_ins.line_of(CallInOffer, evening.call_in, offer_id)
    if is_sure():
        call_ins.drop_line(seat, evening.call_in, offer)
        flash(_("Taken out."), "success")
    return redirect(page_of(evening.call_in, "call_ins_help.index"))


@help_blueprint.post("/steps/<step>/<done>")
def step(circle_id: int, call_in_id: int, step: str, done: str) -> ResponseReturnValue:
    seat, evening = _enter_help(circle_id, call_in_id, Act.WRITE)
    which, form = circles.chosen(AftercareStep, step), AftercareForm()
    if done == "undone":
        call_ins.reopen_step(seat, evening.call_in, which)
    elif done != "done":
        raise NotFound
    elif not form.validate():
        return _follow_up(seat, evening, form), 422
    else:
        call_ins.finish_step(seat, evening.call_in, which, form.words)
    return redirect(page_of(evening.call_in, "call_ins_help.index"))


def _enter_help(circle_id: int, call_in_id: int, act: Act) -> tuple[CircleSeat, OpenedCallIn]:
    """Return like `enter_evening`. Raises NotAllowed for police, too."""
    seat, evening = enter_evening(circle_id, call_in_id, act)
    if seat.is_police:
        raise NotAllowed
    return seat, evening


def _follow_up(seat: CircleSeat, evening: OpenedCallIn, form: AftercareForm) -> str:
    keys, steps = my_keys(), call_ins.steps(evening.call_in)
    offers = [(row, open_text(row, keys)) for row in call_ins.lines(CallInOffer, evening.call_in)]
    return render_template(
        "partners/callin/help.html",
        seat=seat,
        evening=evening,
        form=form,
        offers=[(row, words) for row, words in offers if words is not None],
        clocks=call_ins.clocks_of(evening.call_in),
        done={step: row.done_on for step, row in steps.items()},
        reached={step: (open_text(row, keys) or {}).get("reached", "") for step, row in steps.items()},
    )
