"""What is known of a phone: its conversation, its way back, whether it wants no texts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.core.db import session
from portal.markets.models import Market
from portal.markets.queries import public_markets
from portal.sms.models import OptOut, Route, Talk
from portal.sms.rules.places import MOST_LISTED, PlaceName
from portal.sms.senders import Purpose, sender_hash


def talk_of(our_number: str, number: str) -> Talk | None:
    """The last conversation with a phone, whether it has expired or not."""
    sender = sender_hash(Purpose.TALK, number)
    return session.scalar(select(Talk).where(Talk.our_number == our_number, Talk.sender_hash == sender))


def has_opted_out(number: str) -> bool:
    """Whether this phone wants no texts from us."""
    return session.get(OptOut, sender_hash(Purpose.CONSENT, number)) is not None


def route_of(thread_id: int) -> Route | None:
    """The way back to the phone that a thread came from, if it is still known."""
    return session.get(Route, thread_id)


def places() -> tuple[Sequence[Market], tuple[PlaceName, ...]]:
    """The places that are asked about, and their names; only what the public may know of."""
    markets = public_markets()[:MOST_LISTED]
    return markets, tuple(PlaceName(en=market.name.en, es=market.name.es) for market in markets)
