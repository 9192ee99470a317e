"""The pages of a call-in: list, plan, door, overview, changes of state, services and follow-up, and speakers.

The list of speakers is as sensitive as a tip: all but the overview of points requires access to the roster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, ClassVar

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import delete, exists, select
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, RadioField, SelectField
from wtforms.validators import DataRequired, Optional

from portal.core import forms
from portal.core.clock import today, zone
from portal.core.db import session
from portal.core.editing import EditorForm, done, line, lines
from portal.core.forms import NUMBER, SHORT, Between, DateField, FormPage, IntegerField, choices_of, refuse
from portal.core.i18n import LANGUAGES, language
from portal.core.slugs import public_address
from portal.core.statuses import NotAllowed
from portal.markets.places import Market
from portal.partners import circles
from portal.partners.callin import call_ins, evening_rules, own_part
from portal.partners.callin.call_ins import CallInCard, CallInLink, CallInOffer, page_of
from portal.partners.callin.evening import OpenedCallIn, Voice, enter_evening, in_evening, open_evening
from portal.partners.callin.evening_rules import AftercareStep, Consent, EveningState, VoicePoint, Who
from portal.partners.callin.rules import Found, delicate, named_there, not_neutral, obvious_name
from portal.partners.circle_rules import Act, CircleKind
from portal.partners.circles import CircleSeat, SealedWords, my_keys, once_sure, open_text
from portal.partners.polls.polls import agreed_start

MOST_PEOPLE = 99
OPTIONAL = {"optional": True}
DAY_IS_SEEN = _l("Everybody in the circle sees the day.")
KNOWN_BY_NAME = _l("One person, known by name, whom families can call the next morning.")
NOT_PRIVATE = _l("An office number or a desk, nobody's private phone.")
ONLY_ADMITTED = _l("Only places to which you are admitted. Others in the circle see it only if they are admitted too.")

GROUPS = _l("One line each, such as: group A, 3 people, with families.")
DOORS = _l("Such as: group A comes at 5:45 by the side door, group B at 6:10.")
CHAIRS = _l("Some of those called in will not come. Who takes the chairs away, who goes to see them, and when?")


def count_field(label: Any, hint: Any = "") -> IntegerField:
    limits = [Optional(), Between(0, MOST_PEOPLE)]
    return IntegerField(label, validators=limits, description=hint, render_kw=NUMBER | OPTIONAL)


class NoNames:
    """Mixin for a form that refuses names in some fields, by a rule for each: whoever is called in is not named."""

    NO_NAMES: ClassVar[Mapping[str, Callable[[str], Found | None]]]

    def validate(self: Any, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)  # type: ignore[misc]
        for name, rule in self.NO_NAMES.items():
            if (reason := rule(self[name].data or "")) is not None:
                self[name].errors = [*self[name].errors, call_ins.NAMES_REFUSED[reason]]
        return not self.errors


class CallInForm(SealedWords, EditorForm):
    SEALED = ("begins", "where", "people", "coordinator", "reach")
    held_on = DateField(_l("Day"), [DataRequired()], description=DAY_IS_SEEN, render_kw=SHORT)
    begins = forms.TimeField(_l("Begins at"), validators=[Optional()], render_kw=SHORT | OPTIONAL)
    where = line(_l("Where people meet"), 160, _l("A building or a street, nobody's name."), optional=True)
    people = count_field(_l("How many people are called in"), _l("A number only. The portal never asks who they are."))
    coordinator = line(_l("Coordinator of services"), 80, KNOWN_BY_NAME, optional=True)
    reach = line(_l("How the coordinator is reached at work"), 160, NOT_PRIVATE, optional=True)
    market = SelectField(_l("Place that it belongs to"), coerce=str, description=ONLY_ADMITTED)

    def __init__(self, places: Sequence[Market]) -> None:
        super().__init__()
        self.market.choices = choices_of({place.id: str(place.name) for place in places}, _l("None"))

    def validate_where(self, field: Field) -> None:
        """Refuse names of people: the place is printed on every sheet, and may be a building or a street only."""
        if reason := named_there(field.data or ""):
            refuse(call_ins.NAMES_REFUSED[reason] if reason is Found.NUMBER else call_ins.NO_NAME_WHERE)

    @property
    def market_id(self) -> int | None:
        return int(self.market.data) if self.market.data else None


class DoorForm(NoNames, SealedWords, EditorForm):
    SEALED = evening_rules.DOOR_WORDS
    NO_NAMES = {"labels": not_neutral, "apart": not_neutral, "chairs": obvious_name}
    labels = lines(_l("People called in, as labels"), 600, GROUPS, rows=4, optional=True)
    apart = lines(_l("Who must not meet at the door"), 600, DOORS, rows=4, optional=True)
    chairs = lines(_l("What happens with empty chairs"), 1_000, CHAIRS, rows=4, optional=True)


blueprint = circles.circle_blueprint("call_ins", __name__, "call-ins")
BADGES = {
    EveningState.PREPARING: "open",
    EveningState.READY: "set",
    EveningState.ENDED: "done",
    EveningState.OFF: "cancelled",
}
blueprint.add_app_template_global(BADGES.__getitem__, "call_in_badge")
blueprint.add_app_template_global(vars(call_ins).__getitem__, "call_in_words")
blueprint.add_app_template_global(VoicePoint, "CallInPoint")
blueprint.add_app_template_filter(call_ins.hour)


@blueprint.get("/")
def index(circle_id: int) -> str:
    seat, keys = circles.enter(circle_id, Act.READ, CircleKind.MORAL_VOICE), my_keys()
    evenings = [open_evening(seat, call_in, keys) for call_in in call_ins.of_circle(seat.circle)]
    return render_template("partners/callin/index.html", seat=seat, evenings=evenings)


@blueprint.route("/new", methods=["GET", "POST"])
def plan(circle_id: int) -> ResponseReturnValue:
    seat = circles.enter(circle_id, Act.LEAD, CircleKind.MORAL_VOICE)
    form = CallInForm(call_ins.my_places(seat.member.id))
    if not form.is_submitted() and (agreed := agreed_start(seat.circle)):
        form.process(data={"held_on": agreed.date(), "begins": agreed.time()})
    if not form.validate_on_submit():
        return FormPage(_("Plan a call-in"), _("Save"), frame=circles.inside(seat), keep=True).show(form)
    call_in = call_ins.plan_call_in(seat, form.held_on.data, form.words, form.market_id)
    return redirect(page_of(call_in, "call_ins.show"))


@blueprint.get("/<int:call_in_id>/")
def show(circle_id: int, call_in_id: int) -> str:
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    call_in = evening.call_in
    may = evening_rules.moves(call_in.state, held_on=call_in.held_on, today=today())
    return render_template(
        "partners/callin/show.html",
        seat=seat,
        evening=evening,
        noon=datetime.combine(call_in.held_on, time(12), zone()),
        place=call_ins.place_of(call_in, seat.member.id),
        tonight=call_ins.tonight_of(seat, call_in),
        speaks_here=evening.voice_of(seat.member.id) is not None,
        clocks=[] if seat.is_police else call_ins.clocks_of(call_in),
        may=may if seat.may(Act.LEAD) and not seat.circle.closed_on else (),
    )


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
        title = _("Change day, hour and coordinator")
        return FormPage(title, _("Save"), frame=circles.inside(seat), keep=True).show(form)
    call_ins.change_call_in(seat, call_in, form.held_on.data, {**words, **form.words}, form.market_id)
    return done(page_of(call_in, "call_ins.show"), _("Saved."))


@blueprint.route("/<int:call_in_id>/door", methods=["GET", "POST"])
def door(circle_id: int, call_in_id: int) -> ResponseReturnValue:
    """Edit the instructions for the door: groups that must not meet, as labels, and the use of empty chairs."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    words, form = circles.need(evening.words), DoorForm()
    if not form.validate_over(form.opened(words), evening.call_in.version):
        rule = _(
            "Nobody who is called in is named here, nor anywhere in the portal. Write counts and labels: “group A”, "
            "“two brothers”, “person 3”. Obvious names are refused; that does not find every one, so look yourself."
        )
        frame = in_evening(seat, evening)
        return FormPage(_("What the door must know"), _("Save"), [rule], frame, keep=True).show(form)
    call_ins.change_door(seat, evening.call_in, {**words, **form.words})
    return done(page_of(evening.call_in, "call_ins.show"), _("Saved."))


@blueprint.post("/<int:call_in_id>/state/<state>")
def move_on(circle_id: int, call_in_id: int, state: str) -> Response:
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    then, overview = circles.chosen(EveningState, state), page_of(evening.call_in, "call_ins.show")
    if then in (EveningState.ENDED, EveningState.OFF) and "sure" not in request.form:
        flash(circles.NOT_SURE, "warning")
        return redirect(overview)
    # The complete sealed text: parts that this lead may not see are written back unchanged.
    words = open_text(evening.call_in, my_keys())
    call_ins.move_on(seat, evening.call_in, then, evening.lacks, words)
    return done(overview, _("Saved."))


class OfferForm(NoNames, SealedWords, forms.ProtectedForm):
    SEALED = ("what", "office", "made", "delivered")
    # Offers are counted, not the people to whom they are made.
    NO_NAMES = {"what": obvious_name}
    what = forms.text(_l("What is offered"), 120, _l("Such as: help with work, treatment, papers for housing."))
    office = line(_l("Which office gives it"), 120, optional=True)
    made = count_field(_l("Offers made"))
    delivered = count_field(_l("Offers delivered"))

    def validate_delivered(self, field: Field) -> None:
        if (field.data or 0) > (self.made.data or 0):
            refuse(_l("More were delivered than were made. Please check both numbers."))


class AftercareForm(SealedWords, forms.ProtectedForm):
    SEALED = ("reached",)
    reached = count_field(_l("How many were reached"))


help_blueprint = circles.circle_blueprint("call_ins_help", __name__, "call-ins/<int:call_in_id>/help")


@help_blueprint.get("/", endpoint="index")
def follow_up(circle_id: int, call_in_id: int) -> str:
    return _follow_up(*enter_evening(circle_id, call_in_id, Act.READ, police=False), AftercareForm())


@help_blueprint.route("/new", methods=["GET", "POST"], defaults={"offer_id": None}, endpoint="add")
@help_blueprint.route("/<int:offer_id>/", methods=["GET", "POST"], endpoint="edit")
def edit_offer(circle_id: int, call_in_id: int, offer_id: int | None) -> ResponseReturnValue:
    seat, evening = enter_evening(circle_id, call_in_id, Act.WRITE, police=False)
    form, offer, title, surely = OfferForm(), CallInOffer(), _("Add a service"), None
    if offer_id is not None:
        offer, title = call_ins.line_of(CallInOffer, evening.call_in, offer_id), _("Change a service")
        form = OfferForm(data=form.opened(circles.open_to_change(offer)))
        surely = page_of(evening.call_in, "call_ins_help.drop", offer_id=offer_id), _("Take this out")
    if not form.validate_on_submit():
        return FormPage(title, _("Save"), frame=in_evening(seat, evening), surely=surely, keep=True).show(form)
    call_ins.keep_line(seat, evening.call_in, offer, form.words)
    return done(page_of(evening.call_in, "call_ins_help.index"), _("Saved."))


@help_blueprint.post("/<int:offer_id>/drop", endpoint="drop")
def drop_offer(circle_id: int, call_in_id: int, offer_id: int) -> Response:
    seat, evening = enter_evening(circle_id, call_in_id, Act.WRITE, police=False)
    offer = call_ins.line_of(CallInOffer, evening.call_in, offer_id)
    there = page_of(evening.call_in, "call_ins_help.index")
    return once_sure(lambda: call_ins.drop_line(seat, evening.call_in, offer), _("Taken out."), there)


@help_blueprint.post("/steps/<step>/<any(done, undone):done>")
def step(circle_id: int, call_in_id: int, step: str, done: str) -> ResponseReturnValue:
    seat, evening = enter_evening(circle_id, call_in_id, Act.WRITE, police=False)
    which, form = circles.chosen(AftercareStep, step), AftercareForm()
    if done == "undone":
        call_ins.reopen_step(seat, evening.call_in, which)
    elif not form.validate():
        return _follow_up(seat, evening, form), 422
    else:
        call_ins.finish_step(seat, evening.call_in, which, form.words)
    return redirect(page_of(evening.call_in, "call_ins_help.index"))


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


def voice_names(voices: Sequence[Voice]) -> dict[int, Any]:
    return {voice.card.id: voice.name or call_ins.WHO[voice.who] for voice in voices}


SAFETY_ANSWERS = {"": _l("Not asked yet"), "yes": _l("Yes"), "no": _l("No")}


class VoiceForm(SealedWords, EditorForm):
    """The form of a speaker and their preparation. Consents are recorded separately, with dates."""

    SEALED = (*evening_rules.WORDS, "notes")
    name = line(_l("What we call them"), 80)
    who = SelectField(_l("As what they speak"), choices=choices_of(call_ins.WHO))
    point = RadioField(_l("Their one point"), choices=choices_of(call_ins.POINTS, _l("Not decided yet")), default="")
    asked_by = line(_l("Who asked them"), 80)
    rehearsed = DateField(_l("Rehearsal held on"), validators=[Optional()])
    interpreter = line(_l("Interpreter"), 80)
    support = line(_l("Who sits beside them"), 80)
    block, door, ride = (
        RadioField(question, choices=choices_of(SAFETY_ANSWERS), default="") for question in call_ins.SAFETY.values()
    )
    safety = lines(_l("More about their safety"), 600)
    alternate = SelectField(_l("Who steps in for them"), coerce=str)
    member = SelectField(_l("Their account here"), coerce=str, default="")
    notes = lines(_l("What they want to say, in a few lines"), 2_000)

    sure = BooleanField(_l("Save it as it is"))
    found: tuple[str, ...] = ()
    """The kinds of personal details and threats that the writer is asked to check."""

    def __init__(self, others: Sequence[Voice], everybody: Sequence[CircleSeat]) -> None:
        super().__init__()
        self.alternate.choices = choices_of(voice_names(others), _l("Nobody yet"))
        named = {seat.member.id: seat.member.name for seat in everybody if not seat.is_police}
        self.member.choices = choices_of(named, _l("None"))
        self.others = others

    def validate_member(self, field: Field) -> None:
        """Refuse an account that belongs to another speaker, and any of somebody who may be under 18."""
        if field.data and self.who.data == Who.YOUTH:
            refuse(call_ins.NO_NAME_FOR_YOUTH)
        if field.data and any(voice.words["member"] == field.data for voice in self.others):
            refuse(_l("This account belongs to somebody else who speaks."))

    def validate_rehearsed(self, field: Field) -> None:
        if field.data and field.data > today():
            refuse(_l("That day is still to come. Write it down when the rehearsal was held."))

    def validate_name(self, field: Field) -> None:
        """Refuse a name of a speaker who may be under 18; require one of all others, to identify them."""
        if self.who.data == Who.YOUTH and field.data:
            refuse(call_ins.NO_NAME_FOR_YOUTH)
        if self.who.data != Who.YOUTH and not field.data:
            refuse(_l("Please fill this in."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for confirmation if the notes contain names, numbers or threats: speakers should use none of them."""
        whole = super().validate(extra_validators)
        self.found = delicate(self.notes.data or "", self.safety.data or "") if whole else ()
        return whole and (bool(self.sure.data) or not self.found)


voices_blueprint = circles.circle_blueprint("call_ins_voices", __name__, "call-ins/<int:call_in_id>/voices")


@voices_blueprint.get("/", endpoint="index")
def voices(circle_id: int, call_in_id: int) -> str:
    """Show how often each point is made and, to keepers of the roster, by which speakers."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    return render_template("partners/callin/voices.html", seat=seat, evening=evening)


@voices_blueprint.get("/<int:card_id>/", endpoint="show")
def show_voice(circle_id: int, call_in_id: int, card_id: int) -> str:
    seat, evening, voice = _enter_voice(circle_id, call_in_id, card_id)
    last_day, words = own_part.last_day(evening.call_in), voice.words
    account = (other for other in circles.seats(seat.circle) if str(other.member.id) == words["member"])
    return render_template(
        "partners/callin/voice.html",
        seat=seat,
        evening=evening,
        voice=voice,
        alternate=evening.cards.get(int(words["alternate"] or 0)),
        rehearsed=date.fromisoformat(words["rehearsed"]) if words["rehearsed"] else None,
        account=next(account, None),
        has_link=session.scalar(select(exists().where(CallInLink.card_id == card_id))),
        until=last_day,
        may_link=evening.call_in.state != EveningState.OFF and today() <= last_day,
    )


@voices_blueprint.route("/new", methods=["GET", "POST"], defaults={"card_id": None}, endpoint="add")
@voices_blueprint.route("/<int:card_id>/edit", methods=["GET", "POST"], endpoint="edit")
def edit_voice(circle_id: int, call_in_id: int, card_id: int | None) -> ResponseReturnValue:
    if card_id is None:
        voice, (seat, evening) = None, enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    else:
        seat, evening, voice = _enter_voice(circle_id, call_in_id, card_id)
    others = [other for other in evening.voices if other.card.id != card_id]
    form = VoiceForm(others, circles.seats(seat.circle))
    is_whole = form.validate_over(form.opened(voice.words), voice.card.version) if voice else form.validate_on_submit()
    if not is_whole:
        page = render_template("partners/callin/voice_edit.html", seat=seat, evening=evening, form=form, voice=voice)
        return page, form.http_status
    card = voice.card if voice else CallInCard()
    call_ins.keep_line(seat, evening.call_in, card, {**(voice.words if voice else {}), **form.words})
    return done(_voice_page(evening, card.id), _("Saved."))


@voices_blueprint.post("/<int:card_id>/consent/<consent>/<any(yes, no):given>")
def consent(circle_id: int, call_in_id: int, card_id: int, consent: str, given: str) -> Response:
    seat, evening, voice = _enter_voice(circle_id, call_in_id, card_id)
    call_ins.take_consent(seat, voice.card, voice.words, circles.chosen(Consent, consent), given=given == "yes")
    return done(_voice_page(evening, card_id), _("Written down, with today's date."))


@voices_blueprint.post("/<int:card_id>/seen")
def seen(circle_id: int, call_in_id: int, card_id: int) -> Response:
    seat, evening, voice = _enter_voice(circle_id, call_in_id, card_id)
    call_ins.settle(seat, voice.card, voice.words)
    return redirect(_voice_page(evening, card_id))


@voices_blueprint.post("/<int:card_id>/link")
def link(circle_id: int, call_in_id: int, card_id: int) -> str:
    import segno

    seat, evening, voice = _enter_voice(circle_id, call_in_id, card_id)
    token = own_part.make_link(seat, evening, voice)
    # Shown once, in the response itself: the link must not appear in a URL or a cookie.
    links = {lang: public_address("own_part.by_link", lang=lang, token=token) for lang in LANGUAGES}
    square = segno.make(links[language()], error="m").svg_inline(scale=3, border=4, light="#fff", dark="#000")
    return render_template(
        "partners/callin/link.html",
        seat=seat,
        evening=evening,
        voice=voice,
        links=links,
        square=Markup(square),  # noqa: S704 - an image of our own address
        until=own_part.last_day(evening.call_in),
    )


@voices_blueprint.post("/<int:card_id>/link/end")
def end_link(circle_id: int, call_in_id: int, card_id: int) -> Response:
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    call_ins.require_roster(seat)
    card = call_ins.line_of(CallInCard, evening.call_in, card_id)
    session.execute(delete(CallInLink).where(CallInLink.card_id == card.id))
    seat.record("circle.call_in_link_ended")
    return done(_voice_page(evening, card_id), _("The link is taken back. It opens nothing any more."))


@voices_blueprint.post("/<int:card_id>/drop", endpoint="drop")
def drop_voice(circle_id: int, call_in_id: int, card_id: int) -> Response:
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    card = call_ins.line_of(CallInCard, evening.call_in, card_id)
    there = page_of(evening.call_in, "call_ins_voices.index")
    return once_sure(lambda: call_ins.drop_line(seat, evening.call_in, card), _("Deleted."), there)


def _enter_voice(circle_id: int, call_in_id: int, card_id: int) -> tuple[CircleSeat, OpenedCallIn, Voice]:
    """Return like `enter_evening`, and a speaker. Raises NotAllowed if the reader's keys do not open their card."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    card = call_ins.line_of(CallInCard, evening.call_in, card_id)
    if card.id not in evening.cards:
        raise NotAllowed
    return seat, evening, evening.cards[card.id]


def _voice_page(evening: OpenedCallIn, card_id: int) -> str:
    return page_of(evening.call_in, "call_ins_voices.show", card_id=card_id)
