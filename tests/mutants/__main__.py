"""Deliberate faults: each is put into a copy of the portal, and the tests that guard the place must fail.

`make mutants` applies the kept list (`kept.toml`) and 100 faults drawn by a seed in the same files; `SEED=7` draws
others, `ONLY=gate` takes one group. It prints the faults that passed, and fails when too few are caught.
"""

from __future__ import annotations

import argparse
import ast
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

ROOT = Path(__file__).parents[2]
COPIED = ("portal", "tests", "static", "translations", "migrations", "demo", "bench", "deploy", "docs", "requirements")
KEPT_CAUGHT, DRAWN_CAUGHT = 97, 85
LONGEST = 240
"""Seconds for the tests of one fault; a fault that makes them hang is caught."""
PASSED = 0
"""What pytest returns when all tests passed."""
OPPOSITE = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}


@dataclass(frozen=True)
class Mutant:
    """A fault: in `file`, the text `old` (which stands there once) becomes `new`; `tests` should notice."""

    group: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    at: int = -1
    """Where `old` begins, for drawn faults; kept ones are found by their text."""

    def applied(self, source: str) -> str:
        """Return the source with the fault. Raises `ValueError` if the place is not found once."""
        if self.at < 0 and source.count(self.old) != 1:
            raise ValueError(f"{self.file}: stands {source.count(self.old)} times: {self.old!r}")
        start = self.at if self.at >= 0 else source.index(self.old)
        return source[:start] + self.new + source[start + len(self.old) :]

    def __str__(self) -> str:
        line = (ROOT / self.file).read_text("utf-8")[: max(self.at, 0)].count("\n") + 1 if self.at >= 0 else ""
        return f"{self.group}: {self.file}:{line} {self.old.strip()!r} -> {self.new.strip()!r}"


def kept_mutants() -> list[Mutant]:
    """Return the kept list."""
    groups = tomllib.loads((Path(__file__).parent / "kept.toml").read_text("utf-8"))
    return [
        Mutant(name, *(text.replace("\\n", "\n") for text in fault), tuple(group["tests"]))
        for name, group in groups.items()
        for fault in group["faults"]
    ]


def drawn_mutants(kept: list[Mutant], number: int, seed: int) -> list[Mutant]:
    """Draw faults in the files of the kept list, to be noticed by the tests that are named for each file there."""
    tests: dict[str, set[str]] = {}
    for one in kept:
        tests.setdefault(one.file, set()).update(one.tests)
    group = {one.file: one.group for one in kept}
    every = [
        Mutant(group[file], file, old, new, tuple(sorted(tests[file])), at)
        for file in sorted(tests)
        for at, old, new in faults_of((ROOT / file).read_text("utf-8"))
    ]
    return random.Random(seed).sample(every, min(number, len(every)))


def faults_of(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield where a fault can be put: a turned comparison, `and`, `not`, truth or number, or a call left out."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    code = source.encode()

    def place(first: int, start: int, last: int, end: int) -> tuple[int, str]:
        one, other = starts[first - 1] + start, starts[last - 1] + end
        return len(code[:one].decode()), code[one:other].decode()

    def span(node: ast.expr | ast.stmt) -> tuple[int, str]:
        return place(node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)

    def between(left: ast.expr, right: ast.expr) -> tuple[int, str]:
        return place(left.end_lineno or 0, left.end_col_offset or 0, right.lineno, right.col_offset)

    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in OPPOSITE:
                yield *between(left, right), f" {OPPOSITE[type(operator)]} "
            case ast.BoolOp(op=operator, values=[left, right]):
                yield *between(left, right), " or " if isinstance(operator, ast.And) else " and "
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield *span(node), f"({span(operand)[1]})"
            case ast.Constant(value=bool(value)):
                yield *span(node), str(not value)
            case ast.Constant(value=int(value)):
                yield *span(node), str(value + 1)
            case ast.Expr(value=ast.Call()):
                yield *span(node), "pass"


class Copies:
    """Copies of the portal, one for each fault that is tried at the same time."""

    def __init__(self, folder: Path, number: int) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        for name in map(str, range(number)):
            copy = folder / name
            copy.mkdir()
            for part in COPIED:
                if (ROOT / part).is_dir():
                    shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
            for file in (path for path in ROOT.iterdir() if path.is_file()):
                shutil.copy(file, copy / file.name)
            self._free.put(copy)

    def is_caught(self, mutant: Mutant) -> bool:
        """Put the fault into a copy and run its tests there."""
        copy = self._free.get()
        target, source = copy / mutant.file, (ROOT / mutant.file).read_text("utf-8")
        try:
            target.write_text(mutant.applied(source), "utf-8")
            return self._fail(copy, mutant.tests)
        finally:
            target.write_text(source, "utf-8")
            self._free.put(copy)

    def is_red(self, tests: tuple[str, ...]) -> bool:
        """Return whether tests fail without a fault."""
        copy = self._free.get()
        try:
            return self._fail(copy, tests)
        finally:
            self._free.put(copy)

    def _fail(self, copy: Path, tests: tuple[str, ...]) -> bool:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            ended = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=LONGEST)
        except subprocess.TimeoutExpired:
            return True
        return ended.returncode != PASSED


def try_all(title: str, mutants: list[Mutant], copies: Copies, workers: int) -> float:
    """Try the faults; print those that passed and how many in 100 were caught."""
    with ThreadPoolExecutor(workers) as pool:
        caught = list(pool.map(copies.is_caught, mutants))
    for mutant, was_caught in zip(mutants, caught, strict=True):
        if not was_caught:
            print(f"PASSED {mutant}")
    share = 100 * sum(caught) / max(1, len(caught))
    print(f"{title}: {sum(caught)} of {len(caught)} caught ({share:.1f} %)", flush=True)
    return share


def main() -> None:
    """Parse the command line and try the faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="one group of the kept list")
    parser.add_argument("--drawn", type=int, default=100, help="how many faults are drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    kept = [one for one in kept_mutants() if given.only in ("", one.group)]
    drawn = drawn_mutants(kept, given.drawn, given.seed)
    for one in kept:
        one.applied((ROOT / one.file).read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        copies = Copies(Path(folder), given.workers)
        if any(map(copies.is_red, {one.tests for one in kept})):
            sys.exit("without any fault these tests do not pass")
        shares = try_all("kept", kept, copies, given.workers), try_all("drawn", drawn, copies, given.workers)
    sys.exit(shares[0] < KEPT_CAUGHT or shares[1] < DRAWN_CAUGHT)


if __name__ == "__main__":
    main()
