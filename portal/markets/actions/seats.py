"""Keeping the history of who looks after a place: whoever comes next, and the early warnings, read it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select

from portal.core.clock import today
from portal.core.db import session
from portal.markets.models import Market, SeatTaken
from portal.markets.queries import last_seats, seats
from portal.markets.rules import EvidenceState, Item
from portal.markets.rules.turnover import Seat

NOTED = {Item.SPONSOR: Seat.SPONSOR, Item.COMMUNITY_LEAD: Seat.COMMUNITY_LEAD}
"""Seats of people who may be no members: what is noted about them among the evidence says since when."""


def note_seats(market: Market) -> None:
    """Write down who owns a place and who stands in, if that is another than was written down last."""
    session.flush()
    here = seats(market)
    _note(market.id, Seat.OWNER, None if here.owner_lapse else market.owner_id)
    _note(market.id, Seat.DEPUTY, None if here.deputy_lapse else market.deputy_id)


def note_seats_of(member_id: int) -> None:
    """Look at the seats of somebody whose roles or account are not what they were."""
    theirs = select(Market).where(or_(Market.owner_id == member_id, Market.deputy_id == member_id))
    for market in session.scalars(theirs.order_by(Market.id)):
        note_seats(market)


def note_from_evidence(market_id: int, item: Item, state: EvidenceState, done_on: date | None) -> None:
    """A sponsor or a community lead is noted as in place since a day, or as no longer in place."""
    seat = NOTED.get(item)
    if seat is None:
        return
    last = last_seats(market_id).get(seat)
    is_filled, since = state is EvidenceState.DONE, done_on or today()
    was_filled = last is not None and last.is_filled
    # An earlier day is the mended day of the same person; a later one is somebody new.
    if is_filled == was_filled and (not is_filled or last is None or since <= last.since_on):
        return
    turn = last.turn + 1 if last else 1
    taken = SeatTaken(market_id=market_id, seat=seat, turn=turn, is_filled=is_filled)
    taken.since_on = since if is_filled else today()
    session.add(taken)


def _note(market_id: int, seat: Seat, member_id: int | None) -> None:
    last = last_seats(market_id).get(seat)
    if member_id == (last.member_id if last else None):
        return
    taken = SeatTaken(market_id=market_id, seat=seat, turn=last.turn + 1 if last else 1, member_id=member_id)
    taken.is_filled, taken.since_on = member_id is not None, today()
    session.add(taken)
