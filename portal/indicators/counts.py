"""Measures, areas, figures (counts, never a row of a person or a report) and imports, and the nightly count."""

from __future__ import annotations

import json
import tomllib
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint, false, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import Base, Encrypted, Versioned, added, random_id, session, table
from portal.core.feature import MONTHLY_COUNTS
from portal.core.i18n import Bilingual, bilingual
from portal.core.jobs.engine import each_row
from portal.core.statuses import existing
from portal.indicators.statistics import terms
from portal.indicators.statistics.terms import AreaPart, Direction, FileKind, MeasureKind
from portal.markets.places import Market, is_shown, known_market, known_since, known_to

MEASURE_TEXTS = ("name", "about", "source", "unit")


class Measure(Versioned, Base):
    __tablename__ = "indicators_measure"
    __table_args__ = (
        CheckConstraint("lag_days BETWEEN 0 AND 366", name="lag"),
        CheckConstraint("of_key IS NULL OR of_key <> key", name="of_another"),
        CheckConstraint("residents IS NULL OR residents BETWEEN 0 AND 100", name="residents"),
        CheckConstraint("kind <> 'policing' OR guarded", name="policing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """The permanent identifier for programs, for example "drug_calls"."""
    name: Mapped[Bilingual] = bilingual("name")
    about: Mapped[Bilingual] = bilingual("about")
    source: Mapped[Bilingual] = bilingual("source")
    unit: Mapped[Bilingual] = bilingual("unit")
    kind: Mapped[MeasureKind]
    direction: Mapped[Direction]
    of_key: Mapped[str | None] = mapped_column(String(40))
    """The key of the measure that this one is a part of: those who felt safe, of those asked. Shown as a share."""
    lag_days: Mapped[int]
    """Days after the end of a month until its figures are complete."""
    guarded: Mapped[bool]
    """Whether it counts people: small values are never published, nor anything from which they can be derived."""
    counted_anyway: Mapped[bool]
    """If counted without the effort too. Others begin when a place becomes public: earlier ones would tell of work."""
    position: Mapped[int]
    residents: Mapped[int | None]
    """Of 100 residents of the city, those who belong to the group that it counts; None if nobody said."""
    city_only: Mapped[bool] = mapped_column(default=False, server_default=false())


class Area(Versioned, Base):
    """A place, comparison area, ring, or the city (no `market_id`). As hidden as its place: check before loading."""

    __tablename__ = "indicators_area"
    __table_args__ = (
        UniqueConstraint("market_id", "part", "rank"),
        CheckConstraint("(part = 'city') = (market_id IS NULL)", name="whose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"))
    part: Mapped[AreaPart]
    rank: Mapped[int] = mapped_column(default=1)
    """Distinguishes areas of the same part: comparison area 1, 2, …"""
    name: Mapped[Bilingual] = bilingual("name", may_be_empty=True, encrypted=True)
    """For the team only. Comparison areas are not named in public: their residents never agreed to be compared."""
    geometry: Mapped[str | None] = mapped_column(Encrypted())
    """GeoJSON in WGS 84; None for a place, whose boundary is on the map, and for areas counted elsewhere."""
    ring_meters: Mapped[int | None]
    """Width of the ring that a worker draws around the place or the comparison area of the same rank."""

    @property
    def key(self) -> str:
        """Its key within its place, as files name it: "place", "comparison-2", "ring-1", "city"."""
        return self.part if self.part in (AreaPart.PLACE, AreaPart.CITY) else f"{self.part}-{self.rank}"

    @property
    def order(self) -> tuple[int, int]:
        return list(AreaPart).index(self.part), self.rank


class Figure(Base):
    __tablename__ = "indicators_figure"
    __table_args__ = (
        # The name from the naming convention is too long for PostgreSQL.
        UniqueConstraint("area_id", "measure_id", "month_on", name="uq_indicators_figure_cell"),
        CheckConstraint("value >= 0", name="count"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("indicators_area.id", ondelete="CASCADE"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("indicators_measure.id"), index=True)
    month_on: Mapped[date]
    value: Mapped[int]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("indicators_import.id", ondelete="SET NULL"), index=True)
    """The import that wrote it last; None if the portal or a survey counted it."""


class Import(Base):
    __tablename__ = "indicators_import"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"), index=True)
    """None for the demonstration's data and imports from the command line."""
    kind: Mapped[FileKind]
    source_name: Mapped[str] = mapped_column(String(80), default="")
    file_name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    cells: Mapped[int]
    first_on: Mapped[date]
    last_on: Mapped[date]
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    changes: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Compressed: the value of each cell before and after; None once the import is too old to be undone."""


ByMonth = dict[date, int]


def measures() -> Sequence[Measure]:
    return session.scalars(select(Measure).order_by(Measure.position, Measure.key)).all()


def measure_named(key: str) -> Measure:
    """Raises `NotFound`, also for what can be no key."""
    return existing(session.scalar(select(Measure).where(Measure.key == key)) if terms.is_measure_key(key) else None)


def define_measure(columns: Mapping[str, Any], member_id: int) -> None:
    last = session.scalar(select(func.max(Measure.position)))
    added(Measure(position=0 if last is None else last + 1, **columns))
    record("measure.defined", "measure", columns["key"], member_id)


def areas_of(market: Market) -> Sequence[Area]:
    """Return the areas of a place, itself first. The caller has checked that the place may be seen."""
    return sorted(session.scalars(select(Area).where(Area.market_id == market.id)), key=lambda area: area.order)


def known_areas(member_id: int) -> Sequence[Area]:
    theirs = select(Market.id).where(known_to(member_id))
    return session.scalars(select(Area).where((Area.market_id.is_(None)) | Area.market_id.in_(theirs))).all()


def known_area(area_id: int, member_id: int) -> tuple[Area, Market | None]:
    """Raises `NotFound` alike for no area and for one whose place is hidden."""
    area = existing(session.get(Area, area_id))
    return area, None if area.market_id is None else known_market(area.market_id, member_id)


def figures(area: Area, measure: Measure) -> ByMonth:
    return {month: value for (_area, _measure, month), value in plain_figures([area.id], [measure.id]).items()}


def plain_figures(area_ids: Collection[int], measure_ids: Collection[int]) -> dict[tuple[int, int, date], int]:
    """Return figures by area id, measure id and month, in the order of months."""
    cells = select(Figure.area_id, Figure.measure_id, Figure.month_on, Figure.value).order_by(Figure.month_on)
    rows = session.execute(cells.where(Figure.area_id.in_(area_ids), Figure.measure_id.in_(measure_ids)))
    return {(row.area_id, row.measure_id, row.month_on): row.value for row in rows}


def first_own_month(market: Market) -> date | None:
    """Return the first month that may have figures of the effort (see `counted_anyway`); None while it is hidden."""
    return terms.month_of(known_since(market)) if is_shown(market.id) else None


STANDARD = Path(__file__).parent / "standard.toml"


class FigureEntry(NamedTuple):
    area_id: int
    measure_id: int
    month_on: date
    value: int

    @property
    def cell(self) -> tuple[int, int, date]:
        return self[:3]


def _columns(listed: dict[str, Any]) -> dict[str, Any]:
    return listed | {name: Bilingual(**listed[name]) for name in MEASURE_TEXTS}


def load_standard_measures() -> int:
    """Add those of `standard.toml` that are missing. Return how many."""
    keys = set(session.scalars(select(Measure.key)))
    listed: list[dict[str, Any]] = tomllib.loads(STANDARD.read_text(encoding="utf-8"))["measures"]
    missing = [(position, measure) for position, measure in enumerate(listed) if measure["key"] not in keys]
    new = [Measure(position=position, **_columns(measure)) for position, measure in missing]
    session.add_all(new)
    session.flush()
    return len(new)


def record_at(market_id: int | None, act: str, member_id: int | None, city_row: int = 0) -> None:
    """Record an act at a place, or of the whole city: members who may not see a hidden place see no trace of it."""
    about = "city" if market_id is None else "market"
    record(f"{about}.{act}", about, city_row if market_id is None else market_id, member_id)


def found_area(market: Market | None, part: AreaPart, rank: int = 1, **given: Any) -> Area:
    market_id = market.id if market else None
    return added(Area(market_id=market_id, part=part, rank=rank, **{"name": Bilingual("", "")} | given))


def city_area() -> Area | None:
    return session.scalar(select(Area).where(Area.part == AreaPart.CITY))


def place_area(market: Market | None) -> Area:
    """Return the area of a place itself, or of the whole city, created if missing."""
    part = AreaPart.PLACE if market else AreaPart.CITY
    rows = select(Area).where(Area.market_id == (market.id if market else None), Area.part == part)
    return session.scalar(rows) or found_area(market, part)


def write_figures(counts: Iterable[FigureEntry], import_id: int | None = None) -> None:
    """Write figures, replacing those in the same cells; of several for one cell the last one is used."""
    new = {entry.cell: entry for entry in counts}
    there = figures_in(new.values())
    added = []
    for cell, entry in new.items():
        if cell in there:
            there[cell].value, there[cell].import_id = entry.value, import_id
        else:
            added.append({"id": random_id(), "import_id": import_id, **entry._asdict()})
    session.flush()
    if added:
        # An import brings thousands; the ORM would take seconds to insert them.
        session.execute(table(Figure).insert(), added)


def figures_in(counts: Collection[FigureEntry]) -> dict[tuple[int, int, date], Figure]:
    if not counts:
        return {}
    months = [entry.month_on for entry in counts]
    rows = select(Figure).where(
        Figure.area_id.in_({entry.area_id for entry in counts}),
        Figure.measure_id.in_({entry.measure_id for entry in counts}),
        Figure.month_on.between(min(months), max(months)),
    )
    return {(row.area_id, row.measure_id, row.month_on): row for row in session.scalars(rows)}


def pack(content: Any) -> bytes:
    return zlib.compress(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def unpack(packed: bytes) -> Any:
    """Return the value given to `pack`, with lists in place of tuples."""
    return json.loads(zlib.decompress(packed))


LOOK_BACK = 2
"""Months. Reports are erased 90 days after they were closed: by then their month was counted for the last time."""


def count_months() -> None:
    last = terms.plus(terms.month_of(today()), -1)
    each_row(terms.span(terms.plus(last, 1 - LOOK_BACK), last), count_month)


def count_month(month: date) -> None:
    """Write the counts of all features. Complete months (`Measure.lag_days`) and imported figures stay as they are."""
    tallies = [tally for count in MONTHLY_COUNTS.plugged() for tally in count(month)]
    listed = session.scalars(select(Measure).where(Measure.key.in_({tally.measure for tally in tallies}))).all()
    counted = set(session.scalars(select(Figure.measure_id).where(Figure.month_on == month).distinct()))
    by_key = {
        measure.key: measure
        for measure in listed
        if measure.id not in counted or not terms.is_complete(month, measure.lag_days + 1, today())
    }
    market_ids = {tally.market_id for tally in tallies}
    areas = {key: place_area(session.get_one(Market, key) if key else None).id for key in market_ids}
    family = func.coalesce(Measure.of_key, Measure.key)
    imported = select(Figure.area_id, family).join(Measure, Measure.id == Figure.measure_id)
    rows = session.execute(imported.where(Figure.month_on == month, Figure.import_id.is_not(None)))
    # A measure and its parts are taken from one source: a part from one source does not fit another one's whole.
    filed = {tuple(row) for row in rows}
    write_figures(
        FigureEntry(areas[tally.market_id], measure.id, month, tally.value)
        for tally in tallies
        if (measure := by_key.get(tally.measure))
        and (areas[tally.market_id], measure.of_key or measure.key) not in filed
    )


OPTIONAL = Path(__file__).parent / "optional.toml"
"""Measures that only some cities have figures of: arrests and stops by group of people, overdoses. Off until added."""


@dataclass(frozen=True)
class OptionalSet:
    """Measures that are added together; each is the columns of a `Measure`, with texts by language."""

    key: str
    name: Bilingual
    measures: tuple[dict[str, Any], ...]

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(measure["key"] for measure in self.measures)


@cache
def optional_sets() -> tuple[OptionalSet, ...]:
    """One set of people has a part of its first measure for each group of people."""
    content: dict[str, Any] = tomllib.loads(OPTIONAL.read_text(encoding="utf-8"))
    sets = []
    for listed in content["sets"]:
        measures = [*listed["measures"]]
        for group in content["groups"] if "groups" in listed else ():
            texts = {
                name: {lang: words % group["name"][lang] for lang, words in listed["groups"][name].items()}
                for name in ("name", "about")
            }
            key = measures[0]["key"]
            measures.append(measures[0] | texts | {"key": f"{key}_{group['key']}", "of_key": key})
        sets.append(OptionalSet(listed["key"], Bilingual(**listed["name"]), tuple(measures)))
    return tuple(sets)


@cache
def optional_keys() -> frozenset[str]:
    return frozenset(key for optional in optional_sets() for key in optional.keys)


def missing_sets() -> list[OptionalSet]:
    keys = set(session.scalars(select(Measure.key)))
    return [optional for optional in optional_sets() if not optional.keys <= keys]


def add_optional(key: str, member_id: int) -> int:
    """Add what is missing of a set, after all others. Return how many. Raises `NotFound` for no set."""
    optional = existing(next((optional for optional in optional_sets() if optional.key == key), None))
    keys = set(session.scalars(select(Measure.key)))
    new = [_columns(measure) for measure in optional.measures if measure["key"] not in keys]
    for columns in new:
        define_measure(columns, member_id)
    return len(new)
