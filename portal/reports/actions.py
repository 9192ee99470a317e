"""What is done to a thread: filed, continued, read, answered, passed on, closed, handed to another desk."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from flask import current_app
from nacl.public import PrivateKey, PublicKey
from sqlalchemy import select

from portal.accounts.models import DeskKey
from portal.accounts.queries import active_key
from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import derive, private_key_from_seed, reseal, seal, unseal
from portal.core.db import random_id, session
from portal.core.errors import Refused
from portal.reports.models import Message, Thread
from portal.reports.queries import Keys, thread_by_locator
from portal.reports.rules.code import words_from
from portal.reports.rules.triage import (
    Category,
    Channel,
    Disposition,
    Referral,
    State,
    may_move,
    may_refer,
    must_explain,
)
from portal.reports.rules.words import Words
from portal.reports.sealing import locator, stretch, thread_seed
from portal.reports.signals import doubt_settled, reply_posted

Author = Literal["resident", "desk"]


@dataclass(frozen=True)
class NewReport:
    """A report as it comes in."""

    words: Words
    category: Category
    channel: Channel
    language: str
    market_id: int | None = None
    urgent: bool = False


@dataclass(frozen=True)
class Filed:
    """The thread, and the code words that nobody but the resident will have."""

    thread: Thread
    code: tuple[str, ...]


def file_report(report: NewReport, nonce: bytes) -> Filed:
    """Take a report in, sealed. Sending the same form again (same nonce) changes nothing but what is new in it.

    Raises Refused("closed") while nobody sits at the desk that would read it.
    """
    code = words_from(nonce, report.language)
    stretched = stretch_code(code)
    located = locator(stretched, _pepper())
    private = private_key_from_seed(thread_seed(stretched))
    thread = thread_by_locator(located)
    if thread is None:
        thread = _new_thread(report, located, private.public_key)
        _append(thread, report.words, "resident", private.public_key)
    elif not _was_said(thread, report.words, private):
        _append(thread, report.words, "resident", private.public_key)
    return Filed(thread, code)


def _new_thread(report: NewReport, located: str, public: PublicKey) -> Thread:
    kind = "oversight" if report.category is Category.CONDUCT else "triage"
    key = active_key(kind)
    if key is None:
        raise Refused("closed")
    thread = Thread(
        id=random_id(),
        locator=located,
        public_key=bytes(public),
        desk_id=key.desk_id,
        market_id=report.market_id,
        category=report.category,
        channel=report.channel,
        language=report.language,
        urgent=report.urgent,
        received_on=today(),
        state=State.NEW,
        waiting_since=today(),
        length=0,
    )
    session.add(thread)
    return thread


def _was_said(thread: Thread, words: Words, private: PrivateKey) -> bool:
    content = words.to_bytes()
    return any(unseal(message.box, message.key_for_thread, private) == content for message in thread.messages)


def add_words(thread: Thread, words: Words, nonce: bytes | None = None) -> None:
    """The resident goes on writing. The same form sent twice (same nonce) is one message."""
    message_id = _id_from(nonce) if nonce else random_id()
    if session.scalar(select(Message.id).where(Message.id == message_id)) is not None:
        return
    _append(thread, words, "resident", PublicKey(thread.public_key), message_id=message_id)
    thread.waiting_since = thread.waiting_since or today()
    if thread.state in (State.ASKED, State.CLOSED):
        _set_state(thread, State.READ)


def add_picture(thread: Thread, jpeg: bytes) -> None:
    """The resident sent a picture; it was made anew, so nothing but what it shows is in it."""
    _append(thread, jpeg, "resident", PublicKey(thread.public_key), kind="picture")


def raise_doubt(thread: Thread) -> None:
    """A text may have asked us to stop: a person has to say so."""
    thread.doubt = True


def settle_doubt(thread: Thread, stop: bool, member_id: int) -> None:
    """A person has read what was meant."""
    thread.doubt = False
    record("report.doubt_settled", "thread", thread.id, member_id)
    doubt_settled.send(thread.id, stop=stop)


def confirm_code(thread: Thread) -> None:
    """The resident has shown that she has the words."""
    thread.code_confirmed = True


def mark_read(thread: Thread, member_id: int) -> None:
    """A person has read it."""
    if thread.state != State.NEW:
        return
    _set_state(thread, State.READ)
    thread.read_on = today()
    record("report.read", "thread", thread.id, member_id)


def answer(thread: Thread, text: str, member_id: int) -> None:
    """Say something to the resident."""
    mark_read(thread, member_id)
    _append(thread, Words(text), "desk", PublicKey(thread.public_key), member_id=member_id)
    thread.waiting_since = None
    record("report.answered", "thread", thread.id, member_id)
    reply_posted.send(thread.id, text=text)


def ask_more(thread: Thread, text: str, member_id: int) -> None:
    """Ask the resident for more; the clock rests until she writes."""
    _move(thread, State.ASKED)
    answer(thread, text, member_id)
    record("report.asked", "thread", thread.id, member_id)


def pass_on(thread: Thread, to: Referral, member_id: int) -> None:
    """Say that it was passed on, and to whom. Raises Refused for police conduct to anybody but oversight."""
    if not may_refer(Category(thread.category), to):
        raise Refused("wrong_referral")
    _move(thread, State.PASSED)
    thread.passed_to, thread.passed_on = to, today()
    thread.read_on = thread.read_on or today()
    record("report.passed_on", "thread", thread.id, member_id)


def close(thread: Thread, disposition: Disposition, text: str, member_id: int) -> None:
    """End it with what was done, in plain words. Raises Refused when a reason is needed and missing."""
    if must_explain(disposition) and not text:
        raise Refused("reason_missing")
    if not may_move(State(thread.state), State.CLOSED):
        raise Refused("already_there")
    if text:
        answer(thread, text, member_id)
    thread.state, thread.disposition = State.CLOSED, disposition
    thread.closed_on = today()
    thread.read_on = thread.read_on or today()
    thread.waiting_since = None
    record("report.closed", "thread", thread.id, member_id)


def reopen(thread: Thread, member_id: int) -> None:
    """Take a closed thread up again."""
    _move(thread, State.READ)
    record("report.reopened", "thread", thread.id, member_id)


def sort(thread: Thread, category: Category, market_id: int | None, keys: Keys, member_id: int) -> None:
    """Say what it is about and where. Police conduct moves to the oversight desk and leaves this one at once."""
    thread.category, thread.market_id = category, market_id
    record("report.sorted", "thread", thread.id, member_id)
    if category is Category.CONDUCT:
        _hand_to_oversight(thread, keys)


def set_place(thread: Thread, market_id: int) -> None:
    """The resident named the place."""
    thread.market_id = market_id


def _hand_to_oversight(thread: Thread, keys: Keys) -> None:
    key = active_key("oversight")
    if key is None:
        raise Refused("no_oversight")
    if thread.desk_id == key.desk_id:
        return
    for message in thread.messages:
        private = keys.get(message.desk_key_id)
        if private is None:
            raise Refused("cannot_open")
        message.key_for_desk = reseal(message.key_for_desk, private, PublicKey(key.public_key))
        message.desk_key_id = key.id
    thread.desk_id = key.desk_id


def _move(thread: Thread, to: State) -> None:
    if not may_move(State(thread.state), to):
        raise Refused("already_there")
    _set_state(thread, to)


def _set_state(thread: Thread, to: State) -> None:
    thread.state = to
    thread.disposition = None
    thread.closed_on = None


def _append(
    thread: Thread,
    content: Words | bytes,
    author: Author,
    public: PublicKey,
    *,
    kind: Literal["words", "picture"] = "words",
    member_id: int | None = None,
    message_id: int | None = None,
) -> None:
    key = _desk_key(thread)
    content = content.to_bytes() if isinstance(content, Words) else content
    sealed = seal(content, [PublicKey(key.public_key), public])
    message = Message(
        id=message_id or random_id(),
        thread_id=thread.id,
        position=thread.length,
        author=author,
        kind=kind,
        member_id=member_id,
        written_on=today(),
        box=sealed.box,
        desk_key_id=key.id,
        key_for_desk=sealed.keys[0],
        key_for_thread=sealed.keys[1],
    )
    session.add(message)
    # Also raises the thread's version: of two people who write at once the second is told.
    thread.length += 1


def _desk_key(thread: Thread) -> DeskKey:
    found = session.scalar(select(DeskKey).where(DeskKey.desk_id == thread.desk_id, DeskKey.retired_at.is_(None)))
    if found is None:
        raise Refused("closed")
    return found


def _id_from(nonce: bytes) -> int:
    return int.from_bytes(blake2b(nonce, digest_size=8, person=b"message").digest()) >> 2 or 1


def stretch_code(code: tuple[str, ...]) -> bytes:
    """What the locator and the thread's key are derived from."""
    return stretch(code, derive(_secret(), "report codes"))


def locator_of(code: tuple[str, ...]) -> str:
    """Where the thread of these code words is found."""
    return locator(stretch_code(code), _pepper())


def key_of(code: tuple[str, ...]) -> PrivateKey:
    """The key that opens the thread of these code words."""
    return private_key_from_seed(thread_seed(stretch_code(code)))


def _pepper() -> bytes:
    return derive(_secret(), "report locators")


def _secret() -> bytes:
    secret: str = current_app.extensions["settings"].secret
    return secret.encode()
