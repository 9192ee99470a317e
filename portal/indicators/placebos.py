"""Placebo areas: drawn from a file of incidents so that a study knows how much places change by themselves.

They are no `Area`: no page, map, table or snapshot lists them, and nothing of them is published but how many there are
and how the place ranks among them. Of an incident nothing is kept here either, only monthly counts. They are drawn in
`files.geometry`; when is decided in `placebo_areas`.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import today
from portal.core.db import Base, Encrypted, EncryptedBytes, random_id, session
from portal.indicators.counts import Import, Measure, unpack
from portal.indicators.statistics.terms import is_complete, plus
from portal.markets.places import Market

RULE = 1
"""Increased whenever the same file, areas and seed would give other placebo areas."""
ByMonth = dict[date, int]


class PlaceboSet(Base):
    """The placebo areas of a place. Once a plan with them is locked they are never drawn anew."""

    __tablename__ = "indicators_placebo_set"
    __table_args__ = (CheckConstraint("areas > 0", name="areas"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), unique=True)
    rule: Mapped[int]
    seed: Mapped[str] = mapped_column(Encrypted())
    """Random, and kept when the areas are drawn anew. With a seed that others know, whoever has the same file could
    draw them again and see from the areas that were passed over where a hidden place is.
    """
    inputs: Mapped[str] = mapped_column(String(64))
    """The hash of what else decides about them: the outlines of all places, the measure, the rule."""
    measure: Mapped[str] = mapped_column(String(40), default="")
    """The key of the measure in which they are similar; empty for all incidents together."""
    first_on: Mapped[date]
    last_on: Mapped[date]
    areas: Mapped[int]
    outlines: Mapped[bytes] = mapped_column(EncryptedBytes(), deferred=True)
    """Compressed: a JSON list of GeoJSON texts."""
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]


class PlaceboCounts(Base):
    """The monthly counts of one measure in all areas of a set, as one import brought them.

    A later import takes precedence. An import that is undone is left out, so nothing has to be put back.
    """

    __tablename__ = "indicators_placebo_counts"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    set_id: Mapped[int] = mapped_column(ForeignKey("indicators_placebo_set.id", ondelete="CASCADE"), index=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("indicators_measure.id"), index=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("indicators_import.id", ondelete="CASCADE"), index=True)
    first_on: Mapped[date]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Compressed: for each area a JSON list of counts, one for each month from `first_on`; null if it was left out."""


def digest_of(outlines: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(outlines)).encode()).hexdigest()


def placebo_set(market: Market) -> PlaceboSet | None:
    return session.scalars(select(PlaceboSet).where(PlaceboSet.market_id == market.id)).first()


def drawn_count(market: Market) -> int:
    return session.scalar(select(PlaceboSet.areas).where(PlaceboSet.market_id == market.id)) or 0


def placebo_series(
    drawn: PlaceboSet, measures: Sequence[Measure], day: date | None = None
) -> Mapping[str, Sequence[ByMonth]]:
    """Return the counts of each placebo area by measure, if counted, and month, if that was complete on a day."""
    keys = {measure.id: measure for measure in measures}
    rows = (
        select(PlaceboCounts.measure_id, PlaceboCounts.first_on, PlaceboCounts.content)
        .join(Import, Import.id == PlaceboCounts.import_id)
        .where(PlaceboCounts.set_id == drawn.id, PlaceboCounts.measure_id.in_(keys), Import.undone_at.is_(None))
        .order_by(Import.made_at, Import.id)
    )
    series: dict[str, list[ByMonth]] = defaultdict(lambda: [{} for _area in range(drawn.areas)])
    for row in session.execute(rows):
        measure = keys[row.measure_id]
        for area, counts in zip(series[measure.key], unpack(row.content), strict=True):
            for number, count in enumerate(counts):
                month = plus(row.first_on, number)
                if count is not None and is_complete(month, measure.lag_days, day or today()):
                    area[month] = count
    return dict(series)
