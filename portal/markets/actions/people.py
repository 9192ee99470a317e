"""Admitting people to a place by name, and sending them out."""

from __future__ import annotations

from sqlalchemy import delete

from portal.accounts.models import Member
from portal.accounts.rules.roles import Role
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import NotFound, Refused
from portal.markets.actions.gate import drop_key
from portal.markets.actions.seats import note_seats
from portal.markets.models import Admission, Market
from portal.markets.queries import admitted, admitted_people, key_holders
from portal.markets.rules.people import is_last_lead, may_be_admitted


def admit(market: Market, member: Member, by_id: int | None) -> None:
    """Let somebody know of a place. Only somebody who is admitted can, or an operator (None). Raises `Refused`."""
    inside = admitted(market.id)
    if by_id is not None and by_id not in inside:
        raise NotFound
    if member.left_at is not None or not may_be_admitted(member.roles):
        raise Refused("people_role")
    if member.id in inside:
        return
    session.merge(Admission(market_id=market.id, member_id=member.id, by_id=by_id, admitted_at=now()))
    # An owner who lapsed sits again once admitted.
    note_seats(market)
    record("market.admitted", "market", market.id, by_id)


def send_out(market: Market, member_id: int, by_id: int) -> None:
    """Let somebody know of a place no longer; a key they turned and a seat they had are free. Raises `Refused`."""
    if by_id not in admitted(market.id) or member_id not in {member.id for member in admitted_people(market.id)}:
        raise NotFound
    if is_last_lead(member_id, leads(market.id)):
        raise Refused("people_last_lead")
    drop_key(market, member_id, by_id)
    if market.owner_id == member_id:
        market.owner_id = None
    if market.deputy_id == member_id:
        market.deputy_id = None
    session.execute(delete(Admission).where(Admission.market_id == market.id, Admission.member_id == member_id))
    note_seats(market)
    record("market.sent_out", "market", market.id, by_id)


def leads(market_id: int) -> list[int]:
    """The community leads who are admitted to a place and still here."""
    return [member_id for member_id, roles in key_holders(market_id).items() if Role.COMMUNITY_LEAD in roles]
