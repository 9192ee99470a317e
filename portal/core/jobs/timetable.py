"""What is done again and again, and when it was done last.

Every worker looks at the timetable each minute. A row per entry lets one of them through, makes up for what was
missed while nobody worked, and lets an entry be tried again when its worker died or failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now, zone
from portal.core.db import Base, db, session
from portal.core.jobs.rows import any_failed
from portal.core.jobs.rules import DAY, HOUR, MINUTE, Every, last_due, longest_run

__all__ = ["DAY", "HOUR", "MINUTE", "Every"]
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class Turn(Base):
    """When an entry was done last (`done_for`, the time it was due), and until when a worker may be at it."""

    __tablename__ = "core_turn"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_for: Mapped[datetime]
    taken_until: Mapped[datetime]


@dataclass(frozen=True)
class Entry:
    """A line of the timetable."""

    name: str
    when: Every
    work: Callable[[], None]

    def run(self) -> None:
        """Do it if it is due and nobody else is at it; after an error, of a row too, again when the turn runs out."""
        due_since = last_due(self.when, now().astimezone(zone()))
        with db.work():
            taken = _take(self, due_since)
        if not taken:
            return
        any_failed()
        self.work()
        if any_failed():
            return
        with db.work():
            session.execute(update(Turn).where(Turn.name == self.name).values(done_for=due_since, taken_until=NEVER))


def due(entries: Sequence[Entry]) -> list[str]:
    """The names of entries that are due and that nobody is at."""
    local = now().astimezone(zone())
    with db.work():
        _add_missing(entries)
    with db.work():
        turns = {turn.name: turn for turn in session.scalars(select(Turn))}
    return [
        entry.name
        for entry in entries
        if turns[entry.name].done_for < last_due(entry.when, local) and turns[entry.name].taken_until <= now()
    ]


def _add_missing(entries: Sequence[Entry]) -> None:
    known = set(session.scalars(select(Turn.name)))
    for entry in entries:
        if entry.name not in known:
            session.add(Turn(name=entry.name, done_for=NEVER, taken_until=NEVER))


def _take(entry: Entry, due_since: datetime) -> bool:
    free = Turn.taken_until <= now()
    statement = (
        update(Turn)
        .where(Turn.name == entry.name, Turn.done_for < due_since, free)
        .values(taken_until=now() + longest_run(entry.when))
        .returning(Turn.name)
    )
    return session.execute(statement).scalar() is not None
