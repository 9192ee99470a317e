"""How fast a worker counts a large file of incidents, and how much memory that takes.

The worker is a process of its own here as everywhere, and the program that it lets read the file is another; the peak
of each is what the system says of it (resident memory). Taking a file in is measured in the process at hand.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pyproj
import shapely

from bench import city, table
from portal.app import create_app
from portal.config import ROOT
from portal.core.db import db
from portal.indicators import uploads
from portal.indicators.counts import found_area, load_standard_measures, unpack
from portal.indicators.files.mapping import ColumnMapping
from portal.indicators.imports import found_source, send_file
from portal.indicators.statistics.terms import AreaPart
from portal.indicators.uploads import Upload
from portal.markets.map.importing import set_boundary
from tests.make import make_market, make_member

ROWS, QUICK_ROWS = 1_000_000, 100_000
PLACES, COMPARISONS = 6, 3
WEST, SOUTH, EAST, NORTH = -79.83, 36.18, -79.77, 36.22
FEET = 2264
"""North Carolina, in feet, as cities there publish."""
TYPES = ("ROBBERY", "LARCENY", "DRUG SALE", "LOUD NOISE", "BURGLARY", *(f"OTHER {number}" for number in range(40)))
FIRST = date(2021, 1, 1)
DAYS = 1826
MEGABYTE = 1024


def report(quick: bool) -> str:
    rows = QUICK_ROWS if quick else ROWS
    with TemporaryDirectory() as folder:
        path = Path(folder) / "incidents.csv"
        _write(path, rows)
        upload_id, sent_in = _sent(path)
        command = [sys.executable, "-m", "bench.imports", str(upload_id)]
        said = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
        size = path.stat().st_size / 1024**2
    about = f"{rows:,} incidents, {size:.0f} MB, {PLACES * (COMPARISONS + 1)} areas, EPSG {FEET}"
    lines = [
        (about, "seconds", "CPU s", "peak MB"),
        ("taken in", f"{sent_in:.1f}", "", ""),
        ("counted: the worker", f"{said['seconds']:.1f}", f"{said['cpu']:.1f}", f"{said['peak']:.0f}"),
        ("counted: its program", "", f"{said['program_cpu']:.1f}", f"{said['program_peak']:.0f}"),
    ]
    return f"{table.aligned(lines)}\n{rows / said['seconds']:,.0f} rows a second."


def _write(path: Path, rows: int) -> None:
    chance = Random(7)
    to_feet = pyproj.Transformer.from_crs(4326, FEET, always_xy=True)
    with path.open("w", encoding="utf-8") as file:
        file.write("Case,Occurred Date,Offense,Block Address,X Coord,Y Coord,Beat,Status\n")
        while rows > 0:
            count = min(rows, 50_000)
            spots = [(chance.uniform(WEST, EAST), chance.uniform(SOUTH, NORTH)) for _each in range(count)]
            east, north = zip(*spots, strict=True)
            across, up = to_feet.transform(east, north)
            for number, (x, y) in enumerate(zip(across, up, strict=True)):
                day = FIRST + timedelta(days=chance.randrange(DAYS))
                moment = f"{day:%m/%d/%Y} {chance.randrange(24):02}:{chance.randrange(60):02}"
                block = f"{number % 90 * 100} BLOCK OF ELM ST"
                file.write(f"{number},{moment},{chance.choice(TYPES)},{block},{x:.2f},{y:.2f},B{number % 9},closed\n")
            rows -= count


def _sent(path: Path) -> tuple[int, float]:
    """A city whose areas are known, and the file sent in; how long that took."""
    portal = city.empty(path.parent)
    with portal.app_context():
        with db.work() as session:
            load_standard_measures()
            for number in range(PLACES):
                market = make_market(session, f"Street {number}")
                west = WEST + 0.008 * number
                set_boundary(market, shapely.box(west, SOUTH + 0.01, west + 0.005, SOUTH + 0.014).buffer(0.001))
                found_area(market, AreaPart.PLACE)
                for rank in range(1, COMPARISONS + 1):
                    shape = shapely.box(west, SOUTH + 0.01 * rank, west + 0.006, SOUTH + 0.01 * rank + 0.004)
                    found_area(market, AreaPart.COMPARISON, rank, geometry=shapely.to_geojson(shape.buffer(0.001)))
            member = make_member(session, ("evaluator",))
            source = found_source("Bench", member.id)
            source.mapping = asdict(ColumnMapping("Occurred Date", "Offense", "X Coord", "Y Coord", epsg=FEET))
        began = time.perf_counter()
        with db.work(), path.open("rb") as file:
            upload = send_file(file, path.name, source, member.id)
        took = time.perf_counter() - began
    db.engine.dispose()
    return upload.id, took


def work(upload_id: int) -> dict[str, float]:
    portal = create_app()
    with portal.app_context():
        began = time.perf_counter()
        uploads.read_file(upload_id)
        took = time.perf_counter() - began
        with db.work() as session:
            upload = session.get_one(Upload, upload_id)
            assert upload.counted is not None, upload.problem
            assert unpack(upload.counted)["rows"] in (ROWS, QUICK_ROWS)
    ours, program = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "seconds": took,
        "cpu": ours.ru_utime + ours.ru_stime,
        "peak": ours.ru_maxrss / MEGABYTE,
        "program_cpu": program.ru_utime + program.ru_stime,
        "program_peak": program.ru_maxrss / MEGABYTE,
    }


if __name__ == "__main__":
    print(json.dumps(work(int(sys.argv[1]))))
