"""Sending texts: which of our numbers, how many in a second, and the transport of the outbox.

A phone always hears from the number that it knows. The limits of each number are shared by all workers through the
database.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import Settings
from portal.core.clock import now, today
from portal.core.crypto import keyed_hash, site_key
from portal.core.db import Base, db, session
from portal.core.jobs.retries import Bucket, DeliveryState, Outcome, Priority, RetryStep, capacity, take
from portal.core.portal import current_portal
from portal.core.sms.telephone import OPTED_OUT_REASON, Telephone
from portal.core.texted import segments
from portal.sms.conversations import has_opted_out
from portal.sms.deliveries import Count, count
from portal.sms.outgoing import stop_texting

TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")


class SendingPace(Base):
    """The token bucket of one of our numbers."""

    __tablename__ = "sms_pace"

    sender: Mapped[str] = mapped_column(String(30), primary_key=True)
    level: Mapped[float]
    at: Mapped[datetime]


class KnownSender(Base):
    """The number of ours that a phone wrote to last. Only kept if we have several."""

    __tablename__ = "sms_known_sender"

    phone_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    sender: Mapped[str] = mapped_column(String(30))
    last_on: Mapped[date] = mapped_column(index=True)


def remember_sender(phone: str, ours: str) -> None:
    """Answer this phone from the number that it wrote to, from now on."""
    if len(current_portal.settings.sms_numbers) < 2:
        return
    session.merge(KnownSender(phone_hash=_hash_of(phone), sender=ours, last_on=today()))


def sender_for(address: str) -> str:
    """Return our number from which a phone gets its texts, empty if there is none."""
    numbers = current_portal.settings.sms_numbers
    if len(numbers) < 2:
        return numbers[0] if numbers else ""
    hashed = _hash_of(address)
    sender = session.scalar(select(KnownSender.sender).where(KnownSender.phone_hash == hashed))
    # The others are spread evenly, and keep their number when another one is added or taken away.
    return sender if sender in numbers else max(numbers, key=lambda number: keyed_hash(hashed.encode(), number))


def rate_of(sender: str, settings: Settings) -> float:
    """Return the segments a second that carriers take from a number of ours."""
    return settings.sms_rate_toll_free if sender.startswith(TOLL_FREE) else settings.sms_rate_local


def admit(sender: str, cost: int, priority: Priority) -> timedelta:
    """Take segments from a number's bucket; return how long to wait, zero if they were there."""
    rate, moment = rate_of(sender, current_portal.settings), now()
    row = session.get(SendingPace, sender, with_for_update=True, populate_existing=True)
    if row is None:
        db.insert_new(SendingPace, sender=sender, level=capacity(rate), at=moment)
        row = session.get_one(SendingPace, sender, with_for_update=True, populate_existing=True)
    bucket, wait = take(Bucket(row.level, row.at), rate, moment, cost, priority)
    row.level, row.at = bucket.level, bucket.at
    return wait


def _hash_of(phone: str) -> str:
    return keyed_hash(site_key(current_portal.settings.secret, "text sender"), phone)


class TextTransport:
    """Transport for texts; checks opt-outs when a text is about to be sent, not when it was written."""

    def __init__(self, telephone: Telephone, public_url: str) -> None:
        self._telephone = telephone
        self._public_url = public_url

    def deliver(self, address: str, body: str, message_id: int, valid_for: timedelta) -> Outcome:
        with db.work():
            sender = sender_for(address)
        callback = f"{self._public_url}/sms/twilio/status/{message_id}"
        return self._telephone.send(address, body, callback, valid_for, sender)

    def find(self, address: str, body: str, since: datetime, known: Collection[str]) -> str | None:
        return self._telephone.find(address, body, since, known)

    def is_suppressed(self, address: str) -> bool:
        return has_opted_out(address)

    def admit(self, address: str, body: str, priority: Priority) -> timedelta:
        return admit(sender_for(address), segments(body).segments, priority)

    def a_second(self) -> float:
        settings = current_portal.settings
        return sum(rate_of(number, settings) for number in settings.sms_numbers or ("",))

    def note_end(self, address: str, body: str, step: RetryStep) -> None:
        match step.state:
            case DeliveryState.SENT:
                count(Count.SENT)
                count(Count.SEGMENTS, segments(body).segments)
            case DeliveryState.SUPPRESSED if step.failure == OPTED_OUT_REASON:
                # The provider received the opt-out and did not forward it, which it may do.
                stop_texting(address, "provider")
            case DeliveryState.FAILED:
                count(Count.FAILED, reason=step.failure or "refused")
            case DeliveryState.STALE:
                count(Count.STALE)
