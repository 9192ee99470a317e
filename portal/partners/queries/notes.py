"""Finding the notes of a circle; they come sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from portal.core.clock import today
from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.models import Circle, Note

PAGE = 30


class Topic(NamedTuple):
    """A topic of the notebook, how many answers it has, and the note that was written last."""

    note: Note
    answers: int


def topics(circle: Circle, page: int) -> tuple[list[Topic], bool]:
    """A page of topics, the one that was written to last first; and whether there are more."""
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
    """A topic of this circle that is not over, or `NotFound`."""
    found = note(circle, topic_id)
    if found.topic_id is not None:
        raise NotFound
    return found


def answers(of: Note) -> Sequence[Note]:
    """The answers to a topic, in the order in which they were written."""
    return session.scalars(select(Note).where(Note.topic_id == of.id).order_by(Note.place, Note.id)).all()


def note(circle: Circle, note_id: int, *, to_change: bool = False) -> Note:
    """A note of this circle, or `NotFound`; `to_change` makes a second writer wait for the first."""
    asked = select(Note).where(Note.id == note_id, Note.circle_id == circle.id)
    if to_change:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(asked).one_or_none()
    if found is None or (found.expires_on or today()) < today():
        raise NotFound
    return found
