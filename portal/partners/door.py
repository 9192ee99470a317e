"""How a page of a circle is entered: the same nothing for whoever is not in it, the promise before anything else.

A feature that adds a page to circles makes a room for everybody signed in and asks here first:

    room = Room("polls", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/polls")

    @room.get("/")
    def index(circle_id: int) -> str:
        seat = enter(circle_id, Act.READ)
"""

from __future__ import annotations

from flask import abort, redirect, request, url_for

from portal.accounts.sessions import person
from portal.core.errors import NotAllowed
from portal.core.web import SAFE_METHODS
from portal.partners.queries.circles import Seat, my_seat
from portal.partners.rules.circles import Act


def enter(circle_id: int, act: Act) -> Seat:
    """The seat of whoever is at this browser. Raises NotFound without one, NotAllowed when they may not do this here.

    Whoever has not accepted the promise as it is now is sent to read it. What they were just sending still goes
    through: they accepted an earlier one, and must not lose what they wrote.
    """
    is_form = request.method not in SAFE_METHODS
    seat = my_seat(circle_id, person().member, to_change=is_form)
    if not seat.may(act):
        raise NotAllowed
    if not seat.agrees and not is_form:
        abort(redirect(url_for("circles.promise", circle_id=circle_id)))
    return seat
