"""Followers for tests, and what was queued for them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.db import Base
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import DeliveryState
from portal.following import following
from portal.following.follow_words import Followed, Subject
from portal.following.following import FollowConsent, Follower

NOON = datetime(2026, 6, 10, 16, tzinfo=UTC)
TOKEN, OURS = "a-token-of-the-provider", "+15550100000"
ROSA, ANA = "+13365550101", "ana@example.org"
MEETINGS, SAFETY = Followed(Subject.MEETINGS), Followed(Subject.SAFETY)
_numbers = count(200)
Row = TypeVar("Row", bound=Base)


def place(market_id: int) -> Followed:
    return Followed(Subject.PLACE, market_id)


def make_follower(
    session: Session, followed: Followed = MEETINGS, address: str = "", language: str = "en", *, confirmed: bool = True
) -> Follower:
    """Somebody who follows something; without an address a phone that nobody else has."""
    reached = address or f"+1336555{next(_numbers):04d}"
    follower, [row] = following.keep_request(reached, [followed], language, FollowConsent.WEB, "words")
    if confirmed:
        following.confirm(row)
    session.flush()
    return follower


def again(session: Session, row: Row) -> Row:
    """The row as it is now: jobs close the session that it came from."""
    return session.get_one(type(row), row.id)


def queued(session: Session) -> list[tuple[str, str]]:
    """Address and body of every message that is not settled."""
    rows = session.scalars(select(OutboundMessage).where(OutboundMessage.state == DeliveryState.DUE)).all()
    return sorted((row.address or "", row.body or "") for row in rows)


def addresses(session: Session) -> Sequence[str]:
    return [address for address, _body in queued(session)]
