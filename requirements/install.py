"""Installs a list of locked packages with pip, and says how far it is: `python install.py FILE`.

A line that moves on a terminal, plain lines elsewhere. What pip says itself is shown only when it fails in a way that
has no sentence of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

PIP = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
LOCKED = ["--require-hashes", "--only-binary", ":all:", "--requirement"]
LOOK_EVERY = 0.5
LAST_LINES = 15
UNREACHABLE = re.compile(
    r"NewConnectionError|NameResolutionError|Temporary failure in name|Network is unreachable|Connection refused|"
    r"Connection reset|ConnectTimeout|Read timed out|ProxyError|SSLError|Max retries exceeded"
)


def packages(text: str) -> int:
    """How many packages the lines of a locked list name."""
    return len(re.findall(r"^[A-Za-z0-9][\w.-]*(?:\[[\w,-]*\])?==", text, re.MULTILINE))


class Teller:
    """Shows how far it is: `fetched` counts up as pip looks at each package; then they are unpacked, all at once."""

    def __init__(self, total: int, folder: Path, out: TextIO) -> None:
        self.total, self._folder, self._out = total, folder, out
        self.fetched, self.unpacking = 0, False
        self._before = len(self._unpacked())
        self._said = ""

    def heard(self, line: str) -> None:
        """Draw conclusions from a line of pip's."""
        if line.startswith(("Collecting ", "Requirement already satisfied", "Ignoring ")):
            self.fetched = min(self.fetched + 1, self.total)
        self.unpacking = self.unpacking or line.startswith("Installing collected packages")

    def show(self) -> None:
        """Say it, if there is something new to say."""
        done = len(self._unpacked()) - self._before if self.unpacking else self.fetched
        what = "Unpacking packages" if self.unpacking else "Fetching packages"
        # Not everything in the list is for this kind of machine.
        total = max(self.total, done)
        # Off a terminal a few lines are enough.
        plain = f"{what}: {done * 4 // total * 25} %\n"
        said = f"\r\x1b[K{what}: {done} of {total} …" if self._out.isatty() else plain
        if said != self._said:
            self._said = said
            self._out.write(said)
            self._out.flush()

    def end(self) -> None:
        """Take the line that moves away."""
        if self._out.isatty():
            self._out.write("\r\x1b[K")
            self._out.flush()

    def _unpacked(self) -> list[Path]:
        return list(self._folder.glob("*.dist-info"))


def install(file: Path, command: list[str], out: TextIO) -> tuple[int, list[str]]:
    """Run pip; what it ends with, and what it said."""
    teller = Teller(packages(file.read_text(encoding="utf-8")), Path(sysconfig.get_path("purelib")), out)
    said, over = [], threading.Event()

    def keep_showing() -> None:
        while not over.wait(LOOK_EVERY):
            teller.show()

    showing = threading.Thread(target=keep_showing)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:  # noqa: S603
        showing.start()
        for line in pip.stdout or ():
            said.append(line)
            teller.heard(line)
    over.set()
    showing.join()
    teller.end()
    return pip.returncode, said


def problem(said: list[str], index: str) -> str:
    """What went wrong, in one sentence; with the end of what pip said where there is none for it."""
    everything = "".join(said)
    if "No space left on device" in everything:
        return "The disk is full: make room, then run make again."
    if UNREACHABLE.search(everything):
        # Without what stands before the host, which may be a password.
        name = urlsplit(index).hostname or "The package index"
        return f"{name} cannot be reached: connect this machine, or set PIP_INDEX_URL to another; then run make again."
    return "".join(said[-LAST_LINES:]) + "The packages could not be installed."


def main() -> None:
    """Install, or end with what went wrong."""
    file = Path(sys.argv[1])
    code, said = install(file, [*PIP, *LOCKED, str(file)], sys.stderr)
    if code:
        sys.exit(problem(said, os.environ.get("PIP_INDEX_URL", "")))


if __name__ == "__main__":
    main()
