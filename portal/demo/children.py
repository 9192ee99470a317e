"""Processes that belong together: they are started, watched and stopped as one."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from portal.leash import leashed

STOP_WITHIN = 1.5
"""Seconds until a child that was told to stop is killed. A job that is cut off is done again at the next start."""
LOOK_EVERY = 0.05


@dataclass
class Children:
    """The processes by name, all with the same environment and folder."""

    environment: Mapping[str, str]
    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], *, quiet: bool = False) -> None:
        """Start one; `quiet` drops what it prints, but not its errors."""
        self.running[name] = subprocess.Popen(  # noqa: S603 - commands come from our own code
            leashed(command),
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else None,
            # Ctrl-C must reach them through `stop` only, and what they start themselves dies with them.
            start_new_session=True,
        )

    def ended(self) -> str | None:
        """The name of one that has ended by itself."""
        return next((name for name, child in self.running.items() if child.poll() is not None), None)

    def stop(self, within: float = STOP_WITHIN) -> None:
        """Ask all to stop, and kill those that do not."""
        for child in self.running.values():
            child.terminate()
        deadline = time.monotonic() + within
        while time.monotonic() < deadline and any(child.poll() is None for child in self.running.values()):
            time.sleep(LOOK_EVERY)
        for child in self.running.values():
            self._kill(child)
        self.running.clear()

    def _kill(self, child: subprocess.Popen[bytes]) -> None:
        # Its whole group: a web server that was killed leaves workers behind.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
