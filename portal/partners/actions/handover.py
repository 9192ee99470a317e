"""How a circle gets another lead: by the offer of one who leads it, or, when nobody does, by the others."""

from __future__ import annotations

from sqlalchemy import update

from portal.accounts.rules.roles import Role
from portal.core.audit import record
from portal.core.db import session
from portal.core.errors import NotFound, Refused
from portal.partners.models import Membership
from portal.partners.queries.circles import Seat, leads, seat_of, voters
from portal.partners.rules.circles import CircleRole, has_enough_voices, may_hold


def offer_lead(seat: Seat, other: Seat) -> None:
    """Ask somebody to lead the circle. Raises Refused("cannot_lead")."""
    _require_able(other)
    other.membership.offered_by_id = seat.member.id
    record("circle.lead_offered", "member", other.member.id, seat.member.id)


def take_offer_back(seat: Seat, other: Seat) -> None:
    """Do not ask any more."""
    other.membership.offered_by_id = None
    record("circle.lead_offer_withdrawn", "member", other.member.id, seat.member.id)


def answer_offer(seat: Seat, *, yes: bool) -> None:
    """Lead the circle from now on, or not. Who offered it leads too, until they step down or leave.

    Raises NotFound when nobody asked, or whoever did leads no more.
    """
    if seat.membership.offered_by_id not in leads(seat.circle):
        raise NotFound
    seat.membership.offered_by_id = None
    if yes:
        _require_able(seat)
        _make_lead(seat, seat.member.id)


def name_lead(seat: Seat, candidate_id: int) -> bool:
    """Say who should lead a circle that lost its lead; True when that is decided with it.

    Raises Refused("has_lead" or "cannot_lead"), NotFound.
    """
    if leads(seat.circle):
        raise Refused("has_lead")
    candidate = seat_of(seat.circle, candidate_id)
    _require_able(candidate)
    seat.membership.names_lead_id = candidate_id
    session.flush()
    record("circle.lead_named", "member", candidate_id, seat.member.id)
    those = voters(seat.circle)
    named_by = [one.member.id for one in those if one.membership.names_lead_id == candidate_id]
    community = [one.member.id for one in those if Role.COMMUNITY_LEAD in one.member.roles]
    if not has_enough_voices(named_by, [one.member.id for one in those], community):
        return False
    _make_lead(candidate, seat.member.id)
    return True


def _make_lead(seat: Seat, by_id: int) -> None:
    seat.membership.role = CircleRole.LEAD.value
    of_the_circle = Membership.circle_id == seat.circle.id
    session.execute(update(Membership).where(of_the_circle).values(names_lead_id=None))
    session.flush()
    record("circle.lead_made", "member", seat.member.id, by_id)


def _require_able(seat: Seat) -> None:
    # Without the key a lead could let nobody in.
    if not seat.is_admitted or not may_hold(CircleRole.LEAD, seat.member.roles):
        raise Refused("cannot_lead")
