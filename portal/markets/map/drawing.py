"""The map of a page: a stored sheet, and over it the outlines of released places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import dist
from typing import Any

from portal.markets.map import frame as labels, sheets
from portal.markets.map.frame import WIDTH, Corner, Frame, Point, StreetLine, bounds, on_grid, path
from portal.markets.places import Market

NEAR = 60
"""Units within which a landmark lies at the street of an address; farther off, one of the two is another."""
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
    layers: sheets.Layers
    outlines: Sequence[PlaceOutline]
    street: str = field(default="", kw_only=True)
    """The path of the street of an address."""
    pin: Corner | None = field(default=None, kw_only=True)
    """The landmark after which a venue is named."""

    @property
    def numbers(self) -> dict[str, int]:
        return {outline.market.slug: outline.number for outline in self.outlines}

    @property
    def landmarks(self) -> list[sheets.Mark]:
        """Landmarks that no number of a place, and no pin, would cover."""
        return [mark for mark in self.layers.landmarks if labels.is_free(mark.box, self.height, self._covered)]

    @property
    def areas(self) -> list[sheets.Mark]:
        """Names of areas that neither would cover."""
        return [mark for mark in self.layers.areas if labels.is_free(mark.strip, self.height, self._covered)]

    @property
    def _covered(self) -> list[labels.LabelBox]:
        boxes = [labels.about(outline.x, outline.y) for outline in self.outlines if outline.number]
        if self.pin:
            # Above the name of its own landmark.
            boxes.append(labels.LabelBox(self.pin[0] - 34, self.pin[1] - 102, self.pin[0] + 34, self.pin[1] - 24))
        return boxes


def city_map(markets: Sequence[Market]) -> MapDrawing | None:
    """Return the map of the city with these places; None if no streets were imported."""
    return _with_places(sheets.city_sheet(), markets)


def place_map(market: Market) -> MapDrawing | None:
    """Return the map of one place; None if its boundary or the streets were not imported."""
    return _with_places(sheets.sheet_around(market.id), [market])


def _with_places(sheet: sheets.MapSheet | None, markets: Sequence[Market]) -> MapDrawing | None:
    if sheet is None:
        return None
    frame, geometries = sheet.frame, sheets.boundaries(sheet.market_id)
    shown = [(market, rings) for market in markets if (rings := _rings(geometries.get(market.id), frame))]
    sides = [bounds(rings[0]) for _market, rings in shown]
    middles = [(round((left + right) / 2), round((top + bottom) / 2)) for left, top, right, bottom in sides]
    # On its own sheet a place has no number.
    first = 0 if sheet.market_id else 1
    spots = zip(shown, labels.apart(middles, frame.height), strict=True)
    outlines = [
        PlaceOutline(number, market, _outline(rings), *spot)
        for number, ((market, rings), spot) in enumerate(spots, first)
    ]
    return MapDrawing(frame.height, sheet.drawn(), outlines)


def address_map(address: str, market: Market | None, venue: Sequence[str] = ()) -> MapDrawing | None:
    """Return a map with the street of an address, and with a pin if the venue is named after a landmark.

    It is that around the place if they lie there, else of the city; without either, that of the place. The house is
    not marked: the map knows no house numbers, and shows no more than address and venue say.
    """
    lines, point = sheets.street_lines(labels.street_of(address)), sheets.landmark_named(venue)
    near = place_map(market) if market else None
    for sheet in filter(None, (sheets.sheet_around(market.id) if market and near else None, sheets.city_sheet())):
        drawn = _marked(sheet, lines, point)
        if drawn is not None:
            return replace(drawn, outlines=near.outlines if near and sheet.market_id else ())
    return near


def _marked(sheet: sheets.MapSheet, lines: Sequence[StreetLine], point: Point | None) -> MapDrawing | None:
    """Return a sheet with a street and a pin; None if neither lies on it. A pin off the street is left out."""
    frame, layers = sheet.frame, sheet.drawn()
    placed = [StreetLine([frame.place(*corner) for corner in line.points], line.name) for line in lines]
    seen = [(line, part) for line in placed if len(part := on_grid(frame.part_inside(line.points))) > 1]
    pin = on_grid([frame.place(*point)])[0] if point else None
    if pin and not labels.about(*pin, radius=0).is_within(frame.height):
        pin = None
    if pin and seen and min(dist(pin, corner) for _line, part in seen for corner in part) > NEAR:
        pin = None
    if seen:
        longest, part = max(seen, key=lambda pair: len(pair[1]))
        layers = _with_name(layers, longest.name, part, frame.height)
    street = path([on_grid(line.points) for line, _part in seen]) if seen else ""
    return MapDrawing(frame.height, layers, (), street=street, pin=pin) if seen or pin else None


def _with_name(layers: sheets.Layers, name: tuple[str, str], part: Sequence[Corner], height: int) -> sheets.Layers:
    """Return the layers with the name of a street in its middle, and without the names that it would cover."""
    x, y, turn = labels.middle_of(part)
    street = sheets.Mark(*labels.above(x, y, turn), *name, turn=turn)
    box = street.strip
    if not box.is_within(height):
        return layers
    return replace(
        layers,
        landmarks=[mark for mark in layers.landmarks if not box.meets(mark.box)],
        areas=[mark for mark in layers.areas if not box.meets(mark.strip)],
        streets=[*(mark for mark in layers.streets if not box.meets(mark.strip)), street],
    )


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
    shown = []
    for corners in (on_grid(ring)[:-1] for ring in rings):
        left, top, right, bottom = bounds(corners)
        if len(corners) > 2 and max(right - left, bottom - top) >= TOO_SMALL:
            shown.append(corners)
    return path(shown, closed=True)
