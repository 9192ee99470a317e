"""Published snapshots, their log and frozen counts: none is ever changed, and no snapshot deleted.

What is hashed depends on no reader or time; suppressed figures are stored as `"hidden"`, not left to callers to omit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, event, select
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from portal.core.clock import now, zone
from portal.core.db import Base, random_id, session
from portal.core.portal import current_portal
from portal.core.statuses import existing
from portal.indicators.counts import MEASURE_TEXTS, Measure
from portal.indicators.statistics import terms
from portal.indicators.statistics.protection import BY_PERIOD, CountDecision
from portal.indicators.statistics.schema import HIDDEN, Document, DocumentText, MeasureShown, SnapshotSeries
from portal.indicators.statistics.terms import AreaPart, written


class Immutable(Exception):
    """Somebody tried to change or delete what was published."""


class Snapshot(Base):
    __tablename__ = "indicators_snapshot"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    frozen_on: Mapped[date] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class SnapshotLog(Base):
    """An entry for each published snapshot, written by a database trigger, so that a deleted snapshot is detected."""

    __tablename__ = "indicators_snapshot_log"

    height: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1 for the first snapshot, increasing by 1."""
    frozen_on: Mapped[date]
    digest: Mapped[str] = mapped_column(String(64))


class FrozenCount(Base):
    """A count as first included in a snapshot. Of those of the city that were moved by chance, the number published."""

    __tablename__ = "indicators_frozen_count"
    __table_args__ = (CheckConstraint("value >= 0", name="count"),)

    area_id: Mapped[int] = mapped_column(ForeignKey("indicators_area.id", ondelete="CASCADE"), primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("indicators_measure.id"), primary_key=True)
    month_on: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[int]
    """Stored even if suppressed: later publications must be consistent with earlier ones."""
    shown: Mapped[bool]
    months: Mapped[int] = mapped_column(default=1, server_default="1")
    rule: Mapped[int] = mapped_column(default=1, server_default="1")

    @property
    def decision(self) -> CountDecision:
        return CountDecision(self.value, self.shown, self.months, self.rule)


class CountPeriod(Base):
    """The length of the periods in which a count of a place is published in a year, fixed before they end."""

    __tablename__ = "indicators_count_period"

    area_id: Mapped[int] = mapped_column(ForeignKey("indicators_area.id", ondelete="CASCADE"), primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("indicators_measure.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    months: Mapped[int]


def _refuse(_mapper: Mapper[Any], _connection: object, _target: object) -> None:
    raise Immutable


for _model in (Snapshot, SnapshotLog, FrozenCount):
    event.listen(_model, "before_update", _refuse)
for _model in (Snapshot, SnapshotLog):
    event.listen(_model, "before_delete", _refuse)

KEPT = 4


@dataclass(frozen=True)
class Frozen:
    digest: str
    document: Document


def latest() -> Frozen | None:
    digest = session.scalar(select(Snapshot.digest).order_by(Snapshot.frozen_on.desc()).limit(1))
    return snapshot(digest) if digest else None


@lru_cache(maxsize=KEPT)
def snapshot(digest: str) -> Frozen:
    """Raises `NotFound` if there is none."""
    return Frozen(digest, Document.model_validate_json(content_of(digest)))


def content_of(digest: str) -> bytes:
    """Return the hashed bytes. Raises `NotFound` if there is none."""
    key = digest if re.fullmatch(r"[0-9a-f]{64}", digest) else ""
    return existing(session.scalar(select(Snapshot.content).where(Snapshot.digest == key)))


def history() -> Sequence[tuple[date, str]]:
    rows = session.execute(select(Snapshot.frozen_on, Snapshot.digest).order_by(Snapshot.frozen_on.desc()))
    return [(row.frozen_on, row.digest) for row in rows]


def due() -> date:
    return terms.due_on(current_portal.settings.snapshot_day, now().astimezone(zone()))


def next_day() -> date:
    return terms.next_on(current_portal.settings.snapshot_day, now().astimezone(zone()))


def series(measure: str, area: str, months: Sequence[date], told: Mapping[date, CountDecision]) -> SnapshotSeries:
    decided = [told.get(month) for month in months]
    line: dict[str, Any] = {"measure": measure, "area": area}
    line["values"] = tuple(count and (count.value if count.shown else HIDDEN) for count in decided)
    if any(count and count.months != 1 for count in decided):
        line["covers"] = tuple(count.months if count else 0 for count in decided)
    if area == AreaPart.CITY:
        moved = (month for month, count in zip(months, decided, strict=True) if count and count.rule == BY_PERIOD)
        line["moved_from"] = next(map(written, moved), None)
    return SnapshotSeries.model_validate(line)


def measure_shown(measure: Measure, *, guarded: bool) -> MeasureShown:
    """`guarded`: whether it is, also by its parts or its whole."""
    about: dict[str, Any] = {name: DocumentText.of(getattr(measure, name)) for name in MEASURE_TEXTS}
    about |= {"key": measure.key, "residents": measure.residents, "guarded": guarded, "of": measure.of_key}
    return MeasureShown.model_validate(about | {"kind": str(measure.kind), "direction": str(measure.direction)})
