"""What colleagues at a desk tell each other: who has a report or reads it, notes, translations, a word at hand-over.

Taking a report is a note for colleagues, never a lock: anybody at the desk can answer, and after three days without an
act of whoever took it a report is free again. Who has a report open is known for five minutes, in memory only. Neither
tells anything about residents.

What is written is sealed to the desk and to nobody else: the resident never reads it, and nothing of it is passed on.
A note or a translation is erased with its report. A translation stands beside the words that it translates, with the
name of whoever wrote it. The one note for the next shift is about no report.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from nacl.public import PublicKey
from sqlalchemy import ColumnElement, ForeignKey, Select, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.users import ActiveKey, Desk, DeskKey, holders_by_desk, member_names
from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import About, seal
from portal.core.db import Base, db, one, random_id, session
from portal.core.limits import remember, remembered
from portal.core.purge import days_ago
from portal.core.statuses import Refused
from portal.core.vouched import Vouched, mac_of
from portal.reports.reports import Keys, SealedToDesk, Thread, ThreadMessage, key_of_desk, unsealed
from portal.reports.triage import HELD_FOR, TriageState


class TakenReport(Base):
    """A report that a desk member has taken; `taken_on` is the day of their latest act on it."""

    __tablename__ = "reports_taken"

    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id", ondelete="CASCADE"), index=True)
    taken_on: Mapped[date]

    @property
    def is_current(self) -> bool:
        return (today() - self.taken_on).days < HELD_FOR


class DeskNote(SealedToDesk, Vouched, Base):
    """A note sealed to a desk: on a report; with `about_id`, a translation; without `thread_id`, for the next shift."""

    __tablename__ = "reports_note"
    BINDS = ("id", "thread_id", "about_id", "member_id", "written_on", "box")

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), index=True)
    about_id: Mapped[int | None] = mapped_column(ForeignKey("reports_message.id", ondelete="CASCADE"), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    written_on: Mapped[date]
    position: Mapped[int] = mapped_column(server_default="0")
    """The order of the notes of a report: only the day is kept, and ids are random."""


# --- who has a report, and who reads it ---


def free_for(member_id: int) -> ColumnElement[bool]:
    """Return the condition for reports that nobody else has taken and still works on; for 0, nobody at all."""
    others = select(TakenReport.thread_id).where(TakenReport.member_id != member_id)
    return Thread.id.not_in(others.where(TakenReport.taken_on > days_ago(HELD_FOR)))


def take(thread: Thread, member_id: int, seen: int) -> None:
    """Take an open report, from `seen` if somebody has it, who is 0 if nobody had it when the page was opened.

    Raises Refused("taken_meanwhile") if somebody else took it since then, or Refused("already_there") if it is closed.
    """
    if thread.state == TriageState.CLOSED:
        raise Refused("already_there")
    if not db.insert_new(TakenReport, thread_id=thread.id, member_id=member_id, taken_on=today()):
        row = update(TakenReport).where(TakenReport.thread_id == thread.id)
        row = row.where(TakenReport.member_id.in_([seen, member_id])).values(member_id=member_id, taken_on=today())
        if not session.execute(row.returning(TakenReport.thread_id)).all():
            raise Refused("taken_meanwhile")
    record("report.taken", "thread", thread.id, member_id)


def give_back(thread: Thread, member_id: int) -> None:
    session.execute(delete(TakenReport).where(TakenReport.thread_id == thread.id, TakenReport.member_id == member_id))
    record("report.given_back", "thread", thread.id, member_id)


def note_act(thread: Thread, member_id: int) -> None:
    """Record that whoever took a report did something with it today."""
    row = update(TakenReport).where(TakenReport.thread_id == thread.id, TakenReport.member_id == member_id)
    session.execute(row.values(taken_on=today()))


def let_go(thread_id: int) -> None:
    """Forget who took a report: it is closed, or at another desk."""
    session.execute(delete(TakenReport).where(TakenReport.thread_id == thread_id))


LOOKS_FOR = 5 * 60
"""Seconds for which a report that was opened counts as being read."""


def look_at(thread_id: int, member_id: int) -> None:
    """Note that a member has this report open, and no other; 0: none any more."""
    remember(f"report open {member_id}", thread_id, LOOKS_FOR)


def lookers(desk_ids: Collection[int], member_id: int) -> dict[int, list[str]]:
    """Return the names of the other members of these desks who have a report open, by its id."""
    able = {each for desk_id, desk in holders_by_desk().items() if desk_id in desk_ids for each in desk.member_ids}
    others = able - {member_id}
    opened = {each: thread_id for each in others if (thread_id := remembered(f"report open {each}"))}
    by_thread: dict[int, list[str]] = {}
    for each, name in sorted(member_names(opened).items(), key=lambda pair: pair[1]):
        by_thread.setdefault(opened[each], []).append(name)
    return by_thread


# --- what is written ---


@dataclass(frozen=True)
class OpenedDeskNote:
    row: DeskNote
    text: str | None


def notes_of(thread: Thread, keys: Keys) -> list[OpenedDeskNote]:
    """Return the notes and translations that belong to the desk at which the report is, the earliest first."""
    return [_opened(row, keys) for row in session.scalars(_rows(thread.desk_id, thread.id))]


def add_note(thread: Thread, text: str, member_id: int) -> None:
    session.add(DeskNote(**_sealed(thread.desk_id, thread.id, text, member_id)))
    record("report.noted", "thread", thread.id, member_id)


def translate(thread: Thread, message_id: int, text: str, member_id: int, instead: int = 0) -> None:
    """Translate a resident's message anew, or `instead` of an earlier translation with this id.

    Raises `NotFound` if there is no such message in words, Refused("translated_meanwhile") for another translation.
    """
    message = select(ThreadMessage.id).where(ThreadMessage.id == message_id, ThreadMessage.thread_id == thread.id)
    one(message.where(ThreadMessage.author == "resident", ThreadMessage.kind == "words"))
    session.execute(delete(DeskNote).where(DeskNote.about_id == message_id, DeskNote.id == instead))
    if not db.insert_new(DeskNote, **_sealed(thread.desk_id, thread.id, text, member_id, about_id=message_id)):
        raise Refused("translated_meanwhile")
    record("report.translated", "thread", thread.id, member_id)


def erase_note(thread: Thread, note_id: int, member_id: int) -> None:
    """Erase a note or a translation of this report. Raises `NotFound`."""
    session.delete(one(_rows(thread.desk_id, thread.id).where(DeskNote.id == note_id)))
    record("report.note_erased", "thread", thread.id, member_id)


def hand_on(thread: Thread, keys: Keys, to: ActiveKey, *, with_notes: bool) -> None:
    """Reseal a report's translations, and `with_notes` its notes, for another desk. Raises Refused("cannot_open")."""
    for row in session.scalars(_rows(thread.desk_id, thread.id)).all():
        if row.about_id is None and not with_notes:
            # It stays sealed to this desk, which reads it again if the report comes back.
            continue
        row.hand_on(keys, to)


def for_next_shift(desk_ids: Collection[int], keys: Keys) -> dict[int, OpenedDeskNote]:
    """Return the note that waits for the next shift of each of these desks, by its id."""
    return {desk_id: _opened(row, keys) for desk_id in desk_ids for row in session.scalars(_rows(desk_id, None))}


def leave_for_next_shift(desk_id: int, text: str, member_id: int) -> None:
    """Leave a note in place of the one that waits at a desk; without words, only take that one away."""
    one(select(Desk).where(Desk.id == desk_id), to_change=True)
    for row in session.scalars(_rows(desk_id, None)).all():
        session.delete(row)
    db.after_commit(db.forget_journal)
    if text:
        session.add(DeskNote(**_sealed(desk_id, None, text, member_id)))


def _rows(desk_id: int, thread_id: int | None) -> Select[DeskNote]:
    """Select what a desk wrote on a report, or without one for its next shift; the earliest first."""
    rows = select(DeskNote).join(DeskKey, DeskKey.id == DeskNote.desk_key_id)
    rows = rows.where(DeskNote.thread_id.is_not_distinct_from(thread_id), DeskKey.desk_id == desk_id)
    return rows.order_by(DeskNote.written_on, DeskNote.position, DeskNote.id)


def _sealed(
    desk_id: int, thread_id: int | None, text: str, member_id: int, *, about_id: int | None = None
) -> dict[str, Any]:
    key = key_of_desk(desk_id)
    row_id, day = random_id(), today()
    sealed = seal(_about(row_id, thread_id, member_id, day), text.encode(), [PublicKey(key.public_key)])
    last = session.scalar(select(func.max(DeskNote.position)).where(DeskNote.thread_id == thread_id))
    columns: dict[str, Any] = {"id": row_id, "thread_id": thread_id, "about_id": about_id, "member_id": member_id}
    columns |= {"written_on": day, "position": (last or 0) + 1}
    columns |= {"box": sealed.box, "desk_key_id": key.id, "key_for_desk": sealed.keys[0]}
    return {**columns, "mac": mac_of(DeskNote, columns)}


def _about(row_id: int, thread_id: int | None, member_id: int, day: date) -> About:
    return ("note", row_id, thread_id, member_id, day)


def _opened(row: DeskNote, keys: Keys) -> OpenedDeskNote:
    private = keys.get(row.desk_key_id) if row.is_vouched else None
    about = _about(row.id, row.thread_id, row.member_id, row.written_on)
    text = unsealed(about, row.box, row.key_for_desk, private)
    return OpenedDeskNote(row, text.decode() if text else None)
