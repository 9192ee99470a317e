"""Effects of a text: each effect that the dialogue decided is carried out, sealed and queued.

Also holds texts whose senders were asked whether they are about a meeting (`Unsorted`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select

from portal.accounts.reminders import forget_number
from portal.alerts.alerts import forget_contact as forget_alerts
from portal.core.clock import now, today
from portal.core.db import db, random_id, session
from portal.core.jobs import outbox
from portal.core.jobs.outbox import cipher
from portal.core.limits import Networks, may_try
from portal.core.portal import current_portal
from portal.core.reading.danger import by_rule
from portal.following.by_text import stop_by_text
from portal.markets.places import NamedPlace
from portal.meetings.rsvp.answering import forget_phone
from portal.reports.intake import NewReport, SealedReport, came_in_flood, keep_report, key_of, seal_report
from portal.reports.reports import Thread, opened_by_resident
from portal.reports.threads import add_words, raise_doubt, set_place
from portal.reports.triage import Category, Channel
from portal.reports.urgency import ReportWords
from portal.sms import effects
from portal.sms.conversations import CodePart, OptOut, PictureWaiting, Purpose, Route, Unsorted, sender_hash
from portal.sms.dialogue import CRY_APART, MOST_IN_WINDOW, MOST_SAME_CRY, MOST_STARTS_BEYOND, may_answer
from portal.sms.effects import AnswerConsent, DialogueStep, Effect
from portal.sms.keywords import fold
from portal.sms.outgoing import end_doubt, hold, keep_wording, say_who_is_reached, send_held, stop_texting
from portal.sms.texts import compose, repeats_us, reply, wording

ANSWER_WITHIN = timedelta(hours=2)


def wait_for_answer(number: str, words: str, language: str, *, cancels: bool = False) -> None:
    """Keep a text until its sender has said what it is; several of one phone are merged into one row."""
    row = unsorted_of(number)
    if row is None:
        row = Unsorted(id=random_id(), sender_hash=sender_hash(Purpose.TALK, number))
        session.add(row)
    row.number, row.language, row.cancels = cipher().encrypt(number), language, cancels
    row.body = cipher().encrypt(words)
    row.expires_at = now() + ANSWER_WITHIN
    session.flush()


def unsorted_of(number: str) -> Unsorted | None:
    """Return the text that waits for an answer of this phone."""
    return session.scalar(select(Unsorted).where(Unsorted.sender_hash == sender_hash(Purpose.TALK, number)))


def words_of(row: Unsorted) -> str:
    """Return the decrypted words of a waiting text."""
    return cipher().decrypt(row.body)


def drop(row: Unsorted) -> None:
    """Delete a waiting text whose meaning is settled."""
    session.delete(row)
    session.flush()
    db.after_commit(db.forget_journal)


PART_WAITS = timedelta(minutes=10)


def keep_part(number: str, words: str) -> None:
    """Keep some of a phone's code words until the others come, in place of those that waited."""
    drop_part(number)
    encrypted, until = cipher().encrypt(words), now() + PART_WAITS
    db.insert(CodePart, sender_hash=sender_hash(Purpose.TALK, number), words=encrypted, expires_at=until)


def part_of(number: str) -> str:
    """Return the code words of a phone that wait for the others."""
    mine = CodePart.sender_hash == sender_hash(Purpose.TALK, number)
    words = session.scalar(select(CodePart.words).where(mine, CodePart.expires_at > now()))
    return cipher().decrypt(words) if words else ""


def drop_part(number: str) -> None:
    """Erase the code words of a phone that wait for the others."""
    session.execute(delete(CodePart).where(CodePart.sender_hash == sender_hash(Purpose.TALK, number)))
    db.after_commit(db.forget_journal)


def drop_old_parts() -> bool:
    """Erase code words whose others did not come in time; return whether there were any."""
    return bool(session.execute(delete(CodePart).where(CodePart.expires_at <= now()).returning(CodePart.words)).all())


def forget_sender(number: str) -> None:
    """Erase a number from its waiting texts, and the code words that wait for others.

    The words still reach a person, who cannot answer them then.
    """
    drop_part(number)
    mine = Unsorted.sender_hash == sender_hash(Purpose.TALK, number)
    session.execute(delete(Unsorted).where(mine, Unsorted.cancels))
    for row in session.scalars(select(Unsorted).where(mine)):
        row.number = None
    session.flush()


DAY = 86_400
ROUTE_LASTS = timedelta(days=60)
UNSORTED_ANSWER_WITHIN = timedelta(hours=4)
"""An automatic answer later than this is useless and is not sent."""


WITHOUT_ANSWER = {
    AnswerConsent.FIRST_TEXT: effects.Saying.RECEIVED,
    AnswerConsent.CODE_WORDS: effects.Saying.JOINED,
    AnswerConsent.KEYWORD: effects.Saying.STARTED,
}
"""The answer that we would have sent if the provider had not answered in our place."""


@dataclass(frozen=True)
class Incoming:
    """A text as the provider delivers it; all other data about the sender is dropped before."""

    message_id: str
    sender: str
    our_number: str
    body: str
    picture_urls: tuple[str, ...] = ()
    provider_did: str | None = None


@dataclass(frozen=True)
class OpenedReport:
    """A report and the code words that open it."""

    thread: Thread
    code: tuple[str, ...]


@dataclass
class OpenConversation:
    """The conversation with a phone during this text; without `id` the text begins it."""

    id: int | None
    step: DialogueStep
    language: str | None
    thread_id: int | None
    answers: int
    window_until: datetime


def seal_words(filed: effects.FileReport, talk: effects.DialogueState, sender: str) -> SealedReport:
    """Return a sealed report that begins with the words of a text. Raises Refused("closed")."""
    words, is_urgent = filed.text, filed.is_pressing
    phone = sender_hash(Purpose.TALK, sender)
    report = NewReport(
        ReportWords(words),
        Category.UNSORTED,
        Channel.TEXT,
        talk.language or "en",
        urgent=is_urgent,
        in_flood=came_in_flood(words, is_urgent=is_urgent, by=Networks(phone, phone, phone)) or filed.is_last,
        texts_back=not (talk.opted_out or filed.is_last),
    )
    return seal_report(report, secrets.token_bytes(32))


class IntakeEffects:
    """Carries out the effects of one text within its conversation."""

    def __init__(
        self,
        text: Incoming,
        row: OpenConversation,
        markets: Sequence[NamedPlace],
        talk: effects.DialogueState,
        opened: OpenedReport | None,
        sealed: SealedReport | None,
        told: effects.SpokenAnswer | None = None,
    ) -> None:
        self._text = text
        self._row = row
        self._markets = markets
        self._talk = talk
        self._opened = opened
        self._sealed = sealed
        self._told = told
        self._code: tuple[str, ...] = ()
        self._last: outbox.Posted | None = None

    def play(self, effect: Effect) -> None:
        """Carry out one effect."""
        match effect:
            case effects.FileReport() | effects.AddToReport():
                self._add(effect)
            case effects.HumanDecides():
                raise_doubt(session.get_one(Thread, self._add(effect)))
            case effects.JoinReport():
                self._join()
            case effects.SetPlace(index):
                self._set_place(index)
            case effects.OptOutEffect(how):
                stop_texting(self._text.sender, how)
                say_who_is_reached(self._hash(Purpose.REPORT), reached=False)
            case effects.OptIn():
                session.execute(delete(OptOut).where(OptOut.sender_hash == self._hash(Purpose.CONSENT)))
                self._restore_route()
            case effects.Erase():
                self._erase()
            case effects.SpokenAnswer():
                self._answer(effect)
            case effects.Hold(answer):
                self._hold(answer)

    def _file(self, filed: effects.FileReport) -> int:
        sealed = self._sealed or seal_words(filed, self._talk, self._text.sender)
        thread_id = self._row.thread_id = keep_report(sealed).thread_id
        self._code = sealed.code
        self._keep_pictures(thread_id)
        if not (self._talk.opted_out or filed.is_last):
            db.insert(Route, **self._way_back(thread_id, sealed.report.language, AnswerConsent.FIRST_TEXT))
        return thread_id

    def _add(self, kept: effects.FileReport | effects.AddToReport | effects.HumanDecides) -> int:
        if isinstance(kept, effects.FileReport) and kept.is_last:
            filed = self._file(kept)
            # What this phone writes next is no more of it.
            self._row.thread_id = None
            return filed
        thread = session.get(Thread, self._row.thread_id) if self._row.thread_id else None
        if thread is None:
            return self._file(effects.FileReport(kept.text, kept.pictures, kept.is_pressing))
        if kept.text:
            add_words(thread, ReportWords(kept.text), urgent=kept.is_pressing)
        self._keep_pictures(thread.id)
        return thread.id

    def _join(self) -> None:
        if self._opened is None:
            return
        thread, code = self._opened.thread, self._opened.code
        self._row.thread_id = thread.id
        if self._talk.opted_out:
            return
        self._answer_to_this_phone(thread, self._talk.language or thread.language, AnswerConsent.CODE_WORDS)
        said = [one.words for one in opened_by_resident(thread, key_of(code)) if one.author == "desk" and one.words]
        if said:
            site: str = current_portal.settings.site_name
            self._last = outbox.put(
                outbox.MessageKind.TEXT, self._text.sender, reply(said[-1].what, site=site), direct=True
            )

    def _answer_to_this_phone(self, thread: Thread, language: str, how: AnswerConsent) -> None:
        # The answers to a report that is continued from another phone go to that phone.
        session.merge(Route(**self._way_back(thread.id, language, how)))
        thread.texts_back = True

    def _keep_pictures(self, thread_id: int) -> None:
        for url in self._text.picture_urls:
            session.add(
                PictureWaiting(
                    id=random_id(), thread_id=thread_id, address=cipher().encrypt(url), due_at=now(), attempts=0
                )
            )

    def _way_back(self, thread_id: int, language: str, how: AnswerConsent) -> dict[str, Any]:
        return {
            "thread_id": thread_id,
            "sender_hash": self._hash(Purpose.REPORT),
            "number": cipher().encrypt(self._text.sender),
            "language": language,
            "agreed_on": today(),
            "agreed_how": how,
            "wording": self._wording(how),
            "expires_on": today() + ROUTE_LASTS,
        }

    def _wording(self, how: AnswerConsent) -> str:
        """Store the wording this phone is told now, as evidence after the text has changed; return its version."""
        say, language = (self._told.say, self._told.language) if self._told else (WITHOUT_ANSWER[how], None)
        return keep_wording(wording(say, language), language)

    def _set_place(self, index: int | None) -> None:
        thread = session.get(Thread, self._row.thread_id) if self._row.thread_id else None
        if thread is not None and index is not None:
            set_place(thread, self._markets[index].id)

    def _restore_route(self) -> None:
        """Send answers to this phone again.

        This includes reports written while texts were unwanted or in doubt.
        """
        say_who_is_reached(self._hash(Purpose.REPORT), reached=True)
        thread = session.get(Thread, self._row.thread_id) if self._row.thread_id else None
        if thread is not None:
            self._answer_to_this_phone(thread, thread.language, AnswerConsent.KEYWORD)
        end_doubt(self._hash(Purpose.REPORT))
        self._last = send_held(self._hash(Purpose.REPORT), self._text.sender)

    def _erase(self) -> None:
        end_doubt(self._hash(Purpose.REPORT))
        say_who_is_reached(self._hash(Purpose.REPORT), reached=False)
        session.execute(delete(Route).where(Route.sender_hash == self._hash(Purpose.REPORT)))
        self._row.thread_id = None
        forget_phone(self._text.sender)
        forget_sender(self._text.sender)
        forget_number(self._text.sender)
        stop_by_text(self._text.sender)
        forget_alerts(self._text.sender)

    def _answer(self, answer: effects.SpokenAnswer) -> None:
        owed = answer.goes_out_in_any_case
        if self._row.answers == MOST_IN_WINDOW and answer.is_for_kept_words:
            answer = replace(answer, say=effects.Saying.STILL_KEPT)
        elif not owed and not may_answer(self._row.answers) and not self._may_go_beyond(answer):
            return
        if answer.say is effects.Saying.DOUBT_AGAIN and not may_try("doubt again", self._hash(Purpose.TALK), 1, DAY):
            return
        helps = answer.is_help and self._talk.opted_out and not self._talk.blocked
        self._row.answers += 1
        self._last = outbox.put(
            outbox.MessageKind.TEXT,
            self._text.sender,
            self._composed(answer),
            direct=True,
            urgent=answer.is_help and (answer.say is not effects.Saying.CLOSED or bool(by_rule(self._text.body))),
            owed=owed or helps,
            after=self._last,
            send_before=now() + UNSORTED_ANSWER_WITHIN,
        )

    def _may_go_beyond(self, answer: effects.SpokenAnswer) -> bool:
        """Whether a sender who has reached the hour's limit gets this answer too."""
        if answer.goes_out_beyond_the_limit:
            return may_try("start by text", self._hash(Purpose.TALK), MOST_STARTS_BEYOND, DAY)
        if not answer.is_owed_to_each or repeats_us(self._text.body):
            return False
        # Digits may differ from one automatic text to the next.
        said = "".join(sign for sign in fold(self._text.body) if not sign.isdigit())
        cry = sender_hash(Purpose.MESSAGE, f"{self._text.sender} {said}")
        if not answer.names_911 or may_try("cry by text", cry, MOST_SAME_CRY, DAY):
            return True
        return may_try("cry again by text", cry, 1, int(CRY_APART.total_seconds()))

    def _hold(self, answer: effects.SpokenAnswer) -> None:
        # The held text has a foreign key to the route.
        session.flush()
        route = session.get(Route, self._row.thread_id)
        if route is not None:
            hold(route, self._composed(answer))

    def _composed(self, answer: effects.SpokenAnswer) -> str:
        settings = current_portal.settings
        return compose(
            answer.say,
            answer.language,
            site=settings.site_name,
            code=" ".join(self._code),
            url=urlsplit(settings.public_url).netloc,
            places=answer.places,
            notes=(settings.immigration_note_en, settings.immigration_note_es),
        )

    def _hash(self, purpose: Purpose) -> str:
        return sender_hash(purpose, self._text.sender)
