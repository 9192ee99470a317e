"""The web server and how it is started: `python -m portal.server --port 8000 --workers 2`.

The app is loaded once and made ready, before the workers are forked, so that they share its memory and start at once.
There is no access log: it would keep addresses.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import gc
import multiprocessing
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from portal import leash
from portal.config import BadSettings

APP = "wsgi:app"
HOST = "127.0.0.1"
HIGHEST_PORT = 65_535
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


class Flag:
    """A `threading.Event` that handlers of signals may set.

    The lock of a real one, taken by whoever waits or by an earlier signal, is waited for by the handler for ever.
    """

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
        os.set_blocking(self._out, False)
        os.set_blocking(self._in, False)

    def set(self) -> None:
        # A pipe that is full is set already.
        with suppress(BlockingIOError):
            os.write(self._in, b".")

    def clear(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._out, 4096):
                pass

    def is_set(self) -> bool:
        return self.wait(0)

    def wait(self, seconds: float | None = None) -> bool:
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        return bool(poll.poll(None if seconds is None else seconds * 1000))


class SpeakingServer(Server):  # type: ignore[misc, valid-type]
    """Says when it stops: that may take as long as the slowest answer."""

    def shutdown(self, exit_code: int = 0) -> None:
        _say("Stopping …")
        super().shutdown(exit_code)


def serve(app: Any, host: str, port: int, workers: int) -> None:
    """Answer with `app` until SIGTERM or SIGINT."""
    # Spawned workers would each load the app again.
    multiprocessing.set_start_method("fork", force=True)
    server = SpeakingServer(
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
    server.main_loop_interrupt = Flag()
    # A forked worker has the handlers of its parent until it sets its own; told to stop before that, it would not.
    os.register_at_fork(after_in_child=partial(_begin, os.getpid()))
    _share_heaps()
    # What the collector never visits stays shared with the parent instead of being copied into each worker.
    gc.freeze()
    server.on_startup(partial(_say, f"Listening on http://{host}:{port}"))
    server.serve(target_loader=lambda _target: nameless(app))


def nameless(app: Any) -> Any:
    """`app`, whose answers do not say what serves them: granian puts its name into a header that is not there."""

    def answer(environ: Any, start: Any) -> Any:
        return app(environ, lambda status, headers, error=None: start(status, [*headers, ("Server", "")], error))

    return answer


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _share_heaps() -> None:
    library = ctypes.CDLL(None)
    # Other C libraries than glibc have no such setting.
    if hasattr(library, "mallopt"):
        library.mallopt(M_ARENA_MAX, HEAPS)


def _begin(server_pid: int) -> None:
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, signal.SIG_DFL)
    if os.getppid() == server_pid:
        # A server that was killed would leave its workers on the port.
        leash.die_with(server_pid, signal.SIGTERM)
    gc.enable()


def main() -> None:
    """Read the command line, load the app, serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--app", default=APP, help="module:name of what answers")
    given = parser.parse_args()
    if given.workers < 1:
        sys.exit("--workers must be 1 or more.")
    # Ctrl-C while the app is loaded ends it without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    expect_free(given.host, given.port)
    serve(load(given.app), given.host, given.port, given.workers)


def expect_free(host: str, port: int) -> None:
    """End with one sentence when nothing can listen at that address."""
    if reason := why_not(host, port):
        sys.exit(f"Port {port} {reason}.")


def why_not(host: str, port: int) -> str:
    """Why nothing can listen there, to be put behind its name; empty when it can."""
    if not 0 < port <= HIGHEST_PORT:
        return f"is none: ports go from 1 to {HIGHEST_PORT}"
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # As servers do: a port that was left a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        return "is only for administrators"
    except OSError as problem:
        return "is in use" if problem.errno == errno.EADDRINUSE else f"cannot be used: {problem.strerror}"
    return ""


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
