"""Deliberate faults: each is put into a copy of the portal, and the tests that guard the place must fail.

`python -m tests.mutants` tries the kept list (`kept.toml`) and 100 faults that `--seed` draws in the same files. It
prints the faults that passed, and fails when too few are caught.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.faults import faults_of

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "var", "node_modules")
KEPT_CAUGHT, DRAWN_CAUGHT = 97, 85
"""How many in 100 must be caught."""
LONGEST = 600
"""Seconds for the tests of one fault; a fault that makes them hang is caught."""


@dataclass(frozen=True)
class Mutant:
    """A fault: in `file`, `old` becomes `new`, where it begins `at` or stands once; `tests` should notice."""

    group: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    at: int = -1

    def source(self) -> str:
        """Return the file with the fault. Raises `ValueError` if `old` does not stand there once."""
        text = (ROOT / self.file).read_text("utf-8")
        if self.at < 0 and text.count(self.old) != 1:
            raise ValueError(f"{self.file}: stands {text.count(self.old)} times: {self.old!r}")
        start = self.at if self.at >= 0 else text.index(self.old)
        return text[:start] + self.new + text[start + len(self.old) :]

    def __str__(self) -> str:
        before = (ROOT / self.file).read_text("utf-8")[: max(self.at, 0)]
        return f"{self.group}: {self.file}:{before.count(chr(10)) + 1} {self.old!r} -> {self.new!r}"


def kept_mutants(only: str) -> list[Mutant]:
    """Return the kept list, or one group of it."""
    groups = tomllib.loads((Path(__file__).parent / "kept.toml").read_text("utf-8"))
    return [
        Mutant(name, file, old.replace("\\n", "\n"), new.replace("\\n", "\n"), tuple(group["tests"]))
        for name, group in groups.items()
        for file, old, new in group["faults"]
        if only in ("", name)
    ]


def drawn_mutants(kept: list[Mutant], number: int, seed: int) -> list[Mutant]:
    """Draw faults in the files of the kept list, to be noticed by the tests named there."""
    tests: dict[str, set[str]] = {}
    for one in kept:
        tests.setdefault(one.file, set()).update(one.tests)
    every = [
        Mutant("drawn", file, old, new, tuple(sorted(tests[file])), at)
        for file in sorted(tests)
        for at, old, new in faults_of((ROOT / file).read_text("utf-8"))
    ]
    return random.Random(seed).sample(every, min(number, len(every)))


class Copies:
    """Copies of the portal, one for each fault that is tried at the same time."""

    def __init__(self, folder: Path, number: int) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        for name in map(str, range(number)):
            shutil.copytree(ROOT, folder / name, ignore=NOT_COPIED)
            self._free.put(folder / name)

    def is_caught(self, mutant: Mutant) -> bool:
        """Put the fault into a copy and return whether a test fails there."""
        copy = self._free.get()
        try:
            (copy / mutant.file).write_text(mutant.source(), "utf-8")
            return self._is_red(copy, mutant.tests)
        finally:
            shutil.copy(ROOT / mutant.file, copy / mutant.file)
            self._free.put(copy)

    def is_red(self, tests: tuple[str, ...]) -> bool:
        """Return whether tests fail without any fault."""
        copy = self._free.get()
        try:
            return self._is_red(copy, tests)
        finally:
            self._free.put(copy)

    def _is_red(self, copy: Path, tests: tuple[str, ...]) -> bool:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            return bool(
                subprocess.run(
                    command, cwd=copy, env=environment, capture_output=True, timeout=LONGEST, check=False
                ).returncode
            )
        except subprocess.TimeoutExpired:
            return True


def try_all(title: str, mutants: list[Mutant], copies: Copies, workers: int) -> Iterator[str]:
    """Try the faults; yield those that passed, and then how many in 100 were caught."""
    caught = 0
    with ThreadPoolExecutor(workers) as pool:
        for mutant, was_caught in zip(mutants, pool.map(copies.is_caught, mutants), strict=True):
            caught += was_caught
            if not was_caught:
                yield f"PASSED {mutant}"
    yield f"{title}: {caught} of {len(mutants)} caught ({100 * caught / max(1, len(mutants)):.0f} %)"


def main() -> None:
    """Parse the command line and try the faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="one group of the kept list")
    parser.add_argument("--drawn", type=int, default=100, help="how many faults are drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    kept = kept_mutants(given.only)
    for one in kept:
        one.source()
    drawn = drawn_mutants(kept, given.drawn, given.seed)
    enough = True
    with tempfile.TemporaryDirectory() as folder:
        copies = Copies(Path(folder), given.workers)
        if any(map(copies.is_red, sorted({one.tests for one in kept}))):
            sys.exit("Some of these tests fail without any fault.")
        for title, mutants, least in (("kept", kept, KEPT_CAUGHT), ("drawn", drawn, DRAWN_CAUGHT)):
            passed = 0
            for line in try_all(title, mutants, copies, given.workers):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
                passed += line.startswith("PASSED ")
            enough &= 100 * passed <= (100 - least) * len(mutants)
    sys.exit(not enough)


if __name__ == "__main__":
    main()
