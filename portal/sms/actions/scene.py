"""What is done about one text: each effect that the dialogue decided, sealed and queued."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import delete, select, update

from portal.core.clock import now, today
from portal.core.db import random_id, session
from portal.core.jobs import outbox
from portal.core.jobs.outbox import cipher
from portal.markets.queries import NamedPlace
from portal.meetings.rsvp.actions import forget_phone
from portal.reports.actions import (
    NewReport,
    add_words,
    file_report,
    key_of,
    raise_doubt,
    set_place,
)
from portal.reports.models import Thread
from portal.reports.queries import opened_by_resident
from portal.reports.rules.triage import Category, Channel
from portal.reports.rules.urgency import urgent
from portal.reports.rules.words import Words
from portal.sms.actions.outgoing import stop_texting
from portal.sms.models import OptOut, PictureWaiting, Route, Talk
from portal.sms.rules import dialogue
from portal.sms.rules.answers import may_answer
from portal.sms.rules.dialogue import Effect
from portal.sms.senders import Purpose, sender_hash
from portal.sms.texts import compose, reply

ROUTE_LASTS = timedelta(days=60)
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
                self._say_who_is_reached(reached=False)
            case dialogue.OptIn():
                session.execute(delete(OptOut).where(OptOut.sender_hash == self._hash(Purpose.CONSENT)))
                self._restore_route()
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
            self._answer_to_this_phone(filed.thread, language)
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
        self._answer_to_this_phone(thread, self._talk.language or thread.language)
        said = [one.words for one in opened_by_resident(thread, key_of(code)) if one.author == "desk" and one.words]
        if said:
            site: str = current_app.extensions["settings"].site_name
            self._last = outbox.put(outbox.Kind.TEXT, self._text.sender, reply(said[-1].what, site=site), direct=True)

    def _answer_to_this_phone(self, thread: Thread, language: str) -> None:
        # A report that is gone on with from another phone answers to that one.
        session.merge(self._route(thread.id, language))
        thread.texts_back = True

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

    def _restore_route(self) -> None:
        """What was written while no texts were wanted gets its answers from now on."""
        self._say_who_is_reached(reached=True)
        thread = session.get(Thread, self._row.thread_id) if self._row.thread_id else None
        if thread is not None:
            self._answer_to_this_phone(thread, thread.language)

    def _say_who_is_reached(self, reached: bool) -> None:
        own = select(Route.thread_id).where(Route.sender_hash == self._hash(Purpose.REPORT))
        session.execute(update(Thread).where(Thread.id.in_(own)).values(texts_back=reached))

    def _erase(self) -> None:
        self._say_who_is_reached(reached=False)
        session.execute(delete(Route).where(Route.sender_hash == self._hash(Purpose.REPORT)))
        self._row.thread_id = None
        forget_phone(self._text.sender)

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
