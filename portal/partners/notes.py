"""Queries and actions of a circle's notebook. Notes are returned sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import random_id, session
from portal.core.statuses import NotAllowed, NotFound
from portal.partners.circle_rules import Act
from portal.partners.circles import Circle, CircleSeat, Note, Words

PAGE = 30


class Topic(NamedTuple):
    """A topic of the notebook with the number of its answers."""

    note: Note
    answers: int


def topics(circle: Circle, page: int) -> tuple[list[Topic], bool]:
    """Return a page of topics, the one last written to first, and whether there are more."""
    answer = aliased(Note)
    last = func.max(func.coalesce(answer.place, Note.place))
    asked = (
        select(Note, func.count(answer.id))
        .outerjoin(answer, answer.topic_id == Note.id)
        .where(Note.circle_id == circle.id, Note.topic_id.is_(None), Note.expires_on >= today())
        .group_by(Note.id)
        .order_by(last.desc(), Note.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    )
    found = [Topic(note, count) for note, count in session.execute(asked)]
    return found[:PAGE], len(found) > PAGE


def topic(circle: Circle, topic_id: int) -> Note:
    """Return a topic of this circle that has not expired. Raises `NotFound`."""
    found = note(circle, topic_id)
    if found.topic_id is not None:
        raise NotFound
    return found


def answers(of: Note) -> Sequence[Note]:
    """Return the answers to a topic in the order in which they were written."""
    return session.scalars(select(Note).where(Note.topic_id == of.id).order_by(Note.place, Note.id)).all()


def note(circle: Circle, note_id: int, *, to_change: bool = False) -> Note:
    """Return a note of this circle that has not expired. Raises `NotFound`. `to_change` locks the row."""
    asked = select(Note).where(Note.id == note_id, Note.circle_id == circle.id)
    if to_change:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(asked).one_or_none()
    if found is None or (found.expires_on or today()) < today():
        raise NotFound
    return found


def begin_topic(seat: CircleSeat, words: Words, expires_on: date) -> Note:
    """Write a topic (`title`, `body`). Raises NotAllowed, Refused("circle_locked" or "circle_closed")."""
    return _write(seat, words, Note(expires_on=expires_on))


def answer(seat: CircleSeat, topic: Note, words: Words) -> Note:
    """Write an answer (`body`) to a topic. Raises like `begin_topic`."""
    return _write(seat, words, Note(topic_id=topic.id))


def change(seat: CircleSeat, note: Note, words: Words, expires_on: date | None = None) -> None:
    """Replace the content of a note, sealed to the current key. Raises NotAllowed unless the member is its author."""
    seat.require(Act.WRITE)
    if note.author_id != seat.member.id:
        raise NotAllowed
    note.changed_on = today()
    if note.topic_id is None and expires_on is not None:
        note.expires_on = expires_on
    note.store(seat.circle, words)


def erase(seat: CircleSeat, note: Note) -> None:
    """Delete the member's own note or, with permission to tidy, any note. Raises NotAllowed.

    Deleting a topic deletes its answers.
    """
    if note.author_id != seat.member.id and not seat.may(Act.TIDY):
        raise NotAllowed
    session.delete(note)
    session.flush()
    if note.author_id != seat.member.id:
        record("circle.note_deleted", "member", note.author_id, seat.member.id)


def _write(seat: CircleSeat, words: Words, note: Note) -> Note:
    seat.require(Act.WRITE)
    note.id, note.circle_id, note.author_id = random_id(), seat.circle.id, seat.member.id
    note.written_on, note.place = today(), _next_place(seat.circle)
    note.store(seat.circle, words)
    return note


def _next_place(circle: Circle) -> int:
    last = session.scalar(select(func.max(Note.place)).where(Note.circle_id == circle.id))
    return (last or 0) + 1
