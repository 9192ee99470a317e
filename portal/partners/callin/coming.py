"""What the circle's page and the handover say of call-ins: the next one, and what is owed after the last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.models import Member
from portal.core.clock import today
from portal.core.i18n import date_words
from portal.markets.queries import admitted
from portal.partners.ahead import Ahead
from portal.partners.callin.models import CallInPlan
from portal.partners.callin.queries import call_ins, steps
from portal.partners.callin.rules.evening import OPEN, Clock, clocks
from portal.partners.callin.texts import STEPS
from portal.partners.handover import Open
from portal.partners.queries.circles import Seat, my_circles
from portal.partners.rules.circles import Act

A_CALL_IN = _l("Call-in")


def clocks_of(call_in: CallInPlan) -> list[Clock]:
    """The clocks that run since it ended; none before."""
    if call_in.ended_on is None:
        return []
    return clocks(call_in.ended_on, {step: row.done_on for step, row in steps(call_in).items()}, today())


def coming(seat: Seat) -> list[Ahead]:
    """The call-ins that are still open, and what is owed next; the latter not for police."""
    found = []
    for call_in in call_ins(seat.circle):
        if call_in.state in OPEN:
            found.append(Ahead(call_in.held_on, A_CALL_IN, _plan(call_in)))
        if not seat.is_police:
            found += [Ahead(clock.until_on, STEPS[clock.step], _help(call_in)) for clock in _running(call_in)]
    return found


def coming_at(market_id: int, member: Member) -> list[date]:
    """The days of the call-ins of a place that circles prepare in which a member sits and can read.

    Only for whoever is admitted to the place by name: to nobody else is it said which evening belongs to which place.
    """
    if member.id not in admitted(market_id):
        return []
    mine = [seat for seat in my_circles(member) if seat.is_admitted and seat.agrees and not seat.circle.closed_on]
    found = [call_in for seat in mine for call_in in call_ins(seat.circle) if call_in.market_id == market_id]
    return sorted(call_in.held_on for call_in in found if call_in.state in OPEN and call_in.held_on >= today())


def left_open(seat: Seat) -> list[Open]:
    """What a lead leaves to the next one: evenings in preparation and clocks that run."""
    return list(_left_open(seat)) if seat.may(Act.LEAD) else []


def _left_open(seat: Seat) -> Iterator[Open]:
    for call_in in call_ins(seat.circle):
        if call_in.state in OPEN:
            what = _("The call-in of %(day)s is being prepared.", day=date_words(call_in.held_on))
            yield Open(what, _plan(call_in), must=False)
        for clock in _running(call_in):
            what = _("Open until %(day)s: %(what)s.", day=date_words(clock.until_on), what=STEPS[clock.step])
            yield Open(what, _help(call_in), must=False)


def _running(call_in: CallInPlan) -> list[Clock]:
    return [clock for clock in clocks_of(call_in) if clock.state not in ("met", "late")]


def _plan(call_in: CallInPlan) -> str:
    return url_for("call_ins.show", circle_id=call_in.circle_id, call_in_id=call_in.id)


def _help(call_in: CallInPlan) -> str:
    return url_for("call_ins_help.index", circle_id=call_in.circle_id, call_in_id=call_in.id)
