"""Measures, and prints one table."""

from __future__ import annotations

import argparse
import compileall
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil

from bench import (
    attachments,
    city,
    coverage,
    desk,
    growth,
    imports,
    libraries,
    load,
    mixed,
    protection,
    reading,
    scale,
    table,
    texts,
)
from bench.rounds import Course
from bench.servers import MEGABYTE, serving
from bench.visits import first_visits
from portal.config import ROOT
from portal.core.clock import now

SECONDS, QUICK_SECONDS = 4, 1
REPEATS, QUICK_REPEATS = 3, 1
PORTAL, BARE = "wsgi:app", "bench.bare:app"


Part = Callable[[bool], str]
"""What `make bench` measures by itself, too; whether quickly."""
# Imports first: the most memory of a new process begins with what the one that started it had.
PARTS: dict[str, Part] = {
    "imports": imports.report,
    "load": mixed.report,
    "attachments": attachments.report,
    "growth": growth.report,
    "scale": scale.report,
    "desk": desk.report,
    "models": libraries.models,
    "coverage": coverage.report,
    "drawings": libraries.drawings,
    "protection": protection.report,
    "texts": texts.report,
    "texts-read": reading.report,
}
ALONE = {"texts-read"}
"""Takes minutes and changes only with what is read or learned."""
PAGES = {"front page": "/en/", "place page": "/en/places/elm-street/", "report form": "/en/report/"}


def main() -> None:
    """Measure and print; what goes wrong is said in one sentence."""
    parser = argparse.ArgumentParser(description="Measure the portal beside a bare Flask app.")
    parser.add_argument("--quick", action="store_true", help="a first look: one short run of each")
    parser.add_argument("what", nargs="?", choices=("all", *PARTS), default="all", help="only a part")
    given = parser.parse_args()
    quick = given.quick
    if given.what in PARTS:
        print(PARTS[given.what](quick))
        return
    try:
        load.require()
        with TemporaryDirectory() as folder:
            for part in report(Path(folder), quick):
                print(part, flush=True)
                print(flush=True)
    except load.CannotMeasure as problem:
        sys.exit(str(problem))


def report(folder: Path, quick: bool) -> Iterator[str]:
    """Yield what was measured, part by part, as text."""
    # As wherever the portal was started before, whatever this machine says of writing down compiled code.
    compileall.compile_dir(ROOT / "portal", quiet=1)
    app = city.found(folder)
    # The first start compiles the templates.
    _start_up(PORTAL, "/health")
    repeats = QUICK_REPEATS if quick else REPEATS
    started = [_start_up(PORTAL, "/health") for _repeat in range(repeats)]
    bare_started = [_start_up(BARE, "/") for _repeat in range(repeats)]
    imported = [_import_time() for _repeat in range(repeats)]
    with ExitStack() as stack:
        bare = stack.enter_context(serving(BARE, "/"))
        portal = stack.enter_context(serving(PORTAL, "/health"))
        course = Course(folder, app, portal, bare, QUICK_SECONDS if quick else SECONDS, repeats)
        load_now, total = os.getloadavg()[0], psutil.virtual_memory().total / MEGABYTE / 1024
        yield (
            f"{now().date()}, {psutil.cpu_count()} cores, {total:.0f} GB, load before {load_now:.1f}, 2 workers each."
        )
        yield table.rates(list(course.results()))
        used = [(name, *pair) for name, server in (("portal", portal), ("bare", bare)) for pair in server.memory()]
        yield table.aligned([("MB, each process", "PSS", "RSS"), *((n, f"{p:.0f}", f"{r:.0f}") for n, p, r in used)])
        visits = zip(PAGES, first_visits([portal.url + path for path in PAGES.values()]), strict=True)
        rows = [(name, str(visit.requests), str(visit.bytes)) for name, visit in visits]
        yield table.aligned([("first visit, brotli, with headers", "requests", "bytes"), *rows])
    yield (
        f"Start-up: {median(started):.2f} s from spawn to the first answer, of which import {median(imported):.2f} s;"
        f" the bare app takes {median(bare_started):.2f} s."
    )
    yield from (measured(part, quick) for name, part in PARTS.items() if name not in ALONE)


def measured(part: Part, quick: bool) -> str:
    """What a part says; the settings that it made are not for the next, whose database may be another one."""
    before = dict(os.environ)
    try:
        return part(quick)
    finally:
        os.environ.clear()
        os.environ.update(before)


def _start_up(app: str, path: str) -> float:
    with serving(app, path, workers=1) as server:
        return server.started_in


def _import_time() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import portal.app"], cwd=ROOT, check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
