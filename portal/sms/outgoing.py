"""Texts to phones that did not write just now: the desk's answers, held texts, opt-outs and delivery states."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy import and_, delete, func, select, update

from portal.accounts.reminders import forget_number
from portal.core.clock import today
from portal.core.db import db, random_id, session
from portal.core.jobs import outbox
from portal.core.jobs.outbox import OutboundMessage, cipher, settle_as_sent
from portal.core.jobs.retries import DeliveryState as ParcelState
from portal.core.portal import Portal, current_portal
from portal.reports.reports import Thread, doubt_settled, reply_posted
from portal.sms.conversations import (
    ConsentWording,
    Conversation,
    DeliveryWord,
    HeldMessage,
    OptOut,
    Purpose,
    Route,
    is_in_doubt,
    route_of,
    sender_hash,
)
from portal.sms.effects import OF_MEETINGS, DialogueStep, How
from portal.sms.keywords import Language
from portal.sms.segments import Delivery, delivery, later
from portal.sms.texts import reply


def stop_texting(number: str, how: str) -> None:
    """Record that this phone wants no more texts, and delete the texts that wait for it."""
    consent = sender_hash(Purpose.CONSENT, number)
    held = session.get(OptOut, consent)
    if held is None or held.how != How.PROVIDER:
        # An opt-out at the provider stays in force whatever we are told later: only START there ends it.
        session.merge(OptOut(sender_hash=consent, since_on=today(), how=how))
    forget_number(number)
    end_doubt(sender_hash(Purpose.REPORT, number))
    _take_held(sender_hash(Purpose.REPORT, number))


def text_reply(thread_id: int, words: str) -> None:
    """Text the desk's answer to the phone that the thread came from, if its route still exists."""
    # A person has answered: no automatic question is open any more.
    session.execute(update(Conversation).where(Conversation.thread_id == thread_id).values(step=DialogueStep.NONE))
    route = session.get(Route, thread_id)
    if route is None:
        return
    site: str = current_portal.settings.site_name
    body = reply(words, site=site)
    number = cipher().decrypt(route.number)
    # A meeting is not the last subject either: the next text answers this message.
    spoke_of_meeting = Conversation.sender_hash == sender_hash(Purpose.TALK, number), Conversation.step.in_(OF_MEETINGS)
    session.execute(update(Conversation).where(*spoke_of_meeting).values(step=DialogueStep.NONE))
    if is_in_doubt(route.sender_hash):
        hold(route, body)
    else:
        outbox.put(outbox.MessageKind.TEXT, number, body, direct=True)


def hold(route: Route, body: str) -> None:
    """Keep a text until it is decided whether its phone wants any."""
    own = select(Route.thread_id).where(Route.sender_hash == route.sender_hash)
    waiting = session.scalar(select(func.count()).select_from(HeldMessage).where(HeldMessage.thread_id.in_(own))) or 0
    session.add(HeldMessage(id=random_id(), thread_id=route.thread_id, position=waiting, body=cipher().encrypt(body)))


def send_held(sender: str, number: str) -> outbox.Posted | None:
    """Queue the held texts of a phone in order, unless another doubt is still open.

    Returns the last of them, for texts that have to follow it.
    """
    last: outbox.Posted | None = None
    for body in _take_held(sender) if not is_in_doubt(sender) else ():
        last = outbox.put(outbox.MessageKind.TEXT, number, cipher().decrypt(body), direct=True, after=last)
    return last


def end_doubt(sender: str) -> None:
    """Clear the doubt on all threads of a phone, because its holder has said plainly what they want."""
    own = select(Route.thread_id).where(Route.sender_hash == sender)
    session.execute(update(Thread).where(Thread.id.in_(own), Thread.doubt).values(doubt=False))


def say_who_is_reached(sender: str, reached: bool) -> None:
    """Record on a phone's threads whether the desk's answers reach it."""
    own = select(Route.thread_id).where(Route.sender_hash == sender)
    session.execute(update(Thread).where(Thread.id.in_(own)).values(texts_back=reached))


def _take_held(sender: str) -> list[bytes]:
    own = select(Route.thread_id).where(Route.sender_hash == sender)
    rows = session.scalars(
        select(HeldMessage).where(HeldMessage.thread_id.in_(own)).order_by(HeldMessage.position)
    ).all()
    if rows:
        session.execute(delete(HeldMessage).where(HeldMessage.id.in_([row.id for row in rows])))
        # The texts may contain code words, which the journal must not keep.
        db.after_commit(db.forget_journal)
    return [row.body for row in rows]


LONGEST_ID = 64


def hear_delivery(parcel_id: int, provider_id: str, status: str, error_code: str | None) -> None:
    """Record a delivery state; a repeat changes nothing, and one about an unknown text is settled later."""
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
    # A worker that was killed, or whose request to the provider timed out, never learned the provider's id.
    settle_as_sent(parcel_id, provider_id)
    word.settled = _apply(session.get(OutboundMessage, parcel_id), word)
    session.add(word)


def early_words() -> Sequence[int]:
    """Return the ids of delivery states that came before we knew their text, and whose text is known now."""
    sent = and_(OutboundMessage.provider_id == DeliveryWord.provider_id, OutboundMessage.state == ParcelState.SENT)
    return session.scalars(
        select(DeliveryWord.id).join(OutboundMessage, sent).where(DeliveryWord.settled.is_(False))
    ).all()


def settle_word(word_id: int) -> None:
    """Apply a delivery state that came early."""
    word = session.get_one(DeliveryWord, word_id)
    word.settled = _apply(
        session.scalar(select(OutboundMessage).where(OutboundMessage.provider_id == word.provider_id)), word
    )


def _apply(parcel: OutboundMessage | None, word: DeliveryWord) -> bool:
    """Advance the message's delivery, never back. False while the message does not know its provider id yet."""
    if parcel is None or parcel.provider_id != word.provider_id or parcel.state != ParcelState.SENT:
        return False
    known = Delivery(parcel.delivery) if parcel.delivery else None
    parcel.delivery = later(known, Delivery(word.status))
    if parcel.delivery in (Delivery.FAILED, Delivery.UNDELIVERED):
        parcel.failure = word.error_code or parcel.delivery
    return True


def start(_app: Portal) -> None:
    """Connect to the signals of lower floors."""
    reply_posted.connect(_text_reply)
    doubt_settled.connect(_settle_doubt)


def _text_reply(thread_id: Any, text: str) -> None:
    text_reply(thread_id, text)


def _settle_doubt(thread_id: Any, stop: bool) -> None:
    route = route_of(thread_id)
    if route is None:
        return
    sender, number = route.sender_hash, cipher().decrypt(route.number)
    if stop:
        stop_texting(number, "person")
        say_who_is_reached(sender, reached=False)
    else:
        send_held(sender, number)


def keep_wording(words: str, language: Language | None) -> str:
    """Store this wording if it is new, and return its version."""
    version = blake2b(words.encode(), digest_size=8).hexdigest()
    db.insert_new(ConsentWording, version=version, language=language or "both", words=words)
    return version
