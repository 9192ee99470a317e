"""Snapshots as they were published, what was decided about every count, and a look at the next one.

No row of the first three is ever changed. Snapshots are never erased.

It is what is hashed, so nothing in it depends on when or by whom it is read. Figures that may not be published are
in it as `"hidden"`, not as numbers that somebody else is to leave out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, event, select
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from portal.config import Settings
from portal.core.clock import now, zone
from portal.core.db import Base, random_id, session
from portal.core.portal import current_portal
from portal.core.statuses import NotFound
from portal.indicators.snapshots import table
from portal.indicators.snapshots.table import CountDecision, CountLine, has_sum


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


FORM = 1
"""Raised whenever a program that reads snapshots would have to change."""
HIDDEN: Literal["hidden"] = "hidden"
Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Value = Annotated[int, Field(ge=0, strict=True)] | Literal["hidden"] | None
"""A count; "hidden" for one that is not published; null where nothing was counted."""


def _later(nothing: Any) -> Any:
    """A field that came after the first snapshots: left out while it says nothing, so that those keep their bytes."""
    return Field(default=nothing, exclude_if=lambda value: not value)


class DocumentPart(BaseModel):
    """What all parts of a snapshot have in common: exactly these fields, and nothing is changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DocumentText(DocumentPart):
    """A text in both languages."""

    en: str
    es: str

    def __getitem__(self, language: str) -> str:
        return self.es if language == "es" else self.en


class MeasureShown(DocumentPart):
    """What was counted."""

    key: str
    name: DocumentText
    about: DocumentText
    source: DocumentText
    unit: DocumentText
    kind: Literal["crime", "calls", "survey", "service", "portal"]
    direction: Literal["down", "up", "neither"]
    of: str | None = None
    guarded: bool


class SnapshotSeries(DocumentPart):
    """One value for each of the snapshot's months."""

    measure: str
    area: str
    """"place", "comparison-1", "ring-1", "comparison_ring-1"; "city" for the whole city."""
    language: Literal["", "en", "es"] = ""
    channel: Literal["", "web", "sms", "paper"] = ""
    values: tuple[Value, ...]
    sums: tuple[Value, ...] = ()
    """Of guarded measures: all that was counted since the first month, through each one. What lies between two months
    is the later sum minus the earlier one, even if the months themselves are hidden. Of others anybody can add."""


class Deviation(DocumentPart):
    """What was done otherwise than had been fixed beforehand, when, and why."""

    on: Day
    what: DocumentText
    why: DocumentText | None = None
    primary: str | None = _later(None)
    """The measure that was chosen to judge by after the plan was locked, if that is what was done."""


class Registration(DocumentPart):
    """What was fixed before the day of the call-in was entered. `digest`: the SHA-256 of the plan's canonical text."""

    digest: Hash
    locked_on: Day
    before_call_in: bool
    """Whether it really was fixed first. If not, the pages say so."""
    delivered_on: Day | None = None
    """The day from which the study counts, entered once the plan was locked."""
    plan: str
    """The canonical text itself, so that anybody can hash it."""
    primary: str | None = _later(None)
    """The measure that the plan says the place is judged by; a plan that is older than the question names none."""
    deviations: tuple[Deviation, ...] = ()


class ModelFinding(DocumentPart):
    """What one model says about one measure: a change in percent or in a number, with its interval, or a refusal."""

    measure: str
    design: Literal["its", "did", "wdd", "synthetic"]
    model: str
    """"quasi_poisson", "poisson", "negative_binomial", "newey_west", "placebo", …"""
    is_main: bool
    """The one that was fixed beforehand; every other one stands beside it."""
    planned: bool = True
    """Whether the plan named it, as the main one or beside it."""
    refusal: str | None = None
    """Why nothing is said: "too_few_months", "not_yet", "too_few_events", "no_comparison", "too_few_areas",
    "no_fit"; None if something is."""
    months_before: int
    months_after: int
    percent: float | None = None
    percent_low: float | None = None
    percent_high: float | None = None
    """Change against what was to be expected, in percent, with the ends of its 95 % interval; minus is fewer."""
    count: float | None = None
    count_low: float | None = None
    count_high: float | None = None
    """The same in counts: for the weighted displacement difference."""
    p: float | None = None
    expected: tuple[float, ...] = ()
    expected_low: tuple[float, ...] = ()
    expected_high: tuple[float, ...] = ()
    """What was to be expected without the effort, for the months from `expected_from` on."""
    expected_from: Month | None = None
    diagnostics: dict[str, float] = {}
    """"dispersion", "autocorrelation", "expected" and "observed" (after), "placebo_rank", "placebos", "peak" (the last
    year before, by the years before it), "trend_before" (percent a year beside similar areas) with "trend_before_p"
    and "trend_carried" (the change if it just went on), "next_look" (after how many months it is judged next),
    "ring_count" with its ends "ring_low" and "ring_high", …"""
    residuals: tuple[float, ...] = ()
    residual_months: tuple[Month, ...] = _later(())
    """The month of each residual."""


class SurveyChange(DocumentPart):
    """How many more of 100 people asked said so in one month than in an earlier one, with its 95 % interval.

    By Newcombe's hybrid score method, from the two counts of each month that this snapshot shows.
    """

    measure: str
    language: Literal["", "en", "es"] = ""
    earlier: Month
    later: Month
    points: float
    points_low: float
    points_high: float
    """Minus is fewer."""


class AreaShown(DocumentPart):
    """Where was counted. Comparison areas have numbers, no names: nobody there asked to be compared."""

    key: str
    part: Literal["place", "comparison", "ring", "comparison_ring", "city"]
    population: int | None = None


class PlaceShown(DocumentPart):
    """All that is published about one place."""

    slug: str
    name: DocumentText
    delivered_on: Day | None
    """When the message was delivered: the day of the call-in. None while it is not known."""
    status: str | None
    areas: tuple[AreaShown, ...]
    series: tuple[SnapshotSeries, ...]
    registration: Registration | None = None
    findings: tuple[ModelFinding, ...] = ()
    changes: tuple[SurveyChange, ...] = _later(())


class Correction(DocumentPart):
    """Months of a measure of which a figure was changed after they were frozen: a note, since no number changes."""

    measure: str
    months: tuple[Month, ...]


class Document(DocumentPart):
    """A snapshot. `months` are the same for every place: a series that began later would tell when work began there."""

    form: Literal[1] = 1
    site: str
    frozen_on: Day
    previous: Hash | None
    """The digest of the snapshot before: nobody can change an earlier one without changing all later ones."""
    months: tuple[Month, ...]
    measures: tuple[MeasureShown, ...]
    places: tuple[PlaceShown, ...]
    city: tuple[SnapshotSeries, ...] = ()
    corrections: tuple[Correction, ...] = ()
    city_changes: tuple[SurveyChange, ...] = _later(())


def canonical(document: Document) -> bytes:
    """The bytes that are kept, hashed and served: JSON with sorted keys and no white space (UTF-8)."""
    plain = document.model_dump(mode="json")
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(content: bytes) -> str:
    """The SHA-256 of a snapshot, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


KEPT = 4
"""Documents that a process keeps: the latest and a few that somebody looks up."""


@dataclass(frozen=True)
class Frozen:
    """A snapshot and what it is known by."""

    digest: str
    document: Document


def latest() -> Frozen | None:
    """The newest snapshot, if there is one."""
    digest = session.scalar(select(Snapshot.digest).order_by(Snapshot.frozen_on.desc()).limit(1))
    return snapshot(digest) if digest else None


def snapshot(digest: str) -> Frozen:
    """The snapshot with a hash. Raises `NotFound`."""
    return Frozen(digest, _document(digest))


def content_of(digest: str) -> bytes:
    """The bytes that were hashed. Raises `NotFound`."""
    asked = digest if re.fullmatch(r"[0-9a-f]{64}", digest) else ""
    found = session.scalar(select(Snapshot.content).where(Snapshot.digest == asked))
    if found is None:
        raise NotFound
    return found


def history() -> Sequence[tuple[date, str]]:
    """The day and the hash of every snapshot, the newest first."""
    rows = session.execute(select(Snapshot.frozen_on, Snapshot.digest).order_by(Snapshot.frozen_on.desc()))
    return [(row.frozen_on, row.digest) for row in rows]


@lru_cache(maxsize=KEPT)
def _document(digest: str) -> Document:
    return Document.model_validate_json(content_of(digest))


def due() -> date:
    """The day on which a snapshot was due last."""
    settings: Settings = current_portal.settings
    return table.due_on(settings.snapshot_day, now().astimezone(zone()))


def next_day() -> date:
    """The day on which one is due next."""
    settings: Settings = current_portal.settings
    return table.next_on(settings.snapshot_day, now().astimezone(zone()))


@dataclass(frozen=True)
class Outlook:
    """What the next snapshot would show and hide, as a worker reckoned it: rows of measure, shown, small, besides."""

    made_at: datetime | None
    rows: Sequence[Mapping[str, Any]]
    warnings: Mapping[str, int]
    progress: int | None
    """In percent, while a worker reckons."""


def outlook() -> Outlook | None:
    """The last reckoning of the next snapshot."""
    found = session.scalars(select(Preview)).first()
    if found is None:
        return None
    said: dict[str, Any] = json.loads(found.content)
    return Outlook(found.made_at, said.get("rows", ()), said.get("warnings", {}), found.progress)


def published() -> Sequence[Snapshot]:
    """Every snapshot with what was noted of how it was made, the newest first."""
    return session.scalars(select(Snapshot).order_by(Snapshot.frozen_on.desc())).all()


ByMonth = Mapping[date, CountDecision]


def series(
    measure: str, area: str, line: CountLine, months: Sequence[date], told: ByMonth, *, guarded: bool
) -> SnapshotSeries:
    """One series; only of guarded measures the sums, since of others anybody can add."""
    values = tuple(_value(told.get(month)) for month in months)
    sums = _sums(months, told) if guarded and has_sum(line) else ()
    plain = {"measure": measure, "area": area, "language": line.language, "channel": line.channel}
    return SnapshotSeries.model_validate(plain | {"values": values, "sums": sums})


def _value(one: CountDecision | None) -> Value:
    return None if one is None else one.value if one.shown else HIDDEN


def _sums(months: Sequence[date], told: ByMonth) -> tuple[Value, ...]:
    total, sums = 0, list[Value]()
    for month in months:
        one = told.get(month)
        total += one.value if one else 0
        sums.append(None if one is None else total if one.sum_shown else HIDDEN)
    return tuple(sums)
