"""Handover of a circle: items to settle before leaving, offering the lead, and naming a lead when there is none."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.partners import members
from portal.partners.circle_rules import Act, CircleRole, may_hold, may_name_lead
from portal.partners.circles import CircleSeat, enter, is_offered, leads, seat_of, seats
from portal.partners.forms import LeadForm
from portal.partners.members import lacks_key_without, lacks_lead_without, left_open

blueprint = AudienceBlueprint(
    "circles_handover", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/handover"
)


@blueprint.get("/")
def index(circle_id: int) -> str:
    """Show the items that the member would leave open, and the members who could be asked to lead."""
    return _page(enter(circle_id, Act.SEE_NAMES))


@blueprint.post("/offer")
def offer(circle_id: int) -> ResponseReturnValue:
    """Offer a member the lead of the circle."""
    seat = enter(circle_id, Act.LEAD)
    form = LeadForm(one.member for one in _able(seat))
    if not form.validate():
        return _page(seat, form), 422
    other = seat_of(seat.circle, int(form.member.data))
    members.offer_lead(seat, other)
    flash(_("%(name)s is asked to lead, and answers on the circle's page.", name=other.member.name), "success")
    return _back(circle_id)


@blueprint.post("/offer/<int:member_id>/take-back")
def take_back(circle_id: int, member_id: int) -> Response:
    """Withdraw the offer."""
    seat = enter(circle_id, Act.LEAD)
    members.take_offer_back(seat, seat_of(seat.circle, member_id))
    flash(_("The offer is taken back."), "success")
    return _back(circle_id)


@blueprint.post("/accept")
def accept(circle_id: int) -> Response:
    """Accept the lead."""
    members.answer_offer(enter(circle_id, Act.SEE_NAMES), yes=True)
    flash(_("You lead the circle now."), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


@blueprint.post("/refuse")
def refuse(circle_id: int) -> Response:
    """Decline the lead."""
    members.answer_offer(enter(circle_id, Act.SEE_NAMES), yes=False)
    flash(_("You said no. Who asked you sees that the offer is gone."), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


@blueprint.post("/name")
def name(circle_id: int) -> ResponseReturnValue:
    """Name a lead for a circle that lost its own."""
    seat = enter(circle_id, Act.WRITE)
    if not seat.may(Act.SEE_NAMES):
        return redirect(url_for("circles.show", circle_id=circle_id))
    form = LeadForm(one.member for one in _able(seat))
    if not form.validate():
        return _page(seat, form), 422
    if members.name_lead(seat, int(form.member.data)):
        flash(_("The circle has a lead again."), "success")
    else:
        flash(_("Noted. When a second person names the same one, that is decided."), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


def _able(seat: CircleSeat) -> list[CircleSeat]:
    """Return the members who could lead: they hold the key and do not lead yet."""
    return [
        one
        for one in seats(seat.circle)
        if one.is_admitted and one.role is not CircleRole.LEAD and may_hold(CircleRole.LEAD, one.member.roles)
    ]


def _page(seat: CircleSeat, form: LeadForm | None = None) -> str:
    everybody = seats(seat.circle)
    leading = leads(seat.circle)
    return render_template(
        "partners/handover.html",
        seat=seat,
        form=form or LeadForm((one.member for one in _able(seat)), formdata=None),
        able=_able(seat),
        offered=[one for one in everybody if one.membership.offered_by_id in leading],
        is_offered=is_offered(seat),
        has_lead=bool(leading),
        may_name=not leading and seat.is_admitted and may_name_lead(seat.role, seat.member.roles),
        lacks_lead=lacks_lead_without(seat),
        lacks_key=lacks_key_without(seat),
        left_open=left_open(seat),
    )


def _back(circle_id: int) -> Response:
    return redirect(url_for("circles_handover.index", circle_id=circle_id))
