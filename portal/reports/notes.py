"""Notes of the desk on a report, and translations of what the resident wrote: sealed to the desk and to nobody else.

A note is for colleagues: the resident never reads it, nothing of it is passed on, and it is erased with the report. A
translation stands beside the words that it translates, with the name of whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from nacl.public import PublicKey
from sqlalchemy import ForeignKey, LargeBinary, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.users import ActiveKey, DeskKey, active_key_of
from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import About, CannotOpen, reseal, seal, unseal
from portal.core.db import Base, db, one, random_id, session
from portal.core.statuses import Refused, existing
from portal.core.vouched import Vouched, mac_of
from portal.reports.reports import Keys, Thread, ThreadMessage


class DeskNote(Vouched, Base):
    """A sealed note of a desk member on a report; with `about_id` the one translation of that message."""

    __tablename__ = "reports_note"
    BINDS = ("id", "thread_id", "about_id", "member_id", "written_on", "box")

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), index=True)
    about_id: Mapped[int | None] = mapped_column(ForeignKey("reports_message.id", ondelete="CASCADE"), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    written_on: Mapped[date]
    position: Mapped[int] = mapped_column(server_default="0")
    """The order of the notes of a report: only the day is kept, and ids are random."""
    box: Mapped[bytes] = mapped_column(LargeBinary)
    desk_key_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk_key.id"))
    key_for_desk: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True)
class OpenedDeskNote:
    id: int
    about_id: int | None
    member_id: int
    written_on: date
    text: str | None


def notes_of(thread: Thread, keys: Keys) -> list[OpenedDeskNote]:
    """Return the notes and translations that belong to the desk at which the report is, the earliest first."""
    return [_opened(row, keys) for row in _rows_of(thread)]


def add_note(thread: Thread, text: str, member_id: int) -> None:
    session.add(DeskNote(**_sealed(thread, text, member_id, None)))
    record("report.noted", "thread", thread.id, member_id)


def translate(thread: Thread, message_id: int, text: str, member_id: int, instead: int = 0) -> None:
    """Add a translation of a message of the resident, in place of the one with the id `instead`, if there was one.

    Raises `NotFound` if the report has no such message of the resident in words, and Refused("translated_meanwhile")
    if there is another translation than that one.
    """
    message = select(ThreadMessage.id).where(ThreadMessage.id == message_id, ThreadMessage.thread_id == thread.id)
    one(message.where(ThreadMessage.author == "resident", ThreadMessage.kind == "words"))
    session.execute(delete(DeskNote).where(DeskNote.about_id == message_id, DeskNote.id == instead))
    if not db.insert_new(DeskNote, **_sealed(thread, text, member_id, message_id)):
        raise Refused("translated_meanwhile")
    record("report.translated", "thread", thread.id, member_id)


def erase_note(thread: Thread, note_id: int, member_id: int) -> None:
    """Erase a note or a translation of this report. Raises `NotFound`."""
    session.delete(existing(next((row for row in _rows_of(thread) if row.id == note_id), None)))
    record("report.note_erased", "thread", thread.id, member_id)


def hand_on(thread: Thread, keys: Keys, to: ActiveKey, *, with_notes: bool) -> None:
    """Reseal a report's translations, and `with_notes` its notes, for another desk. Raises Refused("cannot_open").

    Notes that are not handed on stay sealed to this desk, which reads them again if the report comes back.
    """
    for row in _rows_of(thread):
        if row.about_id is None and not with_notes:
            continue
        private = keys.get(row.desk_key_id)
        if private is None:
            raise Refused("cannot_open")
        row.key_for_desk = reseal(row.key_for_desk, private, PublicKey(to.public_key))
        row.desk_key_id = to.id


def _rows_of(thread: Thread) -> Sequence[DeskNote]:
    rows = select(DeskNote).join(DeskKey, DeskKey.id == DeskNote.desk_key_id)
    rows = rows.where(DeskNote.thread_id == thread.id, DeskKey.desk_id == thread.desk_id)
    return session.scalars(rows.order_by(DeskNote.written_on, DeskNote.position, DeskNote.id)).all()


def _sealed(thread: Thread, text: str, member_id: int, about_id: int | None) -> dict[str, Any]:
    key = active_key_of(thread.desk_id)
    if key is None:
        raise Refused("no_desk")
    row_id, day = random_id(), today()
    sealed = seal(_about(row_id, thread.id, member_id, day), text.encode(), [PublicKey(key.public_key)])
    last = session.scalar(select(func.max(DeskNote.position)).where(DeskNote.thread_id == thread.id))
    columns: dict[str, Any] = {"id": row_id, "thread_id": thread.id, "about_id": about_id, "member_id": member_id}
    columns |= {"written_on": day, "position": (last or 0) + 1}
    columns |= {"box": sealed.box, "desk_key_id": key.id, "key_for_desk": sealed.keys[0]}
    return {**columns, "mac": mac_of(DeskNote, columns)}


def _about(row_id: int, thread_id: int, member_id: int, day: date) -> About:
    return ("note", row_id, thread_id, member_id, day)


def _opened(row: DeskNote, keys: Keys) -> OpenedDeskNote:
    private = keys.get(row.desk_key_id)
    about = _about(row.id, row.thread_id, row.member_id, row.written_on)
    try:
        text = unseal(about, row.box, row.key_for_desk, private).decode() if private and row.is_vouched else None
    except CannotOpen:
        text = None
    return OpenedDeskNote(row.id, row.about_id, row.member_id, row.written_on, text)
