"""Processes that begin with the portal imported: importing it takes longer than most of what they are asked to do."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from typing import Any

# A process of its own imports the portal once, and every other is forked from it; it has no threads.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["portal.app", "tests.core.fragile"])


class Forked:
    """A process that runs `work(*given)`, with what the tests use of `subprocess.Popen`."""

    def __init__(self, work: Callable[..., None], *given: Any) -> None:
        self._process = FORKED.Process(target=work, args=given)
        self._process.start()

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative if a signal ended it."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait until it has ended."""
        self._process.join()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to it."""
        assert self._process.pid
        os.kill(self._process.pid, number)

    def terminate(self) -> None:
        """Tell it to stop, if it still runs."""
        self._process.terminate()
