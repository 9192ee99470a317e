"""The portal's processes as a storm meets them: the real web server and real workers, killed and begun again."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import time_machine
from nacl.pwhash import argon2id

from portal.config import ROOT
from portal.core import crypto
from tests.core import fragile
from tests.patience import wait_for
from tests.processes import Forked

WORKERS = 2


def make_argon2_cheap() -> None:
    """As the fixture of this name: the tests would otherwise measure Argon2."""
    vars(crypto)["PRICE"] = (argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN)


def serve(environment: dict[str, str], port: int) -> None:
    """Be the web server, in a process that was forked."""
    from portal import server

    os.environ.update(environment)
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    make_argon2_cheap()
    quiet()
    server.serve(server.load("wsgi:app"), "127.0.0.1", port, WORKERS)


def work(environment: dict[str, str], ahead: float) -> None:
    """Be a worker whose clock is so many seconds ahead of others."""
    make_argon2_cheap()
    quiet()
    if ahead:
        time_machine.travel(datetime.now(UTC) + timedelta(seconds=ahead), tick=True).start()
    fragile.run(environment, ["worker"])


def quiet() -> None:
    """Say nothing: what goes wrong in a storm is what it is for."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.dup2(nowhere, sys.stderr.fileno())


class Machines:
    """A web server with two processes, and two workers."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.url = environment["PORTAL_PUBLIC_URL"]
        self._port = int(self.url.rpartition(":")[2])
        self._web: Forked | None = None
        self._workers: list[Forked] = []

    def start(self) -> None:
        """Begin all of them, and wait until the web server answers."""
        self._web = Forked(serve, self._environment, self._port)
        for _each in range(WORKERS):
            self.add_worker()
        wait_for(self.answers)

    def answers(self) -> bool:
        """Tell whether the web server has something to say; one that did not even begin is an error."""
        assert self._web is not None and self._web.returncode is None, "the web server ended by itself"
        try:
            with urlopen(f"{self.url}/en/report/", timeout=20) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def add_worker(self, ahead: float = 0) -> None:
        """Begin a worker, perhaps one with a wrong clock."""
        self._workers.append(Forked(work, self._environment, ahead))

    def kill_web(self) -> None:
        """Kill the whole web server at once, and begin another at the same port."""
        for process in self._of_web():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self._web is not None:
            self._web.wait()
        self._web = Forked(serve, self._environment, self._port)

    def kill_half_of_web(self) -> None:
        """Kill one of its two processes; the server begins another by itself."""
        for process in self._of_web()[1:2]:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def kill_worker(self, ahead: float = 0) -> None:
        """Kill the older worker, and begin another."""
        self._workers[0].send_signal(signal.SIGKILL)
        self._workers.pop(0).wait()
        self.add_worker(ahead)

    def is_working(self) -> bool:
        """Tell whether a worker is left that did not end by itself."""
        return any(worker.returncode is None for worker in self._workers)

    def rest(self, meanwhile: Callable[[], None]) -> None:
        """Kill all workers, and begin one after `meanwhile`."""
        for worker in self._workers:
            with suppress(ProcessLookupError):
                worker.send_signal(signal.SIGKILL)
            worker.wait()
        meanwhile()
        self._workers = []
        self.add_worker()

    def forbid_to_write(self, most: int) -> None:
        """Let no file of any of them grow beyond so many bytes, as on a full disk; -1 lifts it."""
        for process in self._all():
            with suppress(psutil.NoSuchProcess):
                process.rlimit(psutil.RLIMIT_FSIZE, (most, psutil.RLIM_INFINITY))

    def stop(self) -> None:
        """End all of them, kindly."""
        for process in [one for one in (self._web, *self._workers) if one is not None]:
            with suppress(ProcessLookupError):
                process.terminate()
            process.wait()

    def _of_web(self) -> list[psutil.Process]:
        try:
            first = psutil.Process(pid_of(self._web))
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _all(self) -> list[psutil.Process]:
        workers = [psutil.Process(pid_of(worker)) for worker in self._workers if worker.returncode is None]
        return [*self._of_web(), *workers]


def pid_of(process: Any) -> int:
    return int(process._process.pid)
