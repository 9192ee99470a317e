"""Opens what a city's GIS or OpenStreetMap exports: the rows of a file, with their shapes in degrees."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile, ZipFile

ENDINGS = (".geojson", ".json", ".shp", ".zip", ".gpkg")
PACKED = (".shp", ".gpkg", ".geojson")
WGS84 = "EPSG:4326"


class Unreadable(Exception):
    """The file as a whole cannot be used; the text says why."""


@dataclass(frozen=True)
class Row:
    """One row of the file; a geometry that could not be read, or is not there, is None."""

    number: int
    geometry: Any
    values: Mapping[str, str]


def read_rows(path: Path, *, layer: str | None = None, projection: str | None = None) -> list[Row]:
    """Every row with its geometry in WGS 84. Raises Unreadable."""
    import shapely

    meta, binary, columns = _read(path, layer)
    given = projection or meta["crs"]
    if not given:
        raise Unreadable("The file does not say in which projection it is. Add --projection, such as EPSG:2264.")
    geometries = _to_degrees(shapely.from_wkb(binary, on_invalid="ignore"), str(given))
    names = [str(name).lower() for name in meta["fields"]]
    rows = zip(geometries, *columns, strict=True)
    return [
        Row(number, geometry, {name: _text(value) for name, value in zip(names, values, strict=True)})
        for number, (geometry, *values) in enumerate(rows, 1)
    ]


def _read(path: Path, layer: str | None) -> tuple[dict[str, Any], Any, Sequence[Any]]:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    if path.suffix.lower() not in ENDINGS:
        raise Unreadable(f"We read GeoJSON, shapefiles (also zipped) and GeoPackages: {', '.join(ENDINGS)}.")
    if path.suffix.lower() == ".shp" and not any(path.with_suffix(ending).exists() for ending in (".shx", ".SHX")):
        raise Unreadable("A shapefile is several files of one name: .shp, .shx, .dbf and .prj must lie side by side.")
    try:
        source = _source(path)
        # A table without shapes is no choice.
        layers = [str(name) for name, geometry in pyogrio.list_layers(source) if geometry is not None]
        if layer is None and len(layers) > 1:
            raise Unreadable(f"The file has several layers. Add --layer, one of: {', '.join(sorted(layers))}.")
        with warnings.catch_warnings():
            # A ring that is open or a field of an odd type: what matters of it is found in the rows.
            warnings.simplefilter("ignore")
            meta, _ids, binary, columns = pyogrio.raw.read(source, layer=layer or next(iter(layers), None))
    except DataLayerError:
        raise Unreadable(f"The file has no layer {layer!r}.") from None
    except (DataSourceError, BadZipFile, ValueError, UnicodeDecodeError):
        raise Unreadable("The file cannot be read: it is damaged, empty, or not what its ending says.") from None
    if binary is None or not len(binary):
        raise Unreadable("The file has no rows with a geometry.")
    return meta, binary, columns


def _source(path: Path) -> str:
    """What the library opens: of a packed folder the folder, as a city's own programs pack it."""
    if path.suffix.lower() != ".zip":
        return str(path)
    with ZipFile(path) as packed:
        inside = [PurePosixPath(name) for name in packed.namelist() if not name.startswith("__MACOSX/")]
    found = [name for name in inside if name.suffix.lower() in PACKED]
    folders = {name.parent for name in found}
    where = found[0] if len(found) == 1 else folders.pop() if len(folders) == 1 else PurePosixPath()
    return f"/vsizip/{path.absolute()}/{where}".removesuffix("/.")


def _to_degrees(geometries: Any, projection: str) -> Any:
    import pyproj
    import shapely

    try:
        change = pyproj.Transformer.from_crs(projection, WGS84, always_xy=True)
    except pyproj.exceptions.CRSError:
        raise Unreadable(f"We do not know the projection {projection[:60]!r}.") from None

    def to_degrees(points: Any) -> Any:
        points[:, 0], points[:, 1] = change.transform(points[:, 0], points[:, 1])
        return points

    return shapely.transform(shapely.force_2d(geometries), to_degrees)


def _text(value: Any) -> str:
    """What stands in a field; nothing for an empty one, whatever the format calls that."""
    text = "" if value is None else str(value).strip()
    return "" if text.lower() in ("nan", "none", "nat") else " ".join(text.split())
