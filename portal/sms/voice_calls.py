"""Rows of calls to the voice line, and filing a voice note as a report.

The number of a caller is not stored. Its keyed hash limits wrong codes and voice notes for a while, in memory.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now, today
from portal.core.db import Base, db, random_id, session
from portal.core.i18n import speaking
from portal.core.jobs.outbox import cipher
from portal.core.limits import Networks, may_still_try, may_try
from portal.core.portal import current_portal
from portal.core.statuses import Refused
from portal.reports.code import read_keys, words_from
from portal.reports.intake import NewReport, came_in_flood, keep_report, locator_of, seal_report
from portal.reports.reports import Thread, open_for_reports, thread_by_locator
from portal.reports.triage import Category, Channel
from portal.reports.urgency import ReportWords
from portal.sms.conversations import Inbound, Purpose, sender_hash
from portal.sms.voice import CallState, NoteDoor, VoiceStep

CALL_LASTS = timedelta(hours=1)
RECORD_LASTS = timedelta(minutes=15)
"""After that a call is over as a rule, and its record at the provider can be deleted."""
QUARTER, HOUR, DAY = 900, 3_600, 86_400
NOTES_PER_CALLER = 6
"""Voice notes per hour from one number."""
NOTES_OF_HIDDEN = 40
"""Voice notes per hour from all callers who hide their number: careful people do, and nothing tells them apart."""
HIDDEN = {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"}
"""What the provider gives as the number of an anonymous, restricted, blocked, unknown or unavailable caller."""


class ProviderRecord(StrEnum):
    """What a call leaves behind at the provider."""

    CALL = "call"
    RECORDING = "recording"


class VoiceCall(Base):
    """The state of a call; it is erased an hour after the last key."""

    __tablename__ = "sms_call"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    call_hash: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    """Encrypted, as is `before`: it holds keyed code words."""
    before: Mapped[bytes] = mapped_column(LargeBinary)
    """The state before the last turn, from which a repeated request is answered again."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class VoiceDeletion(Base):
    """A call's record or a recording that must be deleted at the provider; a recording is fetched first."""

    __tablename__ = "sms_voice_deletion"
    __table_args__ = (CheckConstraint("kind IN ('call', 'recording')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[str] = mapped_column(String(10))
    reference: Mapped[bytes] = mapped_column(LargeBinary)
    """The provider's id, encrypted."""
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("reports_thread.id", ondelete="SET NULL"), index=True)
    """The report that waits for this recording; None when there is nothing to fetch."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(index=True)
    since_on: Mapped[date]


class Caller(NamedTuple):
    """A call, and the keyed hash of the number that it came from, the same for all hidden ones."""

    call_id: str
    hashed: str
    is_hidden: bool

    @classmethod
    def of(cls, call_id: str, number: str) -> Caller:
        is_hidden = number in HIDDEN or not re.fullmatch(r"\+\d{7,15}", number, re.ASCII)
        return cls(call_id, sender_hash(Purpose.TALK, "" if is_hidden else number), is_hidden)


class StoredCall(NamedTuple):
    """The state of a call now, and before its last turn."""

    state: CallState
    before: CallState

    def at(self, turn: int) -> CallState | None:
        """Return the state that a request for this turn continues; None if it is not one of the last two."""
        return next((one for one in self if one.turn == turn), None)


def begin_call(caller: Caller, state: CallState) -> None:
    """Store a new call, whose record at the provider is to be deleted later."""
    sealed = cipher().encrypt(state.to_json())
    is_new = db.insert_new(
        VoiceCall,
        id=random_id(),
        call_hash=_call_hash(caller.call_id),
        state=sealed,
        before=sealed,
        expires_at=now() + CALL_LASTS,
    )
    if is_new:
        delete_later(ProviderRecord.CALL, caller.call_id, now() + RECORD_LASTS)
    else:
        keep_call(caller, state, state)


def stored_call(caller: Caller) -> StoredCall | None:
    """Return a call that goes on, or None if it is not known or was erased."""
    row = session.scalar(select(VoiceCall).where(VoiceCall.call_hash == _call_hash(caller.call_id)))
    if row is None or row.expires_at <= now():
        return None
    return StoredCall(*(CallState.from_json(cipher().decrypt(sealed)) for sealed in (row.state, row.before)))


def forget_call(caller: Caller) -> None:
    """Erase a call that has ended, and let its record at the provider be deleted at the next opportunity."""
    row = session.scalar(select(VoiceCall).where(VoiceCall.call_hash == _call_hash(caller.call_id)))
    if row is not None:
        session.delete(row)
        delete_later(ProviderRecord.CALL, caller.call_id, now())


def keep_call(caller: Caller, state: CallState, before: CallState) -> None:
    """Store the state after a turn; once the call is over, without any code words."""
    if state.step is VoiceStep.OVER:
        state, before = (replace(one, keyed=(), code=()) for one in (state, before))
    row = session.scalar(select(VoiceCall).where(VoiceCall.call_hash == _call_hash(caller.call_id)).with_for_update())
    if row is not None:
        row.state, row.before = (cipher().encrypt(one.to_json()) for one in (state, before))
        row.expires_at = now() + CALL_LASTS


def opened_by_keys(caller: Caller, keyed: tuple[str, ...]) -> tuple[Thread, tuple[str, ...]] | None:
    """Return the report that a keyed code opens, with its code words.

    A right code always opens, as on the website: nobody can guess one. After many wrong tries of a caller, only one
    look-up runs at a time.
    """
    tries = "wrong code by phone", caller.hashed, current_portal.settings.codes_per_address, QUARTER
    slowly = not may_still_try(*tries)
    for code in read_keys(keyed):
        thread = thread_by_locator(locator_of(code, slowly=slowly))
        if thread is not None:
            return thread, code
    may_try(*tries)
    return None


def note_door(caller: Caller) -> NoteDoor:
    """Return whether a voice note can be taken from this caller now. Nothing is counted."""
    if not open_for_reports():
        return NoteDoor.NO_DESK
    return NoteDoor.OPEN if all(may_still_try(*quota) for quota in _note_quotas(caller)) else NoteDoor.TOO_MANY


def file_note(caller: Caller, state: CallState, recording_id: str, seconds: int) -> tuple[str, ...]:
    """File a recording as a report, once, and return its code words. Raises Refused("closed").

    The recording itself is fetched by a job. A repeated request returns the same words.
    """
    language = state.language or "en"
    nonce = blake2b(recording_id.encode(), key=_seed(state), digest_size=32, person=b"voice note").digest()
    if not open_for_reports():
        raise Refused("closed")
    if not _is_new(recording_id):
        return words_from(nonce, language)
    for quota in _note_quotas(caller):
        may_try(*quota)
    with speaking(language):
        words = ReportWords(_("Voice note by phone, %(seconds)s seconds.", seconds=seconds))
    by = Networks(caller.hashed, caller.hashed, caller.hashed)
    in_flood = came_in_flood("", is_urgent=False, by=by)
    report = NewReport(words, Category.UNSORTED, Channel.VOICE, language, in_flood=in_flood)
    sealed = seal_report(report, nonce)
    thread_id = keep_report(sealed).thread_id
    delete_later(ProviderRecord.RECORDING, recording_id, now(), thread_id)
    return sealed.code


def throw_away(recording_id: str) -> None:
    """Delete a recording that becomes no report at the provider."""
    if _is_new(recording_id):
        delete_later(ProviderRecord.RECORDING, recording_id, now())


def delete_later(kind: ProviderRecord, reference: str, due_at: datetime, thread_id: int | None = None) -> None:
    """Note what must be deleted at the provider."""
    db.insert(
        VoiceDeletion,
        id=random_id(),
        kind=kind,
        reference=cipher().encrypt(reference),
        thread_id=thread_id,
        attempts=0,
        due_at=due_at,
        since_on=today(),
    )


def new_seed() -> str:
    """Return the random start of a call."""
    return secrets.token_hex(32)


def _seed(state: CallState) -> bytes:
    # A call that is no longer known gets words that nobody will hear.
    return bytes.fromhex(state.seed or new_seed())


def _note_quotas(caller: Caller) -> tuple[tuple[str, str, int, int], ...]:
    in_all: int = current_portal.settings.reports_in_all
    most = NOTES_OF_HIDDEN if caller.is_hidden else NOTES_PER_CALLER
    return ("voice note", caller.hashed, most, HOUR), ("voice note", "everybody", in_all, HOUR)


def _call_hash(call_id: str) -> str:
    return sender_hash(Purpose.MESSAGE, call_id)


def _is_new(recording_id: str) -> bool:
    note = sender_hash(Purpose.MESSAGE, recording_id)
    return db.insert_new(Inbound, id=random_id(), provider="twilio", message_hash=note, received_on=today())
