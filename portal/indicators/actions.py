"""Defining measures and writing down figures."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from portal.core.db import random_id, session, table
from portal.core.i18n import Bilingual
from portal.indicators.models import CELL, Area, Figure, Measure
from portal.indicators.rules.measures import Part
from portal.markets.models import Market

STANDARD = Path(__file__).parent / "standard.toml"


class Count(NamedTuple):
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


def found_area(market: Market | None, part: Part, rank: int = 1, **given: Any) -> Area:
    """A new area, of a place or (`market` None) the whole city."""
    name = given.pop("name", Bilingual("", ""))
    area = Area(market_id=market.id if market else None, part=part.value, rank=rank, name=name, **given)
    session.add(area)
    session.flush()
    return area


def record(counts: Iterable[Count], import_id: int | None = None) -> dict[Count, int | None]:
    """Write figures down, over those that are there. Returns what stood there before, by the new figure.

    Of several for one cell the last counts. `import_id`: where they came from, if from a file.
    """
    new = {one.cell: one for one in counts}
    there = figures_in(new.values())
    before: dict[Count, int | None] = {}
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


def figures_in(counts: Collection[Count]) -> dict[tuple[Any, ...], Figure]:
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
