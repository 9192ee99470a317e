"""Texts to phones that did not write just now: the desk's answers, held texts, opt-outs and delivery states."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b

from sqlalchemy import Select, and_, delete, func, select, update

from portal.accounts.reminders import forget_number
from portal.alerts.alerts import forget_contact as forget_alerts
from portal.core.clock import now, today, waking, zone
from portal.core.db import db, random_id, session
from portal.core.hours import next_waking
from portal.core.i18n import LANGUAGES
from portal.core.jobs import outbox
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import OutboundMessage, cipher, settle_as_sent
from portal.core.jobs.retries import FEW_ATTEMPTS, DeliveryState, Retry
from portal.core.limits import may_try
from portal.core.portal import current_portal
from portal.core.sms.telephone import OPTED_OUT, judge, reason_of
from portal.following.by_text import stop_by_text
from portal.reports.reports import Thread
from portal.reports.triage import AnswerDelivery
from portal.sms import conversations
from portal.sms.conversations import (
    Conversation,
    DeliveryWord,
    HeldMessage,
    Purpose,
    Route,
    TextedAnswer,
    sender_hash,
    way_to,
)
from portal.sms.deliveries import TERMINAL, Count, Delivery, count, delivery, later
from portal.sms.effects import OF_MEETINGS, DialogueStep, How
from portal.sms.keywords import Language
from portal.sms.provider_copies import delete_later
from portal.sms.texts import LOST_PICTURE_TEXT, in_each

DAY = 86_400
LOST_PICTURE_WITHIN = timedelta(hours=4)


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
    end_doubt(sender)
    say_who_is_reached(sender, reached=False)
    _take_held(sender)


def text_reply(thread_id: int, text: str) -> None:
    """Text the desk's answer to the phone that the thread came from, if its route still exists."""
    # A person has answered: no automatic question is open any more.
    session.execute(update(Conversation).where(Conversation.thread_id == thread_id).values(step=DialogueStep.NONE))
    route = way_to(thread_id)
    if route is None:
        return
    body = f"{current_portal.settings.site_name}: {text}"
    number = cipher().decrypt(route.number)
    # A meeting is not the last subject either: the next text answers this message.
    spoke_of_meeting = Conversation.sender_hash == sender_hash(Purpose.TALK, number), Conversation.step.in_(OF_MEETINGS)
    session.execute(update(Conversation).where(*spoke_of_meeting).values(step=DialogueStep.NONE))
    if conversations.is_in_doubt(route.sender_hash):
        hold(route, body)
    else:
        keep_answer(thread_id, outbox.put(outbox.MessageKind.TEXT, number, body, direct=True))


def tell_of_lost_picture(thread_id: int, *, is_late: bool) -> None:
    """Tell the sender of a picture, once a day for each report, that it could not be read.

    `is_late`: it was sent hours ago, and its sender may be asleep.
    """
    route = way_to(thread_id)
    if route is None or conversations.is_in_doubt(route.sender_hash):
        return
    if not may_try("told of picture", str(thread_id), 1, DAY):
        return
    due_at = next_waking(now(), zone(), waking()) if is_late else now()
    talk = session.execute(select(Conversation.language).where(Conversation.thread_id == thread_id)).first()
    languages = LANGUAGES if talk is not None and talk.language is None else (route.language,)
    words = in_each(languages, lambda: str(LOST_PICTURE_TEXT))
    outbox.put(
        outbox.MessageKind.TEXT,
        cipher().decrypt(route.number),
        f"{current_portal.settings.site_name}: {words}",
        direct=not is_late,
        by_day=is_late,
        due_at=due_at,
        send_before=due_at + LOST_PICTURE_WITHIN,
    )


def keep_answer(thread_id: int, message: outbox.Posted) -> None:
    """Remember the latest text about a report, for the desk to see whether it arrived."""
    session.execute(delete(TextedAnswer).where(TextedAnswer.thread_id == thread_id))
    db.insert(TextedAnswer, thread_id=thread_id, message_id=message.id)


def answer_arrived(thread_id: int) -> AnswerDelivery | None:
    """Return what became of the latest text about a report, None if there was none lately."""
    message = session.scalar(
        select(OutboundMessage)
        .join(TextedAnswer, TextedAnswer.message_id == OutboundMessage.id)
        .where(TextedAnswer.thread_id == thread_id)
    )
    if message is None:
        return None
    failed = message.delivery in (Delivery.FAILED, Delivery.UNDELIVERED)
    if message.state == DeliveryState.SUPPRESSED:
        return AnswerDelivery.UNWANTED
    if failed or message.state in (DeliveryState.FAILED, DeliveryState.STALE):
        return AnswerDelivery.FAILED
    return AnswerDelivery.ARRIVED if message.delivery == Delivery.DELIVERED else AnswerDelivery.ON_ITS_WAY


def _threads_of(sender: str) -> Select[int]:
    return select(Route.thread_id).where(Route.sender_hash == sender)


def hold(route: Route, body: str) -> None:
    """Keep a text until it is decided whether its phone wants any."""
    own = _threads_of(route.sender_hash)
    waiting = session.scalar(select(func.count()).select_from(HeldMessage).where(HeldMessage.thread_id.in_(own))) or 0
    session.add(HeldMessage(id=random_id(), thread_id=route.thread_id, position=waiting, body=cipher().encrypt(body)))


def send_held(sender: str, number: str) -> outbox.Posted | None:
    """Queue the held texts of a phone in order, unless another doubt is still open.

    Returns the last of them, for texts that have to follow it.
    """
    last: outbox.Posted | None = None
    for thread_id, body in _take_held(sender) if not conversations.is_in_doubt(sender) else ():
        last = outbox.put(outbox.MessageKind.TEXT, number, cipher().decrypt(body), direct=True, after=last)
        keep_answer(thread_id, last)
    return last


def end_doubt(sender: str) -> None:
    """Clear the doubt on all threads of a phone, because its holder has said plainly what they want."""
    session.execute(update(Thread).where(Thread.id.in_(_threads_of(sender)), Thread.doubt).values(doubt=False))


def say_who_is_reached(sender: str, reached: bool) -> None:
    """Record on a phone's threads whether the desk's answers reach it."""
    session.execute(update(Thread).where(Thread.id.in_(_threads_of(sender))).values(texts_back=reached))


def _take_held(sender: str) -> list[tuple[int, bytes]]:
    held = select(HeldMessage).where(HeldMessage.thread_id.in_(_threads_of(sender))).order_by(HeldMessage.position)
    rows = session.scalars(held).all()
    if rows:
        session.execute(delete(HeldMessage).where(HeldMessage.id.in_([row.id for row in rows])))
        # The texts may contain code words, which the journal must not keep.
        db.after_commit(db.forget_journal)
    return [(row.thread_id, row.body) for row in rows]


LONGEST_ID = 64


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
        and message.state == DeliveryState.SENT
        and message.provider_id is None
        and message.delivery in TERMINAL
    )
    if is_over or any(word.status == state for word in before):
        return
    word = DeliveryWord(
        id=random_id(),
        provider_id=provider_id,
        status=state,
        error_code=(error_code or "")[:10] or None,
        received_on=today(),
    )
    if phone and _code(word) == OPTED_OUT:
        # The provider was told to stop and did not pass it on.
        stop_texting(phone, How.PROVIDER)
    if not any(word.settled for word in before):
        # A worker that was killed, or whose request to the provider timed out, never learned the provider's id.
        settle_as_sent(message_id, provider_id)
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
    each_row(ids, _settle_word)


def _settle_word(word_id: int) -> None:
    word = session.get_one(DeliveryWord, word_id)
    of_word = select(OutboundMessage).where(OutboundMessage.provider_id == word.provider_id)
    word.settled = _apply(session.scalar(of_word), word)


def _apply(message: OutboundMessage | None, word: DeliveryWord) -> bool:
    """Advance the message's delivery, never back. False while the message does not know its provider id yet."""
    if message is None or message.provider_id != word.provider_id or message.state != DeliveryState.SENT:
        return False
    before = Delivery(message.delivery) if message.delivery else None
    state = later(before, Delivery(word.status))
    message.delivery = state
    if state in TERMINAL and before not in TERMINAL:
        _come_to_an_end(message, word)
    return True


def _come_to_an_end(message: OutboundMessage, word: DeliveryWord) -> None:
    """Count how a text ended, and have the provider's copy deleted; one that may arrive next time is sent again."""
    again = False
    if message.delivery == Delivery.DELIVERED:
        count(Count.DELIVERED)
    else:
        message.failure = word.error_code or message.delivery
        again = isinstance(judge(None, _code(word)), Retry) and message.attempts < FEW_ATTEMPTS
        if not again:
            count(Count.FAILED, reason=reason_of(_code(word)))
    delete_later(word.provider_id, message_id=message.id, sends_again=again)


def settle_doubt(thread_id: int, *, stop: bool) -> None:
    """Text what waited for a phone, or nothing more."""
    if route := way_to(thread_id):
        number = cipher().decrypt(route.number)
        if stop:
            stop_texting(number, "person")
        else:
            send_held(route.sender_hash, number)


def keep_wording(words: str, language: Language | None) -> str:
    """Store this wording if it is new, and return its version."""
    version = blake2b(words.encode(), digest_size=8).hexdigest()
    db.insert_new(conversations.ConsentWording, version=version, language=language or "both", words=words)
    return version
