"""The outbox: every text and mail is first a row, added in the transaction that caused it, and only then sent.

The row is authoritative. A queue only wakes a worker with the row's id. A worker holds a row by a lease; a worker that
finds an expired lease asks the provider before anything is sent again.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Mapped, aliased, mapped_column

from portal.core.clock import now, today, waking, zone
from portal.core.crypto import CannotOpen, Cipher
from portal.core.db import Base, Encrypted, EncryptedBytes, db, random_id, session
from portal.core.hours import is_waking
from portal.core.jobs.engine import SILENCE, is_clock_doubted
from portal.core.jobs.retries import FEW_ATTEMPTS, UNSETTLED, DeliveryState, Priority, RetryStep
from portal.core.logs import LogEvent
from portal.core.portal import current_portal


class MessageKind(StrEnum):
    """The channel of a message; each kind has its transport."""

    TEXT = "text"
    MAIL = "mail"


KNOWN_WITHIN = timedelta(hours=1)
MOVED_ON = LogEvent("message.state", logging.INFO, "message {message_id} is {state}")


class OutboundMessage(Base):
    """One outgoing text or mail. Address and words are encrypted with the server's key and erased once settled."""

    __tablename__ = "core_outbox"
    __table_args__ = (sa.Index(None, "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[MessageKind]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.DUE)
    # Only read where they are sent: what cannot be decrypted any more must not hold up anything else.
    address: Mapped[str | None] = mapped_column(Encrypted(), deferred=True)
    subject: Mapped[str | None] = mapped_column(Encrypted(), deferred=True)
    body: Mapped[str | None] = mapped_column(Encrypted(), deferred=True)
    calendar: Mapped[bytes | None] = mapped_column(EncryptedBytes(), deferred=True)
    leave: Mapped[str | None] = mapped_column(Encrypted(), deferred=True)
    direct: Mapped[bool]
    """A direct answer to a person: goes before notices and at any hour."""
    urgent: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """An answer to a person in danger: goes before everything else."""
    bulk: Mapped[bool] = mapped_column(default=False)
    """The same words to many: goes after everything else."""
    owed: Mapped[bool] = mapped_column(default=False)
    """Sent even to an address that has opted out: the single confirmation of the opt-out."""
    by_day: Mapped[bool] = mapped_column(default=False)
    """Never sent at night, however long it has waited: it was not just requested, and it rings a phone."""
    after_id: Mapped[int | None] = mapped_column(index=True)
    """The message that must be settled first: two texts to one phone must not overtake each other."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    send_before: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    sending_since: Mapped[datetime | None]
    """When it was first handed to the provider: from then on the provider is searched before it is sent again."""
    provider_id: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    """Unique: two workers that ask the provider about two equal texts must not both get the same one."""
    delivery: Mapped[str | None] = mapped_column(sa.String(20))
    """The provider's latest delivery status (queued, sent, delivered, …)."""
    failure: Mapped[str | None] = mapped_column(sa.String(60))
    settled_on: Mapped[date | None] = mapped_column(index=True)


class Wording(Base):
    """The exact words that people read when they agreed to get messages, kept for as long as the portal runs."""

    __abstract__ = True

    version: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    language: Mapped[str] = mapped_column(sa.String(4))
    """A language code, or "both"."""
    words: Mapped[str] = mapped_column(sa.Text)

    @classmethod
    def keep(cls, words: str, language: str) -> str:
        """Store these words unless they are stored already; return their version."""
        version = version_of(words)
        db.insert_new(cls, version=version, language=language, words=words)
        return version


def version_of(words: str) -> str:
    return blake2b(words.encode(), digest_size=8).hexdigest()


class Letter(NamedTuple):
    """What a message says; a text has a body alone. The subject reveals nothing: others may see a locked screen."""

    subject: str
    body: str
    calendar: bytes = b""
    """An entry for the recipient's calendar."""
    leave: str = ""
    """The address at which the recipient leaves with one click (RFC 8058)."""


FORGOTTEN = dict.fromkeys(("address", *Letter._fields))


class Claim(NamedTuple):
    """A message that one worker holds until `lease_until`. In doubt: it may have been sent before."""

    id: int
    kind: MessageKind
    attempts: int
    sending_since: datetime
    lease_until: datetime
    send_before: datetime | None
    owed: bool
    urgent: bool
    direct: bool
    bulk: bool
    address: str
    letter: Letter
    in_doubt: bool

    @property
    def priority(self) -> Priority:
        return _priority(self.urgent, self.direct, self.bulk)


HELD = Claim._fields[: Claim._fields.index("address")]


def put(
    kind: MessageKind,
    address: str,
    words: str | Letter,
    *,
    direct: bool = False,
    urgent: bool = False,
    bulk: bool = False,
    owed: bool = False,
    by_day: bool = False,
    after: int | None = None,
    due_at: datetime | None = None,
    send_before: datetime | None = None,
    message_id: int | None = None,
) -> int:
    """Add a message to the current transaction, and return its id; a worker is woken once it has committed.

    `after` is another one of the same transaction, which wakes a worker for this when it is delivered. A `bulk` text
    wakes nobody: the sweep finds it, and announcements to thousands must not fill the queue.
    """
    message_id, moment = message_id or random_id(), now()
    db.insert(
        OutboundMessage,
        id=message_id,
        kind=kind,
        address=address,
        **_columns(words),
        direct=direct,
        urgent=urgent,
        bulk=bulk,
        owed=owed,
        by_day=by_day,
        after_id=after,
        created_at=moment,
        due_at=due_at or moment,
        send_before=send_before,
    )
    if after is None and not (bulk and kind is MessageKind.TEXT):
        db.after_commit(partial(current_portal.wake, message_id, _priority(urgent, direct, bulk)))
    return message_id


def _change(message_id: int, *expected: ColumnElement[bool], **values: object) -> bool:
    """Update a message if it is as expected, which lets only one of two workers through; return whether it was."""
    changed = update(OutboundMessage).where(OutboundMessage.id == message_id, *expected).values(values)
    returned = changed.returning(OutboundMessage.id).execution_options(synchronize_session=False)
    return session.execute(returned).scalar() is not None


def _columns(words: str | Letter) -> dict[str, Any]:
    return (words if isinstance(words, Letter) else Letter("", words))._asdict()


def reword(message_id: int, words: str | Letter) -> bool:
    """Replace the words of a message that waits and was never handed out; False if there is none."""
    waits = OutboundMessage.state == DeliveryState.DUE, OutboundMessage.attempts == 0
    return _change(message_id, *waits, **_columns(words))


def cipher() -> Cipher:
    return current_portal.cipher


def claim(message_id: int, lease: timedelta) -> Claim | None:
    """Claim a ready message, or None: each `UPDATE` names the state it expects, so only one of two workers gets it."""
    moment = now()
    timely = _is_timely(moment)
    for sends, ready in ((True, _is_due(moment)), (False, _is_in_doubt(moment))):
        statement = (
            update(OutboundMessage)
            .where(OutboundMessage.id == message_id, ready, timely)
            .values(
                state=DeliveryState.SENDING,
                lease_until=moment + lease,
                sending_since=sa.func.coalesce(OutboundMessage.sending_since, moment),
                attempts=OutboundMessage.attempts + (1 if sends else 0),
            )
            .returning(*(getattr(OutboundMessage, name) for name in (*HELD, *FORGOTTEN)))
            .execution_options(synchronize_session=False)
        )
        try:
            row = session.execute(statement).one_or_none()
        except CannotOpen:
            # The server's key is another one.
            failed = RetryStep(DeliveryState.FAILED, failure="cannot be opened")
            _write(message_id, OutboundMessage.state == DeliveryState.SENDING, failed)
            return None
        if row is not None:
            words = len(Letter._fields)
            return Claim._make((*row[:-words], Letter(*row[-words:]), not sends))
    return None


def _priority(urgent: bool, direct: bool, bulk: bool) -> Priority:
    if urgent:
        return Priority.URGENT
    if direct:
        return Priority.DIALOGUE
    return Priority.ANNOUNCEMENT if bulk else Priority.NOTICE


def put_back(held: Claim, due_at: datetime) -> None:
    """Undo a claim in its own transaction: the message was not handed out, and waits until `due_at`."""
    first = {"sending_since": None} if held.attempts == 1 else {}
    _change(held.id, state=DeliveryState.DUE, lease_until=None, due_at=due_at, attempts=held.attempts - 1, **first)


def send_again(message_id: int, provider_id: str, address: str, body: str, due_at: datetime) -> bool:
    """Send a message again that was accepted under `provider_id` and then not delivered, a few times at most."""
    return _change(
        message_id,
        OutboundMessage.provider_id == provider_id,
        OutboundMessage.state == DeliveryState.SENT,
        OutboundMessage.attempts < FEW_ATTEMPTS,
        state=DeliveryState.DUE,
        due_at=due_at,
        address=address,
        **_columns(body),
        **dict.fromkeys(("provider_id", "delivery", "failure", "sending_since", "settled_on")),
    )


def settle(held: Claim, step: RetryStep) -> bool:
    """Store the outcome of a claimed message; return whether it was written. A settled one loses address and body.

    A worker that returns after its lease ran out must not undo the work of another: from it only `SENT` is accepted.
    """
    still_held = and_(OutboundMessage.state == DeliveryState.SENDING, OutboundMessage.lease_until == held.lease_until)
    unsettled = OutboundMessage.state.in_(UNSETTLED)
    return _write(held.id, unsettled if step.state is DeliveryState.SENT else still_held, step)


def settle_as_sent(message_id: int, provider_id: str) -> bool:
    """Mark a message that was handed out as sent, since the provider reported it under an id that no other one has."""
    named = aliased(OutboundMessage)
    is_free = ~sa.exists().where(named.provider_id == provider_id)
    handed_out = and_(
        OutboundMessage.state.in_(UNSETTLED), OutboundMessage.attempts > 0, OutboundMessage.provider_id.is_(None)
    )
    return _write(message_id, and_(handed_out, is_free), RetryStep(DeliveryState.SENT, provider_id=provider_id))


def _write(message_id: int, expected: ColumnElement[bool], step: RetryStep) -> bool:
    values: dict[str, object] = {"state": step.state, "failure": step.failure, "lease_until": None}
    if step.due_at is not None:
        values["due_at"] = step.due_at
    if step.provider_id is not None:
        values["provider_id"] = step.provider_id
    if step.state not in UNSETTLED:
        values |= {**FORGOTTEN, "settled_on": today()}
    written = _change(message_id, expected, **values)
    if written:
        db.after_commit(lambda: MOVED_ON.log(message_id=message_id, state=step.state))
    if written and step.state not in UNSETTLED:
        # The row no longer has address and words, but SQLite's journal still does.
        db.after_commit(db.forget_journal)
        # Those that must wait longer are refused when they are claimed.
        waits = OutboundMessage.after_id == message_id, OutboundMessage.state == DeliveryState.DUE
        for follower_id, priority in _prioritized(_WITH_PRIORITY.where(*waits)):
            db.after_commit(partial(current_portal.wake, follower_id, priority))
    return written


def recall(message_id: int) -> bool:
    """Cancel a message that is no longer true; False if a worker holds it: should it prove unsent, it never will be."""
    if _write(message_id, OutboundMessage.state == DeliveryState.DUE, RetryStep(DeliveryState.SUPPRESSED)):
        return True
    _change(message_id, OutboundMessage.state.in_((DeliveryState.SENDING, DeliveryState.UNKNOWN)), send_before=now())
    return False


def ready_ids(most: int, kind: MessageKind | None = None) -> list[tuple[int, Priority]]:
    """Return messages that a worker could claim now with their priority, the most urgent first."""
    moment = now()
    ready = or_(_is_due(moment), _is_in_doubt(moment))
    statement = _WITH_PRIORITY.where(ready, _is_timely(moment))
    if kind is not None:
        statement = statement.where(OutboundMessage.kind == kind)
    ranks = OutboundMessage.urgent.desc(), OutboundMessage.direct.desc(), OutboundMessage.bulk
    return _prioritized(statement.order_by(*ranks, OutboundMessage.due_at).limit(most))


_WITH_PRIORITY = select(OutboundMessage.id, OutboundMessage.urgent, OutboundMessage.direct, OutboundMessage.bulk)


def _prioritized(statement: sa.Select[int, bool, bool, bool]) -> list[tuple[int, Priority]]:
    rows = session.execute(statement)
    return [(message_id, _priority(urgent, direct, bulk)) for message_id, urgent, direct, bulk in rows]


def known_ids(kind: MessageKind, since: datetime) -> frozenset[str]:
    """Return the provider's ids of messages known to be sent since then, less a margin of `KNOWN_WITHIN`."""
    statement = select(OutboundMessage.provider_id).where(
        OutboundMessage.kind == kind,
        OutboundMessage.provider_id.is_not(None),
        OutboundMessage.sending_since >= since - KNOWN_WITHIN,
    )
    return frozenset(name for name in session.scalars(statement) if name is not None)


LATE = timedelta(minutes=15)
WAITS_SINCE: ColumnElement[datetime] = sa.func.coalesce(OutboundMessage.sending_since, OutboundMessage.due_at)
"""Since when a message could have gone: its hour or, once it was tried, the first time: retries move it."""


def waits(longer_than: timedelta = timedelta(0)) -> ColumnElement[bool]:
    """Return the condition for messages that could have gone that long ago, and may go at this hour."""
    moment = now()
    may_ring = sa.true() if is_waking(moment, zone(), waking()) else ~OutboundMessage.by_day
    return and_(OutboundMessage.state.in_(UNSETTLED), moment - longer_than >= WAITS_SINCE, may_ring)


def _is_timely(moment: datetime) -> ColumnElement[bool]:
    """While the clock is doubted, only what it dated itself: by it, all else may be too old and would be dropped."""
    if not is_clock_doubted():
        return sa.true()
    return OutboundMessage.created_at.between(moment - SILENCE, moment + SILENCE)


def _is_due(moment: datetime) -> ColumnElement[bool]:
    earlier = aliased(OutboundMessage)
    waits = sa.exists().where(earlier.id == OutboundMessage.after_id, earlier.state.in_(UNSETTLED))
    may_ring = sa.true() if is_waking(moment, zone(), waking()) else ~OutboundMessage.by_day
    # What a clock wrote that ran ahead would wait for that day.
    has_come = or_(OutboundMessage.due_at <= moment, OutboundMessage.created_at > moment + SILENCE)
    return and_(OutboundMessage.state == DeliveryState.DUE, has_come, ~waits, may_ring)


def _is_in_doubt(moment: datetime) -> ColumnElement[bool]:
    return or_(
        and_(OutboundMessage.state == DeliveryState.SENDING, OutboundMessage.lease_until <= moment),
        and_(OutboundMessage.state == DeliveryState.UNKNOWN, OutboundMessage.due_at <= moment),
    )
