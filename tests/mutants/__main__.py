"""Deliberate faults: each is put into a copy of the portal, and the tests that guard the place must fail.

`python -m tests.mutants` tries the kept list (`kept.toml`) and 100 faults that `--seed` draws in the same files. It
prints the faults that passed, and fails when too few are caught. The test that saw a kept fault last is tried first:
`seen.json` remembers it.
"""

import argparse
import json
import os
import random
import re
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
NO_TEST = "(none began or ended)"
SEEN = Path(__file__).parent / "seen.json"
LONGEST = 600
"""Seconds for the tests of one fault; a fault that makes them hang is caught."""
PYTEST = [sys.executable, "-m", "pytest", "-q", "-x", "-rfE", "-p", "no:cacheprovider"]
QUIETLY = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


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

    @property
    def name(self) -> str:
        """What tells it from all other kept faults."""
        return f"{self.file}: {self.old} -> {self.new}"

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

    def are_green(self, tests: Iterable[str]) -> bool:
        """Return whether these tests pass without any fault; pytest is heard."""
        copy = self._free.get()
        return subprocess.run([*PYTEST, *tests], cwd=copy, env=QUIETLY, check=False).returncode == 0

    def seen_by(self, mutant: Mutant, first: str) -> str:
        """Return the test that fails with a fault, "" if none does. `first` is tried before all others."""
        copy = self._free.get()
        try:
            (copy / mutant.file).write_text(mutant.source(), "utf-8")
            # The test may be no more.
            return (first and _failed(copy, [first]).replace(NO_TEST, "")) or _failed(copy, mutant.tests)
        finally:
            shutil.copy(ROOT / mutant.file, copy / mutant.file)
            self._free.put(copy)


def _failed(copy: Path, tests: Iterable[str]) -> str:
    try:
        ran = subprocess.run(
            [*PYTEST, *tests], cwd=copy, env=QUIETLY, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return NO_TEST
    failed = re.search(r"^(?:FAILED|ERROR) (tests/[^\s\[]+)", ran.stdout, re.MULTILINE)
    return "" if ran.returncode == 0 else failed[1] if failed else NO_TEST


def are_caught(title: str, mutants: list[Mutant], copies: Copies, workers: int, least: int) -> bool:
    """Try the faults, print those that passed, and return whether `least` in 100 were caught."""
    last = json.loads(SEEN.read_text("utf-8"))
    passed = 0
    with ThreadPoolExecutor(workers) as pool:
        seers = pool.map(lambda one: copies.seen_by(one, last.get(one.name, "")), mutants)
        for mutant, seer in zip(mutants, seers, strict=True):
            if not seer:
                passed += 1
                sys.stdout.write(f"PASSED {mutant}\n")
                sys.stdout.flush()
            elif mutant.at < 0 and "::" in seer:
                last[mutant.name] = seer
                SEEN.write_text(json.dumps(last, indent=0, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
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
        if not copies.are_green(sorted({test for one in [*kept, *drawn] for test in one.tests})):
            sys.exit("Some of these tests fail without any fault.")
        kept_caught = are_caught("kept", kept, copies, given.workers, KEPT_CAUGHT)
        drawn_caught = are_caught("drawn", drawn, copies, given.workers, DRAWN_CAUGHT)
    sys.exit(not (kept_caught and drawn_caught))


if __name__ == "__main__":
    main()
