"""How far texts of ours have come: the provider tells late, twice and in the wrong order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, select

from portal.core.clock import today
from portal.core.db import random_id, session
from portal.core.jobs.outbox import Parcel, settle_as_sent
from portal.core.jobs.rules import State as ParcelState
from portal.sms.models import DeliveryWord
from portal.sms.rules.delivery import Delivery, delivery, later

LONGEST_ID = 64


def hear_delivery(parcel_id: int, provider_id: str, status: str, error_code: str | None) -> None:
    """Keep what the provider says of a text; a repeat changes nothing, an unknown text is settled later."""
    told = delivery(status)
    if told is None or not provider_id or len(provider_id) > LONGEST_ID:
        return
    known = select(DeliveryWord).where(DeliveryWord.provider_id == provider_id, DeliveryWord.status == told)
    if session.scalar(known) is not None:
        return
    word = DeliveryWord(
        id=random_id(),
        provider_id=provider_id,
        status=told,
        error_code=(error_code or "")[:10] or None,
        received_on=today(),
    )
    # A worker that was killed, or waited in vain for the provider's answer, never learned what it is called there.
    settle_as_sent(parcel_id, provider_id)
    word.settled = _apply(session.get(Parcel, parcel_id), word)
    session.add(word)


def early_words() -> Sequence[int]:
    """The ids of words that came before we knew the text they are about, and whose text we know by now."""
    sent = and_(Parcel.provider_id == DeliveryWord.provider_id, Parcel.state == ParcelState.SENT)
    return session.scalars(select(DeliveryWord.id).join(Parcel, sent).where(DeliveryWord.settled.is_(False))).all()


def settle_word(word_id: int) -> None:
    """Apply a word that came early."""
    word = session.get_one(DeliveryWord, word_id)
    word.settled = _apply(session.scalar(select(Parcel).where(Parcel.provider_id == word.provider_id)), word)


def _apply(parcel: Parcel | None, word: DeliveryWord) -> bool:
    """Move the parcel's delivery forward, never back. False while the parcel does not know its own text yet."""
    if parcel is None or parcel.provider_id != word.provider_id or parcel.state != ParcelState.SENT:
        return False
    known = Delivery(parcel.delivery) if parcel.delivery else None
    parcel.delivery = later(known, Delivery(word.status))
    if parcel.delivery in (Delivery.FAILED, Delivery.UNDELIVERED):
        parcel.failure = word.error_code or parcel.delivery
    return True
