"""Draws placebo areas among the points of an incident file, and counts in them. Used by the counting process only.

The rule (`studies.RULE`), the same for every place: its outline is put on spots where incidents happened, turned by
any angle, clear of every given area. Kept are those whose count in the months before is nearest to the place's, each
clear of the others.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyproj
import shapely

from portal.indicators.files.mapping import LON_LAT, ColumnMapping, Coverage, DrawingTask
from portal.indicators.statistics.terms import between, plus, read, written

Array = Any


TRIES = 4_000
MOST, LEAST = 60, 20
"""With fewer no rank is as rare as 1 in 20, so none are drawn."""
MOST_UNLIKE = 2.0
"""A placebo area has at least half and at most twice as many incidents as the place."""
LONGEST, SHORTEST = 36, 24
DIGITS = 6


class Points(NamedTuple):
    """Incidents of a file with a known place and month: degrees, types, and months since year 0."""

    x: Array
    y: Array
    kinds: Array
    months: Array


def drawings(
    tasks: Sequence[DrawingTask], kept: Sequence[Points], names: Sequence[str], reading: ColumnMapping, whole: Coverage
) -> list[dict[str, Any]]:
    if not (tasks and kept) or whole.first is None or whole.last is None:
        return []
    counted = [reading.measures_of(name) for name in names]
    points, drawn = Points(*map(np.concatenate, zip(*kept, strict=True))), []
    for task in tasks:
        last = min(whole.last, plus(read(task.until), -1)) if task.until else whole.last
        first = max(whole.first, plus(last, 1 - LONGEST))
        begins, ends = (month.year * 12 + month.month - 1 for month in (first, last))
        # The types that count in the measure; without one, or if none does, all that are not ignored.
        own = [number for number, keys in enumerate(counted) if task.measure in (keys or ())]
        own = own or [number for number, keys in enumerate(counted) if keys != []]
        similar = np.isin(points.kinds, own)
        before = (points.months >= begins) & (points.months <= ends) & similar
        is_long = between(first, last) + 1 >= SHORTEST
        if outlines := draw(task, points.x[before], points.y[before]) if is_long else []:
            tally = AreaTally(enumerate(outlines))
            tally.add(points)
            about = {name: getattr(task, name) for name in ("market", "seed", "inputs", "measure")}
            months = {"first": written(first), "last": written(last)}
            drawn.append({**about, **months, "outlines": outlines, "counts": tally.packed()})
    return drawn


def draw(task: DrawingTask, x: Array, y: Array) -> list[str]:
    """Return the outlines of placebo areas as GeoJSON, the most similar first; none if there are fewer than `LEAST`."""
    place = shapely.from_geojson(task.outline)
    there, back = plane(place)
    ours = shapely.transform(place, there, interleaved=False)
    others = [shapely.from_geojson(outline) for outline in (task.outline, *task.clear_of)]
    taken = shapely.STRtree([shapely.transform(area, there, interleaved=False) for area in others])
    spread = _Field(*there(x, y))
    wanted = spread.count(ours)
    if not wanted:
        return []
    generator = np.random.default_rng(int(task.seed, 16))
    middle, reach = np.array(ours.centroid.coords[0]), float(np.sqrt(ours.area)) / 2
    spots = []
    for number, incident in enumerate(generator.integers(0, len(spread.x), TRIES)):
        angle = generator.uniform(0, 2 * np.pi)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        spot = np.array([spread.x[incident], spread.y[incident]]) + generator.uniform(-reach, reach, 2)
        area = shapely.transform(ours, lambda points, turn=turn, spot=spot: (points - middle) @ turn + spot)
        shapely.prepare(area)
        if not len(taken.query(area, predicate="intersects")) and (count := spread.count(area)):
            spots.append((abs(float(np.log(count / wanted))), number, area))
    kept: list[Any] = []
    for unlike, _number, area in sorted(spots, key=lambda spot: spot[:2]):
        if unlike > np.log(MOST_UNLIKE) or len(kept) == MOST:
            break
        if not (kept and shapely.intersects(area, kept).any()):
            kept.append(area)
    degrees = [shapely.transform(area, back, interleaved=False) for area in kept if len(kept) >= LEAST]
    return [shapely.to_geojson(shapely.transform(area, lambda ends: ends.round(DIGITS))) for area in degrees]


def plane(area: Any) -> tuple[Any, Any]:
    """Return transformations to and from a plane in which distances from the area's centroid are true, in meters."""
    middle = area.centroid
    projection = f"+proj=aeqd +lat_0={middle.y} +lon_0={middle.x} +datum=WGS84 +units=m"
    change = pyproj.Transformer.from_crs(LON_LAT, projection, always_xy=True)
    return change.transform, lambda x, y: change.transform(x, y, direction="INVERSE")


class _Field:
    """Points in the plane, sorted from west to east so that few of them have to be looked at."""

    def __init__(self, x: Array, y: Array) -> None:
        order = np.argsort(x, kind="stable")
        self.x, self.y = np.asarray(x)[order], np.asarray(y)[order]

    def count(self, area: Any) -> int:
        west, south, east, north = area.bounds
        first, last = np.searchsorted(self.x, west, "left"), np.searchsorted(self.x, east, "right")
        x, y = self.x[first:last], self.y[first:last]
        near = (y >= south) & (y <= north)
        return int(shapely.intersects_xy(area, x[near], y[near]).sum()) if near.any() else 0


class AreaTally:
    """Counts the incidents in areas, whose outlines are GeoJSON, by area, type and month."""

    def __init__(self, outlines: Iterable[tuple[int, str]]) -> None:
        self.shapes = {area_id: shapely.from_geojson(outline) for area_id, outline in outlines}
        shapely.prepare(list(self.shapes.values()))
        self.cells: Counter[tuple[int, int, int]] = Counter()

    def add(self, points: Points) -> Array:
        """Count points, and return which of them are in any area. A point in several areas counts in each."""
        anywhere = np.zeros(len(points.x), bool)
        for area_id, area in self.shapes.items():
            # With the boundary; few points have to be looked at closely.
            west, south, east, north = area.bounds
            near = (points.x >= west) & (points.x <= east) & (points.y >= south) & (points.y <= north)
            near = np.flatnonzero(near)
            within = near[shapely.intersects_xy(area, points.x[near], points.y[near])]
            self.put(area_id, points.kinds[within], points.months[within])
            anywhere[within] = True
        return anywhere

    def put(self, area_id: int, kinds: Array, months: Array) -> None:
        codes, counts = np.unique(kinds * 100_000 + months, return_counts=True)
        for code, number in zip(codes.tolist(), counts.tolist(), strict=True):
            self.cells[area_id, code // 100_000, code % 100_000] += number

    def packed(self) -> str:
        """Return the counts as packed text: 50 places with 60 areas each would be a lot of lists."""
        rows = [[*cell, count] for cell, count in sorted(self.cells.items())]
        return base64.b64encode(zlib.compress(json.dumps(rows, separators=(",", ":")).encode())).decode()
