"""The invented streets of Alder Falls, and where its places are: the hidden one has a boundary as the others do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from portal.markets.map.actions import replace_shapes, set_boundary
from portal.markets.map.files import read_rows
from portal.markets.map.importing import read_shapes
from portal.markets.models import Market

FOLDER = Path(__file__).parent / "alder_falls"


def load_map(markets: Mapping[str, Market]) -> None:
    """The map of the city, with the boundary of every place."""
    replace_shapes(read_shapes(FOLDER / "streets.geojson").shapes)
    for row in read_rows(FOLDER / "boundaries.geojson"):
        set_boundary(markets[row.values["place"]], row.geometry)
