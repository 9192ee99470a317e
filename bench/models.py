"""How long the models of a study take, and what loading them costs a worker."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from random import Random
from statistics import median

from bench.table import aligned
from portal.config import ROOT
from portal.indicators.statistics.plans import KNOWN, Material, StudyPlan
from portal.indicators.statistics.terms import plus

REPEATS = 20
BEFORE, AFTER, AREAS, MEASURES = 36, 24, 4, 3
CALL_IN = date(2024, 6, 17)
LOADING = """
import psutil, time
before, began = psutil.Process().memory_info().rss, time.process_time()
import portal.indicators.statistics.findings
print(time.process_time() - began, (psutil.Process().memory_info().rss - before) / 1024**2)
"""


def report(quick: bool) -> str:
    """A row for each model, then a whole study; processor milliseconds, the middle of several."""
    from portal.indicators.statistics.findings import cases, finding, findings

    material, repeats = _material(), 3 if quick else REPEATS
    case = next(cases(material))
    rows = [(str(one), f"{_cpu(partial(finding, case, one), repeats):.1f}") for one in KNOWN]
    rows.append((f"a study of {MEASURES} measures", f"{_cpu(lambda: findings(material), min(repeats, 5)):.0f}"))
    seconds, megabytes = _loading()
    told = f"Loading them, once in each worker: {seconds:.2f} s of processor time, {megabytes:.0f} MB."
    return "\n".join([aligned([("", "CPU ms"), *rows]), told])


def _material() -> Material:
    chance = Random(6)
    months = [plus(CALL_IN.replace(day=1), number) for number in range(-BEFORE, AFTER + 1)]
    names = ["place", "ring-1", "comparison_ring-1", *(f"comparison-{rank}" for rank in range(1, AREAS + 1))]
    keys = [f"measure_{number}" for number in range(MEASURES)]
    series = {
        key: {name: {month: max(0, round(chance.gauss(25, 6))) for month in months} for name in names} for key in keys
    }
    return Material(StudyPlan("elm-street", tuple(keys), tuple(range(1, AREAS + 1))), CALL_IN, series)


def _cpu(work: Callable[[], object], repeats: int) -> float:
    spent = []
    for _repeat in range(repeats + 1):
        began = time.process_time()
        work()
        spent.append(1000 * (time.process_time() - began))
    return median(spent[1:])


def _loading() -> tuple[float, float]:
    """Processor seconds and megabytes, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", LOADING], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes
