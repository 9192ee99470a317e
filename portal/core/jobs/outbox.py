"""What leaves the house: a row first, in the transaction of whatever caused it; only then is it sent.

The row is the truth. A queue only wakes a worker with the row's id. A worker holds a row by a lease; whoever
finds a lease that ran out asks the provider before anything is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Index,
    LargeBinary,
    String,
    and_,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from portal.core.clock import now, today, zone
from portal.core.crypto import Cipher
from portal.core.db import Base, db, random_id, session
from portal.core.hours import is_waking
from portal.core.jobs.retries import UNSETTLED, DeliveryState, RetryStep
from portal.core.portal import current_portal


class MessageKind(StrEnum):
    """What a parcel is; each kind has its courier."""

    TEXT = "text"
    MAIL = "mail"


KINDS = tuple(kind.value for kind in MessageKind)
STATES = tuple(state.value for state in DeliveryState)
KNOWN_WITHIN = timedelta(hours=1)


class OutboundMessage(Base):
    """One text or mail on its way out. Address and body are ciphertext of the server's key, erased once settled."""

    __tablename__ = "core_outbox"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        Index(None, "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12), default=DeliveryState.DUE)
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    direct: Mapped[bool]
    """A direct answer to somebody: goes before everything else and at any hour."""
    owed: Mapped[bool] = mapped_column(default=False)
    """Goes even to an address that wants nothing from us: the one confirmation of that wish."""
    by_day: Mapped[bool] = mapped_column(default=False)
    """Never goes at night, however long it had to wait: nobody asked for it just now, and it rings a phone."""
    after_id: Mapped[int | None] = mapped_column(index=True)
    """The parcel that has to be settled first: two texts to one phone must not overtake each other."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    send_before: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    sending_since: Mapped[datetime | None]
    """When it was first handed to the provider: where to look before it is sent again."""
    provider_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    """Unique: two workers that ask after two equal texts must not both be shown the same one."""
    delivery: Mapped[str | None] = mapped_column(String(20))
    """The provider's last word on it (queued, sent, delivered, …)."""
    failure: Mapped[str | None] = mapped_column(String(60))
    settled_on: Mapped[date | None] = mapped_column(index=True)


@dataclass(frozen=True)
class Claim:
    """A parcel that one worker holds until `lease_until`, as ciphertext. In doubt: it may have been sent before."""

    id: int
    kind: MessageKind
    address: bytes
    body: bytes
    attempts: int
    first_tried_at: datetime
    lease_until: datetime
    send_before: datetime | None
    owed: bool
    in_doubt: bool


class Posted(NamedTuple):
    """A parcel in the transaction at hand; who needs more of it than its id reads its row."""

    id: int


def put(
    kind: MessageKind,
    address: str,
    body: str,
    *,
    direct: bool = False,
    owed: bool = False,
    by_day: bool = False,
    after: Posted | None = None,
    due_at: datetime | None = None,
    send_before: datetime | None = None,
) -> Posted:
    """Add a parcel to the transaction at hand; a worker is woken once it has committed.

    `after` is one of the same transaction: whoever delivers that one wakes a worker for this one.
    """
    parcel, moment = Posted(random_id()), now()
    db.insert(
        OutboundMessage,
        id=parcel.id,
        kind=kind,
        state=DeliveryState.DUE,
        address=cipher().encrypt(address),
        body=cipher().encrypt(body),
        direct=direct,
        owed=owed,
        by_day=by_day,
        after_id=after.id if after else None,
        created_at=moment,
        due_at=due_at or moment,
        send_before=send_before,
    )
    if after is None:
        db.after_commit(partial(current_portal.wake, parcel.id, direct))
    return parcel


def cipher() -> Cipher:
    """The server's cipher, for what it must be able to read again."""
    found: Cipher = current_portal.cipher
    return found


def claim(parcel_id: int, lease: timedelta) -> Claim | None:
    """Take hold of a parcel that is ready; None if it is not, or if another worker was faster.

    Each `UPDATE` names the state it expects, so of two workers the database lets one through.
    """
    moment = now()
    return _take(parcel_id, _is_due(moment), moment, lease, sends=True) or _take(
        parcel_id, _is_in_doubt(moment), moment, lease, sends=False
    )


def _take(parcel_id: int, ready: ColumnElement[bool], moment: datetime, lease: timedelta, sends: bool) -> Claim | None:
    statement = (
        update(OutboundMessage)
        .where(OutboundMessage.id == parcel_id, ready)
        .values(
            state=DeliveryState.SENDING,
            lease_until=moment + lease,
            sending_since=func.coalesce(OutboundMessage.sending_since, moment),
            attempts=OutboundMessage.attempts + (1 if sends else 0),
        )
        .returning(OutboundMessage)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    parcel = session.execute(statement).scalar_one_or_none()
    return None if parcel is None else _claim_of(parcel, moment + lease, in_doubt=not sends)


def _claim_of(parcel: OutboundMessage, lease_until: datetime, in_doubt: bool) -> Claim:
    return Claim(
        id=parcel.id,
        kind=MessageKind(parcel.kind),
        address=parcel.address or b"",
        body=parcel.body or b"",
        attempts=parcel.attempts,
        first_tried_at=parcel.sending_since or parcel.created_at,
        lease_until=lease_until,
        send_before=parcel.send_before,
        owed=parcel.owed,
        in_doubt=in_doubt,
    )


def settle(held: Claim, step: RetryStep) -> bool:
    """Write down what became of a claimed parcel; what is at its end loses address and body.

    A worker that comes back after its lease ran out must not undo what another one did since: then only the
    news that it was sent still counts. Returns whether anything was written.
    """
    still_held = and_(OutboundMessage.state == DeliveryState.SENDING, OutboundMessage.lease_until == held.lease_until)
    unsettled = OutboundMessage.state.in_(UNSETTLED)
    return _write(held.id, unsettled if step.state is DeliveryState.SENT else still_held, step)


def settle_as_sent(parcel_id: int, provider_id: str) -> bool:
    """The provider itself speaks of a parcel under its own name for it: then it has it, whatever its worker knows.

    Only of one that was handed out before; and no other parcel may bear that name.
    """
    named = aliased(OutboundMessage)
    is_free = ~exists().where(named.provider_id == provider_id)
    handed_out = and_(
        OutboundMessage.state.in_(UNSETTLED), OutboundMessage.attempts > 0, OutboundMessage.provider_id.is_(None)
    )
    written = _write(parcel_id, and_(handed_out, is_free), RetryStep(DeliveryState.SENT, provider_id=provider_id))
    if written:
        db.after_commit(db.forget_journal)
        wake = current_portal.wake
        for follower_id, direct in followers(parcel_id):
            db.after_commit(partial(wake, follower_id, direct))
    return written


def _write(parcel_id: int, expected: ColumnElement[bool], step: RetryStep) -> bool:
    values: dict[str, object] = {"state": step.state, "failure": step.failure, "lease_until": None}
    if step.due_at is not None:
        values["due_at"] = step.due_at
    if step.provider_id is not None:
        values["provider_id"] = step.provider_id
    if step.state not in UNSETTLED:
        values |= {"address": None, "body": None, "settled_on": today()}
    statement = (
        update(OutboundMessage)
        .where(OutboundMessage.id == parcel_id, expected)
        .values(values)
        .returning(OutboundMessage.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(statement).scalar() is not None


def recall(parcel_id: int) -> bool:
    """Take back what has not gone out yet, because it is no longer so; False if it is too late for that.

    What a worker has in hand may have gone out. Should it turn out that it has not, it never does.
    """
    moment = now()
    statement = (
        update(OutboundMessage)
        .where(OutboundMessage.id == parcel_id, OutboundMessage.state == DeliveryState.DUE)
        .values(state=DeliveryState.SUPPRESSED, address=None, body=None, settled_on=today(), lease_until=None)
        .returning(OutboundMessage.id)
        .execution_options(synchronize_session=False)
    )
    if session.execute(statement).scalar() is not None:
        return True
    in_hand = and_(
        OutboundMessage.id == parcel_id, OutboundMessage.state.in_((DeliveryState.SENDING, DeliveryState.UNKNOWN))
    )
    session.execute(
        update(OutboundMessage).where(in_hand).values(send_before=moment).execution_options(synchronize_session=False)
    )
    return False


def ready_ids(most: int) -> list[tuple[int, bool]]:
    """Parcels that a worker could claim now and whether they are direct answers, the most urgent first."""
    moment = now()
    statement = select(OutboundMessage.id, OutboundMessage.direct).where(or_(_is_due(moment), _is_in_doubt(moment)))
    rows = session.execute(statement.order_by(OutboundMessage.direct.desc(), OutboundMessage.due_at).limit(most))
    return [(row.id, row.direct) for row in rows]


def known_ids(kind: MessageKind, since: datetime) -> frozenset[str]:
    """The provider's names for what is known to be sent since then (and a while before)."""
    statement = select(OutboundMessage.provider_id).where(
        OutboundMessage.kind == kind,
        OutboundMessage.provider_id.is_not(None),
        OutboundMessage.sending_since >= since - KNOWN_WITHIN,
    )
    return frozenset(name for name in session.scalars(statement) if name is not None)


def followers(parcel_id: int) -> list[tuple[int, bool]]:
    """Parcels that waited for this one, and whether they are direct answers."""
    waiting = select(OutboundMessage.id, OutboundMessage.direct).where(
        OutboundMessage.after_id == parcel_id, OutboundMessage.state == DeliveryState.DUE
    )
    return [(row.id, row.direct) for row in session.execute(waiting)]


def _is_due(moment: datetime) -> ColumnElement[bool]:
    earlier = aliased(OutboundMessage)
    waits = exists().where(earlier.id == OutboundMessage.after_id, earlier.state.in_(UNSETTLED))
    may_ring = true() if is_waking(moment, zone()) else ~OutboundMessage.by_day
    return and_(OutboundMessage.state == DeliveryState.DUE, OutboundMessage.due_at <= moment, ~waits, may_ring)


def _is_in_doubt(moment: datetime) -> ColumnElement[bool]:
    return or_(
        and_(OutboundMessage.state == DeliveryState.SENDING, OutboundMessage.lease_until <= moment),
        and_(OutboundMessage.state == DeliveryState.UNKNOWN, OutboundMessage.due_at <= moment),
    )
