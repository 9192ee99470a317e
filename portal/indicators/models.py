"""What is measured, where, and the monthly figures. Each figure is a count; no row is about a person or a report."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.indicators.rules.measures import CHANNELS, DIRECTIONS, FILE_KINDS, KINDS, LANGUAGES, PARTS

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
