"""Several reports of one matter: one stays open, the others are closed as the same and share its answers.

What the desk answers to the one is sealed anew for each of the others, whose code words open nothing of the first.
Nobody outside the desk learns which reports belong together, or how many.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, db, session
from portal.core.i18n import speaking
from portal.core.statuses import Refused
from portal.reports import threads
from portal.reports.reports import IS_OPEN, READ_LAST, Thread
from portal.reports.texts import DISPOSITIONS
from portal.reports.triage import Category, Disposition, TriageState

MOST_AT_ONCE = 50


class SameAs(Base):
    """A report that was closed because it tells of the same matter as another one."""

    __tablename__ = "reports_same"

    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), primary_key=True)
    same_as_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), index=True)


def perhaps_the_same(thread: Thread) -> Sequence[Thread]:
    """Return open reports at the same desk and place, the newest first, that could tell of the same matter."""
    others = select(Thread).where(Thread.desk_id == thread.desk_id, IS_OPEN, Thread.id != thread.id)
    at_place = Thread.market_id.is_not_distinct_from(thread.market_id)
    # A report that others are closed to stays: its reporters would read no answer any more.
    others = others.where(at_place, Thread.id.not_in(select(SameAs.same_as_id)))
    return session.scalars(others.order_by(READ_LAST, Thread.received_on.desc(), Thread.id).limit(MOST_AT_ONCE)).all()


def close_as_same(thread: Thread, thread_ids: Collection[int], member_id: int) -> int:
    """Close these reports as the same as `thread`, and return how many were closed.

    Those that cannot be the same any more, because a colleague was faster, are left as they are. Raises
    Refused("already_there") if `thread` is closed.
    """
    if thread.state == TriageState.CLOSED:
        raise Refused("already_there")
    others = [other for other in perhaps_the_same(thread) if other.id in thread_ids]
    for other in others:
        threads.close(other, Disposition.DUPLICATE, "", member_id)
        session.execute(delete(SameAs).where(SameAs.thread_id == other.id))
        db.insert(SameAs, thread_id=other.id, same_as_id=thread.id)
    return len(others)


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


def part(thread: Thread, member_id: int) -> None:
    """Take up a report again that was closed as the same as another one. Raises Refused("already_there")."""
    threads.reopen(thread, member_id)
    session.execute(delete(SameAs).where(SameAs.thread_id == thread.id))


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
        if answer := "\n\n".join(part for part in (ending, text) if part):
            threads.answer(other, answer, member_id)
    return len(others)


def may_have_same(thread: Thread) -> bool:
    """Whether others can be closed as the same as this report: not a complaint about the police."""
    return thread.state != TriageState.CLOSED and thread.category != Category.CONDUCT
