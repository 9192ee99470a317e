"""Writing in a circle's notebook, changing and deleting what is there."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import random_id, session
from portal.core.errors import NotAllowed, Refused
from portal.partners.models import Circle, Note
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act
from portal.partners.sealing import Words


def begin_topic(seat: Seat, words: Words, expires_on: date) -> Note:
    """Write a topic (`title`, `body`). Raises NotAllowed, Refused("circle_locked" or "circle_closed")."""
    return _write(seat, words, Note(expires_on=expires_on))


def answer(seat: Seat, topic: Note, words: Words) -> Note:
    """Write an answer (`body`) to a topic; raises like `begin_topic`."""
    return _write(seat, words, Note(topic_id=topic.id))


def change(seat: Seat, note: Note, words: Words, expires_on: date | None = None) -> None:
    """Write my note anew, sealed to the present key. Raises NotAllowed when it is somebody else's."""
    _require_writer(seat)
    if note.author_id != seat.member.id:
        raise NotAllowed
    note.close(seat.circle.desk_id, words)
    note.changed_on = today()
    if note.topic_id is None and expires_on is not None:
        note.expires_on = expires_on
    session.flush()


def erase(seat: Seat, note: Note) -> None:
    """Delete my note, or, for who may tidy up, anybody's; with a topic go its answers. Raises NotAllowed."""
    if note.author_id != seat.member.id and not seat.may(Act.TIDY):
        raise NotAllowed
    session.delete(note)
    session.flush()
    if note.author_id != seat.member.id:
        record("circle.note_deleted", "member", note.author_id, seat.member.id)


def _write(seat: Seat, words: Words, note: Note) -> Note:
    _require_writer(seat)
    note.id, note.circle_id, note.author_id = random_id(), seat.circle.id, seat.member.id
    note.written_on, note.place = today(), _next_place(seat.circle)
    note.close(seat.circle.desk_id, words)
    session.add(note)
    session.flush()
    return note


def _require_writer(seat: Seat) -> None:
    if not seat.may(Act.WRITE):
        raise NotAllowed
    if seat.circle.closed_on is not None:
        raise Refused("circle_closed")


def _next_place(circle: Circle) -> int:
    last = session.scalar(select(func.max(Note.place)).where(Note.circle_id == circle.id))
    return (last or 0) + 1
