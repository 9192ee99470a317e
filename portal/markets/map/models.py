"""What a map is drawn from, and the sheets drawn from it."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual


class Kind(StrEnum):
    STREET = "street"
    LANDMARK = "landmark"
    WATER = "water"
    BOUNDARY = "boundary"


KINDS = tuple(kind.value for kind in Kind)


class MapFeature(Base):
    """A street, a landmark, a water or the boundary of a place, as GeoJSON in WGS 84."""

    __tablename__ = "markets_map_feature"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
        CheckConstraint("(kind = 'boundary') = (market_id IS NOT NULL)", name="boundary_of"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), unique=True)
    name: Mapped[Bilingual] = bilingual("name")
    """May be empty."""
    geometry: Mapped[str] = mapped_column(Text)


class MapSheet(Base):
    """Streets, water and landmarks drawn once: of the whole city, or of what lies around the boundary of a place.

    No sheet shows a boundary, so a hidden place leaves no trace on any sheet but its own, which is as hidden as it is.
    """

    __tablename__ = "markets_map_sheet"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), unique=True)
    west: Mapped[float]
    south: Mapped[float]
    east: Mapped[float]
    north: Mapped[float]
    layers: Mapped[str] = mapped_column(Text)
    """JSON of `sheets.Layers`."""
