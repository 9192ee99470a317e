"""Finding threads and opening their messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nacl.public import PrivateKey
from sqlalchemy import Select, bindparam, func, or_, select

from portal.accounts.models import Desk
from portal.core.clock import today
from portal.core.crypto import CannotOpen, unseal
from portal.core.db import db, session
from portal.core.errors import NotFound
from portal.reports.models import Message, Thread
from portal.reports.rules.triage import Category, Clock, State, clock_of, is_weekday
from portal.reports.rules.words import Words

PAGE_SIZE = 25
MOST_SINGLY, FIRST_FEW = 20, 10
"""More unread reports with words of danger than this, of one day, are folded but for a few."""
Keys = Mapping[int, PrivateKey]
"""Private keys of desks, by the id of their `DeskKey`."""


@dataclass(frozen=True)
class Said:
    """One message, opened; `words` is None when these keys do not open it, or when it is a picture."""

    id: int
    author: str
    is_picture: bool
    written_on: date
    words: Words | None
    member_id: int | None


# Asked with every report: put together once.
BY_LOCATOR = select(Thread.id).where(Thread.locator == bindparam("locator"))


def thread_by_locator(locator: str) -> Thread | None:
    """The thread whose code words hash to `locator`."""
    # The hot answer is no; only a thread that is there is worth the object mapper.
    found = db.run(BY_LOCATOR, locator=locator)
    return session.get(Thread, found[0].id) if found else None


def thread_at_desk(thread_id: int, desk_ids: Sequence[int]) -> Thread:
    """A thread of one of these desks, or `NotFound`, the same for another desk's thread and for none."""
    found = session.scalar(select(Thread).where(Thread.id == thread_id, Thread.desk_id.in_(desk_ids)))
    if found is None:
        raise NotFound
    return found


def inbox(
    desk_ids: Sequence[int], view: str, page: int, also_waiting: Collection[int] = ()
) -> tuple[list[Thread], bool]:
    """A page of threads, the most pressing first, and whether there are more.

    `view` is waiting, open, closed, flood, or danger for those that waiting and open leave out: see `_folded`.
    `also_waiting`: ids of threads that wait although no word in them does.
    """
    asked = select(Thread).where(Thread.desk_id.in_(desk_ids))
    if view == "closed":
        asked = asked.where(Thread.state == State.CLOSED).order_by(Thread.closed_on.desc(), Thread.id)
    else:
        asked = asked.where(Thread.state != State.CLOSED)
        if view in ("waiting", "open"):
            asked = asked.where(Thread.id.not_in(_folded(desk_ids)))
        if view == "danger":
            asked = asked.where(Thread.id.in_(_folded(desk_ids)))
        if view == "waiting":
            asked = asked.where(or_(Thread.waiting_since.is_not(None), Thread.id.in_(also_waiting)))
        if view == "flood":
            asked = asked.where(Thread.in_flood)
        asked = asked.order_by(Thread.in_flood, Thread.urgent.desc(), Thread.received_on, Thread.id)
    rows = session.scalars(asked.limit(PAGE_SIZE + 1).offset((page - 1) * PAGE_SIZE)).all()
    return list(rows[:PAGE_SIZE]), len(rows) > PAGE_SIZE


def how_many_folded(desk_ids: Sequence[int]) -> int:
    """How many reports with words of danger stand on pages of their own, because very many came."""
    return session.scalar(select(func.count()).select_from(_folded(desk_ids).subquery())) or 0


def _folded(desk_ids: Sequence[int]) -> Select[int]:
    """Ids of urgent reports that would bury all others, and that nobody has read.

    Those of people who can be answered by text are not folded. Those of people who checked the code words or wrote
    again are counted apart: a robot that does so too does not fold those who did not. Ids are random, so nobody can
    choose to be among the first few.
    """
    came_back = or_(Thread.code_confirmed, Thread.length > 1)
    day = (Thread.desk_id, Thread.received_on, came_back)
    place = func.row_number().over(partition_by=day, order_by=Thread.id).label("place")
    asked = select(Thread.id, place, func.count().over(partition_by=day).label("many"))
    asked = asked.where(Thread.desk_id.in_(desk_ids), Thread.state == State.NEW, Thread.urgent)
    urgent = asked.where(~Thread.in_flood, ~Thread.texts_back).subquery()
    return select(urgent.c.id).where(urgent.c.many > MOST_SINGLY, urgent.c.place > FIRST_FEW)


def how_many_wait(desk_ids: Sequence[int]) -> int:
    """How many reports wait at these desks."""
    waiting = select(func.count()).select_from(Thread).where(Thread.desk_id.in_(desk_ids))
    return session.scalar(waiting.where(Thread.state != State.CLOSED, Thread.waiting_since.is_not(None))) or 0


def how_many_in_flood(desk_ids: Sequence[int]) -> int:
    """How many reports at these desks came in a flood and were not read yet."""
    flood = select(func.count()).select_from(Thread).where(Thread.desk_id.in_(desk_ids), Thread.in_flood)
    return session.scalar(flood.where(Thread.state != State.CLOSED)) or 0


def clock(thread: Thread) -> tuple[Clock, str] | None:
    """The clock that runs for a thread, and how it stands today."""
    running = clock_of(State(thread.state), thread.clock_from, is_weekday)
    return (running, running.reading(today())) if running else None


@dataclass(frozen=True)
class Clocks:
    """How many promises about reports of a place run, and how many of them are overdue."""

    running: int
    overdue: int


def clocks_at(market_id: int, *, of_the_desk: bool) -> Clocks:
    """Counts for those who look after a place: no report, no id, and nothing of complaints about the police.

    Without `of_the_desk` only what was passed on counts: what the desk still has to read is its own.
    """
    open_ones = (
        select(Thread.state, Thread.clock_from)
        .join(Desk, Desk.id == Thread.desk_id)
        .where(Thread.market_id == market_id, Thread.state != State.CLOSED)
        .where(Desk.kind == "triage", Thread.category != Category.CONDUCT)
    )
    if not of_the_desk:
        open_ones = open_ones.where(Thread.state == State.PASSED)
    clocks = [clock_of(State(state), clock_from, is_weekday) for state, clock_from in session.execute(open_ones)]
    readings = [running.reading(today()) for running in clocks if running]
    return Clocks(len(readings), readings.count("overdue"))


def opened_by_desk(thread: Thread, keys: Keys) -> list[Said]:
    """Every message, opened with the keys of a desk's member."""
    return [_said(message, message.key_for_desk, keys.get(message.desk_key_id)) for message in thread.messages]


def opened_by_resident(thread: Thread, private: PrivateKey) -> list[Said]:
    """Every message, opened with the key that comes from the code words."""
    return [_said(message, message.key_for_thread, private) for message in thread.messages]


def picture(thread: Thread, message_id: int, keys: Keys) -> bytes:
    """A picture of this thread as JPEG, or `NotFound`."""
    message = next((one for one in thread.messages if one.id == message_id and one.kind == "picture"), None)
    private = keys.get(message.desk_key_id) if message else None
    if message is None or private is None:
        raise NotFound
    return unseal(message.box, message.key_for_desk, private)


def first_words(threads: Sequence[Thread], keys: Keys) -> dict[int, Words | None]:
    """What each thread begins with."""
    ids = [thread.id for thread in threads]
    rows = session.scalars(select(Message).where(Message.thread_id.in_(ids), Message.position == 0))
    return {row.thread_id: _said(row, row.key_for_desk, keys.get(row.desk_key_id)).words for row in rows}


def _said(message: Message, sealed_key: bytes, private: PrivateKey | None) -> Said:
    words = None
    if private is not None and message.kind == "words":
        try:
            words = Words.from_bytes(unseal(message.box, sealed_key, private))
        except CannotOpen:
            words = None
    return Said(message.id, message.author, message.kind == "picture", message.written_on, words, message.member_id)
