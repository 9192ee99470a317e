"""Progress of a command: a line that is rewritten on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from typing import TextIO

QUARTERS = 4


class ProgressOutput:
    """Writes to standard error, since standard output belongs to the command's result."""

    def __init__(self, what: str, out: TextIO | None = None) -> None:
        self._what = what
        self._out = out or sys.stderr
        self._quarter = -1

    def at(self, done: int, total: int, detail: str = "") -> None:
        """Report `done` of `total`; without a terminal only at each quarter."""
        quarter = done * QUARTERS // total
        said = f"{self._what}: {done} of {total}" + (f", {detail}" if detail else "")
        if self._out.isatty():
            self._write(f"\r\x1b[K{said} …" if done < total else f"\r\x1b[K{said}\n")
        elif quarter != self._quarter:
            self._write(f"{said}\n")
        self._quarter = quarter

    def wait(self, seconds: float) -> None:
        """Report how long the command has waited for an open-ended step; without a terminal only once."""
        if self._out.isatty():
            self._write(f"\r\x1b[K{self._what} … {seconds:.0f} s")
        elif self._quarter < 0:
            self._write(f"{self._what} …\n")
        self._quarter = 0

    def leave(self) -> None:
        """Clear the line, so that the next output begins a new one."""
        if self._out.isatty() and self._quarter >= 0:
            self._write("\r\x1b[K")

    def _write(self, said: str) -> None:
        self._out.write(said)
        self._out.flush()
