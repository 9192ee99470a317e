"""Actions on a thread: messages, reading, answering, passing on, closing, sorting, handing over, verdicts.

Several reports of one matter: one stays open, the others are closed as the same and share its answers. What the desk
answers to the one is sealed anew for each of the others, whose code words open nothing of the first. Nobody outside the
desk learns which reports belong together, or how many.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Literal

from flask_babel.speaklater import LazyString
from nacl.public import PublicKey
from sqlalchemy import ColumnElement, ForeignKey, Select, and_, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.users import ActiveKey, Desk, active_key, active_key_of, key_for_texts
from portal.core import erasures
from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import About, seal
from portal.core.db import Base, db, random_id, session
from portal.core.i18n import speaking
from portal.core.portal import Hook
from portal.core.reading.danger import is_pressing
from portal.core.statuses import Refused
from portal.core.vouched import key_of, mac_of
from portal.markets.reviews import SignalKind
from portal.markets.watch import note_signal, source_of, withdraw_elsewhere, withdraw_signal
from portal.reports import notes, referrals, reports, triage
from portal.reports.attachments import Attachment
from portal.reports.reports import IS_OPEN, Keys, PassedOn, Thread, ThreadMessage
from portal.reports.texts import DISPOSITIONS, PASSED
from portal.reports.triage import AnswerDelivery, Category, Channel, Disposition, Referral, TriageState
from portal.reports.words import ReportWords

Author = Literal["resident", "desk"]
Kind = Literal["words", "picture", "voice"]
ANSWER_POSTED: Hook[Callable[[int, str], None]] = Hook("the desk answered a report")
"""Brings an answer to whoever reported a thread: by text, or by word that there is one. It gets the words, since once
sealed they could not be decrypted by the code that sends them on."""
DOUBT_SETTLED: Hook[Callable[[int, bool], None]] = Hook("whether a phone wants texts")
"""Does what follows once a desk member has said whether the phone of a thread wants no more texts."""
THREAD_OPENED: Hook[Callable[[int], None]] = Hook("the resident reads the answers")
"""Does what follows once the resident has the messages of a thread on the page."""
ANSWER_ARRIVED: Hook[Callable[[int], AnswerDelivery | None]] = Hook(
    "what became of the latest text to a report's phone"
)
"""Returns what became of the latest text to the phone of a thread, None if there was none lately."""


class SameAs(Base):
    """A report that was closed because it tells of the same matter as another one."""

    __tablename__ = "reports_same"

    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), primary_key=True)
    same_as_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), index=True)


def append(
    thread: Thread,
    content: ReportWords | bytes,
    author: Author,
    *,
    kind: Kind = "words",
    member_id: int | None = None,
    message_id: int | None = None,
) -> None:
    """Seal and append a message; unless a desk member wrote it, the report waits for the desk.

    Raises Refused("closed") without a desk's key, and Refused("not_vouched") for a forged thread.
    """
    content = content.to_bytes() if isinstance(content, ReportWords) else content
    about = reports.about_message(thread.id, thread.length, author, kind, today(), thread.language)
    columns = message_columns(about, content, _desk_key(thread), key_of(thread), member_id)
    session.add(ThreadMessage(id=message_id or random_id(), **columns))
    # This also raises the thread's version: of two concurrent writers the second gets a conflict.
    thread.length += 1
    thread.vouch()
    if member_id is None:
        _wait_for_desk(thread)


def message_columns(
    about: About, content: bytes, desk_key: ActiveKey, thread_key: PublicKey, member_id: int | None = None
) -> dict[str, Any]:
    """Return the columns of a message, sealed to a desk and a thread; for `about` see `reports.about_message`."""
    sealed = seal(about, content, [PublicKey(desk_key.public_key), thread_key])
    names = "thread_id", "position", "author", "kind", "written_on"
    columns: dict[str, Any] = dict(zip(names, about[1:-1], strict=True))
    columns |= {"box": sealed.box, "key_for_desk": sealed.keys[0], "key_for_thread": sealed.keys[1]}
    columns |= {"desk_key_id": desk_key.id, "member_id": member_id}
    return {**columns, "mac": mac_of(ThreadMessage, columns)}


def _desk_key(thread: Thread) -> ActiveKey:
    key = active_key_of(thread.desk_id)
    if key is None and thread.channel == Channel.TEXT:
        key = key_for_texts(session.get_one(Desk, thread.desk_id).kind)
    if key is None:
        raise Refused("closed")
    return key


def tell_place(thread: Thread) -> None:
    """Update the place's signal from this report; call it after every action of a desk member.

    A report counts once a member has read or sorted it, in the week in which it came in: two reports of one resident
    count as two, because the portal cannot know. Complaints about police conduct never count.
    """
    # The slower of two concurrent requests fails here, before anything else is written.
    session.flush()
    source = source_of(SignalKind.REPORT, thread.id)
    withdraw_elsewhere(source, thread.market_id)
    if thread.market_id is None:
        return
    if triage.counts_for_place(thread.category, thread.disposition):
        checked = thread.disposition in triage.CHECKED
        note_signal(thread.market_id, source, thread.received_on, SignalKind.REPORT, checked=checked)
    else:
        withdraw_signal(thread.market_id, source)


def add_words(thread: Thread, words: ReportWords, nonce: bytes | None = None, *, urgent: bool | None = None) -> None:
    """Append a message of the resident, once for the same words of one form (nonce); `urgent`, if that is known."""
    message_id = keyed_id(nonce, words.to_bytes()) if nonce else random_id()
    if nonce and _was_added(message_id):
        return
    append(thread, words, "resident", message_id=message_id)
    if is_pressing(words.all_text) if urgent is None else urgent:
        thread.urgent, thread.announced = True, False


def replace_picture(thread: Thread, message_id: int, was: bytes, jpeg: bytes, member_id: int) -> None:
    """Replace a picture by a covered copy; `was` is its sealed key. Raises Refused("already_there") if it changed."""
    message = session.get(ThreadMessage, message_id, with_for_update=True)
    if message is None or message.thread_id != thread.id or message.key_for_desk != was:
        raise Refused("already_there")
    key = _desk_key(thread)
    sealed = seal(message.about, jpeg, [PublicKey(key.public_key), key_of(thread)])
    message.box, message.desk_key_id = sealed.box, key.id
    message.key_for_desk, message.key_for_thread = sealed.keys
    message.vouch()
    erasures.note_replaced(message)
    record("report.picture_covered", "thread", thread.id, member_id)
    # The picture as it was must not remain in the database's journal for long either.
    db.after_commit(db.forget_journal)


def add_attachments(thread: Thread, attachments: Iterable[Attachment], nonce: bytes) -> None:
    """Append the files of a form; those that were sent before from the same form (nonce) are left out."""
    for file in attachments:
        message_id = keyed_id(nonce, file.digest)
        if not _was_added(message_id):
            append(thread, file.content, "resident", kind=file.kind, message_id=message_id)


def _was_added(message_id: int) -> bool:
    return session.scalar(select(ThreadMessage.id).where(ThreadMessage.id == message_id)) is not None


def _wait_for_desk(thread: Thread) -> None:
    """Make a report wait for the desk, also if a member saw it before this message was here."""
    thread.waiting_since = thread.waiting_since or today()
    if thread.state == TriageState.CLOSED:
        _take_up_again(thread)
    elif thread.state == TriageState.ASKED:
        _set_state(thread, TriageState.READ)


def settle_doubt(thread: Thread, stop: bool, member_id: int) -> None:
    """Record whether it was an opt-out. Raises Refused("already_there") if that was decided before."""
    if not thread.doubt:
        raise Refused("already_there")
    thread.doubt = False
    record("report.doubt_settled", "thread", thread.id, member_id)
    for settle in DOUBT_SETTLED.plugged():
        settle(thread.id, stop)


def mark_read(thread: Thread, member_id: int) -> None:
    if thread.state != TriageState.NEW:
        return
    _set_state(thread, TriageState.READ)
    thread.read_on = today()
    thread.in_flood = False
    record("report.read", "thread", thread.id, member_id)


def answer(thread: Thread, text: str, member_id: int, before: LazyString | None = None) -> None:
    """Append an answer to the resident; on a phone, `before` is said first."""
    mark_read(thread, member_id)
    append(thread, ReportWords(text), "desk", member_id=member_id)
    record("report.answered", "thread", thread.id, member_id)
    _post(thread, before, text)


def _post(thread: Thread, *parts: LazyString | str | None) -> None:
    """Settle what waits at the desk, and tell the phone: a page shows the state of a report by itself."""
    thread.waiting_since, thread.urgent = None, False
    with speaking(thread.language):
        text = " ".join(str(part) for part in parts if part)
    for post in ANSWER_POSTED.plugged():
        post(thread.id, text)


def ask_more(thread: Thread, text: str, member_id: int) -> None:
    """Ask the resident for more; no deadline runs until the resident writes."""
    _move(thread, TriageState.ASKED)
    answer(thread, text, member_id)
    record("report.asked", "thread", thread.id, member_id)


def pass_on(thread: Thread, to: Referral, text: str, member_id: int, readable: str = "") -> PassedOn | None:
    """Pass a report on; its receivers in the portal read `readable` and nothing else of it.

    For the oversight contact only the target is recorded. Raises Refused("wrong_referral"), or as `referrals.share`.
    """
    if not triage.may_refer(thread.category, to):
        raise Refused("wrong_referral")
    _move(thread, TriageState.PASSED)
    shared = referrals.share(thread, to, readable)
    thread.passed_to, thread.passed_on = to, today()
    thread.read_on = thread.read_on or today()
    record("report.passed_on", "thread", thread.id, member_id)
    if text:
        answer(thread, text, member_id, before=PASSED)
    else:
        _post(thread, PASSED)
    return shared


def take_back(thread: Thread, row: PassedOn, member_id: int) -> None:
    """Withdraw a referral; if nobody else has the report, it waits again. Raises Refused("already_there")."""
    if row.is_over:
        raise Refused("already_there")
    referrals.end(row)
    record("report.taken_back", "thread", thread.id, member_id)
    _note_who_has_it(thread)


def close(thread: Thread, disposition: Disposition, text: str, member_id: int) -> None:
    """Close a report, and tell the person unless it is none. Raises Refused("reason_missing" or "already_there")."""
    if not triage.may_end(thread.category, disposition, text):
        raise Refused("reason_missing")
    if not triage.may_move(thread.state, TriageState.CLOSED):
        raise Refused("already_there")
    if disposition is not Disposition.NOT_REPORT:
        # Of what is no report all stays as it was, so that it can be taken up again as if nothing had been.
        if text:
            answer(thread, text, member_id, before=DISPOSITIONS[disposition])
        else:
            _post(thread, DISPOSITIONS[disposition])
        thread.read_on = thread.read_on or today()
    thread.state, thread.disposition = TriageState.CLOSED, disposition
    thread.closed_on = today()
    referrals.end(*reports.live_referrals(thread.id), closed=True)
    notes.let_go(thread.id)
    tell_place(thread)
    record("report.closed", "thread", thread.id, member_id)


def reopen(thread: Thread, member_id: int) -> None:
    """Take a closed report up again, on its own: it waits. Raises Refused("already_there")."""
    if thread.state != TriageState.CLOSED:
        raise Refused("already_there")
    if thread.disposition is Disposition.NOT_REPORT:
        # Whoever it was passed on to cannot open it any more.
        _note_who_has_it(thread)
        _open_again(thread)
    else:
        _take_up_again(thread)
    thread.waiting_since = thread.waiting_since or today()
    session.execute(delete(SameAs).where(SameAs.thread_id == thread.id))
    record("report.reopened", "thread", thread.id, member_id)


def may_have_same(thread: Thread) -> bool:
    """Whether others can be closed as the same as this report: not a complaint about the police."""
    return thread.state != TriageState.CLOSED and thread.category != Category.CONDUCT


def perhaps_the_same(thread: Thread) -> Select[Thread]:
    """Select the open reports at the same desk and place, which could tell of the same matter."""
    others = select(Thread).where(Thread.desk_id == thread.desk_id, IS_OPEN, Thread.id != thread.id)
    at_place = Thread.market_id.is_not_distinct_from(thread.market_id)
    # A report that others are closed to stays: its reporters would read no answer any more.
    return others.where(at_place, Thread.id.not_in(select(SameAs.same_as_id)))


def close_as_same(thread: Thread, thread_ids: Collection[int], member_id: int) -> Sequence[int]:
    """Close as the same as `thread` what no colleague has moved; return the ids. Raises Refused("already_there")."""
    if thread.state == TriageState.CLOSED:
        raise Refused("already_there")
    others = session.scalars(perhaps_the_same(thread).where(Thread.id.in_(thread_ids))).all()
    for other in others:
        close(other, Disposition.DUPLICATE, "", member_id)
        session.execute(delete(SameAs).where(SameAs.thread_id == other.id))
        db.insert(SameAs, thread_id=other.id, same_as_id=thread.id)
    return [other.id for other in others]


def same_as(thread: Thread) -> Sequence[Thread]:
    ids = select(SameAs.thread_id).where(SameAs.same_as_id == thread.id)
    closed = select(Thread).where(Thread.id.in_(ids), Thread.disposition == Disposition.DUPLICATE)
    # Not asked of the database, which would then look through all reports of the desk.
    others = [other for other in session.scalars(closed) if other.desk_id == thread.desk_id]
    return sorted(others, key=lambda other: (other.received_on, other.id))


def first_of(thread: Thread) -> Thread | None:
    """Return the report as the same as which this one was closed, if it is at the same desk."""
    link = session.get(SameAs, thread.id) if thread.disposition is Disposition.DUPLICATE else None
    first = session.get(Thread, link.same_as_id) if link else None
    return first if first and first.desk_id == thread.desk_id else None


def answer_alike(
    thread: Thread, texts: Mapping[str, str], member_id: int, disposition: Disposition | None = None
) -> int:
    """Give the reporters of the same matter an answer too, and return how many got it.

    `texts` holds the answer by language; who writes in another one reads the answer in the first of them. With
    `disposition` they are also told how the report was closed, in their own language.
    """
    others = same_as(thread)
    for other in others:
        text = texts.get(other.language) or next(iter(texts.values()), "")
        with speaking(other.language):
            ending = str(DISPOSITIONS[disposition]) if disposition else ""
        if words := "\n\n".join(filter(None, (ending, text))):
            answer(other, words, member_id)
    return len(others)


def sort(
    thread: Thread, category: Category, market_id: int | None, keys: Keys, member_id: int, *, sure: bool = False
) -> None:
    """Set category and place. A report whose category belongs to another desk is handed over at once.

    Out of the oversight desk it goes only if the member is `sure`: statements about the police become readable to
    people who could not read them before. Raises Refused("not_sure", "no_desk", "no_oversight" or "cannot_open").
    """
    now_at = session.get_one(Desk, thread.desk_id).kind
    goes_to = triage.desk_for(category)
    if now_at != goes_to:
        if now_at == triage.OVERSIGHT and not sure:
            raise Refused("not_sure")
        _hand_to(goes_to, thread, keys)
        record(f"report.handed_to_{goes_to}", "thread", thread.id, member_id)
    thread.category, thread.market_id = category, market_id
    record("report.sorted", "thread", thread.id, member_id)
    if referrals.withdraw_what_fits_no_more(thread):
        record("report.taken_back", "thread", thread.id, member_id)
        _note_who_has_it(thread)
    tell_place(thread)


def set_place(thread: Thread, market_id: int) -> None:
    thread.market_id = market_id
    if referrals.withdraw_what_fits_no_more(thread):
        _note_who_has_it(thread)
    if thread.state != TriageState.NEW:
        tell_place(thread)


def _hand_to(kind: str, thread: Thread, keys: Keys) -> None:
    """Reseal each message key to the other desk's key, replacing this desk's; only the two desks hold them."""
    key = active_key(kind)
    if key is None:
        raise Refused("no_oversight" if kind == triage.OVERSIGHT else "no_desk")
    key_of(thread)
    for message in thread.messages:
        if not message.is_vouched:
            # It stays where it is, and unread.
            continue
        message.hand_on(keys, key)
        message.vouch()
    referrals.hand_on(thread, keys, key)
    # What the oversight contact noted for itself is nothing for the desk.
    notes.hand_on(thread, keys, key, with_notes=kind == triage.OVERSIGHT)
    thread.desk_id = key.desk_id
    thread.vouch()
    notes.let_go(thread.id)
    # Actions of the previous desk do not count here: the report arrives as new, with its own deadlines.
    _take_up_again(thread)
    thread.state, thread.read_on, thread.waiting_since = TriageState.NEW, None, today()
    thread.announced = False


def _take_up_again(thread: Thread) -> None:
    if thread.disposition not in (None, Disposition.NOT_REPORT):
        thread.closed_before_with, thread.reopened_on = thread.disposition, today()
    thread.passed_to = thread.passed_on = None
    # A verdict on an earlier ending says nothing about the next one.
    thread.verdict = thread.verdict_on = thread.verdict_asked_on = None
    thread.clock_from = today()
    _open_again(thread)


def _open_again(thread: Thread) -> None:
    """Open a report as read, or as new if it was ended unread: its page must not say that a person has read it."""
    if thread.read_on is None:
        thread.state, thread.disposition, thread.closed_on = TriageState.NEW, None, None
    else:
        _set_state(thread, TriageState.READ)


def _note_who_has_it(thread: Thread) -> None:
    left = reports.live_referrals(thread.id)
    thread.passed_to, thread.passed_on = (left[-1].passed_to, left[-1].passed_on) if left else (None, None)
    if thread.state == TriageState.PASSED and not left:
        _set_state(thread, TriageState.READ)


def _move(thread: Thread, to: TriageState) -> None:
    if not triage.may_move(thread.state, to):
        raise Refused("already_there")
    _set_state(thread, to)


def _set_state(thread: Thread, to: TriageState) -> None:
    thread.state, thread.disposition, thread.closed_on = to, None, None
    tell_place(thread)


def keyed_id(nonce: bytes, content: bytes) -> int:
    # The nonce is the key: without it the id reveals nothing about the content.
    digest = blake2b(content, key=nonce, digest_size=8, person=b"message").digest()
    return int.from_bytes(digest) >> 2 or 1


def may_say(thread: Thread) -> bool:
    """Whether the resident can give a verdict now: within the time for it, and only once."""
    return thread.verdict is None and triage.is_time(thread.closed_on, thread.disposition, today())


def is_due_for_verdict() -> ColumnElement[bool]:
    """Return the condition for reports about which the resident is to be told now that a verdict is asked for."""
    in_time = Thread.closed_on <= today() - triage.FIRST, Thread.closed_on > today() - triage.LAST
    return and_(
        Thread.state == TriageState.CLOSED, *in_time, Thread.verdict.is_(None), Thread.verdict_asked_on.is_(None)
    )


def say_verdict(thread: Thread, verdict: triage.ResidentVerdict) -> None:
    """Store the resident's verdict without reopening the report. Raises Refused("verdict_over")."""
    if not may_say(thread):
        raise Refused("verdict_over")
    thread.verdict, thread.verdict_on = verdict, today()
