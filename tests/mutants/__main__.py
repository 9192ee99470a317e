"""Deliberate faults: each is put into a copy of the portal, and the tests that guard the place must fail.

`python -m tests.mutants` tries the kept list (`kept.toml`) and 100 faults that `--seed` draws in the same files. It
prints the faults that passed, and fails when too few are caught.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.faults import faults_of

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(".*", "var", "node_modules")
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
    """Draw faults in the files of the kept list, to be noticed by the tests named there or by those of the feature."""
    tests: dict[str, set[str]] = {}
    for one in kept:
        tests.setdefault(one.file, set()).update(one.tests)
    every = [
        Mutant("drawn", file, old, new, (*sorted(tests[file]), f"tests/{Path(file).parts[1]}"), at)
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

    def is_red(self, tests: Iterable[str], mutant: Mutant | None = None) -> bool:
        """Return whether a test fails in a copy, with a fault or without any; then pytest is heard."""
        copy = self._free.get()
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            if mutant is not None:
                (copy / mutant.file).write_text(mutant.source(), "utf-8")
            ran = subprocess.run(
                command,
                cwd=copy,
                env=environment,
                capture_output=mutant is not None,
                timeout=LONGEST if mutant else None,
                check=False,
            )
            return ran.returncode != 0
        except subprocess.TimeoutExpired:
            return True
        finally:
            if mutant is not None:
                shutil.copy(ROOT / mutant.file, copy / mutant.file)
            self._free.put(copy)


def are_caught(title: str, mutants: list[Mutant], copies: Copies, workers: int, least: int) -> bool:
    """Try the faults, print those that passed, and return whether `least` in 100 were caught."""
    passed = 0
    with ThreadPoolExecutor(workers) as pool:
        for mutant, is_red in zip(mutants, pool.map(lambda one: copies.is_red(one.tests, one), mutants), strict=True):
            if not is_red:
                passed += 1
                sys.stdout.write(f"PASSED {mutant}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{title}: {len(mutants) - passed} of {len(mutants)} caught\n")
    return 100 * passed <= (100 - least) * len(mutants)


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
    with tempfile.TemporaryDirectory() as folder:
        copies = Copies(Path(folder), given.workers)
        if copies.is_red(sorted({test for one in [*kept, *drawn] for test in one.tests})):
            sys.exit("Some of these tests fail without any fault.")
        kept_caught = are_caught("kept", kept, copies, given.workers, KEPT_CAUGHT)
        drawn_caught = are_caught("drawn", drawn, copies, given.workers, DRAWN_CAUGHT)
    sys.exit(not (kept_caught and drawn_caught))


if __name__ == "__main__":
    main()
