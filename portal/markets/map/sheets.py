"""Draws a sheet: clips, joins and simplifies what lies in a frame until it fits into a few kilobytes.

shapely is loaded here when a sheet is drawn, that is by an import, never by a process that answers the public.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any

from portal.core.i18n import Bilingual
from portal.markets.map import labels
from portal.markets.map.frame import WIDTH, Corner, Frame, on_grid
from portal.markets.map.models import Kind
from portal.markets.map.paths import most_that_fit, path
from portal.markets.map.strokes import Line, strokes

STREET_BYTES, WATER_BYTES = 9_000, 1_500
DETAIL = 1.5
"""How far a line may be from where it was: half a pixel on a phone."""
SHORTEST = 10
MAIN_SHARE = 0.2
"""The longest streets that together make up this share are drawn as main streets."""
LONGEST_NAME = 24
MOST_LANDMARKS = 10


@dataclass(frozen=True)
class Shape:
    """Something to draw, in degrees."""

    kind: Kind
    name: Bilingual
    geometry: Any


@dataclass(frozen=True)
class Mark:
    """A name, and the point or street that has it."""

    x: int
    y: int
    en: str
    es: str
    turn: int = 0
    """Of a street's name."""
    before: bool = False
    """Whether the name stands before its point."""

    @property
    def letters(self) -> int:
        return max(len(self.en), len(self.es))

    @property
    def box(self) -> labels.Box:
        """What a landmark covers, with its name."""
        return labels.beside(self.x, self.y, self.letters, before=self.before)


@dataclass(frozen=True)
class Layers:
    """What is drawn, from below: paths, and names with their points."""

    lake: str
    river: str
    minor: str
    main: str
    landmarks: Sequence[Mark]
    streets: Sequence[Mark]

    def stored(self) -> dict[str, Any]:
        return asdict(self)


def restored(stored: dict[str, Any]) -> Layers:
    """Layers from what `stored` gave."""
    marks = {name: [Mark(**mark) for mark in stored[name]] for name in ("landmarks", "streets")}
    return Layers(**(stored | marks))


def draw(shapes: Iterable[Shape], frame: Frame, *, names: bool) -> Layers:
    """The layers of what lies in the frame; streets are named if `names`, which only suits a close look."""
    kinds: dict[Kind, list[Shape]] = {kind: [] for kind in Kind}
    for shape in shapes:
        kinds[shape.kind].append(shape)
    lake, river = _water([piece for piece, _shape in _within(kinds[Kind.WATER], frame)])
    main, minor = _streets(kinds[Kind.STREET], frame)
    landmarks, taken = _landmarks(kinds[Kind.LANDMARK], frame)
    streets = _street_names([*main, *minor], frame, taken) if names else []
    return Layers(lake, river, path(_corners(minor)), path(_corners(main)), landmarks, streets)


def _within(shapes: Sequence[Shape], frame: Frame) -> list[tuple[Any, Shape]]:
    """The simple parts of shapes in units of the sheet, cut at its edge."""
    import shapely

    if not shapes:
        return []

    def to_sheet(points: Any) -> Any:
        across, down = frame.place(points[:, 0], points[:, 1])  # the same sum for a whole column
        points[:, 0], points[:, 1] = across, down
        return points

    whole = shapely.transform([shape.geometry for shape in shapes], to_sheet)
    cut = shapely.clip_by_rect(whole, -DETAIL, -DETAIL, WIDTH + DETAIL, frame.height + DETAIL)
    parts, numbers = shapely.get_parts(cut, return_index=True)
    return [(part, shapes[number]) for part, number in zip(parts, numbers, strict=True) if not part.is_empty]


def _streets(shapes: Sequence[Shape], frame: Frame) -> tuple[list[Line], list[Line]]:
    """Main and other streets that fit, the longest first."""
    pieces = [
        Line([(x, y) for x, y, *_ in part.coords], (shape.name.en, shape.name.es))
        for part, shape in _within(shapes, frame)
        if part.geom_type == "LineString" and part.length
    ]
    whole = [line for line in map(_simple, strokes(pieces)) if len(line.points) > 1 and line.length >= SHORTEST]
    kept = whole[: len(most_that_fit(_corners(whole), STREET_BYTES))]
    limit = MAIN_SHARE * sum(line.length for line in kept)
    count = sum(length <= limit for length in accumulate(line.length for line in kept))
    return kept[:count], kept[count:]


def _simple(line: Line) -> Line:
    import shapely

    return Line(on_grid(shapely.LineString(line.points).simplify(DETAIL).coords), line.name)


def _corners(lines: Iterable[Line]) -> list[list[Corner]]:
    return [on_grid(line.points) for line in lines]


def _water(parts: Sequence[Any]) -> tuple[str, str]:
    """Lakes and broad rivers as areas, brooks as lines."""
    areas = sorted((part.simplify(DETAIL) for part in parts if part.geom_type == "Polygon"), key=lambda one: -one.area)
    lines = sorted(
        (part.simplify(DETAIL) for part in parts if part.geom_type == "LineString"), key=lambda one: -one.length
    )
    rings = [on_grid(ring.coords)[:-1] for area in areas for ring in (area.exterior, *area.interiors)]
    lake = most_that_fit([ring for ring in rings if len(ring) > 2], WATER_BYTES, closed=True)
    river = most_that_fit([line for line in (on_grid(one.coords) for one in lines) if len(line) > 1], WATER_BYTES)
    return path(lake, closed=True), path(river)


def _landmarks(shapes: Sequence[Shape], frame: Frame) -> tuple[list[Mark], list[labels.Box]]:
    """Landmarks whose name has room on one of its sides; a point without a name tells nobody anything."""
    shown: list[Mark] = []
    taken: list[labels.Box] = []
    for part, shape in _within(shapes, frame):
        x, y, prefers_before = round(part.x), round(part.y), part.x >= WIDTH / 2
        sides = [Mark(x, y, shape.name.en, shape.name.es, before=side) for side in (prefers_before, not prefers_before)]
        mark = next((mark for mark in sides if labels.is_free(mark.box, frame.height, taken)), None)
        if mark is not None and len(shown) < MOST_LANDMARKS:
            shown.append(mark)
            taken += [mark.box, labels.about(x, y, labels.BESIDE)]
    return shown, taken


def _street_names(lines: Sequence[Line], frame: Frame, taken: Sequence[labels.Box]) -> list[Mark]:
    """Names along the longest streets that are straight for long enough."""
    shown: list[Mark] = []
    boxes = list(taken)
    for line in lines:
        x, y, turn, length = labels.longest_straight(on_grid(line.points))
        letters = max(map(len, line.name))
        box = labels.along(x, y, letters, turn)
        has_room = letters * labels.LETTER < length and labels.is_free(box, frame.height, boxes)
        if 0 < letters <= LONGEST_NAME and has_room and len(shown) < labels.MOST_NAMES:
            shown.append(Mark(x, y, *line.name, turn=turn))
            boxes.append(box)
    return shown
