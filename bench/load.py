"""The load generator: wrk, and what it saw."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("load.lua")
MISSING = "The load generator wrk is needed: apt-get install wrk"


class CannotMeasure(Exception):
    """A run went wrong; the text is one sentence for whoever measures."""


@dataclass(frozen=True)
class Seen:
    """One run as wrk saw it; milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float


def require() -> None:
    """Raise CannotMeasure unless wrk is there."""
    if shutil.which("wrk") is None:
        raise CannotMeasure(MISSING)


def run(
    url: str, connections: int, seconds: float, pool: Path | None = None, *, script: Path = SCRIPT, pause: int = 0
) -> Seen:
    """Keep `connections` busy for `seconds`. Raises CannotMeasure when an answer was not what it should be."""
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds:.0f}s"]
    command += ["--latency", "--timeout", "10s", "--script", str(script), "--header", "Accept-Encoding: br, gzip", url]
    done = subprocess.run(
        [*command, "--", *([str(pool), str(pause)] if pool else [])], capture_output=True, text=True, check=False
    )
    results = [line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode or not results:
        raise CannotMeasure(f"wrk failed: {done.stderr or done.stdout}")
    seen = json.loads(results[0])
    if seen.pop("refused") + seen.pop("broken") or not seen["requests"]:
        raise CannotMeasure(f"Not every request to {url} was answered well.")
    return Seen(**seen)


def write_pool(path: Path, lines: Iterable[str]) -> Path:
    path.write_text("\n".join(lines))
    return path
