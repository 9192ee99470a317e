"""Services and what follows: what is offered, what was delivered, and the clocks after the end. Never for police."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.phrase_pages import Answer
from portal.core.editors import is_sure
from portal.core.errors import NotAllowed, NotFound
from portal.core.web import SIGNED_IN, Room
from portal.partners.callin import actions, queries
from portal.partners.callin.coming import clocks_of
from portal.partners.callin.evening import Evening
from portal.partners.callin.forms import OfferForm, StepForm
from portal.partners.callin.models import CallInOffer
from portal.partners.callin.rules.evening import Step
from portal.partners.callin.views.door import enter_evening, need
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act
from portal.partners.sealing import my_keys, open_text

room = Room(
    "call_ins_help",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/call-ins/<int:call_in_id>/help",
)


@room.get("/")
def index(circle_id: int, call_in_id: int) -> str:
    """The services and the clocks."""
    return _index(*_enter(circle_id, call_in_id, Act.READ), StepForm())


@room.route("/new", methods=["GET", "POST"])
def add(circle_id: int, call_in_id: int) -> Answer:
    """Add something that is offered."""
    seat, evening = _enter(circle_id, call_in_id, Act.WRITE)
    form = OfferForm()
    if not form.is_submitted():
        return _form_page(seat, evening, form)
    if not form.validate():
        return _form_page(seat, evening, form), 422
    actions.add_line(seat, evening.call_in, CallInOffer(), form.words)
    return _back(evening)


@room.route("/<int:offer_id>/", methods=["GET", "POST"])
def edit(circle_id: int, call_in_id: int, offer_id: int) -> Answer:
    """Change it, or how much of it was delivered."""
    seat, evening = _enter(circle_id, call_in_id, Act.WRITE)
    row = queries.line(CallInOffer, evening.call_in, offer_id)
    words = need(open_text(row, my_keys()))
    form = OfferForm()
    if not form.is_submitted():
        form.process(data={**words, "made": int(words["made"]), "delivered": int(words["delivered"])})
        return _form_page(seat, evening, form, row)
    if not form.validate():
        return _form_page(seat, evening, form, row), 422
    actions.change_line(seat, evening.call_in, row, form.words)
    flash(_("Saved."), "success")
    return _back(evening)


@room.post("/<int:offer_id>/drop")
def drop(circle_id: int, call_in_id: int, offer_id: int) -> Response:
    """Take it out."""
    seat, evening = _enter(circle_id, call_in_id, Act.WRITE)
    offer = queries.line(CallInOffer, evening.call_in, offer_id)
    if is_sure():
        actions.drop_line(seat, evening.call_in, offer)
        flash(_("Taken out."), "success")
    return _back(evening)


@room.post("/steps/<step>/<done>")
def step(circle_id: int, call_in_id: int, step: str, done: str) -> Answer:
    """Something that was owed is done, or is not after all."""
    seat, evening = _enter(circle_id, call_in_id, Act.WRITE)
    if step not in set(Step) or done not in ("done", "undone"):
        raise NotFound
    form = StepForm()
    if done == "undone":
        actions.reopen_step(seat, evening.call_in, Step(step))
    elif not form.validate():
        return _index(seat, evening, form), 422
    else:
        reached = "" if form.reached.data is None else str(form.reached.data)
        actions.finish_step(seat, evening.call_in, Step(step), {"reached": reached})
    return _back(evening)


def _enter(circle_id: int, call_in_id: int, act: Act) -> tuple[Seat, Evening]:
    seat, evening = enter_evening(circle_id, call_in_id, act)
    if seat.is_police:
        raise NotAllowed
    return seat, evening


def _index(seat: Seat, evening: Evening, form: StepForm) -> str:
    keys, done = my_keys(), queries.steps(evening.call_in)
    offers = [(row, open_text(row, keys)) for row in queries.lines(CallInOffer, evening.call_in)]
    return render_template(
        "partners/callin/help.html",
        seat=seat,
        evening=evening,
        form=form,
        offers=[(row, words) for row, words in offers if words is not None],
        clocks=clocks_of(evening.call_in),
        done={one: row.done_on for one, row in done.items()},
        reached={one: (open_text(row, keys) or {}).get("reached", "") for one, row in done.items()},
    )


def _form_page(seat: Seat, evening: Evening, form: OfferForm, row: CallInOffer | None = None) -> str:
    return render_template("partners/callin/offer.html", seat=seat, evening=evening, form=form, row=row)


def _back(evening: Evening) -> Response:
    stored = evening.call_in
    return redirect(url_for("call_ins_help.index", circle_id=stored.circle_id, call_in_id=stored.id))
