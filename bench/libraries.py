"""How long the models of a study and the drawing of a panel take, and what loading their libraries costs a worker."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from functools import partial
from random import Random

from bench.servers import cpu_ms
from bench.table import aligned
from portal.config import ROOT
from portal.indicators.charts import SIZES, Labels, spec_of
from portal.indicators.panel_reading import panels_of
from portal.indicators.statistics.plans import KNOWN, Material, StudyPlan
from portal.indicators.statistics.terms import plus
from tests.indicators.published import a_document

REPEATS, QUICK_REPEATS = 20, 3
LOADING = """
import psutil, time
before, began = psutil.Process().memory_info().rss, time.process_time()
{code}
print(time.process_time() - began, (psutil.Process().memory_info().rss - before) / 1024**2)
"""
MODELS = "import portal.indicators.statistics.findings"
DRAWING = """
import portal.indicators.charts, vl_convert
vl_convert.vegalite_to_svg({"mark": "point"}, vl_version="5.20")
"""


def _loaded(code: str) -> str:
    """Return processor seconds and megabytes that some code takes in a process of its own."""
    command = [sys.executable, "-c", LOADING.format(code=code)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    return f"once in each worker: {seconds:.2f} s of processor time, {megabytes:.0f} MB."


BEFORE, AFTER, AREAS, MEASURES = 36, 24, 4, 3
CALL_IN = date(2024, 6, 17)


def models(quick: bool) -> str:
    """A row for each model, then a whole study."""
    from portal.indicators.statistics.findings import cases, finding, findings

    chance, repeats = Random(6), QUICK_REPEATS if quick else REPEATS
    months = [plus(CALL_IN.replace(day=1), number) for number in range(-BEFORE, AFTER + 1)]
    names = ["place", "ring-1", "comparison_ring-1", *(f"comparison-{rank}" for rank in range(1, AREAS + 1))]
    keys = [f"measure_{number}" for number in range(MEASURES)]
    series = {
        key: {name: {month: max(0, round(chance.gauss(25, 6))) for month in months} for name in names} for key in keys
    }
    material = Material(StudyPlan("elm-street", tuple(keys), tuple(range(1, AREAS + 1))), CALL_IN, series)
    case = next(cases(material))
    rows = [(str(model), f"{cpu_ms(partial(finding, case, model), repeats):.1f}") for model in KNOWN]
    rows.append((f"a study of {MEASURES} measures", f"{cpu_ms(partial(findings, material), min(repeats, 5)):.0f}"))
    return f"{aligned([('', 'CPU ms'), *rows])}\nLoading them, {_loaded(MODELS)}"


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


def drawings(quick: bool) -> str:
    from portal.indicators.charts import svg_of

    document, repeats = a_document(), QUICK_REPEATS if quick else REPEATS
    panel = panels_of(document, document.places[0])[0]
    specs = {name: spec for name, size in SIZES.items() if (spec := spec_of(panel, LABELS, size)) is not None}
    rows = [
        (f"{name} drawing (SVG)", f"{cpu_ms(partial(svg_of, spec, 'x'), repeats):.0f}") for name, spec in specs.items()
    ]
    return f"{aligned([('', 'CPU ms'), *rows])}\nLoading and the first drawing, {_loaded(DRAWING)}"
