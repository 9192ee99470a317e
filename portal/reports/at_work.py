"""Who works on a report: who has taken it, and who of the desk has it open at the moment.

Taking is a note for colleagues, never a lock: anybody at the desk can answer, and after three days without an act of
whoever took it a report is free again. Who has a report open is known for five minutes, in memory only. Neither tells
anything about residents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Select, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.users import holder_names
from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import Base, db, session
from portal.core.limits import forget, remember, remembered
from portal.core.statuses import Refused
from portal.reports.reports import Thread
from portal.reports.triage import HELD_FOR, TriageState


class TakenReport(Base):
    """A report that a desk member has taken; `taken_on` is the day of their latest act on it."""

    __tablename__ = "reports_taken"

    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id", ondelete="CASCADE"), index=True)
    taken_on: Mapped[date]


@dataclass(frozen=True)
class Holder:
    member_id: int
    since: date

    @property
    def is_current(self) -> bool:
        return self.since > _free_since()


@dataclass(frozen=True)
class People:
    """Who took a report, names of such people by id, and the names of colleagues who have it open."""

    holder: Holder | None
    names: Mapping[int, str]
    reading: Sequence[str]

    @property
    def holder_name(self) -> str:
        return self.names.get(self.holder.member_id, "") if self.holder else ""


def _free_since() -> date:
    return today() - timedelta(days=HELD_FOR)


def holders_of(thread_ids: Iterable[int]) -> dict[int, Holder]:
    """Return who took each of these reports, by its id; reports that nobody took are left out."""
    rows = session.scalars(select(TakenReport).where(TakenReport.thread_id.in_(list(thread_ids))))
    return {row.thread_id: Holder(row.member_id, row.taken_on) for row in rows}


def taken_by(member_id: int) -> ColumnElement[bool]:
    return Thread.id.in_(select(TakenReport.thread_id).where(TakenReport.member_id == member_id))


def how_many_taken(member_id: int) -> Select[int]:
    """Count the reports that this member took; none of them is closed."""
    return select(func.count()).select_from(TakenReport).where(TakenReport.member_id == member_id)


def free_for(member_id: int) -> ColumnElement[bool]:
    """Return the condition for reports that nobody else has taken and still works on."""
    others = select(TakenReport.thread_id).where(
        TakenReport.member_id != member_id, TakenReport.taken_on > _free_since()
    )
    return Thread.id.not_in(others)


def nobodys() -> ColumnElement[bool]:
    return Thread.id.not_in(select(TakenReport.thread_id).where(TakenReport.taken_on > _free_since()))


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
    """Note that a member has this report open, and no other."""
    remember(_key(member_id), thread_id, LOOKS_FOR)


def look_away(member_id: int) -> None:
    forget(_key(member_id))


def lookers(desk_ids: Collection[int], member_id: int) -> dict[int, list[str]]:
    """Return the names of the other members of these desks who have a report open, by its id."""
    names: dict[int, list[str]] = {}
    for other_id, name in holder_names(desk_ids).items():
        if other_id != member_id and (thread_id := remembered(_key(other_id))):
            names.setdefault(thread_id, []).append(name)
    return names


def _key(member_id: int) -> str:
    return f"report open {member_id}"
