"""The web server and how it is started: `python -m portal.server --port 8000 --workers 2`.

The app is loaded once and made ready, before the workers are forked, so that they share its memory and start at once.
There is no access log: it would keep addresses.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from importlib import import_module
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from portal.config import BadSettings

APP = "wsgi:app"
HOST = "127.0.0.1"
WORKERS = 2
THREADS = 32
"""Made when needed. A form on a bad line holds one until it has arrived, so a few must not be all there are."""
HEAPS = 2
"""Of one worker. By itself glibc gives each thread a heap of its own that keeps what it once needed: 15 MB more."""
M_ARENA_MAX = -8
LEAVE_WITHIN = 10
"""Seconds that a worker is given to finish what it is answering."""


def command(port: int, workers: int = WORKERS, *, host: str = HOST, app: str = APP) -> list[str]:
    """What starts the server, to be run in the folder of `wsgi.py`; SIGTERM stops it."""
    options = {"--host": host, "--port": port, "--workers": workers, "--app": app}
    return [sys.executable, "-m", "portal.server", *(str(part) for option in options.items() for part in option)]


def serve(app: Any, host: str, port: int, workers: int) -> None:
    """Answer with `app` until SIGTERM or SIGINT."""
    # Spawned workers would each load the app again.
    multiprocessing.set_start_method("fork", force=True)
    server = Server(
        APP,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=LEAVE_WITHIN,
        log_level=LogLevels.error,
    )
    # A forked worker has the handlers of its parent until it sets its own; told to stop before that, it would not.
    os.register_at_fork(after_in_child=_begin)
    _share_heaps()
    # What the collector never visits stays shared with the parent instead of being copied into each worker.
    gc.freeze()
    server.serve(target_loader=lambda _target: nameless(app))


def nameless(app: Any) -> Any:
    """`app`, whose answers do not say what serves them: granian puts its name into a header that is not there."""

    def answer(environ: Any, start: Any) -> Any:
        return app(environ, lambda status, headers, error=None: start(status, [*headers, ("Server", "")], error))

    return answer


def _share_heaps() -> None:
    library = ctypes.CDLL(None)
    # Other C libraries than glibc have no such setting.
    if hasattr(library, "mallopt"):
        library.mallopt(M_ARENA_MAX, HEAPS)


def _begin() -> None:
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, signal.SIG_DFL)
    gc.enable()


def main() -> None:
    """Read the command line, load the app, serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--app", default=APP, help="module:name of what answers")
    given = parser.parse_args()
    serve(load(given.app), given.host, given.port, given.workers)


def load(app: str) -> Any:
    """The app that `module:name` names, made ready if its module can do that. Ends when the settings are bad."""
    # Nothing that is loaded goes away again, and to look for it was a seventh of the start.
    gc.disable()
    module, _, name = app.partition(":")
    try:
        loaded = import_module(module)
    except BadSettings as problem:
        sys.exit(str(problem))
    if hasattr(loaded, "make_ready"):
        loaded.make_ready()
    return getattr(loaded, name)


if __name__ == "__main__":
    main()
