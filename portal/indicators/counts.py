"""Measures, areas, figures and imports: the tables, their queries, and the nightly count.

A figure is a count; no row describes a person or a report. Each night the ended months that are not yet complete are
counted; once a month is complete (`Measure.lag_days`), its counts stay. The nightly count never overwrites figures
imported for a month, for example from a predecessor system.
"""

from __future__ import annotations

import json
import tomllib
import zlib
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint, false, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import today
from portal.core.db import Base, Encrypted, Versioned, random_id, session, table
from portal.core.feature import MONTHLY_COUNTS
from portal.core.i18n import Bilingual, bilingual
from portal.core.jobs.engine import each_row
from portal.core.statuses import NotFound
from portal.indicators import measures as rules
from portal.indicators.measures import AreaPart, is_complete, month_of, plus, span
from portal.markets.places import Market, is_shown, known_market, known_since, known_to

CELL = ("area_id", "measure_id", "month_on")
MEASURE_TEXTS = ("name", "about", "source", "unit")


class Measure(Versioned, Base):
    """A definition of a monthly count: name, description, source, unit, and which direction is an improvement."""

    __tablename__ = "indicators_measure"
    __table_args__ = (
        CheckConstraint(f"kind IN {rules.KINDS!r}", name="kind"),
        CheckConstraint(f"direction IN {rules.DIRECTIONS!r}", name="direction"),
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
    """Which events are counted and which are not."""
    source: Mapped[Bilingual] = bilingual("source")
    """The organization that counts."""
    unit: Mapped[Bilingual] = bilingual("unit")
    """The unit: incidents, calls, people."""
    kind: Mapped[str] = mapped_column(String(10))
    direction: Mapped[str] = mapped_column(String(10))
    of_key: Mapped[str | None] = mapped_column(String(40))
    """The key of the measure that this one is a part of: those who felt safe, of those asked. Shown as a share."""
    lag_days: Mapped[int]
    """Days after the end of a month until its figures are complete."""
    guarded: Mapped[bool]
    """Whether it counts people: small values are never published, nor anything from which they can be derived."""
    counted_anyway: Mapped[bool]
    """Whether the count exists independently of the effort, such as police records. Other measures begin with the month
    in which a place becomes public: earlier survey or service figures would reveal since when there was work.
    """
    position: Mapped[int]
    residents: Mapped[int | None]
    """Of 100 residents of the city, those who belong to the group that it counts; None if nobody said."""
    city_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it is counted for the whole city and never for a place, such as deaths."""


class Area(Versioned, Base):
    """An area where events are counted: a place, a comparison area, a ring around either, or the whole city.

    The city has no `market_id`. The areas of a place are as hidden as the place: check that a member may see the place
    before loading its areas.
    """

    __tablename__ = "indicators_area"
    __table_args__ = (
        UniqueConstraint("market_id", "part", "rank"),
        CheckConstraint(f"part IN {rules.PARTS!r}", name="part"),
        CheckConstraint("(part = 'city') = (market_id IS NULL)", name="whose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"))
    part: Mapped[str] = mapped_column(String(20))
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


class Figure(Base):
    """The count of a measure in an area and a month."""

    __tablename__ = "indicators_figure"
    __table_args__ = (
        # The name from the naming convention is too long for PostgreSQL.
        UniqueConstraint(*CELL, name="uq_indicators_figure_cell"),
        CheckConstraint("value >= 0", name="count"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("indicators_area.id", ondelete="CASCADE"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("indicators_measure.id"), index=True)
    month_on: Mapped[date]
    """The first day of the month."""
    value: Mapped[int]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("indicators_import.id", ondelete="SET NULL"), index=True)
    """The import that wrote it last; None if the portal or a survey counted it."""


class Import(Base):
    """An imported file: its name and digest, the member who imported it, when, and the figures it replaced."""

    __tablename__ = "indicators_import"
    __table_args__ = (CheckConstraint(f"kind IN {rules.FILE_KINDS!r}", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"), index=True)
    """None for the demonstration's data and imports from the command line."""
    kind: Mapped[str] = mapped_column(String(10))
    source_name: Mapped[str] = mapped_column(String(80), default="")
    file_name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    """The number of rows of the file, without its header."""
    cells: Mapped[int]
    """The number of figures it wrote."""
    first_on: Mapped[date]
    last_on: Mapped[date]
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    changes: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Compressed: the value of each cell before and after; None once the import is too old to be undone."""


ByMonth = dict[date, int]


def measures() -> Sequence[Measure]:
    """Return all measures in their order."""
    return session.scalars(select(Measure).order_by(Measure.position, Measure.key)).all()


def measure_named(key: str) -> Measure:
    """Return a measure by key. Raise `NotFound` if there is none."""
    found = session.scalars(select(Measure).where(Measure.key == key)).first() if rules.is_measure_key(key) else None
    if found is None:
        raise NotFound
    return found


def areas_of(market: Market) -> Sequence[Area]:
    """Return the areas of a place, the place itself first. The caller has checked that the place may be seen."""
    asked = select(Area).where(Area.market_id == market.id)
    order = {part: number for number, part in enumerate(AreaPart)}
    return sorted(session.scalars(asked), key=lambda area: (order[AreaPart(area.part)], area.rank))


def known_areas(member_id: int) -> Sequence[Area]:
    """Return the city and the areas of all places that a member may know of."""
    theirs = select(Market.id).where(known_to(member_id))
    return session.scalars(select(Area).where((Area.market_id.is_(None)) | Area.market_id.in_(theirs))).all()


def known_area(area_id: int, member_id: int) -> Area:
    """Return an area. Raise `NotFound` alike if it does not exist and if its place is hidden from the member."""
    found = session.get(Area, area_id)
    if found is None:
        raise NotFound
    if found.market_id is not None:
        known_market(found.market_id, member_id)
    return found


def figures(area: Area, measure: Measure) -> ByMonth:
    """Return the monthly totals of a measure in an area."""
    asked = select(Figure.month_on, Figure.value).where(Figure.area_id == area.id, Figure.measure_id == measure.id)
    return {row.month_on: row.value for row in session.execute(asked)}


def plain_figures(area_ids: Iterable[int]) -> dict[tuple[int, int, date], int]:
    """Return the figures of these areas, by area id, measure id and month."""
    asked = select(Figure.area_id, Figure.measure_id, Figure.month_on, Figure.value)
    return {
        (row.area_id, row.measure_id, row.month_on): row.value
        for row in session.execute(asked.where(Figure.area_id.in_(area_ids)))
    }


def first_own_month(market: Market) -> date | None:
    """Return the first month for which the effort's own figures of a place may be recorded; None while it is hidden.

    Earlier figures would reveal, once the place is public, since when there was work; see `Measure.counted_anyway`.
    """
    return month_of(known_since(market)) if is_shown(market.id) else None


STANDARD = Path(__file__).parent / "standard.toml"


class FigureEntry(NamedTuple):
    """A figure to be written."""

    area_id: int
    measure_id: int
    month_on: date
    value: int

    @property
    def cell(self) -> tuple[Any, ...]:
        """The key of its cell, in the order of `CELL`."""
        return self[:3]


def load_standard_measures() -> int:
    """Add the measures of `standard.toml` that are missing, without changing the others. Return how many were added."""
    known = set(session.scalars(select(Measure.key)))
    listed: list[dict[str, Any]] = tomllib.loads(STANDARD.read_text(encoding="utf-8"))["measures"]
    new = [
        Measure(position=position, **(one | {name: Bilingual(**one[name]) for name in MEASURE_TEXTS}))
        for position, one in enumerate(listed)
        if one["key"] not in known
    ]
    session.add_all(new)
    session.flush()
    return len(new)


def found_area(market: Market | None, part: AreaPart, rank: int = 1, **given: Any) -> Area:
    """Create an area of a place, or of the whole city if `market` is None."""
    name = given.pop("name", Bilingual("", ""))
    area = Area(market_id=market.id if market else None, part=part.value, rank=rank, name=name, **given)
    session.add(area)
    session.flush()
    return area


def record(counts: Iterable[FigureEntry], import_id: int | None = None) -> dict[FigureEntry, int | None]:
    """Write figures, replacing those in the same cells. Return the previous value (or None) by new figure.

    If several are given for one cell, the last one is used. `import_id`: the import that they come from, if any.
    """
    new = {one.cell: one for one in counts}
    there = figures_in(new.values())
    before: dict[FigureEntry, int | None] = {}
    for cell, one in new.items():
        row = there.get(cell)
        before[one] = row.value if row else None
        if row:
            row.value, row.import_id = one.value, import_id
    session.flush()
    added = [
        {"id": random_id(), "import_id": import_id, **one._asdict()} for cell, one in new.items() if cell not in there
    ]
    if added:
        # An import brings thousands; the ORM would take seconds to insert them.
        session.execute(table(Figure).insert(), added)
    return before


def figures_in(counts: Collection[FigureEntry]) -> dict[tuple[Any, ...], Figure]:
    """Return the figures in the cells that these entries would write, by cell."""
    if not counts:
        return {}
    months = [one.month_on for one in counts]
    asked = select(Figure).where(
        Figure.area_id.in_({one.area_id for one in counts}),
        Figure.measure_id.in_({one.measure_id for one in counts}),
        Figure.month_on.between(min(months), max(months)),
    )
    return {tuple(getattr(row, name) for name in CELL): row for row in session.scalars(asked)}


def pack(content: Any) -> bytes:
    """Compress a JSON value."""
    return zlib.compress(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def unpack(packed: bytes) -> Any:
    """Return the value given to `pack`, with lists in place of tuples."""
    return json.loads(zlib.decompress(packed))


LOOK_BACK = 2
"""Months. Reports are erased 90 days after they were closed: by then their month was counted for the last time."""


def count_months() -> None:
    """Count the last `LOOK_BACK` months that have ended, each in its own transaction."""
    last = plus(month_of(today()), -1)
    each_row(span(plus(last, 1 - LOOK_BACK), last), count_month)


def count_month(month: date) -> None:
    """Write the monthly counts of all features. Complete months and imported figures are not changed."""
    found = [tally for count in MONTHLY_COUNTS.plugged() for tally in count(month)]
    keys = {one.key: one for one in session.scalars(select(Measure).where(Measure.key.in_({t.measure for t in found})))}
    settled = _settled(keys.values(), month)
    areas, filed = _areas({one.market_id for one in found}), _filed(month)
    record(
        FigureEntry(areas[one.market_id], keys[one.measure].id, month, one.value)
        for one in found
        if one.measure in keys
        and one.measure not in settled
        and (areas[one.market_id], _family(keys[one.measure])) not in filed
    )


def _settled(listed: Iterable[Measure], month: date) -> set[str]:
    """Return the keys of measures whose figures of a month exist and are complete."""
    counted = set(session.scalars(select(Figure.measure_id).where(Figure.month_on == month).distinct()))
    return {one.key for one in listed if one.id in counted and is_complete(month, one.lag_days + 1, today())}


def _filed(month: date) -> set[tuple[int, str]]:
    """Return area and measure family of each imported figure of a month.

    A family (a measure and its parts) is taken from one source: a part from one source does not fit another one's
    whole.
    """
    asked = select(Figure.area_id, Measure).join(Measure, Measure.id == Figure.measure_id)
    rows = session.execute(asked.where(Figure.month_on == month, Figure.import_id.is_not(None)))
    return {(area_id, _family(measure)) for area_id, measure in rows}


def _family(measure: Measure) -> str:
    return measure.of_key or measure.key


def _areas(markets: Iterable[int | None]) -> dict[int | None, int]:
    """Return area ids by market id, None for the city; missing areas of the given places are created."""
    asked = select(Area.market_id, Area.id).where(
        Area.part.in_((AreaPart.PLACE.value, AreaPart.CITY.value)), Area.rank == 1
    )
    known: dict[int | None, int] = {row.market_id: row.id for row in session.execute(asked)}
    for market_id in markets:
        if market_id is None and None not in known:
            known[None] = found_area(None, AreaPart.CITY).id
        elif market_id not in known:
            known[market_id] = found_area(session.get_one(Market, market_id), AreaPart.PLACE).id
    return known
