"""Map features and the sheets drawn from them. Only an import loads shapely, never what answers the public."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from math import dist
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import Settings
from portal.core.db import Base, Encrypted, random_id, session, table
from portal.core.i18n import LANGUAGES, Bilingual, bilingual
from portal.core.portal import current_portal
from portal.markets.gate_rules import named_in
from portal.markets.map import frame as labels
from portal.markets.map.frame import WIDTH, Corner, Frame, StreetLine, most_that_fit, on_grid, path
from portal.markets.places import Market, public_markets, released
from portal.organisations.organisations import organisations


class SheetKind(StrEnum):
    STREET = "street"
    LANDMARK = "landmark"
    WATER = "water"
    PARK = "park"
    NEIGHBORHOOD = "neighborhood"
    BOUNDARY = "boundary"


class MapFeature(Base):
    """A street, landmark, water, park or neighborhood, or the boundary of a place, as GeoJSON in WGS 84."""

    __tablename__ = "markets_map_feature"
    __table_args__ = (CheckConstraint("(kind = 'boundary') = (market_id IS NOT NULL)", name="boundary_of"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[SheetKind] = mapped_column(index=True)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), unique=True)
    name: Mapped[Bilingual] = bilingual("name")
    """May be empty."""
    geometry: Mapped[str] = mapped_column(Encrypted())


class MapSheet(Base):
    """The city's map drawn once: of the whole city, or around the boundary of a place.

    No sheet shows a boundary, so a hidden place leaves no trace on any sheet but its own, which is as hidden as it is.
    """

    __tablename__ = "markets_map_sheet"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), unique=True)
    west: Mapped[float] = mapped_column(Encrypted(float))
    south: Mapped[float] = mapped_column(Encrypted(float))
    east: Mapped[float] = mapped_column(Encrypted(float))
    north: Mapped[float] = mapped_column(Encrypted(float))
    layers: Mapped[str] = mapped_column(Encrypted())
    """JSON of `Layers`."""

    @property
    def frame(self) -> Frame:
        return Frame(self.west, self.south, self.east, self.north)

    def drawn(self) -> Layers:
        stored = json.loads(self.layers)
        marks = {name: [Mark(**mark) for mark in stored.get(name, ())] for name in ("landmarks", "streets", "areas")}
        return Layers(**(stored | marks))


def city_sheet() -> MapSheet | None:
    """Return the map of the city; None if no streets were imported."""
    return session.scalars(select(MapSheet).where(MapSheet.market_id.is_(None))).first()


def has_city_sheet() -> bool:
    return session.scalar(select(MapSheet.id).where(MapSheet.market_id.is_(None))) is not None


def landmark_named(texts: Iterable[str]) -> tuple[float, float] | None:
    """Return where the landmark lies, in degrees, whose name these texts contain: “High school” before “School”."""
    stored = session.scalars(select(MapFeature).where(MapFeature.kind == SheetKind.LANDMARK).order_by(MapFeature.id))
    points = {name: feature for feature in stored for name in (feature.name.en, feature.name.es)}
    name = named_in(" · ".join(texts), sorted(points, key=len, reverse=True))
    # A landmark is always a point.
    return tuple(json.loads(points[name].geometry)["coordinates"][:2]) if name else None


def street_lines(street: tuple[str, ...]) -> list[StreetLine]:
    """Return the lines of a street, given as the words of its name, in degrees; none if the map has no such street."""
    word = labels.telling_word(street)
    if not word:
        return []
    columns = table(MapFeature).c
    named = or_(*(columns[name].icontains(word, autoescape=True) for name in ("name_en", "name_es")))
    streets = select(MapFeature).where(MapFeature.kind == SheetKind.STREET, named).order_by(MapFeature.id)
    pieces = []
    for feature in session.scalars(streets):
        names = feature.name.en, feature.name.es
        if street in map(labels.street_words, names):
            shape = json.loads(feature.geometry)
            lines = [shape["coordinates"]] if shape["type"] == "LineString" else shape["coordinates"]
            pieces += [StreetLine([(point[0], point[1]) for point in line], names) for line in lines]
    return pieces


def sheet_around(market_id: int) -> MapSheet | None:
    """Return the sheet around a released place."""
    return session.scalars(select(MapSheet).join(Market).where(MapSheet.market_id == market_id, released())).first()


def has_boundary(market_id: int) -> bool:
    """Return whether a place has a boundary, hidden or not: only for members who may know of it."""
    return session.scalar(select(MapFeature.id).where(MapFeature.market_id == market_id)) is not None


def boundaries(market_id: int | None = None) -> Mapping[int, dict[str, Any]]:
    """Return the boundaries of released places, or of one of them, as GeoJSON."""
    of_places = select(MapFeature.market_id, MapFeature.geometry).join(Market)
    of_places = of_places.where(MapFeature.kind == SheetKind.BOUNDARY, released())
    if market_id is not None:
        of_places = of_places.where(MapFeature.market_id == market_id)
    return {row.market_id: json.loads(row.geometry) for row in session.execute(of_places)}


STREET_BYTES, WATER_BYTES, PARK_BYTES = 9_000, 1_500, 700
DETAIL = 1.5
"""Tolerance of simplification in units: half a pixel on a phone."""
SHORTEST = 10
MAIN_SHARE = 0.2
"""The longest streets that together make up this share are drawn as main streets."""
LONGEST_NAME = 24
TRIES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
"""Where, from west to east, the name of an area may lie."""
MOST_LANDMARKS, MOST_AREAS = 10, 8

Street = tuple[list[Corner], tuple[str, str]]
"""The corners of a street, and its names."""


@dataclass(frozen=True)
class MapShape:
    kind: SheetKind
    name: Bilingual
    geometry: Any


@dataclass(frozen=True)
class Mark:
    x: int
    y: int
    en: str
    es: str
    turn: int = 0
    """Angle of the name of a street or an area."""
    before: bool = False
    """Whether the name is placed before its point."""

    @property
    def letters(self) -> int:
        return max(len(self.en), len(self.es))

    @property
    def box(self) -> labels.LabelBox:
        """The room that a landmark's name takes."""
        return labels.beside(self.x, self.y, self.letters, before=self.before)

    @property
    def strip(self) -> labels.LabelBox:
        """The room that the name of a street or an area takes, which lies across its point."""
        return labels.along(self.x, self.y, self.letters, self.turn)


@dataclass(frozen=True)
class Layers:
    """The drawn layers, from below: paths, and labels with their points."""

    lake: str
    river: str
    minor: str
    main: str
    landmarks: Sequence[Mark]
    streets: Sequence[Mark]
    park: str = ""
    areas: Sequence[Mark] = ()
    """Names on waters, parks and neighborhoods; a neighborhood is nothing but its name."""


def draw(shapes: Iterable[MapShape], frame: Frame, *, names: bool) -> Layers:
    """Return the layers of the frame; streets are named if `names`, which only suits a close view."""
    kinds: dict[SheetKind, list[MapShape]] = {kind: [] for kind in SheetKind}
    for shape in shapes:
        kinds[shape.kind].append(shape)
    waters, parks = _within(kinds[SheetKind.WATER], frame), _within(kinds[SheetKind.PARK], frame)
    lake = path(most_that_fit(_rings([part for part, _shape in waters]), WATER_BYTES, closed=True), closed=True)
    brooks = sorted((part for part, _shape in waters if part.geom_type == "LineString"), key=lambda line: -line.length)
    lines = [on_grid(line.simplify(DETAIL).coords) for line in brooks]
    river = path(most_that_fit([line for line in lines if len(line) > 1], WATER_BYTES))
    park = path(most_that_fit(_rings([part for part, _shape in parks]), PARK_BYTES, closed=True), closed=True)
    main, minor = _streets(kinds[SheetKind.STREET], frame)
    landmarks, taken = _landmarks(kinds[SheetKind.LANDMARK], frame)
    areas = _area_names([*_within(kinds[SheetKind.NEIGHBORHOOD], frame), *waters, *parks], frame, taken)
    streets = _street_names([*main, *minor], frame, [*taken, *(mark.strip for mark in areas)]) if names else []
    minor_path, main_path = (path([corners for corners, _name in some]) for some in (minor, main))
    return Layers(lake, river, minor_path, main_path, landmarks, streets, park, areas)


def _within(shapes: Sequence[MapShape], frame: Frame) -> list[tuple[Any, MapShape]]:
    """Return the simple parts of shapes in units of the sheet, cut at its edge."""
    import shapely

    if not shapes:
        return []

    # `place` takes the columns of all points as it takes one point.
    whole = shapely.transform([shape.geometry for shape in shapes], frame.place, interleaved=False)
    cut = shapely.clip_by_rect(whole, -DETAIL, -DETAIL, WIDTH + DETAIL, frame.height + DETAIL)
    parts, numbers = shapely.get_parts(cut, return_index=True)
    return [(part, shapes[number]) for part, number in zip(parts, numbers, strict=True) if not part.is_empty]


def _streets(shapes: Sequence[MapShape], frame: Frame) -> tuple[Sequence[Street], Sequence[Street]]:
    """Return the main streets and the others, the longest first; pieces of one name are joined, to take fewer bytes."""
    import shapely

    pieces = defaultdict(list)
    for part, shape in _within(shapes, frame):
        if part.geom_type == "LineString" and part.length:
            pieces[shape.name.en, shape.name.es].append(part)
    whole = []
    for name, parts in pieces.items():
        for line in shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts))):
            corners = on_grid(line.simplify(DETAIL).coords)
            if line.length >= SHORTEST and len(corners) > 1:
                whole.append((line.length, corners, name))
    whole.sort(reverse=True)
    streets = [(corners, name) for _length, corners, name in whole]
    lengths = [length for length, _corners, _name in whole]
    fit = len(most_that_fit([corners for corners, _name in streets], STREET_BYTES))
    count = sum(length <= MAIN_SHARE * sum(lengths[:fit]) for length in accumulate(lengths[:fit]))
    return streets[:count], streets[count:fit]


def _rings(parts: Sequence[Any]) -> list[list[Corner]]:
    """Return the outlines of areas and of the holes in them, the largest area first."""
    areas = sorted((part for part in parts if part.geom_type == "Polygon"), key=lambda area: -area.area)
    simple = (area.simplify(DETAIL) for area in areas)
    rings = [on_grid(ring.coords)[:-1] for area in simple for ring in (area.exterior, *area.interiors)]
    return [ring for ring in rings if len(ring) > 2]


def _landmarks(shapes: Sequence[MapShape], frame: Frame) -> tuple[list[Mark], list[labels.LabelBox]]:
    """Return landmarks whose name fits on one of its sides; a point without a name is not useful to readers."""
    shown: list[Mark] = []
    taken: list[labels.LabelBox] = []
    for part, shape in _within(shapes, frame):
        x, y, prefers_before = round(part.x), round(part.y), part.x >= WIDTH / 2
        sides = [Mark(x, y, shape.name.en, shape.name.es, before=side) for side in (prefers_before, not prefers_before)]
        mark = next((mark for mark in sides if labels.is_free(mark.box, frame.height, taken)), None)
        if mark is not None and len(shown) < MOST_LANDMARKS:
            shown.append(mark)
            taken += [mark.box, labels.about(x, y, labels.BESIDE)]
    return shown, taken


def _area_names(parts: Sequence[tuple[Any, MapShape]], frame: Frame, taken: Sequence[labels.LabelBox]) -> list[Mark]:
    """Return the names on areas, the largest first, each where it is free: along a river, else nearest the middle."""
    import shapely

    shown: dict[tuple[str, str], Mark] = {}
    for part, shape in sorted(parts, key=lambda pair: (-pair[0].area, -pair[0].length)):
        names = shape.name.en, shape.name.es
        if names in shown or not any(names) or len(shown) >= MOST_AREAS:
            continue
        area = part if part.geom_type == "Polygon" else part.buffer(SHORTEST)
        west, north, east, south = area.bounds
        for share in TRIES:
            across = west + share * (east - west)
            middle = area.intersection(shapely.LineString([(across, north), (across, south)])).centroid
            if not area.contains(middle):
                continue
            near = area.intersection(middle.buffer(max(map(len, names)) * labels.LETTER / 2))
            corners = shapely.minimum_rotated_rectangle(near).exterior.coords
            long, short = sorted((corners[0:2], corners[1:3]), key=lambda side: -dist(*side))
            turn = labels.longest_straight(long)[2] if dist(*long) > 2 * dist(*short) else 0
            mark = Mark(round(middle.x), round(middle.y), *names, turn=turn)
            if labels.is_free(mark.strip, frame.height, [*taken, *(other.strip for other in shown.values())]):
                shown[names] = mark
                break
    return list(shown.values())


def _street_names(streets: Sequence[Street], frame: Frame, taken: Sequence[labels.LabelBox]) -> list[Mark]:
    """Return labels along the longest streets that are straight for long enough."""
    shown: list[Mark] = []
    for corners, name in streets:
        x, y, turn, length = labels.longest_straight(corners)
        mark = Mark(*labels.above(x, y, turn), *name, turn=turn)
        has_room = 0 < mark.letters <= LONGEST_NAME and mark.letters * labels.LETTER < length
        if has_room and labels.is_free(mark.strip, frame.height, [*taken, *(other.strip for other in shown)]):
            shown.append(mark)
            if len(shown) == labels.MOST_NAMES:
                break
    return shown


def names_of_the_city() -> set[str]:
    settings: Settings = current_portal.settings
    names = [name for market in public_markets() for name in (market.name, market.own_name)]
    # Nothing that belongs to a place, hidden or not.
    named = select(MapFeature).where(MapFeature.market_id.is_(None), MapFeature.kind != SheetKind.BOUNDARY)
    names += [thing.name for thing in (*session.scalars(named), *organisations())]
    halves = (name[lang] for name in names for lang in LANGUAGES)
    return {settings.site_name, settings.city_en, settings.city_es, *halves}
