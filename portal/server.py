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
import time
from contextlib import suppress
from functools import partial
from importlib import import_module
from io import BytesIO
from queue import SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import Any, Never

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server
from werkzeug.exceptions import ServiceUnavailable

from portal import leash
from portal.config import BadSettings

APP = "wsgi:app"
HOST = "127.0.0.1"
HIGHEST_PORT = 65_535
WORKERS = 2
PLACES = 32
"""Requests that a worker answers at once."""
ARRIVING = 192
"""Requests of a worker whose body may still be arriving. Each takes a thread, but no place."""
SMALL_BODY = 256 * 1024
"""Bytes of a body that are held until all have arrived. A larger one is read by the app, in its place."""
LARGE_BODIES = 8
LARGE_WAIT = 20
"""Seconds that a large body waits until another is done."""
THREADS = PLACES + ARRIVING
"""Created when needed."""
HEAPS = 2
"""Heaps per worker. By default glibc gives each thread a heap that keeps what was once allocated: 15 MB more."""
M_ARENA_MAX = -8
LEAVE_WITHIN = 10
"""Seconds in which a stopping worker may finish its requests."""
RESPAWN_PAUSE = 0.2
"""Seconds between two new workers, so that one that cannot live does not take the whole machine."""


def command(port: int, workers: int = WORKERS, *, host: str = HOST, app: str = APP) -> list[str]:
    """Return the command line that starts the server, to be run in the folder of `wsgi.py`; SIGTERM stops it."""
    options = {"--host": host, "--port": port, "--workers": workers, "--app": app}
    return [sys.executable, "-m", "portal.server", *(str(part) for option in options.items() for part in option)]


class Flag:
    """A `threading.Event` that signal handlers may set.

    The lock of a real `Event` may be held by a waiting thread or an earlier signal; a handler would then deadlock.
    """

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
        os.set_blocking(self._out, False)
        os.set_blocking(self._in, False)

    def wake_at_signals(self) -> None:
        """End `wait` at any signal, too.

        Another thread may take two signals that come at once. The main thread, which alone runs handlers, sleeps on.
        """
        signal.set_wakeup_fd(self._in, warn_on_full_buffer=False)

    def set(self) -> None:
        # A full pipe is already set.
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


class LastingServer(Server):  # type: ignore[misc, valid-type]
    """A granian server that says when it stops, and goes on when a worker ends twice within seconds, unlike granian."""

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        while not self.interrupt_signal:
            self.main_loop_interrupt.wait()
            # Before looking: what happens from here on is found in the next round.
            self.main_loop_interrupt.clear()
            while self.interrupt_children and not self.interrupt_signal:
                worker = self.interrupt_children.pop()
                self._respawn_workers([worker], spawn_target, target_loader, delay=RESPAWN_PAUSE)

    def shutdown(self, exit_code: int = 0) -> None:
        _say("Stopping …")
        super().shutdown(exit_code)


def serve(app: Any, host: str, port: int, workers: int) -> None:
    """Serve `app` until SIGTERM or SIGINT."""
    # Spawned workers would each load the app again.
    multiprocessing.set_start_method("fork", force=True)
    server = LastingServer(
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
    server.main_loop_interrupt.wake_at_signals()
    os.register_at_fork(after_in_child=partial(_begin, os.getpid()))
    library = ctypes.CDLL(None)
    # C libraries other than glibc have no such setting.
    if hasattr(library, "mallopt"):
        library.mallopt(M_ARENA_MAX, HEAPS)
    # Frozen objects are never visited by the collector, so their pages stay shared instead of being copied per worker.
    gc.freeze()
    server.on_startup(partial(_say, f"Listening on http://{host}:{port}"))
    server.serve(target_loader=partial(_work, app))


def nameless(app: Any) -> Any:
    """Wrap `app` so that responses do not name the server: granian adds its name unless the header is present."""

    def answer(environ: Any, start: Any) -> Any:
        return app(environ, lambda status, headers, error=None: start(status, [*headers, ("Server", "")], error))

    return answer


class NoRoom:
    """The body of a request that cannot be waited for: whoever reads it raises the error for a busy server."""

    def read(self, *_size: int) -> Never:
        raise ServiceUnavailable(retry_after=60)

    readline = readlines = __iter__ = read


class Patient:
    """Wraps an app so that it gets a small body once all of it has arrived, and so that slow senders leave it places.

    Large bodies, and those of unknown length, are few at a time. A proxy that collects them first (deploy/nginx) is the
    better defence: here a sender may take as long as they like.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._arriving, self._large = BoundedSemaphore(ARRIVING), BoundedSemaphore(LARGE_BODIES)
        # Not a semaphore, which would take a twentieth of the time of a page.
        self._places: SimpleQueue[None] = SimpleQueue()
        for _place in range(PLACES):
            self._places.put(None)

    def __call__(self, environ: Any, start: Any) -> Any:
        length = environ.get("CONTENT_LENGTH") or ("" if "HTTP_TRANSFER_ENCODING" in environ else "0")
        if length == "0":
            return self._answer(environ, start)
        if length:
            # Granian says nothing when a sender breaks off; without this mark werkzeug compares with the length.
            environ.pop("wsgi.input_terminated", None)
        if not self._arriving.acquire(blocking=False):
            environ["wsgi.input"] = NoRoom()
            return self._answer(environ, start)
        try:
            if not length.isdecimal() or int(length) > SMALL_BODY:
                return self._answer_large(environ, start)
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read())
        finally:
            self._arriving.release()
        return self._answer(environ, start)

    def _answer(self, environ: Any, start: Any) -> Any:
        self._places.get()
        try:
            return self._app(environ, start)
        finally:
            self._places.put(None)

    def _answer_large(self, environ: Any, start: Any) -> Any:
        if not self._large.acquire(timeout=LARGE_WAIT):
            environ["wsgi.input"] = NoRoom()
            return self._answer(environ, start)
        try:
            return self._answer(environ, start)
        finally:
            self._large.release()


def _say(line: str) -> None:
    # Whoever read it may be gone; that must not keep the server from stopping.
    with suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _begin(server_pid: int) -> None:
    signal.set_wakeup_fd(-1)
    if os.getppid() == server_pid:
        # For `_leave_when_told`. Ctrl-C reaches server and workers: it is for the server alone.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        # Workers of a killed server would otherwise stay on the port.
        leash.die_with(server_pid, signal.SIGTERM)
    gc.enable()


def _work(app: Any, _target: str) -> Any:
    Thread(target=_leave_when_told, daemon=True).start()
    return nameless(Patient(app))


def _leave_when_told() -> None:
    """Call granian's handler of the first signal, and end the worker if that did not.

    As a handler it would be lost when another thread takes the signal, since the main thread then sleeps on; it hangs
    when it is called twice, and does nothing while the worker begins.
    """
    signal.sigwait({signal.SIGTERM})
    leave = signal.getsignal(signal.SIGTERM)
    if callable(leave):
        leave(signal.SIGTERM, None)
        time.sleep(LEAVE_WITHIN)
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--app", default=APP, help="module:name of what answers")
    given = parser.parse_args()
    if given.workers < 1:
        sys.exit("--workers must be 1 or more.")
    # Ctrl-C while the app loads ends the process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if reason := why_not(given.host, given.port):
        sys.exit(f"Port {given.port} {reason}.")
    serve(load(given.app), given.host, given.port, given.workers)


def why_not(host: str, port: int) -> str:
    """Return why the server cannot listen there, worded to follow the port number; empty if it can."""
    if not 0 < port <= HIGHEST_PORT:
        return f"is none: ports go from 1 to {HIGHEST_PORT}"
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # A port that was left a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        return "is only for administrators"
    except OSError as problem:
        return "is in use" if problem.errno == errno.EADDRINUSE else f"cannot be used: {problem.strerror}"
    return ""


def load(app: str) -> Any:
    """Return the app that `module:name` names, prepared if its module can do that. Exits on bad settings."""
    # Loaded modules stay loaded; searching them for garbage took a seventh of the start.
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
