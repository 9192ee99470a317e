"""What becomes of texts at the provider: delivery states, monthly counts, and the copies that it is to delete.

Counts know no phone, no day, no report. The provider keeps each text with both numbers for ever unless it is told to
delete it. A row is added in the transaction in which a text has come to its end, and deleted once the provider has
confirmed. What the provider itself answers, as to STOP, has no row: each hour it is asked what it keeps of our numbers.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import LargeBinary, String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now, today
from portal.core.db import Base, db, random_id, session
from portal.core.jobs import outbox, retries
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.core.jobs.retries import Unreachable
from portal.core.logs import LogEvent
from portal.core.portal import current_portal
from portal.core.sms.telephone import PictureRefused
from portal.core.sms.twilio import Telephone
from portal.sms.conversations import DeliveryWord, PictureWaiting, was_taken_in


class Delivery(StrEnum):
    """The provider's states, in the order in which a text passes them."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


TERMINAL = frozenset({Delivery.DELIVERED, Delivery.UNDELIVERED, Delivery.FAILED})
_BY_WORD = {
    **{state.value: state for state in Delivery},
    "accepted": Delivery.QUEUED,
    "scheduled": Delivery.QUEUED,
    "read": Delivery.DELIVERED,
    "canceled": Delivery.FAILED,
}
_RANK = {state: rank for rank, state in enumerate(Delivery)}


def delivery(status: str) -> Delivery | None:
    return _BY_WORD.get(status.strip().lower())


def later(before: Delivery | None, state: Delivery) -> Delivery:
    """Return the state to believe: never an earlier one, and a terminal one for good."""
    is_later = before is None or (before not in TERMINAL and _RANK[state] > _RANK[before])
    return state if before is None or is_later else before


class Count(StrEnum):
    """What is counted; failures also by reason, after a colon."""

    SENT = "sent"
    SEGMENTS = "segments"
    DELIVERED = "delivered"
    FAILED = "failed"
    STALE = "stale"
    OPT_OUTS = "opt-outs"


class TextCount(Base):
    __tablename__ = "sms_text_count"

    month_on: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(60), primary_key=True)
    total: Mapped[int]


def count(what: Count, amount: int = 1, *, reason: str = "") -> None:
    key = {"month_on": today().replace(day=1), "what": f"{what}:{reason}" if reason else str(what)}
    row = update(TextCount).filter_by(**key).values(total=TextCount.total + amount).returning(TextCount.total)
    row = row.execution_options(synchronize_session=False)
    if session.execute(row).scalar() is None and not db.insert_new(TextCount, **key, total=amount):
        session.execute(row)


def counts_of(month: date) -> Mapping[str, int]:
    rows = session.execute(select(TextCount.what, TextCount.total).where(TextCount.month_on == month))
    return {row.what: row.total for row in rows}


# --- copies at the provider ---

OVERDUE_AFTER = timedelta(days=1)
LONGEST_WAIT = timedelta(hours=6)
AGAIN_AFTER = timedelta(minutes=2)
MOST_AT_ONCE = 300
UNHEARD = LogEvent(
    "sms.unheard",
    logging.ERROR,
    "{count} texts came to our numbers and never to the portal; see flask doctor sms",
)


class ProviderCopy(Base):
    __tablename__ = "sms_provider_copy"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    names: Mapped[bytes] = mapped_column(LargeBinary)
    """The provider's id of the text, and on further lines the URLs of its pictures, encrypted."""
    message_id: Mapped[int | None] = mapped_column(unique=True)
    """The row of the outbox, for a text of ours; it may be gone by then."""
    sends_again: Mapped[bool] = mapped_column(default=False)
    """The text was not delivered and is to be sent again first: only the provider still has its words."""
    since: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)


def telephone() -> Telephone:
    opened: Telephone | None = current_portal.telephone
    assert opened is not None
    return opened


def delete_later(
    provider_id: str, pictures: Sequence[str] = (), *, message_id: int | None = None, sends_again: bool = False
) -> None:
    """Have a text deleted at the provider, with its pictures once they are fetched."""
    db.insert_new(
        ProviderCopy,
        id=random_id(),
        names=cipher().encrypt("\n".join((provider_id, *pictures))),
        message_id=message_id,
        sends_again=sends_again,
        since=now(),
        due_at=now(),
        attempts=0,
    )


def overdue_copies() -> int:
    """Return how many texts the provider should have deleted a day ago and has not."""
    late = select(func.count()).select_from(ProviderCopy).where(ProviderCopy.since < now() - OVERDUE_AFTER)
    return session.scalar(late) or 0


def delete_copies() -> None:
    if current_portal.telephone is None:
        return
    with db.work():
        due = select(ProviderCopy.id).where(ProviderCopy.due_at <= now()).order_by(ProviderCopy.due_at)
        ids = session.scalars(due.limit(MOST_AT_ONCE)).all()
    each_row(ids, _delete_copy, begin=_count_attempt)


def _count_attempt(copy_id: int) -> bool:
    """Count an attempt and set the time of the next one: it is never given up."""
    copy = session.get(ProviderCopy, copy_id, with_for_update=True)
    if copy is None or copy.due_at > now():
        return False
    copy.attempts += 1
    copy.due_at = now() + min(timedelta(minutes=2 ** min(copy.attempts, 10)), LONGEST_WAIT)
    return True


def _delete_copy(copy_id: int) -> None:
    """Delete one text with its pictures; no transaction is open while the provider is asked."""
    with db.work():
        copy = session.get(ProviderCopy, copy_id)
        if copy is None:
            return
        provider_id, *pictures = cipher().decrypt(copy.names).split("\n")
        waiting = session.scalars(select(PictureWaiting.address)) if pictures else ()
        if any(cipher().decrypt(address) in pictures for address in waiting):
            return
        again = copy.message_id if copy.sends_again else None
    with suppress(Unreachable):
        if again is not None:
            _send_again(copy_id, again, provider_id)
        if all(_picture_is_gone(url) for url in pictures) and telephone().erase(provider_id):
            # It names nothing any more.
            ours = OutboundMessage.provider_id == provider_id, OutboundMessage.state.not_in(retries.UNSETTLED)
            with db.work():
                session.execute(delete(ProviderCopy).where(ProviderCopy.id == copy_id))
                session.execute(delete(DeliveryWord).where(DeliveryWord.provider_id == provider_id))
                session.execute(update(OutboundMessage).where(*ours).values(provider_id=None))


class LeftTexts(NamedTuple):
    """Texts of our numbers that the provider still keeps after a day and that no row of ours names."""

    ours: list[str]
    """Sent from our numbers, or taken in: to be deleted."""
    unheard: list[str]
    """Sent to our numbers and never taken in, as when the portal was down: nobody has read them."""


def left_texts(before: datetime) -> LeftTexts:
    """Return what the provider keeps from before this moment. Raises `Unreachable`."""
    kept = [text for number in current_portal.settings.sms_numbers for text in telephone().kept_texts(number, before)]
    with db.work():
        unheard = [text.sid for text in kept if text.came_in and not was_taken_in(text.sid)]
        has_id = OutboundMessage.provider_id.is_not(None)
        elsewhere = {*session.scalars(select(OutboundMessage.provider_id).where(has_id)), *unheard}
    return LeftTexts([text.sid for text in kept if text.sid not in elsewhere], unheard)


def delete_left_texts() -> None:
    """Delete what the provider keeps of our numbers beside the rows; never what nobody has read."""
    if current_portal.telephone is None:
        return
    # If it cannot be reached, the next hour comes.
    with suppress(Unreachable):
        left = left_texts(now() - OVERDUE_AFTER)
        if left.unheard:
            UNHEARD.log(count=len(left.unheard))
        each_row(left.ours[:MOST_AT_ONCE], _erase)


def _erase(provider_id: str) -> None:
    with suppress(Unreachable):
        telephone().erase(provider_id)


def _picture_is_gone(url: str) -> bool:
    try:
        return telephone().erase_picture(url)
    except PictureRefused:
        # Not an address of the provider: there is nothing of ours.
        return True


def _send_again(copy_id: int, message_id: int, provider_id: str) -> None:
    text = telephone().text_of(provider_id)
    with db.work():
        if text is not None:
            outbox.send_again(message_id, provider_id, *text, due_at=now() + AGAIN_AFTER)
        # What is sent again becomes another text at the provider, with a row of its own.
        row = update(ProviderCopy).where(ProviderCopy.id == copy_id)
        session.execute(row.values(sends_again=False, message_id=None))
