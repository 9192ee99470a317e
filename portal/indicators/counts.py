"""What is measured, where, and the monthly figures. Each figure is a count; no row is about a person or a report.

Each night the months are counted that have ended and are not complete yet. Once a month's time is up its counts stay.
What somebody imported for a month, say from what was used before, is never written over.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import today
from portal.core.db import Base, random_id, session, table
from portal.core.i18n import Bilingual, bilingual
from portal.core.jobs.engine import each_row
from portal.core.statuses import NotFound
from portal.core.tallies import MONTHLY_COUNTS
from portal.indicators.measures import (
    CHANNELS,
    DIRECTIONS,
    FILE_KINDS,
    KINDS,
    LANGUAGES,
    PARTS,
    AreaPart,
    is_complete,
    is_measure_key,
    month_of,
    plus,
    span,
)
from portal.markets.places import Market, is_shown, known_market, known_since, known_to

CELL = ("area_id", "measure_id", "month_on", "language", "channel")


class Measure(Base):
    """What is counted each month, in words for everybody: what it is, who counts it, in what, and which way is good."""

    __tablename__ = "indicators_measure"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
        CheckConstraint(f"direction IN {DIRECTIONS!r}", name="direction"),
        CheckConstraint("lag_days BETWEEN 0 AND 366", name="lag"),
        CheckConstraint("of_key IS NULL OR of_key <> key", name="of_another"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """As programs name it, for ever: "drug_calls"."""
    name: Mapped[Bilingual] = bilingual("name")
    about: Mapped[Bilingual] = bilingual("about")
    """What is counted and what is not."""
    source: Mapped[Bilingual] = bilingual("source")
    """Who counts it."""
    unit: Mapped[Bilingual] = bilingual("unit")
    """In what: incidents, calls, people."""
    kind: Mapped[str] = mapped_column(String(10))
    direction: Mapped[str] = mapped_column(String(10))
    of_key: Mapped[str | None] = mapped_column(String(40))
    """The measure of which this one is a part: those who felt safe, of those who were asked. Shown as a share then."""
    lag_days: Mapped[int]
    """How long after the end of a month its figures are complete."""
    guarded: Mapped[bool]
    """Counts of people: small ones are never published, nor anything from which they follow."""
    counted_anyway: Mapped[bool]
    """Whether it is counted with or without an effort, as the police do. Others begin with the month in which a place
    becomes public: what its residents were asked or offered before would tell since when there was work."""
    position: Mapped[int]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class Area(Base):
    """Where is counted: a place, what it is compared with, the ring around it; or the whole city (`market_id` None).

    Everything of a place is as hidden as the place: who asks for an area asks for its place first.
    """

    __tablename__ = "indicators_area"
    __table_args__ = (
        UniqueConstraint("market_id", "part", "rank"),
        CheckConstraint(f"part IN {PARTS!r}", name="part"),
        CheckConstraint("(part = 'city') = (market_id IS NULL)", name="whose"),
        CheckConstraint("population IS NULL OR population > 0", name="population"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"))
    part: Mapped[str] = mapped_column(String(20))
    rank: Mapped[int] = mapped_column(default=1)
    """Tells areas of the same part apart: comparison area 1, 2, …"""
    name: Mapped[Bilingual] = bilingual("name", may_be_empty=True)
    """For the team: what it is compared with is not named in public, for nobody there asked to be."""
    geometry: Mapped[str | None] = mapped_column(Text)
    """GeoJSON in WGS 84; None for a place, whose boundary is on the map already, and for areas counted elsewhere."""
    ring_meters: Mapped[int | None]
    """How wide the ring is that a worker draws: around the place, or around the comparison area of the same number."""
    population: Mapped[int | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class Figure(Base):
    """The count of a measure in an area and a month; of all, or of one language, or of one channel."""

    __tablename__ = "indicators_figure"
    __table_args__ = (
        # The name that the convention would give it is too long for PostgreSQL.
        UniqueConstraint(*CELL, name="uq_indicators_figure_cell"),
        CheckConstraint("value >= 0", name="count"),
        CheckConstraint(f"language IN {LANGUAGES!r}", name="language"),
        CheckConstraint(f"channel IN {CHANNELS!r}", name="channel"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("indicators_area.id", ondelete="CASCADE"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("indicators_measure.id"), index=True)
    month_on: Mapped[date]
    """The first day of the month."""
    language: Mapped[str] = mapped_column(String(2), default="")
    channel: Mapped[str] = mapped_column(String(5), default="")
    value: Mapped[int]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("indicators_import.id", ondelete="SET NULL"), index=True)
    """The import that wrote it last; None for what the portal or a survey counted."""


class Import(Base):
    """Where figures came from: which file, who took it over, when, and what stood there before."""

    __tablename__ = "indicators_import"
    __table_args__ = (CheckConstraint(f"kind IN {FILE_KINDS!r}", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"), index=True)
    """None for what came with the demonstration or the command line."""
    kind: Mapped[str] = mapped_column(String(10))
    source_name: Mapped[str] = mapped_column(String(80), default="")
    file_name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    """How many the file has, without its heading."""
    cells: Mapped[int]
    """How many figures it wrote."""
    first_on: Mapped[date]
    last_on: Mapped[date]
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    changes: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Packed: what stood in each cell before and after; None once it is too old to be undone."""


ByMonth = dict[date, int]


def measures() -> Sequence[Measure]:
    """All measures, in their order."""
    return session.scalars(select(Measure).order_by(Measure.position, Measure.key)).all()


def measure_named(key: str) -> Measure:
    """A measure, or `NotFound`."""
    found = session.scalars(select(Measure).where(Measure.key == key)).first() if is_measure_key(key) else None
    if found is None:
        raise NotFound
    return found


def areas_of(market: Market) -> Sequence[Area]:
    """The areas of a place that whoever asks may know of, the place itself first."""
    asked = select(Area).where(Area.market_id == market.id)
    order = {part: number for number, part in enumerate(AreaPart)}
    return sorted(session.scalars(asked), key=lambda area: (order[AreaPart(area.part)], area.rank))


def known_areas(member_id: int) -> Sequence[Area]:
    """The city and every area of the places that a member may know of."""
    theirs = select(Market.id).where(known_to(member_id))
    return session.scalars(select(Area).where((Area.market_id.is_(None)) | Area.market_id.in_(theirs))).all()


def known_area(area_id: int, member_id: int) -> Area:
    """An area, or `NotFound`: the same for one of a place that is hidden from whoever asks and for none."""
    found = session.get(Area, area_id)
    if found is None:
        raise NotFound
    if found.market_id is not None:
        known_market(found.market_id, member_id)
    return found


def figures(area: Area, measure: Measure) -> ByMonth:
    """The monthly counts of all, over languages and channels."""
    asked = select(Figure.month_on, Figure.value).where(
        Figure.area_id == area.id, Figure.measure_id == measure.id, Figure.language == "", Figure.channel == ""
    )
    return {row.month_on: row.value for row in session.execute(asked)}


def plain_figures(area_ids: Iterable[int]) -> dict[tuple[int, int, date], int]:
    """All counts of these areas over languages and channels, by area, measure and month."""
    asked = select(Figure.area_id, Figure.measure_id, Figure.month_on, Figure.value)
    of_all = asked.where(Figure.area_id.in_(area_ids), Figure.language == "", Figure.channel == "")
    return {(row.area_id, row.measure_id, row.month_on): row.value for row in session.execute(of_all)}


def first_own_month(market: Market) -> date | None:
    """The month from which on the effort's own figures of a place may be written down; None while it is hidden.

    Earlier ones would tell, once the place is public, since when there was work: see `Measure.counted_anyway`.
    """
    return month_of(known_since(market)) if is_shown(market.id) else None


STANDARD = Path(__file__).parent / "standard.toml"


class FigureEntry(NamedTuple):
    """A figure to write down."""

    area_id: int
    measure_id: int
    month_on: date
    value: int
    language: str = ""
    channel: str = ""

    @property
    def cell(self) -> tuple[Any, ...]:
        """Where it stands, in the order of `CELL`."""
        return (*self[:3], *self[4:])


def load_standard_measures() -> int:
    """Add the measures of `standard.toml` that are not there; the others stay as they are. Returns how many are new."""
    known = set(session.scalars(select(Measure.key)))
    listed: list[dict[str, Any]] = tomllib.loads(STANDARD.read_text(encoding="utf-8"))["measures"]
    texts = ("name", "about", "source", "unit")
    new = [
        Measure(position=position, **(one | {name: Bilingual(**one[name]) for name in texts}))
        for position, one in enumerate(listed)
        if one["key"] not in known
    ]
    session.add_all(new)
    session.flush()
    return len(new)


def found_area(market: Market | None, part: AreaPart, rank: int = 1, **given: Any) -> Area:
    """A new area, of a place or (`market` None) the whole city."""
    name = given.pop("name", Bilingual("", ""))
    area = Area(market_id=market.id if market else None, part=part.value, rank=rank, name=name, **given)
    session.add(area)
    session.flush()
    return area


def record(counts: Iterable[FigureEntry], import_id: int | None = None) -> dict[FigureEntry, int | None]:
    """Write figures down, over those that are there. Returns what stood there before, by the new figure.

    Of several for one cell the last counts. `import_id`: where they came from, if from a file.
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
        # Thousands come at once; the object mapper would take seconds for them.
        session.execute(table(Figure).insert(), added)
    return before


def figures_in(counts: Collection[FigureEntry]) -> dict[tuple[Any, ...], Figure]:
    """The figures that stand where these would be written, by their cells."""
    if not counts:
        return {}
    months = [one.month_on for one in counts]
    asked = select(Figure).where(
        Figure.area_id.in_({one.area_id for one in counts}),
        Figure.measure_id.in_({one.measure_id for one in counts}),
        Figure.month_on.between(min(months), max(months)),
    )
    return {tuple(getattr(row, name) for name in CELL): row for row in session.scalars(asked)}


LOOK_BACK = 2
"""Months. Reports are erased 90 days after they were closed: by then their month was counted for the last time."""


def count_months() -> None:
    """Count the months that have ended, each in a transaction of its own."""
    last = plus(month_of(today()), -1)
    each_row(span(plus(last, 1 - LOOK_BACK), last), count_month)


def count_month(month: date) -> None:
    """Write down what every feature counts in a month. What is complete stays, and so does what came in a file."""
    found = [tally for count in MONTHLY_COUNTS.plugged() for tally in count(month)]
    keys = {one.key: one for one in session.scalars(select(Measure).where(Measure.key.in_({t.measure for t in found})))}
    settled = _settled(keys.values(), month)
    areas, filed = _areas({one.market_id for one in found}), _filed(month)
    record(
        FigureEntry(areas[one.market_id], keys[one.measure].id, month, one.value, one.language, one.channel)
        for one in found
        if one.measure in keys
        and one.measure not in settled
        and (areas[one.market_id], _family(keys[one.measure])) not in filed
    )


def _settled(listed: Iterable[Measure], month: date) -> set[str]:
    """The measures whose figures of a month are complete and there."""
    counted = set(session.scalars(select(Figure.measure_id).where(Figure.month_on == month).distinct()))
    return {one.key for one in listed if one.id in counted and is_complete(month, one.lag_days + 1, today())}


def _filed(month: date) -> set[tuple[int, str]]:
    """What was imported for a month, by area and family: a part of one source says nothing of another one's whole."""
    asked = select(Figure.area_id, Measure).join(Measure, Measure.id == Figure.measure_id)
    rows = session.execute(asked.where(Figure.month_on == month, Figure.import_id.is_not(None)))
    return {(area_id, _family(measure)) for area_id, measure in rows}


def _family(measure: Measure) -> str:
    return measure.of_key or measure.key


def _areas(markets: Iterable[int | None]) -> dict[int | None, int]:
    """The areas of places, and of the city (None); those that are missing are founded."""
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
