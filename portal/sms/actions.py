"""A text is taken in: once, sealed before anything else happens with it, and answered through the outbox."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from portal.core.clock import now, today
from portal.core.db import random_id, session
from portal.core.jobs import outbox
from portal.core.jobs.outbox import cipher
from portal.core.limits import may_try
from portal.markets.queries import NamedPlace
from portal.reports.actions import (
    NewReport,
    add_words,
    file_report,
    key_of,
    locator_of,
    raise_doubt,
    set_place,
)
from portal.reports.models import Thread
from portal.reports.queries import opened_by_resident, thread_by_locator
from portal.reports.rules.code import read_code
from portal.reports.rules.triage import Category, Channel
from portal.reports.rules.urgency import urgent
from portal.reports.rules.words import Words
from portal.sms.models import Inbound, OptOut, PictureWaiting, Route, Talk
from portal.sms.queries import has_opted_out, places, talk_of
from portal.sms.rules import dialogue
from portal.sms.rules.answers import WINDOW, may_answer
from portal.sms.rules.dialogue import Code, Effect, Step, hear
from portal.sms.rules.keywords import keyword
from portal.sms.rules.language import Language
from portal.sms.rules.segments import clean
from portal.sms.senders import Purpose, sender_hash
from portal.sms.texts import compose, reply

TALK_LASTS = timedelta(hours=2)
ROUTE_LASTS = timedelta(days=60)
QUARTER = 900
ANSWER_WITHIN = timedelta(hours=4)
"""An automatic answer that is later than this helps nobody and is not sent."""


@dataclass(frozen=True)
class Incoming:
    """A text as the provider hands it over; everything else that it tells about the sender is dropped before."""

    message_id: str
    sender: str
    our_number: str
    body: str
    picture_urls: tuple[str, ...] = ()
    provider_did: str | None = None


@dataclass(frozen=True)
class Opened:
    """A report and the code words that open it."""

    thread: Thread
    code: tuple[str, ...]


def take_in(text: Incoming) -> bool:
    """Take a text in and queue what is to be answered; False when it had come before and nothing was done."""
    if not _is_new(text.message_id):
        return False
    _wait_for_turn(text.sender)
    # So far this only reads; a new conversation need not be written before each question.
    with session.no_autoflush:
        row = _talk_row(text)
        markets, names = places()
        opened = _opened_by(text)
        heard = hear(
            _talk(row, text.sender),
            clean(text.body),
            places=names,
            pictures=len(text.picture_urls),
            provider_did=keyword(text.provider_did) if text.provider_did else None,
            code=_judged(text.body, opened),
        )
    scene = Scene(text, row, markets, heard.talk, opened)
    for effect in heard.effects:
        scene.play(effect)
    row.step, row.language = heard.talk.step, heard.talk.language
    row.expires_at = now() + TALK_LASTS
    return True


def _opened_by(text: Incoming) -> Opened | None:
    """The report that a text of code words opens. Trying is limited per phone, as on the web per address."""
    candidates = read_code(text.body)
    most: int = current_app.extensions["settings"].codes_per_address
    if not candidates or not may_try("code by text", sender_hash(Purpose.TALK, text.sender), most, QUARTER):
        return None
    threads = ((thread_by_locator(locator_of(code)), code) for code in candidates)
    return next((Opened(thread, code) for thread, code in threads if thread is not None), None)


def _judged(body: str, opened: Opened | None) -> Code:
    if opened is not None:
        return Code.RIGHT
    return Code.WRONG if read_code(body) else Code.NONE


def _is_new(message_id: str) -> bool:
    """Note the message; the database itself refuses the second of two that come at the same moment."""
    row = {
        "id": random_id(),
        "provider": "twilio",
        "message_hash": sender_hash(Purpose.MESSAGE, message_id),
        "received_on": today(),
    }
    noted = session.execute(_noting(session.get_bind().dialect.name), row)
    return noted.scalar() is not None


@cache
def _noting(dialect: str) -> Any:
    insert = postgres_insert if dialect == "postgresql" else sqlite_insert
    return insert(Inbound).on_conflict_do_nothing().returning(Inbound.id)


def _wait_for_turn(number: str) -> None:
    """Texts sent close together arrive at once: one after the other, per sender. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        key = int(sender_hash(Purpose.TALK, number)[:15], 16)
        session.execute(select(func.pg_advisory_xact_lock(key)))


def _talk_row(text: Incoming) -> Talk:
    row = talk_of(text.our_number, text.sender)
    if row is None:
        row = Talk(
            id=random_id(),
            our_number=text.our_number,
            sender_hash=sender_hash(Purpose.TALK, text.sender),
            answers=0,
            window_until=now() + WINDOW,
            expires_at=now(),
        )
        session.add(row)
    if row.expires_at <= now():
        row.step, row.thread_id = Step.NONE, None
    if row.window_until <= now():
        row.answers, row.window_until = 0, now() + WINDOW
    return row


def _talk(row: Talk, number: str) -> dialogue.Talk:
    known: dict[str | None, Language] = {"en": "en", "es": "es"}
    language = known.get(row.language)
    return dialogue.Talk(Step(row.step), language, row.thread_id, has_opted_out(number))


class Scene:
    """One text, the conversation it belongs to, and what is done about it."""

    def __init__(
        self, text: Incoming, row: Talk, markets: Sequence[NamedPlace], talk: dialogue.Talk, opened: Opened | None
    ) -> None:
        self._text = text
        self._row = row
        self._markets = markets
        self._talk = talk
        self._opened = opened
        self._code: tuple[str, ...] = ()
        self._last: outbox.Parcel | None = None

    def play(self, effect: Effect) -> None:
        """Do one thing that the dialogue decided."""
        match effect:
            case dialogue.FileReport(words):
                self._file(words)
            case dialogue.AddToReport(words):
                self._add(words)
            case dialogue.HumanDecides(words):
                raise_doubt(self._add(words))
            case dialogue.JoinReport():
                self._join()
            case dialogue.SetPlace(index):
                self._set_place(index)
            case dialogue.OptOut(how):
                stop_texting(self._text.sender, how)
            case dialogue.OptIn():
                session.execute(delete(OptOut).where(OptOut.sender_hash == self._hash(Purpose.CONSENT)))
            case dialogue.Erase():
                self._erase()
            case dialogue.Answer():
                self._answer(effect)

    def _file(self, words: str) -> Thread:
        language = self._talk.language or "en"
        report = NewReport(Words(words), Category.UNSORTED, Channel.TEXT, language, urgent=urgent(words) is not None)
        with session.no_autoflush:
            filed = file_report(report, secrets.token_bytes(32))
        # The rows below point to the thread.
        session.flush()
        self._code = filed.code
        self._row.thread_id = filed.thread.id
        self._keep_pictures(filed.thread.id)
        if not self._talk.opted_out:
            session.add(self._route(filed.thread.id, language))
        return filed.thread

    def _add(self, words: str) -> Thread:
        thread = session.get(Thread, self._row.thread_id) if self._row.thread_id else None
        if thread is None:
            return self._file(words)
        if words:
            add_words(thread, Words(words))
        self._keep_pictures(thread.id)
        return thread

    def _join(self) -> None:
        if self._opened is None:
            return
        thread, code = self._opened.thread, self._opened.code
        self._row.thread_id = thread.id
        if self._talk.opted_out:
            return
        # A report that is gone on with from another phone answers to that one.
        session.merge(self._route(thread.id, self._talk.language or thread.language))
        said = [one.words for one in opened_by_resident(thread, key_of(code)) if one.author == "desk" and one.words]
        if said:
            site: str = current_app.extensions["settings"].site_name
            self._last = outbox.put(outbox.Kind.TEXT, self._text.sender, reply(said[-1].what, site=site), direct=True)

    def _keep_pictures(self, thread_id: int) -> None:
        for url in self._text.picture_urls:
            session.add(
                PictureWaiting(
                    id=random_id(), thread_id=thread_id, address=cipher().encrypt(url), due_at=now(), attempts=0
                )
            )

    def _route(self, thread_id: int, language: str) -> Route:
        return Route(
            thread_id=thread_id,
            sender_hash=self._hash(Purpose.REPORT),
            number=cipher().encrypt(self._text.sender),
            language=language,
            expires_on=today() + ROUTE_LASTS,
        )

    def _set_place(self, index: int | None) -> None:
        thread = session.get(Thread, self._row.thread_id) if self._row.thread_id else None
        if thread is not None and index is not None:
            set_place(thread, self._markets[index].id)

    def _erase(self) -> None:
        session.execute(delete(Route).where(Route.sender_hash == self._hash(Purpose.REPORT)))
        self._row.thread_id = None

    def _answer(self, answer: dialogue.Answer) -> None:
        owed = answer.goes_out_in_any_case
        if not owed and not may_answer(self._row.answers):
            return
        self._row.answers += 1
        settings = current_app.extensions["settings"]
        body = compose(
            answer.say,
            answer.language,
            site=settings.site_name,
            code=" ".join(self._code),
            url=urlsplit(settings.public_url).netloc,
            places=answer.places,
        )
        self._last = outbox.put(
            outbox.Kind.TEXT,
            self._text.sender,
            body,
            direct=True,
            owed=owed,
            after=self._last,
            send_before=now() + ANSWER_WITHIN,
        )

    def _hash(self, purpose: Purpose) -> str:
        return sender_hash(purpose, self._text.sender)


def stop_texting(number: str, how: str) -> None:
    """Note that this phone wants no more texts."""
    session.merge(OptOut(sender_hash=sender_hash(Purpose.CONSENT, number), since_on=today(), how=how))


def text_reply(thread_id: int, words: str) -> None:
    """Send the desk's answer to the phone that the thread came from, if its way back is still known."""
    route = session.get(Route, thread_id)
    thread = session.get(Thread, thread_id)
    if route is None or thread is None or thread.doubt:
        return
    site: str = current_app.extensions["settings"].site_name
    outbox.put(outbox.Kind.TEXT, cipher().decrypt(route.number), reply(words, site=site), direct=True)
