"""The map of a page: a stored sheet, and over it the outlines of released places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from portal.markets.map import frame as labels
from portal.markets.map.frame import WIDTH, Corner, Frame, Point, StreetLine, bounds, on_grid, path
from portal.markets.map.sheets import Layers, Mark, boundaries, city_sheet, sheet_around, street_lines
from portal.markets.places import Market

TOO_SMALL = 12
"""In units of the sheet; a smaller outline would only be a speck under its number."""


@dataclass(frozen=True)
class PlaceOutline:
    """A place on the map: its outline, the position of its number, and that number, or 0 if the place is alone."""

    number: int
    market: Market
    path: str
    x: int
    y: int


@dataclass(frozen=True)
class MapDrawing:
    height: int
    layers: Layers
    outlines: Sequence[PlaceOutline]
    street: str = field(default="", kw_only=True)
    """The path of the street of an address."""

    @property
    def numbers(self) -> dict[str, int]:
        return {outline.market.slug: outline.number for outline in self.outlines}

    @property
    def landmarks(self) -> list[Mark]:
        """Landmarks that no number of a place would cover."""
        numbers = [labels.about(outline.x, outline.y) for outline in self.outlines if outline.number]
        return [mark for mark in self.layers.landmarks if labels.is_free(mark.box, self.height, numbers)]


def city_map(markets: Sequence[Market]) -> MapDrawing | None:
    """Return the map of the city with these places; None if no streets were imported."""
    sheet = city_sheet()
    if sheet is None:
        return None
    frame, geometries = sheet.frame, boundaries()
    shown = [(market, rings) for market in markets if (rings := _rings(geometries.get(market.id), frame))]
    spots = labels.apart([_middle(rings) for _market, rings in shown], frame.height)
    outlines = [
        PlaceOutline(number, market, _outline(rings), *spot)
        for number, ((market, rings), spot) in enumerate(zip(shown, spots, strict=True), 1)
    ]
    return MapDrawing(frame.height, sheet.drawn(), outlines)


def place_map(market: Market) -> MapDrawing | None:
    """Return the map of one place; None if its boundary or the streets were not imported."""
    sheet = sheet_around(market.id)
    if sheet is None:
        return None
    rings = _rings(boundaries(market.id).get(market.id), sheet.frame)
    outlines = [PlaceOutline(0, market, _outline(rings), *_middle(rings))] if rings else []
    return MapDrawing(sheet.frame.height, sheet.drawn(), outlines)


def address_map(address: str, market: Market | None) -> MapDrawing | None:
    """Return a map with the street of an address: around the place if it passes there, else of the city.

    The house is not marked: the map knows no house numbers, and shows no more than the address says.
    """
    lines, near = street_lines(labels.street_of(address)), place_map(market) if market else None
    sheets = [sheet_around(market.id) if market and near else None, city_sheet()]
    for sheet in filter(None, sheets if lines else []):
        frame = sheet.frame
        placed = [StreetLine([frame.place(*point) for point in line.points], line.name) for line in lines]
        seen = [(line, part) for line in placed if len(part := on_grid(frame.part_inside(line.points))) > 1]
        if seen:
            outlines = near.outlines if near and sheet.market_id else ()
            longest, part = max(seen, key=lambda pair: len(pair[1]))
            layers = _with_name(sheet.drawn(), longest.name, part, frame.height)
            street = path([on_grid(line.points) for line, _part in seen])
            return MapDrawing(frame.height, layers, outlines, street=street)
    return near


def _with_name(layers: Layers, name: tuple[str, str], part: Sequence[Corner], height: int) -> Layers:
    """Return the layers with the name of a street in its middle, and without the names that it would cover."""
    x, y, turn = labels.middle_of(part)
    box = labels.along(x, y, max(map(len, name)), turn)
    if not box.is_within(height):
        return layers
    others = [mark for mark in layers.streets if not box.meets(labels.along(mark.x, mark.y, mark.letters, mark.turn))]
    landmarks = [mark for mark in layers.landmarks if not box.meets(mark.box)]
    return replace(layers, landmarks=landmarks, streets=[*others, Mark(x, y, *name, turn=turn)])


def _rings(geometry: dict[str, Any] | None, frame: Frame) -> list[list[Point]]:
    """Return the rings of a boundary on the sheet; none if it lies outside."""
    if geometry is None:
        return []
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    rings = [[frame.place(*point[:2]) for point in ring] for polygon in polygons for ring in polygon]
    if not rings:
        return []
    left, top, right, bottom = bounds(rings[0])
    is_inside = right > 0 and bottom > 0 and left < WIDTH and top < frame.height
    return rings if is_inside else []


def _outline(rings: Sequence[Sequence[Point]]) -> str:
    corners = [on_grid(ring)[:-1] for ring in rings]
    return path([ring for ring in corners if len(ring) > 2 and _size(ring) >= TOO_SMALL], closed=True)


def _size(ring: Sequence[Corner]) -> float:
    left, top, right, bottom = bounds(ring)
    return max(right - left, bottom - top)


def _middle(rings: Sequence[Sequence[Point]]) -> Corner:
    left, top, right, bottom = bounds(rings[0])
    return round((left + right) / 2), round((top + bottom) / 2)
