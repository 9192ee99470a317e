"""What is known of a phone: its conversation, its way back, whether it wants no texts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from portal.core.db import session
from portal.markets.queries import NamedPlace, public_names
from portal.reports.models import Thread
from portal.sms.models import OptOut, Route, Talk
from portal.sms.rules.places import MOST_LISTED, PlaceName
from portal.sms.senders import Purpose, sender_hash

# Asked with every text: put together once.
TALK = select(Talk).where(Talk.our_number == bindparam("our_number"), Talk.sender_hash == bindparam("sender"))


def talk_of(our_number: str, number: str) -> Talk | None:
    """The last conversation with a phone, whether it has expired or not."""
    return session.scalar(TALK, {"our_number": our_number, "sender": sender_hash(Purpose.TALK, number)})


def has_opted_out(number: str) -> bool:
    """Whether this phone wants no texts from us."""
    return session.get(OptOut, sender_hash(Purpose.CONSENT, number)) is not None


def is_in_doubt(sender: str) -> bool:
    """Whether somebody at this phone may have asked us to stop, and nobody has said yet whether it was meant.

    `sender` is the phone's hash of the purpose REPORT.
    """
    doubts = (
        select(Thread.id).join(Route, Route.thread_id == Thread.id).where(Route.sender_hash == sender, Thread.doubt)
    )
    return session.scalar(doubts.limit(1)) is not None


def route_of(thread_id: int) -> Route | None:
    """The way back to the phone that a thread came from, if it is still known."""
    return session.get(Route, thread_id)


def places() -> tuple[Sequence[NamedPlace], tuple[PlaceName, ...]]:
    """The places that are asked about, and their names; only what the public may know of."""
    markets = public_names()[:MOST_LISTED]
    return markets, tuple(PlaceName(en=market.name.en, es=market.name.es) for market in markets)
