"""A text whose sender has the floor: each effect that the dialogue decided is carried out, sealed and queued."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import bindparam, delete, update

from portal.accounts.reminders import forget_number
from portal.alerts.alerts import forget_contact as forget_alerts
from portal.core.clock import now, today
from portal.core.db import added, db, session, table
from portal.core.jobs import outbox
from portal.core.limits import DAY, Networks, may_try
from portal.core.portal import current_portal
from portal.core.reading.danger import by_rule
from portal.following.by_text import stop_by_text
from portal.meetings.rsvp.answering import forget_phone
from portal.reports.code import Candidate
from portal.reports.intake import NewReport, came_in_flood, file_report, key_of
from portal.reports.reports import Thread, opened_by_resident
from portal.reports.threads import add_words, set_place
from portal.reports.triage import Category, Channel
from portal.reports.words import ReportWords
from portal.sms import conversations, effects, outgoing
from portal.sms.conversations import TALK_LASTS, Conversation, OptOut, Purpose, Route, sender_hash
from portal.sms.deliveries import PictureWaiting
from portal.sms.effects import AnswerConsent, BareEffect, DialogueState, DialogueStep, Effect, Saying, SpokenAnswer
from portal.sms.keywords import KNOWN_LANGUAGES, Language, fold, guess
from portal.sms.reading import Reading, Verdict
from portal.sms.texts import compose, repeats_us, wording

ROUTE_LASTS = timedelta(days=60)
ANSWER_WITHIN = timedelta(hours=4)
"""An automatic answer later than this is useless and is not sent."""
WINDOW = timedelta(hours=1)
MOST_IN_WINDOW = 12
"""A whole conversation needs about eight: receipt, three questions, thanks and a few keywords."""
MOST_STARTS_BEYOND = 3
"""Confirmations of START per day that a phone gets although it has reached the limit of answers."""
MOST_SAME_CRY = 30
"""How often per day identical words of danger are answered at once beyond the limit; after that once in `CRY_APART`. A
machine may send "If you are in danger, call 911" after every answer; a person is never left without one."""
CRY_APART = timedelta(minutes=2)
WITHOUT_ANSWER = {
    AnswerConsent.FIRST_TEXT: Saying.RECEIVED,
    AnswerConsent.CODE_WORDS: Saying.JOINED,
    AnswerConsent.KEYWORD: Saying.STARTED,
}
"""The answer that we would have sent if the provider had not answered in our place."""
# Runs with every text.
GOES_ON = update(table(Conversation)).where(table(Conversation).c.id == bindparam("talk_id"))


@dataclass(frozen=True)
class Incoming:
    """A text as the provider delivers it; all other data about the sender is dropped before."""

    message_id: str
    sender: str
    our_number: str
    body: str
    picture_urls: tuple[str, ...] = ()
    provider_did: str | None = None


@dataclass
class TextTurn:
    """A text, the conversation that it continues, and what it is taken for."""

    text: Incoming
    talk: DialogueState
    reading: Reading = field(default_factory=lambda: Reading(Verdict.REPORT))
    phone: conversations.PhoneState = field(default_factory=conversations.PhoneState)
    answers: int = 0
    window_until: datetime = field(default_factory=lambda: now() + WINDOW)
    opened: tuple[Thread, Candidate] | None = None
    """The report that the code words in the text open, with the words as they were given out."""
    market_ids: tuple[int, ...] = ()
    """The places by which an effect may name one."""
    _first: SpokenAnswer | None = None
    """The first answer that the dialogue decided."""
    _code: Candidate = ()
    _last: int | None = None

    @classmethod
    def of(cls, text: Incoming, phone: conversations.PhoneState) -> TextTurn:
        """Return the turn of a text in the last conversation of its phone, or in a new one if that has expired."""
        moment = now()
        goes_on = phone.expires_at is not None and phone.expires_at > moment
        talk = DialogueState(
            phone.step if goes_on and phone.step else DialogueStep.NONE,
            KNOWN_LANGUAGES.get(phone.language),
            # If the desk asked this phone for more, the next text is the answer, however late, and although texts
            # about a meeting came in between.
            (phone.thread_id if goes_on else None) or phone.asked_id,
            opted_out=phone.opted_out is not None,
            blocked=phone.opted_out == effects.How.PROVIDER,
            doubted=phone.doubted,
        )
        turn = cls(text, talk, phone=phone)
        if phone.window_until is not None and phone.window_until > moment:
            turn.answers, turn.window_until = phone.answers or 0, phone.window_until
        return turn

    @property
    def spoken_at(self) -> datetime | None:
        """When the text before it came from this phone."""
        return self.phone.expires_at - TALK_LASTS if self.phone.expires_at else None

    @property
    def may_answer(self) -> bool:
        """Whether the sender may get one more automatic answer of the ordinary kind within `WINDOW`."""
        return self.answers < MOST_IN_WINDOW

    @property
    def language(self) -> Language | None:
        return guess(self.text.body) or self.talk.language

    def move(self, **changes: Any) -> None:
        self.talk = replace(self.talk, **changes)

    def hash(self, purpose: Purpose) -> str:
        return sender_hash(purpose, self.text.sender)

    def keep(self) -> None:
        talk, window = self.talk, {"answers": self.answers, "window_until": self.window_until}
        row = {"step": talk.step, "language": talk.language, "thread_id": talk.thread_id, **window}
        row["expires_at"] = now() + TALK_LASTS
        if self.phone.talk_id is not None:
            session.execute(GOES_ON, {"talk_id": self.phone.talk_id, **row})
        else:
            db.insert(Conversation, our_number=self.text.our_number, sender_hash=self.hash(Purpose.TALK), **row)

    # --- answers ---

    def reply(self, words: str) -> None:
        """Queue one answer, within the limits that stop two robots from answering each other; none after an opt-out."""
        if not self.talk.opted_out and self.may_answer:
            self._post(f"{current_portal.settings.site_name}: {words}")

    def answer(self, answer: SpokenAnswer) -> None:
        """Queue one of our fixed answers, if it is not one too many."""
        owed = answer.say in effects.CONFIRMS_OPT_OUT
        if self.answers == MOST_IN_WINDOW and answer.say in effects.SAYS_KEPT:
            answer = replace(answer, say=Saying.STILL_KEPT)
        elif not owed and not self.may_answer and not self._may_go_beyond(answer.say):
            return
        if answer.say is Saying.DOUBT_AGAIN and not may_try("doubt again", self.hash(Purpose.TALK), 1, DAY):
            return
        is_help = answer.say in effects.HELPS
        urgent = is_help and (answer.say is not Saying.CLOSED or bool(by_rule(self.text.body)))
        owed |= is_help and self.talk.opted_out and not self.talk.blocked
        self._post(compose(answer, self._code), urgent=urgent, owed=owed)

    def _post(self, body: str, *, urgent: bool = False, owed: bool = False) -> None:
        self.answers += 1
        self._last = outbox.put(
            outbox.MessageKind.TEXT,
            self.text.sender,
            body,
            direct=True,
            urgent=urgent,
            owed=owed,
            after=self._last,
            send_before=now() + ANSWER_WITHIN,
        )

    def _may_go_beyond(self, say: Saying) -> bool:
        """Whether a sender who has reached the hour's limit gets this answer too."""
        if say in effects.BEYOND_THE_LIMIT:
            return may_try("start by text", self.hash(Purpose.TALK), MOST_STARTS_BEYOND, DAY)
        if say not in effects.OWED_TO_EACH or repeats_us(self.text.body):
            return False
        # Digits may differ from one automatic text to the next.
        words = "".join(sign for sign in fold(self.text.body) if not sign.isdigit())
        cry = sender_hash(Purpose.MESSAGE, f"{self.text.sender} {words}")
        if say not in effects.URGENT or may_try("cry by text", cry, MOST_SAME_CRY, DAY):
            return True
        return may_try("cry again by text", cry, 1, int(CRY_APART.total_seconds()))

    # --- effects ---

    def carry_out(self, talk: DialogueState, decided: tuple[Effect, ...]) -> None:
        self.talk = talk
        self._first = next((effect for effect in decided if isinstance(effect, SpokenAnswer)), None)
        for effect in decided:
            match effect:
                case effects.KeepWords():
                    self.keep_words(effect)
                case BareEffect():
                    bare = {BareEffect.JOIN: self._join, BareEffect.OPT_IN: self._opt_in, BareEffect.ERASE: self._erase}
                    bare[effect]()
                case effects.SetPlace(index):
                    if index is not None and (thread := self._thread()) is not None:
                        set_place(thread, self.market_ids[index])
                case effects.OptOutEffect(how):
                    outgoing.stop_texting(self.text.sender, how)
                case SpokenAnswer():
                    self.answer(effect)
                case effects.Hold(answer):
                    outgoing.hold(session.get_one(Route, self.talk.thread_id), compose(answer, self._code))
                case _:
                    assert_never(effect)

    def _thread(self) -> Thread | None:
        thread = session.get(Thread, self.talk.thread_id) if self.talk.thread_id else None
        # Nothing is sealed to a key that somebody exchanged: a new report begins.
        return thread if thread and thread.is_vouched else None

    def keep_words(self, kept: effects.KeepWords) -> None:
        """Add words and pictures to the report of this conversation, or file one. Raises Refused("closed")."""
        thread = self._thread()
        if thread is None:
            thread_id = self._file(kept)
            # What follows a stray is no more of it.
            self.move(thread_id=None if kept.is_stray else thread_id)
        else:
            thread_id = thread.id
            if kept.text:
                add_words(thread, ReportWords(kept.text), urgent=kept.is_pressing)
        for url in self.text.picture_urls:
            session.add(PictureWaiting(thread_id=thread_id, address=url, due_at=now()))
        if kept.may_opt_out:
            # A desk member has to decide.
            session.get_one(Thread, thread_id).doubt = True

    def _file(self, kept: effects.KeepWords) -> int:
        phone, texts_back = self.hash(Purpose.TALK), not (self.talk.opted_out or kept.is_stray)
        is_flood = came_in_flood(kept.text, is_urgent=kept.is_pressing, by=Networks(phone, phone, phone))
        report = NewReport(
            ReportWords(kept.text),
            Category.UNSORTED,
            Channel.TEXT,
            self.talk.language or "en",
            urgent=kept.is_pressing,
            in_flood=is_flood or kept.is_stray,
            texts_back=texts_back,
        )
        filed = file_report(report, secrets.token_bytes(32))
        self._code = filed.code
        if texts_back:
            added(self._way_back(filed.thread_id, report.language, AnswerConsent.FIRST_TEXT))
        return filed.thread_id

    def _join(self) -> None:
        assert self.opened is not None
        thread, code = self.opened
        self.move(thread_id=thread.id)
        if self.talk.opted_out:
            return
        self._answer_to_this_phone(thread, self.talk.language or thread.language, AnswerConsent.CODE_WORDS)
        messages = opened_by_resident(thread, key_of(code))
        if replies := [message.words.what for message in messages if message.row.author == "desk" and message.words]:
            body = f"{current_portal.settings.site_name}: {replies[-1]}"
            self._last = outbox.put(outbox.MessageKind.TEXT, self.text.sender, body, direct=True)

    def _opt_in(self) -> None:
        """Send answers to this phone again, also to reports written while texts were unwanted or in doubt."""
        session.execute(delete(OptOut).where(OptOut.sender_hash == self.hash(Purpose.CONSENT)))
        sender, thread = self.hash(Purpose.REPORT), self._thread()
        if thread is not None:
            self._answer_to_this_phone(thread, thread.language, AnswerConsent.KEYWORD)
        outgoing.note_wish(sender, reached=True)
        self._last = outgoing.send_held(sender, self.text.sender)

    def _answer_to_this_phone(self, thread: Thread, language: str, how: AnswerConsent) -> None:
        # The answers to a report that is continued from another phone go to that phone.
        session.merge(self._way_back(thread.id, language, how))
        thread.texts_back = True

    def _way_back(self, thread_id: int, language: str, how: AnswerConsent) -> Route:
        number = outbox.cipher().encrypt(self.text.sender)
        route = Route(thread_id=thread_id, sender_hash=self.hash(Purpose.REPORT), number=number, language=language)
        route.vouch()
        # What this phone is told now is stored as evidence after the text has changed.
        answer = self._first or SpokenAnswer(WITHOUT_ANSWER[how], None)
        told = outgoing.ConsentWording.keep(wording(answer.say, answer.language), answer.language or "both")
        route.agreed_on, route.agreed_how, route.wording = today(), how, told
        route.expires_on = today() + ROUTE_LASTS
        return route

    def _erase(self) -> None:
        number, sender = self.text.sender, self.hash(Purpose.REPORT)
        outgoing.note_wish(sender, reached=False)
        session.execute(delete(Route).where(Route.sender_hash == sender))
        for forget in (forget_phone, conversations.forget_sender, forget_number, stop_by_text, forget_alerts):
            forget(number)
