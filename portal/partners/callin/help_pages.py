"""The services and the follow-up of a call-in: forms and views. Not for police."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import Field

from portal.core.editing import is_sure, line
from portal.core.forms import FormPage, ProtectedForm, refuse, text
from portal.core.statuses import NotAllowed, NotFound
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.partners.callin import call_in
from portal.partners.callin.call_in import CallInOffer, clocks_of
from portal.partners.callin.evening import OpenedCallIn
from portal.partners.callin.evening_rules import AftercareStep
from portal.partners.callin.pages import _count, enter_evening, erasing, in_evening
from portal.partners.callin.rules import Found, obvious_name
from portal.partners.callin.texts import NAMES_REFUSED
from portal.partners.circle_rules import Act
from portal.partners.circles import CircleSeat, my_keys, open_text, open_to_change


def _refuse_names(field: Field, rule: Callable[[str], Found | None]) -> None:
    """Refuse text that contains a name according to `rule`: people who were called in must not be named."""
    found = rule(field.data or "")
    if found is not None:
        refuse(NAMES_REFUSED[found])


class OfferForm(ProtectedForm):
    """The form of an offered service."""

    what = text(_l("What is offered"), 120, _l("Such as: help with work, treatment, papers for housing."))
    office = line(_l("Which office gives it"), 120, optional=True)
    made = _count(_l("Offers made"))
    delivered = _count(_l("Offers delivered"))

    def validate_what(self, field: Field) -> None:
        """Refuse names: offers are counted, not the people to whom they are made."""
        _refuse_names(field, obvious_name)

    def validate_delivered(self, field: Field) -> None:
        """Refuse more deliveries than offers."""
        if (field.data or 0) > (self.made.data or 0):
            refuse(_l("More were delivered than were made. Please check both numbers."))

    @property
    def words(self) -> dict[str, str]:
        """The content to be sealed."""
        counts = {name: str(self[name].data or 0) for name in ("made", "delivered")}
        return {"what": self.what.data or "", "office": self.office.data or "", **counts}


class AftercareForm(ProtectedForm):
    """The form that records a follow-up step as done."""

    reached = _count(_l("How many were reached"))


blueprint = AudienceBlueprint(
    "call_ins_help",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/call-ins/<int:call_in_id>/help",
)


@blueprint.get("/")
def index(circle_id: int, call_in_id: int) -> str:
    """Show the services and the follow-up deadlines."""
    return _index(*_enter(circle_id, call_in_id, Act.READ), AftercareForm())


@blueprint.route("/new", methods=["GET", "POST"])
def add(circle_id: int, call_in_id: int) -> ResponseReturnValue:
    """Add an offered service."""
    seat, evening = _enter(circle_id, call_in_id, Act.WRITE)
    form = OfferForm()
    if not form.validate_on_submit():
        return _form_page(seat, evening, form)
    call_in.add_line(seat, evening.call_in, CallInOffer(), form.words)
    return _back(evening)


@blueprint.route("/<int:offer_id>/", methods=["GET", "POST"])
def edit(circle_id: int, call_in_id: int, offer_id: int) -> ResponseReturnValue:
    """Change an offer or its number of deliveries."""
    seat, evening = _enter(circle_id, call_in_id, Act.WRITE)
    row = call_in.line(CallInOffer, evening.call_in, offer_id)
    words = open_to_change(row)
    form = OfferForm()
    if not form.is_submitted():
        form.process(data={**words, "made": int(words["made"]), "delivered": int(words["delivered"])})
    if not form.validate_on_submit():
        return _form_page(seat, evening, form, row)
    call_in.change_line(seat, evening.call_in, row, form.words)
    flash(_("Saved."), "success")
    return _back(evening)


@blueprint.post("/<int:offer_id>/drop")
def drop(circle_id: int, call_in_id: int, offer_id: int) -> Response:
    """Delete an offer after confirmation."""
    seat, evening = _enter(circle_id, call_in_id, Act.WRITE)
    offer = call_in.line(CallInOffer, evening.call_in, offer_id)
    if is_sure():
        call_in.drop_line(seat, evening.call_in, offer)
        flash(_("Taken out."), "success")
    return _back(evening)


@blueprint.post("/steps/<step>/<done>")
def step(circle_id: int, call_in_id: int, step: str, done: str) -> ResponseReturnValue:
    """Record a follow-up step as done or not done."""
    seat, evening = _enter(circle_id, call_in_id, Act.WRITE)
    if step not in set(AftercareStep) or done not in ("done", "undone"):
        raise NotFound
    form = AftercareForm()
    if done == "undone":
        call_in.reopen_step(seat, evening.call_in, AftercareStep(step))
    elif not form.validate():
        return _index(seat, evening, form), 422
    else:
        reached = "" if form.reached.data is None else str(form.reached.data)
        call_in.finish_step(seat, evening.call_in, AftercareStep(step), {"reached": reached})
    return _back(evening)


def _enter(circle_id: int, call_in_id: int, act: Act) -> tuple[CircleSeat, OpenedCallIn]:
    seat, evening = enter_evening(circle_id, call_in_id, act)
    if seat.is_police:
        raise NotAllowed
    return seat, evening


def _index(seat: CircleSeat, evening: OpenedCallIn, form: AftercareForm) -> str:
    keys, done = my_keys(), call_in.steps(evening.call_in)
    offers = [(row, open_text(row, keys)) for row in call_in.lines(CallInOffer, evening.call_in)]
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


def _form_page(
    seat: CircleSeat, evening: OpenedCallIn, form: OfferForm, row: CallInOffer | None = None
) -> tuple[str, int]:
    title, frame = _("Change a service") if row else _("Add a service"), in_evening(seat, evening)
    surely = (erasing(evening, "call_ins_help.drop", offer_id=row.id), _("Take this out")) if row else None
    return FormPage(title, _("Save"), frame=frame, surely=surely, keep=True).show(form)


def _back(evening: OpenedCallIn) -> Response:
    stored = evening.call_in
    return redirect(url_for("call_ins_help.index", circle_id=stored.circle_id, call_in_id=stored.id))
