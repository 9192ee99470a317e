"""What is known of a phone: its conversation, its way back, whether it wants no texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, literal, or_, select

from portal.core.db import db, session
from portal.markets.queries import NamedPlace, public_names
from portal.reports.models import Thread
from portal.reports.rules.triage import State
from portal.sms.models import OptOut, Route, Talk
from portal.sms.rules.effects import How
from portal.sms.rules.places import MOST_LISTED, PlaceName
from portal.sms.senders import Purpose, sender_hash


class Spoken(NamedTuple):
    """The last conversation with a phone as its row has it, whether it has expired or not."""

    id: int
    step: str
    language: str | None
    thread_id: int | None
    answers: int
    window_until: datetime
    expires_at: datetime


class Standing(NamedTuple):
    """How a phone stands with us. Two that are equal say that nothing happened in between."""

    spoken: Spoken | None
    opted_out: bool
    blocked: bool
    """It opted out at the provider, which lets nothing through any more."""
    doubted: bool
    """Somebody at this phone may have asked us to stop, and nobody has said yet whether it was meant."""
    asked_id: int | None
    """The report about which the desk asked this phone for more."""


# Asked with every text: put together once.
_OF_PHONE = (Talk.our_number == bindparam("our_number"), Talk.sender_hash == bindparam("sender"))
OPTED_OUT = select(OptOut.how).where(OptOut.sender_hash == bindparam("consent"))
# One row in any case.
PHONE = select(literal(1).label("one")).subquery()
SPOKEN = select(
    OPTED_OUT.scalar_subquery().label("opted_out_how"),
    *(Talk.id, Talk.step, Talk.language, Talk.thread_id, Talk.answers, Talk.window_until, Talk.expires_at),
).select_from(PHONE.outerjoin(Talk, and_(*_OF_PHONE)))
OPEN_MATTERS = (
    select(Thread.id, Thread.doubt, Thread.state)
    .join(Route, Route.thread_id == Thread.id)
    .where(Route.sender_hash == bindparam("sender"), or_(Thread.doubt, Thread.state == State.ASKED))
)


def standing_of(our_number: str, number: str) -> Standing:
    """How a phone stands with us at this moment."""
    consent, sender = sender_hash(Purpose.CONSENT, number), sender_hash(Purpose.TALK, number)
    row = db.run(SPOKEN, our_number=our_number, sender=sender, consent=consent)[0]
    matters = db.run(OPEN_MATTERS, sender=sender_hash(Purpose.REPORT, number))
    return Standing(
        spoken=Spoken._make(row[1:]) if row.id is not None else None,
        opted_out=row.opted_out_how is not None,
        blocked=row.opted_out_how == How.PROVIDER,
        doubted=any(matter.doubt for matter in matters),
        asked_id=next((matter.id for matter in matters if matter.state == State.ASKED), None),
    )


def talk_of(our_number: str, number: str) -> Talk | None:
    """The last conversation with a phone, whether it has expired or not."""
    return session.scalar(
        select(Talk).where(*_OF_PHONE), {"our_number": our_number, "sender": sender_hash(Purpose.TALK, number)}
    )


def has_opted_out(number: str) -> bool:
    """Whether this phone wants no texts from us."""
    return bool(db.run(OPTED_OUT, consent=sender_hash(Purpose.CONSENT, number)))


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
