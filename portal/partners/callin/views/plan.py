"""The call-ins of a circle: planning one, what it still lacks, saying that it is ready, that it took place or not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.phrase_pages import Answer
from portal.core.clock import today
from portal.core.web import SIGNED_IN, Room
from portal.partners.callin import actions, queries
from portal.partners.callin.coming import clocks_of
from portal.partners.callin.evening import Evening, open_evening
from portal.partners.callin.forms import CallInForm, EndForm
from portal.partners.callin.rules.evening import State, may_move
from portal.partners.callin.rules.voices import Point
from portal.partners.callin.rules.wall import sheets
from portal.partners.callin.texts import (
    AMISS,
    CONSENTS,
    LACKS,
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
from portal.partners.callin.views.door import enter_evening, enter_voices, need
from portal.partners.polls.queries import agreed_start
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act
from portal.partners.sealing import Words, my_keys, open_text

room = Room("call_ins", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/call-ins")
WORDS: Mapping[str, Mapping[Any, Any]] = {
    "amiss": AMISS,
    "consents": CONSENTS,
    "lacks": LACKS,
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
room.add_app_template_global(WORDS.__getitem__, "call_in_words")
room.add_app_template_global(Point, "CallInPoint")
room.add_app_template_filter(hour)
# Words of the places that only a form knows.
OURS = ("begins", "where", "people", "coordinator", "reach")
BADGES = {State.PREPARING: "open", State.READY: "set", State.ENDED: "done", State.OFF: "cancelled"}
room.add_app_template_global(lambda state: BADGES[State(state)], "call_in_badge")


@room.get("/")
def index(circle_id: int) -> str:
    """All call-ins of the circle, and what they are."""
    seat = enter_voices(circle_id, Act.READ)
    keys = my_keys()
    evenings = [open_evening(seat, call_in, keys) for call_in in queries.call_ins(seat.circle)]
    return render_template("partners/callin/index.html", seat=seat, evenings=evenings)


@room.route("/new", methods=["GET", "POST"])
def plan(circle_id: int) -> Answer:
    """Begin to prepare one, on the day that the circle agreed on."""
    seat = enter_voices(circle_id, Act.LEAD)
    form = CallInForm(queries.my_places(seat.member.id))
    if not form.is_submitted():
        if agreed := agreed_start(seat.circle):
            form.process(data={"held_on": agreed.date(), "begins": agreed.time()})
        return _form_page(seat, form, None)
    if not form.validate():
        return _form_page(seat, form, None), 422
    found = actions.plan_call_in(seat, form.held_on.data, form.words, form.market_id)
    return redirect(url_for("call_ins.show", circle_id=circle_id, call_in_id=found.id))


@room.get("/<int:call_in_id>/")
def show(circle_id: int, call_in_id: int) -> str:
    """How far it is, what is missing, and the ways to its parts."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    return _page(seat, evening, EndForm())


@room.route("/<int:call_in_id>/edit", methods=["GET", "POST"])
def edit(circle_id: int, call_in_id: int) -> Answer:
    """Change day, hour, place and coordinator; who was slower sees both."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    stored = evening.call_in
    # All of them: what this lead may not see stays as it is.
    words = need(open_text(stored, my_keys()))
    form = CallInForm(queries.my_places(seat.member.id))
    if not form.is_submitted():
        form.process(data=_as_typed(evening, words))
        return _form_page(seat, form, evening)
    if form.is_behind(stored.version):
        form.version.data = str(stored.version)
        newer = form.differences({name: words.get(name, "") for name in ("where", "coordinator", "reach")})
        return _form_page(seat, form, evening, newer), 409
    if not form.validate():
        return _form_page(seat, form, evening), 422
    actions.change_call_in(seat, stored, form.held_on.data, {**words, **form.words}, form.market_id)
    flash(_("Saved."), "success")
    return _back(evening)


@room.post("/<int:call_in_id>/state/<state>")
def move_on(circle_id: int, call_in_id: int, state: str) -> Answer:
    """Say that it is ready, or not yet; that it took place, or does not."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    then = State(state) if state in set(State) else State.PREPARING
    form = EndForm()
    if then in (State.ENDED, State.OFF) and not form.validate():
        return _page(seat, evening, form), 422
    # All of its words: what this lead may not see stays as it is.
    words = open_text(evening.call_in, my_keys())
    actions.move_on(seat, evening.call_in, then, evening.lacks, words)
    flash(_("Saved."), "success")
    return _back(evening)


def _as_typed(evening: Evening, words: Words) -> dict[str, object]:
    stored = evening.call_in
    return {
        **{name: words.get(name, "") for name in OURS},
        "begins": time.fromisoformat(words["begins"]) if words.get("begins") else None,
        "people": int(words["people"]) if words.get("people") else None,
        "held_on": stored.held_on,
        "market": str(stored.market_id or ""),
        "version": str(stored.version),
    }


def _page(seat: Seat, evening: Evening, form: EndForm) -> str:
    stored = evening.call_in
    return render_template(
        "partners/callin/show.html",
        seat=seat,
        evening=evening,
        form=form,
        place=queries.place_of(stored, seat.member.id),
        sheets=sheets(seat.role, seat.member.roles),
        clocks=[] if seat.is_police else clocks_of(stored),
        may={
            then.value
            for then in State
            if seat.may(Act.LEAD)
            and not seat.circle.closed_on
            and may_move(State(stored.state), then, held_on=stored.held_on, today=today())
        },
    )


def _form_page(seat: Seat, form: CallInForm, evening: Evening | None, newer: object = None) -> str:
    return render_template("partners/callin/edit.html", seat=seat, form=form, evening=evening, newer=newer)


def _back(evening: Evening) -> Response:
    stored = evening.call_in
    return redirect(url_for("call_ins.show", circle_id=stored.circle_id, call_in_id=stored.id))
