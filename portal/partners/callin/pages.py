"""The pages of a call-in: list, planning form, overview and changes of state.

`enter_evening` is the entry point of all call-in pages; the other modules of this package use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, SelectChoice, SelectField
from wtforms.validators import DataRequired, NumberRange, Optional

from portal.core.clock import today
from portal.core.editing import EditorForm, line
from portal.core.forms import (
    NUMBER,
    SHORT,
    DateField,
    FormFrame,
    FormPage,
    IntegerField,
    ProtectedForm,
    TimeField,
    readable,
    refuse,
)
from portal.core.statuses import NotAllowed, NotFound
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.markets.places import Market
from portal.partners.callin import call_in as evenings
from portal.partners.callin import call_in as queries
from portal.partners.callin.call_in import CallInPlan, call_in, clocks_of
from portal.partners.callin.evening import OpenedCallIn, open_evening
from portal.partners.callin.evening_rules import EveningState, VoicePoint, may_move
from portal.partners.callin.own_part import own_voice
from portal.partners.callin.rules import Found, keeps_roster, named_there, own_sheet
from portal.partners.callin.texts import (
    AMISS,
    CONSENTS,
    LACKS,
    NAMES_REFUSED,
    NO_NAME_WHERE,
    OWN_CONSENTS,
    OWN_EFFECTS,
    PART_WORDS,
    PARTS,
    POINT_WORDS,
    POINTS,
    PREPARED,
    ROOM_NAMES,
    SHEETS,
    STATES,
    STEPS,
    WHO,
    hour,
)
from portal.partners.circle_rules import Act, CircleKind
from portal.partners.circles import CircleSeat, Words, enter, inside, my_keys, open_text, open_to_change
from portal.partners.polls.polls import agreed_start

FILL_IN = _l("Please fill this in.")
MOST_PEOPLE = 99
WRONG_NUMBER = _l("Please write a number from %(min)d to %(max)d.")


OPTIONAL = {"optional": True}
DAY_IS_SEEN = _l("Everybody in the circle sees the day.")
KNOWN_BY_NAME = _l("One person, known by name, whom families can call the next morning.")
NOT_PRIVATE = _l("An office number or a desk, nobody's private phone.")
ONLY_ADMITTED = _l("Only places to which you are admitted. Others in the circle see it only if they are admitted too.")


def _count(label: Any, hint: Any = "") -> IntegerField:
    limits = [Optional(), readable, NumberRange(0, MOST_PEOPLE, WRONG_NUMBER)]
    return IntegerField(label, validators=limits, description=hint, render_kw=NUMBER | OPTIONAL)


class CallInForm(EditorForm):
    """The form of a call-in: day, start, place and its one coordinator."""

    held_on = DateField(_l("Day"), [readable, DataRequired(FILL_IN)], description=DAY_IS_SEEN, render_kw=SHORT)
    begins = TimeField(_l("Begins at"), validators=[Optional(), readable], render_kw=SHORT | OPTIONAL)
    where = line(_l("Where people meet"), 160, _l("A building or a street, nobody's name."), optional=True)
    people = _count(_l("How many people are called in"), _l("A number only. The portal never asks who they are."))
    coordinator = line(_l("Coordinator of services"), 80, KNOWN_BY_NAME, optional=True)
    reach = line(_l("How the coordinator is reached at work"), 160, NOT_PRIVATE, optional=True)
    market = SelectField(_l("Place that it belongs to"), coerce=str, description=ONLY_ADMITTED)

    def __init__(self, places: Sequence[Market], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        named = [SelectChoice(str(place.id), str(place.name)) for place in places]
        self.market.choices = [SelectChoice("", _l("None")), *named]

    def validate_where(self, field: Field) -> None:
        """Refuse names of people: the place is printed on every sheet, and may be a building or a street only."""
        if found := named_there(field.data or ""):
            refuse(NAMES_REFUSED[found] if found is Found.NUMBER else NO_NAME_WHERE)

    @property
    def words(self) -> dict[str, str]:
        """The content to be sealed."""
        return {
            "begins": self.begins.data.strftime("%H:%M") if self.begins.data else "",
            "people": "" if self.people.data is None else str(self.people.data),
            **{name: self[name].data or "" for name in ("where", "coordinator", "reach")},
        }

    @property
    def market_id(self) -> int | None:
        """The id of the chosen place, or None."""
        return int(self.market.data) if self.market.data else None


class EveningEndForm(ProtectedForm):
    """Confirmation that a call-in took place or is called off."""

    sure = BooleanField(_l("I am sure"), validators=[DataRequired(_l("Please check the box first."))])


def enter_voices(circle_id: int, act: Act) -> CircleSeat:
    """Return the signed-in member's seat in a circle that prepares call-ins. Raises `NotFound` for others."""
    seat = enter(circle_id, act)
    if seat.circle.kind != CircleKind.MORAL_VOICE:
        raise NotFound
    return seat


def enter_evening(
    circle_id: int, call_in_id: int, act: Act, *, roster: bool = False, to_change: bool = False
) -> tuple[CircleSeat, OpenedCallIn]:
    """Return the signed-in member's seat and the call-in, decrypted.

    `roster` admits only members who may know the speakers (else NotAllowed); `to_change` locks the row.
    """
    seat = enter_voices(circle_id, act)
    found = call_in(seat.circle, call_in_id, to_change=to_change)
    if roster and not keeps_roster(seat.role, seat.member.roles):
        raise NotAllowed
    return seat, open_evening(seat, found, my_keys())


blueprint = AudienceBlueprint(
    "call_ins", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/call-ins"
)
WORDS: Mapping[str, Mapping[Any, Any]] = {
    "amiss": AMISS,
    "consents": CONSENTS,
    "lacks": LACKS,
    "own_consents": OWN_CONSENTS,
    "own_effects": OWN_EFFECTS,
    "part_words": PART_WORDS,
    "parts": PARTS,
    "point_words": POINT_WORDS,
    "points": POINTS,
    "prepared": PREPARED,
    "rooms": ROOM_NAMES,
    "sheets": SHEETS,
    "states": STATES,
    "steps": STEPS,
    "who": WHO,
}
blueprint.add_app_template_global(WORDS.__getitem__, "call_in_words")
blueprint.add_app_template_global(VoicePoint, "CallInPoint")
blueprint.add_app_template_filter(hour)
# The keys of the sealed text that the form edits; the others are edited elsewhere.
OURS = ("begins", "where", "people", "coordinator", "reach")
BADGES = {
    EveningState.PREPARING: "open",
    EveningState.READY: "set",
    EveningState.ENDED: "done",
    EveningState.OFF: "cancelled",
}
blueprint.add_app_template_global(lambda state: BADGES[EveningState(state)], "call_in_badge")


@blueprint.get("/")
def index(circle_id: int) -> str:
    """List the call-ins of a circle and explain them."""
    seat = enter_voices(circle_id, Act.READ)
    keys = my_keys()
    evenings = [open_evening(seat, call_in, keys) for call_in in queries.call_ins(seat.circle)]
    return render_template("partners/callin/index.html", seat=seat, evenings=evenings)


@blueprint.route("/new", methods=["GET", "POST"])
def plan(circle_id: int) -> ResponseReturnValue:
    """Plan a call-in; the form begins with the date that the circle agreed on."""
    seat = enter_voices(circle_id, Act.LEAD)
    form = CallInForm(evenings.my_places(seat.member.id))
    if not form.is_submitted() and (agreed := agreed_start(seat.circle)):
        form.process(data={"held_on": agreed.date(), "begins": agreed.time()})
    if not form.validate_on_submit():
        return _form_page(seat, form, _("Plan a call-in"))
    found = evenings.plan_call_in(seat, form.held_on.data, form.words, form.market_id)
    return redirect(url_for("call_ins.show", circle_id=circle_id, call_in_id=found.id))


@blueprint.get("/<int:call_in_id>/")
def show(circle_id: int, call_in_id: int) -> str:
    """Show the state of a call-in, its missing requirements and links to its parts."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    return _page(seat, evening, EveningEndForm())


@blueprint.route("/<int:call_in_id>/edit", methods=["GET", "POST"])
def edit(circle_id: int, call_in_id: int) -> ResponseReturnValue:
    """Edit day, start, place and coordinator; a concurrent change is shown beside the form (409)."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    stored = evening.call_in
    # The complete sealed text: parts that this lead may not see are written back unchanged.
    words = open_to_change(stored)
    form = CallInForm(evenings.my_places(seat.member.id))
    # A place that this lead may not know of is no difference either.
    place = evenings.place_of(stored, seat.member.id)
    if not form.validate_over(_as_typed(stored, words, place), stored.version):
        return _form_page(seat, form, _("Change day, hour and coordinator"))
    evenings.change_call_in(seat, stored, form.held_on.data, {**words, **form.words}, form.market_id)
    flash(_("Saved."), "success")
    return _back(evening)


@blueprint.post("/<int:call_in_id>/state/<state>")
def move_on(circle_id: int, call_in_id: int, state: str) -> ResponseReturnValue:
    """Change the state: ready, in preparation again, ended or called off."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    then = EveningState(state) if state in set(EveningState) else EveningState.PREPARING
    form = EveningEndForm()
    if then in (EveningState.ENDED, EveningState.OFF) and not form.validate():
        return _page(seat, evening, form), 422
    # The complete sealed text: parts that this lead may not see are written back unchanged.
    words = open_text(evening.call_in, my_keys())
    evenings.move_on(seat, evening.call_in, then, evening.lacks, words)
    flash(_("Saved."), "success")
    return _back(evening)


def tonight_for(seat: CircleSeat, stored: CallInPlan) -> str:
    """Return the address of the evening as it opens for a member."""
    mine = own_sheet(seat.role, seat.member.roles).value
    return url_for("tonight.task", circle_id=stored.circle_id, call_in_id=stored.id, task=mine)


def _as_typed(stored: CallInPlan, words: Words, place: Market | None) -> dict[str, object]:
    return {
        **{name: words.get(name, "") for name in OURS},
        "begins": time.fromisoformat(words["begins"]) if words.get("begins") else None,
        "people": int(words["people"]) if words.get("people") else None,
        "held_on": stored.held_on,
        "market": str(place.id) if place else "",
    }


def _page(seat: CircleSeat, evening: OpenedCallIn, form: EveningEndForm) -> str:
    stored = evening.call_in
    return render_template(
        "partners/callin/show.html",
        seat=seat,
        evening=evening,
        form=form,
        place=evenings.place_of(stored, seat.member.id),
        tonight=tonight_for(seat, stored),
        speaks_here=own_voice(evening, seat.member.id) is not None,
        clocks=[] if seat.is_police else clocks_of(stored),
        may={
            then.value
            for then in EveningState
            if seat.may(Act.LEAD)
            and not seat.circle.closed_on
            and may_move(EveningState(stored.state), then, held_on=stored.held_on, today=today())
        },
    )


def _form_page(seat: CircleSeat, form: CallInForm, title: str) -> tuple[str, int]:
    return FormPage(title, _("Save"), frame=inside(seat), keep=True).show(form)


def in_evening(seat: CircleSeat, evening: OpenedCallIn) -> FormFrame:
    """Return the frame of a form about a call-in."""
    return FormFrame("partners/callin/frame.html", {"seat": seat, "evening": evening})


def erasing(evening: OpenedCallIn, endpoint: str, **row: Any) -> str:
    """Return the address that takes a row of a call-in out."""
    return url_for(endpoint, circle_id=evening.call_in.circle_id, call_in_id=evening.call_in.id, **row)


def _back(evening: OpenedCallIn) -> Response:
    stored = evening.call_in
    return redirect(url_for("call_ins.show", circle_id=stored.circle_id, call_in_id=stored.id))
