"""Importing map data and boundaries: reading, checking by row, storing and drawing. Also the command `flask places`."""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from glob import escape
from io import BytesIO
from itertools import islice
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile, ZipFile

import click
from flask.cli import AppGroup
from sqlalchemy import delete, select

from portal.accounts.users import member_by_email
from portal.core.db import db, session
from portal.core.i18n import NOTHING, Bilingual
from portal.core.page_cache import renew_cache_version
from portal.core.statuses import Refused
from portal.markets.map.frame import Frame, around
from portal.markets.map.sheets import MapFeature, MapShape, MapSheet, SheetKind, draw
from portal.markets.place_actions import admit, leads, publish_about
from portal.markets.places import Market

ENDINGS = (".geojson", ".json", ".shp", ".zip")
PACKED = (".shp", ".geojson")
WGS84 = "EPSG:4326"


class UnreadableMapFile(Exception):
    """The file as a whole cannot be used; the text says why."""


Rows = list[tuple[Any, Mapping[str, Any]]]
"""Geometries with their fields; None for a geometry that is missing or cannot be read."""


def read_rows(path: Path, *, projection: str | None = None) -> list[tuple[Any, dict[str, str]]]:
    """Return every row with its geometry in WGS 84, and its fields as text. Raises UnreadableMapFile."""
    import pyproj
    import shapely

    try:
        rows, declared = _read(path)
    except (BadZipFile, ValueError, LookupError, TypeError, AttributeError, struct.error):
        raise UnreadableMapFile("The file cannot be read: it is damaged, empty, or not what its ending says.") from None
    if not any(geometry is not None for geometry, _values in rows):
        raise UnreadableMapFile("The file has no rows with a geometry.")
    if not (projection := projection or declared):
        raise UnreadableMapFile("The file does not say in which projection it is. Add --projection, such as EPSG:2264.")
    try:
        change = pyproj.Transformer.from_crs(projection, WGS84, always_xy=True)
    except pyproj.exceptions.CRSError:
        raise UnreadableMapFile(f"We do not know the projection {projection[:60]!r}.") from None

    flat = shapely.force_2d([geometry for geometry, _values in rows])
    geometries = shapely.transform(flat, change.transform, interleaved=False)
    return [
        (geometry, {str(name).lower(): _text(value) for name, value in values.items()})
        for geometry, (_raw, values) in zip(geometries, rows, strict=True)
    ]


def _read(path: Path) -> tuple[Rows, str]:
    """Return the rows, and the projection that the file says."""
    name, files = _chosen(path)
    if PurePosixPath(name).suffix.lower() != ".shp":
        content = json.loads(files[name])
        features = content["features"] if content["type"] == "FeatureCollection" else [content]
        rows = [(_geometry(one.get("geometry")), one.get("properties") or {}) for one in features]
        # The form of before 2016 could say another projection.
        return rows, content["crs"]["properties"]["name"] if content.get("crs") else WGS84
    parts = {PurePosixPath(one).suffix.lower(): content for one, content in files.items()}
    if not {".shx", ".dbf"} <= set(parts):
        raise UnreadableMapFile(
            "A shapefile is several files of one name: .shp, .shx, .dbf and .prj must lie side by side."
        )
    import shapefile

    declared = parts.get(".cpg", b"").decode("ascii", "replace").strip()
    for encoding in (declared or "utf-8", "cp1252"):
        opened = {ending[1:]: BytesIO(parts[ending]) for ending in (".shp", ".shx", ".dbf")}
        try:
            with shapefile.Reader(**opened, encoding=encoding) as reader:
                shapes = [(one.shape.shapeType and one.shape.__geo_interface__, one.record.as_dict()) for one in reader]
        except (UnicodeDecodeError, LookupError, shapefile.ShapefileException):
            continue
        rows = [(_geometry(shape), record) for shape, record in shapes]
        return rows, parts.get(".prj", b"").decode("utf-8", "replace").strip()
    raise ValueError


def _chosen(path: Path) -> tuple[str, dict[str, bytes]]:
    """Return the name of the file to read, and the contents of all that have its name but for the ending."""
    if path.suffix.lower() not in ENDINGS:
        raise UnreadableMapFile(f"We read GeoJSON and shapefiles (also zipped): {', '.join(ENDINGS)}.")
    if path.suffix.lower() != ".zip":
        beside = [path] if path.suffix.lower() != ".shp" else path.parent.glob(f"{escape(path.stem)}.*")
        return path.name, {one.name: one.read_bytes() for one in beside}
    with ZipFile(path) as packed:
        inside = [name for name in packed.namelist() if not name.startswith("__MACOSX/")]
        layers = [name for name in inside if PurePosixPath(name).suffix.lower() in PACKED]
        if len(layers) > 1:
            raise UnreadableMapFile(f"The file has several layers. Unpack it and take one: {', '.join(layers)}.")
        name = layers[0]
        of_it = [one for one in inside if PurePosixPath(one).with_suffix("") == PurePosixPath(name).with_suffix("")]
        return name, {one: packed.read(one) for one in of_it}


def _geometry(geojson: Any) -> Any:
    """Return a geometry of GeoJSON; None if it is missing or cannot be read."""
    import shapely

    return shapely.from_geojson(json.dumps(geojson), on_invalid="ignore") if geojson else None


def _text(value: Any) -> str:
    """Return the text of a field; "" for an empty one, whatever the format calls that."""
    text = "" if value is None else str(value).strip()
    return "" if text.lower() in ("nan", "none", "nat") else " ".join(text.split())


NAMES = tuple("name fullname full_name street streetname street_name street_nam st_name road_name label".split())
NAMES_EN, NAMES_ES = ("name:en", "name_en"), ("name:es", "name_es")
ANY_NAME = (*NAMES, *NAMES_EN, *NAMES_ES)
WATER_SIGNS = ("water", "waterway", "riverbank", "reservoir")
PARK_SIGNS, NEIGHBORHOOD_SIGNS = ("park", "garden", "nature_reserve"), ("neighbourhood", "suburb", "quarter")
NORTHMOST, SOUTHMOST = 80, -60
"""No city lies beyond. A point of the eastern United States with its coordinates swapped lies in Antarctica."""
MOST_BOUNDARY_BYTES = 256 * 1024
LINES, AREAS = ("LineString", "MultiLineString"), ("Polygon", "MultiPolygon")
SHAPES = {
    "Point": "a point",
    "MultiPoint": "a group of points",
    **dict.fromkeys(LINES, "a line"),
    **dict.fromkeys(AREAS, "an area"),
}
FITS = {
    SheetKind.STREET: LINES,
    SheetKind.LANDMARK: ("Point",),
    SheetKind.WATER: (*LINES, *AREAS),
    SheetKind.PARK: AREAS,
    SheetKind.NEIGHBORHOOD: ("Point", *AREAS),
}


@dataclass
class Contents:
    shapes: list[MapShape] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    """Why rows cannot be used, by their number, counted from 1 as in a GIS."""
    fields: list[str] = field(default_factory=list)
    """The attribute fields of its rows."""


def read_shapes(
    path: Path,
    *,
    kind: SheetKind | None = None,
    projection: str | None = None,
    name_field: str | None = None,
) -> Contents:
    """Return what a file has for the map. Raises UnreadableMapFile."""
    rows = read_rows(path, projection=projection)
    contents = Contents(fields=list(dict.fromkeys(name for _geometry, values in rows for name in values)))
    if name_field and name_field.lower() not in contents.fields:
        raise UnreadableMapFile(f"No row has a field “{name_field}”; there are: {', '.join(contents.fields)}.")
    for number, (geometry, values) in enumerate(rows, 1):
        reason, name = _reason(geometry), _name(values, name_field)
        fitting = None if reason else (kind or _kind(geometry, values))
        reason = reason or _misfit(fitting, geometry, name)
        if fitting is None or reason:
            contents.problems[number] = reason
        else:
            contents.shapes.append(MapShape(fitting, name, geometry))
    return contents


def sent_area(content: bytes) -> Any:
    """Return the one area of an uploaded GeoJSON file, in WGS 84 as the format requires. Raises `Refused`.

    An upload never goes to the library that detects formats by content, nor to the disk: some formats fetch URLs that
    they contain, and the location of a hidden place must not be left in a temporary file.
    """
    import shapely

    if len(content) > MOST_BOUNDARY_BYTES:
        raise Refused("boundary_size")
    try:
        shape = json.loads(content)
    except (ValueError, RecursionError):
        raise Refused("boundary_format") from None
    if isinstance(shape, dict) and shape.get("type") == "FeatureCollection":
        features = shape.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise Refused("boundary_count")
        shape = features[0]
    if isinstance(shape, dict) and shape.get("type") == "Feature":
        shape = shape.get("geometry")
    if not isinstance(shape, dict):
        raise Refused("boundary_format")
    if shape.get("type") not in AREAS:
        raise Refused("boundary_kind")
    area = shapely.from_geojson(json.dumps(shape), on_invalid="ignore")
    if _reason(area):
        raise Refused("boundary_shape")
    return area


def _reason(geometry: Any) -> str:
    """Return why a geometry cannot be used, or ""."""
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


def _kind(geometry: Any, values: Mapping[str, str]) -> SheetKind | None:
    """Return the kind of a row: by its own field, by OpenStreetMap tags, or by its geometry."""
    if values.get("kind") in FITS:
        return SheetKind(values["kind"])
    if values.get("place") in NEIGHBORHOOD_SIGNS:
        return SheetKind.NEIGHBORHOOD
    if geometry.geom_type in AREAS and values.get("leisure") in PARK_SIGNS:
        return SheetKind.PARK
    is_water = values.get("waterway") or values.get("natural") in WATER_SIGNS or "water" in values.get("landuse", "")
    if geometry.geom_type in AREAS or (is_water and geometry.geom_type in LINES):
        return SheetKind.WATER if is_water else None
    return {"Point": SheetKind.LANDMARK, **dict.fromkeys(LINES, SheetKind.STREET)}.get(geometry.geom_type)


def _misfit(kind: SheetKind | None, geometry: Any, name: Bilingual) -> str:
    """Return why a row does not fit its kind, or ""."""
    shape = SHAPES.get(geometry.geom_type, "a mixture")
    if kind is None:
        return f"{shape} that does not say what it is; with --kind water it is taken for water"
    if geometry.geom_type not in FITS[kind]:
        return f"a {kind} cannot be {shape}"
    return f"a {kind} without a name" if kind in (SheetKind.LANDMARK, SheetKind.NEIGHBORHOOD) and not name.en else ""


def _name(values: Mapping[str, str], name_field: str | None) -> Bilingual:
    """Return the names in both languages; a name given in only one is used for both."""
    plain, english, spanish = (
        next((values[name] for name in fields if values.get(name)), "")
        for fields in ((name_field.lower(),) if name_field else NAMES, NAMES_EN, NAMES_ES)
    )
    return Bilingual(english or plain or spanish, spanish or plain or english)


CITY_AIR, PLACE_AIR = 0.02, 0.75
LEAST_METERS = 400.0
DIGITS = 6
"""Decimal digits of a degree: a tenth of a meter."""
MOST_CORNERS = 120
METER = 1e-5


def replace_shapes(shapes: Sequence[MapShape]) -> None:
    """Replace all stored features of the kinds given, but for boundaries, and draw all sheets again."""
    import shapely

    kinds = {shape.kind for shape in shapes}
    assert SheetKind.BOUNDARY not in kinds
    session.execute(delete(MapFeature).where(MapFeature.kind.in_(sorted(kinds))))
    session.add_all(MapFeature(kind=shape.kind, name=shape.name, geometry=_geojson(shape.geometry)) for shape in shapes)
    session.flush()
    session.execute(delete(MapSheet))
    ground = _ground()
    if streets := [shape.geometry for shape in ground if shape.kind == SheetKind.STREET]:
        # The frame of the city follows from the streets alone, so it does not reveal where places are.
        west, south, east, north = map(float, shapely.total_bounds(streets))
        _add_sheet(None, around(west, south, east, north, air=CITY_AIR), ground)
    for feature in session.scalars(select(MapFeature).where(MapFeature.kind == SheetKind.BOUNDARY)):
        _draw_around(feature, ground)
    renew_cache_version()


def set_boundary(market: Market, area: Any) -> None:
    """Set the boundary of a place, hidden or not: it is public as soon as the place is."""
    import shapely

    # As many corners as a page can carry. It depends on no other data.
    tolerance = METER
    while shapely.get_num_coordinates(area) > MOST_CORNERS and tolerance < 1:
        area, tolerance = area.simplify(tolerance), tolerance * 2
    feature = MapFeature(kind=SheetKind.BOUNDARY, market_id=market.id, name=NOTHING, geometry=_geojson(area))
    session.execute(delete(MapFeature).where(MapFeature.market_id == market.id))
    session.execute(delete(MapSheet).where(MapSheet.market_id == market.id))
    session.add(feature)
    _draw_around(feature, _ground())
    publish_about(market.id)


def _geojson(geometry: Any) -> str:
    import shapely

    flat = shapely.transform(shapely.force_2d(geometry), lambda points: points.round(DIGITS))
    return str(shapely.to_geojson(flat))


def _ground() -> list[MapShape]:
    features = session.scalars(select(MapFeature).where(MapFeature.kind != SheetKind.BOUNDARY))
    return _shapes(sorted(features, key=lambda feature: feature.geometry))


def _draw_around(boundary: MapFeature, ground: Sequence[MapShape]) -> None:
    """Draw the sheet of a place; none without streets."""
    if any(shape.kind == SheetKind.STREET for shape in ground):
        (area,) = _shapes([boundary])
        frame = around(*area.geometry.bounds, air=PLACE_AIR, least_meters=LEAST_METERS)
        _add_sheet(boundary.market_id, frame, ground)


def _shapes(features: Sequence[MapFeature]) -> list[MapShape]:
    import shapely

    geometries = shapely.from_geojson([feature.geometry for feature in features])
    pairs = zip(features, geometries, strict=True)
    return [MapShape(feature.kind, feature.name, geometry) for feature, geometry in pairs]


def _add_sheet(market_id: int | None, frame: Frame, shapes: Sequence[MapShape]) -> None:
    layers = draw(shapes, frame, names=market_id is not None)
    stored = json.dumps(asdict(layers), ensure_ascii=False, separators=(",", ":"))
    session.add(MapSheet(market_id=market_id, **asdict(frame), layers=stored))


commands = AppGroup("places", help="The map, and who is admitted to a place.")
MOST_SAID = 50


@commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice([kind.value for kind in FITS]), help="What all rows are.")
@click.option("--name-field", help="The field with the names, if it is not called “name”.")
@click.option("--skip", is_flag=True, help="Go on without the rows that cannot be used.")
@click.option("--projection", help="Such as EPSG:2264, if the file does not say it.")
def import_shapes(file: Path, kind: str | None, name_field: str | None, skip: bool, **how: Any) -> None:
    """Take the streets, waters, parks, landmarks and neighborhoods of FILE: GeoJSON or a shapefile (also zipped).

    They replace all that was imported of the same kinds. Nothing is changed if a row cannot be used.
    """
    try:
        contents = read_shapes(file, kind=SheetKind(kind) if kind else None, name_field=name_field, **how)
    except UnreadableMapFile as error:
        raise click.ClickException(str(error)) from None
    for row, reason in islice(contents.problems.items(), MOST_SAID):
        click.echo(f"Row {row}: {reason}.", err=True)
    if len(contents.problems) > MOST_SAID:
        click.echo(f"… and {len(contents.problems) - MOST_SAID} more rows.", err=True)
    if not contents.shapes or (contents.problems and not skip):
        hint = "" if not contents.shapes else " With --skip the rest is imported."
        raise click.ClickException(f"Nothing was changed.{hint}")
    with db.work():
        replace_shapes(contents.shapes)
    counts = Counter(shape.kind for shape in contents.shapes)
    imported = ", ".join(f"{kind}s {counts[kind]}" for kind in FITS if counts[kind])
    click.echo(f"Imported: {imported}.")
    if contents.fields and not name_field and not set(contents.fields).intersection(ANY_NAME):
        click.echo(f"None has a name. --name-field says which field holds it: {', '.join(contents.fields)}.")


@commands.command("admit")
@click.argument("place")
@click.argument("email")
def admit_somebody(place: str, email: str) -> None:
    """Admit the member EMAIL to the hidden PLACE (its slug or English name) to which nobody is admitted any more."""
    with db.work():
        member = member_by_email(email.strip().lower())
        # The slug of a hidden place says nothing.
        market = next((each for each in session.scalars(select(Market)) if place in (each.slug, each.name.en)), None)
        if market is None:
            raise click.ClickException("No place has this slug or name. Nothing was changed.")
        if member is None:
            raise click.ClickException("There is no such member. Nothing was changed.")
        if leads(market.id):
            raise click.ClickException("A community lead is admitted there: let them do it. Nothing was changed.")
        try:
            admit(market, member, None)
        except Refused:
            raise click.ClickException("Somebody with their role may not know of it. Nothing was changed.") from None
    click.echo("They are admitted.")
