"""Finding the call-ins of a circle and what belongs to them; they come sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select

from portal.core.clock import today, zone
from portal.core.db import session
from portal.core.errors import NotFound
from portal.markets.models import Market
from portal.markets.queries import admitted, known_markets
from portal.partners.callin.models import CallInCard, CallInItem, CallInOffer, CallInPlan, CallInStep
from portal.partners.callin.rules.evening import OPEN, Step
from portal.partners.models import Circle

Line = TypeVar("Line", CallInItem, CallInCard, CallInOffer)


def call_ins(circle: Circle) -> Sequence[CallInPlan]:
    """The call-ins of a circle, the last day first."""
    asked = select(CallInPlan).where(CallInPlan.circle_id == circle.id)
    return session.scalars(asked.order_by(CallInPlan.held_on.desc(), CallInPlan.id)).all()


def call_in(circle: Circle, call_in_id: int, *, to_change: bool = False) -> CallInPlan:
    """A call-in of this circle, or `NotFound`; `to_change` keeps others from changing its run at the same time."""
    found = session.get(CallInPlan, call_in_id, with_for_update=to_change)
    if found is None or found.circle_id != circle.id:
        raise NotFound
    return found


def lines(kind: type[Line], of: CallInPlan) -> Sequence[Line]:
    """The items, cards or offers of a call-in, in their order."""
    return session.scalars(select(kind).where(kind.call_in_id == of.id).order_by(kind.turn, kind.id)).all()


def line(kind: type[Line], of: CallInPlan, line_id: int) -> Line:
    """One of them, or `NotFound`."""
    found = session.get(kind, line_id)
    if found is None or found.call_in_id != of.id:
        raise NotFound
    return found


def next_turn(kind: type[Line], of: CallInPlan) -> int:
    """The place after the last one."""
    last = session.scalar(select(func.max(kind.turn)).where(kind.call_in_id == of.id))
    return (last or 0) + 1


def steps(of: CallInPlan) -> dict[Step, CallInStep]:
    """What was done after a call-in."""
    found = session.scalars(select(CallInStep).where(CallInStep.call_in_id == of.id))
    return {Step(one.step): one for one in found}


def my_places(member_id: int) -> list[Market]:
    """The places that a member may tie a call-in to: those to which they are admitted by name."""
    return [market for market in known_markets(member_id) if member_id in admitted(market.id)]


def place_of(of: CallInPlan, member_id: int) -> Market | None:
    """The place of a call-in, for whoever is admitted to it; None for everybody else, and where there is none."""
    if of.market_id is None or member_id not in admitted(of.market_id):
        return None
    return session.get(Market, of.market_id)


def places_of_call_ins(until: datetime) -> Sequence[int | None]:
    """The place of each call-in that is prepared for a day until then; None where it is tied to none."""
    days = CallInPlan.held_on.between(today(), until.astimezone(zone()).date())
    return session.scalars(select(CallInPlan.market_id).where(CallInPlan.state.in_(OPEN), days)).all()
