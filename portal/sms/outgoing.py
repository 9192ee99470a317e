"""Texts to phones that did not write just now: the desk's answers, held texts, opt-outs, delivery states, and sending.

A phone always hears from the number that it knows. Workers share the limits of our numbers through the database.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Select, String, and_, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.reminders import forget_number
from portal.alerts.alerts import forget_contact as forget_alerts
from portal.config import Settings, SmsSender
from portal.core import telephone
from portal.core.clock import now, today
from portal.core.crypto import keyed_hash
from portal.core.db import Base, db, random_id, session
from portal.core.jobs import outbox, retries
from portal.core.jobs.delivery import Transport
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import Letter, MessageKind, OutboundMessage, Wording, cipher
from portal.core.jobs.retries import FEW_ATTEMPTS, Bucket, DeliveryState, Priority, Retry
from portal.core.portal import Portal, current_portal
from portal.core.texted import segments
from portal.following.by_text import stop_by_text
from portal.reports.reports import Thread
from portal.reports.triage import AnswerDelivery
from portal.sms import conversations
from portal.sms.conversations import Conversation, HeldMessage, Purpose, Route, sender_hash
from portal.sms.deliveries import TERMINAL, Count, Delivery, DeliveryWord, count, delete_later, delivery, later
from portal.sms.effects import OF_MEETINGS, DialogueStep, How

LONGEST_ID = 64


class ConsentWording(Wording):
    """The words that told phones which texts they get, with placeholders for code words and the name of the site."""

    __tablename__ = "sms_wording"


class TextedAnswer(Base):
    """The latest text that went to a report's phone, so that the desk sees whether it arrived."""

    __tablename__ = "sms_texted_answer"

    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("core_outbox.id", ondelete="CASCADE"), index=True)


def stop_texting(number: str, how: str) -> None:
    """Record that this phone wants no more texts, and delete the texts that wait for it."""
    consent = sender_hash(Purpose.CONSENT, number)
    before = session.get(conversations.OptOut, consent)
    if before is None:
        count(Count.OPT_OUTS)
    if before is None or before.how != How.PROVIDER:
        # An opt-out at the provider stays in force whatever we are told later: only START there ends it.
        session.merge(conversations.OptOut(sender_hash=consent, since_on=today(), how=how))
    for forget in (forget_number, stop_by_text, forget_alerts):
        forget(number)
    sender = sender_hash(Purpose.REPORT, number)
    note_wish(sender, reached=False)
    _drop_held(HeldMessage.thread_id.in_(_threads_of(sender)))


def text_reply(thread_id: int, text: str) -> None:
    """Text the desk's answer to the phone that the thread came from, if its route still exists."""
    # A person has answered: no automatic question is open any more.
    session.execute(update(Conversation).where(Conversation.thread_id == thread_id).values(step=DialogueStep.NONE))
    route = conversations.way_to(thread_id)
    if route is None:
        return
    body, number = f"{current_portal.settings.site_name}: {text}", cipher().decrypt(route.number)
    # A meeting is not the last subject either: the next text answers this message.
    spoke_of_meeting = Conversation.sender_hash == sender_hash(Purpose.TALK, number), Conversation.step.in_(OF_MEETINGS)
    session.execute(update(Conversation).where(*spoke_of_meeting).values(step=DialogueStep.NONE))
    if conversations.is_in_doubt(route.sender_hash):
        hold(route, body)
    else:
        message_id = outbox.put(MessageKind.TEXT, number, body, direct=True)
        session.merge(TextedAnswer(thread_id=thread_id, message_id=message_id))


def answer_arrived(thread_id: int) -> AnswerDelivery | None:
    """Return what became of the latest text about a report, None if there was none lately."""
    latest = select(OutboundMessage).join(TextedAnswer, TextedAnswer.message_id == OutboundMessage.id)
    message = session.scalar(latest.where(TextedAnswer.thread_id == thread_id))
    if message is None:
        return None
    if message.state == DeliveryState.SUPPRESSED:
        return AnswerDelivery.UNWANTED
    if {message.delivery, message.state} & {Delivery.FAILED, Delivery.UNDELIVERED, DeliveryState.STALE}:
        return AnswerDelivery.FAILED
    return AnswerDelivery.ARRIVED if message.delivery == Delivery.DELIVERED else AnswerDelivery.ON_ITS_WAY


def _threads_of(sender: str) -> Select[int]:
    return select(Route.thread_id).where(Route.sender_hash == sender)


def hold(route: Route, body: str) -> None:
    own = HeldMessage.thread_id.in_(_threads_of(route.sender_hash))
    waiting = session.scalar(select(func.count()).select_from(HeldMessage).where(own)) or 0
    session.add(HeldMessage(thread_id=route.thread_id, position=waiting, body=body))


def send_held(sender: str, number: str) -> int | None:
    """Queue the held texts of a phone in order, and return the last, unless another doubt is still open."""
    last: int | None = None
    if conversations.is_in_doubt(sender):
        return None
    held = select(HeldMessage.id, HeldMessage.thread_id, HeldMessage.body).order_by(HeldMessage.position)
    rows = session.execute(held.where(HeldMessage.thread_id.in_(_threads_of(sender)))).all()
    for _id, thread_id, body in rows:
        last = outbox.put(MessageKind.TEXT, number, body, direct=True, after=last)
        session.merge(TextedAnswer(thread_id=thread_id, message_id=last))
    # Only these: another answer may be held meanwhile.
    _drop_held(HeldMessage.id.in_([row.id for row in rows]))
    return last


def _drop_held(which: ColumnElement[bool]) -> None:
    dropped = delete(HeldMessage).where(which).returning(HeldMessage.id)
    if session.scalars(dropped).all():
        # The texts may contain code words, which the journal must not keep.
        db.after_commit(db.forget_journal)


def note_wish(sender: str, *, reached: bool) -> None:
    """Record on a phone's threads whether the desk's answers reach it: no doubt about that is open any more."""
    own = update(Thread).where(Thread.id.in_(_threads_of(sender)))
    session.execute(own.values(texts_back=reached, doubt=False))


def hear_delivery(message_id: int, provider_id: str, status: str, error_code: str | None, phone: str = "") -> None:
    """Record a delivery state; a repeat changes nothing, and one about an unknown text is settled later."""
    state = delivery(status)
    if state is None or not provider_id or len(provider_id) > LONGEST_ID:
        return
    of_text = select(DeliveryWord.status, DeliveryWord.settled).where(DeliveryWord.provider_id == provider_id)
    before = session.execute(of_text).all()
    message = session.get(OutboundMessage, message_id)
    # What has come to its end and is deleted at the provider has no id any more: this word came late.
    is_over = (
        message is not None
        and (message.state, message.provider_id) == (DeliveryState.SENT, None)
        and message.delivery in TERMINAL
    )
    if is_over or any(word.status == state for word in before):
        return
    word = DeliveryWord(id=random_id(), provider_id=provider_id, status=state, received_on=today())
    word.error_code = (error_code or "")[:10] or None
    if phone and _code(word) == telephone.OPTED_OUT:
        # The provider was told to stop and did not pass it on.
        stop_texting(phone, How.PROVIDER)
    if not any(word.settled for word in before):
        # A worker that was killed, or whose request to the provider timed out, never learned the provider's id.
        outbox.settle_as_sent(message_id, provider_id)
    word.settled = _apply(session.get(OutboundMessage, message_id, populate_existing=True), word)
    session.add(word)


def _code(word: DeliveryWord) -> int | None:
    return int(word.error_code) if word.error_code and word.error_code.isascii() and word.error_code.isdigit() else None


def settle_delivery_words() -> None:
    """Apply delivery states that came before we knew the text they are about, and whose text is known now."""
    sent = and_(OutboundMessage.provider_id == DeliveryWord.provider_id, OutboundMessage.state == DeliveryState.SENT)
    with db.work():
        early = select(DeliveryWord.id).join(OutboundMessage, sent).where(DeliveryWord.settled.is_(False))
        ids = session.scalars(early).all()

    def settle(word_id: int) -> None:
        word = session.get_one(DeliveryWord, word_id)
        of_word = select(OutboundMessage).where(OutboundMessage.provider_id == word.provider_id)
        word.settled = _apply(session.scalar(of_word), word)

    each_row(ids, settle)


def _apply(message: OutboundMessage | None, word: DeliveryWord) -> bool:
    """Advance a message's delivery, never back; at the end count it, delete the copy. False until its id is known."""
    if message is None or message.provider_id != word.provider_id or message.state != DeliveryState.SENT:
        return False
    before, again = Delivery(message.delivery) if message.delivery else None, False
    message.delivery = state = later(before, Delivery(word.status))
    if state not in TERMINAL or before in TERMINAL:
        return True
    if state is Delivery.DELIVERED:
        count(Count.DELIVERED)
    else:
        message.failure = word.error_code or state
        again = isinstance(telephone.judge(None, _code(word)), Retry) and message.attempts < FEW_ATTEMPTS
        if not again:
            count(Count.FAILED, reason=telephone.reason_of(_code(word)))
    delete_later(word.provider_id, message_id=message.id, sends_again=again)
    return True


def settle_doubt(thread_id: int, stop: bool) -> None:
    """Text what waited for a phone, or nothing more."""
    if route := conversations.way_to(thread_id):
        number = cipher().decrypt(route.number)
        if stop:
            stop_texting(number, How.PERSON)
        else:
            send_held(route.sender_hash, number)


# --- sending: which of our numbers, how many in a second, and the transport of the outbox ---

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
    if len(current_portal.settings.sms_numbers) > 1:
        session.merge(KnownSender(phone_hash=sender_hash(Purpose.SENDER, phone), sender=ours, last_on=today()))


def sender_for(address: str) -> str:
    """Return our number from which a phone gets its texts, empty if there is none."""
    numbers = current_portal.settings.sms_numbers
    if len(numbers) < 2:
        return numbers[0] if numbers else ""
    hashed = sender_hash(Purpose.SENDER, address)
    sender = session.scalar(select(KnownSender.sender).where(KnownSender.phone_hash == hashed))
    # The others are spread evenly, and keep their number when another one is added or taken away.
    return sender if sender in numbers else max(numbers, key=lambda number: keyed_hash(hashed.encode(), number))


def rate_of(sender: str) -> float:
    """Return the segments a second that carriers take from a number of ours."""
    settings = current_portal.settings
    return settings.sms_rate_toll_free if sender.startswith(TOLL_FREE) else settings.sms_rate_local


class TextTransport(Transport):
    """Transport for texts; checks opt-outs when a text is about to be sent, not when it was written."""

    def __init__(self, provider: telephone.Telephone, public_url: str) -> None:
        self._telephone = provider
        self._public_url = public_url

    def deliver(self, address: str, letter: Letter, message_id: int, valid_for: timedelta) -> retries.Outcome:
        with db.work():
            sender = sender_for(address)
        callback = f"{self._public_url}/sms/twilio/status/{message_id}"
        return self._telephone.send(address, letter.body, callback, valid_for, sender)

    def find(self, address: str, body: str, since: datetime, known: Collection[str]) -> str | None:
        return self._telephone.find(address, body, since, known)

    def is_suppressed(self, address: str) -> bool:
        return conversations.has_opted_out(address)

    def admit(self, address: str, body: str, priority: Priority) -> timedelta:
        """Take the segments of a text from the bucket of our number; return how long to wait if there are too few."""
        sender, moment = sender_for(address), now()
        rate = rate_of(sender)
        row = session.get(SendingPace, sender, with_for_update=True, populate_existing=True)
        if row is None:
            db.insert_new(SendingPace, sender=sender, level=retries.capacity(rate), at=moment)
            row = session.get_one(SendingPace, sender, with_for_update=True, populate_existing=True)
        bucket, wait = retries.take(Bucket(row.level, row.at), rate, moment, segments(body).segments, priority)
        row.level, row.at = bucket.level, bucket.at
        return wait

    def a_second(self) -> float:
        return sum(map(rate_of, current_portal.settings.sms_numbers or ("",)))

    def note_end(self, address: str, body: str, step: retries.RetryStep) -> None:
        match step.state:
            case DeliveryState.SENT:
                count(Count.SENT)
                count(Count.SEGMENTS, segments(body).segments)
            case DeliveryState.SUPPRESSED if step.failure == telephone.OPTED_OUT_REASON:
                # The provider received the opt-out and did not forward it, which it may do.
                stop_texting(address, How.PROVIDER)
            case DeliveryState.FAILED:
                count(Count.FAILED, reason=step.failure or "refused")
            case DeliveryState.STALE:
                count(Count.STALE)


def start(portal: Portal) -> None:
    if provider := open_telephone(portal.settings):
        portal.telephone = provider
        portal.transports[MessageKind.TEXT] = TextTransport(provider, portal.settings.public_url)


def open_telephone(settings: Settings) -> telephone.Telephone | None:
    match settings.sms_sender:
        case SmsSender.TWILIO:
            return telephone.TwilioTelephone(
                settings.twilio_account_sid,
                settings.twilio_auth_token,
                settings.sms_number,
                settings.twilio_api_base or None,
            )
        case SmsSender.CONSOLE:
            return telephone.ConsoleTelephone()
        case _:
            return None
