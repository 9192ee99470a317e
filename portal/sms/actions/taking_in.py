"""A text is taken in: once, sealed before anything else happens with it, and answered through the outbox."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from portal.core.clock import now, today
from portal.core.db import random_id, session
from portal.core.limits import may_try
from portal.reports.actions import (
    locator_of,
)
from portal.reports.models import Thread
from portal.reports.queries import thread_by_locator
from portal.reports.rules.code import read_code
from portal.reports.rules.triage import State
from portal.sms.actions.rsvp import answer_meeting
from portal.sms.actions.scene import Incoming, Opened, Scene
from portal.sms.models import Inbound, Route, Talk
from portal.sms.queries import has_opted_out, places, talk_of
from portal.sms.rules import dialogue
from portal.sms.rules.answers import WINDOW
from portal.sms.rules.dialogue import Code, Step, hear
from portal.sms.rules.keywords import keyword
from portal.sms.rules.language import Language
from portal.sms.rules.rsvp import read_meeting_text
from portal.sms.rules.segments import clean
from portal.sms.senders import Purpose, sender_hash

TALK_LASTS = timedelta(hours=2)
QUARTER = 900


def take_in(text: Incoming) -> bool:
    """Take a text in and queue what is to be answered; False when it had come before and nothing was done."""
    if not _is_new(text.message_id):
        return False
    _wait_for_turn(text.sender)
    said = None if text.picture_urls or text.provider_did else read_meeting_text(clean(text.body))
    if said is not None and answer_meeting(text, _talk_row(text), said):
        return True
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
    with session.no_autoflush:
        return _row_of(text)


def _row_of(text: Incoming) -> Talk:
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
        row.step, row.thread_id = Step.NONE, _asked_thread(text.sender)
    if row.window_until <= now():
        row.answers, row.window_until = 0, now() + WINDOW
    return row


def _asked_thread(number: str) -> int | None:
    """The report about which the desk asked this phone for more: what comes now is the answer, however late."""
    own = Route.sender_hash == sender_hash(Purpose.REPORT, number)
    asked = select(Thread.id).join(Route, Route.thread_id == Thread.id).where(own, Thread.state == State.ASKED)
    return session.scalar(asked.limit(1))


def _talk(row: Talk, number: str) -> dialogue.Talk:
    known: dict[str | None, Language] = {"en": "en", "es": "es"}
    language = known.get(row.language)
    return dialogue.Talk(Step(row.step), language, row.thread_id, has_opted_out(number))
