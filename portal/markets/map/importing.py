"""Makes shapes of the rows of a city's file, and says row by row what it cannot use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from pathlib import Path
from typing import Any

from portal.core.i18n import Bilingual
from portal.markets.map.files import Row, Unreadable, read_rows
from portal.markets.map.models import Kind
from portal.markets.map.sheets import Shape

NAMES = (
    "name",
    "fullname",
    "full_name",
    "street",
    "streetname",
    "street_name",
    "street_nam",
    "st_name",
    "road_name",
    "label",
)
NAMES_EN, NAMES_ES = ("name:en", "name_en"), ("name:es", "name_es")
ANY_NAME = (*NAMES, *NAMES_EN, *NAMES_ES)
WATER_SIGNS = ("water", "waterway", "riverbank", "reservoir")
NORTHMOST, SOUTHMOST = 80, -60
"""No city lies beyond. A point of the east of the United States with its numbers swapped lies in Antarctica."""
MOST_BOUNDARY_BYTES = 256 * 1024
LINES, AREAS = ("LineString", "MultiLineString"), ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Problem:
    """A row that cannot be used, counted from 1 as a GIS counts them, and why."""

    row: int
    reason: str


@dataclass
class Contents:
    """What a file holds for us, and what it holds that we cannot use."""

    shapes: list[Shape] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    """What its rows say besides their shape."""


def read_shapes(
    path: Path,
    *,
    kind: Kind | None = None,
    layer: str | None = None,
    projection: str | None = None,
    name_field: str | None = None,
) -> Contents:
    """Streets, water and landmarks of a file. Raises Unreadable."""
    rows = read_rows(path, layer=layer, projection=projection)
    contents = Contents(fields=list(dict.fromkeys(name for row in rows for name in row.values)))
    if name_field and name_field.lower() not in contents.fields:
        raise Unreadable(f"No row has a field “{name_field}”; there are: {', '.join(contents.fields)}.")
    for row in rows:
        reason = _reason(row.geometry)
        found = None if reason else (kind or _kind(row))
        name = _name(row.values, name_field)
        reason = reason or _misfit(found, row.geometry, name)
        if found is None or reason:
            contents.problems.append(Problem(row.number, reason))
        else:
            contents.shapes.append(Shape(found, name, row.geometry))
    return contents


def read_area(path: Path, *, layer: str | None = None, projection: str | None = None) -> Any:
    """The one area of a file, the boundary of a place. Raises Unreadable."""
    rows = read_rows(path, layer=layer, projection=projection)
    if len(rows) != 1:
        raise Unreadable(f"A boundary is one row, an area; this file has {len(rows)} rows.")
    geometry = rows[0].geometry
    if reason := _reason(geometry):
        raise Unreadable(f"Row 1: {reason}.")
    if geometry.geom_type not in AREAS:
        raise Unreadable(f"Row 1: a boundary is an area, and this is {_word(geometry)}.")
    return geometry


class Trouble(StrEnum):
    """Why a boundary that was sent in cannot be used."""

    SIZE = "size"
    FORMAT = "format"
    COUNT = "count"
    KIND = "kind"
    SHAPE = "shape"


class NoBoundary(Exception):
    """What was sent in is no boundary."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def sent_area(content: bytes) -> Any:
    """The one area of a GeoJSON file that somebody sent in, in WGS 84 as the format wants it. Raises NoBoundary.

    It never goes to the library that reads every format by its contents, nor to the disk: some formats fetch what
    they name, and where a hidden place lies must not be left in a temporary file.
    """
    import shapely

    if len(content) > MOST_BOUNDARY_BYTES:
        raise NoBoundary(Trouble.SIZE)
    try:
        shape = _only_geometry(json.loads(content))
    except (ValueError, RecursionError):
        raise NoBoundary(Trouble.FORMAT) from None
    if shape.get("type") not in AREAS:
        raise NoBoundary(Trouble.KIND)
    area = shapely.from_geojson(json.dumps(shape), on_invalid="ignore")
    if _reason(area):
        raise NoBoundary(Trouble.SHAPE)
    return area


def _only_geometry(said: Any) -> Any:
    """The geometry of a collection with one feature, of a feature, or itself."""
    if isinstance(said, dict) and said.get("type") == "FeatureCollection":
        features = said.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise NoBoundary(Trouble.COUNT)
        (said,) = features
    if isinstance(said, dict) and said.get("type") == "Feature":
        said = said.get("geometry")
    if not isinstance(said, dict):
        raise NoBoundary(Trouble.FORMAT)
    return said


def _reason(geometry: Any) -> str:
    """Why a geometry cannot be used, or nothing."""
    if geometry is None:
        return "it has no geometry, or one that cannot be read"
    if geometry.is_empty:
        return "its geometry is empty"
    west, south, east, north = geometry.bounds
    if not all(map(isfinite, (west, south, east, north))):
        return "it has a point that is no place in its projection"
    if min(west, -east) < -180 or north > NORTHMOST or south < SOUTHMOST:
        return "it lies where no city is: the projection may be another, or longitude and latitude are swapped"
    if not geometry.is_valid:
        return "its outline crosses or touches itself" if geometry.geom_type in AREAS else "all its points are the same"
    return ""


def _kind(row: Row) -> Kind | None:
    """What a row is: as it says itself, as OpenStreetMap would say it, or as its geometry suggests."""
    if row.values.get("kind") in (Kind.STREET, Kind.WATER, Kind.LANDMARK):
        return Kind(row.values["kind"])
    is_water = (
        row.values.get("waterway")
        or row.values.get("natural") in WATER_SIGNS
        or "water" in row.values.get("landuse", "")
    )
    if row.geometry.geom_type in AREAS or (is_water and row.geometry.geom_type in LINES):
        return Kind.WATER if is_water else None
    return {"Point": Kind.LANDMARK, **dict.fromkeys(LINES, Kind.STREET)}.get(row.geometry.geom_type)


def _misfit(kind: Kind | None, geometry: Any, name: Bilingual) -> str:
    """Why a row cannot be of its kind, or nothing."""
    if kind is None:
        return f"{_word(geometry)} that does not say what it is; with --kind water it is taken for water"
    fits = {Kind.STREET: LINES, Kind.WATER: (*LINES, *AREAS), Kind.LANDMARK: ("Point",)}
    if geometry.geom_type not in fits[kind]:
        return f"a {kind} cannot be {_word(geometry)}"
    return "a landmark without a name" if kind is Kind.LANDMARK and not name.en else ""


def _word(geometry: Any) -> str:
    words = (
        {"Point": "a point", "MultiPoint": "a group of points"}
        | dict.fromkeys(LINES, "a line")
        | dict.fromkeys(AREAS, "an area")
    )
    return words.get(geometry.geom_type, "a mixture")


def _name(values: Mapping[str, str], name_field: str | None) -> Bilingual:
    """The names in both languages; one that is there in one language only is used for both."""
    plain = _first(values, (name_field.lower(),) if name_field else NAMES)
    english, spanish = _first(values, NAMES_EN), _first(values, NAMES_ES)
    return Bilingual(english or plain or spanish, spanish or plain or english)


def _first(values: Mapping[str, str], fields: Sequence[str]) -> str:
    return next((values[name] for name in fields if values.get(name)), "")


def counted(shapes: Sequence[Shape]) -> Iterator[tuple[Kind, int]]:
    """How many there are of each kind."""
    for kind in Kind:
        if count := sum(shape.kind is kind for shape in shapes):
            yield kind, count
