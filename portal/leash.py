"""Run a command that dies with the process that started it: `python leash.py PARENT_PID command …`. Linux only.

Run by its path, so it imports nothing of ours and costs a few milliseconds. Elsewhere the command runs as it is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1


def leashed(command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` and kills it when this process is gone, even by SIGKILL."""
    return [sys.executable, "-I", "-S", str(Path(__file__)), str(os.getpid()), *command]


def die_with(parent_pid: int, told: signal.Signals) -> None:
    """Ask the kernel to send the signal `told` to this process when its parent ends. Survives exec, not fork."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "prctl"):
        return
    library.prctl(PR_SET_PDEATHSIG, told)
    # The parent may have ended before prctl was called.
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), told)


if __name__ == "__main__":
    die_with(int(sys.argv[1]), signal.SIGKILL)
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - all our own
