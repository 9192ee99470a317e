"""How long a worker draws a panel, and what loading the library costs it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from bench.table import aligned
from portal.config import ROOT
from portal.indicators.charts import SIZES, Labels, spec_of
from portal.indicators.panel_reading import panels_of
from tests.indicators.published import a_document

REPEATS = 20
LABELS = Labels(
    title="Calls about drugs, each month",
    here="Here",
    similar="Similar areas",
    expected="What was to be expected",
    by_areas="What similar areas did",
    message="The message",
    band="One month, by chance alone",
    unit="calls a month",
)
LOADING = """
import psutil, time
before, began = psutil.Process().memory_info().rss, time.process_time()
import portal.indicators.charts, vl_convert
vl_convert.vegalite_to_svg({"mark": "point"}, vl_version="5.20")
print(time.process_time() - began, (psutil.Process().memory_info().rss - before) / 1024**2)
"""


def report(quick: bool) -> str:
    """A row for each form of a drawing; processor milliseconds, the middle of several."""
    from portal.indicators.charts import svg_of

    document = a_document()
    panel = panels_of(document, document.places[0])[0]
    specs = {name: found for name, size in SIZES.items() if (found := spec_of(panel, LABELS, size)) is not None}
    rows = [(f"{name} drawing (SVG)", f"{_cpu(partial(svg_of, spec, 'x'), quick):.0f}") for name, spec in specs.items()]
    done = subprocess.run([sys.executable, "-c", LOADING], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    told = f"Loading and the first drawing, once in each worker: {seconds:.2f} s, {megabytes:.0f} MB."
    return "\n".join([aligned([("", "CPU ms"), *rows]), told])


def _cpu(work: Callable[[], object], quick: bool) -> float:
    spent = []
    for _repeat in range((3 if quick else REPEATS) + 1):
        began = time.process_time()
        work()
        spent.append(1000 * (time.process_time() - began))
    return median(spent[1:])
