"""Says what is being done and how far it is: a line that moves on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from typing import TextIO

QUARTERS = 4


class ProgressOutput:
    """On standard error, for the output belongs to what a command is asked for."""

    def __init__(self, what: str, out: TextIO | None = None) -> None:
        self._what = what
        self._out = out or sys.stderr
        self._quarter = -1

    def at(self, done: int, total: int, detail: str = "") -> None:
        """Say that `done` of `total` is behind; off a terminal that is said four times and at the end."""
        quarter = done * QUARTERS // total
        said = f"{self._what}: {done} of {total}" + (f", {detail}" if detail else "")
        if self._out.isatty():
            self._write(f"\r\x1b[K{said} …" if done < total else f"\r\x1b[K{said}\n")
        elif quarter != self._quarter:
            self._write(f"{said}\n")
        self._quarter = quarter

    def wait(self, seconds: float) -> None:
        """Say for how long something is waited for whose end nobody knows; off a terminal that is said once."""
        if self._out.isatty():
            self._write(f"\r\x1b[K{self._what} … {seconds:.0f} s")
        elif self._quarter < 0:
            self._write(f"{self._what} …\n")
        self._quarter = 0

    def leave(self) -> None:
        """End the line, so that what is said next begins one."""
        if self._out.isatty() and self._quarter >= 0:
            self._write("\r\x1b[K")

    def _write(self, said: str) -> None:
        self._out.write(said)
        self._out.flush()
