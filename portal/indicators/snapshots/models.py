"""Snapshots as they were published, what was decided about every count, and a look at the next one.

No row of the first three is ever changed. Snapshots are never erased.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from portal.core.db import Base, random_id


class Immutable(Exception):
    """What was published is not changed."""


class Snapshot(Base):
    """One snapshot: its canonical bytes and their digest."""

    __tablename__ = "indicators_snapshot"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    frozen_on: Mapped[date] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    known_before: Mapped[int] = mapped_column(default=0, server_default="0")
    """For the team, as are the next two: see `drafting.Warnings`."""
    unsolved: Mapped[int] = mapped_column(default=0, server_default="0")
    timed_out: Mapped[int] = mapped_column(default=0, server_default="0")


class SnapshotLog(Base):
    """That a snapshot was published, written down by the database itself: one that is gone is missed."""

    __tablename__ = "indicators_snapshot_log"

    height: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1 for the first snapshot, and so on."""
    frozen_on: Mapped[date]
    digest: Mapped[str] = mapped_column(String(64))


class FrozenCount(Base):
    """A count as it was when a snapshot first had its month, and what is shown of it. Later figures change neither."""

    __tablename__ = "indicators_frozen_count"
    __table_args__ = (CheckConstraint("value >= 0", name="count"),)

    area_id: Mapped[int] = mapped_column(ForeignKey("indicators_area.id", ondelete="CASCADE"), primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("indicators_measure.id"), primary_key=True)
    month_on: Mapped[date] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    channel: Mapped[str] = mapped_column(String(5), primary_key=True)
    value: Mapped[int]
    """Kept though it may be hidden: what is published later has to fit what was published before."""
    shown: Mapped[bool]
    sum_shown: Mapped[bool]
    """Whether the sum of the series through this month is shown."""


class Preview(Base):
    """What the next snapshot would show and hide, as a worker reckoned it last; one row."""

    __tablename__ = "indicators_preview"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    made_at: Mapped[datetime | None]
    """None while it was never reckoned to the end."""
    content: Mapped[str] = mapped_column(Text, default="{}")
    progress: Mapped[int | None]
    """How far a worker is that freezes or looks ahead, in percent; None if nobody does."""


def _refuse(_mapper: Mapper[Any], _connection: object, _target: object) -> None:
    raise Immutable


for _model in (Snapshot, SnapshotLog, FrozenCount):
    event.listen(_model, "before_update", _refuse)
for _model in (Snapshot, SnapshotLog):
    event.listen(_model, "before_delete", _refuse)
