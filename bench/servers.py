"""The two servers: started alike, and what they take of processor and memory."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from statistics import median
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil

from bench.load import CannotMeasure
from portal import server
from portal.config import ROOT

WORKERS = 2
START_WITHIN = 20.0
STOP_WITHIN = 15.0
MEGABYTE = 1024 * 1024
_open = build_opener(ProxyHandler({})).open


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    url: str
    started_in: float
    """Seconds from spawn to the first answer."""

    def processes(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def cpu_seconds(self) -> float:
        times = [process.cpu_times() for process in self.processes()]
        return sum(each.user + each.system for each in times)

    def memory(self) -> list[tuple[float, float]]:
        """(PSS, RSS) of each process in MB: pages that forked processes share count once in PSS, in each in RSS."""
        found = [process.memory_full_info() for process in self.processes()]
        return [(each.pss / MEGABYTE, each.rss / MEGABYTE) for each in found]


@contextmanager
def serving(app: str, path: str, workers: int = WORKERS) -> Iterator[Server]:
    """Start the portal's server with `app`, wait until `path` answers 200, stop it in the end."""
    port = _free_port()
    began = time.perf_counter()
    command = server.command(port, workers, app=app)
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url + path)
        yield Server(process, url, time.perf_counter() - began)
    finally:
        _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_WITHIN
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise CannotMeasure("A server did not start.")
        time.sleep(0.005)


def _answers(url: str) -> bool:
    try:
        with _open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_WITHIN)
    with suppress(ProcessLookupError):
        # Its workers are of its group; one that lost its parent must not take part in what is measured next.
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def cpu_ms(work: Callable[[], object], repeats: int = 30) -> float:
    """Return the median processor time of some work, in milliseconds, after one run that warms up."""
    work()
    spent = []
    for _repeat in range(repeats):
        before = time.process_time()
        work()
        spent.append((time.process_time() - before) * 1000)
    return median(spent)
