"""My circles: coming in, the page of a circle, its promise, its recovery phrase, going."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.anew import had_key
from portal.accounts.phrase_pages import Answer, make_phrase, use_phrase_of
from portal.accounts.rules.roles import Role
from portal.accounts.sessions import person
from portal.core.errors import NotAllowed, NotFound
from portal.core.forms import RoomForm
from portal.core.web import SIGNED_IN, Room
from portal.organisations.queries import houses_of
from portal.partners.actions import circles, people
from portal.partners.ahead import ahead
from portal.partners.board.queries import seats_on_board
from portal.partners.door import enter
from portal.partners.forms import AgreeForm
from portal.partners.handover import lacks_key_without, lacks_lead_without, left_open
from portal.partners.models import Circle
from portal.partners.queries.circles import (
    Seat,
    is_offered,
    leads,
    my_circles,
    my_invitation,
    my_invitations,
    my_seat,
    seats,
    waiting,
)
from portal.partners.rules.circles import Act, may_found
from portal.partners.texts import CIRCLE_ROLES, KINDS

room = Room("circles", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles")
room.add_app_template_global(CIRCLE_ROLES.__getitem__, "circle_role")
room.add_app_template_global(KINDS.__getitem__, "circle_kind")
room.add_app_template_global(Act, "Act")


@room.get("/")
def index() -> str:
    """The circles in which I sit and to which I am invited; nothing for an administrator."""
    me = person().member
    if Role.ADMINISTRATOR in me.roles:
        raise NotFound
    mine = my_circles(me)
    return render_template(
        "partners/index.html",
        seats=mine,
        offered={seat.circle.id for seat in mine if is_offered(seat)},
        has_board=bool(seats_on_board(me, mine)),
        invitations=my_invitations(me),
        may_found=may_found(me.roles),
    )


@room.get("/<int:circle_id>/")
def show(circle_id: int) -> str:
    """The page of a circle."""
    seat = enter(circle_id, Act.READ)
    everybody = seats(seat.circle)
    named = everybody if seat.may(Act.SEE_NAMES) else []
    return render_template(
        "partners/circle.html",
        seat=seat,
        people=named,
        houses=houses_of([one.member.id for one in named]),
        count=len(everybody),
        has_lead=bool(leads(seat.circle)),
        has_key=any(one.is_admitted for one in everybody),
        had_key=had_key(seat.circle.desk_id),
        waiting=waiting(seat.circle) if seat.may(Act.LEAD) else [],
        ahead=ahead(seat),
        is_offered=is_offered(seat),
    )


@room.route("/<int:circle_id>/invitation", methods=["GET", "POST"])
def invitation(circle_id: int) -> Answer:
    """Read what the circle is and promises, and come in."""
    circle, row = my_invitation(circle_id, person().member)
    form = AgreeForm()
    if not form.is_submitted():
        return _invitation(circle, form)
    if not form.validate():
        return _invitation(circle, form), 422
    people.join(circle, row, person().member, _shown_statement())
    flash(_("You are in. Somebody who leads the circle now lets you open what is written there."), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


@room.post("/<int:circle_id>/decline")
def decline(circle_id: int) -> Response:
    """Answer with no."""
    _circle, row = my_invitation(circle_id, person().member)
    people.decline(row, person().member)
    flash(_("You said no. The invitation is gone."), "success")
    return redirect(url_for("circles.index"))


@room.route("/<int:circle_id>/promise", methods=["GET", "POST"])
def promise(circle_id: int) -> Answer:
    """What members promise each other; whoever has not accepted it as it is now does so here."""
    seat, form = my_seat(circle_id, person().member), AgreeForm()
    if form.is_submitted() and form.validate():
        circles.agree(seat, _shown_statement())
        return redirect(url_for("circles.show", circle_id=circle_id))
    return render_template("partners/promise.html", seat=seat, form=form), 422 if form.errors else 200


@room.route("/<int:circle_id>/phrase/new", methods=["GET", "POST"])
def new_phrase(circle_id: int) -> Answer:
    """Make the circle's recovery phrase, and with the first one its key."""
    circle = enter(circle_id, Act.LEAD).circle
    return make_phrase(people.desk_of(circle), str(circle.name), url_for("circles.show", circle_id=circle_id))


@room.route("/<int:circle_id>/phrase", methods=["GET", "POST"])
def use_phrase(circle_id: int) -> Answer:
    """Open the circle with the printed phrase, when nobody else can."""
    seat = enter(circle_id, Act.WRITE)
    if seat.is_police:
        raise NotAllowed
    circle = seat.circle
    return use_phrase_of(people.desk_of(circle), str(circle.name), url_for("circles.show", circle_id=circle_id))


@room.route("/<int:circle_id>/leave", methods=["GET", "POST"])
def leave(circle_id: int) -> Answer:
    """Ask whether they are sure and nothing is left open, and go."""
    seat = my_seat(circle_id, person().member, to_change=RoomForm().is_submitted())
    if not RoomForm().is_submitted():
        return render_template("partners/leave.html", seat=seat, may_go=_may_go(seat))
    people.leave(seat)
    flash(_("You left the circle. What is written there from now on you cannot open."), "success")
    return redirect(url_for("circles.index"))


def _may_go(seat: Seat) -> bool:
    must = any(item.must for item in left_open(seat))
    return not (must or lacks_lead_without(seat) or lacks_key_without(seat))


def _invitation(circle: Circle, form: AgreeForm) -> str:
    return render_template("partners/invitation.html", circle=circle, form=form)


def _shown_statement() -> int:
    return request.form.get("statement", 0, type=int)
