"""What is open about the people of a circle: who leads it with whom, who waits to be let in, what is handed over."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.partners.board.lines import Line
from portal.partners.board.rules import Tone
from portal.partners.queries.circles import Seat, is_offered, leads, seats, waiting
from portal.partners.rules.circles import Act, CircleRole


def open_with_people(seat: Seat) -> Iterator[Line]:
    """What somebody should settle while the people are still there."""
    circle_page = url_for("circles.show", circle_id=seat.circle.id)
    handover = url_for("circles_handover.index", circle_id=seat.circle.id)
    everybody, leading = seats(seat.circle), leads(seat.circle)
    if is_offered(seat):
        yield Line(str(_("You are asked to lead this circle")), circle_page)
    if not leading:
        yield Line(str(_("This circle has no lead")), handover, Tone.OVERDUE)
    elif len(leading) == 1:
        yield Line(str(_("Only one person leads it: ask a second to lead too")), handover)
    yield from _handed_over(seat, everybody, handover)
    yield from _let_in(seat, everybody, circle_page)
    if not any(one.role is CircleRole.INTERPRETER for one in everybody) and seat.may(Act.LEAD):
        yield Line(str(_("Nobody in this circle interprets")), _people(seat), Tone.WAITING)


def _handed_over(seat: Seat, everybody: list[Seat], url: str) -> Iterator[Line]:
    asked = sum(one.membership.offered_by_id is not None for one in everybody)
    if asked and seat.may(Act.LEAD):
        what = ngettext(
            "%(num)d person is asked to lead and has not answered",
            "%(num)d people are asked to lead and have not answered",
            asked,
        )
        yield Line(what, url, Tone.WAITING)


def _let_in(seat: Seat, everybody: list[Seat], url: str) -> Iterator[Line]:
    outside = sum(not one.is_admitted for one in everybody)
    if outside and seat.is_admitted and seat.may(Act.ADMIT):
        yield Line(ngettext("%(num)d person waits to be let in", "%(num)d people wait to be let in", outside), url)
    invited = len(waiting(seat.circle)) if seat.may(Act.LEAD) else 0
    if invited:
        what = ngettext("%(num)d invitation is not answered", "%(num)d invitations are not answered", invited)
        yield Line(what, _people(seat), Tone.WAITING)


def _people(seat: Seat) -> str:
    return url_for("circles_lead.invite", circle_id=seat.circle.id)
